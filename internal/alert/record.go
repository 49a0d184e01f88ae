package alert

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

const (
	recordPage = 200 // findings of one statement
	// maxEntities bounds whom one alert names, and maxTags its tags: an alert
	// about more is about none of them.
	maxEntities = 100
	maxTags     = 50
)

// Record keeps findings, and opens and counts up alerts, in the caller's
// transaction. A finding that is known already changes nothing, so recording
// again what may have been recorded before a crash is harmless. What comes out
// depends on the findings and their order, not on how they were batched.
func (k *Keeper) Record(ctx context.Context, tx bun.Tx, findings []nightjar.Finding) error {
	if len(findings) == 0 {
		return nil
	}
	for _, f := range findings {
		if f.ID == "" || f.Tenant == "" || f.Rule == "" || f.Fingerprint == "" || f.Severity.Rank() < 0 {
			return fmt.Errorf("a finding of rule %q has no id, tenant, fingerprint or severity", f.Rule)
		}
	}
	r, err := k.begin(ctx, tx)
	if err != nil {
		return err
	}
	for page := range slices.Chunk(findings, recordPage) {
		if err := r.page(page); err != nil {
			return err
		}
	}
	return r.end()
}

// touched is an alert that findings of this transaction belong to.
type touched struct {
	*kept
	opened bool // here
	added  int  // findings
	was    nightjar.Severity
	fresh  []nightjar.Entity // that it did not name before
}

// recorder is a transaction that changes alerts.
type recorder struct {
	k            *Keeper
	ctx          context.Context //nolint:containedctx // a recorder is a transaction: it lives as long
	tx           bun.Tx
	now          time.Time
	counters     counters
	quiet        []Silence // in force now
	fingerprints map[string][]*touched
	order        []*touched // as they were touched first
	hushed       []string   // ids of alerts that became quiet
	outcomes     map[outcome]int
}

// begin reads what a transaction that changes alerts goes on from.
func (k *Keeper) begin(ctx context.Context, tx bun.Tx) (*recorder, error) {
	r := &recorder{k: k, ctx: ctx, tx: tx, now: k.now(), fingerprints: map[string][]*touched{}, outcomes: map[outcome]int{}}
	var err error
	if r.counters, err = readCounters(ctx, tx); err != nil {
		return nil, err
	}
	r.quiet, err = k.inForce(ctx, tx, r.now)
	return r, err
}

func (r *recorder) page(findings []nightjar.Finding) error {
	ids := make([]string, len(findings))
	for i, f := range findings {
		ids[i] = f.ID
	}
	var known []string
	if err := r.tx.NewRaw(sqlKnownFindings, bun.List(ids)).Scan(r.ctx, &known); err != nil {
		return fmt.Errorf("look for known findings: %w", catalog.Translate(err))
	}
	seen := make(map[string]bool, len(findings))
	for _, id := range known {
		seen[id] = true
	}
	rows := make([]bun.TupleValues, 0, len(findings))
	for _, f := range findings {
		if seen[f.ID] {
			continue
		}
		seen[f.ID] = true
		number := int64(0)
		if alerts(f) {
			a, err := r.alertFor(f)
			if err != nil {
				return err
			}
			number = a.Number
		} else {
			r.passedBy(f)
		}
		r.counters.Finding++
		rows = append(rows, bun.Tuple(findingRow(r.counters.Finding, number, f, r.now)))
	}
	if len(rows) == 0 {
		return nil
	}
	if _, err := r.tx.NewRaw(sqlInsertFindings, bun.List(rows)).Exec(r.ctx); err != nil {
		return fmt.Errorf("keep findings: %w", err)
	}
	return nil
}

// alerts reports whether a finding is for people's eyes: a rule that is tried
// is not, and what is informational never is.
func alerts(f nightjar.Finding) bool {
	return !f.DryRun && f.Severity.Rank() > nightjar.SeverityInformational.Rank()
}

// alertFor adds a finding to the open alert that it belongs to, or opens one.
func (r *recorder) alertFor(f nightjar.Finding) (*touched, error) {
	of, loaded := r.fingerprints[f.Fingerprint]
	if !loaded {
		found, err := readAlerts(r.ctx, r.tx, sqlAlertsOfFingerprint, f.Fingerprint)
		if err != nil {
			return nil, err
		}
		for _, a := range found {
			of = append(of, &touched{kept: a, was: a.Severity})
		}
		r.fingerprints[f.Fingerprint] = of
	}
	for _, a := range of {
		if a.Status != StatusClosed && r.k.belongs(a.Alert, f) {
			r.touch(a)
			a.add(f)
			return a, nil
		}
	}
	a, err := r.open(f, of)
	if err != nil {
		return nil, err
	}
	r.fingerprints[f.Fingerprint] = append([]*touched{a}, of...)
	return a, nil
}

// belongs reports whether a finding lies close enough to what an alert holds.
// Event time decides: a late event joins what it was part of.
func (k *Keeper) belongs(a Alert, f nightjar.Finding) bool {
	return !f.Time.After(a.Last.Add(k.collect)) && !f.Time.Before(a.First.Add(-k.collect))
}

func (r *recorder) touch(a *touched) {
	if !a.opened && a.added == 0 {
		r.order = append(r.order, a)
	}
}

