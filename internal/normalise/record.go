package normalise

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/nightjar-sec/nightjar"
)

// ErrWrongTenant is in the chain of the error for a record that names another
// organization than the tenant it was fetched for. Such a record must not
// enter the tenant's journal.
var ErrWrongTenant = errors.New("the record is of another organization")

// ErrNotUTF8 is in the chain of the error for a record that is JSON but for
// bytes that are not UTF-8. A Parquet file that held it in a text column would
// be refused by query engines as a whole, and the record cannot be mended: it
// is kept byte for byte.
var ErrNotUTF8 = errors.New("the record is not UTF-8")

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
// organization has ErrWrongTenant in its chain, one that is not UTF-8
// ErrNotUTF8. Nothing else is an error: a
// field of an unexpected type or an address that cannot be read leaves its
// column empty. Where an object has a name twice the first one counts, as it
// does for json_value in a query.
func Record(raw []byte, o Origin) (nightjar.Event, error) {
	var f fields
	if err := f.read(raw); err != nil {
		return nightjar.Event{}, err
	}
	if !utf8.Valid(raw) {
		return nightjar.Event{}, &nightjar.Error{Code: nightjar.CodeCorrupt, Message: "a record cannot be stored", Err: ErrNotUTF8}
	}
	if org := text(f.values[memOrganizationID]); otherTenant(org, o.Tenant) {
		return nightjar.Event{}, fmt.Errorf("record of organization %s: %w", org, ErrWrongTenant)
	}
	e := nightjar.Event{
		Tenant:         o.Tenant,
		Feed:           o.Feed,
		Tag:            o.Tag,
		Time:           eventTime(text(f.values[memCreationTime]), o),
		Ingested:       o.Ingested,
		ContentCreated: o.ContentCreated,
		RecordType:     number(f.values[memRecordType]),
		UserType:       userType(f.values[memUserType]),
		Raw:            bytes.Clone(raw),
	}
	e.Table = tableOf(text(f.values[memWorkload]), e.RecordType, o.Feed)

	var space [4096]byte // folded bags and columns of most records fit in
	bags := f.appendBags(space[:0])
	var c columns
	c.read(&f)
	switch e.Table {
	case nightjar.TableAzureAD:
		c.azureAD(&f)
	case nightjar.TableExchange:
		c.exchange(&f)
	case nightjar.TableTeams:
		c.teams(&f)
	case nightjar.TableGeneral:
		c.general(&f)
	default: // SharePoint, OneDrive and DLP have nothing of their own
	}
	c.fill(&e, &f, bags)
	e.Place = f.location()
	if e.ID == "" {
		e.ID = "noid:" + o.ContentID + ":" + strconv.Itoa(o.Index)
	}
	return e, nil
}

// otherTenant reports whether org is the id of an organization other than the
// tenant. What is no id (absent, a name, all zeros) accuses nobody.
func otherTenant(org []byte, tenant nightjar.TenantID) bool {
	if len(org) == 0 || tenant == "" || string(org) == string(tenant) {
		return false
	}
	id, err := nightjar.ParseTenantID(string(org))
	return err == nil && id != tenant && strings.Trim(string(id), "0-") != ""
}
