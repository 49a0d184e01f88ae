package sim

import (
	"strconv"
	"time"
)

// writer builds one event. Texts that it is given must need no escaping in
// JSON, which made-up ones do not; value() escapes.
type writer struct {
	b    []byte
	g    *Generator
	i    uint64
	at   time.Time
	who  *person
	dice dice

	// Of a quiet tenant, where these are no throw of the dice:
	from    string // where somebody acts from
	sitting string // what the session belongs to
}

// open begins a record of what a person did.
func (w *writer) open(operation, workload string, recordType int, result string) {
	w.openFor(operation, workload, recordType, result, w.who.PUID, 0)
}

// openFor writes the properties that all records share, in the order in which
// the service writes them.
func (w *writer) openFor(operation, workload string, recordType int, result, userKey string, userType int) {
	w.b = append(w.b, `{"CreationTime":"`...)
	w.b = w.at.AppendFormat(w.b, "2006-01-02T15:04:05")
	w.b = append(w.b, `","Id":"`...)
	w.b = w.g.appendID(w.b, w.i)
	w.text(`","Operation":"`, operation, `","OrganizationId":"`, w.g.tenant, `","RecordType":`)
	w.b = strconv.AppendInt(w.b, int64(recordType), 10)
	if result != "" {
		w.text(`,"ResultStatus":"`, result, `"`)
	}
	w.text(`,"UserKey":"`, userKey, `","UserType":`)
	w.b = strconv.AppendInt(w.b, int64(userType), 10)
	w.text(`,"Version":1,"Workload":"`, workload, `"`)
}

func (w *writer) text(parts ...string) {
	for _, p := range parts {
		w.b = append(w.b, p...)
	}
}

// pair writes a property with a text value, after a comma.
func (w *writer) pair(name, value string) {
	w.b = append(w.b, ',', '"')
	w.b = append(w.b, name...)
	w.b = append(w.b, '"', ':', '"')
	w.b = append(w.b, value...)
	w.b = append(w.b, '"')
}

func (w *writer) number(name string, n int) {
	w.text(`,"`, name, `":`)
	w.b = strconv.AppendInt(w.b, int64(n), 10)
}

// bag writes a property with a list of Name/Value objects, as the service
// writes Parameters, ExtendedProperties and their like.
func (w *writer) bag(name string, pairs ...string) {
	w.text(`,"`, name, `":[`)
	for i := 0; i+1 < len(pairs); i += 2 {
		if i > 0 {
			w.b = append(w.b, ',')
		}
		w.text(`{"Name":"`, pairs[i], `","Value":"`, pairs[i+1], `"}`)
	}
	w.b = append(w.b, ']')
}

// changes writes ModifiedProperties: triples of name, new and old value.
func (w *writer) changes(triples ...string) {
	w.text(`,"ModifiedProperties":[`)
	for i := 0; i+2 < len(triples); i += 3 {
		if i > 0 {
			w.b = append(w.b, ',')
		}
		w.text(`{"Name":"`, triples[i], `","NewValue":"`, triples[i+1], `","OldValue":"`, triples[i+2], `"}`)
	}
	w.b = append(w.b, ']')
}

// guid writes a property whose value is a new GUID.
func (w *writer) guid(name string) {
	w.text(`,"`, name, `":"`)
	w.b = appendGUID(w.b, w.dice.next(), w.dice.next())
	w.b = append(w.b, '"')
}

// idOf returns the GUID of something that lasts: the same each time it is named.
func (w *writer) idOf(kind string, name ...string) string {
	h := hashText(w.g.cfg.Seed, append([]string{kind}, name...)...)
	return string(appendGUID(nil, h, mix(h)))
}

// session is the id of who's sign-in session, which lasts for a day, and token
// that of an access token in it, which lasts for an hour.
func (w *writer) session() string {
	if w.sitting != "" {
		return w.idOf("session", w.sitting)
	}
	return w.idOf("session", w.who.UPN, w.at.Format("0102"))
}

func (w *writer) token() string { return w.idOf("token", w.who.UPN, w.at.Format("010215")) }

// newGUID returns a GUID for use in a longer text.
func (w *writer) newGUID() string { return string(appendGUID(nil, w.dice.next(), w.dice.next())) }

// word chooses one of a few texts.
func (w *writer) word(choices ...string) string { return choices[w.dice.below(len(choices))] }

func (w *writer) close() { w.b = append(w.b, '}') }
