package journal

import (
	"os"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
)

func TestEveryFileNamesItsColumns(t *testing.T) {
	t.Parallel()
	j := setup(t, func(c *Config) { c.RowGroupRows = 20 }) // more than one row group in a file
	g := newGenerator(1)
	for i := range 3 {
		add(t, j, g.events(50, testDay.Add(time.Duration(i)*time.Hour), time.Hour))
	}
	if _, err := j.Compact(t.Context(), testTenant); err != nil {
		t.Fatal(err)
	}
	add(t, j, g.events(50, testDay, time.Hour))
	segments, err := j.Segments(t.Context(), SegmentFilter{})
	if err != nil {
		t.Fatal(err)
	}
	want := parquet.SchemaOf(row{}).Columns()
	for _, s := range segments {
		f, err := os.Open(j.Path(s))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		file, err := parquet.OpenFile(f, s.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		for i, group := range file.Metadata().RowGroups {
			for k, column := range group.Columns {
				if path := column.MetaData.PathInSchema; len(path) != 1 || path[0] != want[k][0] {
					t.Fatalf("%s, row group %d: column %d is named %q, not %q; Spark and Trino look for the name", s.Path, i, k, path, want[k])
				}
			}
		}
	}
}
