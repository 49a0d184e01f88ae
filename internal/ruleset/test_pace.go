package ruleset

import (
	"strconv"
	"strings"
	"time"

	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// pace says when something of a test happens, and how often.
type pace struct {
	at     time.Time
	every  time.Duration
	repeat int
}

// once is what happens at a time when nothing else is said.
func once(at time.Time) pace { return pace{at: at, every: time.Second, repeat: 1} }

// last is when the last repetition happens.
func (p pace) last() time.Time { return p.time(p.repeat - 1) }

// time is when the i-th repetition happens.
func (p pace) time(i int) time.Time { return p.at.Add(time.Duration(i) * p.every) }

// read reads a key that is a pace's, and says whether it is.
func (p *pace) read(e sigma.Entry) (own bool, err error) {
	switch e.Key {
	case "at":
		var offset time.Duration
		offset, err = span(e)
		p.at = TestStart().Add(offset)
	case "every":
		p.every, err = span(e)
	case "repeat":
		var s string
		if s, err = e.Text(); err != nil {
			return true, err
		}
		if p.repeat, err = strconv.Atoi(s); err != nil || p.repeat < 1 {
			err = sigma.Invalid(e.Line, "repeat is a number of times, not %q", s)
		}
	default:
		return false, nil
	}
	return true, err
}

// span reads 20s, 15m, 2h, 3d, 2w or 1h30m, with a minus before it for what
// was earlier.
func span(e sigma.Entry) (time.Duration, error) {
	s, err := e.Text()
	if err != nil {
		return 0, err
	}
	d, ok := parseSpan(s)
	if !ok {
		return 0, sigma.Invalid(e.Line, "%s is a span such as 20s, 15m, 2h or 3d, not %q", e.Key, s)
	}
	return d, nil
}

func parseSpan(s string) (time.Duration, bool) {
	for unit, hours := range map[string]int{"d": 24, "w": 7 * 24} {
		if days, found := strings.CutSuffix(s, unit); found {
			n, err := strconv.Atoi(days)
			return time.Duration(n*hours) * time.Hour, err == nil && n < 10_000 && n > -10_000
		}
	}
	d, err := time.ParseDuration(s)
	return d, err == nil
}
