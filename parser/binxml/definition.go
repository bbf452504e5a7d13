package binxml

import (
	"encoding/binary"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// Definition is a template definition taken out of its chunk: all its names stand
// in it, and nothing in it tells where it stood. Two definitions are the same
// template if their Content is equal. It does not change and may be shared.
type Definition struct {
	GUID model.GUID
	ID   uint32 // the first four bytes of the GUID, which instances repeat
	Root string // name of the root element, without prefix

	content string  // GUID, size and fragment, positions and sizes of elements zero
	names   []int32 // where positions of names stand in content
}

// Content returns what the definition consists of.
func (t *Definition) Content() string { return t.content }

// Defined says whether Definition was called for that position of the chunk before.
func (d *Decoder) Defined(pos uint32) bool {
	_, ok := d.ofOld.at[pos]
	return ok
}

// Definition returns the template definition at position pos of the chunk. It
// fails if that does not compile, if some of its names were overwritten, and if it
// holds what refers to its chunk.
func (d *Decoder) Definition(pos uint32) (*Definition, error) {
	p, err := d.template(pos, &d.ofOld)
	if err != nil {
		return nil, err
	}
	fail := func(err error, detail string) error {
		return &cursor.Error{Offset: d.whole.Offset() + int64(pos), Field: "template definition", Err: err, Detail: detail}
	}
	switch {
	case p.badNames > 0:
		return nil, fail(cursor.ErrMalformed, "names do not match their hash")
	case p.bound:
		return nil, fail(cursor.ErrUnsupported, "a template instance within")
	}
	if p.definition == nil {
		t := &Definition{GUID: p.guid, ID: p.id, Root: p.rootName()}
		content, names := p.moved(p.source)
		if len(content) > maxDefinition {
			return nil, fail(cursor.ErrUnsupported, "larger than a chunk")
		}
		binary.LittleEndian.PutUint32(content[16:], uint32(len(content)-20))
		t.content, t.names = string(content), names
		p.definition = t
		d.keeps(len(content))
	}
	return p.definition, nil
}

// rootName returns the name of the root element.
func (p *program) rootName() string {
	if n := p.nodes[p.root].name; n != nil {
		return n.local
	}
	return ""
}

// moved returns source, the bytes that p was compiled from, with every name where it
// is referred to, and where the positions of the names are to be put. All that
// depends on where names stand is zero.
func (p *program) moved(source []byte) (out []byte, names []int32) {
	at := 0
	upTo := func(end int) {
		out = append(out, source[at:end]...)
		at = end
	}
	sizes := p.sizes
	for _, ref := range p.names {
		for len(sizes) > 0 && int(sizes[0]) < ref.pos {
			upTo(int(sizes[0]))
			out, at = append(out, 0, 0, 0, 0), at+4
			sizes = sizes[1:]
		}
		upTo(ref.pos)
		names = append(names, int32(len(out)))
		out = append(out, 0, 0, 0, 0, 0, 0, 0, 0) // position, next name of the chain
		text := ref.name.utf16
		out = binary.LittleEndian.AppendUint16(out, nameHash(text))
		out = binary.LittleEndian.AppendUint16(out, uint16(len(text)/2))
		out = append(append(out, text...), 0, 0)
		at += 4
		if ref.resident {
			at += 4 + 2 + 2 + len(text) + 2
		}
	}
	for _, pos := range sizes {
		upTo(int(pos))
		out, at = append(out, 0, 0, 0, 0), at+4
	}
	upTo(len(source))
	return out, names
}

// AppendTo appends the definition to the bytes of a chunk that is being made, and
// returns its position there.
func (t *Definition) AppendTo(chunk []byte) (out []byte, pos uint32) {
	pos = uint32(len(chunk))
	out = append(chunk, 0, 0, 0, 0) // next definition
	start := len(out)
	out = append(out, t.content...)
	for _, n := range t.names {
		field := start + int(n)
		binary.LittleEndian.PutUint32(out[field:], uint32(field+4))
	}
	return out, pos
}
