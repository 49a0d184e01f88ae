package collect

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/m365"
)

// verdict is what a failed fetch means for its blob.
type verdict struct {
	state   nightjar.BlobState // listed or fetched: it is tried again
	counted bool               // the failure counts as an attempt
	wait    time.Duration      // before the next try, at least
	gap     GapReason          // when the blob is lost
}

// judge decides about a blob after a failed fetch. It has no side effects. now
// is the time at Microsoft.
//
// Only Microsoft's own word, or content that stays unreadable, ends a blob's
// way; whatever may pass is tried until the content has expired.
func judge(e entry, err error, now time.Time, o Options) verdict {
	kind := m365.KindOf(err)
	again := verdict{state: e.State, counted: true, wait: backoff(e.Attempts+1, o.RetryFirst, o.RetryLimit)}
	var api *m365.APIError
	if errors.As(err, &api) && api.RetryAfter > 0 {
		again.wait = max(again.wait, api.RetryAfter)
	}
	left := catalog.Time(e.Expires).Sub(now)
	switch {
	case kind == m365.KindContentExpired:
		return verdict{state: nightjar.BlobExpired, counted: true, gap: GapExpired}
	case kind == m365.KindContentMissing, kind == m365.KindContentID:
		// One such answer may be a fault of the moment, and this is final: ask twice.
		if e.Attempts == 0 {
			return again
		}
		return verdict{state: nightjar.BlobMissing, counted: true, gap: GapMissing}
	case left < -time.Hour && api != nil && api.Status != 0:
		// Without an answer it may be our clock that is wrong: certificates
		// fail then, and all that is pending would be given up.
		return verdict{state: nightjar.BlobExpired, counted: true, gap: GapExpired}
	case kind == m365.KindThrottled:
		again.counted = false
		again.wait = max(o.RetryFirst, api.RetryAfter)
		return again
	case poison(err):
		if e.Unparsed+1 >= o.PoisonTries {
			return verdict{state: nightjar.BlobQuarantined, counted: true}
		}
	case cutShort(err):
		if e.CutShort+1 >= o.TruncatedTries {
			return verdict{state: nightjar.BlobQuarantined, counted: true}
		}
	}
	if left < time.Hour {
		again.wait = min(again.wait, time.Minute)
	}
	return again
}

// storeError is an error of ours in storing a piece of a blob. It says nothing
// about the content.
type storeError struct{ error }

func (e storeError) Unwrap() error { return e.error }

func ours(err error) bool {
	var s storeError
	return errors.As(err, &s)
}

// poison reports whether the content itself is at fault, or the address under
// which it is listed.
func poison(err error) bool {
	var e *nightjar.Error
	switch m365.KindOf(err) {
	case m365.KindTooLarge, m365.KindForeignHost:
		return true
	case m365.KindNone:
		return !ours(err) && errors.As(err, &e) && (e.Code == nightjar.CodeCorrupt || e.Code == nightjar.CodeLimit)
	default:
		return false
	}
}

// cutShort reports whether the content ended early, or is damaged, though the
// transfer of it was whole. A transfer that broke off says nothing about it.
func cutShort(err error) bool {
	var flate flate.CorruptInputError
	if ours(err) {
		return false
	}
	return m365.KindOf(err) == m365.KindNone && errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, gzip.ErrChecksum) || errors.Is(err, gzip.ErrHeader) || errors.As(err, &flate)
}

// suspect reports whether the next failure may put the blob into quarantine,
// so that its bytes must be kept as they come.
func (f *feedRun) suspect(e entry) bool {
	return e.Unparsed+1 >= f.c.opt.PoisonTries || e.CutShort+1 >= f.c.opt.TruncatedTries
}

