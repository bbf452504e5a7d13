package evtxbuild

import (
	"encoding/binary"
	"fmt"
)

// The tokens of BinXML. moreFlag on an open start element says that an
// attribute list follows; on an attribute, that another attribute does; on
// character data, that more of it does.
const (
	tokenEOF              = 0x00
	tokenOpenStartElement = 0x01
	tokenCloseStart       = 0x02
	tokenCloseEmpty       = 0x03
	tokenEndElement       = 0x04
	tokenValueText        = 0x05
	tokenAttribute        = 0x06
	tokenCDATA            = 0x07
	tokenCharRef          = 0x08
	tokenEntityRef        = 0x09
	tokenPITarget         = 0x0a
	tokenPIData           = 0x0b
	tokenTemplateInstance = 0x0c
	tokenNormalSub        = 0x0d
	tokenOptionalSub      = 0x0e
	tokenFragmentHeader   = 0x0f
	moreFlag              = 0x40
)

// maxDepth bounds nesting, which only a composition that contains itself
// exceeds.
const maxDepth = 256

// Node is one production of the BinXML grammar. more says that character data
// follows it in the same content.
type Node interface {
	encode(e *encoder, more bool)
}

// Document is what a record, a definition or a BinXML value holds: fragment
// header, the nodes, end of file.
func Document(nodes ...Node) []Node {
	all := []Node{FragmentHeader{}}
	all = append(all, nodes...)
	return append(all, EOF{})
}

// FragmentHeader is 0f 01 01 00.
type FragmentHeader struct{}

func (FragmentHeader) encode(e *encoder, _ bool) { e.bytes([]byte{tokenFragmentHeader, 1, 1, 0}) }

// EOF is the end-of-file token.
type EOF struct{}

func (EOF) encode(e *encoder, _ bool) { e.u8(tokenEOF) }

// Raw is bytes as they are, for what no other node can express.
type Raw []byte

func (n Raw) encode(e *encoder, _ bool) { e.bytes(n) }

// Dependency is the value an element of a template depends on: if that value
// is NULL the element is left out. The zero Dependency is none (0xffff).
type Dependency uint32

// On is a dependency on the value with this index.
func On(index uint16) Dependency { return Dependency(index) + 1 }

// Element is an element. In a template:
//
//	 0  1  token 0x01, 0x41 with attributes
//	 1  2  dependency id; only in a template definition
//	 3  4  size of what follows up to and with the end token
//	 7  4  chunk offset of the name, the name itself where it is first used
//	11  4  size of the attribute list, if there is one
//	15     attributes
//	    1  0x03, or 0x02, content, 0x04
type Element struct {
	Name       string
	Dependency Dependency
	Attributes []Attribute
	Content    []Node
	Empty      bool // end with 0x03; without it an element with no content is 0x02 0x04
	List       bool // write the attribute list even if it is empty
}

// El is an element with content and no attributes.
func El(name string, content ...Node) Element { return Element{Name: name, Content: content} }

func (n Element) encode(e *encoder, _ bool) {
	if !e.enter() {
		return
	}
	defer e.leave()
	if n.Empty && len(n.Content) > 0 {
		e.failf("element %s is empty and has content", n.Name)
		return
	}
	list := n.List || len(n.Attributes) > 0
	e.token(tokenOpenStartElement, list)
	if e.inTemplate {
		e.u16(uint16(n.Dependency - 1)) // none wraps to 0xffff
	}
	size := e.hole32()
	e.name(n.Name)
	if list {
		attrs := e.hole32()
		for i, a := range n.Attributes {
			e.token(tokenAttribute, i+1 < len(n.Attributes))
			e.name(a.Name)
			e.nodes(a.Value)
		}
		e.fill32(attrs, len(e.out)-attrs-4)
	}
	if n.Empty {
		e.u8(tokenCloseEmpty)
	} else {
		e.u8(tokenCloseStart)
		e.nodes(n.Content)
		e.u8(tokenEndElement)
	}
	e.fill32(size, len(e.out)-size-4)
}

// Attribute is an attribute; its value is text, references and substitutions.
type Attribute struct {
	Name  string
	Value []Node
}

// Attr is an attribute.
func Attr(name string, value ...Node) Attribute { return Attribute{Name: name, Value: value} }

// Text is value text.
type Text string

func (n Text) encode(e *encoder, more bool) { Units(units(string(n))).encode(e, more) }

// Units is value text of these code units, for lone surrogates.
type Units []uint16

func (n Units) encode(e *encoder, more bool) {
	e.token(tokenValueText, more)
	e.u8(TypeString)
	e.counted(n)
}

// CharRef is a character reference, written &#N; in XML.
type CharRef uint16

func (n CharRef) encode(e *encoder, more bool) {
	e.token(tokenCharRef, more)
	e.u16(uint16(n))
}

// EntityRef is an entity reference: lt, gt, amp, quot, apos.
type EntityRef string

func (n EntityRef) encode(e *encoder, more bool) {
	e.token(tokenEntityRef, more)
	e.name(string(n))
}

// CDATA is a CDATA section.
type CDATA string

func (n CDATA) encode(e *encoder, more bool) {
	e.token(tokenCDATA, more)
	e.counted(units(string(n)))
}

