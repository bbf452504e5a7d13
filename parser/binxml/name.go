package binxml

import (
	"strings"

	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// name is the name of an element, an attribute, an entity or a Data. Names repeat
// in every chunk, so a decoder makes each only once.
type name struct {
	utf16 string // as it stands in the chunk
	text  string // UTF-8, as written
	local string // without its namespace prefix
	key   string // of a member of a JSON object: `"LogonType":`

	hash   uint16        // of utf16
	system []SystemField // those in an element of this name in System

	chunk  uint64 // in which it was last compared, and found at
	offset uint32
}

func newName(utf16 []byte) *name {
	text := string(AppendUTF8(nil, utf16))
	n := &name{utf16: string(utf16), text: text, local: text[strings.IndexByte(text, ':')+1:]}
	n.key = string(append(appendJSONText(nil, n.local), ':'))
	n.hash, n.system = nameHash(utf16), systemFieldsOf(n.local)
	return n
}

// newDataName is of the Name of a Data, which is text: a colon in it is no
// prefix.
func newDataName(utf16 []byte) *name {
	text := string(AppendUTF8(nil, utf16))
	return &name{utf16: string(utf16), text: text, local: text, key: string(append(appendJSONText(nil, text), ':'))}
}

// isXMLNS says whether an attribute of this name declares a namespace.
func (n *name) isXMLNS() bool { return n.text == "xmlns" || strings.HasPrefix(n.text, "xmlns:") }

// intern returns the one name for the UTF-16 text b, made by create if it is new.
func intern(names *cache[*name], b []byte, create func([]byte) *name) *name {
	n := names.m[string(b)]
	if n == nil {
		n = create(b)
		names.put(b, n, len(b)+2*len(n.text)+len(n.key))
	}
	return n
}

// nameRef is where a fragment refers to a name.
type nameRef struct {
	pos      int  // of the name's offset field, from the program's start
	resident bool // the name stands behind the field itself
	name     *name
}

// readName reads a reference to a name and, if the name stands right behind the
// reference, steps over the name too.
//
//	0  4  offset of the name in the chunk
//
// and there:
//
//	0  4  offset of the next name with the same hash bucket; not needed
//	4  2  hash
//	6  2  characters
//	8  …  UTF-16LE, then a NUL that is not counted
func (d *Decoder) readName(c *cursor.Cursor, p *program, field string) *name {
	ref := nameRef{pos: c.Pos() - p.start}
	offset := c.U32(field)
	if c.Err() != nil {
		return nil
	}
	ref.resident = int(offset) == c.Pos()
	at := c
	known := &d.named[offset%namedSlots]
	if !ref.resident && known.chunk == d.chunkNumber && known.offset == offset {
		ref.name = known.name
		return d.refer(p, ref)
	}
	if !ref.resident {
		if int64(offset) > int64(len(d.chunk)) {
			c.Fail(cursor.ErrMalformed, field, "offset %#x is behind the chunk", offset)
			return nil
		}
		elsewhere := d.whole.At(offset, field)
		at = &elsewhere
	}
	at.U32("next name")
	hash := at.U16("name hash")
	n := at.U16("name length")
	if n > MaxName && at.Err() == nil {
		at.Fail(cursor.ErrUnsupported, field, "%d characters", n)
	}
	text := at.Bytes(2*int(n), field)
	end := at.U16("name terminator")
	if err := at.Err(); err != nil {
		c.Adopt(at)
		return nil
	}
	ref.name = intern(&d.names, text, newName)
	if end != 0 || ref.name.hash != hash || n == 0 { // zeros have the hash of no text
		p.badNames++
	} else {
		*known = named{d.chunkNumber, offset, ref.name}
	}
	return d.refer(p, ref)
}

// refer notes that the program refers to a name.
func (d *Decoder) refer(p *program, ref nameRef) *name {
	if p.isTemplate || p.moving {
		p.names = append(p.names, ref)
	}
	if p.isTemplate {
		p.nameBytes += len(ref.name.utf16)
	}
	return ref.name
}

// named is a name that was read in a chunk, and found right.
type named struct {
	chunk  uint64
	offset uint32
	name   *name
}

// nameHash is the hash of a name's UTF-16 units: h·65599 + unit, low 16 bits.
func nameHash[T []byte | string](utf16 T) uint16 {
	var h uint32
	for i := 0; i+1 < len(utf16); i += 2 {
		h = h*65599 + (uint32(utf16[i]) | uint32(utf16[i+1])<<8)
	}
	return uint16(h)
}
