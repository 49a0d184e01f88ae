package journal

import (
	"context"
	"errors"
	"fmt"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

// Run keeps the journal in order until ctx ends: compaction, retention, sweep.
// What fails is logged and tried again in the next round, because collection
// must go on without it; only an error that stops the journal ends Run.
func (j *Journal) Run(ctx context.Context) error {
	for {
		if err := j.round(ctx); err != nil {
			if errors.Is(err, ErrStop) {
				return err
			}
			if ctx.Err() != nil {
				return nil
			}
			j.log.ErrorContext(ctx, "maintain journal", "code", nightjar.CodeOf(err), "error", err)
		}
		if !j.betweenRounds(ctx) {
			return j.Stopped()
		}
	}
}

// betweenRounds splits fresh segments as soon as there are many, and returns
// when the next round is due; false when none is.
func (j *Journal) betweenRounds(ctx context.Context) bool {
	due := j.cfg.Clock.After(j.cfg.MaintainEvery)
	for {
		select {
		case <-ctx.Done():
			return false
		case <-due:
			return true
		case <-j.manyFresh:
			err := j.compactAll(ctx)
			if errors.Is(err, ErrStop) {
				return false
			}
			if err != nil && ctx.Err() == nil {
				j.log.ErrorContext(ctx, "compact journal", "code", nightjar.CodeOf(err), "error", err)
			}
		}
	}
}

func (j *Journal) round(ctx context.Context) error {
	errs := []error{j.ApplyRetention(ctx), j.compactAll(ctx)}
	_, err := j.Sweep(ctx)
	return errors.Join(append(errs, err, j.measure(ctx))...)
}

// compactAll does what is due for every tenant.
func (j *Journal) compactAll(ctx context.Context) error {
	tenants, err := j.tenantsStored(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, id := range tenants {
		report, err := j.maintain(ctx, func() (CompactReport, error) { return j.compact(ctx, id, false) })
		if err != nil {
			errs = append(errs, err)
		}
		if told := j.cfg.Damaged; told != nil && (err == nil || nightjar.CodeOf(err) == nightjar.CodeCorrupt) {
			told(id, err)
		}
		if report.After > 0 {
			j.log.InfoContext(ctx, "compacted journal", "tenant", id,
				"segments_before", report.Before, "segments_after", report.After, "events", report.Events, "bytes", report.Bytes)
		}
	}
	return errors.Join(errs...)
}

// tenantsStored returns the tenants that have segments.
func (j *Journal) tenantsStored(ctx context.Context) ([]nightjar.TenantID, error) {
	var ids []nightjar.TenantID
	err := j.cfg.Catalog.NewSelect().Model((*segmentRow)(nil)).ColumnExpr("DISTINCT tenant").OrderExpr("tenant").Scan(ctx, &ids)
	if err != nil {
		return nil, fmt.Errorf("list tenants of the journal: %w", catalog.Translate(err))
	}
	return ids, nil
}

// measure sets the gauges.
func (j *Journal) measure(ctx context.Context) error {
	var totals struct {
		Segments int64 `bun:"segments"`
		Bytes    int64 `bun:"bytes"`
	}
	err := j.cfg.Catalog.NewSelect().Model((*segmentRow)(nil)).
		ColumnExpr("COUNT(*) AS segments").ColumnExpr("COALESCE(SUM(bytes), 0) AS bytes").Scan(ctx, &totals)
	if err != nil {
		return fmt.Errorf("count segments: %w", catalog.Translate(err))
	}
	j.metrics.segments.Set(float64(totals.Segments))
	j.metrics.bytes.Set(float64(totals.Bytes))
	free, err := diskFree(j.dir)
	if err != nil {
		return fmt.Errorf("measure free disk space: %w", err)
	}
	j.metrics.diskFree.Set(float64(free))
	return j.keepBallast(free)
}
