package evtxbuild

import (
	"crypto/sha1"
	"encoding/binary"
)

// templateBuckets is the number of template chain heads in a chunk header.
const templateBuckets = 32

// Template is a template definition. An instance of it is a [Node], see
// [Instance].
type Template struct {
	// GUID of the definition as stored, mixed-endian. Zero: derived from Body,
	// so that equal definitions share one, as a version 5 UUID like Windows'.
	GUID [16]byte

	// Body is the whole fragment: header, element, end of file. [Document]
	// makes it from an element.
	Body []Node
}

// Definition is a template whose fragment has one root node.
func Definition(root Node) *Template { return &Template{Body: Document(root)} }

// templateKey tells definitions apart within a chunk. Two with one GUID and
// different content are different: that is a kind of damage to test.
type templateKey struct {
	guid    [16]byte
	content [sha1.Size]byte
}

// key encodes the definition without offsets. depth goes on from the caller's,
// so that a template composed of itself ends with an error.
func (t *Template) key(depth int) (templateKey, error) {
	e := encoder{wire: true, inTemplate: true, depth: depth}
	e.nodes(t.Body)
	if e.err != nil {
		return templateKey{}, e.err
	}
	k := templateKey{guid: t.GUID, content: sha1.Sum(e.out)}
	if k.guid == ([16]byte{}) {
		copy(k.guid[:], k.content[:])
		k.guid[7] = k.guid[7]&0x0f | 0x50 // version 5 in the third, little-endian part
		k.guid[8] = k.guid[8]&0x3f | 0x80
	}
	return k, nil
}

// templateID is what an instance repeats of its definition's GUID.
func templateID(guid [16]byte) uint32 { return binary.LittleEndian.Uint32(guid[:4]) }

// templateBucket is the chain a definition is in: the name hash over the
// GUID's eight 16-bit words, modulo 32. Seen in real logs, not documented:
// 2,091 of 2,211 definitions in 368 chunks are in this bucket; the others are
// in chunks of a few machines whose function is not known.
func templateBucket(guid [16]byte) int {
	var w [8]uint16
	for i := range w {
		w[i] = binary.LittleEndian.Uint16(guid[2*i:])
	}
	return int(hash(w[:]) % templateBuckets)
}

// Instance is a template instance: the definition where it is first used in
// the chunk, a reference after that, and the values.
//
//	 0  1  token 0x0c
//	 1  1  1
//	 2  4  template id: the first four bytes of the GUID
//	 6  4  chunk offset of the definition
//	10  4  offset of the next definition in the chain   ┐ here if the offset
//	14 16  GUID                                         │ is 10 bytes on
//	30  4  size of the fragment                         │
//	34     fragment                                     ┘
//	    4  number of values
//	       per value: size u16, type u8, 0
//	       values
type Instance struct {
	Template *Template
	Values   []Value
	ID       *uint32 // instead of the GUID's first four bytes
}

func (n Instance) encode(e *encoder, _ bool) {
	if n.Template == nil {
		e.failf("instance without template")
		return
	}
	if !e.enter() {
		return
	}
	defer e.leave()
	k, err := n.Template.key(e.depth)
	if err != nil {
		e.fail(err)
		return
	}
	e.u8(tokenTemplateInstance)
	if e.wire {
		e.u8(0)
		e.definition(k.guid, n.Template)
	} else {
		e.u8(1)
		id := templateID(k.guid)
		if n.ID != nil {
			id = *n.ID
		}
		e.u32(id)
		if off, ok := e.template(k); ok {
			e.u32(off)
		} else {
			e.u32(uint32(e.offset() + 4))
			off := uint32(e.offset())
			b := templateBucket(k.guid)
			e.u32(e.tables.templateHeads[b])
			e.tables.templateHeads[b] = off
			e.newTemplates = append(e.newTemplates, templateAt{k, off})
			e.definition(k.guid, n.Template)
		}
	}
	e.values(n.Values)
}

// definition writes GUID, size and fragment.
func (e *encoder) definition(guid [16]byte, t *Template) {
	e.bytes(guid[:])
	size := e.hole32()
	was := e.inTemplate
	e.inTemplate = true
	e.nodes(t.Body)
	e.inTemplate = was
	e.fill32(size, len(e.out)-size-4)
}

// values writes the number, the descriptors and the values.
func (e *encoder) values(vs []Value) {
	e.u32(uint32(len(vs)))
	desc := len(e.out)
	for _, v := range vs {
		e.u16(0)
		e.u8(v.Type)
		e.u8(0)
	}
	was := e.inTemplate
	e.inTemplate = false
	defer func() { e.inTemplate = was }()
	for i, v := range vs {
		if v.err != nil {
			e.fail(v.err)
			return
		}
		at := len(e.out)
		if v.XML != nil {
			e.nodes(v.XML)
		} else {
			e.bytes(v.Data)
		}
		n := len(e.out) - at
		if n > 0xffff {
			e.failf("value %d has %d bytes, a descriptor holds 65535", i, n)
			return
		}
		binary.LittleEndian.PutUint16(e.out[desc+4*i:], uint16(n))
	}
}
