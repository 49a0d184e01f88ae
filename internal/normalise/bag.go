package normalise

import "bytes"

// A bag is Microsoft's way to write a map: a list of
// {"Name":"Identity","Value":"…"}. Folded it is an object that queries and
// rules can name: {"Identity":"…"}. Nothing is lost in it: a name that occurs
// twice becomes a list of its values, and an element with more than a Value
// (OldValue and NewValue, say) keeps all of it as an object.
//
// A bag that does not have this shape (a plain string, a list of strings, an
// object) is taken over as it is: Microsoft changes these types now and then.
// A string that holds a bag as JSON is read as that bag.

// looksLikeBag recognises a bag under a name that is not known as one: its
// first element has a name and a value.
func looksLikeBag(value []byte) bool {
	if value[0] != '[' {
		return false
	}
	// Most lists are no bags; tell by the first name before reading an element.
	elements := walk(value)
	i := elements.at
	if value[i] != '{' {
		return false
	}
	i = skipSpace(value, i+1)
	if value[i] != '"' || !isNameKey(value[i:skipString(value, i+1)]) {
		return false
	}
	var e entry
	return e.read(value, elements.at) > 0 && e.hasValue
}

// entry is one element of a bag.
type entry struct {
	name     []byte // a JSON string; a bag's equal names are equal bytes
	value    []byte // nil when the element has more than a Value, or none
	element  []byte
	hasValue bool // it has a Value, OldValue or NewValue
	later    bool // an earlier entry has that name
	next     int  // the index of the next entry of that name, 0 for none
}

// read takes the element at list[at] apart and returns the index behind it, or
// -1 when it has no name.
func (e *entry) read(list []byte, at int) int {
	*e = entry{}
	if list[at] != '{' {
		return -1
	}
	rest := 0
	members := cursor{list, skipSpace(list, at+1)}
	for {
		name, value := members.member()
		if name == nil {
			break
		}
		if e.name == nil && isNameKey(name) && value[0] == '"' {
			e.name = value
			continue
		}
		rest++
		switch string(name) {
		case `"Value"`, `"value"`:
			e.value, e.hasValue = value, true
		case `"NewValue"`, `"OldValue"`:
			e.hasValue = true
		}
	}
	if e.name == nil {
		return -1
	}
	if bytes.IndexByte(e.name, '\\') >= 0 {
		e.name = appendQuoted(nil, text(e.name))
	}
	end := members.at + 1
	e.element = list[at:end]
	if rest > 1 {
		e.value = nil
	}
	return end
}

func isNameKey(name []byte) bool {
	switch string(name) {
	case `"Name"`, `"Key"`, `"name"`, `"key"`:
		return true
	}
	return false
}

// appendBags appends one JSON object that holds the bags, or nothing when none
// of them has anything in it. It also fills the members of f that are in bags.
func (f *fields) appendBags(dst []byte) []byte {
	var space [32]entry
	start := len(dst)
	for _, b := range f.bags[:f.bagged] {
		if b.value[0] == '"' {
			b.value = unpack(b.value)
		}
		if isEmpty(b.value) {
			continue
		}
		b.value = clean(b.value)
		if len(dst) == start {
			dst = append(dst, '{')
		} else {
			dst = append(dst, ',')
		}
		dst = append(append(dst, clean(b.name)...), ':')
		entries, ok := readBag(b.value, space[:0])
		if ok {
			dst = appendEntries(dst, entries)
		} else {
			dst = append(dst, b.value...)
		}
		f.keepProperties(b, entries)
	}
	if len(dst) > start {
		dst = append(dst, '}')
	}
	return dst
}

// unpack returns the object or array that a string token holds as JSON, or the
// token itself.
func unpack(token []byte) []byte {
	c := bytes.TrimSpace(content(token))
	if len(c) == 0 || c[0] != '[' && c[0] != '{' {
		return token
	}
	s := bytes.TrimSpace(text(token))
	if n := skipValue(s, 0, 0); n != len(s) {
		return token
	}
	return s
}

