package payload

import (
	"bytes"

	"github.com/qmparse/qmparse/parser/internal/cursor"
	"github.com/qmparse/qmparse/parser/internal/jsontext"
)

// schema is a TraceLogging event's extended item 11, EVENT_SCHEMA_TL
// (_tlgEventMetadata_t in TraceLoggingProvider.h, from RemainingSize on):
//
//	0  2  size  of all, with this
//	2  …  tags  1 byte or more: the last has bit 7 clear
//	…  …  name  UTF-8 with NUL
//	…  …  fields, to the end
//
// A field is:
//
//	…  name        UTF-8 with NUL
//	1  in type     0x1f the type, 0x60 what kind of array, 0x80 an out type follows
//	1  out type    0x7f the type, of a structure how many fields; 0x80 tags follow
//	…  tags        as above
//	2  count       of an array of fixed size
//	2  info size   of a custom serialiser, and so many bytes
//
// Everything from the out type on is there only if the in type says so. The
// fields of a structure follow it, and a structure within counts as one of them.
type schema struct {
	fields  []field // the first is the event's name
	name    []byte
	repeats bool // among the event's own fields
}

// eventName is the key of a TraceLogging event's name. No language that logs
// has a name like that.
const eventName = "#name"

// schema returns the event's schema, compiled.
func (d *Decoder) schema(e *Event) (*schema, error) {
	if s := d.schemas[string(e.Schema)]; s != nil {
		return s, nil
	}
	s, err := compile(e)
	if err != nil {
		return nil, err
	}
	if d.schemas == nil || d.cached+len(e.Schema) > maxSchemas {
		d.schemas, d.cached = map[string]*schema{}, 0
	}
	d.schemas[string(e.Schema)] = s
	d.cached += len(e.Schema)
	return s, nil
}

// compiler makes a schema of its bytes.
type compiler struct {
	schema
	c cursor.Cursor
}

func compile(e *Event) (*schema, error) {
	c := compiler{c: cursor.New(e.Schema, e.SchemaOffset)}
	if size := c.c.U16("schema size"); int(size) != len(e.Schema) {
		c.c.Fail(cursor.ErrMalformed, "schema size", "%d, there are %d bytes", size, len(e.Schema))
	}
	c.tags("event tags")
	c.name = bytes.Clone(untilNUL(&c.c, "event name", 1))
	c.fields = append(c.fields, newField(eventName))
	c.fields[0].end = 1
	for c.c.Len() > 0 {
		c.field()
	}
	for i := 1; i < len(c.fields) && c.c.Err() == nil; i = int(c.fields[i].end) {
		c.nest(i, 1)
	}
	if err := c.c.Err(); err != nil {
		return nil, err
	}
	c.repeats = link(c.fields, 0, len(c.fields))
	return &c.schema, nil
}

func newField(name string) field {
	return field{name: validText(name), key: string(append(jsontext.AppendText(nil, name), ':'))}
}

// tags steps over tags, which mean something to the provider alone.
func (c *compiler) tags(what string) {
	for c.c.U8(what)&chain != 0 {
	}
}

// field reads one field, all but its end.
func (c *compiler) field() {
	f := newField(string(untilNUL(&c.c, "field name", 1)))
	at := c.c.Offset()
	in, out := c.c.U8("in type"), uint8(0)
	if in&chain != 0 {
		if out = c.c.U8("out type"); out&chain != 0 {
			c.tags("field tags")
		}
	}
	f.in, f.out = inType(in&inTypeMask), outType(out&^chain)
	if f.in == inStruct {
		f.members = uint8(f.out) // it has no out type, and none is looked at
	}
	switch in & countMask {
	case countFixed:
		f.arity, f.n = arityFixed, c.c.U16("count")
	case countCounted:
		f.arity = arityCounted
	case countCustom:
		// The type is the protocol of the serialiser.
		f.arity, f.in, f.out, f.members = arityCustom, inCountedBinary, 0, 0
		c.c.Skip(int(c.c.U16("type info size")), "type info")
	}
	switch {
	case c.c.Err() != nil:
	case f.in >= inTypes:
		c.c.Fail(cursor.ErrUnsupported, "in type", "%d of %s at offset %#x", f.in, f.name, at)
	case len(c.fields) > maxFields:
		c.c.Fail(cursor.ErrUnsupported, "field name", "more than %d fields", maxFields)
	default:
		c.fields = append(c.fields, f)
	}
}

// nest finds the end of field i and of those within it, and how small they can be.
func (c *compiler) nest(i, depth int) {
	f := &c.fields[i]
	end, least := i+1, smallest[f.in]
	if depth > maxDepth {
		c.c.Fail(cursor.ErrUnsupported, "in type", "%s is within %d structures", f.name, maxDepth)
	}
	for n := uint8(0); n < f.members && c.c.Err() == nil; n++ {
		if end >= len(c.fields) {
			c.c.Fail(cursor.ErrMalformed, "out type", "%s has %d fields, %d follow", f.name, f.members, n)
			break
		}
		c.nest(end, depth+1)
		least = min(least+c.fields[end].leastAll(), maxPayload)
		end = int(c.fields[end].end)
	}
	f.end, f.least = int32(end), int32(least)
	if f.members > 0 {
		f.repeats = link(c.fields, i+1, end)
	}
}

// leastAll returns the bytes that all values of the field take at least, with their count.
func (f *field) leastAll() int {
	switch f.arity {
	case arityFixed:
		return int(min(int64(f.n)*int64(f.least), maxPayload))
	case arityCounted:
		return 2
	}
	return int(f.least)
}

// link joins the members from first to end that have the same name, and says
// whether there are any. Two names are the same if they are in JSON.
func link(fields []field, first, end int) bool {
	type place struct {
		field int
		place int32
	}
	last := map[string]*place{}
	any := false
	at := int32(0)
	for i := first; i < end; i = int(fields[i].end) {
		f := &fields[i]
		if p := last[f.key]; p != nil {
			fields[p.field].next, f.again, any = at, true, true
			*p = place{i, at}
		} else {
			last[f.key] = &place{i, at}
		}
		at++
	}
	return any
}
