package sim

import (
	"sort"
	"time"
)

// epoch is the Monday on which every generated tenant began, well before
// 2000-01-01, when time begins under testing/synctest.
var epoch = time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC)

const week = 7 * 24 * time.Hour

// calendar turns the number of an event into its time and back: a week of 168
// hours, each with its share of the week's events, over and over.
type calendar struct {
	before [169]uint64 // events of the week before each hour begins
}

// busyness of each hour of a working day, in UTC, for people in Europe and
// a few elsewhere; weekends are a tenth of it.
var busyness = [24]uint64{4, 3, 3, 3, 4, 8, 22, 60, 100, 110, 105, 95, 80, 98, 108, 100, 85, 55, 30, 22, 18, 14, 10, 6}

// newCalendar spreads perDay events of an average day over the week.
func newCalendar(perDay int) calendar {
	var c calendar
	var weights [168]uint64
	var sum uint64
	for h := range weights {
		w := busyness[h%24] * 10
		if h >= 120 {
			w = busyness[h%24] + 5
		}
		weights[h] = w
		sum += w
	}
	total := uint64(perDay) * 7
	var upTo uint64
	for h, w := range weights {
		upTo += w
		c.before[h+1] = total * upTo / sum
	}
	return c
}

func (c *calendar) perWeek() uint64 { return c.before[168] }

// time returns when event i happens. It never decreases with i.
func (c *calendar) time(i uint64) time.Time {
	weeks, rest := i/c.perWeek(), i%c.perWeek()
	h := sort.Search(168, func(h int) bool { return c.before[h+1] > rest })
	inHour := c.before[h+1] - c.before[h]
	into := time.Duration((rest - c.before[h]) * uint64(time.Hour) / inHour)
	return epoch.Add(time.Duration(weeks)*week + time.Duration(h)*time.Hour + into)
}

// index returns the first event that happens at t or later.
func (c *calendar) index(t time.Time) uint64 {
	since := t.Sub(epoch)
	if since <= 0 {
		return 0
	}
	weeks, rest := uint64(since/week), since%week
	h, into := int(rest/time.Hour), uint64(rest%time.Hour)
	inHour := c.before[h+1] - c.before[h]
	i := weeks*c.perWeek() + c.before[h] + (into*inHour+uint64(time.Hour)-1)/uint64(time.Hour)
	return i
}
