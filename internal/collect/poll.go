package collect

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/m365"
)

// listingBatch is how many blobs one transaction of a listing records.
const listingBatch = 1000

// pollLoop lists what is new until ctx ends.
func (f *feedRun) pollLoop(ctx context.Context) {
	failures := 0
	for ctx.Err() == nil {
		wait, err := f.poll(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err == nil:
			failures = 0
			wait = f.c.opt.PollInterval
			if f.once {
				return
			}
		default:
			failures++
			f.fail("list content", err)
			wait = max(wait, f.onPollError(ctx, err, failures))
		}
		select {
		case <-ctx.Done():
			return
		case <-f.c.clock.After(wait):
		case <-f.wake:
			if f.c.clock.Sleep(ctx, wakeSpacing) != nil {
				return
			}
		}
	}
}

// wakeSpacing keeps a flood of notifications from becoming a flood of listings.
const wakeSpacing = 2 * time.Second

// poll lists once. On an error it says how long to wait at least.
func (f *feedRun) poll(ctx context.Context) (wait time.Duration, err error) {
	f.mu.Lock()
	f.jobID = newJob()
	f.mu.Unlock()
	act, err := f.activity(ctx)
	if err != nil {
		return 0, fmt.Errorf("prepare the client: %w", err)
	}
	row, err := f.c.ledger.feed(ctx, f.tenant.ID, f.feed)
	if err != nil {
		return 0, err
	}
	f.mu.Lock()
	f.gained = f.gained || row.RefetchGain > 0
	f.mu.Unlock()
	restarted, wait, err := f.subs.ensure(ctx, act, f.feed, row)
	if err != nil {
		return wait, f.switchedOff(ctx, row, err)
	}
	now := f.c.serverNow(act)
	cur := row.cursor()
	plan := f.schedule.plan(cur, now)
	if len(plan.windows) != 1 || cur.to.IsZero() {
		f.say(nightjar.PipelineStarted, nightjar.LevelInfo, int64(len(plan.windows)), "started: lists from %s to %s",
			plan.from().Format(time.RFC3339), plan.end.Format(time.RFC3339))
	}
	if restarted && !cur.to.IsZero() && plan.end.After(cur.to) {
		// What happened while no subscription ran is never made available.
		if err := f.gap(ctx, Window{From: cur.to, To: plan.end}, GapDisabled); err != nil {
			return 0, err
		}
	}
	if plan.gap.Duration() > 0 {
		if err := f.gap(ctx, plan.gap, GapOutage); err != nil {
			return 0, err
		}
	}
	found, err := f.list(ctx, act, cur, plan)
	if err != nil {
		return 0, f.switchedOff(ctx, row, err)
	}
	f.allListed(plan.end)
	f.polled(found, now)
	if plan.reconcile {
		if _, err := f.c.ledger.prune(ctx, f.tenant.ID, f.feed, f.c.clock.Now()); err != nil && ctx.Err() == nil {
			f.fail("prune the ledger", err)
		}
	}
	return 0, nil
}

// from returns the start of what the plan lists.
func (l listing) from() time.Time {
	from := l.end
	for _, w := range l.windows {
		from = earlier(from, w.From)
	}
	return from
}

// list lists the windows of a plan. After each window the cursor moves.
func (f *feedRun) list(ctx context.Context, act *m365.Activity, cur cursor, plan listing) (found int64, err error) {
	for i, w := range plan.windows {
		done := listingCommit{to: w.cursor}
		if !w.cursor.IsZero() {
			done.from = w.From
		}
		if i == len(plan.windows)-1 {
			done.polled = f.c.clock.Now()
			if plan.reconcile {
				done.reconciled = plan.end
			}
			if !cur.to.IsZero() && cur.to.After(plan.end) {
				done.to = plan.end
			}
		}
		n, err := f.listWindow(ctx, act, w.Window, cur, plan, done)
		found += n
		if err != nil {
			return found, err
		}
	}
	return found, nil
}

