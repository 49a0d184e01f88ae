package acceptance

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar/internal/sim"
)

// Under every fault at once the journal holds all that can be had, once. Seed 1
// meets the gzip bomb of 1 GiB and the blob of 70 MB at their full size; the
// others meet small ones, since size is not what differs between seeds.
func TestEveryFaultLosesNothing(t *testing.T) {
	t.Parallel()
	events := realEvents(t)
	for seed := range uint64(10) {
		t.Run(fmt.Sprint("seed ", seed+1), func(t *testing.T) {
			t.Parallel()
			scenario, err := sim.LoadScenario("everything")
			if err != nil {
				t.Fatal(err)
			}
			scenario.Seed = seed + 1
			if seed > 0 {
				scenario.BombBytes, scenario.HugeBytes = 32<<20, 1<<20
			}
			scenario.SlowBody = 20 * time.Millisecond
			l := newLab(t, 120, scenario, sim.TenantConfig{Events: events, EventsPerBlob: 20}, "")
			s := l.collect(5, "--settle", "--max-wait", "6h")
			l.exact()
			l.gapsAreTrue(s)
			for _, v := range l.sim.Report().Violations {
				t.Errorf("violation: %+v", v)
			}
		})
	}
}

// gapsAreTrue compares what the product says is lost or unreadable with what
// the service withheld or spoilt, in both directions.
func (l *lab) gapsAreTrue(s summary) {
	l.t.Helper()
	cov := l.coverage()
	for i, truth := range l.sim.Report().Tenants[0].Feeds {
		got := cov.Feeds[i]
		withheld := map[string]string{}
		for _, b := range truth.Withheld {
			withheld[b.ContentID] = b.Reason
		}
		sum := s.feed(truth.Feed)
		if got.Feed != truth.Feed || sum.Feed != truth.Feed {
			l.t.Fatalf("feed %d is %s, %s and %s", i, truth.Feed, got.Feed, sum.Feed)
		}
		var lost, spoilt, refused int64
		for _, g := range got.Gaps {
			if withheld[g.ContentID] != g.Reason {
				l.t.Errorf("%s: the gap %+v is not one: withheld %q", truth.Feed, g, withheld[g.ContentID])
			}
			delete(withheld, g.ContentID)
			lost++
		}
		for id, reason := range withheld {
			if reason != "unauthorised" { // that feed cannot even be listed; its summary says so
				l.t.Errorf("%s: blob %s was withheld (%s), and no gap says so", truth.Feed, id, reason)
			}
		}
		decoys := map[string]string{}
		for _, b := range truth.Decoys {
			decoys[b.ContentID] = b.Reason
		}
		for _, q := range got.Quarantine {
			if whole := decoys[q.ContentID] != "wrong tenant"; decoys[q.ContentID] == "" || whole != q.Whole {
				l.t.Errorf("%s: in quarantine is %+v, which is %q", truth.Feed, q, decoys[q.ContentID])
			}
			if _, err := os.Stat(filepath.Join(l.dir, "data", filepath.FromSlash(q.Path))); err != nil {
				l.t.Errorf("%s: %v", truth.Feed, err)
			}
			if q.Whole {
				spoilt++
			} else {
				refused += q.Records
			}
			delete(decoys, q.ContentID)
		}
		for id, reason := range decoys {
			l.t.Errorf("%s: blob %s (%s) is not in quarantine", truth.Feed, id, reason)
		}
		if truth.Feed == "DLP.All" {
			if sum.Complete || sum.Reason == "" {
				l.t.Errorf("the summary of a feed without permission is %+v", sum)
			}
			continue
		}
		t := got.Total
		if t.Pending != 0 || t.Lost != lost || t.Quarantined != spoilt || t.Refused != refused || t.Events != t.Stored+t.Duplicates+t.Filtered+t.Refused {
			l.t.Errorf("%s: the coverage is %+v; %d lost, %d spoilt, %d refused", truth.Feed, t, lost, spoilt, refused)
		}
		if sum.Missing+sum.Expired != lost || sum.Gaps != lost || sum.Quarantined != spoilt || sum.Refused != refused || sum.Listed != t.Listed {
			l.t.Errorf("%s: the summary is %+v; %d lost, %d spoilt, %d refused", truth.Feed, sum, lost, spoilt, refused)
		}
		if sum.Complete != (lost+spoilt == 0) {
			l.t.Errorf("%s: the summary says complete=%v; %d lost, %d spoilt", truth.Feed, sum.Complete, lost, spoilt)
		}
	}
}
