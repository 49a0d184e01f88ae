package detect

import (
	"encoding/json"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/normalise"
)

// RecordEnricher adds to records that lie in a file what the stream adds to
// the events of the journal. Nobody looks up their addresses, so that a place is
// there only where the record itself says one. It is for one goroutine.
type RecordEnricher struct {
	enricher *Enricher
	record   []byte
}

// NewRecordEnricher returns an enricher of records.
func NewRecordEnricher() *RecordEnricher { return &RecordEnricher{enricher: NewEnricher()} }

// Enrich returns the record with what is known of it beside. The tenant is the
// organization that it names, called by its id. What is returned is valid until
// the next call. A record that collection would not store is an error.
func (r *RecordEnricher) Enrich(raw []byte) ([]byte, error) {
	e, err := normalise.Record(raw, normalise.Origin{})
	if err != nil {
		return nil, err //nolint:wrapcheck // says what is wrong with the record
	}
	var of struct{ OrganizationId any }
	if json.Unmarshal(raw, &of) == nil {
		id, _ := of.OrganizationId.(string)
		e.Tenant = nightjar.TenantID(id)
	}
	r.record = r.enricher.Enrich(r.record[:0], &e, string(e.Tenant))
	return r.record, nil
}
