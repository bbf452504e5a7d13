package payload

import (
	"bytes"

	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// untilNUL reads text, of units of 1 or 2 bytes, and the NUL behind it, which it leaves out.
func untilNUL(c *cursor.Cursor, name string, unit int) []byte {
	ahead := *c
	b := ahead.Bytes(ahead.Len(), name)
	i := indexNUL(b, unit)
	if i < 0 {
		c.Fail(cursor.ErrTruncated, name, "no NUL in the %d bytes left", len(b))
		return nil
	}
	c.Skip(i+unit, name)
	return b[:i]
}

// indexNUL returns where in text, of units of 1 or 2 bytes, the first NUL is; -1 if there
// is none.
func indexNUL(b []byte, unit int) int {
	if unit == 1 {
		return bytes.IndexByte(b, 0)
	}
	for i := 0; i+1 < len(b); i += 2 {
		if b[i]|b[i+1] == 0 {
			return i
		}
	}
	return -1
}
