package correlate

// rising is the state of correlations that hold as soon as enough has
// happened: no event that comes later can undo it.
type rising struct {
	def   *definition
	store *store
	// entry makes what is remembered of an observation; false leaves it out.
	entry func(o *observation, e *entry) bool
	// find looks for a window of the timespan that holds, given the index of
	// the entry that is new: none did before.
	find func(s *series, i int) (window span, ok bool)
	// say describes a window.
	say func(window []entry) map[string]string
}

func (r *rising) observe(o *observation) []Hit {
	e := o.entry()
	if r.entry != nil && !r.entry(o, &e) {
		return nil
	}
	row, i := r.store.add(o.key, e, o.mark)
	defer r.store.limit()
	if i < 0 {
		return nil
	}
	window, ok := r.find(&row.value, i)
	if !ok {
		return nil
	}
	found := row.value.between(window.from, window.to)
	hit := r.def.hit(o.tenant, o.key, found, r.say(found))
	hit.Trigger = o.match
	r.store.settle(row, span{window.to - r.def.span, window.from + r.def.span})
	return []Hit{hit}
}

func (r *rising) advance(int64) []Hit    { return nil }
func (r *rising) expire(mark int64)      { r.store.expire(mark) }
func (r *rising) due() int64             { return never }
func (r *rising) size() (keys, held int) { return r.store.size() }
func (r *rising) encode(e *encoder)      { r.store.encode(e) }
func (r *rising) decode(d *decoder)      { r.store.decode(d) }
