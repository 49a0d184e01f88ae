package sim

import (
	"fmt"
	"net/netip"
	"time"
)

// The habits of a quiet tenant's people, in percent or thousandths.
const (
	percentAtWork       = 90 // of working days
	percentOnWeekends   = 6
	percentAtHome       = 40 // of working days, for those who have no office far away
	percentMistyped     = 4  // of days: a password or two that was wrong
	percentInterrupted  = 12 // of days: a second factor was asked for
	perMilleNotAnswered = 4  // of days: and not answered in time, once
	percentThroughVPN   = 15 // of the days of those who hide
	perMilleTrip        = 6  // of days: a trip of up to four days to another office begins
	perMilleNewPhone    = 2  // of days
	actsAtLaptop        = 34 // of a day at work, on average
	actsAtPhone         = 7
)

// tripDays is how long the longest trip takes.
const tripDays = 4

// sitting is a device at hand in a place.
type sitting struct {
	who  person
	from string
	name string
}

// day is what everybody does on a day.
func (q *quietTenant) day(day int, midnight time.Time) []act {
	var acts []act
	weekend := midnight.Weekday() == time.Saturday || midnight.Weekday() == time.Sunday
	for n := range q.g.people.people {
		if q.hired(n) > day {
			continue
		}
		d := q.dice(day, "person", n)
		at := percentAtWork
		if weekend {
			at = percentOnWeekends
		}
		if d.chance(at) {
			acts = q.personDay(acts, day, midnight, n, d)
		}
	}
	acts = q.chores(acts, day, midnight, weekend)
	return q.background(acts, day, midnight)
}

// hired is the day on which somebody comes: most have been there before, and
// the last fifteen come one every other day.
func (q *quietTenant) hired(n int) int {
	if late := n - (q.cfg.People - 15); late >= 0 {
		return 2 * late
	}
	return 0
}

// personDay is the day of one person: sign-ins at the laptop and the
// telephone, and then the work.
func (q *quietTenant) personDay(acts []act, day int, midnight time.Time, n int, d *dice) []act {
	who := q.g.people.people[n]
	where, from, travelling := q.whereabouts(day, n, d)
	start := midnight.Add(time.Duration(8-where.zone-who.early)*time.Hour + time.Duration(d.below(80))*time.Minute)
	laptop := sitting{who, from, fmt.Sprintf("laptop %s %d", who.UPN, day/7)}
	if who.hides && d.chance(percentThroughVPN) {
		laptop.from = vpnExit
	}
	phone := sitting{who, who.mobile, ""}
	phone.who.agent, phone.who.device = 3, fmt.Sprintf("iPhone-%d-%d", n, q.phone(day, n))
	phone.name = fmt.Sprintf("phone %s %s %d", who.UPN, phone.who.device, day/14)
	if travelling {
		phone.from = from
	}
	acts = q.signIns(acts, laptop, start, d)
	acts = q.signIns(acts, phone, start.Add(-time.Duration(20+d.below(40))*time.Minute), d)
	for range actsAtLaptop/2 + d.below(actsAtLaptop) {
		acts = q.work(acts, laptop, start.Add(time.Duration(5+d.below(500))*time.Minute+time.Duration(d.below(60))*time.Second), d)
	}
	for range actsAtPhone/2 + d.below(actsAtPhone) {
		acts = q.work(acts, phone, start.Add(time.Duration(d.below(800))*time.Minute+time.Duration(d.below(60))*time.Second), d)
	}
	return acts
}

// whereabouts says where somebody works today, and from which address: at home,
// at the office, or on a trip. The day of travel is spent on the way, so that
// nobody is in two places faster than an aeroplane.
func (q *quietTenant) whereabouts(day, n int, d *dice) (where place, from string, travelling bool) {
	who := q.g.people.people[n]
	for ago := 1; ago <= tripDays; ago++ {
		trip := q.dice(day-ago, "trip", n)
		if day >= ago && trip.below(1000) < perMilleTrip && 1+trip.below(tripDays) >= ago {
			to := trip.below(len(places))
			hotel := netip.AddrFrom4([4]byte{198, 19, byte(to*homeBlocks + trip.below(homeBlocks)), byte(1 + trip.below(254))}).String()
			return places[to], hotel, true
		}
	}
	if d.chance(percentAtHome) {
		return who.Place, who.home, false
	}
	return who.Place, who.office, false
}

