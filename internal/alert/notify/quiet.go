package notify

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Quiet are hours in which people are told of critical alerts alone.
type Quiet struct {
	From string   `json:"from"` // 22:00
	To   string   `json:"to"`   // 07:00
	Zone string   `json:"zone"` // Europe/Berlin
	Days []string `json:"days,omitempty"`
}

func days() []string { return []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"} }

func (q Quiet) check() error {
	for _, s := range []string{q.From, q.To} {
		if _, err := time.Parse("15:04", s); err != nil || len(s) != 5 {
			return invalid(fmt.Sprintf("%.20q is no time of day", s), "e.g. 22:00")
		}
	}
	if q.From == q.To {
		return invalid("the quiet hours begin when they end", "e.g. from 22:00 to 07:00")
	}
	if _, err := q.zone(); err != nil || q.Zone == "" || q.Zone == "Local" {
		return invalid(fmt.Sprintf("there is no time zone %.60q", q.Zone), "e.g. Europe/Berlin or UTC")
	}
	for _, d := range q.Days {
		if !slices.Contains(days(), d) {
			return invalid(fmt.Sprintf("%.20q is no day", d), strings.Join(days(), ", "))
		}
	}
	return nil
}

func (q Quiet) zone() (*time.Location, error) { return time.LoadLocation(q.Zone) }

// until returns when the quiet hours that now lies in end, and the zero time
// when it lies in none.
func (q Quiet) until(now time.Time) time.Time {
	zone, err := q.zone()
	if err != nil {
		return time.Time{} // it was checked; a machine without the zone is never quiet
	}
	local := now.In(zone)
	// The hours that began today, and those that began yesterday and go past midnight.
	for _, ago := range []int{0, 1} {
		begins := at(local, -ago, q.From)
		ends := at(local, -ago, q.To)
		if q.To < q.From {
			ends = at(local, 1-ago, q.To)
		}
		if len(q.Days) > 0 && !slices.Contains(q.Days, days()[begins.Weekday()]) {
			continue
		}
		if !now.Before(begins) && now.Before(ends) {
			return ends.UTC()
		}
	}
	return time.Time{}
}

// at is a time of day so many days from that of local.
func at(local time.Time, days int, clock string) time.Time {
	t, err := time.Parse("15:04", clock)
	if err != nil {
		return time.Time{} // it was checked
	}
	return time.Date(local.Year(), local.Month(), local.Day()+days, t.Hour(), t.Minute(), 0, 0, local.Location())
}
