package health

import (
	"cmp"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/clock"
)

// RegistryConfig is what a Registry needs.
type RegistryConfig struct {
	Clock  clock.Clock
	Logger *slog.Logger // nil discards
	// Names returns the name of a tenant for people; nil leaves the id.
	Names func(nightjar.TenantID) string
}

// Registry knows which conditions hold now. It is safe for concurrent use and
// never blocks on I/O.
type Registry struct {
	clock    clock.Clock
	log      *slog.Logger
	names    func(nightjar.TenantID) string
	warnings map[nightjar.WarningCode]Warning

	mu  sync.Mutex
	set map[key]state
}

type key struct {
	code   nightjar.WarningCode
	tenant nightjar.TenantID
	source string
}

type state struct {
	since time.Time
	args  map[string]string
}

// Active is a condition that holds and is visible.
type Active struct {
	Code     nightjar.WarningCode `json:"code"`
	Title    string               `json:"title"`
	Severity Severity             `json:"severity"`
	Tenant   nightjar.TenantID    `json:"tenant,omitempty"`
	Name     string               `json:"tenant_name,omitempty"`
	Source   string               `json:"source,omitempty"`
	Text     string               `json:"text"`
	Remedy   string               `json:"remedy"`
	Since    time.Time            `json:"since"`
}

// NewRegistry returns a registry of the warnings of this package, none set.
func NewRegistry(cfg RegistryConfig) *Registry {
	r := &Registry{
		clock: cfg.Clock, log: cfg.Logger, names: cfg.Names,
		warnings: make(map[nightjar.WarningCode]Warning),
		set:      make(map[key]state),
	}
	if r.log == nil {
		r.log = slog.New(slog.DiscardHandler)
	}
	for _, w := range Warnings() {
		r.warnings[w.Code] = w
	}
	return r
}

// Set says that a condition holds. Tenant and source (a feed's name) may be
// empty. Setting it again keeps the time since when it holds and replaces its
// arguments. Arguments must not hold secrets: people and logs see them.
func (r *Registry) Set(code nightjar.WarningCode, tenant nightjar.TenantID, source string, args map[string]string) {
	if _, ok := r.warnings[code]; !ok {
		r.log.Error("unregistered warning", "code", string(code), "tenant", string(tenant), "source", source)
		return
	}
	k := key{code, tenant, source}
	r.mu.Lock()
	s, held := r.set[k]
	if !held {
		s.since = r.clock.Now()
	}
	s.args = maps.Clone(args)
	r.set[k] = s
	r.mu.Unlock()
	if !held {
		w := r.warnings[code]
		r.log.Warn("condition began", "code", string(code), "severity", string(w.Severity),
			"tenant", string(tenant), "source", source, "text", w.text(args))
	}
}

// Clear says that a condition does not hold (any more).
func (r *Registry) Clear(code nightjar.WarningCode, tenant nightjar.TenantID, source string) {
	k := key{code, tenant, source}
	r.mu.Lock()
	_, held := r.set[k]
	delete(r.set, k)
	r.mu.Unlock()
	if held {
		r.log.Info("condition ended", "code", string(code), "tenant", string(tenant), "source", source)
	}
}

// Forget drops every condition of a tenant, as when it is removed.
func (r *Registry) Forget(tenant nightjar.TenantID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	maps.DeleteFunc(r.set, func(k key, _ state) bool { return k.tenant == tenant })
}

// Current returns the visible conditions, the most severe and oldest first.
func (r *Registry) Current() []Active {
	out := r.visible(r.clock.Now())
	// Names are looked up without the lock: doing so may read a database.
	for i, a := range out {
		if r.names != nil && a.Tenant != "" {
			out[i].Name = r.names(a.Tenant)
		}
	}
	slices.SortFunc(out, func(a, b Active) int {
		return cmp.Or(
			cmp.Compare(rank(b.Severity), rank(a.Severity)),
			a.Since.Compare(b.Since),
			cmp.Compare(a.Code, b.Code), cmp.Compare(a.Tenant, b.Tenant), cmp.Compare(a.Source, b.Source),
		)
	})
	return out
}

func (r *Registry) visible(now time.Time) []Active {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []Active
	shown := make(map[key]int) // of whole conditions: where in out
	for k, s := range r.set {
		w := r.warnings[k.code]
		if now.Sub(s.since) < w.VisibleAfter || r.explained(k, now) {
			continue
		}
		a := Active{
			Code: k.code, Title: w.Title, Severity: w.Severity, Tenant: k.tenant, Source: k.source,
			Text: w.text(s.args), Remedy: w.Remedy, Since: s.since,
		}
		if w.Whole {
			a.Source = ""
			one := key{code: k.code, tenant: k.tenant}
			if i, ok := shown[one]; ok {
				if a.Since.Before(out[i].Since) || (a.Since.Equal(out[i].Since) && a.Text < out[i].Text) {
					out[i] = a
				}
				continue
			}
			shown[one] = len(out)
		}
		out = append(out, a)
	}
	return out
}

// explained reports whether a visible parent of k covers the same tenant and
// source. A parent without a source covers every source of its tenant, one
// without a tenant the whole machine.
func (r *Registry) explained(k key, now time.Time) bool {
	for _, parent := range r.warnings[k.code].DependsOn {
		after := r.warnings[parent].VisibleAfter
		for p, s := range r.set {
			if p.code == parent && now.Sub(s.since) >= after &&
				(p.tenant == "" || p.tenant == k.tenant) && (p.source == "" || p.source == k.source) {
				return true
			}
		}
	}
	return false
}

func rank(s Severity) int {
	switch s {
	case SeverityCritical:
		return 2
	case SeverityWarning:
		return 1
	case SeverityInfo:
	}
	return 0
}

// text fills the arguments into the sentence.
func (w Warning) text(args map[string]string) string {
	var b strings.Builder
	rest := w.Text
	for {
		before, after, ok := strings.Cut(rest, "{")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		name, tail, _ := strings.Cut(after, "}")
		b.WriteString(cmp.Or(args[name], "unknown"))
		rest = tail
	}
}
