package collect

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/m365"
	"github.com/nightjar-sec/nightjar/internal/normalise"
)

// fetch fetches one blob, decodes it as a stream and hands its events to the
// committer; the blob stays in flight until they are committed.
func (f *feedRun) fetch(ctx context.Context, b choice) {
	pass := &pass{f: f, e: b.entry, inside: true, second: b.lane == laneSettle, received: f.c.clock.Now()}
	defer pass.close()
	err := pass.run(ctx, b.lane)
	switch {
	case err == nil:
		return // the committer has it
	case ctx.Err() != nil:
		f.settled(b.ID)
	default:
		f.onFetchError(ctx, pass, err)
		f.settled(b.ID)
		signal(f.work) // its next attempt may come before what the loop waits for
	}
}

// pass is one fetch of one blob.
type pass struct {
	f        *feedRun
	e        entry
	second   bool
	received time.Time
	inside   bool // holds one of the slots that are shared

	events  []nightjar.Event
	raw     int64 // bytes of events
	memory  int64 // taken for events
	newest  time.Time
	index   int
	bytes   int64
	dropped int64
	refused *refusedFile
	body    *keptBody // the bytes as received, when they may be for quarantine
}

func (p *pass) run(ctx context.Context, l lane) error {
	f := p.f
	act, err := f.activity(ctx)
	if err != nil {
		return fmt.Errorf("prepare the client: %w", err)
	}
	priority := m365.PriorityBackfill
	if l == laneNewest || f.c.clock.Since(catalog.Time(p.e.Created)) < f.c.opt.Overlap {
		priority = m365.PriorityFresh
	}
	stream, err := act.OpenBlob(m365.WithGate(m365.WithPriority(ctx, priority), p), p.e.blob())
	if err != nil {
		return err
	}
	defer func() { _ = stream.Close() }() // it was read to its end, or failed already
	var body io.Reader = stream
	if f.suspect(p.e) {
		if p.body, err = f.c.keepBody(stream); err != nil {
			return err
		}
		body = p.body
	}
	if err := p.decode(ctx, body); err != nil {
		return err
	}
	// gofail: var collectAfterFetch struct{}
	return p.finish(ctx)
}

// Enter implements m365.Gate: it takes a slot and the memory that a fetch begins with.
func (p *pass) Enter(ctx context.Context) error {
	if !p.inside {
		if err := p.f.enter(ctx); err != nil {
			return err
		}
		p.inside = true
	}
	if p.memory > 0 {
		return nil
	}
	return p.hold(ctx, reserve)
}

// Leave implements m365.Gate: what the tenants share is not for those to hold
// that wait for a tenant of their own.
func (p *pass) Leave() {
	p.f.c.memory.give(p.memory)
	p.memory = 0
	if p.inside {
		p.inside = false
		p.f.leave()
	}
}

// decode reads the records of a blob. Every so many bytes, and when memory is
// short, what it has so far is stored as a piece.
func (p *pass) decode(ctx context.Context, body io.Reader) error {
	f := p.f
	dec := normalise.NewArrayDecoder(body, normalise.ArrayOptions{MaxEventBytes: f.c.opt.EventBytes})
	received := f.c.metrics.received.WithLabelValues(string(f.tenant.ID), string(f.feed))
	defer func() { received.Add(float64(p.index)) }()
	origin := normalise.Origin{
		Tenant: f.tenant.ID, Feed: f.feed, ContentID: p.e.ID,
		ContentCreated: catalog.Time(p.e.Created), Ingested: p.received, Tag: f.tag,
	}
	for {
		raw, err := dec.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := p.room(ctx, int64(len(raw))); err != nil {
			return err
		}
		origin.Index = p.index
		p.index++
		p.bytes += int64(len(raw))
		e, err := normalise.Record(raw, origin)
		if err != nil {
			if err := p.refuse(raw, err); err != nil {
				return err
			}
			continue
		}
		if normalise.Drops(f.options.Filter, &e) {
			p.dropped++
			continue
		}
		if f.c.cfg.Place != nil {
			e.Place = f.c.cfg.Place(&e)
		}
		p.events = append(p.events, e)
		p.raw += int64(len(raw))
		p.newest = later(p.newest, e.Time)
	}
}

