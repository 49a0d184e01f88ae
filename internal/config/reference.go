package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/nightjar-sec/nightjar"
)

func sortedTables(m map[nightjar.Table]time.Duration) []nightjar.Table {
	return slices.Sorted(maps.Keys(m))
}

// Reference writes the tables of docs/configuration.md; a test keeps the page in step.
func Reference() string {
	var b strings.Builder
	b.WriteString("| key | type | default | environment | flag | what it does |\n|---|---|---|---|---|---|\n")
	for _, o := range Options() {
		def := "–"
		if o.Default != "" {
			def = "`" + o.Default + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | `%s` | `--%s` | %s |\n", o.Key, o.Type(), def, o.Env(), o.Flag(), o.Doc)
	}
	for _, part := range []struct {
		title string
		keys  []KeyDoc
	}{
		{"An entry of `tenants`", TenantKeys()},
		{"The options of a feed", FeedKeys()},
		{"An entry of `clouds`", CloudKeys()},
		{"An entry of `sso`", ProviderKeys()},
	} {
		fmt.Fprintf(&b, "\n### %s\n\n| key | what it does |\n|---|---|\n", part.title)
		for _, k := range part.keys {
			fmt.Fprintf(&b, "| `%s` | %s |\n", k.Key, k.Doc)
		}
	}
	return b.String()
}
