package cursor_test

import (
	"bytes"
	"testing"

	"github.com/qmparse/qmparse/parser/internal/cursor"
)

const base = 0x1000 // file offset of the bytes that tests read

// Every read takes little-endian bytes from where the one before ended.
func TestReadsAreLittleEndianAndMoveOn(t *testing.T) {
	buf := make([]byte, 40)
	for i := range buf {
		buf[i] = byte(0xf0 + i)
	}
	c := cursor.New(buf, base)
	if c.Pos() != 0 || c.Offset() != base || c.Len() != 40 || c.Err() != nil {
		t.Fatalf("new: position %d, offset %#x, %d bytes, %v", c.Pos(), c.Offset(), c.Len(), c.Err())
	}
	check := func(what string, got, want any, pos int) {
		t.Helper()
		if got != want {
			t.Errorf("%s is %#x, want %#x", what, got, want)
		}
		if c.Pos() != pos || c.Offset() != int64(base+pos) || c.Len() != 40-pos || c.Err() != nil {
			t.Errorf("behind %s: position %d, offset %#x, %d bytes, %v", what, c.Pos(), c.Offset(), c.Len(), c.Err())
		}
	}
	check("U8", c.U8("a"), uint8(0xf0), 1)
	check("U16", c.U16("b"), uint16(0xf2f1), 3)
	check("U32", c.U32("c"), uint32(0xf6f5f4f3), 7)
	check("U64", c.U64("d"), uint64(0xfefdfcfbfaf9f8f7), 15)
	check("Array16", c.Array16("e"), [16]byte{0xff, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14}, 31)
	c.Skip(3, "f")
	check("Skip", nil, nil, 34)
	next, ok := c.Peek()
	check("Peek", next, uint8(0x12), 34)
	check("Peek", ok, true, 34)
	check("Bytes", string(c.Bytes(5, "g")), "\x12\x13\x14\x15\x16", 39)
	check("Bytes of none", len(c.Bytes(0, "h")), 0, 39)
	check("the last byte", c.U8("i"), uint8(0x17), 40)
	if next, ok := c.Peek(); next != 0 || ok {
		t.Errorf("Peek at the end is %#x, %v", next, ok)
	}
	check("Bytes of none at the end", len(c.Bytes(0, "j")), 0, 40)
}

// What Bytes returns is the input's own memory, and cannot grow into what
// follows it there.
func TestBytesAreNoCopyAndHaveNoRoom(t *testing.T) {
	buf := []byte("abcdef")
	c := cursor.New(buf, base)
	b := c.Bytes(3, "b")
	if buf[0] = 'X'; b[0] != 'X' {
		t.Error("Bytes is a copy")
	}
	if cap(b) != 3 {
		t.Errorf("Bytes of 3 has room for %d", cap(b))
	}
	if _ = append(b, '!'); !bytes.Equal(buf, []byte("Xbcdef")) {
		t.Errorf("appending to Bytes wrote to the input: %q", buf)
	}
}

// A cursor without bytes has none to read and is no error by itself.
func TestNoBytes(t *testing.T) {
	for name, c := range map[string]cursor.Cursor{"zero": {}, "of nil": cursor.New(nil, 0), "of none": cursor.New([]byte{}, 0)} {
		if _, ok := c.Peek(); ok || c.Len() != 0 || c.Err() != nil {
			t.Errorf("%s: Peek %v, %d bytes, %v", name, ok, c.Len(), c.Err())
		}
		if sub := c.Sub(0, "nothing"); sub.Err() != nil || sub.Len() != 0 {
			t.Errorf("%s: Sub of none: %v", name, sub.Err())
		}
		if c.Bytes(0, "nothing"); c.Err() != nil {
			t.Errorf("%s: Bytes of none: %v", name, c.Err())
		}
		if c.U8("u"); c.Err() == nil {
			t.Errorf("%s: U8 of none is no error", name)
		}
	}
}

func TestCopyIsAPositionOfItsOwn(t *testing.T) {
	c := cursor.New([]byte{1, 2, 3}, base)
	c.U8("a")
	mark := c
	c.U16("b")
	if c.U8("c"); c.Err() == nil || mark.Err() != nil || mark.Pos() != 1 || mark.U8("b") != 2 {
		t.Errorf("copy at %d, %v", mark.Pos(), mark.Err())
	}
}

// Reading allocates nothing, neither as such nor in cursors made from a cursor.
func TestReadsAllocateNothing(t *testing.T) {
	buf := make([]byte, 256)
	if n := testing.AllocsPerRun(100, func() {
		c := cursor.New(buf, base)
		c.U8("a")
		c.U16("b")
		c.U32("c")
		c.U64("d")
		c.Bytes(4, "e")
		c.Array16("f")
		c.Count(3, 4, "g")
		sub := c.Sub(20, "h")
		at := sub.At(40, "i")
		at.Peek()
		at.U8("j")
		sub.Adopt(&at)
		if c.Err() != nil || sub.Err() != nil {
			t.Fatal(c.Err(), sub.Err())
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
