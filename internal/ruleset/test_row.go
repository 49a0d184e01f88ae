package ruleset

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// rowDraft is a row of collectors_out of a test before it is repeated.
type rowDraft struct {
	pace
	record nightjar.PipelineRecord
	seed   string
	behind *time.Duration // of a commit: how far what is stored lags behind its time
}

// readRows reads the rows of collectors_out of a test.
func readRows(m sigma.Entry) ([]rowDraft, error) {
	var out []rowDraft
	next, all := TestStart(), 0
	for _, n := range m.Value.Content {
		list, err := sigma.Entries(n)
		if err != nil {
			return nil, err
		}
		d := rowDraft{
			pace: once(next), seed: fmt.Sprintf("%d/%d", m.Line, n.Line),
			record: nightjar.PipelineRecord{Action: nightjar.PipelineStored, Level: nightjar.LevelInfo},
		}
		for _, e := range list {
			if err := d.read(e); err != nil {
				return nil, err
			}
		}
		if all += d.repeat; all > maxTestEvents {
			return nil, sigma.Invalid(n.Line, "a test has %d rows at most", maxTestEvents)
		}
		out = append(out, d)
		next = d.last().Add(once(next).every)
	}
	return out, nil
}

func (d *rowDraft) read(e sigma.Entry) error {
	if own, err := d.pace.read(e); own {
		return err
	}
	if e.Key == "behind" {
		behind, err := span(e)
		d.behind = &behind
		return err
	}
	s, err := e.Text()
	if err != nil {
		return err
	}
	one := func(words ...string) error {
		if !slices.Contains(words, s) {
			return sigma.Invalid(e.Line, "%s %q is none%s", e.Key, s, meant(s, words))
		}
		return nil
	}
	switch r := &d.record; e.Key {
	case "collector_name":
		r.Collector = s
	case "job_id":
		r.JobID = s
	case "level":
		r.Level = nightjar.Level(s)
		return one(string(nightjar.LevelInfo), string(nightjar.LevelWarning), string(nightjar.LevelError))
	case "action":
		r.Action = nightjar.PipelineAction(s)
		return one(
			string(nightjar.PipelineStarted), string(nightjar.PipelineListed), string(nightjar.PipelineFetched), string(nightjar.PipelineStored),
			string(nightjar.PipelineThrottled), string(nightjar.PipelineFailed), string(nightjar.PipelineGap),
		)
	case "message":
		r.Message = s
	case "count":
		if r.Count, err = strconv.ParseInt(s, 10, 64); err != nil {
			return sigma.Invalid(e.Line, "count is a whole number, not %q", s)
		}
	default:
		return unknown(e, "a row", []string{"at", "every", "repeat", "collector_name", "job_id", "level", "action", "message", "count", "behind"})
	}
	return nil
}

// Rows makes the rows of collectors_out of the test, without a tenant.
func (t Test) Rows() []nightjar.PipelineRecord {
	var out []nightjar.PipelineRecord
	for _, d := range t.rows {
		for i := range d.repeat {
			r := d.record
			r.ID, r.Time = "test:"+identity(d.seed, i), d.time(i)
			if d.behind != nil {
				r.CompleteUntil = r.Time.Add(-*d.behind)
			}
			for _, text := range []*string{&r.Collector, &r.JobID, &r.Message} {
				*text, _ = numbered(*text, i+1).(string)
			}
			out = append(out, r)
		}
	}
	return out
}
