package alert

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

// SilenceKind says what keeps alerts quiet.
type SilenceKind string

// The kinds.
const (
	// KindSilence keeps the alerts that it matches quiet.
	KindSilence SilenceKind = "silence"
	// KindInhibition does so while an open alert that its sources match is about
	// the same entity.
	KindInhibition SilenceKind = "inhibition"
)

// MaxSilence is how long a silence may last: whoever wants it longer looks at
// it again before.
const MaxSilence = 90 * day

// Silence keeps alerts from being notified for a while. They are kept and
// shown all the same.
type Silence struct {
	ID        string // "S-…"
	Kind      SilenceKind
	Owner     string // id of a person; "" for the command line
	OwnerName string
	Reason    string
	// Tenants are the only ones that it is for; none means all.
	Tenants  []nightjar.TenantID
	Matchers []Matcher
	// Sources are, of an inhibition, the open alerts that hide others, and
	// Shared the kinds of entities of which both must have the same; none means
	// any kind.
	Sources []Matcher
	Shared  []nightjar.EntityKind
	Created time.Time
	Starts  time.Time
	Expires time.Time
	Ended   time.Time // when somebody ended it; zero when nobody did
	EndedBy string
}

// SilenceState says whether a silence is in force.
type SilenceState string

// The states.
const (
	SilencePending SilenceState = "pending"
	SilenceActive  SilenceState = "active"
	SilenceExpired SilenceState = "expired" // by itself
	SilenceEnded   SilenceState = "ended"   // by a person, early
)

// State returns where a silence stands at a time.
func (s Silence) State(now time.Time) SilenceState {
	switch {
	case !s.Ended.IsZero():
		return SilenceEnded
	case now.Before(s.Starts):
		return SilencePending
	case now.Before(s.Expires):
		return SilenceActive
	default:
		return SilenceExpired
	}
}

const (
	silenceColumns = `id, kind, owner, owner_name, reason, tenants, matchers, sources, shared, created, starts, expires, ended, ended_by`

	sqlSilencesInForce = `SELECT ` + silenceColumns + ` FROM alert_silences WHERE expires > ? AND starts <= ? AND ended = 0 ORDER BY kind DESC, id`
)

type silenceRow struct {
	ID        string `bun:"id"`
	Kind      string `bun:"kind"`
	Owner     string `bun:"owner"`
	OwnerName string `bun:"owner_name"`
	Reason    string `bun:"reason"`
	Tenants   string `bun:"tenants"`
	Matchers  string `bun:"matchers"`
	Sources   string `bun:"sources"`
	Shared    string `bun:"shared"`
	Created   int64  `bun:"created"`
	Starts    int64  `bun:"starts"`
	Expires   int64  `bun:"expires"`
	Ended     int64  `bun:"ended"`
	EndedBy   string `bun:"ended_by"`
}

func (r silenceRow) silence() (Silence, error) {
	s := Silence{
		ID: r.ID, Kind: SilenceKind(r.Kind), Owner: r.Owner, OwnerName: r.OwnerName, Reason: r.Reason, Created: catalog.Time(r.Created),
		Starts: catalog.Time(r.Starts), Expires: catalog.Time(r.Expires), Ended: catalog.Time(r.Ended), EndedBy: r.EndedBy,
	}
	err := errors.Join(
		json.Unmarshal([]byte(r.Tenants), &s.Tenants), json.Unmarshal([]byte(r.Matchers), &s.Matchers),
		json.Unmarshal([]byte(r.Sources), &s.Sources), json.Unmarshal([]byte(r.Shared), &s.Shared),
	)
	if err != nil {
		return s, fmt.Errorf("read the silence %s: %w", r.ID, err)
	}
	return s, nil
}

func readSilences(ctx context.Context, db bun.IDB, statement string, args ...any) ([]Silence, error) {
	var rows []silenceRow
	if err := db.NewRaw(statement, args...).Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("read silences: %w", catalog.Translate(err))
	}
	out := make([]Silence, len(rows))
	for i, r := range rows {
		var err error
		if out[i], err = r.silence(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// inForce returns what keeps alerts quiet now: silences first, since they need
// no second alert.
func (k *Keeper) inForce(ctx context.Context, db bun.IDB, now time.Time) ([]Silence, error) {
	return readSilences(ctx, db, sqlSilencesInForce, catalog.Micros(now), catalog.Micros(now))
}

// covers reports whether a silence is for an alert at all.
func (s Silence) covers(a Alert) bool {
	return (len(s.Tenants) == 0 || slices.Contains(s.Tenants, a.Tenant)) && matchAll(s.Matchers, a)
}
