package binxml

import (
	"encoding/binary"

	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// Replaced reports whether another definition has taken the place of one that the BinXML
// between two positions of the chunk names: by its template instance, or by one that a value
// of that is. It says so of what it can read, and decodes nothing.
func Replaced(chunk []byte, pos, end int) bool {
	whole := cursor.New(chunk, 0)
	c := whole.At(uint32(pos), "BinXML")
	return replaced(whole, c.Sub(end-pos, "BinXML"), 0)
}

func replaced(whole, c cursor.Cursor, depth int) bool {
	if token, _ := c.Peek(); token == tokenFragmentHeader {
		c.Skip(4, "fragment header")
	}
	if token, _ := c.Peek(); token != tokenTemplateInstance || depth > MaxDepth {
		return false
	}
	c.Skip(2, "template instance")
	id, pos := c.U32("template id"), c.U32("template definition offset")
	if c.Err() != nil {
		return false
	}
	definition := whole.At(pos, "template definition")
	definition.Skip(4, "next template definition")
	if there := definition.U32("template GUID"); definition.Err() != nil || there != id {
		return definition.Err() == nil
	}
	if int64(pos) == int64(c.Pos()) {
		c.Skip(definitionHeader-4, "template definition")
		c.Skip(c.Count(c.U32("template size"), 1, "template size"), "template definition")
	}
	count := c.Count(c.U32("number of values"), 4, "number of values")
	specs := c.Bytes(4*count, "value types")
	for ; len(specs) > 0; specs = specs[4:] {
		value := c.Sub(int(binary.LittleEndian.Uint16(specs)), "value")
		if Type(specs[2]) == TypeBinXML && replaced(whole, value, depth+1) {
			return true
		}
	}
	return false
}
