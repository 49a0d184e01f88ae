package query

import (
	"context"
	"sync"

	"github.com/nightjar-sec/nightjar"
)

// pool keeps a few idle workers. A worker that has served tenants serves
// those and no others; one that has been told nothing can become anyone's.
type pool struct {
	cfg  Config
	mu   sync.Mutex
	idle []*process // confined, oldest first
	raw  *process   // started, not confined
	done bool
	warn sync.Once
}

func newPool(cfg Config) *pool { return &pool{cfg: cfg} }

// take returns a worker that is confined to the directories.
func (p *pool) take(ctx context.Context, dirs []string, limits Limits) (*process, error) {
	p.mu.Lock()
	if p.done {
		p.mu.Unlock()
		return nil, &nightjar.Error{Code: nightjar.CodeUnavailable, Message: "the query engine is stopped"}
	}
	for i, w := range p.idle {
		if w.fits(dirs, limits) {
			p.idle = append(p.idle[:i], p.idle[i+1:]...)
			p.mu.Unlock()
			w.limits = limits
			return w, nil
		}
	}
	w := p.raw
	p.raw = nil
	p.mu.Unlock()
	if w == nil {
		var err error
		if w, err = spawn(p.cfg.WorkerCommand); err != nil {
			return nil, err
		}
	}
	if err := w.begin(ctx, dirs, limits); err != nil {
		w.kill()
		return nil, err
	}
	if missing := w.caps.Missing(); len(missing) > 0 {
		p.warn.Do(func() {
			p.cfg.Logger.WarnContext(ctx, "query workers are not fully confined by this kernel", "missing", missing)
		})
	}
	return w, nil
}

// giveBack keeps a worker whose query ended well or was merely refused, and
// ends every other.
func (p *pool) giveBack(w *process, err error) {
	switch nightjar.CodeOf(err) {
	case "", nightjar.CodeInvalid, nightjar.CodeCorrupt:
		p.put(w)
	default:
		w.kill()
	}
}

// put makes a worker idle and starts a spare one in its shadow.
func (p *pool) put(w *process) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if w.broken || p.done || p.cfg.Warm < 0 {
		w.kill()
		return
	}
	p.idle = append(p.idle, w)
	for len(p.idle) > p.cfg.Warm {
		p.idle[0].kill()
		p.idle = p.idle[1:]
	}
	if p.raw == nil {
		// Best effort: without a spare the next tenant's query starts one.
		if spare, err := spawn(p.cfg.WorkerCommand); err == nil {
			p.raw = spare
		}
	}
}

func (p *pool) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done = true
	p.empty()
}

// drain ends the workers that wait, so that the next one is new.
func (p *pool) drain() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.empty()
}

// empty ends the workers that wait; the caller holds the lock.
func (p *pool) empty() {
	for _, w := range p.idle {
		w.kill()
	}
	if p.raw != nil {
		p.raw.kill()
	}
	p.idle, p.raw = nil, nil
}
