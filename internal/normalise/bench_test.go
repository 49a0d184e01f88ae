package normalise_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"testing"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/normalise"
)

// The benchmarks run over the real tenant's records as one content blob;
// BenchmarkJSONValid is the floor they are compared with.

func BenchmarkJSONValid(b *testing.B) {
	blob := asArray(realRecords(b))
	b.SetBytes(int64(len(blob)))
	for b.Loop() {
		if !json.Valid(blob) {
			b.Fatal("not valid")
		}
	}
}

func BenchmarkSplit(b *testing.B) {
	records := realRecords(b)
	blob := asArray(records)
	b.SetBytes(int64(len(blob)))
	b.ReportAllocs()
	for b.Loop() {
		d := normalise.NewArrayDecoder(bytes.NewReader(blob), normalise.ArrayOptions{})
		for {
			if _, err := d.Next(); err != nil {
				if !errors.Is(err, io.EOF) {
					b.Fatal(err)
				}
				break
			}
		}
	}
	perEvent(b, len(records))
}

func BenchmarkRecord(b *testing.B) {
	records := realRecords(b)
	b.SetBytes(int64(len(asArray(records))))
	b.ReportAllocs()
	for b.Loop() {
		for i, raw := range records {
			if _, err := normalise.Record(raw, normalise.Origin{Feed: nightjar.FeedGeneral, Index: i}); err != nil {
				b.Fatal(err)
			}
		}
	}
	perEvent(b, len(records))
}

func BenchmarkSplitAndRecord(b *testing.B) {
	records := realRecords(b)
	blob := asArray(records)
	b.SetBytes(int64(len(blob)))
	b.ReportAllocs()
	for b.Loop() {
		d := normalise.NewArrayDecoder(bytes.NewReader(blob), normalise.ArrayOptions{})
		for i := 0; ; i++ {
			raw, err := d.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				b.Fatal(err)
			}
			if _, err := normalise.Record(raw, normalise.Origin{Feed: nightjar.FeedGeneral, Index: i}); err != nil {
				b.Fatal(err)
			}
		}
	}
	perEvent(b, len(records))
}

func perEvent(b *testing.B, events int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(events), "ns/event")
}
