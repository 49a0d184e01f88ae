package journal

import (
	"net/netip"
	"strings"
	"unsafe"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

// row is one event as the Parquet file holds it. The column names are a
// contract (docs/journal-format.md): strings are never null, times are
// microseconds without a zone so that every engine sees UTC.
type row struct {
	Seq            int64  `parquet:"seq,delta"`
	Table          string `parquet:"table,dict"`
	ID             string `parquet:"id"`
	Time           int64  `parquet:"time,delta,timestamp(microsecond:local)"`
	Ingested       int64  `parquet:"ingested,delta,timestamp(microsecond:local)"`
	ContentCreated int64  `parquet:"content_created,delta,timestamp(microsecond:local)"`
	Feed           string `parquet:"feed,dict"`
	Tag            string `parquet:"tag,dict"`
	RecordType     int32  `parquet:"record_type,dict"`
	Operation      string `parquet:"operation,dict"`
	Workload       string `parquet:"workload,dict"`
	UserID         string `parquet:"user_id,dict"`
	UserKey        string `parquet:"user_key,dict"`
	UserType       int32  `parquet:"user_type,dict"`
	ClientIP       string `parquet:"client_ip,dict"`
	ClientPort     int32  `parquet:"client_port"`
	ObjectID       string `parquet:"object_id"`
	Result         string `parquet:"result,dict"`
	AppID          string `parquet:"app_id,dict"`
	SessionID      string `parquet:"session_id"`
	UserAgent      string `parquet:"user_agent,dict"`
	Country        string `parquet:"country,dict"`
	City           string `parquet:"city,dict"`
	// Lat and Lon are null together: a country alone has no coordinates.
	Lat     *float64 `parquet:"lat,optional"`
	Lon     *float64 `parquet:"lon,optional"`
	ASN     int64    `parquet:"asn,dict"`
	Network string   `parquet:"network,dict"`
	// PlaceSource is absent from files of format 1, and '' is read for it.
	PlaceSource string `parquet:"place_source,dict"`
	Fields      string `parquet:"fields,delta"`
	Raw         string `parquet:"raw,delta"`
}

// fill sets r to the event. It shares the event's memory, so r lives no longer.
func (r *row) fill(e *nightjar.Event) {
	*r = row{
		Seq: e.Seq, Table: string(e.Table), ID: e.ID,
		Time: catalog.Micros(e.Time), Ingested: catalog.Micros(e.Ingested), ContentCreated: catalog.Micros(e.ContentCreated),
		Feed: string(e.Feed), Tag: e.Tag,
		RecordType: e.RecordType, Operation: e.Operation, Workload: e.Workload,
		UserID: e.UserID, UserKey: e.UserKey, UserType: e.UserType,
		ClientPort: int32(e.ClientPort), ObjectID: e.ObjectID, Result: e.Result,
		AppID: e.AppID, SessionID: e.SessionID, UserAgent: e.UserAgent,
		Country: e.Place.Country, City: e.Place.City,
		ASN: int64(e.Place.ASN), Network: e.Place.Network, PlaceSource: e.Place.Source,
		Fields: e.Fields, Raw: unsafe.String(unsafe.SliceData(e.Raw), len(e.Raw)),
	}
	if e.ClientIP.IsValid() {
		r.ClientIP = e.ClientIP.String()
	}
	if e.Place.Located() {
		r.Lat, r.Lon = &e.Place.Lat, &e.Place.Lon
	}
}

// event is the inverse of fill. The result owns its memory.
func (r *row) event(tenant nightjar.TenantID) nightjar.Event {
	own := strings.Clone
	e := nightjar.Event{
		Tenant: tenant, ID: own(r.ID), Table: nightjar.Table(own(r.Table)), Feed: nightjar.Feed(own(r.Feed)), Tag: own(r.Tag),
		Time: catalog.Time(r.Time), Ingested: catalog.Time(r.Ingested), ContentCreated: catalog.Time(r.ContentCreated),
		RecordType: r.RecordType, Operation: own(r.Operation), Workload: own(r.Workload),
		UserID: own(r.UserID), UserKey: own(r.UserKey), UserType: r.UserType,
		ClientPort: uint16(r.ClientPort), ObjectID: own(r.ObjectID), Result: own(r.Result),
		AppID: own(r.AppID), SessionID: own(r.SessionID), UserAgent: own(r.UserAgent),
		Place: nightjar.Place{
			Country: own(r.Country), City: own(r.City), ASN: uint32(r.ASN), Network: own(r.Network), Source: own(r.PlaceSource),
		},
		Fields: own(r.Fields), Raw: []byte(r.Raw), Seq: r.Seq,
	}
	if r.ClientIP != "" {
		// What was stored came from netip; a file that a stranger wrote may not parse.
		e.ClientIP, _ = netip.ParseAddr(r.ClientIP)
	}
	if r.Lat != nil && r.Lon != nil {
		e.Place.Lat, e.Place.Lon = *r.Lat, *r.Lon
	}
	return e
}
