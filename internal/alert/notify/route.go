package notify

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/nightjar-sec/nightjar"
)

// GroupBy is what alerts have in common that may go in one message.
type GroupBy string

// The groupings.
const (
	GroupNone     GroupBy = "none"
	GroupTenant   GroupBy = "tenant"
	GroupRule     GroupBy = "rule"
	GroupIncident GroupBy = "incident"
)

// Route says which alerts go to which channels. What is left empty asks
// nothing of an alert.
type Route struct {
	Name       string              `json:"name"`
	Severities []nightjar.Severity `json:"severities,omitempty"`
	Tenants    []nightjar.TenantID `json:"tenants,omitempty"`
	// Tags are patterns, one of which one tag fits; * stands for any text.
	Tags  []string `json:"tags,omitempty"`
	Packs []string `json:"packs,omitempty"`
	Rules []string `json:"rules,omitempty"`
	// Channels are ids; none, and nobody is told of what the route takes.
	Channels []string `json:"channels,omitempty"`
	// States are told; none means the usual ones.
	States   []State `json:"states,omitempty"`
	Continue bool    `json:"continue,omitempty"`
	// GroupBy is GroupRule when empty, and GroupSeconds 30 when nil.
	GroupBy      GroupBy `json:"group_by,omitempty"`
	GroupSeconds *int    `json:"group_seconds,omitempty"`
	// RepeatSeconds is how often to remind; 0 never does.
	RepeatSeconds int    `json:"repeat_seconds,omitempty"`
	Quiet         *Quiet `json:"quiet,omitempty"`
}

// Routes are asked in their order.
type Routes struct {
	// Version is 0 until some are saved; then everything goes to all channels.
	Version int64
	Routes  []Route
	Updated time.Time
}

// usual are the states that routes tell which do not choose.
func usual() []State {
	return []State{StateOpened, StateRaised, StateReopened, StateClosed, StateReminder}
}

// groupWindow is how long those that follow the first of a group are gathered.
const groupWindow = 30 * time.Second

func (r Route) window() time.Duration {
	if r.groupBy() == GroupNone {
		return 0
	}
	if r.GroupSeconds == nil {
		return groupWindow
	}
	return time.Duration(*r.GroupSeconds) * time.Second
}

func (r Route) groupBy() GroupBy {
	if r.GroupBy == "" {
		return GroupRule
	}
	return r.GroupBy
}

// group names what a notice has in common with those it may go with.
func (r Route) group(n Notice) string {
	switch r.groupBy() {
	case GroupTenant:
		return digest("tenant", r.Name, string(n.Tenant))
	case GroupIncident:
		if n.Incident != "" {
			return digest("incident", r.Name, string(n.Tenant), n.Incident)
		}
	case GroupNone:
		// Each state of each alert by itself.
		return digest("alert", r.Name, n.Alert, string(n.State), fmt.Sprint(n.Version, n.Round))
	case GroupRule:
	}
	return digest("rule", r.Name, string(n.Tenant), n.Rule)
}

// takes reports whether an alert fits the route.
func (r Route) takes(n Notice) bool {
	return among(r.Severities, n.Severity) && among(r.Tenants, n.Tenant) && among(r.Packs, n.Pack) && among(r.Rules, n.Rule) &&
		(len(r.Tags) == 0 || slices.ContainsFunc(r.Tags, func(pattern string) bool {
			return slices.ContainsFunc(n.Tags, func(tag string) bool { return fits(pattern, tag) })
		}))
}

func among[T comparable](list []T, one T) bool { return len(list) == 0 || slices.Contains(list, one) }

// fits matches a tag with a pattern in which * stands for any text.
func fits(pattern, tag string) bool {
	// A tag has no slash that path.Match would stop at; what is special to it
	// beside the star is taken as it is.
	clean := strings.NewReplacer(`\`, `\\`, `?`, `\?`, `[`, `\[`).Replace(strings.ToLower(pattern))
	ok, err := path.Match(clean, strings.ToLower(strings.ReplaceAll(tag, "/", "_")))
	return err == nil && ok
}

// tells reports whether a route tells a state to channels of a kind.
func (r Route) tells(s State, k Kind) bool {
	if s == StateReminder {
		return r.RepeatSeconds > 0 && (len(r.States) == 0 || slices.Contains(r.States, s))
	}
	if len(r.States) > 0 {
		return slices.Contains(r.States, s)
	}
	return slices.Contains(usual(), s) || slices.Contains(k.States, s)
}

// endWith names the routes that end the search and have no channel but one.
func (r Routes) endWith(channel string) []string {
	var names []string
	for _, one := range r.Routes {
		if !one.Continue && len(one.Channels) > 0 && !slices.ContainsFunc(one.Channels, func(id string) bool { return id != channel }) {
			names = append(names, one.Name)
		}
	}
	return names
}

// hits returns the routes that take a notice, in order.
func hits(routes []Route, n Notice) []Route {
	var out []Route
	for _, r := range routes {
		if !r.takes(n) {
			continue
		}
		out = append(out, r)
		if !r.Continue {
			break
		}
	}
	return out
}

const (
	maxRoutes  = 200
	maxListed  = 1000
	maxSeconds = 30 * 24 * 60 * 60
)

// check says what is wrong with a route. known are the ids of channels.
func (r Route) check(known []string) error {
	wrong := func(hint, format string, args ...any) error {
		return invalid(fmt.Sprintf("route %.80q: ", r.Name)+fmt.Sprintf(format, args...), hint)
	}
	if !nameOK(r.Name) {
		return invalid(fmt.Sprintf("a route needs a name of at most %d characters, on one line", maxName), "e.g. urgent")
	}
	for _, s := range r.Severities {
		if s.Rank() < 0 {
			return wrong("low, medium, high or critical", "%.20q is no severity", string(s))
		}
	}
	for _, t := range r.Tenants {
		if t == nightjar.Installation {
			continue // what is about Nightjar itself
		}
		if _, err := nightjar.ParseTenantID(string(t)); err != nil {
			return err //nolint:wrapcheck // already a sentence for people
		}
	}
	for _, s := range r.States {
		if !slices.Contains(States(), s) {
			return wrong("opened, raised, acknowledged, reopened, closed or reminder", "%.20q is no state", string(s))
		}
	}
	for _, c := range r.Channels {
		if !slices.Contains(known, c) {
			return wrong("nightjar channel list shows the ids", "there is no channel %.80q", c)
		}
	}
	for _, list := range [][]string{r.Tags, r.Packs, r.Rules, r.Channels} {
		if len(list) > maxListed || slices.ContainsFunc(list, func(s string) bool { return s == "" || len(s) > 200 }) {
			return wrong("name fewer", "a list has more than %d entries, or one that is empty or long", maxListed)
		}
	}
	if !slices.Contains([]GroupBy{"", GroupNone, GroupTenant, GroupRule, GroupIncident}, r.GroupBy) {
		return wrong("none, tenant, rule or incident", "alerts cannot be grouped by %.20q", string(r.GroupBy))
	}
	if r.GroupSeconds != nil && (*r.GroupSeconds < 0 || *r.GroupSeconds > 3600) {
		return wrong("at most 3600", "%d seconds are not a span to gather alerts in", *r.GroupSeconds)
	}
	if r.RepeatSeconds != 0 && (r.RepeatSeconds < 60 || r.RepeatSeconds > maxSeconds) {
		return wrong("between 60 and 2592000, or 0 for never", "reminding every %d seconds is too often or too rare", r.RepeatSeconds)
	}
	if r.Quiet != nil {
		return r.Quiet.check()
	}
	return nil
}
