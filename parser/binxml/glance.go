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

	// Of a record, if n is not 0: a record of that layout, without the definition in it, has
	// at the position like of the chunk the n bytes before its values, the last of the
	// descriptors not counted if the layout has anyLast.
	layout  *layout
	like, n int
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
	b := d.chunk[:end]
	l, values, behind := d.glanceLayout(b, pos)
	if l == nil || l.none || values < 0 || behind > MostBehind { // there may be something else
		return Known{}
	}
	var time uint64
	if l.time >= 0 {
		time, _ = cursor.Uint64(b, values+l.time)
	}
	return Known{l.find(b, values), time, values}
}

// glanceLayout returns the layout of the values of the record at position pos of the chunk,
// whose BinXML ends with b, where they stand, and how many bytes are behind them; nil if it is
// not known.
func (d *Decoder) glanceLayout(b []byte, pos int) (l *layout, values, behind int) {
	definition, _ := cursor.Uint32(b, pos+10)
	r := &d.recent[recentSlot(definition)]
	if n := r.n; n > 0 && n <= len(b)-pos && string(b[pos:pos+n]) == string(d.chunk[r.like:r.like+n]) {
		values, behind = r.layout.fit(b, pos+n)
		return r.layout, values, behind
	}
	p, at := d.glanceInstance(b, pos, &d.recent, planned)
	if p == nil {
		return nil, 0, 0
	}
	count, ok := cursor.Uint32(b, at)
	if !ok {
		return nil, 0, 0
	}
	for i, l := range p.layouts {
		if l.count != count {
			continue
		}
		values, behind := l.match(b, at+4)
		if values < 0 {
			continue
		}
		if i > 0 { // what is frequent moves to the front
			p.layouts[i], p.layouts[i-1] = p.layouts[i-1], l
		}
		if at == pos+14 {
			r := &d.recent[recentSlot(definition)]
			r.layout, r.like, r.n = l, pos, at+4+len(l.specs)-pos
		}
		return l, values, behind
	}
	return nil, 0, 0
}

// glanceInstance returns the program of the template instance at position pos of the chunk,
// whose bytes end with those of b, and where the number of its values stands; nil if it is
// not one that good thinks well of, or named by another id.
//
//	 0  4  fragment header: 0x0f, major version 1, minor version, flags
//	 4  2  0x0c, 1
//	 6  4  template id
//	10  4  position of the definition, which may be the next
func (d *Decoder) glanceInstance(b []byte, pos int, slots *[recentSlots]recent, good func(*program) bool) (*program, int) {
	head, ok := cursor.Uint64(b, pos)
	if !ok || head&0x0000_00ff_0000_ffff != 0x0000_000c_0000_010f {
		return nil, 0
	}
	rest, ok := cursor.Uint64(b, pos+6)
	if !ok {
		return nil, 0
	}
	definition := uint32(rest >> 32)
	r := &slots[recentSlot(definition)]
	if r.pos != definition || r.program == nil {
		if int64(definition) > int64(len(d.chunk)) {
			return nil, 0
		}
		p, err := d.template(definition)
		if err != nil || !good(p) {
			return nil, 0
		}
		*r = recent{pos: definition, program: p}
	}
	if uint32(rest) != r.program.id {
		return nil, 0
	}
	at := pos + 14
	if uint64(definition) == uint64(at) {
		at += definitionHeader - 20 + len(r.program.source)
	}
	return r.program, at
}

func planned(p *program) bool   { return p.plan.known }
func dataKnown(p *program) bool { return len(p.data) > 0 }

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

// dataField is a Data of EventData: its key, and whether it is left out if its value is NULL.
// Its value is that of its own index.
type dataField struct {
	key      string   // as of a member of an object, behind a comma
	start    [32]byte // of the key: to copy so many bytes needs no loop
	optional bool
}

func (f *dataField) appendKey(dst []byte) []byte {
	if n := len(dst); len(f.key) <= len(f.start) && cap(dst)-n >= len(f.start) {
		*(*[len(f.start)]byte)(dst[n : n+len(f.start)]) = f.start
		return dst[:n+len(f.key)]
	}
	return append(dst, f.key...)
}

// findData sets the fields of a program that is nothing but an EventData of Data with
// distinct names, whose values are those of the instance in their order: what nearly all data
// is.
func (p *program) findData() {
	if p.bound || p.trailing || p.badNames > 0 {
		return
	}
	e := &p.nodes[p.root]
	if e.kind != kindElement || e.name.local != "EventData" || !e.distinct || e.attrs != p.root+1 || e.sub != noDependency {
		return
	}
	var fields []dataField
	for m := e.attrs; m < e.end; m = p.nodes[m].end {
		n := &p.nodes[m]
		if !n.plain {
			return
		}
		value := &p.nodes[n.attrs]
		if int(value.sub) != len(fields) {
			return
		}
		f := dataField{key: "," + n.data.key, optional: value.optional}
		copy(f.start[:], f.key)
		fields = append(fields, f)
	}
	p.data = fields
}

// AppendJSON appends the data of the event as [Document.AppendJSON] does; false if they are
// not as nearly all data is.
func (d *Decoder) AppendJSON(dst []byte, k Known) ([]byte, bool) {
	l := k.Kind.layout
	if l.data < 0 {
		return dst, false
	}
	size, _ := cursor.Uint16(d.chunk, k.values-4*(int(l.count)-l.data))
	from := k.values + l.dataAt
	b := d.chunk[:min(from+int(size), len(d.chunk))]
	p, at := d.glanceInstance(b, from, &d.recentData, dataKnown)
	if p == nil {
		return dst, false
	}
	count, ok := cursor.Uint32(b, at)
	if at += 4; !ok || uint64(count) > uint64(len(b)-at)/4 || int(count) < len(p.data) {
		return dst, false
	}
	d.diagnostics = d.diagnostics[:0]
	specs := b[at : at+4*int(count)]
	at += len(specs)
	out := dst
	for i := 0; len(specs) >= 4; i++ {
		spec, _ := cursor.Uint32(specs, 0)
		specs = specs[4:]
		v := Value{Type: Type(spec >> 16), Pos: int32(at)}
		next := at + int(spec&0xffff)
		if next > len(b) {
			return dst, false
		}
		v.Data = b[at:next:next]
		at = next
		if i >= len(p.data) {
			continue // a value that the template does not ask for
		}
		if v.Type.IsArray() || v.Type == TypeBinXML {
			return dst, false
		}
		f := &p.data[i]
		if v.Type == TypeNull && f.optional {
			continue
		}
		out = d.appendJSONValue(f.appendKey(out), &v)
	}
	if len(out) == len(dst) {
		return append(out, "{}"...), true
	}
	out[len(dst)] = '{' // instead of the first comma
	return append(out, '}'), true
}