// listWindow lists one window, recording its blobs as they come; the cursor
// moves in the transaction of the last ones.
func (f *feedRun) listWindow(ctx context.Context, act *m365.Activity, w Window, cur cursor, plan listing, done listingCommit) (found int64, err error) {
	var waiting []entry
	var late []entry // behind every ordinary poll
	now := f.c.clock.Now()
	flush := func(final bool) error {
		// gofail: var collectAfterList struct{}
		for _, part := range []struct {
			entries   []entry
			reconcile bool
		}{{late, true}, {waiting, false}} {
			if len(part.entries) == 0 && (part.reconcile || !final) {
				continue
			}
			c := listingCommit{tenant: f.tenant.ID, feed: f.feed, entries: part.entries, reconcile: part.reconcile, now: now}
			if final && !part.reconcile {
				c.from, c.to, c.reconciled, c.polled = done.from, done.to, done.reconciled, done.polled
			}
			n, err := f.c.ledger.commitListing(ctx, c)
			if err != nil {
				return err
			}
			// gofail: var collectAfterListCommit struct{}
			found += n
			f.listed(n, part.reconcile)
		}
		waiting, late = waiting[:0], late[:0]
		return nil
	}
	behind := cur.to.Add(-f.schedule.overlap)
	ctx = m365.WithPriority(ctx, m365.PriorityFresh)
	err = act.ListContent(ctx, f.feed, w.From, w.To, func(page []nightjar.Blob) error {
		f.setRefused(false) // before any of it is stored
		for _, b := range page {
			e := entry{
				Tenant: f.tenant.ID, Feed: f.feed, ID: b.ID, URI: b.URI, State: nightjar.BlobListed,
				Created: catalog.Micros(b.Created), Expires: catalog.Micros(b.Expires), FirstListed: catalog.Micros(now),
			}
			if b.Expires.IsZero() {
				e.Expires = catalog.Micros(b.Created.Add(nightjar.ContentRetention))
			}
			if plan.reconcile && !cur.to.IsZero() && b.Created.Before(behind) {
				e.Reconcile = 1
				late = append(late, e)
			} else {
				waiting = append(waiting, e)
			}
		}
		if len(waiting)+len(late) >= listingBatch {
			return flush(false)
		}
		return nil
	})
	if err != nil {
		// What a listing showed before it broke off is worth fetching; the
		// cursor alone waits for the rest.
		return found, errors.Join(err, flush(false))
	}
	return found, flush(true)
}

// listed reports blobs that a listing showed for the first time.
func (f *feedRun) listed(n int64, reconcile bool) {
	if n == 0 {
		return
	}
	tenant, feed := string(f.tenant.ID), string(f.feed)
	f.c.metrics.listed.WithLabelValues(tenant, feed).Add(float64(n))
	f.mu.Lock()
	f.status.Listed += n
	f.mu.Unlock()
	if reconcile {
		f.c.metrics.reconcile.WithLabelValues(tenant, feed).Add(float64(n))
		f.warn(nightjar.WarnReconcileMissing, map[string]string{"count": count(n)})
		f.log.Warn("the daily look found content that no poll had shown", "blobs", n)
	}
	signal(f.work)
	f.c.progress(f)
}

// polled marks a poll that ended well.
func (f *feedRun) polled(found int64, now time.Time) {
	f.c.metrics.lastSuccess.WithLabelValues(string(f.tenant.ID), string(f.feed)).Set(float64(f.c.clock.Now().Unix()))
	f.mu.Lock()
	f.caughtUp, f.parked = true, ""
	f.status.Polled = f.c.clock.Now()
	f.mu.Unlock()
	f.calm(nightjar.WarnPermissionMissing, nightjar.WarnSubscriptionDisabled, nightjar.WarnAuditOff,
		nightjar.WarnTenantUnreachable, nightjar.WarnCredentialWrong, nightjar.WarnForeignHost, nightjar.WarnThrottledLong)
	f.say(nightjar.PipelineListed, nightjar.LevelInfo, found, "listed %d new blobs up to %s", found, now.Format(time.RFC3339))
	signal(f.work)
	f.c.progress(f)
}

// gap records a span that cannot be had any more.
func (f *feedRun) gap(ctx context.Context, w Window, reason GapReason) error {
	c := listingCommit{tenant: f.tenant.ID, feed: f.feed, gap: w, gapReason: reason, now: f.c.clock.Now()}
	if reason == GapOutage {
		c.to = w.To // the same gap is not found again, a little longer, after a crash
	}
	_, err := f.c.ledger.commitListing(ctx, c)
	if err != nil {
		return err
	}
	f.c.metrics.gapSeconds.WithLabelValues(string(f.tenant.ID), string(f.feed)).Add(w.Duration().Seconds())
	f.mu.Lock()
	f.status.Gaps++
	f.mu.Unlock()
	f.warn(nightjar.WarnDataGap, map[string]string{
		"from": w.From.Format(time.RFC3339), "to": w.To.Format(time.RFC3339), "reason": reason.text(),
	})
	f.say(nightjar.PipelineGap, nightjar.LevelError, 0, "gap: content from %s to %s is missing: %s",
		w.From.Format(time.RFC3339), w.To.Format(time.RFC3339), reason.text())
	return nil
}

