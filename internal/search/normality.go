package search

import (
	"slices"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/query"
)

const (
	// NormalSpan is how far what is normal looks back.
	NormalSpan = 30 * 24 * time.Hour
	// NormalFindings is how many of an alert's latest findings are compared.
	NormalFindings = 10

	// NormalMost is how many values of a field are looked at, the most frequent.
	NormalMost = 10_000

	// NormalRowsMost is how many rows an answer can have: NormalMost of each field
	// and of the days, and one more. The limit of the questions of people is not
	// theirs: what is normal would fail whole.
	NormalRowsMost = 8 * (NormalMost + 1)

	// normalValues is how many values of a field are told.
	normalValues = 20
)

// NormalQuestion is what is asked to set the events of an alert beside those
// of the time before.
type NormalQuestion struct {
	Entity   *nightjar.Entity // whose events; nil when the alert is about nobody whose events can be told
	From, To time.Time
	Before   string // SQL of the time before; "" without an entity
	Evidence string // SQL of the alert's own events; "" when there are none
}

// AskNormal asks what was normal before an alert, whose first event is at
// first: of the user that it is about, else of the mailbox, the application,
// the address and so on.
func AskNormal(about []nightjar.Entity, first time.Time, evidence []nightjar.EventRef) (q NormalQuestion, err error) {
	q.From, q.To = first.Add(-NormalSpan), first
	if err := q.about(about); err != nil || q.Entity == nil || len(evidence) == 0 {
		return q, err
	}
	ids := make([]string, len(evidence))
	from, to := evidence[0].Time, evidence[0].Time
	for i, e := range evidence {
		ids[i] = e.ID
		if e.Time.Before(from) {
			from = e.Time
		}
		if e.Time.After(to) {
			to = e.Time
		}
	}
	q.Evidence, err = NormalOf(ids, from, to)
	return q, err
}

func (q *NormalQuestion) about(all []nightjar.Entity) error {
	for _, kind := range []nightjar.EntityKind{
		nightjar.EntityUser, nightjar.EntityMailbox, nightjar.EntityApplication, nightjar.EntityAddress, nightjar.EntitySession, nightjar.EntitySite, nightjar.EntityFile,
	} {
		for _, e := range all {
			if e.Kind != kind {
				continue
			}
			sql, ok, err := Normal(e, q.From, q.To)
			if err != nil {
				return err
			}
			if ok {
				q.Entity, q.Before = &e, sql
				return nil
			}
		}
	}
	return nil
}

// Normality is what was normal for somebody, and what of an alert's events was
// not seen before. The API and the command line write it as it is.
type Normality struct {
	Entity *nightjar.Entity `json:"entity,omitempty"`
	From   time.Time        `json:"from"`
	To     time.Time        `json:"to"`
	Total  int64            `json:"total"`
	Days   int              `json:"days"` // with events
	Fields []NormalOfField  `json:"fields"`
	SQL    []string         `json:"sql"`
}

// NormalOfField is what was normal in one field.
type NormalOfField struct {
	Field    string `json:"field"`
	Text     string `json:"text"`
	Distinct int    `json:"distinct"`
	// Cut says that there are more than NormalMost values: Distinct is that many,
	// and of New nothing is said.
	Cut    bool          `json:"cut"`
	Values []NormalValue `json:"values"` // the most frequent first
	New    []string      `json:"new"`    // of the alert's events, and not seen before
}

// NormalValue is how often a value was seen.
type NormalValue struct {
	Value string    `json:"value"`
	Count int64     `json:"count"`
	Last  time.Time `json:"last"`
}

// Answer sets the answers to both questions beside each other.
func (q NormalQuestion) Answer(before, evidence NormalRows) Normality {
	out := Normality{Entity: q.Entity, From: q.From, To: q.To, Fields: []NormalOfField{}, SQL: []string{}}
	if q.Entity == nil {
		return out
	}
	for _, sql := range []string{q.Before, q.Evidence} {
		if sql != "" {
			out.SQL = append(out.SQL, sql)
		}
	}
	out.Days = len(before["day"])
	for _, v := range before["day"] {
		out.Total += v.Count
	}
	for _, f := range NormalFields() {
		all := before[f.Name]
		one := NormalOfField{Field: f.Name, Text: f.Text, Distinct: len(all), Values: append([]NormalValue{}, all[:min(len(all), normalValues)]...), New: []string{}}
		if one.Cut = len(all) > NormalMost; one.Cut {
			one.Distinct = NormalMost
		}
		for _, v := range evidence[f.Name] {
			if !one.Cut && !slices.ContainsFunc(all, func(b NormalValue) bool { return b.Value == v.Value }) {
				one.New = append(one.New, v.Value)
			}
		}
		out.Fields = append(out.Fields, one)
	}
	return out
}

// NormalRows are the rows of one of the answers by field, in their order. It
// takes them as a query.Sink; make it before.
type NormalRows map[string][]NormalValue

// Columns implements query.Sink.
func (NormalRows) Columns([]query.Column) error { return nil }

// Row implements query.Sink.
func (r NormalRows) Row(row []any) error {
	// The query says which types these have.
	field, _ := row[0].(string)
	value, _ := row[1].(string)
	count, _ := row[2].(int64)
	last, _ := row[3].(time.Time)
	r[field] = append(r[field], NormalValue{value, count, last})
	return nil
}
