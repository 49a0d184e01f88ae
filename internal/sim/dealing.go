package sim

// Of each hundred events in a row, so many belong to each feed.
var feedShares = [feedCount]uint64{30, 31, 27, 10, 2}

// dealing says which feed each of a hundred events in a row belongs to, and
// the places of each feed's events: one fixed mixture, readable both ways.
type dealing struct {
	feed   [100]uint8
	before [feedCount][100]uint8 // events of a feed before a place
	place  [feedCount][]uint8
}

var dealt = func() (d dealing) {
	for j := range 100 {
		at := j * 37 % 100 // 37 and 100 have no common factor: every place once
		upTo := uint64(0)
		for f, n := range feedShares {
			if upTo += n; uint64(j) < upTo {
				d.feed[at] = uint8(f)
				break
			}
		}
	}
	for at, f := range d.feed {
		for g := range d.before {
			d.before[g][at] = uint8(len(d.place[g]))
		}
		d.place[f] = append(d.place[f], uint8(at))
	}
	return d
}()

// feedAt returns the feed of event i.
func feedAt(i uint64) int { return int(dealt.feed[i%100]) }

// indexOf returns the number of a feed's k-th event.
func indexOf(feed int, k uint64) uint64 {
	n := feedShares[feed]
	return k/n*100 + uint64(dealt.place[feed][k%n])
}

// rankOf returns how many of a feed's events come before event i.
func rankOf(feed int, i uint64) uint64 {
	return i/100*feedShares[feed] + uint64(dealt.before[feed][i%100])
}
