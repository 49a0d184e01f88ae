package detect

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/correlate"
	"github.com/nightjar-sec/nightjar/internal/normalise"
	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// maxEntityValues is how many values of one kind a finding names.
const maxEntityValues = 5

// answer is what a rule found, before it is a finding.
type answer struct {
	tenant nightjar.TenantID
	seq    int64 // of the commit of the event that was seen last
	ref    nightjar.EventRef
	event  *sigma.Event // decoded, enriched
	source *sigma.Source
	hit    *correlate.Hit // nil when one event is all
}

// values reads a field of the event that completed the answer.
func (a *answer) values(field string) []string {
	if a.event == nil {
		return nil
	}
	return a.source.Values(a.event, field)
}

// key is the value of a group-by field of a correlation as the event writes
// it, else as the correlation compares it; "" of other fields.
func (a *answer) key(field string) string {
	if a.hit == nil {
		return ""
	}
	h := a.hit
	i := slices.IndexFunc(h.Correlation.GroupBy, func(g string) bool { return strings.EqualFold(g, field) })
	if i < 0 || i >= len(h.Key) {
		return ""
	}
	for _, v := range a.values(field) {
		if sigma.Fold(v) == h.Key[i] {
			return v
		}
	}
	return h.Key[i]
}

// finding puts an answer into words.
func (s *speaker) finding(a *answer, severity nightjar.Severity, dry bool) nightjar.Finding {
	i := s.info
	f := nightjar.Finding{
		Tenant: a.tenant, Rule: s.label, Version: s.version, Title: i.Title, Severity: severity, Tags: i.Tags,
		Time: a.ref.Time, First: a.ref.Time, Last: a.ref.Time, Count: 1, Events: []nightjar.EventRef{a.ref},
		Values: map[string]string{}, DryRun: dry, Seq: a.seq,
	}
	id := []string{"rule", string(f.Tenant), f.Rule, a.ref.ID}
	if h := a.hit; h != nil {
		f.Time, f.First, f.Last, f.Count, f.Events = h.Time, h.First, h.Last, h.Count, h.Events
		if len(f.Events) > nightjar.MaxEvidence {
			f.Events = f.Events[:nightjar.MaxEvidence]
		}
		id = append([]string{"correlation", string(f.Tenant), f.Rule, a.ref.ID, strconv.FormatInt(catalog.Micros(h.Time), 10)}, h.Key...)
	}
	f.ID = nightjar.FindingID(id...)
	f.Entities = s.entities(a)
	f.Fingerprint = nightjar.Fingerprint(f.Tenant, f.Rule, s.joining(f.Entities, a))
	f.Reason = s.reason(a, f.Values)
	return f
}

// reason writes the sentence, and keeps the values that it speaks of.
func (s *speaker) reason(a *answer, values map[string]string) string {
	if s.sentence == nil {
		return s.info.Title
	}
	return s.sentence.write(func(name string) string {
		for one := range strings.SplitSeq(name, "|") { // the first that has a value counts
			one = strings.TrimSpace(one)
			if v := shorten(s.value(a, one)); v != "" {
				values[one] = v
				return v
			}
		}
		return ""
	})
}

// value is a value that a sentence names: of the correlation's answer, else of
// the event that completed it.
func (s *speaker) value(a *answer, name string) string {
	if h := a.hit; h != nil {
		if v, ok := h.Values[name]; ok {
			return v
		}
		switch name {
		case "count":
			return strconv.FormatInt(h.Count, 10)
		case "first":
			return timeWords(h.First)
		case "last":
			return timeWords(h.Last)
		case "span":
			return spanWords(h.Last.Sub(h.First))
		case "window":
			return spanWords(h.Correlation.Timespan)
		}
		if v := a.key(name); v != "" {
			return v
		}
	}
	return listed(a.values(name))
}

// entities reads whom the answer is about, in the order of the rule.
func (s *speaker) entities(a *answer) []nightjar.Entity {
	var out []nightjar.Entity
	for _, e := range s.info.Entities {
		for _, field := range e.Fields {
			values := a.values(field)
			if v := a.key(field); v != "" {
				values = []string{v}
			}
			before := len(out)
			for _, v := range values {
				entity := nightjar.Entity{Kind: e.Kind, Value: canonical(e.Kind, v)}
				if entity.Value != "" && !slices.Contains(out, entity) && len(out)-before < maxEntityValues {
					out = append(out, entity)
				}
			}
			if len(out) > before {
				break // the first field that has values counts
			}
		}
	}
	return out
}

// joining are the entities that make one alert of many findings. Without any
// of the rule's kinds it is the key of the correlation, else all entities.
func (s *speaker) joining(entities []nightjar.Entity, a *answer) []nightjar.Entity {
	var out []nightjar.Entity
	for _, e := range entities {
		if slices.Contains(s.group, e.Kind) {
			out = append(out, e)
		}
	}
	if len(out) > 0 {
		return out
	}
	if a.hit != nil {
		for _, k := range a.hit.Key {
			out = append(out, nightjar.Entity{Value: strings.ToLower(k)})
		}
		return out
	}
	return entities
}

// canonical writes a value so that equal entities are equal.
func canonical(kind nightjar.EntityKind, v string) string {
	v = strings.TrimSpace(v)
	switch kind {
	case nightjar.EntityUser, nightjar.EntityMailbox, nightjar.EntityDomain, nightjar.EntitySession, nightjar.EntityDevice, nightjar.EntityApplication, nightjar.EntitySite:
		return strings.ToLower(v)
	case nightjar.EntityAddress:
		if a := normalise.ParseAddress(v); a.Addr.IsValid() {
			return a.Addr.String()
		}
		if p, err := netip.ParsePrefix(v); err == nil {
			return p.String()
		}
		return strings.ToLower(v)
	default:
		return v
	}
}

// reference names a stored event.
func reference(e *nightjar.Event) nightjar.EventRef {
	return nightjar.EventRef{ID: e.ID, Table: e.Table, Time: e.Time, Operation: e.Operation}
}
