package api

import (
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/collect"
)

type coverageAnswer struct {
	Tenant nightjar.TenantID `json:"tenant"`
	From   time.Time         `json:"from"`
	To     time.Time         `json:"to"`
	Cliff  time.Time         `json:"cliff"`
	Feeds  []feedCoverage    `json:"feeds"`
}

type feedCoverage struct {
	Feed           nightjar.Feed          `json:"feed"`
	ListedFrom     time.Time              `json:"listed_from,omitzero"`
	ListedTo       time.Time              `json:"listed_to,omitzero"`
	LastSuccess    time.Time              `json:"last_success,omitzero"`
	Reconciled     time.Time              `json:"reconciled,omitzero"`
	ReconcileFound int64                  `json:"reconcile_found"`
	Refetched      int64                  `json:"refetched"`
	RefetchGain    int64                  `json:"refetch_gain"`
	Total          collect.HourCoverage   `json:"total"`
	Hours          []collect.HourCoverage `json:"hours"`
	Gaps           []collect.Gap          `json:"gaps"`
	Quarantine     []collect.Quarantined  `json:"quarantine"`
}

func (s *Server) getCoverage(c *call) error {
	if _, err := c.connection(); err != nil {
		return err
	}
	from, to, err := c.span(nightjar.ContentRetention)
	if err != nil {
		return err
	}
	cov, err := s.cfg.Collector.Coverage(c.ctx, c.tenant, from, to)
	if err != nil {
		return err
	}
	out := coverageAnswer{Tenant: cov.Tenant, From: cov.From, To: cov.To, Cliff: s.cfg.Clock.Now().Add(-nightjar.ContentRetention), Feeds: []feedCoverage{}}
	for _, f := range cov.Feeds {
		out.Feeds = append(out.Feeds, feedCoverage{
			Feed: f.Feed, ListedFrom: f.ListedFrom, ListedTo: f.ListedTo, LastSuccess: f.LastSuccess, Reconciled: f.Reconciled,
			ReconcileFound: f.ReconcileFound, Refetched: f.Refetched, RefetchGain: f.RefetchGain,
			Total: f.Total, Hours: some(f.Hours), Gaps: some(f.Gaps), Quarantine: some(f.Quarantine),
		})
	}
	return c.ok(out)
}
