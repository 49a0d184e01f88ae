package correlate

import (
	"encoding/binary"
	"hash/crc32"
	"io"
	"maps"
	"slices"

	"github.com/nightjar-sec/nightjar"
)

// magic begins a snapshot; its last byte is the version of the form.
const magic = "NJcorr\x00\x03"

// castagnoli is the polynomial that processors compute.
func checksum(b []byte) uint32 { return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)) }

// Snapshot writes all state. Equal states are written alike.
func (c *Correlator) Snapshot(w io.Writer) error {
	e := &encoder{buf: []byte(magic)}
	encodeList(e, c.defs, func(d *definition) { e.text(d.label); e.text(d.version) })
	ids := slices.Sorted(maps.Keys(c.tenants))
	encodeList(e, ids, func(id nightjar.TenantID) {
		t := c.tenants[id]
		e.text(string(id))
		e.int(t.newest)
		e.int(t.mark)
		e.int(t.born)
		t.encodeHold(e)
		for _, st := range t.states {
			var own encoder
			if st != nil {
				st.encode(&own)
			}
			e.bytes(own.buf)
		}
	})
	e.buf = binary.LittleEndian.AppendUint32(e.buf, checksum(e.buf))
	_, err := w.Write(e.buf)
	return err
}

// Restore makes a Correlator that goes on where a snapshot was taken. What a
// correlation remembered is taken over as long as it, and all that it rests on,
// ask the same as then; others begin anew. Fresh names those, in the order of
// the configuration, by their labels.
func Restore(cfg Config, r io.Reader) (c *Correlator, fresh []string, err error) {
	if c, err = New(cfg); err != nil {
		return nil, nil, err
	}
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, nil, err
	}
	body := len(data) - 4
	if body < len(magic) || string(data[:len(magic)]) != magic {
		return nil, nil, corrupt("it is no snapshot of this version")
	}
	if checksum(data[:body]) != binary.LittleEndian.Uint32(data[body:]) {
		return nil, nil, corrupt("its checksum is wrong")
	}
	fresh, err = c.restore(data[len(magic):body])
	if err != nil {
		return nil, nil, err
	}
	return c, fresh, nil
}

func (c *Correlator) restore(data []byte) (fresh []string, err error) {
	d := &decoder{buf: data}
	// held says for each place in the snapshot which correlation it is now.
	known := map[int]bool{}
	held := decodeList(d, func() int {
		label, version := d.text(), d.text()
		i := slices.IndexFunc(c.defs, func(def *definition) bool { return def.label == label && def.version == version })
		if i >= 0 && known[i] {
			d.fail("%s stands there twice", label)
		}
		known[i] = true
		return i
	})
	for range d.count() {
		id := nightjar.TenantID(d.text())
		if c.tenants[id] != nil {
			d.fail("a tenant stands there twice")
			break
		}
		t := c.tenant(id)
		if t.newest = d.int(); t.newest < 0 || t.newest > maxTime {
			d.fail("a tenant is at no time that there is")
		}
		if t.mark = d.int(); t.mark < 0 || t.mark > t.newest {
			d.fail("time has come further than the events of a tenant")
		}
		if t.born = d.int(); t.born < 0 || t.born > t.newest && t.born != never {
			d.fail("a tenant begins at no time that there is")
		}
		t.decodeHold(d)
		t.due = -never // to be found out at the next event
		for _, i := range held {
			if own := d.bytes(); i >= 0 && len(own) > 0 {
				if t.states[i], err = c.defs[i].read(own); err != nil {
					return nil, err
				}
			}
		}
	}
	if d.err == nil && len(d.buf) > 0 {
		d.fail("it goes on after its end")
	}
	for i, def := range c.defs {
		if !known[i] {
			fresh = append(fresh, def.label)
		}
	}
	return fresh, d.err
}

// read makes a state of what encode wrote.
func (d *definition) read(own []byte) (state, error) {
	st, err := d.make(d)
	if err != nil {
		return nil, err
	}
	inner := &decoder{buf: own}
	st.decode(inner)
	if inner.err == nil && len(inner.buf) > 0 {
		inner.fail("the state of %s goes on after its end", d.label)
	}
	return st, inner.err
}
