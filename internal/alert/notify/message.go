package notify

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/alert"
)

// State is what happened to an alert that people are told of.
type State string

// The states.
const (
	StateOpened       State = "opened"
	StateRaised       State = "raised" // to a higher severity
	StateAcknowledged State = "acknowledged"
	StateReopened     State = "reopened"
	StateClosed       State = "closed"
	StateReminder     State = "reminder" // still nobody acknowledged it
)

// States returns all states.
func States() []State {
	return []State{StateOpened, StateRaised, StateAcknowledged, StateReopened, StateClosed, StateReminder}
}

// Notice is one state of one alert, as it was then.
type Notice struct {
	State       State             `json:"state"`
	Alert       string            `json:"alert"`
	Number      int64             `json:"number"`
	Tenant      nightjar.TenantID `json:"tenant"`
	TenantName  string            `json:"tenant_name,omitempty"` // filled in when it is sent
	Rule        string            `json:"rule"`
	Pack        string            `json:"pack,omitempty"`
	Title       string            `json:"title"`
	Severity    nightjar.Severity `json:"severity"`
	Was         nightjar.Severity `json:"was,omitempty"`
	Reason      string            `json:"reason"`
	Status      alert.Status      `json:"status"`
	Disposition alert.Disposition `json:"disposition,omitempty"`
	Assignee    string            `json:"assignee,omitempty"`
	By          string            `json:"by,omitempty"`
	Comment     string            `json:"comment,omitempty"`
	Count       int64             `json:"count"`
	Findings    int64             `json:"findings"`
	First       time.Time         `json:"first"`
	Last        time.Time         `json:"last"`
	Opened      time.Time         `json:"opened"`
	Time        time.Time         `json:"time"`
	Entities    []nightjar.Entity `json:"entities,omitempty"`
	Tags        []string          `json:"tags,omitempty"`
	Incident    string            `json:"incident,omitempty"`
	Version     int64             `json:"version"`
	Round       int64             `json:"round,omitempty"` // of a reminder
	Link        string            `json:"link,omitempty"`  // filled in when it is sent
}

// maxNotices bounds one message; what is more goes into the next.
const maxNotices = 500

// Message is what a sink sends: one or more notices.
type Message struct {
	// Key names the message: the same one has the same key, however often it
	// is sent, and after a crash too.
	Key     string
	Channel string // id
	Notices []Notice
	// Repeated says that it may have arrived before, and people should know.
	Repeated bool
	// Test says that somebody tries the channel.
	Test bool
	// Created is when the message was made, not when it is sent.
	Created time.Time
	// Link is where the console shows alerts; "" when nobody knows.
	Link string
}

// Severity is the highest of the notices.
func (m Message) Severity() nightjar.Severity {
	top := nightjar.SeverityInformational
	for _, n := range m.Notices {
		if n.Severity.Rank() > top.Rank() {
			top = n.Severity
		}
	}
	return top
}

// Thread is the alert that all notices are about, or "" when they are about several.
func (m Message) Thread() string {
	if len(m.Notices) == 0 {
		return ""
	}
	one := m.Notices[0].Alert
	if slices.ContainsFunc(m.Notices, func(n Notice) bool { return n.Alert != one }) {
		return ""
	}
	return one
}

// Shown returns the notices that people should see first, at most so many:
// the most severe, the earliest of these first; and how many are left out.
func (m Message) Shown(most int) (shown []Notice, more int) {
	sorted := slices.Clone(m.Notices)
	slices.SortStableFunc(sorted, func(a, b Notice) int { return cmp.Compare(b.Severity.Rank(), a.Severity.Rank()) })
	if len(sorted) <= most {
		return sorted, 0
	}
	return sorted[:most], len(sorted) - most
}

// keyOf makes the key of an alert's state on a channel: the same whenever the
// same thing is told.
func (n Notice) keyOf(channel string) string {
	what := string(n.State)
	switch n.State {
	case StateOpened:
	case StateReminder:
		// Rounds begin anew when an alert is reopened, which is another version.
		what += fmt.Sprintf(":%d:%d", n.Version, n.Round)
	case StateRaised, StateAcknowledged, StateReopened, StateClosed:
		// Each of these may happen more than once.
		what += fmt.Sprintf(":%d", n.Version)
	}
	return digest(n.Alert, what, channel)
}

// digest hashes texts so that no two lists of them are written alike.
func digest(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// noticeOf makes a notice of a change, and reports whether people are told of
// changes like it.
func noticeOf(c alert.Change) (Notice, bool) {
	var state State
	switch c.Kind {
	case alert.ChangeOpened:
		state = StateOpened
	case alert.ChangeRaised:
		state = StateRaised
	case alert.ChangeAcknowledged:
		state = StateAcknowledged
	case alert.ChangeReopened:
		state = StateReopened
	case alert.ChangeClosed:
		state = StateClosed
	case alert.ChangeUpdated, alert.ChangeAssigned, alert.ChangeCommented:
		// Counts and comments are told with the next state or reminder.
	}
	a := c.Alert
	n := Notice{
		State: state, Alert: a.ID, Number: a.Number, Tenant: a.Tenant, Rule: a.Rule, Pack: a.Pack, Title: a.Title, Severity: a.Severity, Was: c.Was,
		Reason: a.Reason, Status: a.Status, Disposition: a.Disposition, Assignee: a.AssigneeName, By: c.By.Name, Comment: c.Comment,
		Count: a.Count, Findings: a.Findings, First: a.First, Last: a.Last, Opened: a.Opened, Time: c.Time, Entities: a.Entities, Tags: a.Tags,
		Incident: a.Incident, Version: a.Version,
	}
	return n, state != ""
}

// OneLine makes a line of a text: whatever breaks or hides lines becomes a
// space, and what nobody sees goes, such as letters of no width and those that
// turn the direction of writing.
func OneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Cf, r):
			return -1
		case unicode.Is(unicode.Cc, r):
			return ' '
		}
		return r
	}, s)
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r <= ' ' || r == 0x2028 || r == 0x2029 }), " ")
}

// Cut shortens a text to so many bytes, at the end of a character.
func Cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	const mark = "…"
	if most <= len(mark) {
		return ""
	}
	end := most - len(mark)
	for end > 0 && s[end]&0xC0 == 0x80 {
		end--
	}
	return s[:end] + mark
}
