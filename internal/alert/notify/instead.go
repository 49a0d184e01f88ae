package notify

import (
	"context"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

// receiver is a channel that is told, by the route that names it.
type receiver struct {
	route   Route
	channel string
}

func reaches(list []receiver, channel string) bool {
	return slices.ContainsFunc(list, func(r receiver) bool { return r.channel == channel })
}

// chosen are the channels that the routes name for a notice. One that two
// routes name is told once.
func (p plan) chosen(notice Notice, kinds map[string]Kind) []receiver {
	var out []receiver
	for _, one := range p.named(notice) {
		if !reaches(out, one.channel) && one.route.tells(notice.State, kinds[p.channels[one.channel].Kind]) {
			out = append(out, one)
		}
	}
	return out
}

// named are the channels of the routes that take a notice.
func (p plan) named(notice Notice) []receiver {
	var out []receiver
	for _, r := range hits(p.routes, notice) {
		for _, id := range r.Channels {
			if _, known := p.channels[id]; known {
				out = append(out, receiver{r, id})
			}
		}
	}
	return out
}

// instead are the channels that are told of a failing channel beside the chosen
// ones: those that some route names which is not for certain tenants alone.
// They are told when each of those that hear of the alert and are on is that
// one or fails too, and from then on to the end of the alert.
func (n *Notifier) instead(ctx context.Context, db bun.IDB, p plan, notice Notice, chosen []receiver) ([]receiver, error) {
	about := p.about(notice)
	if notice.Tenant != nightjar.Installation || len(about) == 0 {
		return nil, nil
	}
	var failing []string
	if err := db.NewRaw(sqlFailing).Scan(ctx, &failing); err != nil {
		return nil, fmt.Errorf("look for channels that fail: %w", catalog.Translate(err))
	}
	told, err := toldOf(ctx, db, notice.Alert)
	if err != nil {
		return nil, err
	}
	on := func(r receiver) bool { return p.channels[r.channel].Enabled }
	heard := func(r receiver) bool {
		return on(r) && !slices.Contains(about, r.channel) && !slices.Contains(failing, r.channel)
	}
	// Who hears that it was opened counts, also for a state that he is not told of.
	opening := notice
	opening.State = StateOpened
	hear := append(p.chosen(opening, n.kinds), chosen...)
	nobody := slices.ContainsFunc(chosen, on) && !slices.ContainsFunc(hear, heard)
	if notice.State == StateAcknowledged || notice.State == StateClosed {
		nobody = false // who never heard of it has nothing to end
	}
	var out []receiver
	for _, r := range p.routes {
		if !among(r.Tenants, nightjar.Installation) {
			continue
		}
		for _, id := range r.Channels {
			one := receiver{r, id}
			if !on(one) || slices.Contains(about, id) || reaches(hear, id) || reaches(out, id) || !nobody && !slices.Contains(told, id) {
				continue
			}
			// Who stands in is reminded in the rhythm of those whom he stands in for.
			reminded := notice.State == StateReminder && len(r.States) == 0
			if reminded || r.tells(notice.State, n.kinds[p.channels[id].Kind]) {
				out = append(out, one)
			}
		}
	}
	return out, nil
}

// about are the channels that a notice is about.
func (p plan) about(notice Notice) []string {
	var out []string
	for id, c := range p.channels {
		if slices.Contains(notice.Entities, nightjar.Entity{Kind: nightjar.EntityCollector, Value: c.Name}) {
			out = append(out, id)
		}
	}
	return out
}

const sqlFailing = `SELECT id FROM notify_channels WHERE failing_since > 0`