// onFetchError records what a failed fetch means.
func (f *feedRun) onFetchError(ctx context.Context, p *pass, err error) {
	now := f.c.clock.Now()
	if p.second {
		f.onSecondFetchError(ctx, p, err, now)
		return
	}
	v := judge(p.e, err, f.serverNow(ctx, now), f.c.opt)
	if v.state == nightjar.BlobQuarantined {
		if p.body == nil && m365.KindOf(err) != m365.KindForeignHost {
			v = verdict{state: p.e.State, counted: true, wait: f.c.opt.RetryFirst} // its bytes were not kept this time
		} else if qerr := f.quarantine(ctx, p, err); qerr != nil {
			f.fail("put a blob into quarantine", qerr)
			return // it stays as it was, and is tried again
		}
	}
	f.fail("fetch a blob", err)
	e := p.e
	e.State = v.state
	if v.counted {
		e = failed(e, err)
	}
	e.NextAttempt = catalog.Micros(now.Add(v.wait))
	var gap *Gap
	known := false
	if v.gap != "" {
		created := catalog.Time(e.Created)
		gap = &Gap{Feed: f.feed, From: created, To: created, Reason: v.gap, ContentID: e.ID, Detected: now}
	}
	if v.state != nightjar.BlobQuarantined { // the quarantine wrote its row already
		var err error
		if known, err = f.c.ledger.update(ctx, e, gap); err != nil {
			if ctx.Err() == nil {
				f.fail("record a failed fetch", err)
			}
			return
		}
	}
	if !known { // else it was lost before, and another try has not helped
		f.ended(e, v)
	}
}

// serverNow is the time at Microsoft, or ours as long as there is no client to ask.
func (f *feedRun) serverNow(ctx context.Context, ours time.Time) time.Time {
	act, err := f.activity(ctx)
	if err != nil {
		return ours
	}
	return f.c.serverNow(act)
}

// failed counts a failure.
func failed(e entry, err error) entry {
	e.Attempts++
	e.Reason = reason(err)
	switch {
	case poison(err):
		e.Unparsed++
	case cutShort(err):
		e.CutShort++
	}
	return e
}

// onSecondFetchError gives up on a second fetch, or tries it again: the blob
// itself is stored and stays so.
func (f *feedRun) onSecondFetchError(ctx context.Context, p *pass, err error, now time.Time) {
	v := judge(p.e, err, f.serverNow(ctx, now), f.c.opt)
	e := p.e
	e.State = nightjar.BlobStored
	e.NextAttempt = catalog.Micros(now.Add(max(v.wait, f.c.opt.RetryFirst)))
	if v.counted {
		e.Attempts++
	}
	if v.state != nightjar.BlobStored || e.Attempts >= f.c.opt.TruncatedTries {
		e.SettleAt, e.NextAttempt = 0, 0
	}
	f.fail("fetch a blob again", err)
	if _, err := f.c.ledger.update(ctx, e, nil); err != nil && ctx.Err() == nil {
		f.fail("record a failed fetch", err)
	}
}

// ended reports a blob that reached a final state without being stored.
func (f *feedRun) ended(e entry, v verdict) {
	f.mu.Lock()
	switch v.state {
	case nightjar.BlobExpired:
		f.status.Expired++
	case nightjar.BlobMissing:
		f.status.Missing++
	case nightjar.BlobQuarantined:
		f.status.Quarantined++
	default:
		f.mu.Unlock()
		return
	}
	if v.gap != "" {
		f.status.Gaps++
	}
	f.mu.Unlock()
	if v.gap != "" {
		at := catalog.Time(e.Created).Format(time.RFC3339)
		f.warn(nightjar.WarnDataGap, map[string]string{"from": at, "to": at, "reason": v.gap.text()})
		f.say(nightjar.PipelineGap, nightjar.LevelError, 1, "gap: a blob of %s is lost: %s", at, v.gap.text())
	}
	f.c.progress(f)
}

// refuse puts a delivery that the journal did not take back into the ledger.
func (f *feedRun) refuse(d *delivery, err error) {
	defer signal(f.work)
	defer f.settled(d.blob.ID)
	ctx, cancel := f.c.clock.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	f.fail("store a blob", err)
	e := d.blob
	if !d.second { // the figures of a blob that is stored stay
		e.Events, e.Bytes, e.Filtered, e.Refused = 0, 0, 0, 0
	}
	e.Attempts++
	e.Reason = reason(err)
	e.NextAttempt = catalog.Micros(f.c.clock.Now().Add(backoff(e.Attempts, f.c.opt.RetryFirst, f.c.opt.RetryLimit)))
	if _, err := f.c.ledger.update(ctx, e, nil); err != nil {
		f.log.Error("cannot record a failed store", "error", err)
	}
}

// reason is what the ledger keeps of an error.
func reason(err error) string {
	const limit = 300
	s := err.Error()
	if len(s) > limit {
		s = s[:limit] + "…"
	}
	return s
}
