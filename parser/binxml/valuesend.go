package binxml

import "github.com/qmparse/qmparse/parser/internal/cursor"

// MostBehind is how many bytes there are behind the values of a record at most: the token
// that ends it, and what fills it up to a multiple of 8.
const MostBehind = 8

// ValuesEnd returns where the values of the template instance end that the BinXML from pos
// to end of the chunk is; pos and false if it is none, or they do not end there.
func ValuesEnd(chunk []byte, pos, end int) (int, bool) {
	at := int64(pos)
	u32 := func(at int64) int64 {
		if at > int64(end)-4 {
			return int64(end) // more than there can be
		}
		v, _ := cursor.Uint32(chunk, int(at))
		return int64(v)
	}
	at += int64(fragmentHeaderAt(chunk[:end], pos))
	if u32(at)&0xff != tokenTemplateInstance {
		return pos, false
	}
	definition := u32(at + 6)
	if at += 10; definition == at {
		at += definitionHeader + u32(at+definitionHeader-4)
	}
	count := u32(at)
	specs := at + 4
	at = specs + 4*count
	if at > int64(end) {
		return pos, false
	}
	for ; count > 0; count-- {
		at += u32(specs) & 0xffff
		specs += 4
	}
	if at > int64(end) {
		return pos, false
	}
	return int(at), true
}

// ElementsEnd returns where the elements end that the BinXML from pos to end of the chunk is,
// which is no template instance; false if it is none, or they do not end there.
func ElementsEnd(chunk []byte, pos, end int) (int, bool) {
	d := NewDecoder()
	d.Chunk(chunk, 0)
	c := d.whole.At(uint32(pos), "BinXML")
	c = c.Sub(end-pos, "BinXML")
	if token, _ := c.Peek(); token == tokenFragmentHeader {
		c.Skip(4, "fragment header")
	}
	if token, _ := c.Peek(); token&^tokenMore != tokenOpenStartElement {
		return pos, false
	}
	p := d.inlineProgram()
	k := compiler{d: d, p: p, c: &c}
	k.fragment()
	return c.Pos(), c.Err() == nil && p.root >= 0 && !p.bound
}
