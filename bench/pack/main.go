// Command pack says what the shipped rules find where it is known what there
// is to find: in a month of a generated company that nobody attacks, and in
// the records of a real tenant that was attacked.
//
// The events go through the same normalising, placing and detection as those
// that are collected. What is found in the quiet month is a false alarm;
// whoever changes a rule reads both tables again (-samples shows the sentences).
package main

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/detect"
	"github.com/nightjar-sec/nightjar/internal/geo"
	"github.com/nightjar-sec/nightjar/internal/normalise"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
	"github.com/nightjar-sec/nightjar/internal/sim"
)

type options struct {
	people, days, samples int
	seed                  uint64
	real, rule            string
	check                 bool
}

func main() {
	o := options{}
	flag.IntVar(&o.people, "people", 1000, "people of the quiet company; 0 leaves it out")
	flag.IntVar(&o.days, "days", 37, "its days, of which the first seven are for learning")
	flag.Uint64Var(&o.seed, "seed", 1, "of the quiet company")
	flag.StringVar(&o.real, "real", "../shared/data/ual/real-half.ndjson.gz", "file with one event a line, .gz too, of a tenant that was attacked; empty leaves it out")
	flag.StringVar(&o.rule, "rule", "", "only the rule with this id or title")
	flag.IntVar(&o.samples, "samples", 0, "sentences to show of each rule")
	flag.BoolVar(&o.check, "check", false, "fail when the quiet month has an alert a day of high severity or above")
	flag.Parse()
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "Error:", err)
		os.Exit(1)
	}
}

func run(o options) error {
	rules, err := ruleset.Load([]ruleset.Folder{ruleset.Shipped()}, ruleset.Options{})
	if err != nil {
		return err
	}
	if o.people > 0 {
		if err := o.quiet(rules); err != nil {
			return err
		}
	}
	if o.real == "" {
		return nil
	}
	if _, err := os.Stat(o.real); os.IsNotExist(err) {
		// Records of others are not part of this repository.
		fmt.Printf("pack: %s is not here; -real FILE reads yours\n", o.real)
		return nil
	}
	return o.attacked(rules)
}

// learning is how long nothing that a rule says of the quiet company counts:
// rules that learn what is normal have nothing to go by before.
const learning = 7 * 24 * time.Hour

func (o options) quiet(rules *ruleset.Set) error {
	places, err := atlas()
	if err != nil {
		return err
	}
	t, err := newTally(rules, places, o.rule)
	if err != nil {
		return err
	}
	cfg := sim.QuietConfig{People: o.people, Days: o.days, Seed: o.seed, From: time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)}
	began := time.Now()
	if err := sim.Quiet(cfg, t.add); err != nil {
		return err
	}
	took := time.Since(began)
	fmt.Printf("A quiet company: %d people, %d days, %d events, %d rules, %.0f events/s with normalising, %d MiB of heap after it\n",
		o.people, o.days, t.events, t.rules, float64(t.events)/took.Seconds(), heap()>>20)
	t.forget(cfg.From.Add(learning))
	t.print(o.samples)
	loud, days := t.loud(), float64(o.days)-learning.Hours()/24
	fmt.Printf("\n%d alerts of high severity or above in %.0f days: %.2f a day (mark: fewer than 1)\n\n", loud, days, float64(loud)/days)
	if o.check && float64(loud) >= days {
		return fmt.Errorf("a quiet month has %d alerts of high severity or above", loud)
	}
	return nil
}

// heap is what is in use: rules, places, and what correlations remember.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func (o options) attacked(rules *ruleset.Set) error {
	events, err := sim.LoadEvents(o.real)
	if err != nil {
		return err
	}
	places, err := geo.New(geo.Config{})
	if err != nil {
		return err
	}
	t, err := newTally(rules, places, o.rule)
	if err != nil {
		return err
	}
	if err := t.addAll(events); err != nil {
		return err
	}
	fmt.Printf("A tenant that was attacked: %s, %d events, %d rules\n", filepath.Base(o.real), t.events, t.rules)
	t.print(o.samples)
	return nil
}

// atlas places the addresses of the generated company.
func atlas() (*geo.Atlas, error) {
	dir, err := os.MkdirTemp("", "pack")
	if err != nil {
		return nil, err
	}
	file, err := os.Create(filepath.Join(dir, "places.mmdb"))
	if err != nil {
		return nil, err
	}
	if err := sim.WriteGeo(file, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)); err != nil {
		return nil, err
	}
	if err := file.Close(); err != nil {
		return nil, err
	}
	return geo.New(geo.Config{CityFile: file.Name(), WithoutBuiltIn: true})
}

