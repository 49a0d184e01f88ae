package query

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/journal"
)

func TestTheQuestionOfTheManualWorksAsWritten(t *testing.T) {
	t.Parallel()
	b := arrange(t, Limits{}, 1000)
	a, _ := b.ask(t, `SELECT tbucket(INTERVAL '5 minutes', time) AS bucket, collector_name, job_id, count(*) AS failures FROM collectors_out WHERE contains(message, 'collector failed') GROUP BY ALL ORDER BY bucket`, contoso)
	if len(a.rows) < 10 {
		t.Fatalf("%d rows", len(a.rows))
	}
	first := a.rows[0]
	if show(first[0]) != "2026-11-01T00:00:00" || first[1] != "management-activity/Audit.Exchange" || first[2] != "job-0" || first[3] != int64(2) {
		t.Errorf("first row %v", first)
	}
}

func TestTenantsSeeTheirOwnEventsOnly(t *testing.T) {
	t.Parallel()
	b := arrange(t, Limits{}, 1000)
	q := "SELECT DISTINCT tenant, tenant_id, split_part(user_id, '@', 2) AS d FROM management ORDER BY d"
	a, _ := b.ask(t, q, contoso)
	if got := a.text(); got != "contoso|"+string(contoso.ID)+"|contoso.example\n" {
		t.Errorf("one tenant: %s", got)
	}
	a, _ = b.ask(t, q, contoso, fabrikam)
	if len(a.rows) != 2 {
		t.Errorf("two tenants: %s", a.text())
	}
	a, _ = b.ask(t, q)
	if len(a.rows) != 0 {
		t.Errorf("no tenants: %s", a.text())
	}
}

// The folder of a tenant comes with its first records, and a worker reads the
// folders alone that were there when it was confined.
func TestATenantCanBeAskedWhileItsFirstRecordsLand(t *testing.T) {
	t.Parallel()
	b := arrange(t, Limits{}, 10)
	b.engine.pool.cfg.Warm = -1 // each question starts a worker, which takes a while
	for i := range 6 {
		tenant := nightjar.Tenant{ID: nightjar.TenantID(fmt.Sprintf("c0ffee00-0000-4000-9000-%012d", i)), Name: "first"}
		landed := make(chan error, 1)
		for asked := 0; ; asked++ {
			if asked == 0 {
				go func() {
					_, err := b.journal.Append(t.Context(), journal.Batch{Tenant: tenant.ID, Sources: []journal.Source{{Events: generate(tenant, 1, 20)}}})
					landed <- err
				}()
			}
			if a, _ := b.ask(t, "SELECT user_id FROM management", tenant); len(a.rows) > 0 {
				break
			}
			if asked == 1000 {
				t.Fatal("its records never come")
			}
		}
		if err := <-landed; err != nil {
			t.Fatal(err)
		}
	}
}

// A disk that is not mounted must not look like a quiet tenant.
func TestATenantWhoseFolderIsLostIsNoTenantWithoutRecords(t *testing.T) {
	t.Parallel()
	b := arrange(t, Limits{}, 100)
	if err := os.Rename(filepath.Join(b.dir, "journal", string(fabrikam.ID)), filepath.Join(b.dir, "elsewhere")); err != nil {
		t.Fatal(err)
	}
	_, err := b.engine.Run(t.Context(), Request{SQL: "SELECT count(*) FROM management", Tenants: []nightjar.Tenant{contoso, fabrikam}}, &answer{})
	if nightjar.CodeOf(err) != nightjar.CodeCorrupt || !strings.Contains(err.Error(), "the folder of tenant fabrikam is not there") || nightjar.HintOf(err) == "" {
		t.Errorf("said is %v (hint: %s)", err, nightjar.HintOf(err))
	}
}

