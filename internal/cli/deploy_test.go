package cli

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The folder deploy and docs/install.md tell people what to type and what the
// service may do; both are held to the commands and options that there are.

const deployFolder = "../../deploy"

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// understands reports what is wrong with a command line of nightjar.
func understands(t *testing.T, args []string) error {
	t.Helper()
	root := newRoot(Process{Stdin: strings.NewReader(""), Stdout: &bytes.Buffer{}, Stderr: &bytes.Buffer{}})
	cmd, rest, err := root.Find(args)
	if err != nil {
		return err
	}
	if err := cmd.ParseFlags(rest); err != nil {
		return err
	}
	return cmd.ValidateArgs(cmd.Flags().Args())
}

func units(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(deployFolder, "*.service"))
	if err != nil || len(found) < 2 {
		t.Fatalf("units: %v, %v", found, err)
	}
	return found
}

func TestTheUnitsStartCommandsThatThereAre(t *testing.T) {
	t.Parallel()
	for _, path := range units(t) {
		var started int
		for line := range strings.Lines(read(t, path)) {
			command, ok := strings.CutPrefix(strings.TrimSpace(line), "ExecStart=")
			if !ok {
				continue
			}
			started++
			words := strings.Fields(command)
			if words[0] != "/usr/local/bin/nightjar" {
				t.Errorf("%s starts %s, which docs/install.md does not install", path, words[0])
			}
			if err := understands(t, words[1:]); err != nil {
				t.Errorf("%s: %s: %v", path, command, err)
			}
		}
		if started != 1 {
			t.Errorf("%s has %d ExecStart", path, started)
		}
	}
}

func TestTheInstallationPageNamesWhatThereIs(t *testing.T) {
	t.Parallel()
	page, unit := read(t, "../../docs/install.md"), read(t, filepath.Join(deployFolder, "nightjar.service"))
	for _, file := range regexp.MustCompile(`deploy/[a-z.-]*[a-z]`).FindAllString(page, -1) {
		if _, err := os.Stat(filepath.Join("../..", file)); err != nil {
			t.Error(err)
		}
	}
	_, may, _ := strings.Cut(page, "## What the service may do")
	may, _, _ = strings.Cut(may, "\n## ")
	directives := regexp.MustCompile("(?m)`([A-Z][A-Za-z]+=[^`]*)`").FindAllStringSubmatch(may, -1)
	if len(directives) < 15 {
		t.Fatalf("the page explains %d directives", len(directives))
	}
	for _, d := range directives {
		if strings.HasPrefix(d[1], "IPAddressAllow=") || strings.HasPrefix(d[1], "MemoryMax=") {
			continue // proposed for a drop-in
		}
		if !strings.Contains(unit, "\n"+d[1]+"\n") {
			t.Errorf("the unit has no line %s", d[1])
		}
	}
	page = strings.ReplaceAll(page, "\\\n", " ")
	commands := regexp.MustCompile(`(?m)^    (?:[^#\n]* )?(?:/usr/local/bin/)?nightjar ((?:setup-token|health|tenant|journal|secret|geo|serve)\b[^#\n]*)`).FindAllStringSubmatch(page, -1)
	if len(commands) < 6 {
		t.Fatalf("the page has %d commands", len(commands))
	}
	for _, c := range commands {
		if err := understands(t, strings.Fields(c[1])); err != nil {
			t.Errorf("nightjar %s: %v", c[1], err)
		}
	}
}

// Each piece of configuration is checked as a person would paste it.
func TestTheConfigurationsOfTheInstallationAreValid(t *testing.T) {
	t.Parallel()
	shipped := read(t, filepath.Join(deployFolder, "nightjar.yaml"))
	all := map[string]string{"as shipped": shipped}
	for _, block := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(read(t, "../../docs/install.md"), -1) {
		base := shipped
		if strings.HasPrefix(block[1], "listen:") {
			base = regexp.MustCompile(`(?m)^listen:.*\n`).ReplaceAllString(base, "")
		}
		all["with "+block[1]] = base + block[1]
	}
	if len(all) < 3 {
		t.Fatalf("the page has %d configurations", len(all)-1)
	}
	for name, text := range all {
		file := filepath.Join(t.TempDir(), "nightjar.yaml")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		var out, wrong bytes.Buffer
		code := Run(t.Context(), Process{
			Args: []string{"config", "check", "--config", file}, Stdin: strings.NewReader(""), Stdout: &out, Stderr: &wrong,
			Env: func(string) (string, bool) { return "", false },
		})
		if code != 0 {
			t.Errorf("%s: %s", name, &wrong)
		}
	}
}

// Where systemd is, it says itself whether the units are understood.
func TestSystemdUnderstandsTheUnits(t *testing.T) {
	t.Parallel()
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Log("systemd-analyze is not there: the units were not verified")
		return
	}
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	paths := units(t)
	timers, err := filepath.Glob(filepath.Join(deployFolder, "*.timer"))
	if err != nil {
		t.Fatal(err)
	}
	var copies []string
	for _, path := range append(paths, timers...) {
		// It wants the program to be there.
		text := strings.ReplaceAll(read(t, path), "/usr/local/bin/nightjar", self)
		to := filepath.Join(dir, filepath.Base(path))
		if err := os.WriteFile(to, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		copies = append(copies, to)
	}
	out, err := exec.CommandContext(t.Context(), analyze, append([]string{"verify", "--man=no"}, copies...)...).CombinedOutput()
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, dir) || strings.Contains(line, "nightjar") {
			t.Error(line)
		}
	}
	if err != nil {
		t.Errorf("%v: %s", err, out)
	}
}
