package journal

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/nightjar-sec/nightjar"
)

// VerifyProgress says how far Verify is.
type VerifyProgress struct {
	Segments int // looked at
	Of       int
	Events   int64
	Problems int
}

// VerifyReport is what Verify found.
type VerifyReport struct {
	Segments int
	Events   int64
	Bytes    int64
	Orphans  int // files without a row; harmless, Sweep removes them
	Problems []Problem
}

// Problem is one thing that is wrong with the journal.
type Problem struct {
	Kind    ProblemKind
	Segment int64  // 0 when it concerns more than one
	Path    string // relative; "" when it concerns no file
	Message string
}

// ProblemKind is the closed set of what Verify can find.
type ProblemKind string

// The kinds of problems.
const (
	ProblemMissing  ProblemKind = "missing"  // a file is not there
	ProblemSize     ProblemKind = "size"     // its length differs
	ProblemChecksum ProblemKind = "checksum" // its content differs
	ProblemContent  ProblemKind = "content"  // it cannot be read, or does not hold what its row says
	ProblemTokens   ProblemKind = "tokens"   // the token filter is not that of the rows
	ProblemRaw      ProblemKind = "raw"      // a stored record is not JSON
	ProblemTwice    ProblemKind = "twice"    // an event is stored more than once
)

// Verify reads the whole journal and checks it against the catalog: each file's
// presence, size and checksum, the rows and their token filters, that every
// record parses and that no event is stored twice. It needs 8 bytes of memory
// an event of the largest tenant. progress may be nil. The error is about not
// being able to look; what is wrong with the data is in the report.
func (j *Journal) Verify(ctx context.Context, progress func(VerifyProgress)) (VerifyReport, error) {
	var report VerifyReport
	segs, err := j.Segments(ctx, SegmentFilter{})
	if err != nil {
		return report, err
	}
	slices.SortStableFunc(segs, func(a, b nightjar.Segment) int { return bytes.Compare([]byte(a.Tenant), []byte(b.Tenant)) })
	v := verifier{j: j, report: &report, tokens: newTokenBuilder()}
	for i, s := range segs {
		if i > 0 && segs[i-1].Tenant != s.Tenant {
			if err := v.endTenant(ctx); err != nil {
				return report, err
			}
		}
		if err := v.segment(ctx, s); err != nil {
			return report, err
		}
		if progress != nil {
			progress(VerifyProgress{Segments: i + 1, Of: len(segs), Events: report.Events, Problems: len(report.Problems)})
		}
	}
	if err := v.endTenant(ctx); err != nil {
		return report, err
	}
	report.Orphans, err = j.countOrphans(ctx)
	return report, err
}

func (j *Journal) countOrphans(ctx context.Context) (int, error) {
	files, err := j.files(ctx)
	if err != nil {
		return 0, err
	}
	named, err := j.named(ctx)
	if err != nil {
		return 0, err
	}
	n := 0
	for rel := range files {
		if !named[rel] {
			n++
		}
	}
	return n, nil
}

type verifier struct {
	j      *Journal
	report *VerifyReport
	tokens *tokenBuilder
	ids    []uint64 // hashes of the tenant's ids
	segs   []nightjar.Segment
}

func (v *verifier) problem(kind ProblemKind, s nightjar.Segment, path, format string, args ...any) {
	v.report.Problems = append(v.report.Problems, Problem{Kind: kind, Segment: s.ID, Path: path, Message: fmt.Sprintf(format, args...)})
}

func (v *verifier) segment(ctx context.Context, s nightjar.Segment) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	// Compaction may have replaced it since the listing; then others hold its rows.
	n, err := v.j.cfg.Catalog.NewSelect().Model((*segmentRow)(nil)).Where("id = ?", s.ID).Count(ctx)
	if err != nil {
		return fmt.Errorf("read segment %d: %w", s.ID, err)
	}
	if n == 0 {
		return nil
	}
	v.report.Segments++
	v.report.Bytes += s.Bytes
	readable := v.file(s, s.Path, s.Bytes, s.SHA256)
	tokensReadable := v.file(s, s.TokenPath, -1, s.TokenSHA256)
	if !readable {
		return nil
	}
	v.segs = append(v.segs, s)
	return v.rows(ctx, s, tokensReadable)
}

