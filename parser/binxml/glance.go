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
//	.  4  fragment header, if there is one: 0x0f, major version 1, minor version, flags
//	0  2  0x0c, 1
//	2  4  template id
//	6  4  position of the definition, which may be the next
func (d *Decoder) glanceInstance(b []byte, pos int, slots *[recentSlots]recent, good func(*program) bool) (*program, int) {
	if header, _ := cursor.Uint16(b, pos); header == 1<<8|tokenFragmentHeader {
		pos += 4
	}
	head, ok := cursor.Uint64(b, pos)
	definition, also := cursor.Uint32(b, pos+6)
	if !ok || !also || head&0xff != tokenTemplateInstance {
		return nil, 0
	}
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
	if uint32(head>>16) != r.program.id {
		return nil, 0
	}
	at := pos + 10
	if uint64(definition) == uint64(at) {
		at += definitionHeader - 20 + len(r.program.source)
	}
	return r.program, at
}

func planned(p *program) bool   { return p.plan.known }
func dataKnown(p *program) bool { return len(p.data.fields) > 0 }

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

// data is what the data of an event are made of, if they are but elements side by side that
// have one value each, with distinct keys, in the order of the values: what nearly all data
// is.
type data struct {
	root   string // the key of the element in UserData, "" if it is EventData
	fields []dataField
}

// dataField is one of the elements.
type dataField struct {
	sub      int      // index of the value
	key      string   // as of a member of an object, behind a comma
	start    [32]byte // of the key: to copy so many bytes needs no loop
	optional bool     // left out if the value is NULL
	list     bool     // an array, even of one value
}

func (f *dataField) appendKey(dst []byte) []byte {
	if n := len(dst); len(f.key) <= len(f.start) && cap(dst)-n >= len(f.start) {
		*(*[len(f.start)]byte)(dst[n : n+len(f.start)]) = f.start
		return dst[:n+len(f.key)]
	}
	return append(dst, f.key...)
}

// findData finds the data that a program is of.
func (p *program) findData() {
	e := &p.nodes[p.root]
	if p.bound || p.trailing || p.badNames > 0 || e.kind != kindElement || e.sub != noDependency {
		return
	}
	for a := p.root + 1; a < e.attrs; a = p.nodes[a].end {
		if !p.nodes[a].name.isXMLNS() {
			return
		}
	}
	var found data
	isEventData := e.name.local == "EventData"
	if !isEventData {
		found.root = e.name.key
	}
	for m := e.attrs; m < e.end; m = p.nodes[m].end {
		f, ok := p.dataField(m, isEventData)
		if !ok || len(found.fields) == maxCompared {
			return
		}
		for i := range found.fields {
			if o := &found.fields[i]; o.sub >= f.sub || o.key == f.key {
				return
			}
		}
		found.fields = append(found.fields, f)
	}
	p.data = found
}

// dataField returns node m as a field; false if it is more than that.
func (p *program) dataField(m int32, inEventData bool) (f dataField, ok bool) {
	n := &p.nodes[m]
	if n.kind != kindElement || n.end != n.attrs+1 || p.nodes[n.attrs].kind != kindSubstitution {
		return f, false
	}
	value := &p.nodes[n.attrs]
	if n.sub != noDependency && n.sub != value.sub {
		return f, false
	}
	f.sub, f.optional = int(value.sub), value.optional || n.sub == value.sub
	key, attributes := n.name.key, int32(0)
	if inEventData && n.name.local == "Data" {
		if n.data != nil {
			key, attributes = n.data.key, 2 // Name and its text
		} else {
			f.list = true
		}
	}
	f.key = "," + key
	copy(f.start[:], f.key)
	return f, n.attrs == m+1+attributes
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
	if p == nil || l.userData != (p.data.root != "") {
		return dst, false
	}
	count, ok := cursor.Uint32(b, at)
	fields := p.data.fields
	if at += 4; !ok || uint64(count) > uint64(len(b)-at)/4 || int(count) <= fields[len(fields)-1].sub {
		return dst, false
	}
	d.diagnostics = d.diagnostics[:0]
	specs := b[at : at+4*int(count)]
	at += len(specs)
	out := dst
	if l.userData {
		out = append(append(out, '{'), p.data.root...)
	}
	first := len(out)
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
		if len(fields) == 0 || fields[0].sub != i {
			continue // a value that the template does not ask for
		}
		f := &fields[0]
		fields = fields[1:]
		if v.Type == TypeNull && f.optional {
			continue
		}
		if v.Type == TypeBinXML {
			return dst, false
		}
		out = f.appendKey(out)
		switch {
		case v.Type == TypeString && !f.list:
			out = appendJSONString(out, d.utf16(&v))
		case v.Type.IsArray():
			out = d.appendJSONArray(out, &v)
		case f.list:
			out = append(d.appendJSONValue(append(out, '['), &v), ']')
		default:
			out = d.appendJSONValue(out, &v)
		}
	}
	if len(out) == first {
		out = append(out, '{')
	}
	out[first] = '{' // instead of the first comma
	out = append(out, '}')
	if l.userData {
		out = append(out, '}')
	}
	return out, true
}

// appendJSONArray appends an array value.
func (d *Decoder) appendJSONArray(dst []byte, v *Value) []byte {
	dst = append(dst, '[')
	items := d.items(v)
	for comma := false; ; comma = true {
		item, ok := items.next()
		if !ok {
			return append(dst, ']')
		}
		if comma {
			dst = append(dst, ',')
		}
		dst = d.appendJSONValue(dst, &item)
	}
}
