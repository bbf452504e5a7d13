package cursor_test

import (
	"errors"
	"math"
	"testing"

	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// counting returns n bytes that are their own positions.
func counting(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i)
	}
	return b
}

// A Sub has its bytes and no others, neither before nor behind; its positions
// and offsets are those of the whole, also in a Sub of a Sub.
func TestSubKeepsPositionsAndCannotBeLeft(t *testing.T) {
	c := cursor.New(counting(100), base)
	c.Skip(10, "before")
	outer := c.Sub(30, "outer") // 10 to 39
	if c.Pos() != 40 || c.Err() != nil {
		t.Fatalf("parent at %d behind its Sub, %v", c.Pos(), c.Err())
	}
	outer.Skip(5, "before")
	inner := outer.Sub(10, "inner") // 15 to 24
	if outer.Pos() != 25 || outer.Len() != 15 {
		t.Errorf("outer at %d, %d bytes left", outer.Pos(), outer.Len())
	}
	if inner.Pos() != 15 || inner.Offset() != base+15 || inner.Len() != 10 {
		t.Errorf("inner at %d, offset %#x, %d bytes", inner.Pos(), inner.Offset(), inner.Len())
	}
	if got := inner.U8("a"); got != 15 {
		t.Errorf("first byte of inner is %d", got)
	}
	for _, pos := range []uint32{15, 24, 25} {
		if at := inner.At(pos, "at"); at.Err() != nil || at.Pos() != int(pos) || at.Len() != 25-int(pos) {
			t.Errorf("At(%d): position %d, %d bytes, %v", pos, at.Pos(), at.Len(), at.Err())
		}
	}
	for _, pos := range []uint32{0, 14, 26, 40, 99, 100, 101, math.MaxInt32, 1 << 31, math.MaxUint32} {
		at := inner.At(pos, "at")
		if at.Err() == nil || at.Len() != 0 {
			t.Fatalf("At(%d) leaves a Sub of 15 to 24", pos)
		}
		// What asked for the position is what is wrong.
		if e := errorOf(t, at.Err()); e.Offset != base+16 || e.Field != "at" || !errors.Is(e, cursor.ErrMalformed) {
			t.Errorf("At(%d): %v", pos, e)
		}
	}
	if inner.Err() != nil {
		t.Errorf("At made an error of its cursor: %v", inner.Err())
	}
	if b := inner.Bytes(9, "rest"); len(b) != 9 || cap(b) != 9 {
		t.Errorf("rest of inner: %d bytes, room for %d", len(b), cap(b))
	}
	for _, r := range reads {
		sub := inner
		if got := r.read(&sub); got != r.zero || sub.Err() == nil {
			t.Errorf("%s behind a Sub is %v, %v", r.name, got, sub.Err())
		}
	}
	if outer.Err() != nil || c.Err() != nil {
		t.Error("an error in a Sub is one of its parent:", outer.Err(), c.Err())
	}
	if got := outer.U8("behind"); got != 25 {
		t.Errorf("outer goes on with %d", got)
	}
}

// A Sub that has not all its bytes is an error of both, at the parent.
func TestSubThatIsShort(t *testing.T) {
	c := cursor.New(counting(20), base)
	c.Skip(15, "before")
	sub := c.Sub(6, "sub")
	if c.Err() == nil || sub.Err() != c.Err() {
		t.Fatalf("parent %v, Sub %v", c.Err(), sub.Err())
	}
	if e := errorOf(t, sub.Err()); e.Offset != base+15 || e.Field != "sub" {
		t.Error(e)
	}
	if _, ok := sub.Peek(); ok || sub.Len() != 0 || sub.U8("x") != 0 {
		t.Error("the Sub has bytes")
	}
	if again := c.Sub(0, "none"); again.Err() != c.Err() {
		t.Errorf("Sub after an error has %v", again.Err())
	}
}

func TestAtTheWhole(t *testing.T) {
	c := cursor.New(counting(20), base)
	c.Skip(12, "before")
	for pos := range uint32(21) {
		at := c.At(pos, "at")
		if at.Err() != nil || at.Pos() != int(pos) || at.Offset() != base+int64(pos) || at.Len() != 20-int(pos) {
			t.Errorf("At(%d): position %d, offset %#x, %d bytes, %v", pos, at.Pos(), at.Offset(), at.Len(), at.Err())
		}
		if got := at.U8("u"); pos < 20 && got != byte(pos) {
			t.Errorf("byte at %d is %d", pos, got)
		}
	}
	if c.Pos() != 12 || c.Err() != nil {
		t.Errorf("At moved its cursor to %d, %v", c.Pos(), c.Err())
	}
}
