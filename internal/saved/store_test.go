package saved

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/catalog/catalogtest"
	"github.com/nightjar-sec/nightjar/internal/search"
)

const contoso = nightjar.TenantID("11111111-1111-4111-8111-111111111111")

var (
	ada     = Viewer{Person: "p-ada", Name: "Ada", Curator: true}
	ben     = Viewer{Person: "p-ben", Name: "Ben"}
	console = Viewer{Name: "root", Curator: true, All: true}
)

func setup(t *testing.T) *Store {
	t.Helper()
	db, err := catalogtest.Open(t.Context(), catalog.Config{Path: filepath.Join(t.TempDir(), catalog.FileName)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	s, err := New(Config{Catalog: db})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func failed() Search {
	return Search{Name: "Failed sign-ins", Definition: Definition{
		Kind: KindSearch, Query: `50126 -"known device"`, Table: nightjar.TableAzureAD, Last: 3600, Columns: []string{"time", "user_id"},
		Filters: []Filter{{Field: "user_id", Op: search.IsNot, Value: "it's@contoso.example"}}, Tenants: []nightjar.TenantID{contoso},
	}}
}

func (s *Store) names(t *testing.T, v Viewer) []string {
	t.Helper()
	list, err := s.List(t.Context(), v)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, one := range list {
		out = append(out, one.Name)
	}
	return out
}

func TestASearchReadsBackAsItWasSaved(t *testing.T) {
	t.Parallel()
	s := setup(t)
	made, err := s.Create(t.Context(), ada, failed())
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Get(t.Context(), ada, made.ID)
	if err != nil {
		t.Fatal(err)
	}
	if got.Query != failed().Query || got.Last != 3600 || got.Filters[0] != failed().Filters[0] || got.Tenants[0] != contoso || got.OwnerName != "Ada" ||
		!slices.Equal(got.Columns, failed().Columns) || !got.Updated.Equal(made.Updated) || got.Updated.IsZero() {
		t.Errorf("saved %+v, read %+v", made, got)
	}
}

func TestAPrivateSearchIsItsOwnersAlone(t *testing.T) {
	t.Parallel()
	s := setup(t)
	made, err := s.Create(t.Context(), ada, failed())
	if err != nil {
		t.Fatal(err)
	}
	if names := s.names(t, ben); len(names) != 0 {
		t.Errorf("Ben sees %v", names)
	}
	for name, act := range map[string]func() error{
		"reading":  func() error { _, err := s.Get(t.Context(), ben, made.ID); return err },
		"changing": func() error { _, err := s.Change(t.Context(), ben, made); return err },
		"removing": func() error { _, err := s.Remove(t.Context(), ben, made.ID); return err },
		// Nobody owns what the command line saved, and nobody is it.
		"reading as nobody": func() error { _, err := s.Get(t.Context(), Viewer{}, made.ID); return err },
	} {
		if err := act(); nightjar.CodeOf(err) != nightjar.CodeNotFound {
			t.Errorf("%s another's private search: %v", name, err)
		}
	}
	if names := s.names(t, console); len(names) != 1 {
		t.Errorf("the command line sees %v", names)
	}
}

func TestASharedSearchIsEverybodysToReadAndCuratorsToChange(t *testing.T) {
	t.Parallel()
	s := setup(t)
	one := failed()
	one.Shared = true
	if _, err := s.Create(t.Context(), ben, one); nightjar.CodeOf(err) != nightjar.CodeForbidden {
		t.Errorf("Ben shares: %v", err)
	}
	made, err := s.Create(t.Context(), ada, one)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get(t.Context(), ben, made.ID); err != nil {
		t.Errorf("Ben reads: %v", err)
	}
	if _, err := s.Change(t.Context(), ben, made); nightjar.CodeOf(err) != nightjar.CodeForbidden {
		t.Errorf("Ben changes: %v", err)
	}
	if _, err := s.Remove(t.Context(), ben, made.ID); nightjar.CodeOf(err) != nightjar.CodeForbidden {
		t.Errorf("Ben removes: %v", err)
	}
	eve := Viewer{Person: "p-eve", Name: "Eve", Curator: true}
	made.Name = "Renamed"
	if got, err := s.Change(t.Context(), eve, made); err != nil || got.Owner != ada.Person {
		t.Errorf("Eve renames: %v; it is of %s now", err, got.Owner)
	}
	if _, err := s.Remove(t.Context(), eve, made.ID); err != nil || len(s.names(t, ada)) != 0 {
		t.Errorf("Eve removes: %v; left are %v", err, s.names(t, ada))
	}
}

// TestWhoLosesTheRightToShareMayStillWithdraw: a role may be taken away later.
func TestWhoLosesTheRightToShareMayStillWithdraw(t *testing.T) {
	t.Parallel()
	s := setup(t)
	one := failed()
	one.Shared = true
	made, err := s.Create(t.Context(), ada, one)
	if err != nil {
		t.Fatal(err)
	}
	less := ada
	less.Curator = false
	made.Query = "another"
	if _, err := s.Change(t.Context(), less, made); nightjar.CodeOf(err) != nightjar.CodeForbidden {
		t.Errorf("changing what others open: %v", err)
	}
	made.Shared = false
	if _, err := s.Change(t.Context(), less, made); err != nil {
		t.Errorf("withdrawing: %v", err)
	}
}

func TestTwoSearchesOfOneOwnerHaveDifferentNames(t *testing.T) {
	t.Parallel()
	s := setup(t)
	if _, err := s.Create(t.Context(), ada, failed()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Create(t.Context(), ada, failed()); nightjar.CodeOf(err) != nightjar.CodeConflict {
		t.Errorf("the same name again: %v", err)
	}
	if _, err := s.Create(t.Context(), ben, failed()); err != nil {
		t.Errorf("the same name of another: %v", err)
	}
}

func TestWhatCannotBeAskedIsNotSaved(t *testing.T) {
	t.Parallel()
	s := setup(t)
	for name, spoil := range map[string]func(*Search){
		"no name":              func(o *Search) { o.Name = "" },
		"a name of two lines":  func(o *Search) { o.Name = "a\nb" },
		"a kind of its own":    func(o *Search) { o.Kind = "graph" },
		"no table":             func(o *Search) { o.Table = "audit" },
		"an unknown field":     func(o *Search) { o.Filters[0].Field = "user" },
		"SQL with filters":     func(o *Search) { o.Kind = KindSQL },
		"no SQL":               func(o *Search) { o.Definition = Definition{Kind: KindSQL, Query: " "} },
		"two spans":            func(o *Search) { o.From, o.To = time.Unix(1, 0), time.Unix(2, 0) },
		"half a span":          func(o *Search) { o.Last, o.From = 0, time.Unix(1, 0) },
		"a span into the past": func(o *Search) { o.Last = -1 },
		"a tenant that is not": func(o *Search) { o.Tenants[0] = "contoso" },
	} {
		one := failed()
		spoil(&one)
		if _, err := s.Create(t.Context(), ada, one); nightjar.CodeOf(err) != nightjar.CodeInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestASearchBecomesAPanelsQuery(t *testing.T) {
	t.Parallel()
	sql, err := failed().Template()
	if err != nil {
		t.Fatal(err)
	}
	want := "FROM azure_ad\nWHERE time >= {{from}}\n  AND time < {{to}}\n  AND has_token(raw, '50126')\n  AND NOT has_token(raw, 'known device')\n  AND user_id <> 'it''s@contoso.example'\nORDER BY"
	if !strings.Contains(sql, want) {
		t.Errorf("the query is\n%s", sql)
	}
}

func TestASpanEndsNowOrWhereItWasSaved(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 8, 0, 0, 5, time.UTC)
	if from, to := failed().Span(now); to.Sub(from) != time.Hour || to.Sub(now).Abs() > time.Second {
		t.Errorf("relative: %s to %s", from, to)
	}
	d := Definition{From: now.Add(-2 * time.Hour), To: now.Add(-time.Hour)}
	if from, to := d.Span(now); !from.Equal(d.From) || !to.Equal(d.To) {
		t.Errorf("absolute: %s to %s", from, to)
	}
}
