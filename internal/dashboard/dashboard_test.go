package dashboard

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nightjar-sec/nightjar"
)

func setup(t *testing.T) (*Store, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), FolderName)
	s, err := New(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s, dir
}

func own() Dashboard {
	return Dashboard{ID: "mine", Title: "Mine: 100 %", Panels: []Panel{{Title: "all", SQL: "SELECT count(*) AS n\nFROM management", Kind: KindNumber, Width: 3}}}
}

func TestTheReadyDashboardsAreThere(t *testing.T) {
	t.Parallel()
	s, _ := setup(t)
	list, err := s.List()
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, l := range list {
		ids = append(ids, l.ID)
	}
	if got := strings.Join(ids, " "); got != "collection entra-id exchange sharepoint-onedrive signins" {
		t.Errorf("ready are %s", got)
	}
}

func TestADashboardIsAFileThatReadsBack(t *testing.T) {
	t.Parallel()
	s, dir := setup(t)
	if _, err := s.Put(own()); err != nil {
		t.Fatal(err)
	}
	got, err := s.Get("mine")
	if err != nil || got.Panels[0] != own().Panels[0] || got.Title != own().Title {
		t.Errorf("%+v, %v", got, err)
	}
	if err := os.Rename(filepath.Join(dir, "mine.yaml"), filepath.Join(dir, "copied.yaml")); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get("copied"); err != nil {
		t.Errorf("a copied file: %v", err)
	}
	if err := s.Delete("copied"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get("copied"); nightjar.CodeOf(err) != nightjar.CodeNotFound {
		t.Errorf("after its removal: %v", err)
	}
}

func TestAFileThatCannotBeReadIsListedWithItsProblem(t *testing.T) {
	t.Parallel()
	s, dir := setup(t)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "odd.yaml"), []byte("title: x\npannels: []\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	list, err := s.List()
	if err != nil || list[len(list)-1].ID != "odd" || list[len(list)-1].Problem == "" {
		t.Errorf("%+v, %v", list[len(list)-1], err)
	}
}

func TestWhatIsNoDashboardIsRefused(t *testing.T) {
	t.Parallel()
	s, _ := setup(t)
	for name, spoil := range map[string]func(*Dashboard){
		"a way out of the folder":  func(d *Dashboard) { d.ID = "../mine" },
		"no id":                    func(d *Dashboard) { d.ID = "" },
		"no title":                 func(d *Dashboard) { d.Title = "" },
		"no query":                 func(d *Dashboard) { d.Panels[0].SQL = "" },
		"a kind of its own":        func(d *Dashboard) { d.Panels[0].Kind = "pie" },
		"a panel that is too wide": func(d *Dashboard) { d.Panels[0].Width = 13 },
	} {
		d := own()
		spoil(&d)
		if _, err := s.Put(d); nightjar.CodeOf(err) != nightjar.CodeInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	d := own()
	d.ID = "signins"
	if _, err := s.Put(d); nightjar.CodeOf(err) != nightjar.CodeConflict {
		t.Errorf("a ready one: %v", err)
	}
	if err := s.Delete("signins"); nightjar.CodeOf(err) != nightjar.CodeConflict {
		t.Errorf("removing a ready one: %v", err)
	}
}

func FuzzDashboard(f *testing.F) {
	f.Add("title: x\npanels:\n  - {title: a, sql: SELECT 1, kind: bar}\n")
	f.Fuzz(func(t *testing.T, text string) {
		d, err := parse("x", []byte(text))
		if err != nil {
			return
		}
		s, _ := setup(t)
		if _, err := s.Put(d); err != nil {
			t.Fatalf("%q is read and not written: %v", text, err)
		}
		again, err := s.Get("x")
		if err != nil || again.Title != d.Title || len(again.Panels) != len(d.Panels) {
			t.Errorf("%q reads back as %+v, %v", text, again, err)
		}
	})
}

func TestThereAreNotTooManyDashboards(t *testing.T) {
	t.Parallel()
	s, dir := setup(t)
	if _, err := s.Put(own()); err != nil {
		t.Fatal(err)
	}
	for i := range maxFiles - 1 {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("d%d.yaml", i)), []byte("title: x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	one := own()
	one.ID = "one-more"
	if _, err := s.Put(one); nightjar.CodeOf(err) != nightjar.CodeLimit {
		t.Errorf("one more: %v", err)
	}
	if _, err := s.Put(own()); err != nil {
		t.Errorf("in place of one that is there: %v", err)
	}
}
