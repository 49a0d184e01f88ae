package journal

import "container/list"

const (
	// filterBits is the Bloom bits for each id of a day: one new id in some
	// thousands is taken for "perhaps seen" and costs an exact look.
	filterBits = 24
	filterK    = 7
	// minFilterIDs is the room of a new filter, 12 KiB.
	minFilterIDs = 4096
)

// dayFilter answers for one tenant and event day whether an id is certainly
// new. It lives in memory only and is built from the committed segments, so a
// crash cannot make it forget an id. The tenant's turn protects it.
type dayFilter struct {
	layers [][]byte // each twice as large as the one before
	room   int      // ids that the last layer still takes
	perID  int      // bits
	limit  int      // bytes; 0 means none
	bytes  int
	ids    int           // added
	place  *list.Element // in the budget's list; nil once evicted
	evict  func()
	// What the budget knows of bytes and ids; Journal.mu protects them.
	countedBytes, countedIDs int
}

func newDayFilter(ids, limit int) *dayFilter {
	return newFilter(max(ids, minFilterIDs), filterBits, limit)
}

func newFilter(ids, perID, limit int) *dayFilter {
	f := &dayFilter{perID: perID, limit: limit}
	f.grow(ids)
	return f
}

// grow adds a layer for as many ids, as far as the limit allows.
func (f *dayFilter) grow(ids int) {
	size := (ids*f.perID/8 + bloomBlock - 1) / bloomBlock * bloomBlock
	if f.limit > 0 && f.bytes+size > f.limit {
		size = (f.limit - f.bytes) / bloomBlock * bloomBlock
	}
	if size <= 0 {
		if len(f.layers) > 0 {
			f.room = ids // full: it answers "perhaps" more often, never wrongly
			return
		}
		size = bloomBlock
	}
	f.layers = append(f.layers, make([]byte, size))
	f.bytes += size
	f.room = ids
}

func (f *dayFilter) add(h uint64) {
	if f.room == 0 {
		f.grow(2 * len(f.layers[len(f.layers)-1]) * 8 / f.perID)
	}
	f.room--
	f.ids++
	layer := f.layers[len(f.layers)-1]
	off := blockOf(h, uint32(len(layer)/bloomBlock)) * bloomBlock
	setBits(layer[off:off+bloomBlock], h, filterK)
}

func (f *dayFilter) perhaps(h uint64) bool {
	for _, layer := range f.layers {
		off := blockOf(h, uint32(len(layer)/bloomBlock)) * bloomBlock
		if hasBits(layer[off:off+bloomBlock], h, filterK) {
			return true
		}
	}
	return false
}

// filterBudget keeps all filters together within a number of bytes by evicting
// the least recently used. Journal.mu protects it.
type filterBudget struct {
	limit int
	used  int
	order list.List // of *dayFilter, most recently used first
}

// touch marks a filter as used now and takes it into account at its present size.
func (b *filterBudget) touch(f *dayFilter, evict func()) {
	if f.place == nil {
		f.evict = evict
		f.place = b.order.PushFront(f)
	} else {
		b.order.MoveToFront(f.place)
	}
	b.account(f)
	for b.used > b.limit && b.order.Len() > 1 {
		last := b.order.Back().Value.(*dayFilter)
		if last == f {
			break
		}
		b.drop(last)
	}
}

func (b *filterBudget) drop(f *dayFilter) {
	if f.place == nil {
		return
	}
	b.order.Remove(f.place)
	b.release(f)
	f.place = nil
	f.evict()
}

// account counts a filter at its present size. The caller has the turn of the
// filter's tenant; others see only what was counted.
func (b *filterBudget) account(f *dayFilter) {
	b.used += f.bytes - f.countedBytes
	f.countedBytes, f.countedIDs = f.bytes, f.ids
}

func (b *filterBudget) release(f *dayFilter) {
	b.used -= f.countedBytes
	f.countedBytes = 0
}
