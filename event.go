package nightjar

import (
	"net/netip"
	"time"
)

// Event is one audit record: Microsoft's JSON as received, and beside it the
// columns that people and rules name. Empty strings and zero numbers mean
// "not stated"; times are UTC.
//
// (Tenant, ID) is its identity. Never a hash of the JSON: the order of fields
// differs between two fetches of the same event.
type Event struct {
	Tenant TenantID
	ID     string
	Table  Table
	Feed   Feed
	Tag    string

	Time           time.Time // when it happened (CreationTime)
	Ingested       time.Time // when Nightjar received it
	ContentCreated time.Time // when Microsoft made the blob available

	RecordType int32 // AuditLogRecordType; unknown ones are kept
	Operation  string
	Workload   string
	UserID     string
	UserKey    string
	UserType   int32
	ClientIP   netip.Addr // parsed and unmapped; invalid when none could be read
	ClientPort uint16
	ObjectID   string
	Result     string
	AppID      string
	SessionID  string
	UserAgent  string
	Place      Place

	// Fields is a JSON object of the folded Name/Value bags:
	// {"Parameters":{"Identity":"…"},"ExtendedProperties":{…}}. Empty when there are none.
	Fields string
	// Raw is the record byte for byte as Microsoft sent it.
	Raw []byte

	// Seq is the catalog sequence number of the commit that stored it; 0 before.
	Seq int64
}

// Place is where an address is, as far as it is known. Lat and Lon are not
// stated when both are 0, which is open sea: data with countries alone have none.
type Place struct {
	Country string // ISO 3166-1 alpha-2
	City    string
	Lat     float64
	Lon     float64
	ASN     uint32
	Network string // kind of network, one of internal/geo's
	Source  string // who says where: "microsoft", or a data file's name and month; "" when nobody does
}

// Located reports whether the place has coordinates.
func (p Place) Located() bool { return p.Lat != 0 || p.Lon != 0 }
