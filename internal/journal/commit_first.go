//go:build plantedbug

package journal

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar"
)

// commit with the bug that this product exists to avoid, planted so that the
// torture test can prove that it would see it: the ledger's transaction is
// committed before the events are written. A kill between the two loses them.
// Never build a release with the tag plantedbug.
func (j *Journal) commit(ctx context.Context, b Batch, events []*nightjar.Event, r Receipt) (Receipt, error) {
	err := j.cfg.Catalog.InTx(ctx, func(ctx context.Context, tx bun.Tx) error { return b.also(ctx, tx, r) })
	if err != nil {
		return Receipt{}, err
	}
	path, tokenPath, err := j.reserve(b.Tenant, freshFolder, j.stamp())
	if err != nil {
		return Receipt{}, err
	}
	defer j.release(path, tokenPath)
	w := j.borrow()
	defer j.giveBack(w)
	seg, err := j.prepare(w, b.Tenant, path, tokenPath, events)
	if err != nil {
		return Receipt{}, err
	}
	b.Also = nil
	return j.record(ctx, b, seg, r)
}
