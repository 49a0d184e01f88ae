package api

import (
	"context"
	"maps"
	"net/http"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/connect"
)

type feedOptions struct {
	Feed string `json:"feed"`
	On   *bool  `json:"on"`
}

// feeds puts what is chosen over what is there; options that the console does
// not show stay as they are.
func feedsOf(now map[nightjar.Feed]nightjar.FeedOptions, chosen []feedOptions) (map[nightjar.Feed]nightjar.FeedOptions, error) {
	out := map[nightjar.Feed]nightjar.FeedOptions{}
	maps.Copy(out, now)
	for _, c := range chosen {
		f, err := nightjar.ParseFeed(c.Feed)
		if err != nil {
			return nil, err
		}
		if c.On == nil {
			return nil, invalid("the feed "+string(f)+" is neither on nor off", "give on: true or false")
		}
		o := out[f]
		o.Off = !*c.On
		out[f] = o
	}
	return out, nil
}

func (s *Server) addConnection(c *call) error {
	var q struct {
		TenantID   string          `json:"tenant_id"` // read by permitBody
		Name       string          `json:"name"`
		Cloud      string          `json:"cloud"`
		ClientID   string          `json:"client_id"`
		Tag        string          `json:"tag"`
		Start      time.Time       `json:"start"`
		Feeds      []feedOptions   `json:"feeds"`
		Credential credentialInput `json:"credential"`
	}
	if err := c.decode(&q); err != nil {
		return err
	}
	if c.tenant == "" {
		return invalid("no tenant is named", "give tenant_id")
	}
	feeds, err := feedsOf(nil, q.Feeds)
	if err != nil {
		return err
	}
	in, err := c.credential(q.Credential)
	if err != nil {
		return err
	}
	var added connect.Added
	err = c.recording(nightjar.ActionConnectionAdd, c.tenant, q.Name, map[string]string{"credential": q.Credential.Kind}, func(ctx context.Context) (err error) {
		added, err = s.cfg.Connect.Add(ctx, nightjar.Tenant{
			ID: c.tenant, Name: q.Name, Cloud: q.Cloud, ClientID: q.ClientID, Tag: q.Tag, Start: q.Start, Feeds: feeds, Created: s.cfg.Clock.Now(),
		}, in)
		return err
	})
	if err != nil {
		return err
	}
	return c.answerConnection(http.StatusCreated, added.Connection)
}

func (s *Server) changeConnection(c *call) error {
	var q struct {
		Name  *string        `json:"name"`
		Tag   *string        `json:"tag"`
		Feeds *[]feedOptions `json:"feeds"`
	}
	if err := c.decode(&q); err != nil {
		return err
	}
	k, err := c.connection()
	if err != nil {
		return err
	}
	change, changed := connect.Change{Name: q.Name, Tag: q.Tag}, map[string]string{}
	if q.Feeds != nil {
		if change.Feeds, err = feedsOf(k.Feeds, *q.Feeds); err != nil {
			return err
		}
		// A feed that is off is what nobody sees from now on.
		for _, f := range *q.Feeds {
			changed[f.Feed] = map[bool]string{true: "on", false: "off"}[*f.On]
		}
	}
	if q.Name != nil {
		changed["name"] = *q.Name
	}
	if q.Tag != nil {
		changed["tag"] = *q.Tag
	}
	if len(changed) == 0 {
		return invalid("nothing is to be changed", "give name, tag or feeds")
	}
	err = c.recording(nightjar.ActionConnectionEdit, k.ID, k.Name, changed, func(ctx context.Context) (err error) {
		k, err = s.cfg.Connect.Update(ctx, string(k.ID), change)
		return err
	})
	if err != nil {
		return err
	}
	return c.answerConnection(http.StatusOK, k)
}

func (s *Server) pauseConnection(c *call) error {
	k, err := c.connection()
	if err != nil {
		return err
	}
	err = c.recording(nightjar.ActionConnectionPause, k.ID, k.Name, nil, func(ctx context.Context) (err error) {
		k, err = s.cfg.Connect.Pause(ctx, string(k.ID))
		return err
	})
	if err != nil {
		return err
	}
	return c.answerConnection(http.StatusOK, k)
}

func (s *Server) resumeConnection(c *call) error {
	k, err := c.connection()
	if err != nil {
		return err
	}
	err = c.recording(nightjar.ActionConnectionResume, k.ID, k.Name, nil, func(ctx context.Context) (err error) {
		k, err = s.cfg.Connect.Resume(ctx, string(k.ID))
		return err
	})
	if err != nil {
		return err
	}
	return c.answerConnection(http.StatusOK, k)
}

func (s *Server) removeConnection(c *call) error {
	k, err := c.connection()
	if err != nil {
		return err
	}
	done, err := c.disconnect(k)
	if err != nil {
		return err
	}
	return c.ok(struct {
		TenantID  nightjar.TenantID `json:"tenant_id"`
		Name      string            `json:"name"`
		Forgotten []string          `json:"forgotten"`
		Kept      []string          `json:"kept"`
	}{k.ID, k.Name, some(done.Forgotten), some(done.Kept)})
}

func (c *call) disconnect(k connect.Connection) (done connect.Removed, err error) {
	err = c.recording(nightjar.ActionConnectionRemove, k.ID, k.Name, nil, func(ctx context.Context) (err error) {
		done, err = c.server.cfg.Connect.Remove(ctx, string(k.ID))
		return err
	})
	if err == nil {
		c.server.cfg.Registry.Forget(k.ID)
	}
	return done, err
}

func (s *Server) collectNow(c *call) error {
	k, err := c.connection()
	if err != nil {
		return err
	}
	if k.Paused {
		return problem(nightjar.CodeConflict, "the connection is paused", "resume it first")
	}
	out := struct {
		Feeds []nightjar.Feed `json:"feeds"`
		Time  time.Time       `json:"time"`
	}{[]nightjar.Feed{}, s.cfg.Clock.Now()}
	for _, f := range nightjar.Feeds() {
		if !k.Feeds[f].Off {
			out.Feeds = append(out.Feeds, f)
			s.cfg.Collector.Wake(k.ID, f)
		}
	}
	if err := c.record(nightjar.ActionConnectionCollect, k.ID, k.Name, nil); err != nil {
		return err
	}
	return c.answer(http.StatusAccepted, out)
}
