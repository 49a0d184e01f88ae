package journal

import (
	"cmp"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

// place is what the order of a segment's rows goes by: table, hour, user, time,
// id. What one person did in an hour lies together, because its records are
// alike: they take a fifth less space than by time alone, and a question about
// a person decompresses few pages. A file of one table is still in order of
// time as far as its row groups go, and a table's rows in a fresh file are
// together, which lets them be merged as they are.
type place struct {
	table    string
	time     int64 // microseconds
	user, id string
}

func (p place) compare(q place) int {
	return cmp.Or(
		cmp.Compare(p.table, q.table), cmp.Compare(floor(p.time, hourMicros), floor(q.time, hourMicros)),
		cmp.Compare(p.user, q.user), cmp.Compare(p.time, q.time), cmp.Compare(p.id, q.id),
	)
}

func byPlace(a, b *row) int { return a.place().compare(b.place()) }

func (r *row) place() place { return place{r.Table, r.Time, r.UserID, r.ID} }

func placeOf(e *nightjar.Event) place {
	return place{string(e.Table), catalog.Micros(e.Time), e.UserID, e.ID}
}

const hourMicros = int64(time.Hour / time.Microsecond)

// floor rounds a time down to a multiple of step, before 1970 too.
func floor(us, step int64) int64 { return us - (us%step+step)%step }
