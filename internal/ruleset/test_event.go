package ruleset

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// recordTime is how records write when they happened; read 2026-11-22 at
// https://learn.microsoft.com/en-us/office/office-365-management-api/office-365-management-activity-api-schema
const recordTime = "2006-01-02T15:04:05.999"

// TestEvent is one event of a test, as Microsoft would deliver it.
type TestEvent struct {
	Raw   []byte
	Time  time.Time
	Ready time.Time // when Microsoft made it available
	// Stored is when it arrived here; the same as Ready unless a test says so.
	Stored time.Time
	Place  nightjar.Place // of its address
}

// readDrafts reads the events of a test, and makes the first of each to see
// that it can be made: all of them, of all rules, would take as long as
// everything else together.
func readDrafts(m sigma.Entry, kind Kind, shapes map[string]shape) ([]draft, error) {
	var out []draft
	next, all := TestStart(), 0
	for _, n := range m.Value.Content {
		list, err := sigma.Entries(n)
		if err != nil {
			return nil, err
		}
		d := draft{pace: once(next), record: map[string]any{}, seed: fmt.Sprintf("%d/%d", m.Line, n.Line)}
		for _, e := range list {
			if err := d.read(e, kind, shapes); err != nil {
				return nil, err
			}
		}
		if all += d.repeat; all > maxTestEvents {
			return nil, sigma.Invalid(n.Line, "a test has %d events at most", maxTestEvents)
		}
		if _, err := d.event(0); err != nil {
			return nil, sigma.Invalid(n.Line, "the event is no record: %v", err)
		}
		last := d.last()
		if stated, err := d.stated(); err == nil && !stated.IsZero() {
			last = stated
		}
		out = append(out, d)
		next = last.Add(time.Second)
	}
	return out, nil
}

// Events makes the records of the test. Each call makes them anew.
func (t Test) Events() ([]TestEvent, error) {
	var out []TestEvent
	for _, d := range t.drafts {
		for i := range d.repeat {
			e, err := d.event(i)
			if err != nil {
				return nil, err
			}
			out = append(out, e)
		}
	}
	return out, nil
}

// draft is an event of a test before it is repeated.
type draft struct {
	pace
	base   shape
	record map[string]any
	place  nightjar.Place
	// ready is how long after it happened Microsoft had it, delay how long after
	// that it was stored.
	ready, delay time.Duration
	seed         string
}

func (d *draft) read(e sigma.Entry, kind Kind, shapes map[string]shape) error {
	if own, err := d.pace.read(e); own {
		return err
	}
	switch e.Key {
	case "shape":
		name, err := e.Text()
		if err != nil {
			return err
		}
		if d.base = shapes[name]; d.base == nil {
			var names []string
			for known := range shapes {
				names = append(names, known)
			}
			if len(names) > 20 {
				names = closest(name, names)
			}
			return sigma.Invalid(e.Line, "there is no shape %q%s", name, meant(name, names))
		}
	case "ready", "delay":
		if kind != Query {
			return sigma.Invalid(e.Line, "%s is for tests of rules with a query; no other rule asks when an event arrived", e.Key)
		}
		after, err := span(e)
		if err == nil && after < 0 {
			err = sigma.Invalid(e.Line, "%s is how long something took, and cannot be less than nothing", e.Key)
		}
		if e.Key == "ready" {
			d.ready = after
		} else {
			d.delay = after
		}
		return err
	case blockName:
		return d.readPlace(e)
	default:
		v, err := plain(e)
		d.record[e.Key] = v
		return err
	}
	return nil
}

func (d *draft) readPlace(m sigma.Entry) error {
	list, err := sigma.Entries(m.Value)
	if err != nil {
		return err
	}
	for _, e := range list {
		s, err := e.Text()
		if err != nil {
			return err
		}
		var number float64
		switch e.Key {
		case "lat", "lon", "asn":
			if number, err = strconv.ParseFloat(s, 64); err != nil {
				return sigma.Invalid(e.Line, "%s is a number, not %q", e.Key, s)
			}
		}
		switch e.Key {
		case "country":
			d.place.Country = s
		case "city":
			d.place.City = s
		case "network":
			d.place.Network = s
		case "lat":
			d.place.Lat = number
		case "lon":
			d.place.Lon = number
		case "asn":
			d.place.ASN = uint32(number)
		default:
			return unknown(e, "an event's nightjar", []string{"country", "city", "lat", "lon", "asn", "network"})
		}
	}
	d.place.Source = "test"
	return nil
}

// stated is when the record itself says that it happened; zero when it does not.
func (d *draft) stated() (time.Time, error) {
	given, ok := d.record["CreationTime"].(string)
	if !ok {
		return time.Time{}, nil
	}
	return time.Parse(recordTime, strings.TrimSuffix(given, "Z")) //nolint:wrapcheck // the caller names the place
}

// event makes the i-th repetition.
func (d *draft) event(i int) (TestEvent, error) {
	at := d.time(i)
	record, _ := numbered(overlay(d.base, d.record), i+1).(map[string]any)
	stated, err := d.stated()
	if err != nil {
		return TestEvent{}, err
	}
	if stated.IsZero() {
		record["CreationTime"] = at.Format(recordTime)
	} else {
		at = stated
	}
	if d.record["Id"] == nil {
		record["Id"] = identity(d.seed, i)
	}
	raw, err := json.Marshal(record)
	ready := at.Add(d.ready)
	return TestEvent{Raw: raw, Time: at, Ready: ready, Stored: ready.Add(d.delay), Place: d.place}, err
}

// identity makes the id of an event: the same for the same place in the file.
func identity(seed string, i int) string {
	h := sha256.Sum256(fmt.Appendf(nil, "%s/%d", seed, i))
	return fmt.Sprintf("%x-%x-%x-%x-%x", h[0:4], h[4:6], h[6:8], h[8:10], h[10:16])
}

// numbered puts the count in the place of {n}.
func numbered(v any, n int) any {
	switch v := v.(type) {
	case string:
		return strings.ReplaceAll(v, "{n}", strconv.Itoa(n))
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, kid := range v {
			out[key] = numbered(kid, n)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, kid := range v {
			out[i] = numbered(kid, n)
		}
		return out
	default:
		return v
	}
}
