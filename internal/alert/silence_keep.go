package alert

import (
	"context"
	"encoding/base32"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

const (
	sqlInsertSilence  = `INSERT INTO alert_silences (` + silenceColumns + `) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, '')`
	sqlSilence        = `SELECT ` + silenceColumns + ` FROM alert_silences WHERE id = ?`
	sqlSilences       = `SELECT ` + silenceColumns + ` FROM alert_silences ORDER BY created DESC, id LIMIT 5000`
	sqlEndSilence     = `UPDATE alert_silences SET ended = ?, ended_by = ? WHERE id = ?`
	sqlSilencesToCome = `SELECT ` + silenceColumns + ` FROM alert_silences WHERE expires > ? AND ended = 0`
	sqlHiddenBy       = `SELECT count(*) FROM alert_alerts WHERE silence = ?`
	sqlHidden         = `SELECT silence, count(*) AS count FROM alert_alerts WHERE silence <> '' GROUP BY silence`
)

const (
	// What one person or tenant has must not use up what others may have.
	maxSilences = 1000 // in force or to come, of one tenant, and for all tenants
	maxOwned    = 500  // of one owner
	maxMatchers = 20
	maxValues   = 50
)

// Silence keeps alerts quiet from Starts (zero: now) to Expires. The owner is
// who asks.
func (k *Keeper) Silence(ctx context.Context, who Who, s Silence) (Silence, error) {
	now := k.now()
	if s.Starts.IsZero() || s.Starts.Before(now) {
		s.Starts = now
	}
	s.Created, s.Owner, s.OwnerName, s.Ended, s.EndedBy = now, who.Actor.ID, who.Actor.Name, time.Time{}, ""
	s.Starts, s.Expires = catalog.Time(catalog.Micros(s.Starts)), catalog.Time(catalog.Micros(s.Expires))
	if err := s.validate(now); err != nil {
		return Silence{}, err
	}
	id := make([]byte, 5)
	if _, err := io.ReadFull(k.random, id); err != nil {
		return Silence{}, fmt.Errorf("make an id: %w", err)
	}
	s.ID = "S-" + strings.ToLower(base32.StdEncoding.EncodeToString(id))
	of := reach{numbers: []int64{0}}
	if s.State(now) == SilenceActive {
		var err error
		if of, err = k.covered(ctx, s); err != nil {
			return Silence{}, err
		}
	}
	return s, k.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error { return k.keepSilence(ctx, tx, who, s, of) })
}

// room refuses a silence where there are enough already.
func room(s Silence, all []Silence) error {
	owned, everywhere, of := 0, 0, map[nightjar.TenantID]int{}
	for _, other := range all {
		if other.Owner == s.Owner {
			owned++
		}
		if len(other.Tenants) == 0 {
			everywhere++
		}
		for _, t := range other.Tenants {
			of[t]++
		}
	}
	full := func(whose string, n int) error {
		return &nightjar.Error{Code: nightjar.CodeLimit, Message: fmt.Sprintf("there are %d silences %s already", n, whose), Hint: "end some, or tune the rules that they are for"}
	}
	switch {
	case owned >= maxOwned:
		return full("of this owner", owned)
	case len(s.Tenants) == 0 && everywhere >= maxSilences:
		return full("for all tenants", everywhere)
	}
	for _, t := range s.Tenants {
		if of[t] >= maxSilences {
			return full("for the tenant "+string(t), of[t])
		}
	}
	return nil
}

func (k *Keeper) keepSilence(ctx context.Context, tx bun.Tx, who Who, s Silence, of reach) error {
	all, err := readSilences(ctx, tx, sqlSilencesToCome, catalog.Micros(s.Created))
	if err != nil {
		return err
	}
	if err := room(s, all); err != nil {
		return err
	}
	_, err = tx.NewRaw(sqlInsertSilence, s.ID, string(s.Kind), s.Owner, plain(s.OwnerName), plain(s.Reason), encoded(s.Tenants), encoded(s.Matchers), encoded(s.Sources), encoded(s.Shared),
		catalog.Micros(s.Created), catalog.Micros(s.Starts), catalog.Micros(s.Expires)).Exec(ctx)
	if err != nil {
		return fmt.Errorf("keep a silence: %w", err)
	}
	if err := k.silenceOnRecord(ctx, tx, who, nightjar.ActionSilenceAdd, s); err != nil {
		return err
	}
	r, err := k.begin(ctx, tx)
	if err != nil {
		return err
	}
	if s.State(s.Created) == SilenceActive {
		if err := r.silence(s, of); err != nil {
			return err
		}
	}
	return r.finish()
}

