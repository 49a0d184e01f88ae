package journal

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar"
)

// makeFirstFormat turns a segment into one as format 1 wrote it: without the
// column place_source.
func makeFirstFormat(t *testing.T, j *Journal, s nightjar.Segment) {
	t.Helper()
	whole, err := parquet.ReadFile[row](j.Path(s))
	if err != nil {
		t.Fatal(err)
	}
	group := parquet.Group{}
	for _, f := range parquet.SchemaOf(row{}).Fields() {
		if f.Name() != placeSource {
			group[f.Name()] = f
		}
	}
	var data bytes.Buffer
	w := parquet.NewGenericWriter[row](&data, parquet.NewSchema("row", group), parquet.Compression(&parquet.Zstd))
	if _, err := w.Write(whole); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	replaceFile(t, j, s, data.Bytes(), 1)
}

// replaceFile makes a segment one of that content and format.
func replaceFile(t *testing.T, j *Journal, s nightjar.Segment, data []byte, format int) {
	t.Helper()
	if err := os.WriteFile(j.Path(s), data, 0o600); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(data)
	err := j.cfg.Catalog.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewRaw("UPDATE journal_segments SET format = ?, bytes = ?, sha256 = ? WHERE id = ?",
			format, len(data), hex.EncodeToString(sum[:]), s.ID).Exec(ctx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAFileWhoseColumnIsOfAnotherTypeIsRefused(t *testing.T) {
	t.Parallel()
	j := setup(t)
	add(t, j, newGenerator(5).events(3, testDay, time.Hour))
	segs, err := j.Segments(t.Context(), SegmentFilter{})
	if err != nil || len(segs) != 1 {
		t.Fatalf("%d segments, %v", len(segs), err)
	}
	type foreign struct {
		Seq string `parquet:"seq"`
	}
	var data bytes.Buffer
	if err := parquet.Write(&data, []foreign{{"1"}, {"2"}, {"3"}}); err != nil {
		t.Fatal(err)
	}
	replaceFile(t, j, segs[0], data.Bytes(), nightjar.SegmentFormat)
	err = j.Export(t.Context(), ExportFilter{Tenant: testTenant}, func(nightjar.Event) error { return nil })
	if nightjar.CodeOf(err) != nightjar.CodeCorrupt || !strings.Contains(err.Error(), "column seq is not the INT64 that the format has") {
		t.Errorf("export says %v", err)
	}
}

func TestAFileWithoutTheSourceOfPlacesReadsAsBefore(t *testing.T) {
	t.Parallel()
	j := setup(t)
	g := newGenerator(5)
	old := g.events(300, testDay, 20*time.Hour)
	add(t, j, old)
	segs, err := j.Segments(t.Context(), SegmentFilter{})
	if err != nil || len(segs) != 1 {
		t.Fatalf("%d segments, %v", len(segs), err)
	}
	if segs[0].Format != nightjar.SegmentFormat {
		t.Fatalf("a new segment has format %d", segs[0].Format)
	}
	makeFirstFormat(t, j, segs[0])
	check := func(when string, sources map[string]int) {
		t.Helper()
		got := map[string]int{}
		for _, e := range all(t, j) {
			if e.Place.City != "Zürich" || e.Place.Network != "user" || len(e.Raw) == 0 {
				t.Fatalf("%s an event lost its other columns: %+v", when, e.Place)
			}
			got[e.Place.Source]++
		}
		if len(got) != len(sources) || got[""] != sources[""] || got["DB-IP City Lite 2026-11"] != sources["DB-IP City Lite 2026-11"] {
			t.Errorf("%s the sources are %v, want %v", when, got, sources)
		}
	}
	check("alone", map[string]int{"": 300})
	for range 40 {
		add(t, j, g.events(10, testDay, 20*time.Hour))
	}
	check("beside new ones", map[string]int{"": 300, "DB-IP City Lite 2026-11": 400})
	if _, err := j.Compact(t.Context(), testTenant); err != nil {
		t.Fatal(err)
	}
	segs, err = j.Segments(t.Context(), SegmentFilter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range segs {
		if s.Table != "" && s.Format != nightjar.SegmentFormat {
			t.Errorf("compaction wrote format %d", s.Format)
		}
	}
	check("after compaction", map[string]int{"": 300, "DB-IP City Lite 2026-11": 400})
}
