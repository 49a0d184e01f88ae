package health

import (
	"fmt"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
)

// pipelineCollector is the collector_name of the rows that the log writes of itself.
const pipelineCollector = "health/pipeline-log"

// events makes events of rows.
func (p *PipelineLog) events(rows []nightjar.PipelineRecord) ([]nightjar.Event, error) {
	now := p.clock.Now()
	out := make([]nightjar.Event, 0, len(rows))
	for _, r := range rows {
		e, err := r.Event(now)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
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
