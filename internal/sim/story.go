package sim

import (
	"strconv"
	"time"
)

// A story is an attack that a generated tenant suffers once a week. It
// replaces a run of a feed's events.
type story struct {
	kind   string
	feed   int
	length uint64
	offset uint64 // permille of the week's events of the feed after which it begins
	write  func(w *writer, n uint64)
}

// attacker is where attacks come from; see newPopulation on the range.
const attacker = "198.19.255.66"

var stories = []story{
	{"password spray", feedAAD, 60, 180, func(w *writer, n uint64) {
		people := w.g.people.people
		w.who = &people[int(n*7)%len(people)]
		if n == 59 {
			w.signIn("UserLoggedIn", attacker, "0", "")
			return
		}
		w.signIn("UserLoginFailed", attacker, "50126", "InvalidUserNameOrPassword")
	}},
	{"consent grant", feedAAD, 2, 420, func(w *writer, n uint64) {
		w.who = &w.g.people.people[len(w.g.people.people)/2]
		operation := "Add delegated permission grant."
		if n == 1 {
			operation = "Consent to application."
		}
		w.directory(operation, "ServicePrincipal", "Mail Migration Helper",
			"ConsentContext.IsAdminConsent", "False", "", "ConsentContext.OnBehalfOfAll", "False", "",
			"ConsentAction.Permissions", "[] => [[Id: "+w.newGUID()+", ConsentType: Principal, Scope: Mail.ReadWrite Mail.Send offline_access]]; ", "")
	}},
	{"inbox rule", feedExchange, 1, 300, func(w *writer, _ uint64) {
		w.who = &w.g.people.people[min(3, len(w.g.people.people)-1)]
		w.inboxRule("..", "SubjectOrBodyContainsWords", "invoice;payment;bank", "ForwardTo", "collector@mail.example", "DeleteMessage", "True")
	}},
	{"mass download", feedSharePoint, 150, 600, func(w *writer, _ uint64) {
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
		first := g.storyStart(&stories[s], i/g.cal.perWeek())
		if k >= first && k < first+stories[s].length {
			return &stories[s], k - first, true
		}
	}
	return nil, 0, false
}

// storyStart is the feed's first event of a story in a week.
func (g *Generator) storyStart(s *story, week uint64) uint64 {
	from := rankOf(s.feed, week*g.cal.perWeek())
	to := rankOf(s.feed, (week+1)*g.cal.perWeek())
	return from + (to-from)*s.offset/1000
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
			start := g.storyStart(&stories[s], week)
			at := g.Time(indexOf(stories[s].feed, start))
			if at.Before(from) || !at.Before(to) {
				continue
			}
			one := Story{Kind: stories[s].kind, Feed: feedNames[stories[s].feed], From: at}
			for k := start; k < start+stories[s].length; k++ {
				i := indexOf(stories[s].feed, k)
				one.EventID = append(one.EventID, g.EventID(i))
				one.To = g.Time(i)
			}
			all = append(all, one)
		}
	}
	return all
}

// String says what happened, for the closing report.
func (s Story) String() string {
	return s.Kind + ", " + s.From.Format(time.RFC3339) + ", " + strconv.Itoa(len(s.EventID)) + " events in " + s.Feed
}
