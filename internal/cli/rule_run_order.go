package cli

import (
	"bytes"
	"os"
	"slices"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// Of a file that is not in the order of time, so many events that match rules
// of correlations, and so many bytes of them, are kept to be sorted.
const (
	maxKeptEvents = 1_000_000
	maxKeptBytes  = 1 << 30
)

// kept is an event that waits for all to be read: the hits of correlations
// depend on the order of time.
type kept struct {
	at    time.Time
	line  []byte
	found []int // rules that it matches
	id    string
}

// disordered reports whether some event of a file happened before one that
// stands above it. Standard input and pipes cannot be read twice, and are taken
// as they are.
func disordered(p Process, name string) (bool, error) {
	if name == "-" {
		return false, nil
	}
	if stat, err := os.Stat(name); err != nil || !stat.Mode().IsRegular() {
		return false, err //nolint:wrapcheck // it is opened already, so that it is there
	}
	in, err := openInput(p, name)
	if err != nil {
		return false, err
	}
	lines := newLineReader(in)
	var newest time.Time
	for {
		line, err := lines.next()
		if err != nil && nightjar.CodeOf(err) != nightjar.CodeLimit {
			break
		}
		at, known := statedTime(line)
		if known && at.Before(newest) {
			return true, in.Close()
		}
		if known {
			newest = at
		}
	}
	// What cannot be read is said with its line when rules are asked.
	return false, in.Close()
}

// statedTime finds when an event says that it happened without reading all of it.
func statedTime(line []byte) (time.Time, bool) {
	for _, name := range timeFields() {
		_, rest, found := bytes.Cut(line, []byte(`"`+name+`"`))
		if !found {
			continue
		}
		rest, found = bytes.CutPrefix(bytes.TrimLeft(rest, " \t:"), []byte(`"`))
		if end := bytes.IndexByte(rest, '"'); found && end >= 0 {
			if at, ok := parseEventTime(string(rest[:end])); ok {
				return at, true
			}
		}
	}
	return time.Time{}, false
}

// keep puts an event aside. When there are too many, those that were kept are
// observed in their order, and all others as they come.
func (c *correlating) keep(k kept) ([]ruleMatch, error) {
	c.kept, c.keptBytes = append(c.kept, k), c.keptBytes+len(k.line)
	if len(c.kept) < c.mostEvents && c.keptBytes < maxKeptBytes {
		return nil, nil
	}
	c.keeping = false
	return c.observeKept()
}

// observeKept observes what was kept, in the order of time; events of one time
// in that of the file.
func (c *correlating) observeKept() ([]ruleMatch, error) {
	slices.SortStableFunc(c.kept, func(a, b kept) int { return a.at.Compare(b.at) })
	var out []ruleMatch
	for i, k := range c.kept {
		c.kept[i] = kept{} // what is observed need not be held
		event, err := sigma.Decode(k.line)
		if err != nil {
			return out, err
		}
		out = append(out, c.observe(event, k.at, k.found, k.id)...)
	}
	c.sorted += len(c.kept)
	c.kept, c.keptBytes = nil, 0
	return out, nil
}