// EndSilence ends a silence early. What it kept quiet is told of now.
func (k *Keeper) EndSilence(ctx context.Context, who Who, id string) (s Silence, err error) {
	err = k.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		found, err := readSilences(ctx, tx, sqlSilence, id)
		if err != nil {
			return err
		}
		if len(found) == 0 || !found[0].concerns(who.Tenants) {
			return noSilence(id)
		}
		s = found[0]
		if !s.within(who.Tenants) {
			return &nightjar.Error{Code: nightjar.CodeForbidden, Message: "this silence is for tenants that you may not manage", Hint: "ask somebody who may for all of them"}
		}
		now := k.now()
		if state := s.State(now); state == SilenceEnded || state == SilenceExpired {
			return &nightjar.Error{Code: nightjar.CodeConflict, Message: fmt.Sprintf("the silence %s is over already", id), Hint: "alerts that it kept quiet are told of with their next finding"}
		}
		s.Ended, s.EndedBy = now, who.Actor.Name
		if _, err := tx.NewRaw(sqlEndSilence, catalog.Micros(now), plain(s.EndedBy), id).Exec(ctx); err != nil {
			return fmt.Errorf("end a silence: %w", err)
		}
		if err := k.silenceOnRecord(ctx, tx, who, nightjar.ActionSilenceEnd, s); err != nil {
			return err
		}
		r, err := k.begin(ctx, tx)
		if err != nil {
			return err
		}
		if err := r.release(sqlSilencedBy, id); err != nil {
			return err
		}
		return r.finish()
	})
	return s, err
}

func noSilence(id string) error {
	return &nightjar.Error{Code: nightjar.CodeNotFound, Message: fmt.Sprintf("there is no silence %.40q", id), Hint: "nightjar silence list shows them"}
}

// concerns reports whether a silence is for one of the tenants; nil means all.
func (s Silence) concerns(tenants []nightjar.TenantID) bool {
	return tenants == nil || len(s.Tenants) == 0 || slices.ContainsFunc(s.Tenants, func(t nightjar.TenantID) bool { return slices.Contains(tenants, t) })
}

// within reports whether a silence is for these tenants alone; nil means all.
func (s Silence) within(tenants []nightjar.TenantID) bool {
	return tenants == nil || len(s.Tenants) > 0 && !slices.ContainsFunc(s.Tenants, func(t nightjar.TenantID) bool { return !slices.Contains(tenants, t) })
}

func (k *Keeper) silenceOnRecord(ctx context.Context, tx bun.Tx, who Who, action nightjar.AuditAction, s Silence) error {
	if k.audit == nil {
		return nil
	}
	e := nightjar.AuditEntry{
		Actor: who.Actor, Address: who.Address, Action: action, Target: s.ID,
		Detail: map[string]string{"kind": string(s.Kind), "reason": s.Reason, "matchers": encoded(s.Matchers), "expires": s.Expires.Format(time.RFC3339)},
	}
	if len(s.Tenants) > 0 {
		e.Detail["tenants"] = encoded(s.Tenants)
	}
	if s.Kind == KindInhibition {
		e.Detail["sources"], e.Detail["shared"] = encoded(s.Sources), encoded(s.Shared)
	}
	if len(s.Tenants) == 1 {
		e.Tenant = s.Tenants[0]
	}
	if err := k.audit.Append(ctx, tx, e); err != nil {
		return fmt.Errorf("record a silence: %w", err)
	}
	return nil
}

func (s Silence) validate(now time.Time) error {
	switch {
	case strings.TrimSpace(s.Reason) == "" || utf8.RuneCountInString(s.Reason) > 1000:
		return invalid("e.g. migration of mailboxes until Friday", "a silence needs a reason of at most 1000 characters")
	case s.OwnerName == "":
		return invalid("sign in", "a silence needs an owner")
	case !s.Expires.After(s.Starts) || !s.Expires.After(now):
		return invalid("name a time after its start", "a silence needs an expiry that is yet to come")
	case s.Expires.Sub(s.Starts) > MaxSilence:
		return invalid("make it anew when it is still needed then", "a silence lasts at most 90 days")
	}
	return s.validateMatch()
}

