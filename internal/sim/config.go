package sim

import (
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"time"
)

// Config is what a Server needs. The zero value serves one small generated
// tenant, without faults, on free ports of the loopback address.
type Config struct {
	// Listen is the address of the management root, host:port. Sign-in and
	// Graph take the two ports that follow it. Empty or port 0 means free ports.
	Listen string
	// InMemory opens no port: clients connect through Server.DialContext.
	// Tests under testing/synctest need it.
	InMemory bool
	// Seed decides everything that is made up. 0 means the scenario's seed, or 1.
	Seed uint64
	// Tenants are the tenants served; none means one generated tenant.
	Tenants []TenantConfig
	// Operator is the client's own multi-tenant application, for consent in a browser.
	Operator OperatorApp
	// Scenario is what goes wrong; the zero value is calm.
	Scenario Scenario
	// Clock is the service's time; nil means the machine's.
	Clock Clock
	// CAFile is where Run writes the certificate authority that the roots are
	// signed by, as PEM. Empty means nowhere.
	CAFile string
	// GeoFile is where New writes address data that place the people of
	// generated tenants, in MaxMind's DB format. Empty means nowhere.
	GeoFile string
	// Logger is told of requests at debug level; nil means silence.
	Logger *slog.Logger
}

// TenantConfig is one simulated tenant and the application registered in it.
type TenantConfig struct {
	ID       string // GUID; empty means one made of the seed
	Name     string // initial domain name without .onmicrosoft.com; empty means contoso
	ClientID string // GUID; empty means one made of the seed

	Secrets      []ClientSecret // none, and no certificate or federation: one secret is made of the seed
	Certificates [][]byte       // PEM, each with one certificate that is registered on the application
	Federations  []Federation

	// Roles are the granted application permissions of the Management
	// Activity API; nil means ActivityFeed.Read and ActivityFeed.ReadDlp, empty means none.
	Roles []string

	AuditDisabled bool // auditing is off: the API answers that the tenant does not exist
	AppDisabled   bool // AADSTS7000112
	NoConsent     bool // the application is not in the tenant: AADSTS700016
	WrongCloud    bool // the application lives in another cloud: AADSTS900382
	PolicyBlocks  bool // a conditional access policy refuses applications: AADSTS53003
	NoUserConsent bool // people may not let applications sign them in: AADSTS90094
	// AppRoles are the application's roles that are assigned to people, by
	// their name before the @: they are in the tokens of their sign-ins.
	AppRoles map[string][]string
	// Unconnected leaves the tenant out of the client's configuration: it is
	// there to be connected by consent.
	Unconnected bool

	// Events are raw records, served byte for byte; see LoadEvents. nil means
	// a generated tenant.
	Events [][]byte
	// People and EventsPerDay size a generated tenant; 0 means 250 people
	// and 60 events a person and day.
	People       int
	EventsPerDay int
	// Backlog is how far back content reaches when the server starts; 0 means 6.5 days.
	Backlog time.Duration
	// Ahead spreads the content of Events into the future too, so that it
	// arrives while the server runs. A generated tenant has Live instead.
	Ahead time.Duration
	// Live makes a generated tenant go on living as the clock runs.
	Live bool
	// EventsPerBlob bounds a blob; 0 means 100.
	EventsPerBlob int
	// Subscribed starts with all feeds subscribed.
	Subscribed bool
}

// ClientSecret is one secret of an application.
type ClientSecret struct {
	ID      string // what administrators paste by mistake
	Value   string
	Expires time.Time // zero means never
}

// Federation trusts assertions of another issuer (a federated identity credential).
type Federation struct {
	Issuer    string
	Subject   string
	Audience  string // empty means api://AzureADTokenExchange
	PublicKey []byte // PEM, PKIX; RSA
}

var guidShape = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// withDefaults fills what the zero value leaves open and refuses what cannot be.
func (c Config) withDefaults() (Config, error) {
	if c.Seed == 0 {
		c.Seed = max(c.Scenario.Seed, 1)
	}
	if c.Clock == nil {
		c.Clock = wallClock{}
	}
	if c.Scenario.ClockSkew != 0 {
		c.Clock = skewedClock{c.Clock, c.Scenario.ClockSkew}
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if len(c.Tenants) == 0 {
		c.Tenants = []TenantConfig{{}}
	}
	c.Operator = c.Operator.withDefaults(c.Seed)
	if err := c.Scenario.validate(); err != nil {
		return c, err
	}
	tenants := make([]TenantConfig, len(c.Tenants))
	seen := map[string]bool{}
	for i, t := range c.Tenants {
		t, err := t.withDefaults(c.Seed, i)
		if err != nil {
			return c, err
		}
		if seen[t.ID] {
			return c, fmt.Errorf("tenant %s is configured twice", t.ID)
		}
		seen[t.ID] = true
		tenants[i] = t
	}
	c.Tenants = tenants
	return c, nil
}

func (t TenantConfig) withDefaults(seed uint64, n int) (TenantConfig, error) {
	place := fmt.Sprint("tenant ", n)
	if t.ID == "" {
		t.ID = guidOf(seed, place)
	}
	t.ID = strings.ToLower(t.ID)
	if !guidShape.MatchString(t.ID) {
		return t, fmt.Errorf("tenant id %q is not a GUID", t.ID)
	}
	if t.Name == "" {
		t.Name = "contoso"
		if n > 0 {
			t.Name = fmt.Sprint("contoso", n+1)
		}
	}
	if t.ClientID == "" {
		t.ClientID = guidOf(seed, place+" client")
	}
	t.ClientID = strings.ToLower(t.ClientID)
	if len(t.Secrets)+len(t.Certificates)+len(t.Federations) == 0 {
		t.Secrets = []ClientSecret{{ID: guidOf(seed, place+" secret id"), Value: "sim~" + guidOf(seed, place+" secret")}}
	}
	if t.Roles == nil {
		t.Roles = []string{roleRead, roleReadDLP}
	}
	if t.People == 0 {
		t.People = 250
	}
	if t.EventsPerDay == 0 {
		t.EventsPerDay = 60 * t.People
	}
	if t.People < 0 || t.EventsPerDay < 0 || t.Backlog < 0 || t.Ahead < 0 || t.EventsPerBlob < 0 {
		return t, errors.New("a tenant's sizes and durations must not be negative")
	}
	if t.Backlog == 0 {
		t.Backlog = 156 * time.Hour
	}
	if t.EventsPerBlob == 0 {
		t.EventsPerBlob = 100
	}
	return t, nil
}
