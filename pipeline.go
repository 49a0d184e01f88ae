package nightjar

import (
	"encoding/json"
	"fmt"
	"time"
)

// PipelineAction is what a part of the pipeline did.
type PipelineAction string

// The actions that a row of collectors_out names.
const (
	PipelineStarted   PipelineAction = "started"
	PipelineListed    PipelineAction = "listed"
	PipelineFetched   PipelineAction = "fetched"
	PipelineStored    PipelineAction = "stored"
	PipelineThrottled PipelineAction = "throttled"
	PipelineFailed    PipelineAction = "failed"
	PipelineGap       PipelineAction = "gap"
)

// Level is the severity of a pipeline record.
type Level string

// The levels.
const (
	LevelInfo    Level = "info"
	LevelWarning Level = "warning"
	LevelError   Level = "error"
)

// PipelineRecord is a row of the table collectors_out: what the pipeline says
// of itself. The message of a failed one begins with "collector failed".
type PipelineRecord struct {
	ID        string
	Time      time.Time
	Tenant    TenantID
	Collector string // e.g. "management-activity/Audit.Exchange"
	JobID     string // one run of one collector
	Action    PipelineAction
	Level     Level
	Message   string
	Count     int64 // of blobs or events, as the action says; 0 when it has none
	// CompleteUntil says, with PipelineStored, that all content of the tenant
	// that was made before is stored, as far as Microsoft has shown it.
	CompleteUntil time.Time
}

// Event makes of the row an event of the table collectors_out. The columns are
// borrowed from those of audit events; the query view gives them their names.
func (r PipelineRecord) Event(ingested time.Time) (Event, error) {
	raw, err := json.Marshal(struct {
		ID            string         `json:"id"`
		Time          time.Time      `json:"time"`
		Tenant        TenantID       `json:"tenant"`
		Collector     string         `json:"collector_name"`
		JobID         string         `json:"job_id"`
		Action        PipelineAction `json:"action"`
		Level         Level          `json:"level"`
		Message       string         `json:"message"`
		Count         int64          `json:"count"`
		CompleteUntil time.Time      `json:"complete_until,omitzero"`
	}{r.ID, r.Time.UTC(), r.Tenant, r.Collector, r.JobID, r.Action, r.Level, r.Message, r.Count, r.CompleteUntil.UTC()})
	if err != nil {
		return Event{}, fmt.Errorf("encode pipeline row: %w", err)
	}
	return Event{
		Tenant: r.Tenant, ID: r.ID, Table: TableCollectorsOut,
		Time: r.Time, Ingested: ingested, ContentCreated: r.Time,
		Operation: string(r.Action), Workload: r.Collector, SessionID: r.JobID,
		Result: string(r.Level), ObjectID: r.Message, Raw: raw,
	}, nil
}

// CompleteUntil reads from an event of collectors_out what its record had of
// that name; false of events that say nothing of it.
func CompleteUntil(e *Event) (time.Time, bool) {
	if e.Table != TableCollectorsOut || e.Operation != string(PipelineStored) {
		return time.Time{}, false
	}
	var row struct {
		CompleteUntil time.Time `json:"complete_until"`
	}
	err := json.Unmarshal(e.Raw, &row)
	return row.CompleteUntil, err == nil && !row.CompleteUntil.IsZero()
}
