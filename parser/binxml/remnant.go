package binxml

import (
	"encoding/binary"
	"errors"
	"slices"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// Why the BinXML of an old record is not taken for what it seems.
var (
	// ErrNoBinXML: it does not begin as BinXML does.
	ErrNoBinXML = errors.New("no BinXML")
	// ErrMisfit: the values do not have the sizes that their types ask for, or do
	// not fill the record.
	ErrMisfit = errors.New("values do not fit")
	// ErrNames: elements that stand in no definition do not decode, or names of
	// theirs do not match their hash.
	ErrNames = errors.New("names were overwritten")
	// ErrNesting: instances within elements of a record, or too deep.
	ErrNesting = errors.New("nesting is not supported")
	// ErrGrowth: names that it shares would take much more than itself, as those of other
	// records of its chunk did.
	ErrGrowth = errors.New("names are too long")
)

// Remnant is the BinXML of an old record, taken out of its chunk. Its values fill
// it; what it lacks are the definitions of its template instances.
//
// Its slices are memory of the decoder until they are replaced by copies.
type Remnant struct {
	// XML is the BinXML, without the definitions that stood in it, and with every
	// name of an element in its place: see [Remnant.AppendTo].
	XML       []byte
	Instances []Instance // in the order in which they begin

	// InPlace says that the XML is, byte for byte, what stands in the record, but for the
	// positions of definitions, which AppendTo replaces.
	InPlace bool

	// Doubtful says that names of elements outside of any definition stand
	// where newer records are.
	Doubtful bool

	// Root is the name of the root element of a value of the record that has no
	// template.
	Root string

	names []int32 // where positions of names stand in XML
}

// Instance is a template instance of a remnant.
type Instance struct {
	ID    uint32 // the first four bytes of the template's GUID
	Depth int    // 0 is the record itself, more a value of it

	// GUID is that of the definition that the instance points to, if its first
	// bytes are the ID.
	GUID model.Opt[model.GUID]

	// Own is that definition, nil if it was overwritten. Doubtful says that names
	// of it stand where newer records are, so that they may be names of those.
	// Current says that it stands among the newer records.
	Own               *Definition
	Doubtful, Current bool

	at     int32 // of the position of the definition, in XML
	values int32 // of the number of values, in XML
	spec   int32 // of the descriptor of the value that the instance is, in XML; -1 for none
}

// Remnant decodes the BinXML between the positions pos and end of the chunk, of
// which all below live belongs to newer records, as far as it can be without
// definitions. It is strict: whatever is not as in every record that is whole is
// refused, with one of the errors of this file. The XML and the Instances are valid
// until the next call.
func (d *Decoder) Remnant(pos, end, live int) (Remnant, error) {
	d.values, d.inlineUsed = d.values[:0], 0
	m := mover{d: d, live: live, r: Remnant{XML: d.remnant[:0], Instances: d.instances[:0], InPlace: true}}
	c := d.whole.At(uint32(pos), "BinXML")
	c = c.Sub(end-pos, "BinXML")
	if c.Err() != nil {
		return Remnant{}, ErrMisfit
	}
	err := m.document(&c, 0, -1)
	m.r.XML = append(m.r.XML, tokenEOF)
	d.remnant, d.instances = m.r.XML, m.r.Instances
	if err != nil {
		return Remnant{}, err
	}
	// One byte ends the fragment, more fill the record up to a multiple of 8.
	if rest := c.Bytes(c.Len(), "end of the record"); len(rest) < 1 || len(rest) > MostBehind || rest[0] != tokenEOF {
		return Remnant{}, ErrMisfit
	}
	if growth := len(m.r.XML) - usualGrowth*(end-pos); growth > 0 {
		if growth > maxGrowth-d.growth {
			return Remnant{}, ErrGrowth
		}
		d.growth += growth
	}
	return m.r, nil
}

// mover copies the BinXML of a record.
type mover struct {
	d    *Decoder
	live int
	r    Remnant
}

func (m *mover) document(c *cursor.Cursor, depth, spec int) error {
	if depth > MaxDepth {
		return ErrNesting
	}
	token, _ := c.Peek()
	if token == tokenFragmentHeader {
		head := c.Bytes(4, "fragment header")
		if c.Err() != nil || head[1] != 1 {
			return ErrNoBinXML
		}
		m.r.XML = append(m.r.XML, head...)
		token, _ = c.Peek()
	}
	switch {
	case token == tokenTemplateInstance:
		return m.instance(c, depth, spec)
	case token&^tokenMore == tokenOpenStartElement:
		return m.elements(c, depth)
	}
	return ErrNoBinXML
}

func (m *mover) instance(c *cursor.Cursor, depth, spec int) error {
	r := &m.r
	start := len(r.XML)
	r.XML = append(r.XML, c.Bytes(6, "template instance")...)
	pos := c.U32("template definition offset")
	if c.Err() != nil {
		return ErrMisfit
	}
	in := Instance{ID: binary.LittleEndian.Uint32(r.XML[start+2:]), Depth: depth, at: int32(len(r.XML)), spec: int32(spec)}
	r.XML = append(r.XML, 0, 0, 0, 0)
	resident := int64(pos) == int64(c.Pos())
	m.own(&in, pos)
	if resident {
		if !in.GUID.OK {
			return ErrMisfit
		}
		r.InPlace = false
		c.Skip(definitionHeader-4, "template definition")
		c.Skip(c.Count(c.U32("template size"), 1, "template size"), "template definition")
	}
	in.values = int32(len(r.XML))
	r.Instances = append(r.Instances, in)

	count := c.Count(c.U32("number of values"), 4, "number of values")
	specs := c.Bytes(4*count, "value types")
	if c.Err() != nil {
		return ErrMisfit
	}
	r.XML = binary.LittleEndian.AppendUint32(r.XML, uint32(count))
	specsAt := len(r.XML)
	r.XML = append(r.XML, specs...)
	for i := range count {
		spec := specs[4*i:][:4]
		v := Value{Type: Type(spec[2])}
		size := int(binary.LittleEndian.Uint16(spec))
		if v.Type == TypeBinXML && size > 0 {
			n, err := m.value(c, size, depth, specsAt+4*i)
			if err != nil {
				return err
			}
			binary.LittleEndian.PutUint16(r.XML[specsAt+4*i:], uint16(n))
			continue
		}
		v.Data = c.Bytes(size, "value")
		if c.Err() != nil || spec[3] != 0 || !v.fits() {
			return ErrMisfit
		}
		if r.XML = append(r.XML, v.Data...); len(r.XML) > maxRemnant {
			return ErrNesting
		}
	}
	return nil
}

// own looks at the definition that stands at pos, if one does.
func (m *mover) own(in *Instance, pos uint32) {
	d := m.d
	c := d.whole.At(pos, "template definition")
	c.U32("next template definition")
	guid := c.Array16("template GUID")
	if c.Err() != nil || binary.LittleEndian.Uint32(guid[:]) != in.ID {
		return
	}
	in.GUID = model.Some(model.GUIDFromWindows(guid))
	own, err := d.Definition(pos)
	if err != nil {
		return
	}
	in.Own = own
	if in.Current = int(pos) < m.live; in.Current {
		return // that of a newer record, and whole
	}
	p, _ := d.template(pos, &d.ofOld)
	for i := range p.names {
		ref := &p.names[i]
		if offset, _ := cursor.Uint32(d.chunk, int(pos)+4+ref.pos); !ref.resident && int64(offset) < int64(m.live) {
			in.Doubtful = true
		}
	}
}

// value copies a value that is BinXML and returns its size now.
func (m *mover) value(c *cursor.Cursor, size, depth, spec int) (int, error) {
	start := len(m.r.XML)
	sub := c.Sub(size, "BinXML value")
	if c.Err() != nil {
		return 0, ErrMisfit
	}
	if err := m.document(&sub, depth+1, spec); err != nil {
		return 0, err
	}
	if rest := sub.Bytes(sub.Len(), "end of the value"); len(rest) != 1 || rest[0] != tokenEOF {
		return 0, ErrMisfit
	}
	m.r.XML = append(m.r.XML, tokenEOF)
	if n := len(m.r.XML) - start; n < 1<<16 {
		return n, nil
	}
	return 0, ErrNesting
}

// elements copies elements that are no template's, each name to where it is
// referred to. It leaves the cursor at the end of the fragment.
func (m *mover) elements(c *cursor.Cursor, depth int) error {
	d := m.d
	m.r.InPlace = false
	p := d.inlineProgram()
	p.moving, p.start = true, c.Pos()
	k := compiler{d: d, p: p, c: c}
	k.fragment()
	switch {
	case c.Err() != nil || p.root < 0:
		return ErrNames // a name that is another's is what breaks elements
	case p.bound:
		return ErrNesting
	case p.badNames > 0:
		return ErrNames
	}
	if depth == 1 {
		m.r.Root = p.rootName()
	}
	for _, ref := range p.names {
		if offset, _ := cursor.Uint32(d.chunk, p.start+ref.pos); !ref.resident && int64(offset) < int64(m.live) {
			m.r.Doubtful = true
		}
	}
	out, names := p.moved(d.chunk[p.start:c.Pos()])
	for _, at := range names {
		m.r.names = append(m.r.names, int32(len(m.r.XML))+at)
	}
	if m.r.XML = append(m.r.XML, out...); len(m.r.XML) > maxRemnant {
		return ErrNesting
	}
	return nil
}

// AppendValues appends the values of an instance of the remnant, which are in its memory.
func (r *Remnant) AppendValues(values []Value, in *Instance) []Value {
	c := cursor.New(r.XML, 0)
	c = c.At(uint32(in.values), "values")
	count := c.Count(c.U32("number of values"), 4, "number of values")
	specs := c.Bytes(4*count, "value types")
	values = slices.Grow(values, count)
	for i := range count {
		values = append(values, Value{
			Type: Type(specs[4*i+2]),
			Pos:  int32(c.Pos()),
			Data: c.Bytes(int(binary.LittleEndian.Uint16(specs[4*i:])), "value"),
		})
	}
	return values
}

// AppendTo appends the BinXML to the bytes of a chunk that is being made, as one
// whose instances have the definitions at these positions there. Where that is 0
// the value that the instance is becomes NULL; the record itself cannot be that.
func (r *Remnant) AppendTo(chunk []byte, definitions []uint32) []byte {
	start := len(chunk)
	chunk = append(chunk, r.XML...)
	for i := range r.Instances {
		in := &r.Instances[i]
		binary.LittleEndian.PutUint32(chunk[start+int(in.at):], definitions[i])
		if definitions[i] == 0 && in.spec >= 0 {
			chunk[start+int(in.spec)+2] = byte(TypeNull)
		}
	}
	for _, n := range r.names {
		field := start + int(n)
		binary.LittleEndian.PutUint32(chunk[field:], uint32(field+4))
	}
	return chunk
}

// fits says whether the value has the size that its type asks for.
func (v *Value) fits() bool {
	n := len(v.Data)
	switch t := v.Type; t {
	case TypeNull:
		return n <= 16 // of what it would be
	case TypeString, TypeEvtXML, TypeString | TypeArray:
		return n%2 == 0
	case TypeAnsiString, TypeBinary, TypeAnsiString | TypeArray:
		return true
	case TypeBool:
		return n == 4 || n == 1
	case TypeSizeT:
		return n == 4 || n == 8
	case TypeBinXML:
		return n == 0
	case TypeSID:
		return v.isSID()
	case TypeSysTime:
		_, ok := v.Uint()
		return ok
	default:
		if size := (t &^ TypeArray).size(); size > 0 {
			return n == size || t.IsArray() && n%size == 0
		}
		return t == TypeSID|TypeArray || t == TypeSizeT|TypeArray && n%4 == 0
	}
}
