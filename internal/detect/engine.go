package detect

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/correlate"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
	"github.com/nightjar-sec/nightjar/internal/sigma"
	"github.com/nightjar-sec/nightjar/internal/sigma/index"
)

// sourceName is the source of the events that Nightjar collects.
const sourceName = "ual"

// Config is what an Engine is made of.
type Config struct {
	// Rules are those in force.
	Rules *ruleset.Set
	// TenantName is how people call a tenant; nil means by its id.
	TenantName func(nightjar.TenantID) string
	// Only restricts the engine to the rules with these labels; nil does not.
	Only []string
	// Tried takes rules for being in force that are switched off or only tried.
	Tried bool
}

// Engine asks events of rules. It is for one goroutine at a time.
type Engine struct {
	cfg      Config
	source   *sigma.Source
	enricher *Enricher
	machines []*machine

	matcher *index.Matcher
	decoder *sigma.Decoder
	entries []entry // by the index of the rule in the set
	record  []byte  // of the event at hand, enriched
	matches [][]correlate.Match

	// While machines are warmed up that others stand in for, heirs are those,
	// and before the rules that were in force until then.
	heirs  []*machine
	before *ruleset.Set

	told []told // by the commit at hand

	// rejected counts the events that were no JSON.
	rejected int64
}

// entry is what a match of a rule leads to.
type entry struct {
	rule     *sigma.Rule
	says     *speaker
	machines []int
}

// bare returns an engine without rules.
func bare(cfg Config) (*Engine, error) {
	if cfg.Rules == nil {
		return nil, &nightjar.Error{Code: nightjar.CodeInternal, Message: "detection needs rules"}
	}
	catalogue, err := sigma.NewCatalogue()
	if err != nil {
		return nil, err
	}
	e := &Engine{cfg: cfg, enricher: NewEnricher(), decoder: sigma.NewDecoder()}
	if e.source, err = catalogue.Source(sourceName); err != nil {
		return nil, err
	}
	if e.cfg.TenantName == nil {
		e.cfg.TenantName = func(id nightjar.TenantID) string { return string(id) }
	}
	return e, nil
}

// New compiles the rules; all state is empty.
func New(cfg Config) (*Engine, error) {
	e, err := assemble(cfg)
	if err != nil {
		return nil, err
	}
	return e, e.compile(true)
}

// assemble returns an engine with its machines, that is to be compiled.
func assemble(cfg Config) (*Engine, error) {
	e, err := bare(cfg)
	if err != nil {
		return nil, err
	}
	for _, v := range cfg.Rules.Variants() {
		machines, err := newMachines(cfg.Rules, v, e.source)
		if err != nil {
			return nil, err
		}
		for _, m := range machines {
			if !e.wanted(m) {
				continue
			}
			same := slices.IndexFunc(e.machines, func(o *machine) bool { return o.label() == m.label() && o.version == m.version })
			if same < 0 {
				e.machines = append(e.machines, m)
				continue
			}
			e.machines[same].watch(m.tenants)
		}
	}
	return e, nil
}

// wanted reports whether a machine finds anything that is asked for.
func (e *Engine) wanted(m *machine) bool {
	for _, s := range m.says {
		if e.cfg.Only == nil || slices.Contains(e.cfg.Only, s.label) {
			return true
		}
	}
	return false
}

// compile makes the index of the rules that the machines rest on and, when
// single events are asked about too, of those that speak.
func (e *Engine) compile(single bool) error {
	var rules []*sigma.Rule
	at := map[*sigma.Rule]int{}
	e.entries = nil
	place := func(r *sigma.Rule) int {
		i, ok := at[r]
		if !ok {
			i = len(rules)
			at[r], rules, e.entries = i, append(rules, r), append(e.entries, entry{rule: r})
		}
		return i
	}
	known := map[string]bool{}
	for _, v := range e.cfg.Rules.Variants() {
		for _, r := range v.Collection.Rules {
			label := r.Label()
			// Variants differ in a few rules; what is the same is asked once.
			name := fmt.Sprintf("%s %s %s:%d", label, v.Version(label), r.File, r.Line)
			if !single || known[name] || e.cfg.Only != nil && !slices.Contains(e.cfg.Only, label) {
				continue
			}
			known[name] = true
			s, err := newSpeaker(e.cfg.Rules.Info(label), v.Version(label))
			if err != nil {
				return err
			}
			if s != nil {
				e.entries[place(r)].says = s
			}
		}
	}
	for i, m := range e.machines {
		for _, r := range m.rules {
			p := &e.entries[place(r)]
			p.machines = append(p.machines, i)
		}
	}
	e.matcher = index.Compile([]*sigma.Source{e.source}, rules).NewMatcher()
	e.matches = make([][]correlate.Match, len(e.machines))
	return nil
}

