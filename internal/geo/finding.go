package geo

import (
	"net/netip"
	"strings"
	"time"

	"github.com/nightjar-sec/nightjar"
)

// Finding is what is known of one address.
type Finding struct {
	Address netip.Addr // unmapped and without a zone
	// Place has the address's place, AS, kind and the name of the source.
	Place        nightjar.Place
	Organization string // who runs the AS
	Kind         Kind
	Reason       string // why that kind, a sentence for people
	Confidence   Confidence
	PlaceSource  Source // zero when the place is not known
	ASSource     Source // zero when the AS is not known
}

// Source is where a fact comes from.
type Source struct {
	Name  string    // as the publisher calls it, e.g. "DB-IP City Lite"
	Built time.Time // when the publisher made it; zero when it does not say
}

// sourceMicrosoft is the source of a place that the record itself states.
const sourceMicrosoft = "microsoft"

// String is the name and the month: "DB-IP City Lite 2026-11". It is what the
// column place_source holds.
func (s Source) String() string {
	if s.Built.IsZero() {
		return s.Name
	}
	return s.Name + s.Built.UTC().Format(" 2006-01")
}

// Age is how old the source is at a time; 0 when it does not say.
func (s Source) Age(now time.Time) time.Duration {
	if s.Built.IsZero() {
		return 0
	}
	return max(now.Sub(s.Built), 0)
}

// displayName makes of a database's type the name that people know.
func displayName(databaseType string) string {
	switch {
	case databaseType == "":
		return "unnamed"
	case strings.HasPrefix(databaseType, "DBIP-"):
		// DBIP-City-Lite, and "DBIP-City-Lite (compat=City)" in files of some months.
		name, _, _ := strings.Cut(databaseType, " (")
		return "DB-IP" + strings.ReplaceAll(name[len("DBIP"):], "-", " ")
	default:
		return strings.ReplaceAll(databaseType, "-", " ")
	}
}
