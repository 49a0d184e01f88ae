package approval

import (
	"encoding/json"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/access"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

// State says what became of an approval.
type State string

// The states. An approval is open while it waits or is granted.
const (
	StateWaiting   State = "waiting"
	StateGranted   State = "granted" // and not done yet
	StateDone      State = "done"
	StateRefused   State = "refused"
	StateWithdrawn State = "withdrawn"
	StateExpired   State = "expired"
)

// States returns all states.
func States() []State {
	return []State{StateWaiting, StateGranted, StateDone, StateRefused, StateWithdrawn, StateExpired}
}

// Request is what somebody asks for.
type Request struct {
	Operation string // of the API
	// Permission is what both people need for Tenant; "" means for all tenants.
	Permission access.Permission
	Tenant     nightjar.TenantID
	Target     string // name of what it is done to
	Summary    string // what exactly, in a sentence
	// Parameters are all that decides what is done, and what it is done to as
	// it is now, as a value that becomes JSON. They hold no secret.
	Parameters any
	// Repeats says that who asked does it again after the grant, because it
	// takes a secret or shows one. Otherwise the grant does it.
	Repeats bool
}

// Approval is a request with what became of it.
type Approval struct {
	ID         string
	Operation  string
	Permission access.Permission
	Tenant     nightjar.TenantID
	Target     string
	Summary    string
	Parameters json.RawMessage // canonical
	Hash       string          // hex SHA-256 of operation, tenant and parameters
	Repeats    bool
	State      State
	AskedBy    Asker
	Asked      time.Time
	Expires    time.Time
	Decider    string    // name of the second person; "" while nobody decided
	Decided    time.Time // zero while nobody decided
	Reason     string    // of a refusal, or why what was granted is not done yet
	Ended      time.Time // zero while it is open
}

// Asker is who asked.
type Asker struct {
	Person  string             // id
	Kind    nightjar.ActorKind // person, or token of that person
	ID      string             // of the person or the token
	Name    string
	Address string // "" when not known
}

// Open reports whether it still waits for somebody.
func (a Approval) Open() bool { return a.State == StateWaiting || a.State == StateGranted }

type row struct {
	ID          string `bun:"id"`
	Operation   string `bun:"operation"`
	Permission  string `bun:"permission"`
	Tenant      string `bun:"tenant"`
	Target      string `bun:"target"`
	Summary     string `bun:"summary"`
	Parameters  string `bun:"parameters"`
	Hash        string `bun:"hash"`
	Repeats     int64  `bun:"repeats"`
	State       string `bun:"state"`
	AskedBy     string `bun:"asked_by"`
	AskedKind   string `bun:"asked_kind"`
	AskedID     string `bun:"asked_id"`
	AskedName   string `bun:"asked_name"`
	Address     string `bun:"address"`
	Asked       int64  `bun:"asked"`
	Expires     int64  `bun:"expires"`
	DecidedBy   string `bun:"decided_by"`
	DecidedName string `bun:"decided_name"`
	Decided     int64  `bun:"decided"`
	Reason      string `bun:"reason"`
	Ended       int64  `bun:"ended"`
}

// approval is the row as it is at a time: what is over counts as expired from
// its last moment on, whether or not that was written down yet.
func (r row) approval(now time.Time) Approval {
	a := Approval{
		ID: r.ID, Operation: r.Operation, Permission: access.Permission(r.Permission), Tenant: nightjar.TenantID(r.Tenant), Target: r.Target,
		Summary: r.Summary, Parameters: json.RawMessage(r.Parameters), Hash: r.Hash, Repeats: r.Repeats != 0, State: State(r.State),
		AskedBy: Asker{Person: r.AskedBy, Kind: nightjar.ActorKind(r.AskedKind), ID: r.AskedID, Name: r.AskedName, Address: r.Address},
		Asked:   catalog.Time(r.Asked), Expires: catalog.Time(r.Expires), Decider: r.DecidedName, Decided: catalog.Time(r.Decided),
		Reason: r.Reason, Ended: catalog.Time(r.Ended),
	}
	if a.Open() && !a.Expires.After(now) {
		a.State, a.Ended = StateExpired, a.Expires
	}
	return a
}
