package acceptance

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar/internal/sim"
)

func TestRealRecordsComeBackByteForByteAndAnswer(t *testing.T) {
	t.Parallel()
	events := realEvents(t)
	l := newLab(t, 1, sim.Scenario{Seed: 1, Quota: -1}, sim.TenantConfig{Events: events}, "")
	if s := l.collect(0); !s.Complete {
		t.Errorf("the summary is %+v", s)
	}
	stored := l.exported()
	for _, raw := range events {
		if n := stored[string(raw)]; n != 1 {
			t.Errorf("a record is exported %d times: %.200s", n, raw)
		}
		delete(stored, string(raw))
	}
	for raw := range stored {
		t.Errorf("exported and never served: %.200s", raw)
	}

	type answer struct {
		Table      string `json:"table_name"`
		ID         string
		Time       time.Time
		Operation  string
		UserID     string `json:"user_id"`
		ClientIP   string `json:"client_ip"`
		ClientPort int    `json:"client_port"`
	}
	answers := make(map[string]answer)
	out := l.nightjar(0, "query", "--format", "ndjson", "SELECT table_name, id, time, operation, user_id, client_ip, client_port FROM management")
	for line := range bytes.Lines(out) {
		var a answer
		l.decode(line, &a)
		if _, twice := answers[a.ID]; twice {
			t.Errorf("%s answers twice", a.ID)
		}
		answers[a.ID] = a
	}
	withAddress := 0
	for _, raw := range events {
		var r struct {
			ID, CreationTime, Operation, UserID, Workload string
			ClientIPAddress, ClientIP, ActorIPAddress     string
			RecordType                                    int
		}
		if err := json.Unmarshal(raw, &r); err != nil {
			t.Fatal(err)
		}
		at, err := time.Parse("2006-01-02T15:04:05", r.CreationTime)
		if err != nil {
			t.Fatal(err)
		}
		want := answer{Table: tableOf(r.Workload, r.RecordType), ID: r.ID, Time: at, Operation: r.Operation, UserID: r.UserID}
		for _, text := range []string{r.ClientIPAddress, r.ClientIP, r.ActorIPAddress} {
			if text != "" {
				want.ClientIP, want.ClientPort = parseAddress(t, text)
				withAddress++
				break
			}
		}
		if got := answers[r.ID]; got != want {
			t.Errorf("the answer is %+v, the record says %+v", got, want)
		}
	}
	if len(answers) != len(events) || withAddress != 620 {
		t.Errorf("%d answers of %d records, %d with an address", len(answers), len(events), withAddress)
	}
	counts := map[string]int{}
	for _, a := range answers {
		counts[a.Table]++
	}
	for _, table := range []string{"azure_ad", "exchange", "sharepoint", "onedrive", "teams", "dlp", "general"} {
		var n struct{ N int }
		l.decode(l.nightjar(0, "query", "--format", "ndjson", "SELECT count(*) AS n FROM "+table), &n)
		if n.N != counts[table] {
			t.Errorf("%s holds %d records, management says %d", table, n.N, counts[table])
		}
	}
}

// tableOf routes as docs/tables.md promises, for the workloads of the real tenant.
func tableOf(workload string, recordType int) string {
	switch recordType {
	case 11, 13, 33, 63, 99, 100, 107:
		return "dlp"
	}
	switch workload {
	case "AzureActiveDirectory":
		return "azure_ad"
	case "Exchange":
		return "exchange"
	case "SharePoint":
		return "sharepoint"
	case "OneDrive":
		return "onedrive"
	default:
		return "general"
	}
}

// parseAddress reads the two shapes that the real records have: an address,
// and one with a port.
func parseAddress(t *testing.T, text string) (string, int) {
	t.Helper()
	if a, err := netip.ParseAddr(text); err == nil {
		return a.Unmap().String(), 0
	}
	a, err := netip.ParseAddrPort(text)
	if err != nil {
		t.Fatalf("the address %q is in a shape that this test does not know", text)
	}
	return a.Addr().Unmap().String(), int(a.Port())
}
