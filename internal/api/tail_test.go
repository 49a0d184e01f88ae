package api

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/access"
	"github.com/nightjar-sec/nightjar/internal/connect"
	"github.com/nightjar-sec/nightjar/internal/journal"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

// watch opens a stream of events; the returned function waits for the next
// event of one of the names and returns its name and data.
func (c *client) watch(query string) func(names ...string) (string, string) {
	t := c.b.t
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, get, c.b.web.URL+"/api/v1/events/tail"+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Cookie", c.cookie)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	lines := bufio.NewReader(resp.Body)
	if _, err := lines.ReadString('\n'); err != nil { // from now on everything is seen
		t.Fatal(err)
	}
	return func(names ...string) (string, string) {
		t.Helper()
		name := ""
		for {
			line, err := lines.ReadString('\n')
			if err != nil {
				t.Fatalf("the stream ended: %v", err)
			}
			if n, is := strings.CutPrefix(line, "event: "); is {
				name = strings.TrimSpace(n)
			}
			data, is := strings.CutPrefix(line, "data: ")
			for _, n := range names {
				if is && n == name {
					return name, data
				}
			}
		}
	}
}

func (b *bundle) store(tenant nightjar.TenantID, n int, mark string) {
	b.t.Helper()
	list := make([]nightjar.Event, n)
	for i := range list {
		list[i] = events(tenant)[0]
		list[i].ID = fmt.Sprintf("%s-%d", mark, i)
		list[i].Time = morning.Add(time.Duration(i) * time.Millisecond)
	}
	if _, err := b.cfg.Journal.Append(b.t.Context(), journal.Batch{Tenant: tenant, Sources: []journal.Source{{Events: list}}}); err != nil {
		b.t.Fatal(err)
	}
}

// TestATailSaysWhatItLeavesOut stores more at once than a tail reads.
func TestATailSaysWhatItLeavesOut(t *testing.T) {
	t.Parallel()
	b := setup(t)
	next := b.admin.watch("?tenant=" + string(contoso))
	b.store(fabrikam, 20, "foreign")
	b.store(contoso, tailLargest+1, "flood")
	_, data := next("gap")
	var gap tailGap
	if err := json.Unmarshal([]byte(data), &gap); err != nil {
		t.Fatal(err)
	}
	if gap.Count != tailLargest+1 || !gap.From.Equal(morning) || !gap.To.Equal(morning.Add(tailLargest*time.Millisecond+time.Microsecond)) {
		t.Errorf("left out are %+v", gap)
	}
	if _, data := next("rate"); strings.Contains(data, `"arrived":0`) || !strings.Contains(data, `"shown":0`) {
		t.Errorf("the rate is %s", data)
	}
	// And then it is all there again, which it says too.
	b.store(contoso, 3, "calm")
	if _, data := next("events"); strings.Count(data, `"calm-`) != 3 {
		t.Errorf("shown are %.200s", data)
	}
}

func TestATailShowsTheNewestOfWhatItReads(t *testing.T) {
	t.Parallel()
	b := setup(t)
	next := b.admin.watch("")
	b.store(contoso, tailShow+7, "many")
	_, data := next("events")
	if strings.Count(data, `"many-`) != tailShow || !strings.Contains(data, fmt.Sprintf(`"many-%d"`, tailShow+6)) || strings.Contains(data, `"many-0"`) {
		t.Errorf("shown are %d", strings.Count(data, `"many-`))
	}
	if _, data := next("gap"); !strings.Contains(data, `"count":7`) {
		t.Errorf("left out are %s", data)
	}
}

// TestATailFollowsTenantsThatAreAddedMeanwhile, unless it was of certain ones,
// or of somebody who has nothing to do with them.
func TestATailFollowsTenantsThatAreAddedMeanwhile(t *testing.T) {
	t.Parallel()
	b := setup(t)
	all, named := b.admin.watch(""), b.admin.watch("?tenant="+string(contoso))
	other := b.person("viewer", access.RoleViewer, contoso).watch("")
	if _, err := b.connect.Add(t.Context(), nightjar.Tenant{ID: stranger, Name: "third", Cloud: "nowhere", ClientID: appID, Created: morning}, connect.CredentialInput{Secret: secret.New(canary)}); err != nil {
		t.Fatal(err)
	}
	b.store(stranger, 2, "third")
	if _, data := all("events"); strings.Count(data, `"third-`) != 2 {
		t.Errorf("shown are %.200s", data)
	}
	b.store(contoso, 1, "own")
	for name, next := range map[string]func(...string) (string, string){"one of contoso": named, "somebody else's": other} {
		if _, data := next("events"); strings.Contains(data, "third") || !strings.Contains(data, "own-0") {
			t.Errorf("%s shows %.200s", name, data)
		}
	}
}