// validateMatch looks at what a preview needs too.
func (s Silence) validateMatch() error {
	if s.Kind != KindSilence && s.Kind != KindInhibition {
		return invalid("the kinds are silence and inhibition", "there is no kind %.40q", string(s.Kind))
	}
	if err := validateMatchers(s.Matchers, "matchers"); err != nil {
		return err
	}
	if s.Kind == KindSilence {
		if len(s.Sources) > 0 || len(s.Shared) > 0 {
			return invalid("use kind inhibition", "a silence has no sources; an inhibition has")
		}
		return nil
	}
	for _, kind := range s.Shared {
		if !slices.Contains(nightjar.EntityKinds(), kind) {
			return invalid("e.g. user or address", "there is no kind of entity %.40q", string(kind))
		}
	}
	return validateMatchers(s.Sources, "sources")
}

// validateMatchers refuses what would fit everything: one matcher must say
// what kind of alert is meant.
func validateMatchers(all []Matcher, name string) error {
	if len(all) == 0 || len(all) > maxMatchers {
		return invalid("e.g. a matcher of the rule", "%s has between 1 and %d conditions", name, maxMatchers)
	}
	narrow := false
	for _, m := range all {
		if !slices.Contains(MatcherFields(), m.Field) {
			return invalid("the fields are rule, pack, tenant, severity, entity and text", "there is no field %.40q", string(m.Field))
		}
		if len(m.Values) == 0 || len(m.Values) > maxValues {
			return invalid("name fewer", "a condition has between 1 and %d values", maxValues)
		}
		for _, v := range m.Values {
			if strings.Trim(v, "* ") == "" || len(v) > 500 || !utf8.ValidString(v) {
				return invalid("name what is meant", "%.40q fits everything or is too long", v)
			}
			if m.Field == MatchSeverity && nightjar.Severity(v).Rank() < 0 {
				return invalid("low, medium, high or critical", "there is no severity %.40q", v)
			}
			if _, value := parseEntity(v); m.Field == MatchEntity && strings.Trim(value, "* ") == "" {
				return invalid("e.g. user:svc-*", "%.40q fits everything", v)
			}
		}
		narrow = narrow || m.Field != MatchTenant && m.Field != MatchSeverity
	}
	if !narrow {
		return invalid("add a rule, pack, entity or text", "%s would fit every alert of a tenant or severity", name)
	}
	return nil
}

// Kept is a silence with what it keeps quiet.
type Kept struct {
	Silence
	State SilenceState
	Hides int64 // alerts that it keeps quiet, or did last
}

// Kept says what a silence keeps quiet now.
func (k *Keeper) Kept(ctx context.Context, s Silence) (Kept, error) {
	out := Kept{Silence: s, State: s.State(k.now())}
	if err := k.db.NewRaw(sqlHiddenBy, s.ID).Scan(ctx, &out.Hides); err != nil {
		return out, fmt.Errorf("count silenced alerts: %w", catalog.Translate(err))
	}
	return out, nil
}

// Silences returns those that concern one of the tenants (nil means all) and
// are in one of the states (none means pending and active), the newest first.
func (k *Keeper) Silences(ctx context.Context, tenants []nightjar.TenantID, states []SilenceState) ([]Kept, error) {
	if len(states) == 0 {
		states = []SilenceState{SilencePending, SilenceActive}
	}
	all, err := readSilences(ctx, k.db, sqlSilences)
	if err != nil {
		return nil, err
	}
	var hidden []struct {
		Silence string `bun:"silence"`
		Count   int64  `bun:"count"`
	}
	if err := k.db.NewRaw(sqlHidden).Scan(ctx, &hidden); err != nil {
		return nil, fmt.Errorf("count silenced alerts: %w", catalog.Translate(err))
	}
	counts := map[string]int64{}
	for _, h := range hidden {
		counts[h.Silence] = h.Count
	}
	now := k.now()
	var out []Kept
	for _, s := range all {
		if state := s.State(now); s.concerns(tenants) && slices.Contains(states, state) {
			out = append(out, Kept{s, state, counts[s.ID]})
		}
	}
	return out, nil
}
