package api

import (
	"context"
	"time"

	"github.com/nightjar-sec/nightjar/internal/query"
	"github.com/nightjar-sec/nightjar/internal/signin"
)

// placeBody is a place without coordinates when only its country is known.
type placeBody struct {
	Country string       `json:"country"`
	City    string       `json:"city"`
	Lat     *float64     `json:"lat,omitempty"`
	Lon     *float64     `json:"lon,omitempty"`
	Layer   signin.Layer `json:"layer"`
	Count   int64        `json:"count"`
	Failed  int64        `json:"failed"`
	People  int64        `json:"people"`
	First   time.Time    `json:"first"`
	Last    time.Time    `json:"last"`
	Source  string       `json:"source,omitempty"`
}

type placesAnswer struct {
	From     time.Time         `json:"from"`
	To       time.Time         `json:"to"`
	SQL      string            `json:"sql"`
	Total    int64             `json:"total"`
	Partial  bool              `json:"partial"`
	Items    []placeBody       `json:"items"`
	Unplaced []signin.Unplaced `json:"unplaced"`
	// Attributions are what the sources' licences ask to be shown with the places.
	Attributions []attributionBody `json:"attributions"`
}

type attributionBody struct {
	Text string `json:"text"`
	URL  string `json:"url"`
}

func (s *Server) listPlaces(c *call) error {
	from, to, err := c.span(day)
	if err != nil {
		return err
	}
	var layers []signin.Layer
	for _, name := range c.r.URL.Query()["layer"] {
		l, err := signin.ParseLayer(name)
		if err != nil {
			return err
		}
		layers = append(layers, l)
	}
	c.extend(s.wall() + queueWait + writeBound)
	out, err := c.places(from, to, layers)
	if err != nil {
		return err
	}
	return c.ok(out)
}

// share is the caller's share of the engine.
type share struct{ c *call }

// Run implements signin.Engine. The tenants are those of the call, whichever
// the request names.
func (s share) Run(_ context.Context, req query.Request, sink query.Sink) (query.Stats, error) {
	return s.c.run(req.SQL, query.Limits{Bytes: jsonBytes}, sink)
}

// places counts sign-ins by place and layer.
func (c *call) places(from, to time.Time, layers []signin.Layer) (placesAnswer, error) {
	a, err := signin.Places(c.ctx, share{c}, c.scope, signin.Span{From: from, To: to}, layers)
	if err != nil {
		return placesAnswer{}, err
	}
	out := placesAnswer{From: a.From, To: a.To, SQL: a.SQL, Total: a.Total, Partial: a.Partial, Items: []placeBody{}, Unplaced: some(a.Unplaced), Attributions: []attributionBody{}}
	for _, p := range a.Places {
		out.Items = append(out.Items, placeBody(p))
	}
	for _, due := range a.Attributions {
		out.Attributions = append(out.Attributions, attributionBody(due))
	}
	return out, nil
}