func TestRawIsFetchedByReferenceAndComesByteForByte(t *testing.T) {
	t.Parallel()
	b := arrange(t, Limits{}, 2000)
	for _, q := range []string{
		"SELECT id, fields, raw FROM management WHERE user_id = 'anna.berg1@contoso.example' ORDER BY time, id",
		"SELECT id, fields, raw FROM management ORDER BY time DESC, id LIMIT 700",
		"WITH x AS (SELECT id, raw AS r, fields, time FROM exchange) SELECT id, fields, r FROM x ORDER BY time, id",
	} {
		late, _ := b.ask(t, q, contoso)
		// Computing with raw reads it with the other columns.
		early, _ := b.ask(t, strings.Replace(strings.Replace(q, "raw", "raw || ''", 1), "|| '' AS r", "|| '' AS r", 1), contoso)
		if len(late.rows) == 0 || late.text() != early.text() {
			t.Errorf("%s\nanswers differ:\n%.400s\n%.400s", q, late.text(), early.text())
		}
		if late.columns[2].Type != "VARCHAR" {
			t.Errorf("raw is a %s", late.columns[2].Type)
		}
	}
}

func TestRefNamesTheSegmentAndRow(t *testing.T) {
	t.Parallel()
	b := arrange(t, Limits{}, 1000)
	a, _ := b.ask(t, "SELECT ref, id FROM management ORDER BY time LIMIT 20", contoso)
	if len(a.rows) != 20 {
		t.Fatalf("%d rows", len(a.rows))
	}
	for _, row := range a.rows {
		var segment, at int64
		if _, err := fmt.Sscanf(show(row[0]), "%d:%d", &segment, &at); err != nil {
			t.Fatal(err)
		}
		if e, err := b.journal.Read(t.Context(), segment, at); err != nil || e.ID != row[1] {
			t.Errorf("%v is event %q, want %q; %v", row[0], e.ID, row[1], err)
		}
	}
}

func TestOnlySegmentsOfTheTimeRangeAreRead(t *testing.T) {
	t.Parallel()
	b := arrange(t, Limits{}, 1000)
	for q, want := range map[string]int{
		"SELECT count(*) AS n FROM management WHERE time >= TIMESTAMP '2026-11-04 00:00:00'":                                                           1,
		"SELECT count(*) AS n FROM management WHERE time < '2026-11-01 06:00:00'":                                                                      1,
		"SELECT count(*) AS n FROM management WHERE time BETWEEN '2026-11-01' AND '2026-11-01 05:00'":                                                  1,
		"SELECT count(*) AS n FROM management WHERE time >= TIMESTAMP '2026-11-02 00:00:00' - INTERVAL '2 hours'":                                      4,
		"SELECT time, raw FROM management ORDER BY time DESC LIMIT 20":                                                                                 1,
		"SELECT count(*) AS n FROM management AS a, management AS b WHERE a.time < '2026-11-01 01:00' AND b.time > '2026-11-04 12:00' AND a.id = b.id": 4,
		"SELECT count(*) AS n FROM management":                                                                                                         4,
	} {
		a, stats := b.ask(t, q, contoso)
		if stats.Segments > want || stats.Segments == 0 {
			t.Errorf("%s: read %d of %d segments, want at most %d", q, stats.Segments, stats.SegmentsTotal, want)
		}
		// The same question with a condition that bounds nothing gives the same answer.
		whole, _ := b.ask(t, strings.ReplaceAll(strings.ReplaceAll(q, "WHERE time ", "WHERE time + INTERVAL '0 days' "), "TIMESTAMP ''", ""), contoso)
		if a.text() != whole.text() {
			t.Errorf("%s: %.200s, want %.200s", q, a.text(), whole.text())
		}
	}
}

func TestWordsChooseRowGroupsAndLoseNothing(t *testing.T) {
	t.Parallel()
	b := arrange(t, Limits{}, 4000)
	a, stats := b.ask(t, "SELECT id FROM management WHERE has_token(raw, 'Zebra-Contoso')", contoso)
	if got := a.text(); got != "contoso-2000\n" {
		t.Errorf("%s", got)
	}
	if stats.Segments > 2 {
		t.Errorf("read %d of %d segments", stats.Segments, stats.SegmentsTotal)
	}
	for _, q := range []string{
		"SELECT count(*) AS n FROM management WHERE has_token(raw, 'orchidproject')",
		"SELECT count(*) AS n FROM management WHERE raw ILIKE '%OrchidProject%'",
		"SELECT count(*) AS n FROM management WHERE contains(raw, ' OrchidProject ')",
		"SELECT count(*) AS n FROM management WHERE json_value(raw, '$.ObjectId') = 'the OrchidProject plan'",
	} {
		if a, _ := b.ask(t, q, contoso); a.text() != "10\n" {
			t.Errorf("%s: %s", q, a.text())
		}
	}
}
