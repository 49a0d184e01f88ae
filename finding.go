package nightjar

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Severity says how much a finding or an alert matters, in the words of Sigma.
type Severity string

// The severities, the least first. What is informational never alerts.
const (
	SeverityInformational Severity = "informational"
	SeverityLow           Severity = "low"
	SeverityMedium        Severity = "medium"
	SeverityHigh          Severity = "high"
	SeverityCritical      Severity = "critical"
)

// Severities returns all severities, the least first.
func Severities() []Severity {
	return []Severity{SeverityInformational, SeverityLow, SeverityMedium, SeverityHigh, SeverityCritical}
}

// Rank orders severities: 0 is informational, 4 critical, -1 none of them.
func (s Severity) Rank() int { return slices.Index(Severities(), s) }

// EntityKind is what sort of thing a finding is about.
type EntityKind string

// The kinds of entities.
const (
	EntityUser        EntityKind = "user"
	EntityAddress     EntityKind = "address"
	EntityMailbox     EntityKind = "mailbox"
	EntityApplication EntityKind = "application"
	EntityDevice      EntityKind = "device"
	EntitySite        EntityKind = "site"
	EntityFile        EntityKind = "file"
	EntityGroup       EntityKind = "group"
	EntityRole        EntityKind = "role"
	EntitySession     EntityKind = "session"
	EntityDomain      EntityKind = "domain"
	EntityPolicy      EntityKind = "policy"
	EntityCollector   EntityKind = "collector"
	EntityTenant      EntityKind = "tenant"
)

// EntityKinds returns all kinds.
func EntityKinds() []EntityKind {
	return []EntityKind{
		EntityUser, EntityAddress, EntityMailbox, EntityApplication, EntityDevice, EntitySite, EntityFile, EntityGroup,
		EntityRole, EntitySession, EntityDomain, EntityPolicy, EntityCollector, EntityTenant,
	}
}

// Entity is somebody or something that a finding is about. Values of users,
// mailboxes and addresses are in small letters, so that equal ones are equal.
type Entity struct {
	Kind  EntityKind `json:"kind"`
	Value string     `json:"value"`
}

// MaxEvidence is how many events a finding names; Count says how many there were.
const MaxEvidence = 50

// EventRef names a stored event of the finding's tenant.
type EventRef struct {
	ID        string    `json:"id"`
	Table     Table     `json:"table"`
	Time      time.Time `json:"time"`
	Operation string    `json:"operation,omitempty"`
}

// Finding is one answer of a rule: what it saw, about whom, and because of
// which events. It never changes. The same rule over the same events gives the
// same findings, with the same ids, in the stream and in a backtest.
type Finding struct {
	ID     string // FindingID of what makes it this one
	Tenant TenantID
	Rule   string // id of the rule
	// Version is the fingerprint of the rule as it was: its text and parameters.
	Version  string
	Title    string // of the rule
	Severity Severity
	Reason   string // a sentence with the actual values
	Tags     []string
	Entities []Entity
	// Fingerprint joins findings to one alert: equal ones are of one rule, one
	// tenant and the same entities.
	Fingerprint string

	Time        time.Time // of the event that completed it
	First, Last time.Time // of the events that it rests on
	Count       int64     // of the events that it rests on
	Events      []EventRef
	Values      map[string]string // what the sentence speaks of, by field

	// DryRun says that the rule is tried: the finding is kept and alerts nobody.
	DryRun bool
	// Seq is the commit of the event that completed it; 0 for scheduled rules.
	Seq int64
}

// FindingID makes the id of a finding from what makes it this one: tenant,
// rule, and the event or the span of time that completed it.
func FindingID(parts ...string) string { return digest(parts) }

// Fingerprint makes the fingerprint of a finding: rule, and the entities that
// make one alert of many findings.
func Fingerprint(tenant TenantID, rule string, entities []Entity) string {
	parts := []string{string(tenant), rule}
	sorted := slices.Clone(entities)
	slices.SortFunc(sorted, func(a, b Entity) int {
		return cmp.Or(strings.Compare(string(a.Kind), string(b.Kind)), strings.Compare(a.Value, b.Value))
	})
	for _, e := range sorted {
		parts = append(parts, string(e.Kind), e.Value)
	}
	return digest(parts)
}

// digest hashes texts so that no two lists of them are written alike.
func digest(parts []string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
