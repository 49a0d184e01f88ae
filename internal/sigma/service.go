package sigma

import (
	"maps"
	"slices"
	"strings"
)

// UnknownService reports whether a log source names a service that its product
// has not, as far as the schemas know, and which there are. Where a product's
// schemas name no services, any is right.
func (c *Catalogue) UnknownService(l Logsource) (services []string, unknown bool) {
	if l.Product == "" || l.Service == "" {
		return nil, false
	}
	for _, s := range c.sources {
		services = append(services, s.services[strings.ToLower(l.Product)]...)
	}
	return services, len(services) > 0 && !slices.Contains(services, strings.ToLower(l.Service))
}

// Fields lists the fields that the source's schema names, as they are written.
func (s *Source) Fields() []string { return slices.Sorted(maps.Values(s.fields)) }
