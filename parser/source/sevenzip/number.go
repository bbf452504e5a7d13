package sevenzip

import (
	"math"
	"math/bits"

	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// maxThings is how many files, folders or packed streams there may be. What is
// kept of one takes more room than the header has for it, and a whole system disk
// has half a million files.
const maxThings = 1 << 20

// digest is a CRC-32 that may be there.
type digest struct {
	sum uint32
	ok  bool
}

// number reads a number: as many ones at the top of the first byte as bytes follow
// it; its other bits are the number's highest.
func number(c *cursor.Cursor, field string) uint64 {
	first := c.U8(field)
	more := bits.LeadingZeros8(^first)
	v := uint64(0)
	for i := range more {
		v |= uint64(c.U8(field)) << (8 * i)
	}
	if more < 7 {
		v |= uint64(first&(0x7f>>more)) << (8 * more)
	}
	return v
}

// size reads a number that is one of bytes.
func size(c *cursor.Cursor, field string) int64 {
	v := number(c, field)
	if v > math.MaxInt64>>8 { // so that sums of some do not overflow
		c.Fail(cursor.ErrMalformed, field, "%d bytes", v)
		return 0
	}
	return int64(v)
}

// count reads a number of things that take at least one byte each.
func count(c *cursor.Cursor, field string) int {
	v := number(c, field)
	if v > math.MaxUint32 {
		c.Fail(cursor.ErrMalformed, field, "%d", v)
		return 0
	}
	return c.Count(uint32(v), 1, field)
}

// things reads a number of things that are kept.
func things(c *cursor.Cursor, field string) int {
	n := count(c, field)
	if n > maxThings {
		c.Fail(cursor.ErrUnsupported, field, "%d, more than %d", n, maxThings)
		return 0
	}
	return n
}

// bitVector reads n bits, from the highest of each byte on.
func bitVector(c *cursor.Cursor, n int, field string) []bool {
	b := c.Bytes((n+7)/8, field)
	if b == nil {
		return nil
	}
	v := make([]bool, n)
	for i := range v {
		v[i] = b[i/8]&(0x80>>(i%8)) != 0
	}
	return v
}

// digests reads n checksums, any of which may be missing.
func digests(c *cursor.Cursor, n int) []digest {
	defined := make([]bool, n)
	if c.U8("AllAreDefined") != 0 {
		for i := range defined {
			defined[i] = true
		}
	} else {
		defined = bitVector(c, n, "digests defined")
	}
	all := make([]digest, len(defined))
	for i, ok := range defined {
		if ok {
			all[i] = digest{c.U32("CRC"), true}
		}
	}
	return all
}

// expect reads a property id, which must be the given one.
func expect(c *cursor.Cursor, id uint8, field string) {
	if got := c.U8(field); got != id && c.Err() == nil {
		c.Fail(cursor.ErrMalformed, field, "property %#x instead of %#x", got, id)
	}
}
