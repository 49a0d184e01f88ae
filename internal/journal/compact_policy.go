package journal

import (
	"cmp"
	"slices"
	"time"

	"github.com/nightjar-sec/nightjar"
)

// What is merged when. A query opens every file of the days it asks for, so
// there must be few; and each merge writes its events again. With room for
// dayFiles files, in which those that were merged least are merged first, the
// files of n splits need to be merged only r times when n is at most
// (dayFiles+r over r): 230 splits twice, 1770 three times.

const (
	// freshFew is how many fresh segments of a tenant make splitting them due.
	freshFew = 32
	// freshAge makes those of a quiet tenant be split all the same.
	freshAge = 6 * time.Hour
	// dayFiles is how many files of one table and day make merging some due.
	dayFiles = 20
	// mergeFan bounds the files that are open at once.
	mergeFan = 64
	// mergeBytes bounds the memory of a merge's inputs.
	mergeBytes = 24 << 20
	// packAge is when a day has become quiet, and is merged into one file.
	packAge = 36 * time.Hour
	// packLate is when nothing can come for a day any more: Microsoft offers
	// content for 7 days.
	packLate = 8 * 24 * time.Hour
	// packQuiet is how long nothing may have come for a day that is packed.
	packQuiet = time.Hour
)

// splitDue says whether fresh segments, oldest first, should be split now.
func (j *Journal) splitDue(fresh []nightjar.Segment) bool {
	return len(fresh) >= freshFew || len(fresh) > 0 && j.cfg.Clock.Since(fresh[0].Created) >= freshAge
}

// inputBytes estimates what reading a segment row by row holds: of the long
// texts the present and the last page of raw and those of fields, id, object_id
// and session_id, each up to twice what the writer makes them, which looks at
// pages every rowBatch rows; of the other columns the whole row group.
func (j *Journal) inputBytes(s nightjar.Segment) int64 {
	page := max(pageBytes, rowBatch*s.RawBytes/max(1, s.Rows))
	return min(8*page, 2*s.RawBytes) + 170*min(s.Rows, int64(j.cfg.RowGroupRows))
}

// fan returns how many of the parts, from the first, can be merged at once. It
// is at least 2, as far as there are.
func (j *Journal) fan(parts []part) int {
	n, bytes := 0, int64(0)
	for n < len(parts) && n < mergeFan {
		bytes += j.inputBytes(parts[n].Segment)
		if n >= 2 && bytes > mergeBytes {
			break
		}
		n++
	}
	return n
}

// mergeDue chooses which of the files of one table and day to merge next: none,
// those that have been merged least, or all.
func (j *Journal) mergeDue(parts []part, everything bool) []part {
	if len(parts) < 2 {
		return nil
	}
	if everything || j.dayIsOver(parts) {
		slices.SortFunc(parts, func(a, b part) int { return cmp.Compare(a.Rows, b.Rows) })
		// As few of the smallest as leave a last merge of all that is left.
		fan := j.fan(parts)
		if extra := len(parts) - fan; extra > 0 {
			return parts[:min(max(2, extra+1), fan)]
		}
		return parts
	}
	if len(parts) < dayFiles {
		return nil
	}
	slices.SortFunc(parts, func(a, b part) int {
		return cmp.Or(cmp.Compare(a.merges, b.merges), cmp.Compare(a.Rows, b.Rows))
	})
	n := 2
	for n < len(parts) && parts[n].merges <= parts[1].merges {
		n++
	}
	return parts[:j.fan(parts[:n])]
}

// dayIsOver says whether packing a day now is worth it: it is quiet, and late
// events do not make it be rewritten each time.
func (j *Journal) dayIsOver(parts []part) bool {
	now := j.cfg.Clock.Now()
	rows, most := int64(0), int64(0)
	for _, p := range parts {
		if now.Sub(p.Created) < packQuiet {
			return false
		}
		rows += p.Rows
		most = max(most, p.Rows)
	}
	age := now.Sub(parts[0].Day)
	return age >= packLate || age >= packAge && (rows-most)*4 >= most
}
