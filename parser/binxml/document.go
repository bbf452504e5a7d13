package binxml

import (
	"encoding/binary"
	"slices"

	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// Document is one fragment of BinXML: a program and the values that fill it. It
// lives until its decoder reads the next document or chunk.
type Document struct {
	d      *Decoder
	p      *program
	values []Value
	depth  int

	// Templated says whether the fragment is an instance of a template. Then
	// TemplateID is the id in the instance, and TemplateMatches says whether
	// it is that of the definition, as it is in every record whose template
	// was not overwritten.
	Templated       bool
	TemplateID      uint32
	TemplateMatches bool

	// cut is why the data of the event cannot be had, if it is that their value
	// does not end within the record. All else can.
	cut error
}

// Document decodes the BinXML between the positions pos and end of the chunk:
// an optional fragment header, then a template instance or elements. Values are
// found but not decoded.
func (d *Decoder) Document(pos, end int) (Document, error) {
	d.values, d.members = d.values[:0], d.members[:0]
	d.inlineUsed = 0
	d.diagnostics = d.diagnostics[:0]
	d.bound(end - pos)
	d.endWalks()
	d.badNames, d.missing = false, false
	c := d.whole.At(uint32(pos), "BinXML")
	return d.document(c.Sub(end-pos, "BinXML"), 0, &d.ofRecords)
}

// document decodes one fragment at any depth, whose definition is one of set.
//
//	0x0f  u8 major 1, u8 minor 1, u8 flags 0   fragment header, optional
//	0x0c  template instance, or 0x01/0x41 element
//	0x00  end of the fragment
func (d *Decoder) document(c cursor.Cursor, depth int, set *definitions) (Document, error) {
	doc := Document{d: d, depth: depth}
	if depth > MaxDepth {
		c.Fail(cursor.ErrUnsupported, "BinXML value", "nested deeper than %d", MaxDepth)
		return doc, c.Err()
	}
	token, _ := c.Peek()
	for token == tokenFragmentHeader && c.Err() == nil {
		c.U8("token")
		if major := c.U8("fragment major version"); major != 1 && c.Err() == nil {
			c.Fail(cursor.ErrUnsupported, "fragment major version", "%d", major)
		}
		c.Skip(2, "fragment header")
		token, _ = c.Peek()
	}
	if token == tokenTemplateInstance {
		d.instance(&c, &doc, set)
	} else {
		doc.p = d.inlineProgram()
		k := compiler{d: d, p: doc.p, c: &c}
		k.fragment()
		if c.Err() == nil && doc.p.root < 0 {
			c.Fail(cursor.ErrMalformed, "BinXML", "without an element")
		}
	}
	if err := c.Err(); err != nil {
		return doc, err
	}
	if err := d.step(1 + len(doc.values) + len(doc.p.nodes)); err != nil {
		return doc, err
	}
	if doc.p.badNames > 0 && !d.badNames {
		d.badNames = true
		d.diagnose("name-hash", "%d names of elements or attributes do not match their hash or have no text", doc.p.badNames)
	}
	if depth > 0 && doc.Templated && !doc.TemplateMatches {
		d.diagnose("template-id", "a value names template %08x, another stands in its place", doc.TemplateID)
	}
	if doc.p.trailing {
		d.diagnose("fragment-trailing", "something stands behind the root element")
	}
	if root := &doc.p.nodes[doc.p.root]; root.kind == kindInstance {
		return doc.embedded(&root.lit, set)
	}
	return doc, nil
}

func (d *Decoder) inlineProgram() *program {
	if d.inlineUsed == len(d.inline) {
		d.inline = append(d.inline, &program{})
	}
	p := d.inline[d.inlineUsed]
	d.inlineUsed++
	p.reset()
	return p
}

// instance decodes a template instance.
//
//	 0  1  0x0c
//	 1  1  1
//	 2  4  template id: the first four bytes of the definition's GUID
//	 6  4  position of the definition in the chunk
//	10  …  the definition, if its position is this one
//	 .  4  number of values
//	 .  4  for each: u16 size, u8 type, u8 0
//	 .  …  the values
func (d *Decoder) instance(c *cursor.Cursor, doc *Document, set *definitions) {
	c.U8("token")
	c.U8("template instance version")
	doc.Templated = true
	doc.TemplateID = c.U32("template id")
	where := *c
	pos := c.U32("template definition offset")
	if c.Err() != nil {
		return
	}
	if int64(pos) > int64(len(d.chunk)) {
		where.Fail(cursor.ErrMalformed, "template definition offset", "%#x is behind the chunk", pos)
		c.Adopt(&where)
		return
	}
	p, err := d.template(pos, set)
	if err != nil {
		c.Wrap(err, "template definition")
		return
	}
	doc.p = p
	doc.TemplateMatches = doc.TemplateID == p.id
	if int(pos) == c.Pos() {
		c.Skip(definitionHeader-20+len(p.source), "template definition")
	}
	count := c.Count(c.U32("number of values"), 4, "number of values")
	specs := c.Bytes(4*count, "value types")
	if c.Err() != nil {
		return
	}
	first := len(d.values)
	if n, ok := d.found(specs, c.Pos(), c.Pos()+c.Len()); ok {
		c.Skip(n, "values")
		doc.values = d.values[first:len(d.values):len(d.values)]
		return
	}
	for ; len(specs) >= 4; specs = specs[4:] {
		size, at := int(binary.LittleEndian.Uint16(specs)), c.Pos()
		v := Value{Type: Type(specs[2]), Pos: int32(at)}
		if v.Type == TypeBinXML && len(specs) == 4 && size > c.Len() && doc.depth == 0 {
			// The last value of a record is the event's data: the rest is whole.
			cut := *c
			cut.Bytes(size, "event data")
			doc.cut = cut.Err()
			v.Type = TypeNull
		} else {
			v.Data = c.Bytes(size, "value")
		}
		d.values = append(d.values, v)
	}
	doc.values = d.values[first:len(d.values):len(d.values)]
}

// found appends the values of these descriptors, which stand between the positions
// at and end, and returns their size; false if they do not all stand there, as in
// a record that was cut.
func (d *Decoder) found(specs []byte, at, end int) (size int, ok bool) {
	first, start, b := len(d.values), at, d.chunk[:end]
	d.values = slices.Grow(d.values, len(specs)/4)
	values := d.values[first : first+len(specs)/4]
	for i := range values {
		spec := specs[4*i:][:4]
		next := at + (int(spec[0]) | int(spec[1])<<8)
		if next > len(b) {
			return 0, false
		}
		v := &values[i]
		v.Type, v.Pos, v.Data = Type(spec[2]), int32(at), b[at:next:next]
		at = next
	}
	d.values = d.values[:first+len(values)]
	return at - start, true
}

// embedded decodes a value of type 0x21.
func (doc *Document) embedded(v *Value, set *definitions) (Document, error) {
	c := doc.d.whole.At(uint32(v.Pos), "BinXML value")
	return doc.d.document(c.Sub(len(v.Data), "BinXML value"), doc.depth+1, set)
}

// binXML returns the BinXML that node n stands for, false if it is none.
func (doc *Document) binXML(n *node) (v *Value, ok bool) {
	switch n.kind {
	case kindInstance:
		return &n.lit, true
	case kindSubstitution:
		v = doc.value(n)
		return v, v.Type == TypeBinXML
	}
	return nil, false
}

// value returns the value of a substitution; NULL if the instance has none of
// that index.
func (doc *Document) value(n *node) *Value {
	if int(n.sub) < len(doc.values) {
		return &doc.values[n.sub]
	}
	if !doc.d.missing {
		doc.d.missing = true
		doc.d.diagnose("substitution-missing", "the template asks for value %d, the record has %d", n.sub, len(doc.values))
	}
	return &null
}

var null = Value{Type: TypeNull}

// omitted says whether element n is left out because the value it depends on is
// NULL, or because all it holds is a value that may be absent, and is.
func (doc *Document) omitted(n *node) bool {
	return n.sub != noDependency && int(n.sub) < len(doc.values) && doc.values[n.sub].Type == TypeNull ||
		n.end == n.attrs+1 && doc.absent(&doc.p.nodes[n.attrs])
}
