package sim

import (
	"strconv"
	"time"
)

// A story is an attack that a generated tenant suffers on Mondays, Wednesdays
// and Fridays, so that any three days hold it whole. It replaces a run of a
// feed's events.
type story struct {
	kind   string
	feed   int
	length uint64
	hours  [3]int // of the week, in ascending order
	write  func(w *writer, n uint64)
}

// The hours of the week at which these days begin.
const (
	mon = 0
	wed = 48
	fri = 96
)

// attacker is where attacks come from; see newPopulation on the range.
const attacker = "198.19.255.66"

var stories = []story{
	{"password spray", feedAAD, 60, [...]int{mon + 8, wed + 9, fri + 14}, func(w *writer, n uint64) {
		people := w.g.people.people
		w.who = &people[int(n*7)%len(people)]
		if n == 59 {
			w.signIn("UserLoggedIn", attacker, "0", "")
			return
		}
		w.signIn("UserLoginFailed", attacker, "50126", "InvalidUserNameOrPassword")
	}},
	{"consent grant", feedAAD, 2, [...]int{mon + 9, wed + 11, fri + 15}, func(w *writer, n uint64) {
		w.who = &w.g.people.people[len(w.g.people.people)/2]
		operation := "Add delegated permission grant."
		if n == 1 {
			operation = "Consent to application."
		}
		w.directory(operation, "ServicePrincipal", "Mail Migration Helper",
			"ConsentContext.IsAdminConsent", "False", "", "ConsentContext.OnBehalfOfAll", "False", "",
			"ConsentAction.Permissions", "[] => [[Id: "+w.newGUID()+", ConsentType: Principal, Scope: Mail.ReadWrite Mail.Send offline_access]]; ", "")
	}},
	{"inbox rule", feedExchange, 1, [...]int{mon + 10, wed + 12, fri + 16}, func(w *writer, _ uint64) {
		w.who = &w.g.people.people[min(3, len(w.g.people.people)-1)]
		w.inboxRule("..", "SubjectOrBodyContainsWords", "invoice;payment;bank", "ForwardTo", "collector@mail.example", "DeleteMessage", "True")
	}},
	{"mass download", feedSharePoint, 150, [...]int{mon + 9, wed + 14, fri + 14}, func(w *writer, _ uint64) {
		w.who = &w.g.people.people[min(5, len(w.g.people.people)-1)]
		w.file("FileDownloaded", 6)
	}},
}

// storyAt finds the story that event i is part of, and its place in it.
func (g *Generator) storyAt(i uint64, feed int) (*story, uint64, bool) {
	for s := range stories {
		if stories[s].feed != feed {
			continue
		}
		k := rankOf(feed, i)
		for n := range stories[s].hours {
			first, end := g.run(&stories[s], i/g.cal.perWeek(), n)
			if first <= k && k < end {
				return &stories[s], k - first, true
			}
		}
	}
	return nil, 0, false
}

// run is where a story happens for the nth time in a week: which of its feed's
// events are its own. A tenant with few events has no room for all of it.
func (g *Generator) run(s *story, week uint64, n int) (first, end uint64) {
	start := func(hour int) uint64 { return rankOf(s.feed, week*g.cal.perWeek()+g.cal.before[hour]) }
	next := 168
	if n+1 < len(s.hours) {
		next = s.hours[n+1]
	}
	first = start(s.hours[n])
	return first, min(first+s.length, start(next))
}

// Story is an attack in a generated tenant, for whoever checks detections.
type Story struct {
	Kind    string    `json:"kind"`
	Feed    string    `json:"feed"`
	From    time.Time `json:"from"`
	To      time.Time `json:"to"`
	EventID []string  `json:"event_ids"`
}

// Stories lists the attacks that begin in [from, to).
func (g *Generator) Stories(from, to time.Time) []Story {
	var all []Story
	first, last := g.Index(from), g.Index(to)
	for week := first / g.cal.perWeek(); week <= last/g.cal.perWeek(); week++ {
		for s := range stories {
			all = append(all, g.storiesOf(&stories[s], week, from, to)...)
		}
	}
	return all
}

// storiesOf lists what a story's runs of a week are that begin in [from, to).
func (g *Generator) storiesOf(s *story, week uint64, from, to time.Time) []Story {
	var all []Story
	for n := range s.hours {
		first, end := g.run(s, week, n)
		at := g.Time(indexOf(s.feed, first))
		if first == end || at.Before(from) || !at.Before(to) {
			continue
		}
		one := Story{Kind: s.kind, Feed: feedNames[s.feed], From: at}
		for k := first; k < end; k++ {
			i := indexOf(s.feed, k)
			one.EventID = append(one.EventID, g.EventID(i))
			one.To = g.Time(i)
		}
		all = append(all, one)
	}
	return all
}

// String says what happened, for the closing report.
func (s Story) String() string {
	return s.Kind + ", " + s.From.Format(time.RFC3339) + ", " + strconv.Itoa(len(s.EventID)) + " events in " + s.Feed
}