// phone counts the telephones that somebody has had.
func (q *quietTenant) phone(day, n int) int {
	phones := 0
	for before := range day + 1 {
		if q.dice(before, "telephone", n).below(1000) < perMilleNewPhone {
			phones++
		}
	}
	return phones
}

// signIns are those of a device on a day: the first with what goes wrong now
// and then, and the silent ones of its applications.
func (q *quietTenant) signIns(acts []act, s sitting, at time.Time, d *dice) []act {
	in := func(after time.Duration, operation, number, reason string, app microsoftApp, interactive string) {
		acts = append(acts, s.act(at.Add(after), feedAAD, func(w *writer) {
			w.writeSignIn(signIn{
				operation: operation, clientIP: s.from, errorNumber: number, logonError: reason, client: app[0], resource: app[0],
				userAgent: agents[s.who.agent], request: w.word("OAuth2:Authorize", "OAuth2:Token"), interactive: interactive,
			})
		}))
	}
	first := signInApps[int(hashText(q.cfg.Seed, s.who.UPN)%3)]
	if d.chance(percentMistyped) {
		for range 1 + d.below(3) {
			in(-time.Duration(20+d.below(60))*time.Second, "UserLoginFailed", "50126", "InvalidUserNameOrPassword", first, "true")
		}
	}
	if d.chance(percentInterrupted) {
		in(-10*time.Second, "UserLoginFailed", "50074", "UserStrongAuthClientAuthNRequiredInterrupt", first, "true")
	}
	if d.below(1000) < perMilleNotAnswered {
		in(-90*time.Second, "UserLoginFailed", "500121", "AuthenticationFailedSasError", first, "true")
	}
	in(0, "UserLoggedIn", "0", "", first, "true")
	for range 1 + d.below(4) {
		app := signInApps[d.below(3)]
		if d.chance(3) {
			app = signInApps[d.below(len(signInApps))]
		}
		in(time.Duration(10+d.below(30000))*time.Second, "UserLoggedIn", "0", "", app, "false")
	}
	return acts
}

// act is something that the person of a sitting does.
func (s sitting) act(at time.Time, feed int, write func(w *writer)) act {
	return act{at: at, feed: feed, who: s.who, from: s.from, sitting: s.name, write: write}
}

// work is one thing that people do all day.
func (q *quietTenant) work(acts []act, s sitting, at time.Time, d *dice) []act {
	switch throw := d.below(100); {
	case throw < 30:
		return append(acts, s.act(at, feedExchange, (*writer).mailItemsAccessed))
	case throw < 40:
		return append(acts, s.act(at, feedExchange, func(w *writer) { w.mailItem("Send", 2) }))
	case throw < 45:
		return append(acts, s.act(at, feedExchange, func(w *writer) { w.mailItem(w.word("MoveToDeletedItems", "SoftDelete"), 3) }))
	case throw < 65:
		return append(acts, s.act(at, feedSharePoint, func(w *writer) {
			w.file(w.word("FileAccessed", "FileAccessed", "FilePreviewed", "FileModified", "FileModified", "FileUploaded", "FileDownloaded"), 6)
		}))
	case throw < 70:
		return append(acts, s.act(at, feedSharePoint, func(w *writer) { w.file(w.word("PageViewed", "ListViewed"), 4) }))
	case throw < 71:
		return append(acts, s.act(at, feedSharePoint, func(w *writer) { w.file(w.word("FileRenamed", "FileMoved", "FileRecycled"), 6) }))
	case throw < 99:
		return append(acts, s.act(at, feedGeneral, (*writer).teams))
	}
	return append(acts, s.act(at, feedGeneral, func(w *writer) {
		w.app("CopilotInteraction", "Copilot", 261, "AppHost", w.word("Teams", "Word", "Office"), "ThreadId", "19:"+w.newGUID()+"@thread.v2", "AISystemPlugin", "BingWebSearch", "ModelTransparencyDetails", "none")
	}))
}
