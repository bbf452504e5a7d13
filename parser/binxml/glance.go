package binxml

import "github.com/qmparse/qmparse/parser/internal/cursor"

// Known is a record of a known kind, whose BinXML is as that of nearly every record: what
// is asked of it is read from where it stands, and no document is made.
type Known struct {
	Kind *Kind
	Time uint64 // TimeCreated, if the kind is Timed

	values int // the position of the first
}

// recent is a template of the chunk that was met: of a record one that has a plan, of data
// one that has fields.
type recent struct {
	pos     uint32
	program *program

	// Of a record, if there is a head: a record of that layout, without the definition in
	// it, begins with it, up to where the descriptors end that are the same in all.
	layout *layout
	head   []byte // of the chunk's memory
}

func recentSlot(pos uint32) uint32 { return (pos ^ pos>>7) % recentSlots }

// Glance returns the record whose BinXML stands between the positions pos and end of the
// chunk if its kind is known: then Document succeeds for it and has nothing to say about it,
// and System yields for the fields of the kind what it has yielded for the record that
// [Document.Kind] was called of.
// Its Kind is nil if it is not known, and whenever anything is not as it is in nearly every
// record.
func (d *Decoder) Glance(pos, end int) Known {
	if pos < 0 || end < pos || end > len(d.chunk) {
		return Known{}
	}
	b := d.chunk[pos:end]
	// If there is no fragment header this is no definition, and no record alike has such bytes.
	definition, _ := cursor.Uint32(b, 10)
	r := &d.ofRecords.recent[recentSlot(definition)]
	l, n := r.layout, len(r.head)
	if n == 0 || n > len(b) || uint64(definition) == uint64(pos+14) || string(b[:n]) != string(r.head) {
		if l, n = d.glanceLayout(pos, end); l == nil {
			return Known{}
		}
	}
	values, behind := l.values(b[n:])
	if l.none || behind < 0 || behind > MostBehind { // there may be something else
		return Known{}
	}
	time, _ := cursor.Uint64(values, l.time) // 0 if it has none
	return Known{l.find(values), time, end - len(values)}
}

// glanceLayout returns the layout of the record between the positions pos and end of the
// chunk, and how many bytes there are up to where the descriptors end that are the same in
// all of that layout; nil if it is not known.
func (d *Decoder) glanceLayout(pos, end int) (*layout, int) {
	b := d.chunk[:end]
	p, at := d.glanceInstance(b, pos, &d.ofRecords, planned)
	if p == nil {
		return nil, 0
	}
	count, ok := cursor.Uint32(b, at)
	if !ok {
		return nil, 0
	}
	specs := at + 4
	for i, l := range p.layouts {
		if l.count != count || !l.match(b[specs:]) {
			continue
		}
		if i > 0 { // what is frequent moves to the front
			p.layouts[i], p.layouts[i-1] = p.layouts[i-1], l
		}
		n := specs + len(l.specs) - pos
		if at == pos+14 { // behind a fragment header, and with no definition before it
			definition, _ := cursor.Uint32(b, pos+10)
			r := &d.ofRecords.recent[recentSlot(definition)]
			r.layout, r.head = l, b[pos:pos+n]
		}
		return l, n
	}
	return nil, 0
}

// glanceInstance returns the program of the template instance at position pos of the chunk,
// whose bytes end with those of b, and where the number of its values stands; nil if it is
// not one that good thinks well of, or named by another id.
//
//	.  4  fragment header, if there is one: 0x0f, major version 1, minor version, flags
//	0  2  0x0c, 1
//	2  4  template id
//	6  4  position of the definition, which may be the next
func (d *Decoder) glanceInstance(b []byte, pos int, set *definitions, good func(*program) bool) (*program, int) {
	pos += fragmentHeaderAt(b, pos)
	head, ok := cursor.Uint64(b, pos)
	definition, also := cursor.Uint32(b, pos+6)
	if !ok || !also || head&0xff != tokenTemplateInstance {
		return nil, 0
	}
	r := &set.recent[recentSlot(definition)]
	if r.pos != definition || r.program == nil {
		if int64(definition) > int64(len(d.chunk)) {
			return nil, 0
		}
		p, err := d.template(definition, set)
		if err != nil || !good(p) {
			return nil, 0
		}
		*r = recent{pos: definition, program: p}
	}
	if uint32(head>>16) != r.program.id {
		return nil, 0
	}
	at := pos + 10
	if uint64(definition) == uint64(at) {
		at += definitionHeader - 20 + len(r.program.source)
	}
	return r.program, at
}

// fragmentHeaderAt returns the size of the fragment header at position pos of b: 0 if there is
// none, or one of another major version.
func fragmentHeaderAt(b []byte, pos int) int {
	if header, _ := cursor.Uint16(b, pos); header == 1<<8|tokenFragmentHeader {
		return 4
	}
	return 0
}

func planned(p *program) bool { return p.plan.known }

// Rest calls yield as System does, for the fields that are not those of the kind, which is
// not Whole. Of a value that [Value.Uint] has it asks number instead, and yield only if that
// returns false.
func (d *Decoder) Rest(k Known, number func(SystemField, uint64) bool, yield func(SystemField, *Value)) {
	for i := range k.Kind.layout.rest {
		r := &k.Kind.layout.rest[i]
		if r.lit != nil {
			yield(r.field, r.lit)
			continue
		}
		at := k.values + r.at
		if r.number {
			if u, ok := littleEndian(d.chunk[at : at+r.n]); ok && number(r.field, u) {
				continue
			}
		}
		d.given = Value{Type: r.typ, Pos: int32(at), Data: d.chunk[at : at+r.n : at+r.n]}
		yield(r.field, &d.given)
	}
}
