package geo

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nightjar-sec/nightjar"
)

var london = netip.MustParseAddr("81.2.69.142")

func TestAFileIsReplacedWhileOthersLookUp(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "city.mmdb")
	write := func(n int) {
		mmdb{list: []entry{place("81.2.69.0/24", fmt.Sprintf("City %d", n), "GB", 51, float64(n)/10+1)}}.write(t, path)
	}
	write(0)
	a := newAtlas(t, Config{Folder: dir})
	var stop atomic.Bool
	var wg sync.WaitGroup
	var lookups atomic.Int64
	for range 4 {
		wg.Go(func() {
			for !stop.Load() {
				f := a.Lookup(london)
				var n int
				if _, err := fmt.Sscanf(f.Place.City, "City %d", &n); err != nil || f.Place.Lon != float64(n)/10+1 {
					t.Errorf("an answer of two files: %+v", f.Place)
					return
				}
				lookups.Add(1)
			}
		})
	}
	for n := 1; n <= 25; n++ {
		write(n)
		a.Refresh()
		runtime.GC() // unmaps the files that nobody reads any more
		if got := a.Lookup(london).Place.City; got != fmt.Sprintf("City %d", n) {
			t.Fatalf("after the replacement %q answers", got)
		}
	}
	stop.Store(true)
	wg.Wait()
	if lookups.Load() == 0 {
		t.Error("nobody looked up meanwhile")
	}
}

func TestAFileThatIsCutInPlaceCostsAnAnswerAndNotTheProcess(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("a mapped file cannot be cut there")
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "city.mmdb")
	m := mmdb{}
	for i := range 2000 {
		m.list = append(m.list, place(fmt.Sprintf("81.%d.%d.0/24", i/256, i%256), fmt.Sprintf("A city with a long name, number %d", i), "GB", 51, 1+float64(i)/100))
	}
	m.write(t, path)
	a := newAtlas(t, Config{Folder: dir})
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	if f := a.Lookup(london); f.Place.Source != "" {
		t.Errorf("cut to nothing it answers %+v", f.Place)
	}
}

func TestAFileThatBecomesUselessGoesOnAsItWas(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "city.mmdb")
	file := mmdb{list: []entry{place("81.2.69.0/24", "London", "GB", 51.5, -0.12)}}
	file.write(t, path)
	var w warnings
	a := newAtlas(t, Config{Folder: dir, Warnings: &w})

	garbage := filepath.Join(dir, ".garbage")
	writeText(t, garbage, strings.Repeat("not address data\n", 100))
	if err := os.Rename(garbage, path); err != nil {
		t.Fatal(err)
	}
	writeText(t, filepath.Join(dir, "tor.txt"), "185.220.101.1\nnot an address\n")
	writeText(t, filepath.Join(dir, "holidays.txt"), "185.220.101.1\n")
	a.Refresh()
	if got := a.Lookup(london).Place.City; got != "London" {
		t.Errorf("%q answers", got)
	}
	for _, name := range []string{"city.mmdb", "tor.txt", "holidays.txt"} {
		if args, ok := w.holds(nightjar.WarnGeoDataUnreadable, name); !ok || args["reason"] == "" {
			t.Errorf("nobody is told of %s", name)
		}
	}
	s := a.Status()
	if len(s.Troubles) != 3 || !strings.Contains(fmt.Sprint(s.Troubles), "line 2") {
		t.Errorf("%+v", s.Troubles)
	}

	file.write(t, path)
	writeText(t, filepath.Join(dir, "tor.txt"), "185.220.101.1\n")
	if err := os.Remove(filepath.Join(dir, "holidays.txt")); err != nil {
		t.Fatal(err)
	}
	a.Refresh()
	if len(w.all()) > 0 || len(a.Status().Troubles) > 0 {
		t.Errorf("repaired, and still %v", w.all())
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	a.Refresh()
	if f := a.Lookup(london); f.Place.Source != "" {
		t.Errorf("a file that is gone answers %+v", f.Place)
	}
}

func TestOldDataAreWarnedOfUntilTheyAreRenewed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		now := time.Now().UTC()
		made := func(at time.Time) mmdb {
			return mmdb{built: at, list: []entry{place("81.2.69.0/24", "London", "GB", 51.5, -0.12)}}
		}
		made(now).write(t, filepath.Join(dir, "city.mmdb"))
		// Behind a newer file an old one does not matter.
		mmdb{kind: "Old-Country", built: now.AddDate(-2, 0, 0), list: []entry{place("81.2.69.0/24", "", "GB", 0, 0)}}.write(t, filepath.Join(dir, "country.mmdb"))
		var w warnings
		a := newAtlas(t, Config{Folder: dir, Warnings: &w, CheckEvery: time.Hour})
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- a.Run(ctx) }()
		time.Sleep(45 * 24 * time.Hour)
		if len(w.all()) > 0 {
			t.Errorf("at 45 days: %v", w.all())
		}
		time.Sleep(26 * time.Hour)
		args, ok := w.holds(nightjar.WarnGeoDataOld, "city.mmdb")
		if !ok || args["days"] != "46" || args["data"] != now.Format("DB-IP City Lite 2006-01") || len(w.all()) != 1 {
			t.Errorf("at 46 days: %v", w.all())
		}
		made(time.Now()).write(t, filepath.Join(dir, "city.mmdb"))
		time.Sleep(2 * time.Hour)
		if len(w.all()) > 0 {
			t.Errorf("renewed: %v", w.all())
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func TestTheAttributionThatLicencesAskForIsThere(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	one := []entry{place("81.2.69.0/24", "London", "GB", 51.5, -0.12)}
	for kind, want := range map[string]string{"DBIP-City-Lite": "https://db-ip.com", "GeoLite2-City": "https://www.maxmind.com", "Our-Offices": ""} {
		path := filepath.Join(dir, kind+".mmdb")
		mmdb{kind: kind, list: one}.write(t, path)
		for _, f := range newAtlas(t, Config{CityFile: path}).Status().Files {
			if f.URL != want || (f.Attribution == "") != (want == "") {
				t.Errorf("%s: %q, %q", kind, f.Attribution, f.URL)
			}
		}
	}
	notice, err := os.ReadFile("../../NOTICE")
	if err != nil {
		t.Fatal(err)
	}
	for _, words := range []string{"IP Geolocation by DB-IP", "https://db-ip.com", "Creative Commons Attribution 4.0", "RouteViews"} {
		if !strings.Contains(string(notice), words) {
			t.Errorf("NOTICE does not say %q", words)
		}
	}
}
