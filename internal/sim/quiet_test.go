package sim

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"
)

// What is said of a quiet month is worth nothing if the month is not one: the
// events must be in order, differ, be whole, and hold the things of ordinary
// days that are easily taken for attacks.
func TestAQuietTenantHasOrdinaryDays(t *testing.T) {
	t.Parallel()
	seen, operations, ids := 0, map[string]int{}, map[string]bool{}
	addresses := map[string]map[string]bool{} // by user
	var last time.Time
	err := Quiet(QuietConfig{People: 120, Days: 9}, func(feed string, raw []byte) error {
		var r struct {
			ID           string `json:"Id"`
			CreationTime string
			Operation    string
			Workload     string
			RecordType   int
			UserID       string `json:"UserId"`
			ClientIP     string
		}
		if err := json.Unmarshal(raw, &r); err != nil {
			t.Fatalf("%v: %s", err, raw)
		}
		at, err := time.Parse("2006-01-02T15:04:05", r.CreationTime)
		if err != nil || at.Before(last) {
			t.Fatalf("%s comes after %s, %v", r.CreationTime, last, err)
		}
		if last = at; ids[r.ID] {
			t.Fatalf("%s comes twice", r.ID)
		}
		if want := feedNames[feedOfRecord(r.Workload, r.RecordType)]; feed != want {
			t.Errorf("%s is in %s, not %s", r.Operation, feed, want)
		}
		ids[r.ID] = true
		seen++
		operations[r.Operation]++
		if addresses[r.UserID] == nil {
			addresses[r.UserID] = map[string]bool{}
		}
		addresses[r.UserID][r.ClientIP] = true
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen < 120*7*30 {
		t.Errorf("%d events", seen)
	}
	for _, operation := range []string{"UserLoggedIn", "UserLoginFailed", "New-InboxRule", "Reset user password.", "FileSyncDownloadedFull", "AnonymousLinkCreated", "DlpRuleMatch", "Send"} {
		if operations[operation] == 0 {
			t.Errorf("nobody does %s", operation)
		}
	}
	moved := 0
	for _, from := range addresses {
		if len(from) >= 3 {
			moved++
		}
	}
	if moved < 60 {
		t.Errorf("%d people act from more than two addresses", moved)
	}
}

func TestAQuietTenantIsTheSameEachTime(t *testing.T) {
	t.Parallel()
	month := func(seed uint64) []byte {
		var all bytes.Buffer
		if err := Quiet(QuietConfig{Seed: seed, People: 30, Days: 3}, func(_ string, raw []byte) error {
			all.Write(raw)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return all.Bytes()
	}
	one := month(1)
	if !bytes.Equal(one, month(1)) {
		t.Error("the same seed gives other events")
	}
	if bytes.Equal(one, month(2)) {
		t.Error("another seed gives the same events")
	}
}
