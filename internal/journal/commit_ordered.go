//go:build !plantedbug

package journal

import (
	"context"
	"errors"

	"github.com/nightjar-sec/nightjar"
)

// commit makes the events durable first and then says so: the files, then the
// transaction. commit_first.go is the same in the wrong order.
func (j *Journal) commit(ctx context.Context, b Batch, events []*nightjar.Event, r Receipt) (Receipt, error) {
	path, tokenPath, err := j.reserve(b.Tenant, freshFolder, j.stamp())
	if err != nil {
		return Receipt{}, err
	}
	defer j.release(path, tokenPath)
	w := j.borrow()
	defer j.giveBack(w)
	seg, err := j.prepare(w, b.Tenant, path, tokenPath, events)
	if err != nil {
		w.discard()
		return Receipt{}, err
	}
	r, err = j.record(ctx, b, seg, r)
	if err != nil && !errors.Is(err, ErrStop) {
		w.discard() // no row names them: a later Append writes new ones
	}
	return r, err
}
