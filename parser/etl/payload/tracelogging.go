package payload

import (
	"slices"

	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// traceLogging reads the payload by a schema.
func (d *Decoder) traceLogging(s *schema) error {
	d.repeats = s.repeats
	d.items[d.push(&s.fields[0])].value = value{form: formUTF8, b: s.name}
	d.members(s.fields, 1, len(s.fields))
	return d.finish()
}

// members reads the fields from first to end.
func (d *Decoder) members(fields []field, first, end int) {
	for i := first; i < end && d.c.Err() == nil; i = int(fields[i].end) {
		d.field(fields, i)
	}
}

// field reads field i with all its values.
func (d *Decoder) field(fields []field, i int) {
	f := &fields[i]
	at := d.push(f)
	n := int(f.n)
	switch f.arity {
	case arityOne, arityCustom: // custom: counted as binary is
		d.one(fields, i, at)
		return
	case arityCounted:
		n = int(d.c.U16(f.name))
	}
	if size := int64(n) * int64(f.least); size > int64(d.c.Len()) {
		d.c.Fail(cursor.ErrTruncated, f.name, "%d values need %d bytes or more, have %d", n, size, d.c.Len())
		return
	}
	if f.isText() {
		d.items[at].value = d.characters(f, n)
		return
	}
	if !d.room(f, n) { // before they are made
		return
	}
	d.items = slices.Grow(d.items, n)
	for range n {
		if d.one(fields, i, d.push(f)); d.c.Err() != nil {
			return
		}
	}
	d.items[at].form = formArray
	d.items[at].end = len(d.items)
}

// one reads one value of field i into the item there.
func (d *Decoder) one(fields []field, i, at int) {
	f := &fields[i]
	if f.in != inStruct {
		v := d.value(f)
		d.items[at].value = v
		return
	}
	d.items[at].form = formStruct
	d.members(fields, i+1, int(f.end))
	d.items[at].end = len(d.items)
}

// characters reads n characters as one text.
func (d *Decoder) characters(f *field, n int) value {
	at := d.c.Offset()
	if f.in == inUint16 {
		return d.text16(d.c.Bytes(2*n, f.name), at)
	}
	return d.text8(f, trimNUL(d.c.Bytes(n, f.name)))
}
