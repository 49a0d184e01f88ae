package sim

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Command is what a person says on the command line about a simulator. The
// zero value is a small calm tenant.
type Command struct {
	Listen   string
	Seed     uint64
	TenantID string // empty: the events' OrganizationId, or one made of the seed
	ClientID string
	Secret   string
	// CertificateFiles are PEM, each with a certificate that is registered on
	// the application. The secret works beside them.
	CertificateFiles []string
	EventFiles       []string // NDJSON, plain or .gz; none means a generated tenant
	People           int
	EventsPerDay     int
	Backlog          time.Duration
	Ahead            time.Duration
	Live             bool
	Scenario         string    // a name of Scenarios or a file
	Speed            float64   // virtual seconds a second; 0 means 1
	Origin           time.Time // the clock's time at the start; zero means now
	Base             time.Time // wall time at which the clock showed Origin; zero means now. A restarted server that is given both serves the same content
	CAFile           string
	GeoFile          string // where address data for the client are written; empty means nowhere
}

// Config reads the files that a command names and makes a configuration of it.
// It opens no port.
func (c Command) Config() (Config, error) {
	sc, err := LoadScenario(c.Scenario)
	if err != nil {
		return Config{}, err
	}
	t := TenantConfig{ID: c.TenantID, ClientID: c.ClientID, People: c.People, EventsPerDay: c.EventsPerDay, Backlog: c.Backlog, Ahead: c.Ahead, Live: c.Live}
	if c.Secret != "" {
		t.Secrets = []ClientSecret{{ID: guidOf(c.Seed, "secret id"), Value: c.Secret}}
	}
	for _, file := range c.CertificateFiles {
		data, err := os.ReadFile(file)
		if err != nil {
			return Config{}, fmt.Errorf("read a certificate: %w", err)
		}
		if _, err := parseCertificate(data); err != nil {
			return Config{}, fmt.Errorf("%s: %w", file, err)
		}
		t.Certificates = append(t.Certificates, data)
	}
	if len(t.Certificates) > 0 && len(t.Secrets) == 0 {
		t.Secrets = []ClientSecret{{ID: guidOf(c.Seed, "secret id"), Value: "sim~" + guidOf(c.Seed, "secret")}}
	}
	if len(c.EventFiles) > 0 {
		if t.Events, err = LoadEvents(c.EventFiles...); err != nil {
			return Config{}, err
		}
		if t.ID == "" {
			t.ID = TenantOf(t.Events)
		}
	}
	cfg := Config{Listen: c.Listen, Seed: c.Seed, Tenants: []TenantConfig{t}, Scenario: sc, CAFile: c.CAFile, GeoFile: c.GeoFile}
	if c.Speed != 0 && c.Speed != 1 || !c.Origin.IsZero() {
		clock := AcceleratedClock(c.Origin, c.Speed)
		if !c.Base.IsZero() {
			clock.Base = c.Base
		}
		cfg.Clock = clock
	}
	return cfg, nil
}

// ClientConfig is where a client configuration's secrets and data are to be.
type ClientConfig struct {
	DataDir string
	// SecretFile returns the file that holds the first secret of a tenant;
	// the caller writes it.
	SecretFile func(tenant string) string
	// OperatorSecretFile holds the first secret of the operator's application;
	// the caller writes it. Empty leaves that application out.
	OperatorSecretFile string
}

// WriteClientConfig writes a configuration file, as YAML, that points a client
// at the server and makes it share a RehearsalClock. The simulator knows the file's keys and nothing else of its reader.
func (s *Server) WriteClientConfig(w io.Writer, cc ClientConfig) error {
	type tenantKeys struct {
		Name   string `yaml:"name"`
		ID     string `yaml:"id"`
		Cloud  string `yaml:"cloud"`
		Client string `yaml:"client_id"`
		Secret string `yaml:"client_secret_file,omitempty"`
	}
	type cloudKeys struct {
		Login      string `yaml:"login"`
		Management string `yaml:"management"`
		Graph      string `yaml:"graph"`
		CAFile     string `yaml:"ca_file,omitempty"`
	}
	type consentKeys struct {
		Client string `yaml:"client_id"`
		Secret string `yaml:"client_secret_file"`
	}
	type providerKeys struct {
		ID     string `yaml:"id"`
		Name   string `yaml:"name"`
		Kind   string `yaml:"kind"`
		Issuer string `yaml:"issuer"`
		Client string `yaml:"client_id"`
		Secret string `yaml:"client_secret_file"`
		CAFile string `yaml:"ca_file,omitempty"`
	}
	type geoKeys struct {
		CityDB string `yaml:"city_db"`
	}
	type rehearsalKeys struct {
		Epoch string  `yaml:"epoch"`
		Base  string  `yaml:"base"`
		Speed float64 `yaml:"speed"`
	}
	file := struct {
		DataDir   string               `yaml:"data_dir,omitempty"`
		Clouds    map[string]cloudKeys `yaml:"clouds"`
		Tenants   []tenantKeys         `yaml:"tenants"`
		Consent   *consentKeys         `yaml:"consent,omitempty"`
		SSO       []providerKeys       `yaml:"sso,omitempty"`
		Geo       *geoKeys             `yaml:"geo,omitempty"`
		Rehearsal *rehearsalKeys       `yaml:"rehearsal,omitempty"`
	}{DataDir: cc.DataDir, Clouds: map[string]cloudKeys{"sim": {s.roots.Login, s.roots.Management, s.roots.Graph, s.caFile}}}
	if cc.OperatorSecretFile != "" {
		file.Consent = &consentKeys{s.operator.ClientID, cc.OperatorSecretFile}
		// The id is part of the address to which the application sends people back.
		first := s.Tenants()[0]
		file.SSO = []providerKeys{{
			ID: "contoso", Name: strings.ToUpper(first.Name[:1]) + first.Name[1:], Kind: "entra", Issuer: s.roots.Login + "/" + first.ID + "/v2.0",
			Client: s.operator.ClientID, Secret: cc.OperatorSecretFile, CAFile: s.caFile,
		}}
	}
	for _, t := range s.Tenants() {
		if t.Unconnected {
			continue
		}
		k := tenantKeys{Name: strings.ToLower(t.Name), ID: t.ID, Cloud: "sim", Client: t.ClientID}
		if cc.SecretFile != nil && len(t.Secrets) > 0 {
			k.Secret = cc.SecretFile(t.ID)
		}
		file.Tenants = append(file.Tenants, k)
	}
	if s.geoFile != "" {
		file.Geo = &geoKeys{s.geoFile}
	}
	if c, ok := s.given.(RehearsalClock); ok {
		file.Rehearsal = &rehearsalKeys{c.Epoch.UTC().Format(time.RFC3339Nano), c.Base.UTC().Format(time.RFC3339Nano), c.Speed}
	}
	enc := yaml.NewEncoder(w)
	enc.SetIndent(2)
	if err := enc.Encode(file); err != nil {
		return fmt.Errorf("write the client's configuration: %w", err)
	}
	return enc.Close()
}
