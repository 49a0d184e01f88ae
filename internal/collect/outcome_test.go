package collect

import (
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/m365"
)

func TestVerdictOnAFailedFetch(t *testing.T) {
	t.Parallel()
	api := func(k m365.Kind) error { return fmt.Errorf("fetch: %w", &m365.APIError{Kind: k}) }
	corrupt := &nightjar.Error{Code: nightjar.CodeCorrupt, Message: "not JSON"}
	fresh := entry{State: nightjar.BlobListed, Expires: catalog.Micros(noon.Add(100 * time.Hour))}
	with := func(change func(*entry)) entry { e := fresh; change(&e); return e }
	past := func(e *entry) { e.Expires = catalog.Micros(noon.Add(-2 * time.Hour)) }
	for _, c := range []struct {
		name  string
		e     entry
		err   error
		state nightjar.BlobState
		gap   GapReason
	}{
		{"an expired blob is lost at once", fresh, api(m365.KindContentExpired), nightjar.BlobExpired, GapExpired},
		{"a missing blob is asked for twice", fresh, api(m365.KindContentMissing), nightjar.BlobListed, ""},
		{"and then lost", with(func(e *entry) { e.Attempts = 1 }), api(m365.KindContentMissing), nightjar.BlobMissing, GapMissing},
		{"an outage of the server is never final", with(func(e *entry) { e.Attempts = 900 }), api(m365.KindServer), nightjar.BlobListed, ""},
		{"nor is a missing permission", with(func(e *entry) { e.Attempts = 900 }), api(m365.KindPermission), nightjar.BlobListed, ""},
		{"nor a broken transfer", with(func(e *entry) { e.Attempts, e.CutShort = 900, 900 }), fmt.Errorf("x: %w", &m365.APIError{Kind: m365.KindTransient, Err: io.ErrUnexpectedEOF}), nightjar.BlobListed, ""},
		{"content that does not parse is fetched again", with(func(e *entry) { e.Attempts, e.Unparsed = 900, 1 }), corrupt, nightjar.BlobListed, ""},
		{"and goes to quarantine the third time", with(func(e *entry) { e.Unparsed = 2 }), corrupt, nightjar.BlobQuarantined, ""},
		{"an array that ends early is fetched more often", with(func(e *entry) { e.CutShort = 4 }), io.ErrUnexpectedEOF, nightjar.BlobListed, ""},
		{"before it goes to quarantine", with(func(e *entry) { e.CutShort = 5 }), io.ErrUnexpectedEOF, nightjar.BlobQuarantined, ""},
		{"long after its expiry any answer ends it", with(past), fmt.Errorf("x: %w", &m365.APIError{Kind: m365.KindServer, Status: 503}), nightjar.BlobExpired, GapExpired},
		{"but no answer does not: the clock may be wrong", with(past), api(m365.KindNetwork), nightjar.BlobListed, ""},
		{"part of a large blob stays part", with(func(e *entry) { e.State = nightjar.BlobFetched }), api(m365.KindNetwork), nightjar.BlobFetched, ""},
		{"an error of ours is tried again", fresh, errors.New("whatever"), nightjar.BlobListed, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v := judge(c.e, c.err, noon, Options{}.withDefaults())
			if v.state != c.state || v.gap != c.gap {
				t.Errorf("the blob is %s with gap %q, want %s with %q", v.state, v.gap, c.state, c.gap)
			}
			if v.state == c.e.State && v.wait <= 0 {
				t.Error("it would be tried again at once")
			}
		})
	}
}

func TestThrottlingIsNotTheBlobsFault(t *testing.T) {
	t.Parallel()
	err := fmt.Errorf("x: %w", &m365.APIError{Kind: m365.KindThrottled, RetryAfter: 90 * time.Second})
	v := judge(entry{State: nightjar.BlobListed, Expires: catalog.Micros(noon.Add(time.Hour * 50))}, err, noon, Options{}.withDefaults())
	if v.counted || v.wait < 90*time.Second {
		t.Errorf("verdict %+v", v)
	}
}

func TestLastHourOfABlobIsNotSpentWaiting(t *testing.T) {
	t.Parallel()
	e := entry{State: nightjar.BlobListed, Attempts: 50, Expires: catalog.Micros(noon.Add(30 * time.Minute))}
	if v := judge(e, errors.New("x"), noon, Options{}.withDefaults()); v.wait > time.Minute {
		t.Errorf("waits %s", v.wait)
	}
}