const (
	// eventOverhead is what an event takes beside its bytes and columns.
	eventOverhead = 640
	// reserve is what a fetch takes before it begins, so that an ordinary blob
	// is never cut into pieces because others hold the memory.
	reserve = 512 << 10
	// memoryStep is how a larger one takes more.
	memoryStep = 256 << 10
)

// cost is the memory that so many events of so many raw bytes take.
func cost(events int, raw int64) int64 { return int64(events)*eventOverhead + raw*3/2 }

// room takes the memory for one more event, or makes room by storing what is there.
func (p *pass) room(ctx context.Context, raw int64) error {
	m, limit := p.f.c.memory, p.f.c.opt.MemoryBytes
	if p.raw+raw > p.f.c.opt.PieceBytes && len(p.events) > 0 {
		return p.storePiece(ctx, raw)
	}
	need := min(cost(len(p.events)+1, p.raw+raw), limit) // one event larger than the limit goes alone
	if need <= p.memory {
		return nil
	}
	step := min(max(memoryStep, need-p.memory), limit-p.memory)
	switch {
	case m.try(step):
		p.memory += step
		return nil
	case len(p.events) > 0:
		return p.storePiece(ctx, raw)
	default:
		return p.hold(ctx, need)
	}
}

// hold waits for memory, holding none meanwhile.
func (p *pass) hold(ctx context.Context, n int64) error {
	m := p.f.c.memory
	m.give(p.memory)
	p.memory = 0
	n = min(n, p.f.c.opt.MemoryBytes)
	if err := m.take(ctx, n); err != nil {
		return err
	}
	p.memory = n
	return nil
}

// storePiece stores what was decoded so far and waits until that is durable.
func (p *pass) storePiece(ctx context.Context, next int64) error {
	d, err := p.delivery()
	if err != nil {
		return err
	}
	d.blob.State = nightjar.BlobFetched
	d.urgent, d.done = true, make(chan outcome, 1)
	if p.second {
		d.blob.State = nightjar.BlobStored
	}
	if err := p.f.committer.send(ctx, d); err != nil {
		return err
	}
	out := <-d.done
	if out.err != nil {
		return storeError{out.err}
	}
	if p.second {
		// A piece of a second fetch is counted with the piece, since the last one cannot tell.
		p.e.Stored = out.blob.Stored
	} else {
		p.e = out.blob
	}
	return p.hold(ctx, max(reserve, cost(1, next)))
}

// finish hands over the rest of a complete blob.
func (p *pass) finish(ctx context.Context) error {
	d, err := p.delivery()
	if err != nil {
		return err
	}
	d.last = true
	d.blob.Reason = ""
	d.blob.NextAttempt = 0
	return p.f.committer.send(ctx, d)
}

// delivery takes what was decoded so far out of the pass.
func (p *pass) delivery() (*delivery, error) {
	if spare := p.memory - cost(len(p.events), p.raw); spare > 0 {
		p.f.c.memory.give(spare)
		p.memory -= spare
	}
	d := &delivery{
		feed: p.f, blob: p.e, events: p.events, raw: p.raw, memory: p.memory, second: p.second, newest: p.newest,
	}
	if d.blob.FetchedAt == 0 {
		d.blob.FetchedAt = catalog.Micros(p.received)
	}
	d.blob.Bytes, d.blob.Events, d.blob.Filtered = p.bytes, int64(p.index), p.dropped
	// What the first fetch refused, it has kept.
	if p.refused != nil && (!p.second || p.refused.records > p.e.Refused) {
		rows, err := p.refused.sync()
		if err != nil {
			return nil, err
		}
		d.refused = rows
		d.blob.Refused = p.refused.records
	}
	p.events, p.raw, p.memory, p.newest = nil, 0, 0, time.Time{}
	return d, nil
}

// close gives back what a failed pass still holds.
func (p *pass) close() {
	p.Leave()
	if p.body != nil {
		p.body.discard()
	}
	if p.refused != nil {
		p.refused.close()
	}
}
