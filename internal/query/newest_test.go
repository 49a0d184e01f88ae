package query

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar"
)

const newestColumns = "SELECT time, id, user_id FROM management WHERE "

// TestAQuestionThatIsNotWaitedForGoesOnWhereItEnded asks impatiently, page by
// page, and expects no event twice and none left out.
func TestAQuestionThatIsNotWaitedForGoesOnWhereItEnded(t *testing.T) {
	t.Parallel()
	b := arrange(t, Limits{}, 4000)
	b.engine.slice = 100
	where := "operation = 'New-InboxRule' AND user_id = 'li.wei3@contoso.example'"
	all, whole := b.ask(t, newestColumns+where+" ORDER BY time DESC, id DESC LIMIT 5000", contoso)
	if !whole.SearchedTo.IsZero() || len(all.rows) < 50 {
		t.Fatalf("of %d rows searched to %s", len(all.rows), whole.SearchedTo)
	}
	var got strings.Builder
	pages, before := 0, ""
	for {
		a := &answer{}
		stats, err := b.engine.Run(t.Context(), Request{
			SQL: newestColumns + where + before + " ORDER BY time DESC, id DESC LIMIT 5000", Tenants: []nightjar.Tenant{contoso}, Patience: 1,
		}, a)
		if err != nil {
			t.Fatal(err)
		}
		got.WriteString(a.text())
		pages++
		if stats.SearchedTo.IsZero() {
			break
		}
		if len(a.columns) == 0 {
			t.Error("a page without columns")
		}
		before = fmt.Sprintf(" AND time < TIMESTAMP '%s'", stats.SearchedTo.Format("2006-01-02 15:04:05.999999"))
	}
	if got.String() != all.text() {
		t.Errorf("pages and the whole differ: %d and %d lines", strings.Count(got.String(), "\n"), len(all.rows))
	}
	if pages < 3 {
		t.Errorf("all came in %d pages", pages)
	}
}

// TestTheNewestThatFitAreFoundWithoutReadingTheRest looks at what was opened.
func TestTheNewestThatFitAreFoundWithoutReadingTheRest(t *testing.T) {
	t.Parallel()
	b := arrange(t, Limits{}, 4000)
	b.engine.slice = 100
	a, stats := b.ask(t, newestColumns+"operation = 'UserLoggedIn' ORDER BY time DESC LIMIT 5", contoso, fabrikam)
	if len(a.rows) != 5 || stats.Segments > 2 || stats.SegmentsTotal != 8 {
		t.Errorf("%d rows of %d/%d files", len(a.rows), stats.Segments, stats.SegmentsTotal)
	}
	for i := 1; i < len(a.rows); i++ {
		if a.rows[i][0].(time.Time).After(a.rows[i-1][0].(time.Time)) {
			t.Errorf("row %d is newer than the one before", i)
		}
	}
}

// TestASubqueryOverTheTableSeesAllOfIt: its rows must not be those of a slice.
func TestASubqueryOverTheTableSeesAllOfIt(t *testing.T) {
	t.Parallel()
	b := arrange(t, Limits{}, 4000)
	b.engine.slice = 100
	a, _ := b.ask(t, "SELECT id FROM management WHERE id = 'contoso-3999' AND (SELECT count(*) FROM management) = 4000 ORDER BY time DESC LIMIT 5", contoso)
	if len(a.rows) != 1 {
		t.Errorf("%d rows", len(a.rows))
	}
	// And neither an order that only looks like the newest first.
	a, _ = b.ask(t, "SELECT id AS time FROM management WHERE operation <> '' ORDER BY time DESC LIMIT 1", contoso)
	if got := a.text(); got != "contoso-999\n" {
		t.Errorf("the last id is %s", got)
	}
}

// TestNothingFoundStillHasColumns in all forms of nothing.
func TestNothingFoundStillHasColumns(t *testing.T) {
	t.Parallel()
	b := arrange(t, Limits{}, 400)
	b.engine.slice = 50
	for _, where := range []string{"operation = 'none'", "has_token(raw, 'absent')", "time < TIMESTAMP '2001-01-01'", "time > TIMESTAMP '2026-11-03 00:00:00' AND user_id = 'none'"} {
		a, _ := b.ask(t, newestColumns+where+" ORDER BY time DESC LIMIT 5", contoso)
		if len(a.rows) != 0 || len(a.columns) != 3 {
			t.Errorf("%s: %d rows, %d columns", where, len(a.rows), len(a.columns))
		}
	}
}

// TestTheByteLimitHoldsForAllSlicesTogether: the answer is held in memory whole,
// in however many parts it came.
func TestTheByteLimitHoldsForAllSlicesTogether(t *testing.T) {
	t.Parallel()
	b := arrange(t, Limits{}, 4000)
	b.engine.slice = 100
	ask := func(bytes int64) (int, error) {
		a := &answer{}
		_, err := b.engine.Run(t.Context(), Request{
			SQL:     "SELECT time, id, raw FROM management WHERE operation = 'New-InboxRule' ORDER BY time DESC LIMIT 5000",
			Tenants: []nightjar.Tenant{contoso}, Limits: Limits{Bytes: bytes},
		}, a)
		return len(a.text()), err
	}
	size, err := ask(0)
	if err != nil {
		t.Fatal(err)
	}
	// No single slice gives as much.
	if got, err := ask(int64(size) * 9 / 10); nightjar.CodeOf(err) != nightjar.CodeLimit {
		t.Errorf("%d of %d bytes came: %v", got, size, err)
	}
}
