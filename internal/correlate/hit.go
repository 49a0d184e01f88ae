package correlate

import "github.com/nightjar-sec/nightjar"

// entry is what is remembered of an observation, whatever its type.
func (o *observation) entry() entry {
	return entry{at: o.at, id: o.ref.ID, op: o.ref.Operation, table: o.ref.Table, rules: o.rules}
}

// hit makes a hit of the events of a window.
func (d *definition) hit(tenant nightjar.TenantID, key string, window []entry, values map[string]string) Hit {
	first, last := &window[0], &window[len(window)-1]
	h := Hit{
		Correlation: d.Correlation, Tenant: tenant, First: clockTime(first.at), Last: clockTime(last.at), Time: clockTime(last.at),
		Count: int64(len(window)), Values: values,
	}
	// Keys come from joinKey, or were checked when they were read.
	h.Key, _ = splitKey(key)
	for i := range window[:min(len(window), nightjar.MaxEvidence)] {
		h.Events = append(h.Events, window[i].ref())
	}
	return h
}

// settle says that a finding has covered a stretch of time: what it holds is
// part of the finding, and so is what comes.
func (s *store) settle(r *row[series], c span) {
	s.held -= r.value.cut(c.from, c.to)
	r.value.cover(c)
}
