package journal

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

// segmentRow is a row of journal_segments.
type segmentRow struct {
	bun.BaseModel `bun:"table:journal_segments"`

	ID          int64  `bun:"id,pk"`
	Tenant      string `bun:"tenant"`
	TableName   string `bun:"table_name"`
	Day         int64  `bun:"day"`
	Path        string `bun:"path"`
	RowCount    int64  `bun:"row_count"`
	RawBytes    int64  `bun:"raw_bytes"`
	Bytes       int64  `bun:"bytes"`
	SHA256      string `bun:"sha256"`
	TokenPath   string `bun:"token_path"`
	TokenSHA256 string `bun:"token_sha256"`
	MinTime     int64  `bun:"min_time"`
	MaxTime     int64  `bun:"max_time"`
	MinSeq      int64  `bun:"min_seq"`
	MaxSeq      int64  `bun:"max_seq"`
	Tables      string `bun:"tables"`
	Created     int64  `bun:"created"`
	// Packed is how often compaction has merged rows of it with others of their
	// table and day.
	Packed int64 `bun:"packed"`
	Format int   `bun:"format"`
}

func toRow(s nightjar.Segment) (segmentRow, error) {
	tables, err := json.Marshal(s.Tables)
	if err != nil {
		return segmentRow{}, fmt.Errorf("encode table counts: %w", err)
	}
	return segmentRow{
		ID: s.ID, Tenant: string(s.Tenant), TableName: string(s.Table), Day: catalog.Micros(s.Day),
		Path: s.Path, RowCount: s.Rows, RawBytes: s.RawBytes, Bytes: s.Bytes, SHA256: s.SHA256,
		TokenPath: s.TokenPath, TokenSHA256: s.TokenSHA256,
		MinTime: catalog.Micros(s.MinTime), MaxTime: catalog.Micros(s.MaxTime),
		MinSeq: s.MinSeq, MaxSeq: s.MaxSeq, Tables: string(tables), Created: catalog.Micros(s.Created), Format: s.Format,
	}, nil
}

func (r segmentRow) segment() (nightjar.Segment, error) {
	s := nightjar.Segment{
		ID: r.ID, Tenant: nightjar.TenantID(r.Tenant), Table: nightjar.Table(r.TableName), Day: catalog.Time(r.Day),
		Path: r.Path, Rows: r.RowCount, RawBytes: r.RawBytes, Bytes: r.Bytes, SHA256: r.SHA256,
		TokenPath: r.TokenPath, TokenSHA256: r.TokenSHA256,
		MinTime: catalog.Time(r.MinTime), MaxTime: catalog.Time(r.MaxTime),
		MinSeq: r.MinSeq, MaxSeq: r.MaxSeq, Created: catalog.Time(r.Created), Format: r.Format,
	}
	if err := json.Unmarshal([]byte(r.Tables), &s.Tables); err != nil {
		return s, &nightjar.Error{Code: nightjar.CodeCorrupt, Message: fmt.Sprintf("table counts of segment %d", r.ID), Err: err}
	}
	return s, nil
}

// next takes the next number of a counter. The row's lock orders concurrent
// transactions, so numbers become visible in the order in which they grow.
func next(ctx context.Context, tx bun.Tx, counter string) (int64, error) {
	var v int64
	err := tx.NewRaw("UPDATE journal_counters SET value = value + 1 WHERE name = ? RETURNING value", counter).Scan(ctx, &v)
	if err != nil {
		return 0, fmt.Errorf("take number from %s: %w", counter, err)
	}
	return v, nil
}

func insertSegment(ctx context.Context, tx bun.Tx, s nightjar.Segment, packed int64) error {
	r, err := toRow(s)
	if err != nil {
		return err
	}
	r.Packed = packed
	if _, err := tx.NewInsert().Model(&r).Exec(ctx); err != nil {
		return fmt.Errorf("insert segment row: %w", err)
	}
	return nil
}

// selectSegments finishes a query over journal_segments, oldest commit first.
func selectSegments(ctx context.Context, db bun.IDB, where func(*bun.SelectQuery) *bun.SelectQuery) ([]nightjar.Segment, error) {
	var rows []segmentRow
	if err := where(db.NewSelect().Model(&rows)).OrderExpr("min_seq, id").Scan(ctx); err != nil {
		return nil, fmt.Errorf("read segments: %w", catalog.Translate(err))
	}
	out := make([]nightjar.Segment, 0, len(rows))
	for _, r := range rows {
		s, err := r.segment()
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

// allSegments restricts nothing.
func allSegments(q *bun.SelectQuery) *bun.SelectQuery { return q }
