package api

import (
	"context"
	"net/http"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/alert/notify"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

type channelField struct {
	Name     string   `json:"name"`
	Title    string   `json:"title"`
	Help     string   `json:"help,omitempty"`
	Secret   bool     `json:"secret"`
	Required bool     `json:"required"`
	Default  string   `json:"default,omitempty"`
	Options  []string `json:"options,omitempty"`
	Example  string   `json:"example,omitempty"`
}

type channelKind struct {
	Kind       string         `json:"kind"`
	Title      string         `json:"title"`
	Fields     []channelField `json:"fields"`
	Idempotent bool           `json:"idempotent"`
	Bundles    bool           `json:"bundles"`
	OnDoubt    notify.OnDoubt `json:"on_doubt"`
}

func (s *Server) listChannelKinds(c *call) error {
	var out []channelKind
	for _, k := range s.cfg.Notifier.Kinds() {
		one := channelKind{Kind: k.Name, Title: k.Title, Idempotent: k.Idempotent, Bundles: k.Bundles, OnDoubt: notify.DoubtSend}
		for _, f := range k.Fields {
			one.Fields = append(one.Fields, channelField{f.Name, f.Title, f.Help, f.Secret, f.Required, f.Default, f.Options, f.Example})
		}
		out = append(out, one)
	}
	return c.ok(listOf(out))
}

// channelBody is a channel as callers see it: without what is secret.
type channelBody struct {
	ID           string              `json:"id"`
	Name         string              `json:"name"`
	Kind         string              `json:"kind"`
	Enabled      bool                `json:"enabled"`
	Settings     map[string]string   `json:"settings"`
	Secrets      []string            `json:"secrets"`
	Destination  string              `json:"destination,omitempty"`
	PerMinute    int                 `json:"per_minute"`
	OnDoubt      notify.OnDoubt      `json:"on_doubt"`
	State        notify.ChannelState `json:"state"`
	Problem      string              `json:"problem,omitempty"`
	FailingSince time.Time           `json:"failing_since,omitzero"`
	LastSent     time.Time           `json:"last_sent,omitzero"`
	Waiting      int64               `json:"waiting"`
	Dead         int64               `json:"dead"`
	Doubtful     int64               `json:"doubtful"`
	Created      time.Time           `json:"created"`
	Updated      time.Time           `json:"updated"`
}

func channelOf(c notify.Channel) channelBody {
	return channelBody{
		ID: c.ID, Name: c.Name, Kind: c.Kind, Enabled: c.Enabled, Settings: c.Settings, Secrets: some(c.Secrets), Destination: c.Destination,
		PerMinute: c.PerMinute, OnDoubt: c.OnDoubt, State: c.State(), Problem: c.Problem, FailingSince: c.FailingSince, LastSent: c.LastSent,
		Waiting: c.Waiting, Dead: c.Dead, Doubtful: c.Doubtful, Created: c.Created, Updated: c.Updated,
	}
}

func (s *Server) listChannels(c *call) error {
	list, err := s.cfg.Notifier.List(c.ctx)
	if err != nil {
		return err
	}
	var out []channelBody
	for _, one := range list {
		out = append(out, channelOf(one))
	}
	return c.ok(listOf(out))
}

func (s *Server) getChannel(c *call) error {
	one, err := s.cfg.Notifier.Get(c.ctx, c.r.PathValue("id"))
	if err != nil {
		return err
	}
	return c.ok(channelOf(one))
}

// sealed takes secrets out of a body.
func sealed(given map[string]string) map[string]secret.Value {
	out := map[string]secret.Value{}
	for name, text := range given {
		out[name] = secret.New(text)
	}
	return out
}

func (s *Server) addChannel(c *call) error {
	var q struct {
		Name      string            `json:"name"`
		Kind      string            `json:"kind"`
		Enabled   *bool             `json:"enabled"`
		Settings  map[string]string `json:"settings"`
		Secrets   map[string]string `json:"secrets"`
		PerMinute int               `json:"per_minute"`
		OnDoubt   notify.OnDoubt    `json:"on_doubt"`
	}
	if err := c.decode(&q); err != nil {
		return err
	}
	one := notify.Channel{Name: q.Name, Kind: q.Kind, Enabled: q.Enabled == nil || *q.Enabled, Settings: q.Settings, PerMinute: q.PerMinute, OnDoubt: q.OnDoubt}
	err := c.recording(nightjar.ActionChannelAdd, "", q.Name, map[string]string{"kind": q.Kind}, func(ctx context.Context) (err error) {
		one, err = s.cfg.Notifier.Add(ctx, one, sealed(q.Secrets))
		return err
	})
	if err != nil {
		return err
	}
	return c.answer(http.StatusCreated, channelOf(one))
}

func (s *Server) changeChannel(c *call) error {
	var q struct {
		Name      *string           `json:"name"`
		Enabled   *bool             `json:"enabled"`
		Settings  map[string]string `json:"settings"`
		Secrets   map[string]string `json:"secrets"`
		PerMinute *int              `json:"per_minute"`
		OnDoubt   *notify.OnDoubt   `json:"on_doubt"`
	}
	if err := c.decode(&q); err != nil {
		return err
	}
	old, err := s.cfg.Notifier.Get(c.ctx, c.r.PathValue("id"))
	if err != nil {
		return err
	}
	change := notify.ChannelChange{Name: q.Name, Enabled: q.Enabled, Settings: q.Settings, Secrets: sealed(q.Secrets), PerMinute: q.PerMinute, OnDoubt: q.OnDoubt}
	var one notify.Channel
	err = c.recording(nightjar.ActionChannelEdit, "", old.Name, change.Detail(), func(ctx context.Context) (err error) {
		one, err = s.cfg.Notifier.Change(ctx, old.ID, change)
		return err
	})
	if err != nil {
		return err
	}
	return c.ok(channelOf(one))
}

func (s *Server) removeChannel(c *call) error {
	old, err := s.cfg.Notifier.Get(c.ctx, c.r.PathValue("id"))
	if err != nil {
		return err
	}
	err = c.recording(nightjar.ActionChannelRemove, "", old.Name, map[string]string{"kind": old.Kind}, func(ctx context.Context) error {
		_, err := s.cfg.Notifier.Remove(ctx, old.ID)
		return err
	})
	if err != nil {
		return err
	}
	return c.nothing()
}

func (s *Server) testChannel(c *call) error {
	one, err := s.cfg.Notifier.Get(c.ctx, c.r.PathValue("id"))
	if err != nil {
		return err
	}
	c.extend(time.Minute)
	done, err := s.cfg.Notifier.Test(c.ctx, one.ID)
	if err != nil {
		return err
	}
	outcome := "taken"
	if !done.OK {
		outcome = "not taken"
	}
	if err := c.record(nightjar.ActionChannelTest, "", one.Name, map[string]string{"outcome": outcome}); err != nil {
		return err
	}
	return c.ok(struct {
		OK           bool   `json:"ok"`
		Said         string `json:"said,omitempty"`
		Problem      string `json:"problem,omitempty"`
		Hint         string `json:"hint,omitempty"`
		Milliseconds int64  `json:"milliseconds"`
	}{done.OK, done.Said, done.Problem, done.Hint, done.Took.Milliseconds()})
}
