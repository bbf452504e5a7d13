package binxml

import (
	"bytes"
	"encoding/binary"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// definitionHeader is the size of a template definition before its fragment:
//
//	 0   4  offset of the next definition with the same hash bucket; not needed
//	 4  16  GUID; its first four bytes are the id that instances repeat
//	20   4  size of the fragment
//	24   …  fragment
const definitionHeader = 24

// templateKey finds the definitions that a chunk's may be equal to.
type templateKey struct {
	guid model.GUID
	size int
}

// definitions are those definitions of the chunk that were asked for.
type definitions struct {
	at     map[uint32]compiled // by position
	recent [recentSlots]recent // some of them
	bytes  int                 // in all
	names  int                 // bytes of their names
}

func (s *definitions) forget() {
	clear(s.at)
	clear(s.recent[:])
	s.bytes, s.names = 0, 0
}

// template returns the compiled definition at the position pos of the chunk, one of set.
func (d *Decoder) template(pos uint32, set *definitions) (*program, error) {
	if t, ok := set.at[pos]; ok {
		return t.program, t.err
	}
	p, err := d.define(pos, set)
	set.at[pos] = compiled{p, err}
	return p, err
}

// compiled is what came of one definition of the chunk.
type compiled struct {
	program *program
	err     error
}

func (d *Decoder) define(pos uint32, set *definitions) (*program, error) {
	c := d.whole.At(pos, "template definition")
	c.U32("next template definition")
	start := c.Pos()
	guid := model.GUIDFromWindows(c.Array16("template GUID"))
	size := c.U32("template size")
	fragmentSize := c.Count(size, 1, "template size")
	if set.bytes += fragmentSize; set.bytes > maxChunkDefinitions && c.Err() == nil {
		c.Fail(cursor.ErrUnsupported, "template definitions", "of more than %d bytes in one chunk", maxChunkDefinitions)
	}
	if err := c.Err(); err != nil {
		return nil, err
	}
	end := c
	for _, other := range [...]*definitions{&d.ofRecords, &d.ofData, &d.ofOld} {
		if p := other.at[pos].program; p != nil {
			return p, set.countNames(&end, p)
		}
	}
	source := d.chunk[start : c.Pos()+fragmentSize]
	key := templateKey{guid, len(source)}
	for _, p := range d.cache[key] {
		if d.same(p, start) {
			return p, set.countNames(&end, p)
		}
	}
	p := &program{isTemplate: true, start: start, guid: guid,
		id: binary.LittleEndian.Uint32(source), source: bytes.Clone(source)}
	body := c.Sub(fragmentSize, "template")
	k := compiler{d: d, p: p, c: &body}
	k.fragment()
	if err := body.Err(); err != nil {
		return nil, err
	}
	if p.root < 0 {
		body.Fail(cursor.ErrMalformed, "template", "without an element")
		return nil, body.Err()
	}
	if err := set.countNames(&end, p); err != nil {
		return nil, err
	}
	p.findElsewhere()
	p.findPlan()
	p.findData()
	d.keep(key, p)
	return p, nil
}

// countNames counts the names of p, compiled or found, against those that a
// chunk may have: names may stand elsewhere and be shared, so they are not
// bounded by the bytes of the definitions.
func (s *definitions) countNames(c *cursor.Cursor, p *program) error {
	if s.names += p.nameBytes; s.names > maxChunkNames {
		c.Fail(cursor.ErrUnsupported, "names", "of more than %d bytes in the template definitions of one chunk", maxChunkNames)
	}
	return c.Err()
}

// keep caches p for other chunks, unless it is bound to its own, or its names
// were overwritten, for then another chunk's definition may be whole.
func (d *Decoder) keep(key templateKey, p *program) {
	if p.badNames > 0 || p.bound {
		return
	}
	const perNode = 128
	d.keeps(len(p.source) + perNode*len(p.nodes))
	variants := d.cache[key]
	if len(variants) == maxVariants {
		variants = variants[:0]
	}
	d.cache[key] = append(variants, p)
}

// keeps counts so many bytes that the cache comes to hold; if it holds too many it begins anew.
func (d *Decoder) keeps(size int) {
	if d.cached += size; d.cached > maxCache {
		clear(d.cache)
		d.cached = size
	}
}

// findElsewhere finds the names that do not stand in the definition, each once.
func (p *program) findElsewhere() {
	seen := map[uint32]bool{}
	for _, ref := range p.names {
		if offset, _ := cursor.Uint32(p.source, ref.pos); !ref.resident && !seen[offset] {
			seen[offset] = true
			p.elsewhere = append(p.elsewhere, ref)
		}
	}
}

// same says whether the definition whose GUID stands at start of the chunk has
// the bytes of p, and its names the text of p's names. Where names stand may
// differ: their offsets, and the chain of the name table, are the chunk's own.
func (d *Decoder) same(p *program, start int) bool {
	source := d.chunk[start:][:len(p.source)]
	if start == p.start && bytes.Equal(source, p.source) {
		// The offsets, too: names are those within, and the same elsewhere.
		for i := range p.elsewhere {
			if !d.sameName(&p.elsewhere[i], start) {
				return false
			}
		}
		return true
	}
	at := 0
	for i := range p.names {
		ref := &p.names[i]
		if !bytes.Equal(source[at:ref.pos], p.source[at:ref.pos]) {
			return false
		}
		offset, _ := cursor.Uint32(source, ref.pos)
		at = ref.pos + 4
		if (int(offset) == start+at) != ref.resident {
			return false
		}
		if ref.resident {
			at += 4 // the next name of the chain; the text is compared with the rest
		} else if !d.sameName(ref, start) {
			return false
		}
	}
	return bytes.Equal(source[at:], p.source[at:])
}

// sameName says whether the name that the definition at start refers to, and that
// stands outside of it, is that of ref.
func (d *Decoder) sameName(ref *nameRef, start int) bool {
	offset, _ := cursor.Uint32(d.chunk, start+ref.pos)
	if ref.name.chunk == d.chunkNumber && ref.name.offset == offset {
		return true // compared before
	}
	c := d.whole.At(offset, "name")
	c.U32("next name")
	hash, n := c.U16("name hash"), c.U16("name length")
	text := c.Bytes(2*int(n), "name")
	if end := c.U16("name terminator"); c.Err() != nil || end != 0 || hash != ref.name.hash || string(text) != ref.name.utf16 {
		return false
	}
	ref.name.chunk, ref.name.offset = d.chunkNumber, offset
	return true
}