// TestATailTakesUpWhatTheCallerMaySeeSince, unless it was of certain tenants.
func TestATailTakesUpWhatTheCallerMaySeeSince(t *testing.T) {
	t.Parallel()
	b := setup(t)
	viewer := b.person("viewer", access.RoleViewer, contoso)
	all, named := viewer.watch(""), viewer.watch("?tenant="+string(contoso))
	var me struct{ ID string }
	viewer.send(get, "/api/v1/me", nil).into(t, &me)
	if err := b.access.SetGrants(t.Context(), access.Operator("test"), me.ID, []access.Grant{{Role: access.RoleViewer}}); err != nil {
		t.Fatal(err)
	}
	b.store(fabrikam, 2, "wider")
	if _, data := all("events"); strings.Count(data, `"wider-`) != 2 {
		t.Errorf("shown are %.200s", data)
	}
	b.store(contoso, 1, "own")
	if _, data := named("events"); strings.Contains(data, "wider") || !strings.Contains(data, "own-0") {
		t.Errorf("one of contoso shows %.200s", data)
	}
}

func TestATailCallsATenantWhatItIsCalledNow(t *testing.T) {
	t.Parallel()
	b := setup(t)
	streams := []func(...string) (string, string){b.admin.watch(""), b.admin.watch("?tenant=" + string(contoso))}
	if a := b.admin.send(patch, "/api/v1/connections/"+string(contoso), map[string]any{"name": "renamed"}); a.status != http.StatusOK {
		t.Fatalf("renaming: %s", a.body)
	}
	b.store(contoso, 1, "own")
	for i, next := range streams {
		if _, data := next("events"); !strings.Contains(data, `"renamed"`) {
			t.Errorf("stream %d shows %.300s", i, data)
		}
	}
}

// TestATailCountsWhatWasCompactedBeforeItCame: of what it passes over, a part
// can be in files of days already.
func TestATailCountsWhatWasCompactedBeforeItCame(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := t.Context()
	b.store(contoso, 3, "seen")
	seq, err := b.cfg.Journal.LastSeq(ctx)
	if err != nil {
		t.Fatal(err)
	}
	f := &tail{
		s: b.api, c: &call{ctx: ctx}, table: nightjar.TableManagement, seq: seq, reader: b.cfg.Journal.ReaderAfter(seq),
		names: map[nightjar.TenantID]string{contoso: "contoso"},
	}
	b.store(contoso, 9, "early")
	b.store(fabrikam, 4, "foreign")
	for _, tenant := range []nightjar.TenantID{contoso, fabrikam} {
		if _, err := b.cfg.Journal.Compact(ctx, tenant); err != nil {
			t.Fatal(err)
		}
	}
	b.store(contoso, tailLargest+1, "flood")
	shown, gap, err := f.next()
	if err != nil || len(shown) > 0 || gap.Count != 9+tailLargest+1 || !gap.From.Equal(morning) || !gap.To.Equal(morning.Add(tailLargest*time.Millisecond+time.Microsecond)) {
		t.Errorf("shown are %d, left out %+v: %v", len(shown), gap, err)
	}
	b.store(contoso, 2, "calm")
	if shown, gap, err = f.next(); err != nil || len(shown) != 2 || gap.Count != 0 {
		t.Errorf("then shown are %d, left out %+v: %v", len(shown), gap, err)
	}
}

func TestATailPassesOverTheOldestCommits(t *testing.T) {
	t.Parallel()
	commit := func(seq, rows int64) nightjar.Segment { return nightjar.Segment{MinSeq: seq, MaxSeq: seq, Rows: rows} }
	for name, c := range map[string]struct {
		waiting []nightjar.Segment
		over    int
	}{
		"nothing":                      {nil, 0},
		"what can be read":             {[]nightjar.Segment{commit(2, 900), commit(3, 900)}, 0},
		"one that is rather large":     {[]nightjar.Segment{commit(2, tailRead+1)}, 0},
		"one that is too large":        {[]nightjar.Segment{commit(2, tailLargest+1)}, 1},
		"too many":                     {[]nightjar.Segment{commit(3, 900), commit(2, 900), commit(4, 900), commit(5, 900)}, 2},
		"a large one among small ones": {[]nightjar.Segment{commit(2, 1), commit(3, tailLargest+1), commit(4, 1)}, 2},
		"those that were seen":         {[]nightjar.Segment{commit(1, tailLargest+1), commit(2, 1)}, 0},
	} {
		over := passOver(c.waiting, 1)
		if len(over) != c.over || c.over > 0 && over[0].MinSeq > over[len(over)-1].MinSeq {
			t.Errorf("%s: passes over %d", name, len(over))
		}
	}
}