// PI is a processing instruction.
type PI struct{ Target, Data string }

func (n PI) encode(e *encoder, _ bool) {
	e.u8(tokenPITarget)
	e.name(n.Target)
	e.u8(tokenPIData)
	e.counted(units(n.Data))
}

// Sub is a substitution: token 0x0d or 0x0e, index u16, type u8.
type Sub struct {
	Index    uint16
	Type     byte
	Optional bool
}

// Normal is a normal substitution, 0x0d.
func Normal(index uint16, t byte) Sub { return Sub{Index: index, Type: t} }

// Optional is an optional substitution, 0x0e: NULL leaves its attribute or
// element out.
func Optional(index uint16, t byte) Sub { return Sub{Index: index, Type: t, Optional: true} }

func (n Sub) encode(e *encoder, _ bool) {
	if n.Optional {
		e.u8(tokenOptionalSub)
	} else {
		e.u8(tokenNormalSub)
	}
	e.u16(n.Index)
	e.u8(n.Type)
}

// charData reports whether a node continues the text before it.
func charData(n Node) bool {
	switch n.(type) {
	case Text, Units, CharRef, EntityRef, CDATA, Sub:
		return true
	}
	return false
}

// Wire encodes nodes in the form that [MS-EVEN6] sends over the network: names
// and definitions stand where they are used, without offsets. Section 4 of
// that document has bytes to compare with.
func Wire(nodes []Node) ([]byte, error) {
	e := encoder{wire: true}
	e.nodes(nodes)
	return e.out, e.err
}

// encoder appends BinXML that will stand at offset base of a chunk.
type encoder struct {
	out  []byte
	base int
	wire bool // no chunk: names and definitions in place

	inTemplate bool // elements carry a dependency id
	depth      int
	err        error

	names        map[string]uint32 // of the chunk so far; not written to
	templates    map[templateKey]uint32
	tables       tables // copy: becomes the chunk's if the record fits
	newNames     map[string]uint32
	newTemplates []templateAt
}

// tables are the chain heads of a chunk header.
type tables struct {
	nameHeads     [nameBuckets]uint32
	templateHeads [templateBuckets]uint32
}

type templateAt struct {
	key    templateKey
	offset uint32
}

func (e *encoder) fail(err error) {
	if e.err == nil {
		e.err = err
	}
}

func (e *encoder) failf(format string, a ...any) {
	e.fail(fmt.Errorf("evtxbuild: "+format, a...))
}

func (e *encoder) enter() bool {
	e.depth++
	if e.depth > maxDepth {
		e.failf("nesting deeper than %d", maxDepth)
	}
	return e.err == nil
}

func (e *encoder) leave() { e.depth-- }

func (e *encoder) nodes(ns []Node) {
	for i, n := range ns {
		if e.err != nil {
			return
		}
		n.encode(e, i+1 < len(ns) && charData(ns[i+1]))
	}
}

func (e *encoder) offset() int { return e.base + len(e.out) }

func (e *encoder) bytes(b []byte) { e.out = append(e.out, b...) }
func (e *encoder) u8(v byte)      { e.out = append(e.out, v) }
func (e *encoder) u16(v uint16)   { e.out = binary.LittleEndian.AppendUint16(e.out, v) }
func (e *encoder) u32(v uint32)   { e.out = binary.LittleEndian.AppendUint32(e.out, v) }

func (e *encoder) token(t byte, more bool) {
	if more {
		t |= moreFlag
	}
	e.u8(t)
}

// hole32 leaves room for a size and returns its place, for fill32.
func (e *encoder) hole32() int {
	e.u32(0)
	return len(e.out) - 4
}

func (e *encoder) fill32(at, v int) { binary.LittleEndian.PutUint32(e.out[at:], uint32(v)) }

// counted writes a u16 count and the code units.
func (e *encoder) counted(u []uint16) {
	if len(u) > 0xffff {
		e.failf("text of %d code units, its count holds 65535", len(u))
		return
	}
	e.u16(uint16(len(u)))
	for _, c := range u {
		e.u16(c)
	}
}

// name writes a reference to a name and, where the chunk has it for the first
// time, the name itself:
//
//	0  4  chunk offset of the next name in the chain: the bucket's head so far
//	4  2  hash
//	6  2  code units
//	8     text
//	   2  0
func (e *encoder) name(s string) {
	u := units(s)
	if !e.wire {
		off, ok := e.newNames[s]
		if !ok {
			off, ok = e.names[s]
		}
		if ok {
			e.u32(off)
			return
		}
		e.u32(uint32(e.offset() + 4))
		if e.newNames == nil {
			e.newNames = map[string]uint32{}
		}
		off = uint32(e.offset())
		e.newNames[s] = off
		b := NameHash(s) % nameBuckets
		e.u32(e.tables.nameHeads[b])
		e.tables.nameHeads[b] = off
	}
	e.u16(NameHash(s))
	e.counted(u)
	e.u16(0)
}

func (e *encoder) template(k templateKey) (uint32, bool) {
	for _, t := range e.newTemplates {
		if t.key == k {
			return t.offset, true
		}
	}
	off, ok := e.templates[k]
	return off, ok
}
