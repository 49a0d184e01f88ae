package api

import (
	"time"

	"github.com/nightjar-sec/nightjar/internal/health"
)

// Settings are what is in force, for people to read. They hold no secret.
type Settings struct {
	PublicURL string
	Retention time.Duration            // 0 keeps for ever
	Tables    map[string]time.Duration // that differ
	Geo       []GeoFile
	Backup    string // the command that makes one
	Options   []Option
}

// GeoFile is one source of places.
type GeoFile struct {
	Name        string    `json:"name"`
	Kind        string    `json:"kind"`
	Built       time.Time `json:"built,omitzero"`
	Attribution string    `json:"attribution,omitempty"`
	Problem     string    `json:"problem,omitempty"`
}

// Option is one line of the configuration.
type Option struct {
	Key   string `json:"key"`
	Value string `json:"value"`
	From  string `json:"from"`
}

type retentionTable struct {
	Table string  `json:"table"`
	Days  float64 `json:"days"`
}

type settingsAnswer struct {
	Build     health.Build `json:"build"`
	PublicURL string       `json:"public_url,omitempty"`
	Retention struct {
		Default float64          `json:"default_days"`
		Tables  []retentionTable `json:"tables"`
	} `json:"retention"`
	Geo    []GeoFile `json:"geo"`
	Backup struct {
		Command string `json:"command"`
		Text    string `json:"text,omitempty"`
	} `json:"backup"`
	Options []Option `json:"options"`
}

const day = 24 * time.Hour

func (s *Server) getSettings(c *call) error {
	set := s.cfg.Settings(c.ctx)
	out := settingsAnswer{Build: s.cfg.Build, PublicURL: set.PublicURL, Geo: some(set.Geo), Options: some(set.Options)}
	out.Retention.Default = float64(set.Retention) / float64(day)
	out.Retention.Tables = []retentionTable{}
	for _, name := range sortedKeys(set.Tables) {
		out.Retention.Tables = append(out.Retention.Tables, retentionTable{name, float64(set.Tables[name]) / float64(day)})
	}
	out.Backup.Command = set.Backup
	out.Backup.Text = "It copies the catalog and the files while everything runs. The key is not in it: keep that elsewhere."
	return c.ok(out)
}
