package signin

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/geo"
	"github.com/nightjar-sec/nightjar/internal/query"
)

// maxPlaces bounds an answer: more can neither be drawn nor read.
const maxPlaces = 10_000

// Span is the time of the sign-ins, From inclusive, To exclusive.
type Span struct{ From, To time.Time }

// Engine answers a query; *query.Engine does. An interface, so that a caller
// can put its own limits and queue in front.
type Engine interface {
	Run(ctx context.Context, req query.Request, sink query.Sink) (query.Stats, error)
}

// Place is where people signed in from, in one layer.
type Place struct {
	Country string `json:"country"` // ISO 3166-1 alpha-2; "" when not known
	City    string `json:"city"`    // "" when only the country is known
	// Lat and Lon are nil when only the country is known.
	Lat    *float64  `json:"lat"`
	Lon    *float64  `json:"lon"`
	Layer  Layer     `json:"layer"`
	Count  int64     `json:"count"`
	Failed int64     `json:"failed"` // of Count; tells attempts through an anonymiser from successes
	People int64     `json:"people"`
	First  time.Time `json:"first"`
	Last   time.Time `json:"last"`
	Source string    `json:"source"` // who says where: see the column place_source
}

// Unplaced counts the sign-ins that no place can be shown for truly.
type Unplaced struct {
	Reason Reason `json:"reason"`
	Text   string `json:"text"`
	Count  int64  `json:"count"`
}

// Answer is where people signed in from in a span. Each sign-in is counted
// once in Total; those of Microsoft's services, whose rows in the layer service
// show where the service stands, are in Unplaced as well.
type Answer struct {
	From     time.Time  `json:"from"`
	To       time.Time  `json:"to"`
	SQL      string     `json:"sql"`
	Total    int64      `json:"total"`
	Places   []Place    `json:"places"`   // the most frequent first
	Unplaced []Unplaced `json:"unplaced"` // of all layers, whichever were asked for
	// Attributions are what the sources of the places ask to be shown with them.
	Attributions []geo.Attribution `json:"attributions"`
	// Partial says that there are more places than an answer holds; the rarest are left out.
	Partial bool `json:"partial"`
}

// Places answers for some tenants. layers choose what is in Answer.Places;
// none means all.
func Places(ctx context.Context, engine Engine, tenants []nightjar.Tenant, span Span, layers []Layer) (Answer, error) {
	if !span.From.Before(span.To) {
		return Answer{}, &nightjar.Error{Code: nightjar.CodeInvalid, Message: "the span ends before it begins", Hint: "give a begin that is before the end"}
	}
	a := Answer{From: span.From.UTC(), To: span.To.UTC(), SQL: SQL(span), Places: []Place{}, Unplaced: []Unplaced{}, Attributions: []geo.Attribution{}}
	s := &sink{answer: &a, layers: layers, unplaced: map[Reason]int64{}}
	if _, err := engine.Run(ctx, query.Request{SQL: a.SQL, Tenants: tenants}, s); err != nil {
		return Answer{}, fmt.Errorf("count sign-ins by place: %w", err)
	}
	for _, r := range Reasons() {
		if n := s.unplaced[r]; n > 0 {
			a.Unplaced = append(a.Unplaced, Unplaced{r, r.Text(), n})
		}
	}
	slices.SortStableFunc(a.Unplaced, func(x, y Unplaced) int { return cmp.Compare(y.Count, x.Count) })
	a.Partial = s.rows >= maxPlaces
	return a, nil
}

// sink reads the rows of placesSQL.
type sink struct {
	answer   *Answer
	layers   []Layer
	unplaced map[Reason]int64
	columns  map[string]int
	rows     int
}

// Columns implements query.Sink.
func (s *sink) Columns(columns []query.Column) error {
	s.columns = map[string]int{}
	for i, c := range columns {
		s.columns[c.Name] = i
	}
	return nil
}

// Row implements query.Sink.
func (s *sink) Row(values []any) error {
	s.rows++
	p := Place{
		Country: column[string](s, values, "country"), City: column[string](s, values, "city"), Layer: Layer(column[string](s, values, "layer")),
		Count: column[int64](s, values, "n"), Failed: column[int64](s, values, "failed"), People: column[int64](s, values, "people"),
		First: column[time.Time](s, values, "first").UTC(), Last: column[time.Time](s, values, "last").UTC(), Source: column[string](s, values, "source"),
	}
	reason := Reason(column[string](s, values, "reason"))
	s.answer.Total += p.Count
	if reason != "" {
		s.unplaced[reason] += p.Count
	}
	if reason != "" && (reason != ReasonMicrosoftService || p.Source == "") || len(s.layers) > 0 && !slices.Contains(s.layers, p.Layer) {
		return nil
	}
	lat, known := values[s.columns["lat"]].(float64)
	lon, knownToo := values[s.columns["lon"]].(float64)
	if known && knownToo {
		p.Lat, p.Lon = &lat, &lon
	}
	s.answer.Places = append(s.answer.Places, p)
	if due, ok := geo.AttributionOf(p.Source); ok && !slices.Contains(s.answer.Attributions, due) {
		s.answer.Attributions = append(s.answer.Attributions, due)
	}
	return nil
}

// column is a value by its column's name; the zero value for NULL.
func column[T any](s *sink, values []any, name string) T {
	v, _ := values[s.columns[name]].(T)
	return v
}
