package correlate

import (
	"strconv"
	"strings"

	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// newDistinct counts values, or combinations of the values of several fields.
func newDistinct(d *definition) (state, error) {
	need, err := d.atLeast()
	if err != nil {
		return nil, err
	}
	if d.deferred() {
		holds := func(window []entry) bool { return d.within(float64(len(distinct(window)))) }
		return newClosing(d, need+1, combinations, holds, d.sayDistinct), nil
	}
	find := func(s *series, i int) (span, bool) { return d.various(s, i, need) }
	return &rising{def: d, store: newStore(d, need), entry: combinations, find: find, say: d.sayDistinct}, nil
}

// combinations remembers the values of the fields; without one of each the
// event does not count.
func combinations(o *observation, e *entry) bool {
	list := []string{""}
	for _, field := range o.def.Fields {
		var next []string
		for _, head := range list {
			for _, v := range o.values(field) {
				if len(next) == maxKeysOfEvent {
					o.def.stats.Dropped++
					break
				}
				v = sigma.Fold(v)
				if len(o.def.Fields) > 1 {
					v = joinKey(head, v)
				}
				next = append(next, v)
			}
		}
		list = next
	}
	e.values = list
	return len(list) > 0
}

// various looks for a window with so many values, the entry at i in it.
func (d *definition) various(s *series, i, need int) (span, bool) {
	if s.fewer(need) {
		return span{}, false
	}
	at := s.entries[i].at
	lo := s.from(at - d.span)
	seen := map[string]int{}
	for k := lo; k < len(s.entries) && s.entries[k].at <= at+d.span; k++ {
		for _, v := range s.entries[k].values {
			seen[v]++
		}
		if k < i {
			continue
		}
		to := s.entries[k].at
		for ; s.entries[lo].at < to-d.span; lo++ {
			for _, v := range s.entries[lo].values {
				if seen[v]--; seen[v] == 0 {
					delete(seen, v)
				}
			}
		}
		if len(seen) >= need {
			return span{s.entries[lo].at, to}, true
		}
	}
	return span{}, false
}

// distinct lists the values of a window, each once, in the order of time.
func distinct(window []entry) []string {
	var list []string
	seen := map[string]bool{}
	for i := range window {
		for _, v := range window[i].values {
			if !seen[v] {
				seen[v] = true
				list = append(list, v)
			}
		}
	}
	return list
}

// maxSaid is how many values a reason names.
const maxSaid = 10

func (d *definition) sayDistinct(window []entry) map[string]string {
	list := distinct(window)
	said := make([]string, min(len(list), maxSaid))
	for i := range said {
		said[i] = list[i]
		if len(d.Fields) > 1 {
			parts, _ := splitKey(list[i]) // it comes from joinKey; read from a snapshot it may be odd, but is only shown
			said[i] = strings.Join(parts, " ")
		}
	}
	values := strings.Join(said, ", ")
	if more := len(list) - len(said); more > 0 {
		values += " and " + strconv.Itoa(more) + " more"
	}
	return map[string]string{"count": strconv.Itoa(len(window)), "distinct": strconv.Itoa(len(list)), "values": values}
}
