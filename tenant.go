package nightjar

import (
	"regexp"
	"strings"
	"time"
)

// TenantID is the directory (tenant) id of a Microsoft 365 tenant: a GUID,
// lower-case, with hyphens.
type TenantID string

var guid = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// ParseTenantID accepts a GUID in any case, with or without braces.
func ParseTenantID(s string) (TenantID, error) {
	t := strings.ToLower(strings.Trim(strings.TrimSpace(s), "{}"))
	if !guid.MatchString(t) || t == string(Installation) {
		return "", &Error{
			Code:    CodeInvalid,
			Message: "tenant id " + quote(s) + " is not a GUID",
			Hint:    "copy \"Directory (tenant) ID\" from the application's Overview page in the Entra admin center",
		}
	}
	return TenantID(t), nil
}

// Tenant is one watched Microsoft 365 tenant, without its credential.
type Tenant struct {
	ID       TenantID
	Name     string // unique, for people and the command line
	Cloud    string // name of a Cloud
	ClientID string // application (client) id, a GUID
	Tag      string // written on each of its events; empty means Name
	Start    time.Time
	Feeds    map[Feed]FeedOptions // a feed that is absent has the zero options
	Created  time.Time
	Paused   bool
}

// FeedOptions are the choices that an administrator has for one feed of one
// tenant. The zero value collects everything.
type FeedOptions struct {
	Off   bool
	Start time.Time // earliest content to collect; zero means as far back as Microsoft holds
	Tag   string    // overrides the tenant's tag
	// DedupeBytes bounds the memory of the Bloom filter that stands in front
	// of exact deduplication, in bytes per tenant and event day; 0 means the default.
	DedupeBytes int
	Filter      FeedFilter
}

// FeedFilter drops kinds of events before they are stored. What it drops is
// counted as filtered. The zero value drops nothing.
type FeedFilter struct {
	DropRecordTypes []int
	DropOperations  []string // compared without case
}

func quote(s string) string {
	if len(s) > 80 {
		s = s[:80] + "…"
	}
	return "\"" + s + "\""
}
