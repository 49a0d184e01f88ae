package api

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/alert/notify"
)

type deliveredNotice struct {
	Alert    string            `json:"alert"`
	Tenant   nightjar.TenantID `json:"tenant"`
	State    notify.State      `json:"state"`
	Severity nightjar.Severity `json:"severity"`
	Title    string            `json:"title"`
}

type deliveryBody struct {
	ID          string            `json:"id"`
	Key         string            `json:"key"`
	Channel     string            `json:"channel"`
	ChannelName string            `json:"channel_name,omitempty"`
	Status      notify.Status     `json:"status"`
	Notices     []deliveredNotice `json:"notices"`
	More        int               `json:"more"`
	Attempts    int               `json:"attempts"`
	Repeated    bool              `json:"repeated"`
	Problem     string            `json:"problem,omitempty"`
	Said        string            `json:"said,omitempty"`
	Created     time.Time         `json:"created"`
	Next        time.Time         `json:"next,omitzero"`
	Sent        time.Time         `json:"sent,omitzero"`
}

func (s *Server) listDeliveries(c *call) error {
	q := c.r.URL.Query()
	limit, err := c.limit()
	if err != nil {
		return err
	}
	f := notify.DeliveryFilter{Channel: q.Get("channel"), Status: notify.Status(q.Get("status")), Alert: q.Get("alert"), Limit: limit}
	if f.Status != "" && !slices.Contains(notify.Statuses(), f.Status) {
		return invalid("there is no such status", "queued, sending, sent, doubtful or dead")
	}
	if cursor := q.Get("cursor"); cursor != "" {
		if f.Before, err = strconv.ParseInt(cursor, 10, 64); err != nil || f.Before < 1 {
			return invalid("the cursor is not one that Nightjar gave", "begin again without a cursor")
		}
	}
	names := map[string]string{}
	channels, err := s.cfg.Notifier.List(c.ctx)
	if err != nil {
		return err
	}
	for _, one := range channels {
		names[one.ID] = one.Name
	}
	found, err := s.cfg.Notifier.Deliveries(c.ctx, f)
	if err != nil {
		return err
	}
	out := list[deliveryBody]{Items: []deliveryBody{}}
	for _, d := range found {
		b := deliveryBody{
			ID: d.ID, Key: d.Key, Channel: d.Channel, ChannelName: names[d.Channel], Status: d.Status, Notices: []deliveredNotice{}, More: d.More,
			Attempts: d.Attempts, Repeated: d.Repeated, Problem: d.Problem, Said: d.Said, Created: d.Created, Next: d.Next, Sent: d.Sent,
		}
		for _, n := range d.Notices {
			b.Notices = append(b.Notices, deliveredNotice{n.Alert, n.Tenant, n.State, n.Severity, n.Title})
		}
		out.Items = append(out.Items, b)
	}
	if len(found) == limit {
		out.Next = found[limit-1].ID
	}
	return c.ok(out)
}

func (s *Server) retryDeliveries(c *call) error {
	var q struct {
		IDs     []string `json:"ids"`
		Channel string   `json:"channel"`
	}
	if err := c.decode(&q); err != nil {
		return err
	}
	target := q.Channel
	if target == "" {
		target = strconv.Itoa(len(q.IDs)) + " deliveries"
	}
	var done int64
	err := c.recording(nightjar.ActionDeliveryRetry, "", target, nil, func(ctx context.Context) (err error) {
		done, err = s.cfg.Notifier.Retry(ctx, q.IDs, q.Channel)
		return err
	})
	if err != nil {
		return err
	}
	return c.ok(struct {
		Retried int64 `json:"retried"`
	}{done})
}
