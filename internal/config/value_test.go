package config

import (
	"testing"
	"time"
)

func TestDurationsReadAsPeopleWriteThem(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"7d": 7 * 24 * time.Hour, "2w": 14 * 24 * time.Hour, "1d12h": 36 * time.Hour, "90s": 90 * time.Second, "0": 0,
	} {
		if got, err := ParseDuration(text); err != nil || got != want {
			t.Errorf("ParseDuration(%q) = %s, %v; want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"", "7", "-1h", "d", "1x", "99999d99999d"} {
		if got, err := ParseDuration(text); err == nil {
			t.Errorf("ParseDuration(%q) = %s, want an error", text, got)
		}
	}
}

func FuzzParseDuration(f *testing.F) {
	for _, seed := range []string{"7d", "1w2d3h", "90s", "", "65535w"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParseDuration(s)
		if err != nil {
			return
		}
		if d < 0 {
			t.Fatalf("ParseDuration(%q) = %d", s, d)
		}
		if again, err := ParseDuration(FormatDuration(d)); err != nil || again != d {
			t.Fatalf("%q reads as %d, is written %q and reads back as %d, %v", s, d, FormatDuration(d), again, err)
		}
	})
}

func TestSizesReadAsPeopleWriteThem(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{"512MB": 512e6, "2GiB": 2 << 30, "1.5 KiB": 1536, "17": 17, "64b": 64} {
		if got, err := ParseSize(text); err != nil || got != want {
			t.Errorf("ParseSize(%q) = %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "MB", "-1", "NaN", "1e30GB", "12XB"} {
		if got, err := ParseSize(text); err == nil {
			t.Errorf("ParseSize(%q) = %d, want an error", text, got)
		}
	}
}

func FuzzReadFile(f *testing.F) {
	f.Add("tenants: [{name: a, feeds: {DLP.All: {filter: {drop_operations: [x]}}}}]\n")
	f.Add("clouds: {a: {login: https://x}}\nretention: {default: 7d, tables: {exchange: 1d}}\n")
	f.Add("a: &a [*a]\n")
	f.Fuzz(func(_ *testing.T, text string) {
		c := &Config{origins: map[string]Origin{}}
		c.readFile("f.yaml", []byte(text))
	})
}
