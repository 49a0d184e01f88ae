package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nightjar-sec/nightjar/internal/search"
)

// mark is when the first rows must be there.
const mark = time.Second

type rowsAnswer struct {
	Items []struct {
		ID string `json:"id"`
	} `json:"items"`
	Stats struct {
		Segments int `json:"segments"`
		Total    int `json:"segments_total"`
	} `json:"stats"`
}

// measure asks once with a new engine, then several times: the rows first, and
// when they are there the histogram and the rail together, as the console does.
func (s *service) measure(ctx context.Context, q *question, o options) error {
	if err := s.restart(); err != nil {
		return err
	}
	for i := range o.runs + 1 {
		var rows rowsAnswer
		took, err := s.post(ctx, "/api/v1/events/search", q.body(map[string]any{"limit": 200}), &rows)
		if err != nil {
			return err
		}
		if i == 0 {
			q.cold = took
		} else {
			q.rows = append(q.rows, took)
		}
		q.shown, q.files = int64(len(rows.Items)), fmt.Sprintf("%d/%d", rows.Stats.Segments, rows.Stats.Total)
		if err := s.counts(ctx, q, i > 0); err != nil {
			return err
		}
	}
	if !o.baseline || q.like == "" {
		return nil
	}
	like := "%" + strings.ReplaceAll(q.like, "'", "''") + "%"
	sql := "SELECT " + strings.Join(search.Columns(), ", ") + " FROM management WHERE raw ILIKE '" + like + "' ORDER BY time DESC LIMIT 200"
	var into any
	var err error
	q.baseline, err = s.post(ctx, "/api/v1/query", map[string]any{"sql": sql}, &into)
	return err
}

func (s *service) counts(ctx context.Context, q *question, warm bool) error {
	var group sync.WaitGroup
	var histogram struct {
		Total int64 `json:"total"`
	}
	var values any
	var tookHistogram, tookValues time.Duration
	var errHistogram, errValues error
	group.Go(func() {
		tookHistogram, errHistogram = s.post(ctx, "/api/v1/events/histogram", q.body(map[string]any{"buckets": 80}), &histogram)
	})
	group.Go(func() {
		fields := []string{"operation", "user_id", "client_ip", "country", "result", "workload"}
		tookValues, errValues = s.post(ctx, "/api/v1/events/values", q.body(map[string]any{"fields": fields, "limit": 5}), &values)
	})
	group.Wait()
	if warm {
		q.histogram, q.values = append(q.histogram, tookHistogram), append(q.values, tookValues)
	}
	q.found = histogram.Total
	return errors.Join(errHistogram, errValues)
}

// types sends a question for each key stroke, 120 ms apart, and takes back the
// one before. What counts is the wait after the last.
func (s *service) types(ctx context.Context, questions []question) error {
	fmt.Println("\n| typed, a stroke each 120 ms | rows | after the last stroke, ms |")
	fmt.Println("|---|---|---|")
	for _, q := range questions {
		if q.words == "" || strings.ContainsAny(q.words, `" `) {
			continue
		}
		var waits []time.Duration
		var shown int
		for range 5 {
			var cancel context.CancelFunc = func() {}
			for i := range []rune(q.words) {
				cancel()
				part := question{words: q.words[:i+1]}
				body := part.body(map[string]any{"limit": 200})
				if i == len(q.words)-1 {
					var rows rowsAnswer
					took, err := s.post(ctx, "/api/v1/events/search", body, &rows)
					if err != nil {
						return err
					}
					waits, shown = append(waits, took), len(rows.Items)
					continue
				}
				var stroke context.Context
				stroke, cancel = context.WithCancel(ctx)
				go func() {
					var rows rowsAnswer
					_, _ = s.post(stroke, "/api/v1/events/search", body, &rows) // superseded
				}()
				time.Sleep(120 * time.Millisecond)
			}
			cancel()
		}
		fmt.Printf("| %s | %d | %s |\n", q.name, shown, times(waits))
	}
	return nil
}

func report(questions []question) {
	fmt.Println("| question | found | files | first rows: cold | p50 | worst | histogram: p50 | worst | rail: p50 | worst | plain LIKE | mark |")
	fmt.Println("|---|---|---|---|---|---|---|---|---|---|---|---|")
	for _, q := range questions {
		verdict, plain := "held", "–"
		if max(q.cold, slices.Max(q.rows)) >= mark {
			verdict = "**missed**"
		}
		if q.baseline > 0 {
			plain = ms(q.baseline)
		}
		fmt.Printf("| %s | %d | %s | %s | %s | %s | %s | %s | %s |\n", q.name, q.found, q.files, ms(q.cold), times(q.rows), times(q.histogram), times(q.values), plain, verdict)
	}
	fmt.Println("\nMilliseconds; the mark is 1000 for the first rows, cold ones too.")
}

func ms(d time.Duration) string { return fmt.Sprintf("%.0f", float64(d.Microseconds())/1000) }

// times is the median and the worst.
func times(runs []time.Duration) string {
	if len(runs) == 0 {
		return "– | –"
	}
	sorted := slices.SortedFunc(slices.Values(runs), func(a, b time.Duration) int { return cmp.Compare(a, b) })
	return ms(sorted[len(sorted)/2]) + " | " + ms(sorted[len(sorted)-1])
}
