// Command rules measures how many events a second one core matches against
// Sigma rules: with the index and with the plain evaluator, in one run, by
// processor time, from raw JSON.
//
// The rules are those of a folder, made 150 and then 3,000 by copies whose
// literals are changed. Every rule is asked of every event, which is harder
// than in the product, where an event meets the rules of its source alone.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"slices"
	"syscall"
	"time"

	"github.com/nightjar-sec/nightjar/internal/sigma"
	"github.com/nightjar-sec/nightjar/internal/sigma/index"
)

// The marks of docs/benchmarks.md.
type mark struct {
	rules        int
	events       float64 // a CPU second
	timesAsPlain float64
}

func marks() []mark { return []mark{{150, 150_000, 10}, {3000, 120_000, 100}} }

func main() {
	o := options{}
	flag.StringVar(&o.rules, "rules", "../shared/data/sigma", "folder with Sigma rules")
	flag.StringVar(&o.input, "input", "../shared/data/ual/real-half.ndjson.gz", "file with one event a line, .gz too")
	flag.StringVar(&o.source, "source", "any", "source of the events; any asks every rule of every event")
	flag.StringVar(&o.profile, "cpuprofile", "", "write a profile of the index with the most rules here")
	flag.DurationVar(&o.time, "time", 4*time.Second, "processor time of each measurement")
	flag.Parse()
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "Error:", err)
		os.Exit(1)
	}
}

type options struct {
	rules, input, source, profile string
	time                          time.Duration
}

func run(o options) error {
	runtime.GOMAXPROCS(1)
	for _, path := range []string{o.rules, o.input} {
		if _, err := os.Stat(path); os.IsNotExist(err) {
			// Rules and events of others are not part of this repository.
			fmt.Printf("rules: not measured, %s is not here; go run ./bench/rules -rules DIR -input EVENTS.ndjson measures yours\n", path)
			return nil
		}
	}
	events, bytes, err := readEvents(o.input)
	if err != nil {
		return err
	}
	source, err := chooseSource(o.source)
	if err != nil {
		return err
	}
	fmt.Printf("%d events of %d bytes on average, source %s, one core, processor time\n\n", len(events), bytes/len(events), o.source)
	fmt.Println("| rules | engine | µs CPU/event | events/s | best round | allocations/event | matches/event | compiled in |")
	fmt.Println("|---|---|---|---|---|---|---|---|")
	held := true
	for _, m := range marks() {
		rules, err := makeRules(o.rules, m.rules)
		if err != nil {
			return err
		}
		indexed, compiled := measureIndex(source, rules, events, o, m.rules == marks()[len(marks())-1].rules)
		plain := measurePlain(source, rules, events, o)
		indexed.print(m.rules, "index", compiled)
		plain.print(m.rules, "plain", 0)
		if indexed.matches != plain.matches {
			return fmt.Errorf("the index finds %d matches in the first events, the plain evaluator %d", indexed.matches, plain.matches)
		}
		rate, times := indexed.rate(), plain.perEvent/indexed.perEvent
		fmt.Printf("\n%d rules: %.0f events/s (mark %.0f), %.0f times the plain evaluator (mark %.0f)\n\n", m.rules, rate, m.events, times, m.timesAsPlain)
		held = held && rate >= m.events && times >= m.timesAsPlain
	}
	if !held {
		fmt.Println("a mark was missed")
	}
	return nil
}

func chooseSource(name string) (*sigma.Source, error) {
	c, err := sigma.NewCatalogue()
	if err != nil {
		return nil, err
	}
	if name == "any" {
		return c.Everything(), nil
	}
	return c.Source(name)
}

// figures are one measurement.
type figures struct {
	perEvent float64 // seconds of processor time, the median of the rounds
	best     float64 // that of the best round
	allocs   float64 // an event
	matches  int     // in the first `common` events
	perMatch float64 // matches an event
}

// common is how many events both engines count the matches of.
const common = 100

// rounds is how often each measurement is made.
const rounds = 9

func (f figures) rate() float64 { return 1 / f.perEvent }

func (f figures) print(rules int, engine string, compiled time.Duration) {
	took := "–"
	if compiled > 0 {
		took = compiled.Round(time.Millisecond).String()
	}
	fmt.Printf("| %d | %s | %.2f | %.0f | %.0f | %.2f | %.2f | %s |\n", rules, engine, f.perEvent*1e6, f.rate(), 1/f.best, f.allocs, f.perMatch, took)
}

func measureIndex(source *sigma.Source, rules []*sigma.Rule, events [][]byte, o options, last bool) (figures, time.Duration) {
	start := cpu()
	set := index.Compile([]*sigma.Source{source}, rules)
	compiled := cpu() - start
	fmt.Fprintf(os.Stderr, "%+v\n", set.Stats(source.Name))
	m := set.NewMatcher()
	match := func(raw []byte) int {
		found, err := m.Match(source.Name, raw)
		if err != nil {
			panic(err)
		}
		return len(found)
	}
	if last && o.profile != "" {
		f, err := os.Create(o.profile)
		if err == nil && pprof.StartCPUProfile(f) == nil {
			defer f.Close()
			defer pprof.StopCPUProfile()
		}
	}
	return measure(match, events, o.time), compiled
}

func measurePlain(source *sigma.Source, rules []*sigma.Rule, events [][]byte, o options) figures {
	p := sigma.NewPlain(source, rules)
	return measure(func(raw []byte) int {
		e, err := sigma.Decode(raw)
		if err != nil {
			panic(err)
		}
		return len(p.Match(e))
	}, events, o.time)
}

// measure runs match over the events, again and again, for some processor time.
func measure(match func([]byte) int, events [][]byte, budget time.Duration) figures {
	var f figures
	for i, raw := range events[:min(len(events), common)] { // also warms up
		n := match(raw)
		if i < common {
			f.matches += n
		}
	}
	debug.FreeOSMemory()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	count, matches := 0, 0
	var each []float64
	// The processor may be shared: a round in which a neighbour works on the
	// same core is slower, by processor time too.
	for range rounds {
		start, first := cpu(), count
		for cpu()-start < budget/rounds {
			for _, raw := range events[count%len(events) : min(count%len(events)+common, len(events))] {
				matches += match(raw)
				count++
			}
		}
		each = append(each, (cpu()-start).Seconds()/float64(count-first))
	}
	runtime.ReadMemStats(&after)
	slices.Sort(each)
	f.perEvent, f.best = each[rounds/2], each[0]
	f.allocs = float64(after.Mallocs-before.Mallocs) / float64(count)
	f.perMatch = float64(matches) / float64(count)
	return f
}

// cpu is the user and system time of this process.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
