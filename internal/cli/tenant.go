package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/connect"
)

func newTenant(p Process) *cobra.Command {
	return noun("tenant", "Connect, check and remove tenants",
		newTenantAdd(p), newTenantSetCredential(p), newTenantList(p), newTenantShow(p), newTenantCheck(p), newTenantRemove(p))
}

// connectionLine is a connection as --json prints it (docs/cli-json.md).
type connectionLine struct {
	ID         nightjar.TenantID  `json:"id"`
	Name       string             `json:"name"`
	Cloud      string             `json:"cloud"`
	ClientID   string             `json:"client_id"`
	Tag        string             `json:"tag,omitempty"`
	Start      string             `json:"start,omitempty"`
	Feeds      []string           `json:"feeds"`
	Paused     bool               `json:"paused"`
	Declared   bool               `json:"declared"`
	Credential connect.Credential `json:"credential"`
	Created    string             `json:"created"`
	Updated    string             `json:"updated"`
}

func connectionOf(c connect.Connection) connectionLine {
	l := connectionLine{
		ID: c.ID, Name: c.Name, Cloud: c.Cloud, ClientID: c.ClientID, Tag: c.Tag, Feeds: feedsOn(c.Tenant), Paused: c.Paused,
		Declared: c.Declared, Credential: c.Credential, Created: formatTime(c.Created), Updated: formatTime(c.Updated),
	}
	if !c.Start.IsZero() {
		l.Start = formatTime(c.Start)
	}
	return l
}

func feedsOn(t nightjar.Tenant) []string {
	feeds := []string{}
	for _, f := range nightjar.Feeds() {
		if !t.Feeds[f].Off {
			feeds = append(feeds, string(f))
		}
	}
	return feeds
}

// shortFeeds drops the prefix that all but one feed share.
func shortFeeds(t nightjar.Tenant) string {
	feeds := feedsOn(t)
	if len(feeds) == len(nightjar.Feeds()) {
		return "all"
	}
	return strings.ReplaceAll(strings.Join(feeds, ","), "Audit.", "")
}
