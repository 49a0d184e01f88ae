package config

import (
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/spelling"
)

// KeyDoc describes one key of a structure in the file.
type KeyDoc struct {
	Key string
	Doc string
}

// TenantKeys describes the keys of an entry of tenants.
func TenantKeys() []KeyDoc {
	return []KeyDoc{
		{"name", "Name for people and the command line; unique. Required."},
		{"id", "Directory (tenant) id, a GUID. Required; one connection per id."},
		{"cloud", "commercial (the default), gcc, gcchigh, dod, or a name under clouds."},
		{"client_id", "Application (client) id of the app registration. Required."},
		{"client_secret_file", "File holding the client secret's value; mode 0600. One of the three credentials."},
		{"certificate_file", "PEM certificate registered with the application; needs private_key_file."},
		{"private_key_file", "PEM private key of the certificate; mode 0600."},
		{"federated_token_file", "File holding a token of a federated identity, kept fresh by the platform."},
		{"feeds", "The feeds to collect: a list of names, or a map from name to options. Left out, all five."},
		{"start", "Earliest content to collect (time). Left out, as far back as Microsoft holds."},
		{"tag", "Written on each event of the tenant. Left out, the name."},
		{"paused", "true stops collection and keeps what is stored."},
	}
}

// FeedKeys describes the options of one feed.
func FeedKeys() []KeyDoc {
	return []KeyDoc{
		{"enabled", "false turns the feed off. Default true."},
		{"start", "Earliest content of this feed to collect."},
		{"tag", "Overrides the tenant's tag."},
		{"dedupe_bytes", "Size of this feed's filter in front of exact deduplication."},
		{"filter.drop_record_types", "Record types (numbers) that are dropped before they are stored, and counted as filtered."},
		{"filter.drop_operations", "Operations that are dropped, compared without case."},
	}
}

func keyNames(docs []KeyDoc) []string {
	names := make([]string, len(docs))
	for i, d := range docs {
		names[i] = d.Key
	}
	return names
}

func (r *fileReader) tenants(value *yaml.Node) []Tenant {
	var out []Tenant
	for _, item := range r.entries(value, "tenants", "tenant", "name") {
		out = append(out, r.tenant(item))
	}
	return out
}

// entries are the maps of a list such as tenants. first is the key that one
// begins with.
func (r *fileReader) entries(value *yaml.Node, list, one, first string) []*yaml.Node {
	if value.Kind == yaml.ScalarNode && value.Tag == "!!null" {
		return nil
	}
	hint := "begin each " + one + " with \"- " + first + ":\""
	if value.Kind != yaml.SequenceNode {
		r.fail(value, hint, "%s is not a list", list)
		return nil
	}
	var out []*yaml.Node
	for _, item := range value.Content {
		if item.Kind != yaml.MappingNode {
			r.fail(item, hint, "a %s is a map of keys", one)
			continue
		}
		out = append(out, item)
	}
	return out
}

func (r *fileReader) tenant(m *yaml.Node) Tenant {
	t := Tenant{Line: m.Line}
	for key, v := range r.pairs(m) {
		if key.Value == "feeds" {
			t.Feeds = r.feeds(v)
			continue
		}
		field, path := t.field(key.Value)
		if field == nil && key.Value != "id" {
			r.unknown(key, "", keyNames(TenantKeys()))
			continue
		}
		if v.Kind != yaml.ScalarNode {
			r.fail(v, "", "%s takes one value", key.Value)
			continue
		}
		if key.Value == "id" {
			id, err := nightjar.ParseTenantID(v.Value)
			if err != nil {
				r.fail(v, nightjar.HintOf(err), "%v", err)
			}
			t.ID = id
			continue
		}
		raw := v.Value
		if path {
			raw = r.path(raw)
		}
		if err := parseInto(field, raw, false); err != nil {
			r.fail(v, "", "%s: %v", key.Value, err)
		}
	}
	return t
}

// field returns where the value of key goes and whether it is a path.
func (t *Tenant) field(key string) (target any, path bool) {
	switch key {
	case "name":
		return &t.Name, false
	case "cloud":
		return &t.Cloud, false
	case "client_id":
		return &t.ClientID, false
	case "tag":
		return &t.Tag, false
	case "start":
		return &t.Start, false
	case "paused":
		return &t.Paused, false
	case "client_secret_file":
		return &t.ClientSecretFile, true
	case "certificate_file":
		return &t.CertificateFile, true
	case "private_key_file":
		return &t.PrivateKeyFile, true
	case "federated_token_file":
		return &t.FederatedTokenFile, true
	}
	return nil, false
}

