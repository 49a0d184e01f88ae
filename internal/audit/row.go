package audit

import (
	"encoding/json"
	"net/netip"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

// row is a row of audit_entries.
type row struct {
	Seq       int64  `bun:"seq"`
	Time      int64  `bun:"time"`
	ActorKind string `bun:"actor_kind"`
	ActorID   string `bun:"actor_id"`
	ActorName string `bun:"actor_name"`
	Address   string `bun:"address"`
	Action    string `bun:"action"`
	Tenant    string `bun:"tenant"`
	Target    string `bun:"target"`
	Detail    string `bun:"detail"`
	Outcome   string `bun:"outcome"`
	Hash      string `bun:"hash"`
}

func rowOf(e Entry) (row, error) {
	detail, err := encode(e.Detail)
	if err != nil {
		return row{}, err
	}
	return row{
		Seq: e.Seq, Time: catalog.Micros(e.Time), ActorKind: string(e.Actor.Kind), ActorID: e.Actor.ID, ActorName: e.Actor.Name,
		Address: address(e), Action: string(e.Action), Tenant: string(e.Tenant), Target: e.Target, Detail: string(detail), Outcome: string(e.Outcome),
	}, nil
}

// entry reads a row. ok is false when the row is not what Append writes, and
// so was written by something else.
func (r row) entry() (e Entry, ok bool) {
	e = Entry{
		Seq: r.Seq, Time: catalog.Time(r.Time), Actor: nightjar.Actor{ID: r.ActorID, Name: r.ActorName, Kind: nightjar.ActorKind(r.ActorKind)},
		Action: nightjar.AuditAction(r.Action), Tenant: nightjar.TenantID(r.Tenant), Target: r.Target, Outcome: nightjar.AuditOutcome(r.Outcome),
	}
	e.Address, _ = netip.ParseAddr(r.Address) // an address that is none does not write itself again below
	if err := json.Unmarshal([]byte(r.Detail), &e.Detail); err != nil {
		return e, false
	}
	again, err := rowOf(e)
	again.Hash = r.Hash
	return e, err == nil && again == r
}
