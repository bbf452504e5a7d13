package binxml

import "github.com/qmparse/qmparse/parser/internal/cursor"

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

func dataKnown(p *program) bool { return len(p.data.fields) > 0 }

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
	p, at := d.glanceInstance(b, from, &d.ofData, dataKnown)
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
