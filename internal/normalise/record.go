package normalise

import (
	"bytes"
	"strconv"
	"strings"
	"time"

	"github.com/nightjar-sec/nightjar"
)

// ErrWrongTenant is returned for a record that names another organization
// than the tenant it was fetched for.
var ErrWrongTenant = &nightjar.Error{
	Code:    nightjar.CodeConflict,
	Message: "the record belongs to another organization than the tenant it was fetched for",
	Hint:    "check that the connection's tenant id and its credential belong to the same tenant",
}

// Origin is where a record came from: what its event takes from the fetch
// rather than from the JSON.
type Origin struct {
	Tenant         nightjar.TenantID
	Feed           nightjar.Feed
	ContentID      string // of the blob
	Index          int    // of the record in the blob, from 0
	ContentCreated time.Time
	Ingested       time.Time
	Tag            string
}

// Record reads one record. It keeps a copy of raw; the event does not refer to
// the slice it is given.
//
// A raw that is not a JSON object is a CodeCorrupt error, one of another
// organization ErrWrongTenant. Nothing else is an error: a field of an
// unexpected type or an address that cannot be read leaves its column empty.
// Where an object has a name twice the first one counts, as it does for
// json_value in a query.
func Record(raw []byte, o Origin) (nightjar.Event, error) {
	var m members
	if err := m.read(raw); err != nil {
		return nightjar.Event{}, err
	}
	if org := m.text(keyOrganizationID); otherTenant(org, o.Tenant) {
		return nightjar.Event{}, ErrWrongTenant
	}
	e := nightjar.Event{
		Tenant:         o.Tenant,
		Feed:           o.Feed,
		Tag:            o.Tag,
		Ingested:       o.Ingested,
		ContentCreated: o.ContentCreated,
		Raw:            bytes.Clone(raw),
	}
	e.ID = m.text(keyID)
	if e.ID == "" {
		e.ID = "noid:" + o.ContentID + ":" + strconv.Itoa(o.Index)
	}
	e.Time = eventTime(m.text(keyCreationTime), o)
	e.RecordType = m.number(keyRecordType)
	e.Operation = m.text(keyOperation)
	e.Workload = m.text(keyWorkload)
	e.UserID = m.text(keyUserID)
	e.UserKey = m.text(keyUserKey)
	e.UserType = m.number(keyUserType)
	e.ObjectID = m.text(keyObjectID)
	e.Result = m.first(keyResultStatus, keyResultStatusDetail, keyStatus)
	e.AppID = m.first(keyApplicationID, keyAppID, keyClientAppID)
	e.SessionID = m.first(keySessionID)
	e.UserAgent = m.first(keyUserAgent, keyClientInfoString)
	for _, k := range [...]key{keyClientIPAddress, keyClientIP, keyActorIPAddress, keyActorIP} {
		if a := ParseAddress(m.text(k)); a.Addr.IsValid() {
			e.ClientIP, e.ClientPort = a.Addr, a.Port
			break
		}
	}
	e.Table = table(e.Workload, e.RecordType, o.Feed)
	return e, nil
}

// otherTenant reports whether org is the id of an organization, and not that
// of the tenant. What is no id (absent, a name, all zeros) accuses nobody.
func otherTenant(org string, tenant nightjar.TenantID) bool {
	if org == "" || tenant == "" || org == string(tenant) {
		return false
	}
	id, err := nightjar.ParseTenantID(org)
	return err == nil && id != tenant && strings.Trim(org, "{}0-") != ""
}

// eventTime reads CreationTime, which is UTC and has no zone. A record
// without a time of its own happened, as far as anyone can tell, when
// Microsoft made it available.
func eventTime(s string, o Origin) time.Time {
	for _, layout := range [...]string{"2006-01-02T15:04:05", time.RFC3339, "2006-01-02 15:04:05"} {
		if t, err := time.Parse(layout, s); err == nil && t.Year() > 1 {
			return t.UTC()
		}
	}
	if !o.ContentCreated.IsZero() {
		return o.ContentCreated.UTC()
	}
	return o.Ingested.UTC()
}