// tally counts what is found.
type tally struct {
	engine        *detect.Engine
	places        *geo.Atlas
	tenant        nightjar.TenantID
	events, rules int
	found         []nightjar.Finding
}

func newTally(rules *ruleset.Set, places *geo.Atlas, only string) (*tally, error) {
	t := &tally{places: places}
	cfg := detect.Config{Rules: rules}
	for _, info := range rules.Infos() {
		if info.Alerts {
			t.rules++
		}
		if only != "" && (info.ID == only || info.Title == only) {
			cfg.Only = append(cfg.Only, info.Label())
		}
	}
	if only != "" && cfg.Only == nil {
		return nil, fmt.Errorf("no rule has the id or title %q", only)
	}
	var err error
	t.engine, err = detect.New(cfg)
	return t, err
}

func (t *tally) add(feed string, raw []byte) error {
	raw = slices.Clone(raw)
	if t.tenant == "" {
		t.tenant = nightjar.TenantID(sim.TenantOf([][]byte{raw}))
	}
	e, err := normalise.Record(raw, normalise.Origin{Feed: nightjar.Feed(feed), Tenant: t.tenant})
	if err != nil {
		return err
	}
	t.observe(&e)
	return nil
}

func (t *tally) observe(e *nightjar.Event) {
	e.Place = t.places.Place(e)
	e.Ingested = e.Time
	t.events++
	e.Seq = int64(t.events)
	t.found = append(t.found, t.engine.Observe(e)...)
}

// addAll adds events in the order of their time.
func (t *tally) addAll(raw [][]byte) error {
	var all []nightjar.Event
	tenant := nightjar.TenantID(sim.TenantOf(raw))
	for _, r := range raw {
		e, err := normalise.Record(r, normalise.Origin{Tenant: tenant})
		if err != nil {
			return err
		}
		all = append(all, e)
	}
	slices.SortStableFunc(all, func(a, b nightjar.Event) int { return a.Time.Compare(b.Time) })
	for i := range all {
		t.observe(&all[i])
	}
	return nil
}

// forget drops what was found before a time.
func (t *tally) forget(before time.Time) {
	t.found = slices.DeleteFunc(t.found, func(f nightjar.Finding) bool { return f.Time.Before(before) })
}

// alertGap is the time after which the same finding is another alert, as in
// internal/alert.
const alertGap = 24 * time.Hour

// alerts are the findings that begin an alert.
func (t *tally) alerts() []nightjar.Finding {
	last := map[string]time.Time{}
	var begin []nightjar.Finding
	for _, f := range t.found {
		if before, ok := last[f.Fingerprint]; !ok || f.Time.Sub(before) > alertGap {
			begin = append(begin, f)
		}
		last[f.Fingerprint] = f.Time
	}
	return begin
}

func (t *tally) loud() int {
	n := 0
	for _, f := range t.alerts() {
		if f.Severity.Rank() >= nightjar.SeverityHigh.Rank() {
			n++
		}
	}
	return n
}

func (t *tally) print(samples int) {
	findings, alerts, first := map[string]int{}, map[string][]nightjar.Finding{}, map[string]nightjar.Finding{}
	for _, f := range t.found {
		findings[f.Rule]++
		first[f.Rule] = f
	}
	for _, f := range t.alerts() {
		alerts[f.Rule] = append(alerts[f.Rule], f)
	}
	var order []string
	for rule := range findings {
		order = append(order, rule)
	}
	slices.SortFunc(order, func(a, b string) int {
		return cmp.Or(cmp.Compare(first[b].Severity.Rank(), first[a].Severity.Rank()), cmp.Compare(len(alerts[b]), len(alerts[a])), cmp.Compare(a, b))
	})
	fmt.Printf("\n%-14s %8s %8s  %s\n", "severity", "alerts", "findings", "rule")
	for _, rule := range order {
		fmt.Printf("%-14s %8d %8d  %s\n", first[rule].Severity, len(alerts[rule]), findings[rule], first[rule].Title)
		for i, f := range alerts[rule] {
			if i == samples {
				break
			}
			fmt.Printf("%33s %s %s\n", "", f.Time.Format("01-02 15:04"), f.Reason)
		}
	}
}
