package detect

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/journal"
)

// addBehind commits events with what the collector says of its backlog.
func (b *bench) addBehind(until time.Time, events ...nightjar.Event) {
	b.t.Helper()
	now := time.Now()
	_, err := b.journal.Append(context.Background(), journal.Batch{
		Tenant: contoso, Sources: []journal.Source{{Events: events}},
		Log: func(journal.Receipt) ([]nightjar.Event, error) {
			row, err := nightjar.PipelineRecord{
				Time: now, Tenant: contoso, Collector: "management-activity/Audit.AzureActiveDirectory",
				Action: nightjar.PipelineStored, Level: nightjar.LevelInfo, CompleteUntil: until,
			}.Event(now)
			return []nightjar.Event{row}, err
		},
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

// Somebody guessed passwords on each of the days before the tenant was
// connected. Content of today comes in between, as it does when a tenant is
// connected and after an outage.
func TestABacklogIsCorrelated(t *testing.T) {
	t.Parallel()
	const guessing = "22222222-2222-4222-8222-222222222222"
	for seed := range uint64(3) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 9))
			b := setup(t, rulesOf(t, twoRules))
			now := time.Now()
			from := now.Add(-7 * 24 * time.Hour)
			var old []nightjar.Event
			for day := range 6 {
				for i := range 5 {
					at := from.Add(time.Duration(day)*24*time.Hour + time.Duration(i)*time.Minute)
					old = append(old, event(t, fmt.Sprintf("old-%d-%d", day, i), "anna@contoso.com", "203.0.113.9", at, true))
				}
			}
			r.Shuffle(len(old), func(i, j int) { old[i], old[j] = old[j], old[i] })
			s := b.stream()
			if err := s.begin(t.Context()); err != nil {
				t.Fatal(err)
			}
			for i, e := range old {
				fresh := event(t, fmt.Sprint("new-", i), "bert@contoso.com", "198.51.100.7", now.Add(time.Duration(i)*time.Second), false)
				until := from
				if i == len(old)-1 {
					until = now
				}
				b.addBehind(until, e, fresh)
				if _, err := s.round(t.Context()); err != nil {
					t.Fatal(err)
				}
				switch r.IntN(6) {
				case 0:
					if err := s.checkpoint(t.Context()); err != nil {
						t.Fatal(err)
					}
				case 1: // killed
					s = b.stream()
					if err := s.begin(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
			}
			if len(b.recorded) != 6 || b.twice != 0 {
				t.Errorf("%d findings and %d twice, want one for each of 6 days", len(b.recorded), b.twice)
			}
			b.sameAsBacktest([]string{guessing})
		})
	}
}
