package sigma

import (
	"cmp"
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/nightjar-sec/nightjar"
)

//go:embed schema/*.txt
var schemas embed.FS

// Source is a kind of events: the fields that they carry, the names that rules
// use for those fields, and the log sources of rules that mean them.
type Source struct {
	Name  string
	Title string
	// Also are other names of the source.
	Also []string
	// Collected says that Nightjar collects such events now.
	Collected bool

	routes   []route
	services map[string][]string // of products, for those who mistype one
	fields   map[string]string   // known paths, folded and joined by dots, and how they are written
	trees    []string            // paths below which any member may stand
	aliases  map[string][]Path   // name in rules -> where the source keeps it
}

// route says that rules of a log source mean this source, perhaps only some of
// its events.
type route struct {
	product, service string // "" fits all
	when             *Expr  // nil for all events
}

// Catalogue is the sources that there are.
type Catalogue struct{ sources []*Source }

// NewCatalogue reads the schemas that the binary carries; their format is
// described in schema/README.txt.
func NewCatalogue() (*Catalogue, error) {
	files, err := fs.Glob(schemas, "schema/*.txt")
	if err != nil {
		return nil, err
	}
	c := &Catalogue{}
	for _, file := range files {
		if file == "schema/README.txt" {
			continue
		}
		data, err := schemas.ReadFile(file)
		if err != nil {
			return nil, err
		}
		s, err := parseSource(string(data))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		c.sources = append(c.sources, s)
	}
	return c, nil
}

// Sources lists all sources.
func (c *Catalogue) Sources() []*Source { return slices.Clone(c.sources) }

// Source finds a source by one of its names.
func (c *Catalogue) Source(name string) (*Source, error) {
	var names []string
	for _, s := range c.sources {
		if strings.EqualFold(s.Name, name) || slices.ContainsFunc(s.Also, func(also string) bool { return strings.EqualFold(also, name) }) {
			return s, nil
		}
		names = append(names, s.Name)
	}
	return nil, &nightjar.Error{
		Code: nightjar.CodeInvalid, Message: fmt.Sprintf("there is no source %q", name), Hint: "one of " + strings.Join(names, ", "),
	}
}

// Bind returns what a rule asks of the source's events, or nil when the rule
// does not mean them.
func (s *Source) Bind(r *Rule) *Expr {
	var guards []*Expr
	for _, route := range s.routes {
		if !route.fits(r.Logsource) {
			continue
		}
		if route.when == nil {
			return r.Expr
		}
		guards = append(guards, route.when)
	}
	if guards == nil {
		return nil
	}
	return &Expr{Kind: And, Kids: []*Expr{joined(Or, guards), r.Expr}}
}

func (r route) fits(l Logsource) bool {
	same := func(route, rule string) bool { return route == "" || rule == "" || strings.EqualFold(route, rule) }
	return (l.Product != "" || l.Service != "") && same(r.product, l.Product) && same(r.service, l.Service)
}

// Paths says where the source keeps a field: under its own name, and where the
// schema has other places for it.
func (s *Source) Paths(field string) []Path {
	if field == "" {
		return nil
	}
	steps := Steps(field)
	paths := slices.Clone(s.aliases[strings.Join(steps, ".")])
	if !slices.ContainsFunc(paths, func(p Path) bool { return slices.Equal(p.Steps, steps) }) {
		paths = append(paths, Path{Name: field, Steps: steps})
	}
	return paths
}

// Carries reports whether the source's schema has the field, in any of its places.
func (s *Source) Carries(field string) bool {
	return field == "" || slices.ContainsFunc(s.Paths(field), s.has)
}

// Names are the fields of the source's schema as they are written.
func (s *Source) Names() []string {
	var out []string
	for _, name := range s.fields {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

func (s *Source) has(p Path) bool {
	name := strings.Join(p.Steps, ".")
	return s.fields[name] != "" || slices.ContainsFunc(s.trees, func(tree string) bool {
		return name == tree || strings.HasPrefix(name, tree+".")
	})
}

// Everything returns a source to which every rule is bound, whatever its log
// source, with the fields of all sources: for measuring, and for events that
// are of no kind that Nightjar knows.
func (c *Catalogue) Everything() *Source {
	all := &Source{Name: "any", Title: "events of any kind", routes: []route{{}}, fields: map[string]string{}, aliases: map[string][]Path{}}
	for _, s := range c.sources {
		maps.Copy(all.fields, s.fields)
		all.trees = append(all.trees, s.trees...)
		for name, paths := range s.aliases {
			all.aliases[name] = append(all.aliases[name], paths...)
		}
	}
	return all
}

// Places names for people where the source keeps a field.
func (s *Source) Places(field string) []string {
	var places []string
	for _, p := range s.Paths(field) {
		if !s.has(p) {
			continue
		}
		place := cmp.Or(s.fields[strings.Join(p.Steps, ".")], p.Name)
		if p.Trim {
			place += " (also without full stops at its end)"
		}
		places = append(places, place)
	}
	if places == nil {
		places = []string{"nowhere that its schema knows"}
	}
	return places
}