// isEmpty reports whether a bag holds nothing.
func isEmpty(value []byte) bool {
	switch value[0] {
	case '"':
		return len(value) == 2
	case 'n':
		return true
	case '[', '{':
		i := skipSpace(value, 1)
		return value[i] == ']' || value[i] == '}'
	}
	return false
}

// readBag reads the entries of a list of names and values; false when value is
// something else.
func readBag(value []byte, entries []entry) ([]entry, bool) {
	if value[0] != '[' {
		return nil, false
	}
	for at := skipSpace(value, 1); value[at] != ']'; {
		var e entry
		if at = e.read(value, at); at < 0 {
			return nil, false
		}
		entries = append(entries, e)
		if at = skipSpace(value, at); value[at] == ',' {
			at = skipSpace(value, at+1)
		}
	}
	link(entries)
	return entries, true
}

// link chains the entries of the same name.
func link(entries []entry) {
	const few = 32
	if len(entries) > few {
		linkMany(entries)
		return
	}
	for i := 1; i < len(entries); i++ {
		for j := i - 1; j >= 0; j-- {
			if bytes.Equal(entries[i].name, entries[j].name) {
				entries[j].next, entries[i].later = i, true
				break
			}
		}
	}
}

// linkMany is link for bags so large that comparing each with each would take long.
func linkMany(entries []entry) {
	last := make(map[string]int, len(entries))
	for i := range entries {
		name := string(entries[i].name)
		if j, seen := last[name]; seen {
			entries[j].next, entries[i].later = i, true
		}
		last[name] = i
	}
}

func appendEntries(dst []byte, entries []entry) []byte {
	dst = append(dst, '{')
	first := true
	for i := range entries {
		e := &entries[i]
		if e.later {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(append(dst, e.name...), ':')
		if e.next == 0 {
			dst = appendEntry(dst, e)
			continue
		}
		dst = append(dst, '[')
		for {
			dst = appendEntry(dst, e)
			if e.next == 0 {
				break
			}
			dst = append(dst, ',')
			e = &entries[e.next]
		}
		dst = append(dst, ']')
	}
	return append(dst, '}')
}

// appendEntry appends an entry's value, or what its element holds beside the
// name: null when that is nothing.
func appendEntry(dst []byte, e *entry) []byte {
	if e.value != nil {
		return append(dst, e.value...)
	}
	dst = append(dst, '{')
	first, named := true, false
	for members := walk(e.element); ; {
		name, value := members.member()
		if name == nil && first {
			return append(dst[:len(dst)-1], "null"...)
		}
		if name == nil {
			return append(dst, '}')
		}
		if !named && isNameKey(name) && value[0] == '"' {
			named = true
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(append(dst, name...), ':')
		dst = append(dst, value...)
	}
}

// keepProperties remembers the values of a bag that columns are read from.
// Only bags that describe the client count: a cmdlet's Parameters may well
// have a SessionId, and whoever ran it chose its value.
func (f *fields) keepProperties(b bag, entries []entry) {
	switch string(content(b.name)) {
	case "ExtendedProperties", "DeviceProperties", "ExtraProperties":
	default:
		return
	}
	for i := range entries {
		f.keepProperty(entries[i].name, entries[i].value)
	}
	if b.value[0] == '{' {
		for members := walk(b.value); ; {
			name, value := members.member()
			if name == nil {
				return
			}
			f.keepProperty(name, value)
		}
	}
}

func (f *fields) keepProperty(name, value []byte) {
	m := other
	switch string(content(name)) {
	case "UserAgent":
		m = memBagUserAgent
	case "SessionId":
		m = memBagSessionID
	case "ResultStatusDetail":
		m = memBagResultStatusDetail
	case "additionalDetails":
		m = memBagAdditionalDetails
	}
	if m != other && f.values[m] == nil {
		f.values[m] = value
	}
}
