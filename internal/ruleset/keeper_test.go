package ruleset_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/catalog/catalogtest"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
)

// board keeps the warnings that are set.
type board struct {
	mu  sync.Mutex
	set map[string]map[string]string
}

func (b *board) Set(code nightjar.WarningCode, _ nightjar.TenantID, source string, args map[string]string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.set == nil {
		b.set = map[string]map[string]string{}
	}
	b.set[string(code)+" "+source] = args
}

func (b *board) Clear(code nightjar.WarningCode, _ nightjar.TenantID, source string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.set, string(code)+" "+source)
}

func (b *board) places() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []string
	for _, args := range b.set {
		out = append(out, args["place"])
	}
	slices.Sort(out)
	return out
}

// bench is a keeper over a catalog and a folder of rules.
type bench struct {
	*ruleset.Keeper
	cfg   ruleset.Config
	dir   string
	board *board
}

func setup(t *testing.T, files map[string]string) *bench {
	t.Helper()
	db, err := catalogtest.Open(t.Context(), catalog.Config{Path: filepath.Join(t.TempDir(), catalog.FileName)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	b := &bench{dir: t.TempDir(), board: &board{}}
	for name, text := range files {
		b.write(t, name, text)
	}
	b.cfg = ruleset.Config{Catalog: db, Folders: []string{b.dir}, NoShipped: true, Warnings: b.board}
	b.open(t)
	return b
}

// open is a start of the process.
func (b *bench) open(t *testing.T) {
	t.Helper()
	var err error
	if b.Keeper, err = ruleset.New(t.Context(), b.cfg); err != nil {
		t.Fatal(err)
	}
}

func (b *bench) write(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join(b.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestChangesSurviveANewVersionOfTheRules(t *testing.T) {
	t.Parallel()
	b := setup(t, files())
	err := b.Change(t.Context(), "ada",
		ruleset.Change{What: ruleset.ChangeMode, Rule: "spray", Tenant: contoso, Value: "dry_run", Reason: "to see"},
		ruleset.Change{What: ruleset.ChangeParameter, Rule: "spray", Name: "users", Value: 30.0})
	if err != nil {
		t.Fatal(err)
	}
	e, err := b.Except(t.Context(), ruleset.Exception{Rule: "spray", Where: map[string]any{"UserId": "svc@contoso.com"}, Owner: "ada", Reason: "a service"})
	if err != nil {
		t.Fatal(err)
	}
	// The next version says other things of the same rule.
	b.write(t, "signins/spray.yml", strings.Replace(strings.Replace(spray, "value: 15", "value: 12", 1), "title: Spray", "title: Password spray", 1))
	b.open(t)
	set := b.Current()
	info := set.Info("spray")
	if info.Title != "Password spray" || set.Value(info, "users", contoso) != int64(30) || set.Mode("spray", contoso) != ruleset.DryRun || set.Mode("spray", fabrikam) != ruleset.On {
		t.Errorf("after the upgrade: %q, users %v, mode %s", info.Title, set.Value(info, "users", contoso), set.Mode("spray", contoso))
	}
	if kept, ok := set.Exception(e.ID); !ok || kept.Owner != "ada" || kept.Where["UserId"] != "svc@contoso.com" {
		t.Errorf("the exception is %+v", kept)
	}
	// And the one after that drops it.
	b.write(t, "signins/spray.yml", strings.ReplaceAll(spray, "id: spray", "id: other"))
	b.open(t)
	if got := len(b.Current().Changes().Changes); got != 2 || len(b.Current().Faults) < 3 {
		t.Errorf("%d changes are kept, faults %v", got, b.Current().Faults)
	}
	// What vanished can be taken back.
	if err := b.Change(t.Context(), "ada", ruleset.Change{What: ruleset.ChangeMode, Rule: "spray", Tenant: contoso}); err != nil {
		t.Fatal(err)
	}
	if got := len(b.Current().Changes().Changes); got != 1 {
		t.Errorf("%d changes are left", got)
	}
}

func TestWhatARuleDoesNotTakeIsRefused(t *testing.T) {
	t.Parallel()
	b := setup(t, files())
	for name, c := range map[string]ruleset.Change{
		"no such rule":  {What: ruleset.ChangeMode, Rule: "sprai", Value: "off"},
		"no such mode":  {What: ruleset.ChangeMode, Rule: "spray", Value: "of"},
		"a part":        {What: ruleset.ChangeMode, Rule: "base", Value: "off"},
		"another type":  {What: ruleset.ChangeParameter, Rule: "spray", Name: "users", Value: "30"},
		"no such name":  {What: ruleset.ChangeParameter, Rule: "spray", Name: "user", Value: 30},
		"no severity":   {What: ruleset.ChangeSeverity, Rule: "spray", Value: "loud"},
		"no span":       {What: ruleset.ChangeParameter, Rule: "spray", Name: "window", Value: "999999y"},
		"an empty list": {What: ruleset.ChangeParameter, Rule: "spray", Name: "codes", Value: []any{}},
	} {
		if err := b.Change(t.Context(), "ada", c); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	for name, e := range map[string]ruleset.Exception{
		"no reason":     {Rule: "spray", Where: map[string]any{"UserId": "x"}},
		"no fields":     {Rule: "spray", Reason: "r"},
		"no rule":       {Rule: "x", Where: map[string]any{"UserId": "x"}, Reason: "r"},
		"past":          {Rule: "spray", Where: map[string]any{"UserId": "x"}, Reason: "r", Until: time.Unix(1, 0)},
		"no such field": {Rule: "spray", Where: map[string]any{"UserIdd": "x"}, Reason: "r"},
		"no modifier":   {Rule: "spray", Where: map[string]any{"UserId|containz": "x"}, Reason: "r"},
		"nested value":  {Rule: "spray", Where: map[string]any{"UserId": map[string]any{"a": "b"}}, Reason: "r"},
	} {
		if _, err := b.Except(t.Context(), e); err == nil {
			t.Errorf("an exception with %s is taken", name)
		}
	}
	if all := b.Current().Changes(); len(all.Changes)+len(all.Exceptions) != 0 {
		t.Errorf("kept are %+v", all)
	}
	// No schema knows all that Microsoft records.
	if _, err := b.Except(t.Context(), ruleset.Exception{Rule: "spray", Where: map[string]any{"RecordedSinceYesterday": "x"}, Reason: "r"}); err != nil {
		t.Errorf("an exception on a field that no schema has: %v", err)
	}
}

func TestABrokenFileKeepsItsLastGoodVersionInForce(t *testing.T) {
	t.Parallel()
	b := setup(t, files())
	before := b.Changed()
	b.write(t, "signins/spray.yml", strings.Replace(spray, "gte: '%users%'", "gtee: '%users%'", 1)+"# longer\n")
	if err := b.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	if c := correlation(t, b.Current().For(contoso), "spray"); c.Bounds[0].Value != 15 {
		t.Errorf("in force is %v", c.Bounds)
	}
	if got := b.board.places(); len(got) != 1 || !strings.HasSuffix(got[0], "signins/spray.yml:17") {
		t.Errorf("health names %q", got)
	}
	select {
	case <-before:
		t.Error("a broken file brings other rules into force")
	default:
	}
	b.write(t, "signins/spray.yml", strings.Replace(spray, "value: 15", "value: 21", 1)+"# longer still\n")
	if err := b.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	<-before
	if c := correlation(t, b.Current().For(contoso), "spray"); c.Bounds[0].Value != 21 || len(b.board.places()) != 0 {
		t.Errorf("after it was mended: %v, warnings %q", c.Bounds, b.board.places())
	}
	// A file that is taken away takes its rules along.
	if err := os.Remove(filepath.Join(b.dir, "signins/spray.yml")); err != nil {
		t.Fatal(err)
	}
	if err := b.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	if b.Current().Info("spray") != nil {
		t.Error("the rule of a file that is gone is in force")
	}
}

func TestAFolderThatCannotBeReadKeepsItsRules(t *testing.T) {
	t.Parallel()
	b := setup(t, files())
	if err := os.Rename(b.dir, b.dir+".away"); err != nil {
		t.Fatal(err)
	}
	if err := b.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	if b.Current().Info("spray") == nil || len(b.board.places()) != 1 {
		t.Errorf("faults %v, warnings %q", b.Current().Faults, b.board.places())
	}
}

func TestRunSeesFilesChangesOfOthersAndEndsOfExceptions(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t, files())
		other, err := ruleset.New(t.Context(), b.cfg) // the command line, beside the daemon
		if err != nil {
			t.Fatal(err)
		}
		go func() { _ = b.Run(t.Context()) }()
		await := func(what string, within time.Duration, holds func() bool) {
			t.Helper()
			time.Sleep(within)
			synctest.Wait()
			if !holds() {
				t.Fatalf("%s is not seen", what)
			}
		}
		if err := other.Change(t.Context(), "operator", ruleset.Change{What: ruleset.ChangeMode, Rule: "spray", Value: "off"}); err != nil {
			t.Fatal(err)
		}
		await("a change by another process", 3*time.Second, func() bool { return b.Current().Mode("spray", contoso) == ruleset.Off })
		e, err := other.Except(t.Context(), ruleset.Exception{Rule: "spray", Where: map[string]any{"UserId": "x"}, Reason: "r", Until: time.Now().Add(time.Hour)})
		if err != nil {
			t.Fatal(err)
		}
		version := func() string { return b.Current().For(contoso).Version("spray") }
		without := version()
		await("an exception", 3*time.Second, func() bool { return version() != without })
		await("the end of the exception", time.Hour, func() bool { return version() == without })
		if _, ok := b.Current().Exception(e.ID); !ok {
			t.Error("an exception that ended is forgotten")
		}
		b.write(t, "signins/more.yml", "title: More\nid: more\nlogsource: {product: m365}\ndetection: {s: {a: 1}, condition: s}\nlevel: low\n")
		await("a new file", 13*time.Second, func() bool { return b.Current().Info("more") != nil })
	})
}

func TestTheCommitOfACheckoutIsReadWithoutGit(t *testing.T) {
	t.Parallel()
	const one, two = "0123456789abcdef0123456789abcdef01234567", "89abcdef0123456789abcdef0123456789abcdef"
	for name, c := range map[string]struct {
		files          map[string]string
		commit, branch string
	}{
		"a branch":        {map[string]string{".git/HEAD": "ref: refs/heads/main\n", ".git/refs/heads/main": one + "\n"}, one, "main"},
		"packed":          {map[string]string{".git/HEAD": "ref: refs/heads/a/b\n", ".git/packed-refs": "# pack-refs\n" + two + " refs/heads/a\n" + one + " refs/heads/a/b\n"}, one, "a/b"},
		"detached":        {map[string]string{".git/HEAD": two + "\n"}, two, ""},
		"worktree":        {map[string]string{".git": "gitdir: .real/worktrees/w\n", ".real/worktrees/w/HEAD": "ref: refs/heads/w\n", ".real/worktrees/w/commondir": "../..\n", ".real/refs/heads/w": two}, two, "w"},
		"no checkout":     {nil, "", ""},
		"out of the tree": {map[string]string{".git/HEAD": "ref: refs/../../secret\n"}, "", ""},
		"no hash":         {map[string]string{".git/HEAD": "ref: refs/heads/main\n", ".git/refs/heads/main": "secret\n"}, "", "main"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, files())
			for file, text := range c.files {
				b.write(t, file, text)
			}
			b.open(t)
			f := b.Current().Folders()[0]
			if f.Commit != c.commit || f.Commit != "" && f.Branch != c.branch {
				t.Errorf("commit %q of branch %q", f.Commit, f.Branch)
			}
		})
	}
}
