package search

import (
	"encoding/base64"
	"encoding/json"
	"time"

	"github.com/nightjar-sec/nightjar"
)

// Cursor is the place of an event in the order of List: by time, then id, then
// tenant, the greatest first. The zero value is before all.
type Cursor struct {
	Time   time.Time
	ID     string
	Tenant nightjar.TenantID
}

type cursorText struct {
	Time   int64             `json:"t"` // microseconds
	ID     string            `json:"i"`
	Tenant nightjar.TenantID `json:"n"`
}

// Before is the place behind all events of a time and later, and before all
// earlier ones.
func Before(t time.Time) Cursor { return Cursor{Time: t, Tenant: nightjar.Installation} }

// IsZero reports whether the cursor is before all.
func (c Cursor) IsZero() bool { return c.Time.IsZero() && c.ID == "" }

// String is the cursor as an opaque text.
func (c Cursor) String() string {
	b, err := json.Marshal(cursorText{c.Time.UnixMicro(), c.ID, c.Tenant})
	if err != nil {
		return "" // numbers and texts always encode
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// ParseCursor reads what String wrote; "" is the zero cursor.
func ParseCursor(s string) (Cursor, error) {
	if s == "" {
		return Cursor{}, nil
	}
	broken := func() (Cursor, error) {
		return Cursor{}, invalid("begin again without a cursor", "the cursor is not one that Nightjar gave")
	}
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return broken()
	}
	var c cursorText
	if err := json.Unmarshal(b, &c); err != nil {
		return broken()
	}
	tenant, err := nightjar.ParseTenantID(string(c.Tenant))
	if err != nil {
		return broken()
	}
	if _, err := text(c.ID); err != nil {
		return broken()
	}
	t := time.UnixMicro(c.Time).UTC()
	if t.Year() < 1900 || t.Year() > 2200 {
		return broken()
	}
	return Cursor{Time: t, ID: c.ID, Tenant: tenant}, nil
}

// Condition is true for what comes behind the cursor, and "" for the zero
// cursor. The first comparison says nothing new, but lets the engine leave out
// files.
func (c Cursor) Condition() string {
	if c.IsZero() {
		return ""
	}
	id, _ := text(c.ID) // ParseCursor has tried it
	tenant, _ := text(string(c.Tenant))
	at := Timestamp(c.Time)
	return "time <= " + at + " AND (time < " + at + " OR id < " + id + " OR id = " + id + " AND tenant_id < " + tenant + ")"
}
