package collect

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/journal"
)

// delivery is a decoded blob, or a piece of one, on its way into the journal.
type delivery struct {
	feed   *feedRun
	blob   entry // as it will stand in the ledger, but for the journal's counts
	events []nightjar.Event
	raw    int64 // bytes of raw events
	memory int64 // taken, to be given back after the commit
	last   bool  // with this the blob is complete
	second bool  // of a second fetch
	urgent bool  // do not wait for more
	newest time.Time
	// refused are rows for single records in quarantine; their file is durable.
	refused []quarantined
	// done receives the row as committed, or the error; nil when nobody waits.
	done chan outcome
}

// outcome is what became of a delivery.
type outcome struct {
	blob entry
	err  error
}

// committer gathers the deliveries of one tenant and commits them together:
// events and ledger rows in one transaction. While one commit runs the next
// one gathers, so under load commits are large and there is no idle wait.
type committer struct {
	c      *Collector
	tenant nightjar.TenantID
	feeds  []*feedRun // of the tenant
	dedupe int        // bytes of the dedupe filter of an event day; 0 means no bound
	in     chan *delivery
	ready  chan []*delivery
}

// newCommitter returns the committer of a tenant. Its feeds share one dedupe
// filter, so the smallest bound that any of them sets holds.
func newCommitter(c *Collector, tenant nightjar.Tenant) *committer {
	k := &committer{c: c, tenant: tenant.ID, in: make(chan *delivery), ready: make(chan []*delivery)}
	for _, o := range tenant.Feeds {
		if o.DedupeBytes > 0 && (k.dedupe == 0 || o.DedupeBytes < k.dedupe) {
			k.dedupe = o.DedupeBytes
		}
	}
	return k
}

// send hands over a delivery; its memory belongs to the committer from then on.
func (k *committer) send(ctx context.Context, d *delivery) error {
	select {
	case k.in <- d:
		return nil
	case <-ctx.Done():
		k.c.memory.give(d.memory)
		return context.Cause(ctx)
	}
}

// gather collects deliveries until in is closed. What is gathered when the
// collector stops is still committed: it is fetched already.
func (k *committer) gather() {
	defer close(k.ready)
	o := k.c.opt
	var batch []*delivery
	var events int
	var bytes, held int64
	var due <-chan time.Time
	full := false
	for {
		var ready chan []*delivery
		in := k.in
		if full {
			ready = k.ready
		}
		if events >= o.CommitEvents || bytes >= o.CommitBytes {
			in = nil // the commit before this one must end first
		}
		select {
		case d, ok := <-in:
			if !ok {
				if len(batch) > 0 {
					k.ready <- batch
				}
				return
			}
			if len(batch) == 0 {
				due = k.c.clock.After(o.CommitDelay)
			}
			batch = append(batch, d)
			events += len(d.events)
			bytes += d.raw
			held += d.memory
			full = full || d.urgent || events >= o.CommitEvents || bytes >= o.CommitBytes || held >= o.MemoryBytes/2
		case <-due:
			full, due = true, nil
		case ready <- batch:
			batch, events, bytes, held, due, full = nil, 0, 0, 0, nil, false
		}
	}
}

// commitAll commits batch after batch until gather ends. ctx is not the one
// that stops the collector; it ends when waiting has lasted too long. After an
// error that must stop the process, abort is called, and nothing is committed
// any more.
func (k *committer) commitAll(ctx context.Context, abort func()) error {
	var fatal error
	for batch := range k.ready {
		if fatal != nil {
			k.release(batch, fatal)
			continue
		}
		if fatal = k.commit(ctx, batch); fatal != nil {
			abort()
		}
	}
	return fatal
}

// commit appends a batch. Only an error after which the process must stop is
// returned; every other one is the blobs', which stay in the ledger as they were.
func (k *committer) commit(ctx context.Context, batch []*delivery) error {
	for try := 1; ; try++ {
		err := k.append(ctx, batch)
		switch {
		case err == nil:
			k.c.warn.Clear(nightjar.WarnDiskFull, "", "collect")
			return nil
		case errors.Is(err, journal.ErrStop):
			k.release(batch, err)
			return fmt.Errorf("store events of tenant %s: %w", k.tenant, err)
		case ctx.Err() != nil:
			k.release(batch, err)
			return nil
		case nightjar.CodeOf(err) == nightjar.CodeDiskFull, nightjar.CodeOf(err) == nightjar.CodeConflict:
			// Nothing is lost while we wait: fetching stops by itself when the
			// memory is used up, and Microsoft holds the rest.
			if nightjar.CodeOf(err) == nightjar.CodeDiskFull {
				k.c.warn.Set(nightjar.WarnDiskFull, "", "collect", map[string]string{"path": k.c.cfg.DataDir, "free": "0 bytes"})
			}
			k.c.log.ErrorContext(ctx, "cannot store events", "tenant", string(k.tenant), "source", "collect", "error", err)
			if k.c.clock.Sleep(ctx, backoff(try, time.Second, 15*time.Second)) != nil {
				k.release(batch, err)
				return nil
			}
		case len(batch) == 1:
			k.release(batch, err)
			return nil
		default:
			// One of them is at fault: find it by committing each alone.
			for i, d := range batch {
				if err := k.commit(ctx, []*delivery{d}); err != nil {
					k.release(batch[i+1:], err)
					return err
				}
			}
			return nil
		}
	}
}

