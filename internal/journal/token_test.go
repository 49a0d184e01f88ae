package journal

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/nightjar-sec/nightjar"
)

func TestTokensAreTheRunsOfLettersAndDigits(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][]string{
		"":                     nil,
		"-":                    nil,
		"MailItemsAccessed":    {"mailitemsaccessed"},
		"a.B_c9-Z":             {"a", "b", "c9", "z"},
		"Zürich@ETH":           {"z", "rich", "eth"},
		"\u212a":               nil, // the Kelvin sign is no k
		"x\x00y":               {"x", "y"},
		"2603:1026:0c0a::0001": {"2603", "1026", "0c0a", "0001"},
	} {
		if got := Tokens(in); !slices.Equal(got, want) {
			t.Errorf("Tokens(%q) = %q, want %q", in, got, want)
		}
	}
}

// TestTokenFiltersNeverMissAToken is the promise that a search stands on.
func TestTokenFiltersNeverMissAToken(t *testing.T) {
	t.Parallel()
	text := rapid.OneOf(
		rapid.SliceOfN(rapid.SampledFrom([]byte("aZ9 -\"Kk{}\xc3\xa9")), 0, 60),
		rapid.SliceOfN(rapid.Byte(), 0, 200),
	)
	rapid.Check(t, func(rt *rapid.T) {
		groups := rapid.SliceOfN(rapid.SliceOfN(text, 1, 12), 1, 4).Draw(rt, "groups")
		b := newTokenBuilder()
		for _, g := range groups {
			for _, raw := range g {
				b.add(raw)
			}
			b.endGroup()
		}
		file := b.encode(nil)
		f, err := openTokens(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			rt.Fatal(err)
		}
		for i, g := range groups {
			for _, raw := range g {
				for _, token := range Tokens(string(raw)) {
					upper := bytes.ToUpper([]byte(token))
					got, err := f.matching([]hashedNeed{{{hashToken(upper, 0, len(upper))}}})
					if err != nil {
						rt.Fatal(err)
					}
					if !slices.Contains(got, i) {
						rt.Fatalf("token %q of row group %d is not in its filter", token, i)
					}
				}
			}
		}
	})
}

func TestAnAbsentTokenReadsFewRowGroups(t *testing.T) {
	t.Parallel()
	j := setup(t, func(c *Config) { c.RowGroupRows = 500 })
	add(t, j, newGenerator(3).events(20_000, testDay, time.Hour))
	segs, err := j.Segments(t.Context(), SegmentFilter{})
	if err != nil {
		t.Fatal(err)
	}
	hits, asked := 0, 0
	for i := range 200 {
		groups, rows, err := j.TokenGroups(segs[0], []TokenNeed{{{fmt.Sprintf("absent%dtoken", i)}}})
		if err != nil {
			t.Fatal(err)
		}
		hits, asked = hits+len(groups), asked+len(rows)
	}
	if hits*100 > asked*5 {
		t.Errorf("%d of %d row groups would be read for tokens that are not there", hits, asked)
	}
	events := all(t, j)
	groups, rows, err := j.TokenGroups(segs[0], []TokenNeed{{{"nowhere1"}, {"nowhere2", events[1234].ID}, {events[1234].ID}}})
	if err != nil || len(rows) != 40 || !slices.Contains(groups, 1234/500) {
		t.Errorf("the id of row 1234 is said to be in row groups %v of %d, err %v", groups, len(rows), err)
	}
}

func FuzzTokenFile(f *testing.F) {
	b := newTokenBuilder()
	b.add([]byte(`{"Operation":"Send"}`))
	b.endGroup()
	f.Add(b.encode(nil))
	f.Add([]byte(tokenMagic))
	f.Fuzz(func(t *testing.T, file []byte) {
		x, err := openTokens(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			if nightjar.CodeOf(err) != nightjar.CodeCorrupt {
				t.Errorf("code %s: %v", nightjar.CodeOf(err), err)
			}
			return
		}
		groups, err := x.matching([]hashedNeed{{{hashToken([]byte("send"), 0, 4)}}})
		if err != nil || len(groups) > len(x.groups) {
			t.Errorf("%d of %d groups, err %v", len(groups), len(x.groups), err)
		}
	})
}
