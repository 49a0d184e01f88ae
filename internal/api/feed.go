package api

import (
	"slices"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/collect"
	"github.com/nightjar-sec/nightjar/internal/connect"
	"github.com/nightjar-sec/nightjar/internal/health"
)

type feedBody struct {
	Feed          nightjar.Feed `json:"feed"`
	On            bool          `json:"on"`
	State         string        `json:"state"`
	LastSuccess   time.Time     `json:"last_success,omitzero"`
	ListedFrom    time.Time     `json:"listed_from,omitzero"`
	ListedTo      time.Time     `json:"listed_to,omitzero"`
	Lag           *float64      `json:"lag_seconds,omitempty"`
	Pending       int64         `json:"pending"`
	OldestPending time.Time     `json:"oldest_pending,omitzero"`
	Expires       time.Time     `json:"expires,omitzero"`
	Events        int64         `json:"events"`
	Lost          int64         `json:"lost"`
	Gaps          int           `json:"gaps"`
}

// behindAfter is when content that waits is no longer what a moment brings.
const behindAfter = time.Hour

// firstFor bounds the first collection of a tenant. What is not fetched after
// a day of trying is behind, however old it was when it was found.
const firstFor = 24 * time.Hour

func feedOf(f collect.FeedCoverage, k connect.Connection, warnings []health.Active, now time.Time) feedBody {
	o := k.Feeds[f.Feed]
	b := feedBody{
		Feed: f.Feed, On: !o.Off, LastSuccess: f.LastSuccess, ListedFrom: f.ListedFrom, ListedTo: f.ListedTo,
		Pending: f.Total.Pending, Events: f.Total.Stored, Lost: f.Total.Lost, Gaps: len(f.Gaps),
	}
	if !f.ListedTo.IsZero() {
		lag := max(now.Sub(f.ListedTo).Seconds(), 0)
		b.Lag = &lag
	}
	for _, h := range f.Hours {
		if h.Pending > 0 {
			b.OldestPending, b.Expires = h.Hour, h.Hour.Add(nightjar.ContentRetention)
			break
		}
	}
	b.State = b.state(k.Created, warnings, now)
	return b
}

// state is "first" while what Microsoft held before the tenant was connected is
// fetched, unless health says that some of it is about to be lost.
func (b feedBody) state(created time.Time, warnings []health.Active, now time.Time) string {
	if !b.On {
		return "off"
	}
	state := "ok"
	switch {
	case b.LastSuccess.IsZero():
		state = "waiting"
	case !b.OldestPending.IsZero() && now.Sub(b.OldestPending) > behindAfter+time.Hour:
		state = "behind"
		if b.OldestPending.Before(created) && now.Sub(created) < firstFor {
			state = "first"
		}
	}
	for _, w := range warnings {
		// What is wrong with the tenant as a whole is wrong with each feed.
		if w.Source != "" && w.Source != string(b.Feed) || w.Severity == health.SeverityInfo {
			continue
		}
		if slices.Contains(failures(), w.Code) {
			return "failing"
		}
		switch w.Code {
		case nightjar.WarnThrottledLong:
			state = "throttled"
		case nightjar.WarnContentExpiryNear, nightjar.WarnContentExpiryAtRisk:
			if state == "first" {
				state = "behind"
			}
		default:
		}
	}
	return state
}

// failures are the conditions under which a feed brings nothing.
func failures() []nightjar.WarningCode {
	return []nightjar.WarningCode{
		nightjar.WarnSubscriptionDisabled, nightjar.WarnSourceSilent, nightjar.WarnPermissionMissing, nightjar.WarnCredentialWrong,
		nightjar.WarnCredentialExpired, nightjar.WarnTenantUnreachable, nightjar.WarnAuditOff,
	}
}
