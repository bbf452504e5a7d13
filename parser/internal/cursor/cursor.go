// Package cursor reads little-endian fields from untrusted bytes. It is the
// one place in the parsers that indexes them.
//
// Every read names its field, so that an error explains itself: «freeSpaceOffset
// at offset 0x1030: need 4 bytes, have 2: truncated». The first error sticks:
// later reads return zero and change nothing, and Err must be asked before a
// count, an offset or a tag that was read is used.
//
// A cursor never leaves its bytes, allocates nothing until it fails, and keeps
// the file offset of what it reads, also in the cursors made from it.
package cursor

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Cursor is a position in a run of bytes. The zero Cursor has no bytes. Copying
// a Cursor copies the position.
type Cursor struct {
	buf   []byte
	off   int
	start int   // no position before it
	base  int64 // file offset of buf[0]
	err   *Error
}

// New returns a cursor at the start of buf, whose first byte stands at file
// offset base.
func New(buf []byte, base int64) Cursor { return Cursor{buf: buf, base: base} }

// Err returns the first error, or nil.
func (c *Cursor) Err() error {
	if c.err == nil {
		return nil // not a nil *Error in an interface
	}
	return c.err
}

// Pos returns the position in the bytes that the cursor was made of.
func (c *Cursor) Pos() int { return c.off }

// Offset returns the position in the file.
func (c *Cursor) Offset() int64 { return c.base + int64(c.off) }

// Len returns how many bytes are left; 0 after an error.
func (c *Cursor) Len() int { return len(c.buf) - c.off }

// Fail makes err, about the named field at the current position, the cursor's
// error if it has none yet. err should be one of the package's sentinels.
func (c *Cursor) Fail(err error, field, format string, args ...any) {
	if c.err == nil {
		c.err = &Error{Offset: c.Offset(), Field: field, Detail: fmt.Sprintf(format, args...), Err: err}
		c.buf = c.buf[:c.off] // so that every later read is short, without asking for err
	}
}

//go:noinline
func (c *Cursor) short(n int, field string) {
	c.Fail(ErrTruncated, field, "need %d bytes, have %d", n, len(c.buf)-c.off)
}

// U8 reads one byte.
func (c *Cursor) U8(field string) uint8 {
	if p := c.off; len(c.buf)-p >= 1 {
		c.off = p + 1
		return c.buf[p]
	}
	c.short(1, field)
	return 0
}

// U16 reads two bytes.
func (c *Cursor) U16(field string) uint16 {
	if p := c.off; len(c.buf)-p >= 2 {
		c.off = p + 2
		return binary.LittleEndian.Uint16(c.buf[p:])
	}
	c.short(2, field)
	return 0
}

// U32 reads four bytes.
func (c *Cursor) U32(field string) uint32 {
	if p := c.off; len(c.buf)-p >= 4 {
		c.off = p + 4
		return binary.LittleEndian.Uint32(c.buf[p:])
	}
	c.short(4, field)
	return 0
}

// U64 reads eight bytes.
func (c *Cursor) U64(field string) uint64 {
	if p := c.off; len(c.buf)-p >= 8 {
		c.off = p + 8
		return binary.LittleEndian.Uint64(c.buf[p:])
	}
	c.short(8, field)
	return 0
}

// Bytes reads n bytes. They are the cursor's own memory, not a copy.
func (c *Cursor) Bytes(n int, field string) []byte {
	if n < 0 || n > len(c.buf)-c.off || c.err != nil {
		c.short(n, field)
		return nil
	}
	b := c.buf[c.off : c.off+n : c.off+n]
	c.off += n
	return b
}

// Skip steps over n bytes.
func (c *Cursor) Skip(n int, field string) { c.Bytes(n, field) }

// Peek returns the next byte without moving; false at the end or after an error.
func (c *Cursor) Peek() (uint8, bool) {
	if c.off >= len(c.buf) {
		return 0, false
	}
	return c.buf[c.off], true
}

// Count accepts n as a number of things that take at least size bytes each, if
// that many can still be there; only then may a caller allocate for them.
func (c *Cursor) Count(n uint32, size int, field string) int {
	if c.err != nil {
		return 0
	}
	if uint64(n)*uint64(size) > uint64(len(c.buf)-c.off) {
		c.Fail(ErrMalformed, field, "%d of %d bytes each cannot be in the %d bytes left", n, size, len(c.buf)-c.off)
		return 0
	}
	return int(n)
}

// Sub steps over the next n bytes and returns a cursor over them that cannot
// leave them. Its positions stay those of the parent.
func (c *Cursor) Sub(n int, field string) Cursor {
	start := c.off
	if c.Bytes(n, field) == nil && c.err != nil {
		return Cursor{base: c.base, err: c.err}
	}
	return Cursor{buf: c.buf[:start+n], off: start, start: start, base: c.base}
}

// At returns a cursor over the same bytes at position pos, which the bytes that
// the first cursor was made of count from. If there is no such position the error
// is about the place where this cursor stands, which asked for it.
func (c *Cursor) At(pos uint32, field string) Cursor {
	if c.err != nil {
		return *c
	}
	n := *c
	if uint64(pos) > uint64(len(c.buf)) || int(pos) < c.start {
		n.Fail(ErrMalformed, field, "position %#x is not within %#x and %#x", pos, c.start, len(c.buf))
		return n
	}
	n.off = int(pos)
	return n
}

// Adopt makes the error of other, if it has one, the cursor's own.
func (c *Cursor) Adopt(other *Cursor) {
	if c.err == nil && other.err != nil {
		c.err = other.err
		c.buf = c.buf[:c.off]
	}
}

// Array16 reads 16 bytes, the size of a GUID or a SYSTEMTIME.
func (c *Cursor) Array16(field string) (a [16]byte) {
	copy(a[:], c.Bytes(16, field))
	return a
}

// Wrap makes err, which another cursor over the same file returned, the cursor's
// own if it has none yet.
func (c *Cursor) Wrap(err error, field string) {
	var e *Error
	if c.err == nil && errors.As(err, &e) {
		c.err = e
		c.buf = c.buf[:c.off]
	} else if c.err == nil {
		c.Fail(ErrMalformed, field, "%v", err)
	}
}
