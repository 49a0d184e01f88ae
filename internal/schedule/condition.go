package schedule

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
)

// lasting is how long a warning may be away and still be the same: after a
// restart it takes a moment until what is wrong is seen again.
const lasting = 30 * time.Minute

// warning makes a finding of each condition that began.
func (s *Scheduler) warning(ctx context.Context, set *ruleset.Set, info *ruleset.Info) error {
	label, now := info.Label(), s.cfg.Clock.Now()
	before, err := readFound(ctx, s.cfg.Catalog, label)
	if err != nil {
		return err
	}
	seen := map[foundKey]bool{}
	var fresh []nightjar.Finding
	renew := len(before) == 0
	for _, h := range heard(set, info, s.cfg.Conditions()) {
		seen[h.key] = true
		last, known := before[h.key]
		renew = renew || now.Sub(last) > lasting/3
		if known && now.Sub(last) <= lasting {
			continue
		}
		renew = true
		fresh = append(fresh, h.finding(set, info))
	}
	// Once in a while is enough to know that a condition lasts.
	if !renew || len(seen) == 0 && len(before) == 0 {
		return nil
	}
	return s.cfg.Catalog.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		for k := range seen {
			if err := putFound(ctx, tx, label, k, now); err != nil {
				return err
			}
		}
		if err := forgetFound(ctx, tx, label, now.Add(-lasting)); err != nil {
			return err
		}
		if len(fresh) == 0 {
			return nil
		}
		if err := s.cfg.Recorder.Record(ctx, tx, fresh); err != nil {
			return err
		}
		return putAsked(ctx, tx, label, now, now)
	})
}

// held is a condition that a rule is about, with what tells it from others.
type held struct {
	Condition
	key foundKey
}

// heard are the conditions that a rule is about, each once.
func heard(set *ruleset.Set, info *ruleset.Info, conditions []Condition) []held {
	var out []held
	label := info.Label()
	for _, c := range conditions {
		tenant := c.Tenant
		if tenant == "" {
			tenant = nightjar.Installation
		}
		if !slices.Contains(info.Scheduled.Warnings, c.Code) || set.Mode(label, tenant) == ruleset.Off {
			continue
		}
		// A rule about itself would go on for ever.
		if c.Code == nightjar.WarnQueryRuleFailing && c.Source == label {
			continue
		}
		key := foundKey{tenant, nightjar.FindingID(string(c.Code), c.Source)}
		if !slices.ContainsFunc(out, func(h held) bool { return h.key == key }) {
			out = append(out, held{c, key})
		}
	}
	return out
}

func (h held) finding(set *ruleset.Set, info *ruleset.Info) nightjar.Finding {
	values := map[string]string{
		"code": string(h.Code), "source": h.Source, "title": h.Title, "text": h.Text, "remedy": h.Remedy, "tenant": h.TenantName,
		"since": text(h.Since),
	}
	f := base(set, info, h.key.tenant, values)
	f.ID = nightjar.FindingID(string(h.key.tenant), info.Label(), string(h.Code), h.Source, strconv.FormatInt(h.Since.UnixMicro(), 10))
	f.Version = nightjar.FindingID(info.Text)
	f.Time, f.First, f.Last, f.Count = h.Since, h.Since, h.Since, 1
	return f
}
