package geo

import (
	"log/slog"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/clock"
)

// Config is what an Atlas needs. The zero value has the data inside the binary
// and nothing else.
type Config struct {
	// CityFile and ASNFile are the user's own data files; "" means none. They
	// come before all others, and they alone may place private addresses.
	CityFile, ASNFile string
	// Folder holds data files and lists, as update fetches them; it need not
	// exist. "" means none.
	Folder string
	// WithoutBuiltIn leaves out the data inside the binary.
	WithoutBuiltIn bool
	// CheckEvery is how often Run looks whether files were replaced; 0 means 30 seconds.
	CheckEvery time.Duration
	Clock      clock.Clock
	Logger     *slog.Logger // nil discards
	Warnings   Warnings     // nil discards
}

// Warnings is the registry of what is wrong. An interface, so that geo does
// not depend on health.
type Warnings interface {
	Set(code nightjar.WarningCode, tenant nightjar.TenantID, source string, args map[string]string)
	Clear(code nightjar.WarningCode, tenant nightjar.TenantID, source string)
}

// Atlas answers where addresses are. It is safe for concurrent use.
type Atlas struct {
	cfg       Config
	services  prefixSet // of Microsoft 365
	builtIn   []*database
	now       atomic.Pointer[generation]
	refreshMu sync.Mutex
	warned    map[string]nightjar.WarningCode // by name of the file; under refreshMu
}

// generation is the files that answer at a time. It is immutable.
type generation struct {
	databases []*database // in the order in which they are asked
	lists     []*list     // in the order of listKinds
	troubles  []Trouble
	recent    *recent
}

// New opens the files that there are. A file that cannot be used is no error:
// events are collected with or without their places. Files and the warnings
// say so.
func New(cfg Config) (*Atlas, error) {
	if cfg.CheckEvery == 0 {
		cfg.CheckEvery = 30 * time.Second
	}
	if cfg.CheckEvery < 0 {
		return nil, &nightjar.Error{Code: nightjar.CodeInternal, Message: "geo: the interval between two looks at the files is negative"}
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Warnings == nil {
		cfg.Warnings = silent{}
	}
	a := &Atlas{cfg: cfg, services: microsoft365Set(), warned: map[string]nightjar.WarningCode{}}
	if !cfg.WithoutBuiltIn {
		var err error
		if a.builtIn, err = openBuiltIn(); err != nil {
			return nil, err
		}
	}
	a.now.Store(&generation{recent: newRecent()})
	a.Refresh()
	return a, nil
}

// Lookup returns what is known of an address by itself. An address of
// Microsoft 365 is not said to be a service's here: that takes a record that
// says so too, see Place.
func (a *Atlas) Lookup(addr netip.Addr) Finding { return a.find(addr, actor{}) }

func (a *Atlas) find(addr netip.Addr, who actor) Finding {
	addr = addr.Unmap().WithZone("")
	f := Finding{Address: addr}
	if !addr.IsValid() {
		return f.as(KindInvalid, ConfidenceCertain, "not an address")
	}
	g := a.now.Load()
	q := question{addr, who.service()}
	slot := g.recent.slot(q)
	if r := slot.Load(); r != nil && r.question == q {
		return r.finding
	}
	reserved, isSpecial := special(addr)
	flagged, err := f.fill(g, addr, isSpecial)
	f = a.judge(f, g, flagged, reserved, isSpecial, q.service)
	if err == nil {
		slot.Store(&remembered{q, f})
	}
	return f
}

// fill takes the place and the AS from the first files that have them, and
// returns the file that states a kind, with that kind. An error says that a
// file could not be asked; the others were.
func (f *Finding) fill(g *generation, addr netip.Addr, ownOnly bool) (flagged stated, failed error) {
	placed := false
	for _, d := range g.databases {
		if ownOnly && !d.own || placed && f.Place.ASN != 0 && flagged.kind != "" {
			continue
		}
		r, found, err := d.lookup(addr)
		if err != nil {
			failed = err // Refresh finds out what is wrong with the file
			continue
		}
		if !found {
			continue
		}
		if !placed && r.hasPlace() {
			placed = true
			f.Place.Country, f.Place.City, f.Place.Lat, f.Place.Lon = r.country, r.city, r.lat, r.lon
			f.PlaceSource, f.Place.Source = d.source, d.source.String()
		}
		if f.Place.ASN == 0 && r.asn != 0 {
			f.Place.ASN, f.Organization, f.ASSource = r.asn, r.organization, d.source
		}
		if flagged.kind == "" && r.kind != "" {
			flagged = stated{r.kind, d.source}
		}
	}
	return flagged, failed
}

// stated is a kind that a data file states by a flag.
type stated struct {
	kind   Kind
	source Source
}

// judge decides the kind. What the owner of a network says comes first, then
// what the address itself says, then what others say of it.
func (a *Atlas) judge(f Finding, g *generation, flagged stated, reserved specialRange, isSpecial, byService bool) Finding {
	for _, l := range g.lists {
		if (!isSpecial || l.kind == KindUser || l.kind == KindADFSProxy) && l.set.contains(f.Address) {
			confidence := ConfidenceListed
			if l.kind == KindUser || l.kind == KindADFSProxy {
				confidence = ConfidenceCertain
			}
			return f.as(l.kind, confidence, l.reason())
		}
	}
	placed := f.Place.Source != ""
	service := a.services.contains(f.Address)
	switch {
	case flagged.kind != "":
		return f.as(flagged.kind, ConfidenceListed, "flagged so in "+flagged.source.String())
	case isSpecial && !placed:
		return f.as(reserved.kind, ConfidenceCertain, reserved.reason)
	case isSpecial:
		return f.as(KindUser, ConfidenceCertain, reserved.reason+", which "+f.Place.Source+", a file of yours, places")
	case service && byService:
		return f.as(KindMicrosoftService, ConfidenceListed,
			"among the addresses of Microsoft 365 ("+microsoft365Date+"), and the record is of an application or system user of Microsoft's")
	case service:
		return f.as(KindAzureTenant, ConfidenceInferred,
			"among the addresses of Microsoft 365 ("+microsoft365Date+"), but nothing else says that a service of Microsoft acted")
	}
	if o, known := operatorOf(f.Place.ASN); known {
		return f.as(o.kind, ConfidenceInferred, o.reason(f.Place.ASN))
	}
	return f.as(KindUser, ConfidenceInferred, "no list and no data file says anything else")
}

func (f Finding) as(kind Kind, confidence Confidence, reason string) Finding {
	f.Kind, f.Confidence, f.Reason = kind, confidence, reason
	f.Place.Network = string(kind)
	return f
}

type silent struct{}

func (silent) Set(nightjar.WarningCode, nightjar.TenantID, string, map[string]string) {}

func (silent) Clear(nightjar.WarningCode, nightjar.TenantID, string) {}
