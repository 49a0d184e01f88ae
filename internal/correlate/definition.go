package correlate

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// definition is a correlation made ready.
type definition struct {
	*sigma.Correlation
	label   string // tells it from all others in a snapshot
	version string // equal when it and all that it rests on are equal
	span    int64  // nanoseconds
	// lateness is how far behind its time an observation may be. delay is how
	// far its time is behind the tenant's, since it rests on correlations that
	// are decided only when their timespan is over.
	lateness, delay int64

	limits Config
	stats  *Stats
	source *sigma.Source
	reads  map[string][]sigma.Field // field or alias -> what it is for each rule
	lookup func(label string) *sigma.Rule
	make   func(*definition) (state, error)
	outer  []target // who rests on it
}

// target is a place among a correlation's rules.
type target struct{ def, rule int }

// values reads a field of an event that matches the rule with that index. What
// an inner correlation grouped by is what it found, not what the event says.
func (d *definition) values(field string, rule int, e *sigma.Event, origin *Hit) []string {
	fields, known := d.reads[field]
	if !known {
		for _, ref := range d.Rules {
			fields = append(fields, d.source.Field(cmp.Or(d.Aliases[field][ref], field)))
		}
		d.reads[field] = fields
	}
	f := fields[rule]
	if origin != nil {
		for i, name := range origin.Correlation.GroupBy {
			if strings.EqualFold(name, f.Name) {
				return []string{origin.Key[i]}
			}
		}
	}
	if e == nil {
		return nil
	}
	return f.Values(e)
}

// maxKeysOfEvent is how many keys one event may count for: a field of group-by
// with a list of values makes one of each.
const maxKeysOfEvent = 100

// keys joins the values of group-by; none when a field has no value.
func (d *definition) keys(rule int, e *sigma.Event, origin *Hit) []string {
	keys := []string{""}
	for _, field := range d.GroupBy {
		values := d.values(field, rule, e, origin)
		if len(values) == 0 {
			return nil
		}
		next := make([]string, 0, len(keys)*len(values))
		for _, key := range keys {
			for _, v := range values {
				if len(next) == maxKeysOfEvent {
					d.stats.Dropped++
					break
				}
				next = append(next, joinKey(key, sigma.Fold(v)))
			}
		}
		keys = next
	}
	return keys
}

// joinKey appends a value so that different lists never make the same key.
func joinKey(key, value string) string {
	return key + strconv.Itoa(len(value)) + ":" + value
}

// splitKey is what joinKey joined.
func splitKey(key string) ([]string, error) {
	list := []string{}
	for key != "" {
		size, rest, ok := strings.Cut(key, ":")
		n, err := strconv.Atoi(size)
		if !ok || err != nil || n < 0 || n > len(rest) || strconv.Itoa(n) != size {
			return nil, corrupt("a key is not one")
		}
		list = append(list, rest[:n])
		key = rest[n:]
	}
	return list, nil
}

func corrupt(format string, args ...any) error {
	return &nightjar.Error{
		Code: nightjar.CodeCorrupt, Message: "the state of the correlations cannot be read: " + fmt.Sprintf(format, args...),
		Hint: "without it the state is made anew from the journal",
	}
}
