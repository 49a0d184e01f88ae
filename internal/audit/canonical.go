package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
)

// maxText bounds a target or a value of the detail, in bytes.
const maxText = 2 << 10

// timeLayout always has six decimals, so that equal times are equal bytes.
const timeLayout = "2006-01-02T15:04:05.000000Z"

// Canonical is the form of an entry that is hashed and exported: these fields
// in this order, without space, with the keys of detail sorted and nothing
// escaped that JSON does not require. Whoever has an export checks it with
// nothing but a JSON parser and SHA-256.
type Canonical struct {
	Seq       int64             `json:"seq"`
	Time      string            `json:"time"`
	ActorKind string            `json:"actor_kind"`
	ActorID   string            `json:"actor_id"`
	ActorName string            `json:"actor_name"`
	Address   string            `json:"address"`
	Action    string            `json:"action"`
	Tenant    string            `json:"tenant"`
	Target    string            `json:"target"`
	Detail    map[string]string `json:"detail"`
	Outcome   string            `json:"outcome"`
	Previous  string            `json:"previous"`
}

// canonical encodes an entry that follows one with the hash previous.
func canonical(e Entry, previous string) ([]byte, error) {
	c := Canonical{
		Seq: e.Seq, Time: e.Time.UTC().Format(timeLayout), ActorKind: string(e.Actor.Kind), ActorID: e.Actor.ID, ActorName: e.Actor.Name,
		Address: address(e), Action: string(e.Action), Tenant: string(e.Tenant), Target: e.Target, Detail: e.Detail,
		Outcome: string(e.Outcome), Previous: previous,
	}
	b, err := encode(c)
	if err != nil {
		return nil, fmt.Errorf("encode audit entry %d: %w", e.Seq, err)
	}
	return b, nil
}

func hashOf(e Entry, previous string) (string, error) {
	b, err := canonical(e, previous)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:]), nil
}

func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

func address(e Entry) string {
	if !e.Address.IsValid() {
		return ""
	}
	return e.Address.Unmap().String()
}

// clean makes an entry one that reads back as it was written: valid UTF-8 of
// bounded length, and a detail that is never nil.
func clean(e Entry) Entry {
	e.Actor = nightjar.Actor{ID: bounded(e.Actor.ID), Name: bounded(e.Actor.Name), Kind: nightjar.ActorKind(bounded(string(e.Actor.Kind)))}
	e.Action, e.Outcome = nightjar.AuditAction(bounded(string(e.Action))), nightjar.AuditOutcome(bounded(string(e.Outcome)))
	e.Tenant, e.Target = nightjar.TenantID(bounded(string(e.Tenant))), bounded(e.Target)
	detail := make(map[string]string, len(e.Detail))
	for k, v := range e.Detail {
		detail[bounded(k)] = bounded(v)
	}
	e.Detail = detail
	e.Time = e.Time.Truncate(time.Microsecond)
	return e
}

func bounded(s string) string {
	// A NUL would end the statement that it is written into.
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
	if len(s) > maxText {
		s = strings.ToValidUTF8(s[:maxText], "") + "…"
	}
	return s
}
