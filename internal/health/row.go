package health

import (
	"encoding/json"
	"fmt"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
)

// pipelineCollector is the collector_name of the rows that the log writes of itself.
const pipelineCollector = "health/pipeline-log"

// rawRow is a row of collectors_out as its raw column holds it.
type rawRow struct {
	ID        string                  `json:"id"`
	Time      time.Time               `json:"time"`
	Tenant    nightjar.TenantID       `json:"tenant"`
	Collector string                  `json:"collector_name"`
	JobID     string                  `json:"job_id"`
	Action    nightjar.PipelineAction `json:"action"`
	Level     nightjar.Level          `json:"level"`
	Message   string                  `json:"message"`
	Count     int64                   `json:"count"`
}

// events turns rows into events of the table collectors_out. The columns are
// borrowed from those of audit events; the query view gives them their names.
func (p *PipelineLog) events(rows []nightjar.PipelineRecord) ([]nightjar.Event, error) {
	now := p.clock.Now()
	out := make([]nightjar.Event, 0, len(rows))
	for _, r := range rows {
		raw, err := json.Marshal(rawRow{r.ID, r.Time.UTC(), r.Tenant, r.Collector, r.JobID, r.Action, r.Level, r.Message, r.Count})
		if err != nil {
			return nil, fmt.Errorf("encode pipeline row: %w", err)
		}
		out = append(out, nightjar.Event{
			Tenant: r.Tenant, ID: r.ID, Table: nightjar.TableCollectorsOut,
			Time: r.Time, Ingested: now, ContentCreated: r.Time,
			Operation: string(r.Action), Workload: r.Collector, SessionID: r.JobID,
			Result: string(r.Level), ObjectID: r.Message, Raw: raw,
		})
	}
	return out, nil
}

func (p *PipelineLog) gapRow(tenant nightjar.TenantID, l loss) nightjar.PipelineRecord {
	return nightjar.PipelineRecord{
		ID: newID(), Time: p.clock.Now(), Tenant: tenant, Collector: pipelineCollector,
		Action: nightjar.PipelineGap, Level: nightjar.LevelWarning, Count: l.rows,
		Message: fmt.Sprintf("%d rows of collectors_out between %s and %s were dropped because the journal could not store them",
			l.rows, l.from.UTC().Format(time.RFC3339), l.to.UTC().Format(time.RFC3339)),
	}
}