// feeds reads a list of names, where a feed that is absent is off, or a map
// from name to options, where a feed that is absent has the defaults.
func (r *fileReader) feeds(value *yaml.Node) map[nightjar.Feed]nightjar.FeedOptions {
	out := map[nightjar.Feed]nightjar.FeedOptions{}
	switch value.Kind {
	case yaml.SequenceNode:
		for _, f := range nightjar.Feeds() {
			out[f] = nightjar.FeedOptions{Off: true}
		}
		for _, item := range value.Content {
			if f, ok := r.feedName(item); ok {
				out[f] = nightjar.FeedOptions{}
			}
		}
	case yaml.MappingNode:
		for key, v := range r.pairs(value) {
			if f, ok := r.feedName(key); ok {
				out[f] = r.feedOptions(v)
			}
		}
	default:
		r.fail(value, "e.g. feeds: [Audit.Exchange, Audit.General]", "feeds is neither a list of names nor a map from name to options")
	}
	return out
}

func (r *fileReader) feedName(n *yaml.Node) (nightjar.Feed, bool) {
	f, err := nightjar.ParseFeed(n.Value)
	if err != nil {
		var names []string
		for _, known := range nightjar.Feeds() {
			names = append(names, string(known))
		}
		hint := nightjar.HintOf(err)
		if near := spelling.Nearest(n.Value, names); near != "" {
			hint = "did you mean " + quote(near) + "?"
		}
		r.fail(n, hint, "%v", err)
		return "", false
	}
	return f, true
}

func (r *fileReader) feedOptions(m *yaml.Node) nightjar.FeedOptions {
	var o nightjar.FeedOptions
	if m.Kind == yaml.ScalarNode && m.Tag == "!!null" {
		return o
	}
	if m.Kind != yaml.MappingNode {
		r.fail(m, "e.g. Audit.General: {enabled: true}", "the options of a feed are a map of keys")
		return o
	}
	for key, v := range r.pairs(m) {
		var err error
		switch key.Value {
		case "enabled":
			var on bool
			err = parseInto(&on, v.Value, false)
			o.Off = !on
		case "start":
			err = parseInto(&o.Start, v.Value, false)
		case "tag":
			o.Tag = v.Value
		case "dedupe_bytes":
			var n int64
			err = parseInto(&n, v.Value, true)
			o.DedupeBytes = int(n)
		case "filter":
			o.Filter = r.filter(v)
		default:
			r.unknown(key, "", []string{"enabled", "start", "tag", "dedupe_bytes", "filter"})
		}
		if err != nil {
			r.fail(v, "", "%s: %v", key.Value, err)
		}
	}
	return o
}

func (r *fileReader) filter(m *yaml.Node) nightjar.FeedFilter {
	var f nightjar.FeedFilter
	if m.Kind != yaml.MappingNode {
		r.fail(m, "e.g. filter: {drop_operations: [FileAccessed]}", "filter is a map of keys")
		return f
	}
	for key, v := range r.pairs(m) {
		if v.Kind != yaml.SequenceNode {
			r.fail(v, "write it in brackets: [a, b]", "filter.%s is not a list", key.Value)
			continue
		}
		switch key.Value {
		case "drop_record_types":
			for _, item := range v.Content {
				n, err := strconv.Atoi(item.Value)
				if err != nil {
					r.fail(item, "record types are numbers, e.g. 15 for AzureActiveDirectoryStsLogon", "%q is not a record type", item.Value)
					continue
				}
				f.DropRecordTypes = append(f.DropRecordTypes, n)
			}
		case "drop_operations":
			for _, item := range v.Content {
				f.DropOperations = append(f.DropOperations, strings.TrimSpace(item.Value))
			}
		default:
			r.unknown(key, "filter.", []string{"drop_record_types", "drop_operations"})
		}
	}
	return f
}

// Domain returns the tenant in the words of the root package.
func (t Tenant) Domain() nightjar.Tenant {
	cloud := t.Cloud
	if cloud == "" {
		cloud = "commercial"
	}
	return nightjar.Tenant{
		ID: t.ID, Name: t.Name, Cloud: cloud, ClientID: strings.ToLower(t.ClientID), Tag: t.Tag,
		Start: t.Start, Feeds: t.Feeds, Paused: t.Paused, Created: time.Time{},
	}
}
