package connect

import (
	"context"
	"sync"
)

// watchers are those who wait for an attempt to move.
type watchers struct {
	mu  sync.Mutex
	all map[string]map[chan Attempt]struct{} // by attempt
}

// publish gives everybody who watches the newest state. Nobody is waited for:
// a state that was not picked up yet is replaced.
func (w *watchers) publish(a Attempt) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for ch := range w.all[a.ID] {
		select {
		case <-ch:
		default:
		}
		ch <- a // there is room: only this function sends, and under the lock
		if a.Status.Final() {
			close(ch)
			delete(w.all[a.ID], ch)
		}
	}
}

func (w *watchers) add(id string) chan Attempt {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.all == nil {
		w.all = make(map[string]map[chan Attempt]struct{})
	}
	if w.all[id] == nil {
		w.all[id] = make(map[chan Attempt]struct{})
	}
	ch := make(chan Attempt, 1)
	w.all[id][ch] = struct{}{}
	return ch
}

func (w *watchers) remove(id string, ch chan Attempt) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, there := w.all[id][ch]; there {
		close(ch)
		delete(w.all[id], ch)
	}
	if len(w.all[id]) == 0 {
		delete(w.all, id)
	}
}

// Watch returns a channel that holds the attempt as it stands, then each newer
// state, and that is closed with the final one or when ctx ends. A reader who
// is slow misses states in between, never the last.
func (c *Connector) Watch(ctx context.Context, id string) (<-chan Attempt, error) {
	ch := c.watchers.add(id) // before reading, so that no change falls in between
	a, err := c.Attempt(ctx, id)
	if err != nil {
		c.watchers.remove(id, ch)
		return nil, err
	}
	context.AfterFunc(ctx, func() { c.watchers.remove(id, ch) })
	c.watchers.first(ch, a)
	return ch, nil
}

// first gives a new watcher the stored state, unless a newer one came already.
func (w *watchers) first(ch chan Attempt, a Attempt) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, there := w.all[a.ID][ch]; !there || len(ch) > 0 {
		return
	}
	ch <- a
	if a.Status.Final() {
		close(ch)
		delete(w.all[a.ID], ch)
	}
}
