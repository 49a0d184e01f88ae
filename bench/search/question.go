package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/nightjar-sec/nightjar/internal/search"
)

// question is what somebody looks for on the search screen.
type question struct {
	name    string
	words   string
	filters []search.Filter
	like    string // what plain SQL looks for in raw; "" for no comparison

	shown, found    int64
	cold, baseline  time.Duration
	rows, histogram []time.Duration
	values          []time.Duration
	files           string
}

// body is the question as the console sends it.
func (q question) body(more map[string]any) map[string]any {
	b := map[string]any{"table": "management", "from": firstDay(), "to": firstDay().AddDate(0, 0, days)}
	if q.words != "" {
		b["words"] = q.words
	}
	var filters []map[string]any
	for _, f := range q.filters {
		filters = append(filters, map[string]any{"field": f.Field, "op": f.Op, "value": f.Value})
	}
	if filters != nil {
		b["filters"] = filters
	}
	maps.Copy(b, more)
	return b
}

// ask makes the questions; names come from the events of the largest tenant.
func ask(tenants []tenant) ([]question, error) {
	t := tenants[0]
	middle, err := t.event(uint64(t.events / 2))
	if err != nil {
		return nil, err
	}
	users, addresses, operations := map[string]int{}, map[string]int{}, map[string]int{}
	for i := range t.events / days {
		e, err := t.event(uint64(i))
		if err != nil {
			return nil, err
		}
		operations[e.Operation]++
		if strings.Contains(e.UserID, "@") {
			users[e.UserID]++
		}
		if e.ClientIP.IsValid() {
			addresses[e.ClientIP.String()]++
		}
	}
	rank := func(counts map[string]int) []string {
		return slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
			return cmp.Or(cmp.Compare(counts[b], counts[a]), strings.Compare(a, b))
		})
	}
	byUser, byAddress, byOperation := rank(users), rank(addresses), rank(operations)
	word, _, _ := strings.Cut(middle.ID, "-")
	is := func(field, value string) search.Filter {
		return search.Filter{Field: field, Op: search.Is, Value: value}
	}
	not := func(field, value string) search.Filter {
		return search.Filter{Field: field, Op: search.IsNot, Value: value}
	}
	name, _, _ := strings.Cut(byUser[len(byUser)/2], "@")
	return []question{
		{name: "nothing typed"},
		{name: "a frequent word", words: byOperation[0], like: byOperation[0]},
		{name: "a rare word", words: word, like: word},
		{name: "an absent word", words: "quetzalcoatl", like: "quetzalcoatl"},
		{name: "a part of a user's name", words: name, like: name},
		{name: "two words, without a third", words: "failed token -" + name, like: "failed"},
		{name: "free text in quotes", words: `"Windows NT 10.0; Win64"`, like: "Windows NT 10.0; Win64"},
		{name: "free text that is absent", words: `"of the third kind"`, like: "of the third kind"},
		{name: "characters without a word", words: `"://"`, like: "://"},
		{name: "a typical user", filters: []search.Filter{is("user_id", byUser[len(byUser)/2])}, like: byUser[len(byUser)/2]},
		{name: "a busy user", filters: []search.Filter{is("user_id", byUser[0])}, like: byUser[0]},
		{name: "a rare address", filters: []search.Filter{is("client_ip", byAddress[len(byAddress)-1])}, like: byAddress[len(byAddress)-1]},
		{name: "a frequent address", filters: []search.Filter{is("client_ip", byAddress[0])}, like: byAddress[0]},
		{name: "a frequent operation", filters: []search.Filter{is("operation", byOperation[0])}, like: byOperation[0]},
		{name: "a rare operation", filters: []search.Filter{is("operation", byOperation[len(byOperation)-1])}, like: byOperation[len(byOperation)-1]},
		{name: "without the frequent", filters: []search.Filter{not("operation", byOperation[0]), not("operation", byOperation[1]), not("user_id", byUser[0])}},
		{name: "a part of an object", filters: []search.Filter{{Field: "object_id", Op: search.Contains, Value: "quarterly"}}, like: "quarterly"},
		{name: "a field of the record", filters: []search.Filter{is("$.ErrorNumber", "50126")}, like: fmt.Sprintf("%q", "50126")},
	}, nil
}