// Observe returns what the rules in force find by one event. Events come in
// the order of the journal. Of Nightjar's own tables it looks at what the
// collector says of its backlog, and passes over the others.
func (e *Engine) Observe(event *nightjar.Event) []nightjar.Finding {
	e.release(event.Seq)
	if until, ok := nightjar.CompleteUntil(event); ok {
		e.hold(event, until)
		return nil
	}
	if !audited(event.Table) {
		return nil
	}
	e.record = e.enricher.Enrich(e.record[:0], event, e.cfg.TenantName(event.Tenant))
	found, err := e.matcher.Match(sourceName, e.record)
	if err != nil {
		e.rejected++ // nightjar journal verify tells of records that are no JSON
		found = nil
	}
	var out []nightjar.Finding
	if len(found) > 0 {
		decoded, err := e.decoder.Decode(e.record)
		if err != nil {
			e.rejected++
			return nil
		}
		out = e.single(event, decoded, found)
	}
	for i, m := range e.machines {
		out = append(out, e.advance(m, event, e.matches[i])...)
		clear(e.matches[i])
		e.matches[i] = e.matches[i][:0]
	}
	return apart(out)
}

// single speaks of what one event answers, and lays out the matches of
// correlations.
func (e *Engine) single(event *nightjar.Event, decoded *sigma.Event, found []int) []nightjar.Finding {
	var out []nightjar.Finding
	one := answer{tenant: event.Tenant, seq: event.Seq, ref: reference(event), event: decoded, source: e.source}
	for _, i := range found {
		p := &e.entries[i]
		if p.says != nil {
			if on, dry := e.inForce(p.says, event.Tenant); on {
				out = append(out, p.says.finding(&one, e.cfg.Rules.Severity(p.says.label, event.Tenant), dry))
			}
		}
		for _, m := range p.machines {
			e.matches[m] = append(e.matches[m], correlate.Match{
				Tenant: event.Tenant, Rule: p.rule, Event: decoded, Ref: one.ref, Time: event.Time, Ingested: event.Ingested,
			})
		}
	}
	return out
}

// advance hands one event's matches to a machine and speaks of what it found.
func (e *Engine) advance(m *machine, event *nightjar.Event, matches []correlate.Match) []nightjar.Finding {
	if m.past(event.Seq) || !m.watches(event.Tenant) {
		return nil
	}
	var out []nightjar.Finding
	for _, h := range m.observe(event.Tenant, event.Time, event.Ingested, matches) {
		s := m.says[h.Correlation]
		if s == nil || event.Seq != 0 && event.Seq <= m.since {
			continue
		}
		on, dry := e.inForce(s, h.Tenant)
		if !on || e.cfg.Only != nil && !slices.Contains(e.cfg.Only, s.label) {
			continue
		}
		a := answer{tenant: h.Tenant, seq: event.Seq, ref: h.Trigger.Ref, event: h.Trigger.Event, source: e.source, hit: &h}
		out = append(out, s.finding(&a, e.cfg.Rules.Severity(s.label, h.Tenant), dry))
	}
	return out
}

// inForce says whether a tenant has a rule as the speaker has it, and whether
// it only tries it.
func (e *Engine) inForce(s *speaker, tenant nightjar.TenantID) (on, dry bool) {
	set := e.cfg.Rules
	if set.For(tenant).Version(s.label) != s.version && !e.standsIn(s, tenant) {
		return false, false
	}
	mode := set.Mode(s.label, tenant)
	return mode != ruleset.Off || e.cfg.Tried, mode == ruleset.DryRun
}

// standsIn reports whether a rule that has changed still speaks for a tenant,
// because its successor does not know yet what it needs.
func (e *Engine) standsIn(s *speaker, tenant nightjar.TenantID) bool {
	if e.before == nil || e.before.For(tenant).Version(s.label) != s.version {
		return false
	}
	return slices.ContainsFunc(e.heirs, func(m *machine) bool { return m.watches(tenant) && m.speaksOf(s.label) })
}

// passed says that all events up to a commit were observed.
func (e *Engine) passed(seq int64) {
	e.release(seq + 1)
	for _, m := range e.machines {
		if m.failure == nil { // one that failed has seen nothing since
			m.seq = max(m.seq, seq)
		}
	}
}

// audited reports whether rules are asked of the events of a table: those that
// Microsoft recorded, not those about Nightjar.
func audited(t nightjar.Table) bool {
	switch t {
	case nightjar.TableAudit, nightjar.TableCollectorsOut, nightjar.TableFindings, nightjar.TableAlerts:
		return false
	default:
		return true
	}
}

// apart gives different findings of one event different ids: a late event can
// complete a correlation twice, with the one before it and the one behind.
func apart(findings []nightjar.Finding) []nightjar.Finding {
	if len(findings) < 2 {
		return findings
	}
	seen := map[string]int{}
	for i := range findings {
		id := findings[i].ID
		if n := seen[id]; n > 0 {
			findings[i].ID = nightjar.FindingID(id, strconv.Itoa(n))
		}
		seen[id]++
	}
	return findings
}