// file checks a file's presence, size and checksum. It returns false when there
// is nothing to read.
func (v *verifier) file(s nightjar.Segment, path string, size int64, sum string) bool {
	f, err := os.Open(v.j.abs(path))
	if err != nil {
		v.problem(ProblemMissing, s, path, "cannot be opened: %v", err)
		return false
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	switch {
	case err != nil:
		v.problem(ProblemContent, s, path, "cannot be read: %v", err)
		return false
	case size >= 0 && n != size:
		v.problem(ProblemSize, s, path, "has %d bytes, should have %d", n, size)
	case hex.EncodeToString(h.Sum(nil)) != sum:
		v.problem(ProblemChecksum, s, path, "its SHA-256 is not the one that was written down")
	}
	return true
}

// rows reads every row, counts, rebuilds the token filter and collects the ids.
func (v *verifier) rows(ctx context.Context, s nightjar.Segment, tokensReadable bool) error {
	v.tokens.reset()
	counts := make(map[nightjar.Table]int64)
	badRaw, outside, n := 0, 0, int64(0)
	groups, err := v.j.groupRows(s)
	if err == nil {
		group, inGroup := 0, int64(0)
		err = v.j.scan(ctx, s, func(r *row) error {
			n++
			countIn(counts, r.Table)
			if !json.Valid([]byte(r.Raw)) {
				badRaw++
			}
			if at := r.Time; at < s.MinTime.UnixMicro() && !s.MinTime.IsZero() || at > s.MaxTime.UnixMicro() && !s.MaxTime.IsZero() {
				outside++
			}
			if r.Table != string(nightjar.TableCollectorsOut) {
				v.ids = append(v.ids, maphash.String(v.j.seed, r.ID))
			}
			v.tokens.add([]byte(r.Raw))
			if inGroup++; group < len(groups) && inGroup == groups[group] {
				v.tokens.endGroup()
				group, inGroup = group+1, 0
			}
			return nil
		})
	}
	v.report.Events += n
	if err != nil {
		if ctx.Err() != nil {
			return err
		}
		v.problem(ProblemContent, s, s.Path, "cannot be read: %v", err)
		return nil
	}
	if n != s.Rows {
		v.problem(ProblemContent, s, s.Path, "holds %d rows, should hold %d", n, s.Rows)
	}
	for t, k := range s.Tables {
		if counts[t] != k {
			v.problem(ProblemContent, s, s.Path, "holds %d rows of %s, should hold %d", counts[t], t, k)
		}
	}
	if outside > 0 {
		v.problem(ProblemContent, s, s.Path, "holds %d rows outside the time range that queries rely on", outside)
	}
	if badRaw > 0 {
		v.problem(ProblemRaw, s, s.Path, "holds %d records that are not JSON", badRaw)
	}
	if !tokensReadable {
		return nil
	}
	have, err := os.ReadFile(v.j.abs(s.TokenPath))
	if err != nil || !bytes.Equal(have, v.tokens.encode(nil)) {
		v.problem(ProblemTokens, s, s.TokenPath, "is not the filter of the segment's rows: searches may miss events")
	}
	return nil
}

// groupRows returns the rows of each row group of a segment.
func (j *Journal) groupRows(s nightjar.Segment) ([]int64, error) {
	file, pf, err := j.open(s)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var out []int64
	for _, g := range pf.RowGroups() {
		out = append(out, g.NumRows())
	}
	return out, nil
}

// endTenant looks for ids that are stored twice: equal hashes first, then the
// ids themselves.
func (v *verifier) endTenant(ctx context.Context) error {
	defer func() { v.ids, v.segs = v.ids[:0], nil }()
	slices.Sort(v.ids)
	suspects := make(map[uint64]bool)
	for i := 1; i < len(v.ids); i++ {
		if v.ids[i] == v.ids[i-1] {
			suspects[v.ids[i]] = true
		}
	}
	if len(suspects) == 0 {
		return nil
	}
	first := make(map[string]int64)
	for _, s := range v.segs {
		if s.Table == nightjar.TableCollectorsOut {
			continue
		}
		err := v.j.scan(ctx, s, func(r *row) error {
			if r.Table == string(nightjar.TableCollectorsOut) || !suspects[maphash.String(v.j.seed, r.ID)] {
				return nil
			}
			if before, twice := first[r.ID]; twice {
				v.problem(ProblemTwice, s, s.Path, "event %s is stored in segment %d too", r.ID, before)
			}
			first[strings.Clone(r.ID)] = s.ID
			return nil
		})
		var known *nightjar.Error
		if err != nil && (!errors.As(err, &known) || known.Code != nightjar.CodeCorrupt) { // that is reported already
			return err
		}
	}
	return nil
}
