package collect

// lane says why a blob is fetched now.
type lane int

const (
	laneOldest lane = iota // it expires first
	laneNewest             // it is the freshest: detection must not wait for a backlog
	laneSettle             // it was fetched young and is fetched once more
)

// freshShare is one in how many fetches goes to the newest blob while there is
// a backlog. The lane of the earliest expiry must get more than what arrives,
// or a backlog never shrinks and its end expires.
const freshShare = 4

// choice is a blob and the lane that chose it.
type choice struct {
	entry
	lane lane
}

// interleave orders the next fetches: three from the side that expires first,
// one from the newest side, until both are used up; then what has settled.
// A blob that is in both lists is taken once.
func interleave(oldest, newest, settled []entry) []choice {
	out := make([]choice, 0, len(oldest)+len(newest)+len(settled))
	taken := make(map[string]bool, cap(out))
	take := func(from []entry, l lane) []entry {
		for len(from) > 0 {
			e := from[0]
			from = from[1:]
			if !taken[e.ID] {
				taken[e.ID] = true
				out = append(out, choice{entry: e, lane: l})
				break
			}
		}
		return from
	}
	for turn := 1; len(oldest) > 0 || len(newest) > 0; turn++ {
		if turn%freshShare == 0 {
			newest = take(newest, laneNewest)
		} else if len(oldest) > 0 {
			oldest = take(oldest, laneOldest)
		} else {
			newest = take(newest, laneNewest)
		}
	}
	for len(settled) > 0 {
		settled = take(settled, laneSettle)
	}
	return out
}
