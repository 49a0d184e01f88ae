package notify

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

// Routes returns the routes in their order.
func (n *Notifier) Routes(ctx context.Context) (Routes, error) {
	return routes(ctx, n.db)
}

// everything are the routes while none were saved: all that alerts goes to all
// channels.
func everything(list []Channel) []Route {
	r := Route{Name: "everything"}
	for _, c := range list {
		r.Channels = append(r.Channels, c.ID)
	}
	return []Route{r}
}

func routes(ctx context.Context, db bun.IDB) (Routes, error) {
	var row struct {
		Version int64  `bun:"routes_version"`
		Routes  string `bun:"routes"`
		Updated int64  `bun:"routes_updated"`
	}
	if err := db.NewRaw(sqlRoutes).Scan(ctx, &row); err != nil {
		return Routes{}, fmt.Errorf("read the routes: %w", catalog.Translate(err))
	}
	out := Routes{Version: row.Version, Updated: timeOf(row.Updated)}
	if row.Version == 0 {
		list, err := channels(ctx, db)
		if err != nil {
			return Routes{}, err
		}
		out.Routes = everything(list)
		return out, nil
	}
	if err := json.Unmarshal([]byte(row.Routes), &out.Routes); err != nil {
		return Routes{}, fmt.Errorf("read the routes: %w", err)
	}
	return out, nil
}

// SaveRoutes puts routes in place of those of the version.
func (n *Notifier) SaveRoutes(ctx context.Context, r Routes) (saved Routes, err error) {
	if len(r.Routes) > maxRoutes {
		return Routes{}, invalid(fmt.Sprintf("there are more than %d routes", maxRoutes), "join some")
	}
	err = n.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := n.checkRoutes(ctx, tx, r.Routes); err != nil {
			return err
		}
		old, err := routes(ctx, tx)
		if err != nil {
			return err
		}
		if old.Version != r.Version {
			return &nightjar.Error{Code: nightjar.CodeConflict, Message: "somebody saved the routes meanwhile", Hint: "look at theirs, and make your change again"}
		}
		saved = Routes{Version: r.Version + 1, Routes: r.Routes, Updated: n.now()}
		if err := putRoutes(ctx, tx, saved); err != nil {
			return err
		}
		catalog.AfterCommit(ctx, n.wakeAll)
		return nil
	})
	return saved, err
}

func putRoutes(ctx context.Context, tx bun.Tx, r Routes) error {
	if r.Routes == nil {
		r.Routes = []Route{}
	}
	text, err := json.Marshal(r.Routes)
	if err != nil {
		return fmt.Errorf("encode the routes: %w", err)
	}
	return exec(ctx, tx, sqlSaveRoutes, r.Version, string(text), micros(r.Updated))
}

func (n *Notifier) checkRoutes(ctx context.Context, db bun.IDB, list []Route) error {
	all, err := channels(ctx, db)
	if err != nil {
		return err
	}
	var known []string
	for _, c := range all {
		known = append(known, c.ID)
	}
	names := map[string]bool{}
	for _, r := range list {
		if err := r.check(known); err != nil {
			return err
		}
		if names[r.Name] {
			return invalid(fmt.Sprintf("two routes are called %.80q", r.Name), "give each a name of its own")
		}
		names[r.Name] = true
	}
	return nil
}

const (
	sqlRoutes     = `SELECT routes_version, routes, routes_updated FROM notify_state WHERE id = 1`
	sqlSaveRoutes = `UPDATE notify_state SET routes_version = ?, routes = ?, routes_updated = ?, revision = revision + 1 WHERE id = 1`
)

// Hit is a route that takes an alert.
type Hit struct {
	Route    string
	Channels []string
	Notified bool      // whether it tells the state
	Due      time.Time // when quiet hours end; zero when none hold it back
	// Instead says that the route does not take it: its channels are told of one
	// that fails because nobody else would be.
	Instead bool
}

// Try says where a notice would go; by the saved routes, or by others. Nothing is sent.
func (n *Notifier) Try(ctx context.Context, what Notice, other []Route) ([]Hit, error) {
	list := other
	if other == nil {
		saved, err := n.Routes(ctx)
		if err != nil {
			return nil, err
		}
		list = saved.Routes
	} else if err := n.checkRoutes(ctx, n.db, other); err != nil {
		return nil, err
	}
	all, err := channels(ctx, n.db)
	if err != nil {
		return nil, err
	}
	if what.Time.IsZero() {
		what.Time = n.now()
	}
	p := plan{channels: map[string]Channel{}, routes: list}
	for _, c := range all {
		p.channels[c.ID] = c
	}
	var out []Hit
	for _, r := range hits(list, what) {
		h := Hit{Route: r.Name, Due: r.held(what, what.Time)}
		for _, c := range all {
			if among(r.Channels, c.ID) && len(r.Channels) > 0 {
				h.Channels = append(h.Channels, c.ID)
				h.Notified = h.Notified || r.tells(what.State, n.kinds[c.Kind])
			}
		}
		out = append(out, h)
	}
	more, err := n.also(ctx, p, what)
	return append(out, more...), err
}

// also are the routes that do not take a notice, with the channels that are
// told of it all the same.
func (n *Notifier) also(ctx context.Context, p plan, what Notice) ([]Hit, error) {
	all := p.chosen(what, n.kinds)
	others, err := n.instead(ctx, n.db, p, what, all)
	if err != nil {
		return nil, err
	}
	ends, err := n.begun(ctx, n.db, p, what, append(all, others...))
	if err != nil {
		return nil, err
	}
	var out []Hit
	for i, r := range append(others, ends...) {
		h := Hit{Route: r.route.Name, Channels: []string{r.channel}, Notified: true, Due: r.route.held(what, what.Time), Instead: i < len(others)}
		if last := len(out) - 1; last >= 0 && out[last].Instead == h.Instead && out[last].Route == h.Route {
			out[last].Channels = append(out[last].Channels, r.channel)
			continue
		}
		out = append(out, h)
	}
	return out, nil
}

// held is until when quiet hours hold a notice back.
func (r Route) held(n Notice, now time.Time) time.Time {
	if r.Quiet == nil || n.Severity == nightjar.SeverityCritical {
		return time.Time{}
	}
	return r.Quiet.until(now)
}
