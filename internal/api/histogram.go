package api

import (
	"time"

	"github.com/nightjar-sec/nightjar/internal/search"
)

type histogramRequest struct {
	searchBase
	Buckets int `json:"buckets"`
}

type histogramItem struct {
	Time  time.Time `json:"time"`
	Count int64     `json:"count"`
}

type histogramAnswer struct {
	SQL     string          `json:"sql"`
	Seconds int64           `json:"bucket_seconds"`
	Total   int64           `json:"total"`
	Items   []histogramItem `json:"items"`
	Stats   stats           `json:"stats"`
}

const (
	defaultBuckets = 60
	maxBucketCount = 500
)

func (s *Server) countEvents(c *call) error {
	var q histogramRequest
	if err := c.decode(&q); err != nil {
		return err
	}
	if q.Buckets == 0 {
		q.Buckets = defaultBuckets
	}
	if q.Buckets < 1 || q.Buckets > maxBucketCount {
		return invalid("a histogram has between 1 and 500 pieces", "leave buckets out for 60")
	}
	width := search.Width(q.From, q.To, q.Buckets)
	sql, err := q.search().Histogram(width)
	if err != nil {
		return err
	}
	t, took, err := c.ask(sql)
	if err != nil {
		return err
	}
	out := histogramAnswer{SQL: sql, Seconds: int64(width / time.Second), Items: []histogramItem{}, Stats: statsOf(took)}
	counts := map[time.Time]int64{}
	for _, r := range t.rows {
		counts[moment(r[0])] += integer(r[1])
		out.Total += integer(r[1])
	}
	for _, start := range search.Buckets(q.From.UTC(), q.To.UTC(), width) {
		out.Items = append(out.Items, histogramItem{start, counts[start]})
	}
	return c.ok(out)
}
