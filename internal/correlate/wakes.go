package correlate

import (
	"cmp"
	"container/heap"
	"slices"
	"strings"
)

// wakes says which keys wait for which time: the first that is known of each.
// Who is woken looks whether there is something to decide, and waits again for
// what comes later.
type wakes struct {
	list  wakeList         // with times that no key waits for any more
	first map[string]int64 // of each key that waits
}

type wake struct {
	at  int64
	key string
}

func (w *wakes) add(at int64, key string) {
	if before, waits := w.first[key]; at == never || waits && before <= at {
		return
	}
	if w.first == nil {
		w.first = map[string]int64{}
	}
	w.first[key] = at
	heap.Push(&w.list, wake{at, key})
	w.tidy()
}

// drop says that a key waits no more.
func (w *wakes) drop(key string) {
	delete(w.first, key)
	w.tidy()
}

// fewWakes are not worth tidying.
const fewWakes = 64

// tidy lets go of times that no key waits for, when they are the most.
func (w *wakes) tidy() {
	if len(w.list) <= 2*len(w.first)+fewWakes {
		return
	}
	w.list = slices.DeleteFunc(w.list, func(one wake) bool {
		at, waits := w.first[one.key]
		return !waits || at != one.at
	})
	heap.Init(&w.list)
}

func (w *wakes) due() int64 {
	if len(w.list) == 0 {
		return never
	}
	return w.list[0].at
}

// next takes out a key whose time is before mark.
func (w *wakes) next(mark int64) (key string, ok bool) {
	if w.due() >= mark {
		return "", false
	}
	due, ok := heap.Pop(&w.list).(wake)
	if w.first[due.key] == due.at {
		delete(w.first, due.key)
	}
	return due.key, ok
}

type wakeList []wake

func (l wakeList) Len() int { return len(l) }

func (l wakeList) Less(i, j int) bool {
	return cmp.Or(cmp.Compare(l[i].at, l[j].at), strings.Compare(l[i].key, l[j].key)) < 0
}

func (l wakeList) Swap(i, j int) { l[i], l[j] = l[j], l[i] }

// Push is for container/heap.
func (l *wakeList) Push(x any) {
	if w, ok := x.(wake); ok {
		*l = append(*l, w)
	}
}

// Pop is for container/heap.
func (l *wakeList) Pop() any {
	last := (*l)[len(*l)-1]
	*l = (*l)[:len(*l)-1]
	return last
}
