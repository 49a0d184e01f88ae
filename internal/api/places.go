package api

import (
	"fmt"
	"slices"
	"time"

	"github.com/nightjar-sec/nightjar/internal/query"
	"github.com/nightjar-sec/nightjar/internal/search"
)

type placeBody struct {
	Country string    `json:"country"`
	City    string    `json:"city"`
	Lat     float64   `json:"lat"`
	Lon     float64   `json:"lon"`
	Layer   string    `json:"layer"`
	Count   int64     `json:"count"`
	People  int64     `json:"people"`
	First   time.Time `json:"first"`
	Last    time.Time `json:"last"`
}

type unplacedBody struct {
	Reason string `json:"reason"`
	Text   string `json:"text,omitempty"`
	Count  int64  `json:"count"`
}

type placesAnswer struct {
	From     time.Time      `json:"from"`
	To       time.Time      `json:"to"`
	SQL      string         `json:"sql,omitempty"`
	Items    []placeBody    `json:"items"`
	Unplaced []unplacedBody `json:"unplaced"`
}

func (s *Server) listPlaces(c *call) error {
	from, to, err := c.span(day)
	if err != nil {
		return err
	}
	layers := c.r.URL.Query()["layer"]
	for _, l := range layers {
		if !slices.Contains([]string{"user", "failed", "service", "anonymiser"}, l) {
			return invalid("there is no such layer", "the layers are user, failed, service and anonymiser")
		}
	}
	c.extend(s.wall() + queueWait + writeBound)
	out, err := c.places(from, to, layers)
	if err != nil {
		return err
	}
	return c.ok(out)
}

// places counts sign-ins by place and layer.
func (c *call) places(from, to time.Time, layers []string) (placesAnswer, error) {
	sql := fmt.Sprintf(`SELECT country, city, lat, lon, CASE WHEN operation = 'UserLoginFailed' THEN 'failed' ELSE 'user' END AS layer,
  count(*) AS n, count(DISTINCT user_id) AS people, min(time) AS first, max(time) AS last
FROM azure_ad
WHERE time >= %s AND time < %s AND operation IN ('UserLoggedIn', 'UserLoginFailed')
GROUP BY country, city, lat, lon, layer
ORDER BY n DESC, country, city, layer`, search.Timestamp(from), search.Timestamp(to))
	t := &table{}
	if _, err := c.run(sql, query.Limits{Bytes: jsonBytes}, t); err != nil {
		return placesAnswer{}, err
	}
	out := placesAnswer{From: from, To: to, SQL: sql, Items: []placeBody{}, Unplaced: []unplacedBody{}}
	var unknown int64
	for _, r := range t.rows {
		lat, placed := r[2].(float64)
		lon, placedToo := r[3].(float64)
		if layer := text(r[4]); len(layers) > 0 && !slices.Contains(layers, layer) {
			continue
		}
		if !placed || !placedToo {
			unknown += integer(r[5])
			continue
		}
		out.Items = append(out.Items, placeBody{
			Country: text(r[0]), City: text(r[1]), Lat: lat, Lon: lon, Layer: text(r[4]), Count: integer(r[5]), People: integer(r[6]),
			First: moment(r[7]), Last: moment(r[8]),
		})
	}
	if unknown > 0 {
		out.Unplaced = append(out.Unplaced, unplacedBody{"unknown", "Where the address is is not known.", unknown})
	}
	return out, nil
}