// open makes a new alert of a finding.
func (r *recorder) open(f nightjar.Finding, earlier []*touched) (*touched, error) {
	r.counters.Alert++
	a := &touched{opened: true, was: f.Severity, kept: &kept{Alert: Alert{
		Number: r.counters.Alert, Tenant: f.Tenant, Rule: f.Rule, Pack: r.k.pack(f.Rule), Title: f.Title,
		Severity: f.Severity, RuleSeverity: f.Severity, Status: StatusNew, First: first(f), Last: last(f), Began: first(f), Opened: r.now,
		Fingerprint: f.Fingerprint, Version: 1,
	}}}
	var err error
	if a.ID, err = r.newID(f.ID); err != nil {
		return nil, err
	}
	if len(earlier) > 0 {
		a.previous, a.Previous = earlier[0].Number, earlier[0].ID
	}
	a.add(f)
	r.order = append(r.order, a)
	// The row goes in at once, so that the next alert finds it as a relative.
	r.counters.Revision++
	a.Revision, a.Changed = r.counters.Revision, r.now
	if err := a.insert(r.ctx, r.tx); err != nil {
		return nil, err
	}
	a.fresh = nil
	if err := r.relate(a.kept, a.Entities, f.ID); err != nil {
		return nil, err
	}
	return a, r.remember(a.kept, historyLine{action: HistoryOpened, became: string(a.Severity)})
}

// newID makes the id of an alert from that of its first finding, longer when
// another alert has it already: twelve digits are enough for all practical
// numbers of alerts, and a collision must not stop detection.
func (r *recorder) newID(finding string) (string, error) {
	return r.freeID("A-", finding, sqlAlertIDTaken)
}

func (r *recorder) freeID(prefix, of, taken string) (string, error) {
	for n := 12; ; n += 4 {
		id := prefix + of[:min(n, len(of))]
		var count int
		if err := r.tx.NewRaw(taken, id).Scan(r.ctx, &count); err != nil {
			return "", fmt.Errorf("choose an id: %w", catalog.Translate(err))
		}
		if count == 0 {
			return id, nil
		}
		if n >= len(of) {
			return fmt.Sprintf("%s-%d", id, r.counters.Alert), nil
		}
	}
}

// add counts a finding up.
func (a *touched) add(f nightjar.Finding) {
	a.added++
	a.Findings++
	a.Count += max(f.Count, 1)
	if t := first(f); t.Before(a.First) {
		a.First = t
	}
	if t := last(f); t.After(a.Last) {
		a.Last = t
	}
	a.Reason, a.Latest, a.Title = plain(f.Reason), f.ID, plain(f.Title)
	if f.Severity.Rank() > a.RuleSeverity.Rank() {
		a.RuleSeverity = f.Severity
		if a.SeverityBy == "" {
			a.Severity = f.Severity
		}
	}
	for _, e := range f.Entities {
		e.Value = plain(e.Value)
		if len(a.Entities) < maxEntities && e.Value != "" && !slices.Contains(a.Entities, e) {
			a.Entities = append(a.Entities, e)
			a.fresh = append(a.fresh, e)
		}
	}
	for _, tag := range f.Tags {
		if len(a.Tags) < maxTags && !slices.Contains(a.Tags, tag) {
			a.Tags = append(a.Tags, tag)
		}
	}
}

// first is when what a finding rests on began, and last when it ended. The
// completing event is within, whatever the finding says.
func first(f nightjar.Finding) time.Time {
	if f.First.IsZero() || f.First.After(f.Time) {
		return f.Time.UTC()
	}
	return f.First.UTC()
}

func last(f nightjar.Finding) time.Time {
	if f.Last.Before(f.Time) {
		return f.Time.UTC()
	}
	return f.Last.UTC()
}

// end writes what was touched, and tells of it.
func (r *recorder) end() error {
	for _, a := range r.order {
		if err := r.settle(a); err != nil {
			return err
		}
	}
	if err := r.finish(); err != nil {
		return err
	}
	r.counted()
	return nil
}

func (r *recorder) settle(a *touched) error {
	if len(a.fresh) > 0 {
		if err := insertEntities(r.ctx, r.tx, a.Alert, a.fresh); err != nil {
			return err
		}
		if err := r.relate(a.kept, a.fresh, a.Latest); err != nil {
			return err
		}
	}
	raised := a.Severity.Rank() > a.was.Rank()
	if raised && !a.opened {
		a.Version++
		if err := r.remember(a.kept, historyLine{action: HistoryRaised, was: string(a.was), became: string(a.Severity)}); err != nil {
			return err
		}
	}
	if err := r.suppress(a.kept); err != nil {
		return err
	}
	c := Change{Kind: ChangeUpdated, Findings: a.added, Time: r.now}
	switch {
	case !a.Notified:
		c.Kind = ChangeOpened
	case raised:
		c.Kind, c.Was = ChangeRaised, a.was
	}
	return r.tell(a.kept, c)
}

// tell writes an alert that changed, and hands the change to the outbox. An
// alert that is kept quiet is told of only when people were told that it is
// open and somebody closes it: what was begun elsewhere has to end there.
func (r *recorder) tell(a *kept, c Change) error {
	loud := !a.Suppressed() && (a.Notified || c.Kind == ChangeOpened) || a.Notified && c.Kind == ChangeClosed
	if loud {
		a.Notified = true
	}
	r.counters.Revision++
	a.Revision, a.Changed = r.counters.Revision, r.now
	if err := a.update(r.ctx, r.tx); err != nil {
		return err
	}
	if !a.Notified || r.k.outbox == nil {
		return nil
	}
	c.Alert = a.Alert
	hand := r.k.outbox.Changed
	if !loud {
		hand = r.k.outbox.Hushed
	}
	if err := hand(r.ctx, r.tx, c); err != nil {
		return fmt.Errorf("queue what changed of the alert %s: %w", a.ID, err)
	}
	return nil
}
