package correlate

// table keeps one T for each key, and in which order they were last seen.
type table[T any] struct {
	rows         map[string]*row[T]
	oldest, last *row[T]
}

type row[T any] struct {
	key        string
	value      T
	prev, next *row[T]
}

func newTable[T any]() *table[T] { return &table[T]{rows: map[string]*row[T]{}} }

// get returns the row of a key, making it if need be, as the one last seen.
func (t *table[T]) get(key string) *row[T] {
	r := t.rows[key]
	if r != nil && r == t.last {
		return r
	}
	if r == nil {
		r = &row[T]{key: key}
		t.rows[key] = r
	} else {
		t.unlink(r)
	}
	r.prev, r.next = t.last, nil
	if t.last != nil {
		t.last.next = r
	} else {
		t.oldest = r
	}
	t.last = r
	return r
}

func (t *table[T]) unlink(r *row[T]) {
	if r.prev != nil {
		r.prev.next = r.next
	} else {
		t.oldest = r.next
	}
	if r.next != nil {
		r.next.prev = r.prev
	} else {
		t.last = r.prev
	}
}

func (t *table[T]) remove(r *row[T]) {
	t.unlink(r)
	delete(t.rows, r.key)
}

// each visits all rows, the one not seen for longest first; visit may remove
// the row that it is given.
func (t *table[T]) each(visit func(*row[T])) {
	for r := t.oldest; r != nil; {
		next := r.next
		visit(r)
		r = next
	}
}
