package health

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
)

// shelf is an Appender that keeps events in memory and can be made to fail.
type shelf struct {
	mu     sync.Mutex
	fail   map[nightjar.TenantID]bool
	events map[nightjar.TenantID][]nightjar.Event
}

func newShelf() *shelf {
	return &shelf{fail: map[nightjar.TenantID]bool{}, events: map[nightjar.TenantID][]nightjar.Event{}}
}

func (s *shelf) AppendEvents(_ context.Context, tenant nightjar.TenantID, events []nightjar.Event) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail[tenant] {
		return errors.New("the disk is full")
	}
	seen := map[string]bool{}
	for _, e := range s.events[tenant] {
		seen[e.ID] = true
	}
	for _, e := range events {
		if !seen[e.ID] {
			s.events[tenant] = append(s.events[tenant], e)
		}
	}
	return nil
}

func (s *shelf) stall(tenant nightjar.TenantID, broken bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail[tenant] = broken
}

func (s *shelf) of(tenant nightjar.TenantID) []nightjar.Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.events[tenant]
}

func newLog(t *testing.T, s *shelf, r *Registry, maxBytes int) *PipelineLog {
	t.Helper()
	p, err := NewPipelineLog(PipelineConfig{Appender: s, Registry: r, MaxBytes: maxBytes})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func record(tenant nightjar.TenantID, message string) nightjar.PipelineRecord {
	return nightjar.PipelineRecord{
		Tenant: tenant, Collector: "management-activity/Audit.Exchange", JobID: "job-1",
		Action: nightjar.PipelineFailed, Level: nightjar.LevelError, Message: message, Count: 3,
	}
}

func TestPipelineRowBecomesAnEventThatQueriesCanName(t *testing.T) {
	t.Parallel()
	s := newShelf()
	p := newLog(t, s, nil, 0)
	p.Add(record(contoso, "collector failed: AF50000"))
	if err := p.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	e := s.of(contoso)[0]
	if e.Table != nightjar.TableCollectorsOut || e.Operation != "failed" || e.Workload != "management-activity/Audit.Exchange" ||
		e.SessionID != "job-1" || e.Result != "error" || e.ObjectID != "collector failed: AF50000" || e.RecordType != 0 ||
		e.ID == "" || e.Time.IsZero() {
		t.Errorf("event %+v", e)
	}
	var raw map[string]any
	if err := json.Unmarshal(e.Raw, &raw); err != nil {
		t.Fatal(err)
	}
	for k, want := range map[string]any{"collector_name": e.Workload, "job_id": "job-1", "level": "error", "count": 3.0, "tenant": string(contoso), "action": "failed"} {
		if raw[k] != want {
			t.Errorf("raw %s: got %v, want %v", k, raw[k], want)
		}
	}
}

func TestPipelineRowsAreStoredWithinTwoSecondsAndAtTheEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShelf()
		p := newLog(t, s, nil, 0)
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- p.Run(ctx) }()
		p.Add(record(contoso, "first"))
		time.Sleep(2*time.Second + time.Millisecond)
		synctest.Wait()
		if n := len(s.of(contoso)); n != 1 {
			t.Errorf("after 2 s %d rows are stored", n)
		}
		p.Add(record(contoso, "last"))
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if n := len(s.of(contoso)); n != 2 {
			t.Errorf("after the stop %d rows are stored", n)
		}
	})
}

func TestRowsOfOneTenantDoNotWaitForAnother(t *testing.T) {
	t.Parallel()
	s := newShelf()
	s.stall(contoso, true)
	p := newLog(t, s, nil, 0)
	p.Add(record(contoso, "waits"))
	p.Add(record(fabrikam, "goes"))
	if err := p.Flush(t.Context()); err == nil {
		t.Error("the failure was not returned")
	}
	if len(s.of(fabrikam)) != 1 || len(s.of(contoso)) != 0 {
		t.Error("the healthy tenant's row waited")
	}
	s.stall(contoso, false)
	if err := p.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(s.of(fabrikam)) != 1 || len(s.of(contoso)) != 1 {
		t.Error("after the repair: a row is missing or there twice")
	}
}

func TestDroppedRowsAreCountedAndSaid(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, r := newShelf(), NewRegistry(RegistryConfig{})
		s.stall(contoso, true)
		p := newLog(t, s, r, 20*(rowCost+len(record("", "").Collector)+len("job-1")+len("row 00")))
		const added = 100
		for i := range added {
			p.Add(record(contoso, fmt.Sprintf("row %02d", i)))
			if i%10 == 0 {
				_ = p.Flush(t.Context()) // fails, and must not lose count
			}
		}
		time.Sleep(time.Minute)
		if got := codes(r); got != "pipeline_log_stalled/" {
			t.Errorf("warnings while stalled: %q", got)
		}
		s.stall(contoso, false)
		if err := p.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := codes(r); got != "" {
			t.Errorf("warnings after the repair: %q", got)
		}
		events := s.of(contoso)
		gap := events[0]
		if gap.Operation != string(nightjar.PipelineGap) || gap.Result != string(nightjar.LevelWarning) {
			t.Fatalf("the first row is %+v", gap)
		}
		kept := len(events) - 1
		if kept != 20 || !strings.HasPrefix(gap.ObjectID, fmt.Sprintf("%d rows of collectors_out", added-kept)) {
			t.Errorf("%d rows are kept, and the gap says: %s", kept, gap.ObjectID)
		}
		if last := events[len(events)-1].ObjectID; last != "row 99" {
			t.Errorf("the newest row is %q", last)
		}
	})
}

func TestHugeOrBrokenMessageIsTamed(t *testing.T) {
	t.Parallel()
	s := newShelf()
	p := newLog(t, s, nil, 0)
	p.Add(record(contoso, strings.Repeat("ä", maxMessage)+"\xff"))
	p.Add(record(contoso, "a\xffb"))
	if err := p.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	events := s.of(contoso)
	if n := len(events[0].ObjectID); n > maxMessage+len("…") {
		t.Errorf("the message has %d bytes", n)
	}
	if events[1].ObjectID != "a\uFFFDb" {
		t.Errorf("message %q", events[1].ObjectID)
	}
}