// switchedOff records how long a subscription has been seen not to run, when
// that is what err says: nothing of that time is ever made available, and once
// it runs again Microsoft does not tell.
func (f *feedRun) switchedOff(ctx context.Context, row feedRow, err error) error {
	now := f.c.clock.Now()
	from := catalog.Time(row.ListedTo)
	if m365.KindOf(err) != m365.KindDisabled || from.IsZero() || !now.After(from) {
		return err
	}
	return errors.Join(err, f.c.ledger.extendGap(ctx, f.tenant.ID, Gap{Feed: f.feed, From: from, To: now, Reason: GapDisabled, Detected: now}))
}

func (r GapReason) text() string {
	switch r {
	case GapOutage:
		return "it could not be listed before it was 7 days old"
	case GapExpired:
		return "it expired before it could be fetched"
	case GapMissing:
		return "Microsoft says that it does not exist"
	case GapDisabled:
		return "the subscription did not run"
	}
	return string(r)
}

// onPollError decides what a failed poll means for the feed, and how long it rests.
func (f *feedRun) onPollError(ctx context.Context, err error, failures int) time.Duration {
	o := f.c.opt
	kind := m365.KindOf(err)
	var asked time.Duration
	if api, ok := errors.AsType[*m365.APIError](err); ok {
		asked = api.RetryAfter
	}
	switch kind { //nolint:exhaustive // every other kind is tried again below
	case m365.KindDisabled:
		return f.park(kind, err)
	case m365.KindPermission, m365.KindAuth, m365.KindTenantUnknown, m365.KindConfig, m365.KindBug:
		// What was never let in is not waited for, even once.
		if f.setRefused(failures >= parkAfter || f.never(ctx)); failures >= parkAfter {
			return f.park(kind, err)
		}
	case m365.KindForeignHost:
		f.warn(nightjar.WarnForeignHost, map[string]string{"host": "the next page of a listing"})
	case m365.KindThrottled:
		f.warn(nightjar.WarnThrottledLong, map[string]string{"since": f.lastPoll()})
		return max(asked, backoff(failures, o.RetryFirst, 5*time.Minute))
	case m365.KindNetwork:
		f.warn(nightjar.WarnTenantUnreachable, map[string]string{"host": "Microsoft", "reason": shortly(err)})
	case m365.KindNotSubscribed:
		f.subs.forget()
	}
	return max(asked, backoff(failures, o.RetryFirst, 5*time.Minute))
}

// never reports whether the feed was never listed, in this run or before.
func (f *feedRun) never(ctx context.Context) bool {
	row, err := f.c.ledger.feed(ctx, f.tenant.ID, f.feed)
	return err == nil && row.cursor().to.IsZero()
}

// parkAfter is how often in a row a feed must be refused before it is parked:
// a single refusal has been seen to pass.
const parkAfter = 3

// park gives up on a feed until somebody changes something, and looks again now and then.
func (f *feedRun) park(kind m365.Kind, err error) time.Duration {
	switch kind {
	case m365.KindPermission:
		permission := "ActivityFeed.Read"
		if f.feed == nightjar.FeedDLP {
			permission = "ActivityFeed.ReadDlp"
		}
		f.warn(nightjar.WarnPermissionMissing, map[string]string{"permission": permission, "cost": "leaves out " + string(f.feed)})
	case m365.KindTenantUnknown:
		f.warn(nightjar.WarnAuditOff, nil)
	case m365.KindDisabled:
		f.warn(nightjar.WarnSubscriptionDisabled, nil)
	default:
		f.warn(nightjar.WarnCredentialWrong, map[string]string{"reason": err.Error()})
	}
	f.mu.Lock()
	f.parked, f.refused = err.Error(), true
	f.mu.Unlock()
	f.c.progress(f)
	return f.c.opt.ParkInterval
}

func (f *feedRun) lastPoll() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.status.Polled.IsZero() {
		return "the start"
	}
	return f.status.Polled.Format(time.RFC3339)
}

func count(n int64) string { return strconv.FormatInt(n, 10) }
