package sim

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"time"
)

// QuietConfig describes a tenant that nobody attacks.
type QuietConfig struct {
	Seed   uint64    // 0 means 1
	People int       // 0 means 1,000
	From   time.Time // midnight UTC of the first day; zero means 2026-01-05, a Monday
	Days   int       // 0 means 37: a week to learn from, and a month
}

// Quiet writes the audit events of a tenant in which people work, travel, mistype,
// get new telephones and leave, administrators do their chores, and nobody attacks.
// Where Generator throws dice for each event, to fill a feed of any size, here
// each person has a day: a place, a laptop and a telephone with their sessions,
// and habits. What a detection says of these events is a false alarm.
//
// The rates are in quiet_day.go and quiet_chores.go. They are guesses at an
// ordinary company, made before any rule was tried on them.
func Quiet(cfg QuietConfig, emit func(feed string, raw []byte) error) error {
	q, err := newQuiet(cfg)
	if err != nil {
		return err
	}
	var acts []act
	for day := range q.cfg.Days {
		midnight := q.cfg.From.AddDate(0, 0, day)
		acts = append(acts, q.day(day, midnight)...)
		slices.SortStableFunc(acts, func(a, b act) int { return a.at.Compare(b.at) })
		// The next day begins in the east while it is still evening here.
		until := midnight.AddDate(0, 0, 1).Add(-eastward)
		if day == q.cfg.Days-1 {
			until = until.AddDate(0, 0, 2)
		}
		n, _ := slices.BinarySearchFunc(acts, until, func(a act, t time.Time) int { return a.at.Compare(t) })
		for _, a := range acts[:n] {
			if err := emit(feedNames[a.feed], q.write(a)); err != nil {
				return err
			}
		}
		acts = slices.Clone(acts[n:])
	}
	return nil
}

// eastward is how long before midnight UTC the earliest act of a day can be.
const eastward = 6 * time.Hour

// act is one event to come.
type act struct {
	at      time.Time
	feed    int
	who     person // with the device at hand in the place of the desk's
	from    string
	sitting string
	write   func(w *writer)
}

type quietTenant struct {
	cfg  QuietConfig
	g    *Generator
	buf  []byte
	next uint64 // number of the next event
}

func newQuiet(cfg QuietConfig) (*quietTenant, error) {
	cfg.Seed, cfg.People, cfg.Days = cmp.Or(cfg.Seed, 1), cmp.Or(cfg.People, 1000), cmp.Or(cfg.Days, 37)
	if cfg.From.IsZero() {
		cfg.From = time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)
	}
	if cfg.People < 20 {
		return nil, errors.New("a quiet tenant needs at least twenty people: some are administrators, and some have just come")
	}
	g, err := NewGenerator(GeneratorConfig{Seed: cfg.Seed, People: cfg.People})
	if err != nil {
		return nil, err
	}
	return &quietTenant{cfg: cfg, g: g}, nil
}

// write returns the raw event, good until the next call.
func (q *quietTenant) write(a act) []byte {
	w := writer{b: q.buf[:0], g: q.g, i: q.next, at: a.at, who: &a.who, from: a.from, sitting: a.sitting, dice: dice{state: mix(q.cfg.Seed ^ q.next*0xd1342543de82ef95)}}
	q.next++
	a.write(&w)
	q.buf = w.b
	return w.b
}

// dice are those of a matter on a day: the same whatever else happens.
func (q *quietTenant) dice(day int, matter string, n int) *dice {
	return &dice{state: hashText(q.cfg.Seed, "quiet", matter, strconv.Itoa(day), strconv.Itoa(n))}
}
