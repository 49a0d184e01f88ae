package api

import (
	"slices"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/collect"
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

func feedOf(f collect.FeedCoverage, o nightjar.FeedOptions, warnings []health.Active, now time.Time) feedBody {
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
	b.State = b.state(warnings, now)
	return b
}

func (b feedBody) state(warnings []health.Active, now time.Time) string {
	if !b.On {
		return "off"
	}
	state := "ok"
	switch {
	case b.LastSuccess.IsZero():
		state = "waiting"
	case !b.OldestPending.IsZero() && now.Sub(b.OldestPending) > behindAfter+time.Hour:
		state = "behind"
	}
	for _, w := range warnings {
		// What is wrong with the tenant as a whole is wrong with each feed.
		if w.Source != "" && w.Source != string(b.Feed) || w.Severity == health.SeverityInfo {
			continue
		}
		if slices.Contains(failures(), w.Code) {
			return "failing"
		}
		if w.Code == nightjar.WarnThrottledLong {
			state = "throttled"
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
