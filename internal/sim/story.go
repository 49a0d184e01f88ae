package sim

import (
	"slices"
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
	hours  [3]int // of the week
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

// A run is one of a story's times in a week: from its hour to that of its feed's
// next one at the latest, for a tenant with few events has no room for more.
type run struct {
	story      *story
	from, till int // hours of the week
}

// runs are those of each feed, by time.
var runs = func() (all [feedCount][]run) {
	for i := range stories {
		s := &stories[i]
		for _, hour := range s.hours {
			all[s.feed] = append(all[s.feed], run{s, hour, 168})
		}
	}
	for _, list := range all {
		slices.SortFunc(list, func(a, b run) int { return a.from - b.from })
		for i := 1; i < len(list); i++ {
			list[i-1].till = list[i].from
		}
	}
	return all
}()

// of returns which events of its feed are the run's own in a week.
func (r run) of(g *Generator, week uint64) (first, end uint64) {
	rank := func(hour int) uint64 { return rankOf(r.story.feed, week*g.cal.perWeek()+g.cal.before[hour]) }
	first = rank(r.from)
	return first, min(first+r.story.length, rank(r.till))
}

// storyAt finds the story that event i is part of, and its place in it.
func (g *Generator) storyAt(i uint64, feed int) (*story, uint64, bool) {
	if len(runs[feed]) == 0 {
		return nil, 0, false
	}
	k := rankOf(feed, i)
	for _, r := range runs[feed] {
		if first, end := r.of(g, i/g.cal.perWeek()); first <= k && k < end {
			return r.story, k - first, true
		}
	}
	return nil, 0, false
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
		for _, list := range runs {
			for _, r := range list {
				first, end := r.of(g, week)
				at := g.Time(indexOf(r.story.feed, first))
				if first == end || at.Before(from) || !at.Before(to) {
					continue
				}
				one := Story{Kind: r.story.kind, Feed: feedNames[r.story.feed], From: at}
				for k := first; k < end; k++ {
					i := indexOf(r.story.feed, k)
					one.EventID = append(one.EventID, g.EventID(i))
					one.To = g.Time(i)
				}
				all = append(all, one)
			}
		}
	}
	return all
}

// String says what happened, for the closing report.
func (s Story) String() string {
	return s.Kind + ", " + s.From.Format(time.RFC3339) + ", " + strconv.Itoa(len(s.EventID)) + " events in " + s.Feed
}
