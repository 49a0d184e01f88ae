package nightjar

import "time"

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
}
