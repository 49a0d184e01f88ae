package cli

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/nightjar-sec/nightjar/internal/app"
)

// demoPerson is who the demo's console is signed in as.
const demoPerson = "demo"

// inviteName is the file of the demo's folder that says what to try, for the
// stream of events soon pushes it out of sight.
const inviteName = "TRY-THIS.txt"

// demoScreens are what is worth a look in the console. The names are those of
// the screens and of the people at the simulator's sign-in pages.
const demoScreens = `In the console
  Overview      what is collected, and whether all is well
  Alerts        what the rules found, with why and with whom; j and k go through them, ? shows all keys
  Rules         what is looked for; tune a rule, except what is harmless, or ask it of all that is stored
  Notifications where people are told: add a channel, press Test, say which alerts go there
  Map           where people sign in from; failed, services', VPN and Tor; what has no true place, and why
  Search        words; click a value to keep or leave it out, an event to open it; Live follows what arrives
  SQL           any question; Dashboards has ready ones
  Connections   Connect a tenant: a second company, fabrikam, waits to be connected by consent.
                At the simulated Microsoft choose Adele Admin of fabrikam; Ulf User, Gina Guest and Bea Blocked
                show what goes wrong. Your browser warns of its certificate, which is made up: go on.
  Settings      people and roles, API tokens, who did what, data
`

// invite says where everything is and what to try: the most of it here, all of
// it in a file.
func (d *demo) invite(ctx context.Context, a *app.App, address string) error {
	if address != "" {
		link, err := a.People().Link(ctx, demoPerson)
		if err != nil {
			return err
		}
		// Only here: what is used once and ends in an hour is of no use in a file.
		fmt.Fprintf(d.p.Stdout, "\nOpen the console, already signed in (once, within an hour):\n\n    http://%s/login#%s\n", address, link.Reveal())
	}
	where := fmt.Sprintf("Everything is in %s; the console is on http://%s, metrics on http://%s/metrics.\n", d.dir, address, address)
	file := filepath.Join(d.dir, inviteName)
	if err := os.WriteFile(file, []byte(where+"\n"+demoScreens+"\n"+d.questions(examples(), demoCommands())), 0o600); err != nil {
		return err
	}
	fmt.Fprintf(d.p.Stdout, "\n%s\n%s\nThe company goes on living, %d times as fast as the wall. Ctrl-C ends the demo.\nAll this, and more to ask, is in %s\n\n",
		demoScreens, d.questions(examples()[:2], demoCommands()), demoSpeed, file)
	return nil
}

// questions are what can be asked in a terminal as long as the folder is there.
func (d *demo) questions(some []example, commands []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "In another terminal\n  export NIGHTJAR_CONFIG=%s\n", filepath.Join(d.dir, "nightjar.yaml"))
	if bin := binFolder(); bin != "" {
		fmt.Fprintf(&b, "  export PATH=\"$PATH:%s\"\n", bin)
	}
	for _, e := range some {
		fmt.Fprintf(&b, "  # %s\n  nightjar query \"%s\"\n", e.about, e.sql)
	}
	b.WriteString("  # and, among others\n")
	for _, c := range commands {
		b.WriteString("  nightjar " + c + "\n")
	}
	return b.String()
}

// demoCommands are what else a terminal can ask, without the program's name:
// what the rules found; what is stored, missing and lost; every record as
// received; who did what; and, as long as the demo runs, what is wrong.
func demoCommands() []string {
	return append(demoKept(), "health", "tenant check contoso")
}

// demoKept are those that need no more than the folder.
func demoKept() []string {
	return []string{"alert list --by-severity", "coverage", "event export --raw | head -1", "audit list"}
}

// binFolder is the folder of this program, or "" when the shell finds nightjar
// by itself.
func binFolder() string {
	if _, err := exec.LookPath("nightjar"); err == nil {
		return ""
	}
	self, err := os.Executable()
	if err != nil {
		return ""
	}
	return filepath.Dir(self)
}

// farewell repeats what to try, when there is still something to ask.
func (d *demo) farewell() {
	if !d.keep {
		fmt.Fprintln(d.p.Stdout, "\nThe demo has ended and its folder is gone. To keep what it collects: nightjar demo --data-dir FOLDER")
		return
	}
	fmt.Fprintf(d.p.Stdout, "\nThe demo has ended; what it collected stays in %s.\n%s", d.dir, d.questions(examples(), demoKept()))
}