func (k *committer) append(ctx context.Context, batch []*delivery) error {
	b := journal.Batch{Tenant: k.tenant, Sources: make([]journal.Source, len(batch)), DedupeBytes: k.dedupe}
	for i, d := range batch {
		b.Sources[i] = journal.Source{Events: d.events}
	}
	b.Log = func(r journal.Receipt) ([]nightjar.Event, error) { return k.log(ctx, batch, r) }
	var rows []entry
	b.Also = func(ctx context.Context, tx bun.Tx, r journal.Receipt) error {
		rows = make([]entry, len(batch))
		now := k.c.clock.Now()
		type second struct{ blobs, events int64 }
		seconds := make(map[*feedRun]second)
		for i, d := range batch {
			row := d.blob
			row.Stored += int64(r.Sources[i].Stored)
			if d.last {
				row.State = nightjar.BlobStored
				// A blob that shows less at a second fetch has held more all the same.
				row.Events = max(row.Events, row.Stored+row.Filtered+row.Refused)
				row.Duplicates = row.Events - row.Stored - row.Filtered - row.Refused
				if d.second {
					s := seconds[d.feed]
					seconds[d.feed] = second{s.blobs + 1, s.events + int64(r.Sources[i].Stored)}
					row.Settled, row.SettleAt = 1, 0
				} else {
					row.SettleAt = d.feed.settleAt(row, now)
				}
			}
			if d.last && row.Attempts > 0 {
				if err := closeGaps(ctx, tx, row); err != nil {
					return err
				}
			}
			rows[i] = row
			for _, q := range d.refused {
				if err := insertQuarantine(ctx, tx, q); err != nil {
					return err
				}
			}
		}
		if err := k.c.ledger.write(ctx, tx, lastOfEach(rows)); err != nil {
			return err
		}
		for f, s := range seconds {
			if err := k.c.ledger.gained(ctx, tx, k.tenant, f.feed, s.blobs, s.events, s.events > 0 && !f.hasGained(), k.c.opt.YoungAge, k.c.opt.SettleAfter, now); err != nil {
				return err
			}
		}
		return nil
	}
	// gofail: var collectBeforeAppend struct{}
	receipt, err := k.c.cfg.Journal.Append(ctx, b)
	if err != nil {
		return err
	}
	// gofail: var collectAfterAppend struct{}
	k.committed(batch, rows, receipt)
	return nil
}

// log tells of a commit in collectors_out, in the commit itself: a row that
// says that events are stored is there if and only if they are.
func (k *committer) log(ctx context.Context, batch []*delivery, r journal.Receipt) ([]nightjar.Event, error) {
	perFeed := make(map[*feedRun]*tally)
	for i, d := range batch {
		if perFeed[d.feed] == nil {
			perFeed[d.feed] = &tally{}
		}
		perFeed[d.feed].add(d, d.blob, r.Sources[i])
	}
	until, err := k.completeUntil(ctx, batch)
	if err != nil {
		return nil, err
	}
	rows := make([]nightjar.Event, 0, len(perFeed))
	for f, t := range perFeed {
		record := f.row(nightjar.PipelineStored, nightjar.LevelInfo, t.stored, "stored %d events, %d were known, %d filtered, %d refused",
			t.stored, t.duplicates, t.filtered, t.refused)
		record.CompleteUntil = until
		row, err := record.Event(k.c.clock.Now())
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// lastOfEach keeps the last row of each blob: two pieces of one blob cannot be
// in one batch, since a fetch waits for its piece, but one statement that
// named a row twice would fail on PostgreSQL.
func lastOfEach(rows []entry) []entry {
	type key struct {
		feed nightjar.Feed
		id   string
	}
	at := make(map[key]int, len(rows))
	out := make([]entry, 0, len(rows))
	for _, r := range rows {
		if i, ok := at[key{r.Feed, r.ID}]; ok {
			out[i] = r
			continue
		}
		at[key{r.Feed, r.ID}] = len(out)
		out = append(out, r)
	}
	return out
}

func (k *committer) committed(batch []*delivery, rows []entry, receipt journal.Receipt) {
	perFeed := make(map[*feedRun]*tally)
	for i, d := range batch {
		t := perFeed[d.feed]
		if t == nil {
			t = &tally{}
			perFeed[d.feed] = t
		}
		t.add(d, rows[i], receipt.Sources[i])
		k.c.memory.give(d.memory)
		if d.done != nil {
			d.done <- outcome{blob: rows[i]}
		} else {
			d.feed.settled(rows[i].ID)
		}
	}
	for f, t := range perFeed {
		f.stored(*t)
	}
}

func (k *committer) release(batch []*delivery, err error) {
	for _, d := range batch {
		k.c.memory.give(d.memory)
		if d.done != nil {
			d.done <- outcome{blob: d.blob, err: err}
		} else {
			d.feed.refuse(d, err)
		}
	}
}

// tally is what one commit brought to one feed.
type tally struct {
	blobs, events, stored, duplicates, filtered, refused int64
	seconds, gained                                      int64 // of second fetches
	newest                                               time.Time
}

func (t *tally) add(d *delivery, row entry, r journal.SourceReceipt) {
	t.events += int64(len(d.events))
	t.stored += int64(r.Stored)
	t.duplicates += int64(r.Duplicates)
	t.newest = later(t.newest, d.newest)
	switch {
	case d.second:
		t.seconds++
		t.gained += int64(r.Stored)
	case d.last:
		t.blobs++
		t.filtered += row.Filtered
		t.refused += row.Refused
	}
}
