package cursor_test

import (
	"errors"
	"fmt"
	"io"
	"math"
	"testing"

	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// reads are all reads that move, by the bytes they take.
var reads = []struct {
	name string
	size int
	read func(c *cursor.Cursor) any
	zero any
}{
	{"U8", 1, func(c *cursor.Cursor) any { return c.U8("field") }, uint8(0)},
	{"U16", 2, func(c *cursor.Cursor) any { return c.U16("field") }, uint16(0)},
	{"U32", 4, func(c *cursor.Cursor) any { return c.U32("field") }, uint32(0)},
	{"U64", 8, func(c *cursor.Cursor) any { return c.U64("field") }, uint64(0)},
	{"Array16", 16, func(c *cursor.Cursor) any { return c.Array16("field") }, [16]byte{}},
	{"Bytes", 5, func(c *cursor.Cursor) any { return string(c.Bytes(5, "field")) }, ""},
	{"Skip", 5, func(c *cursor.Cursor) any { c.Skip(5, "field"); return nil }, nil},
	{"Sub", 5, func(c *cursor.Cursor) any { s := c.Sub(5, "field"); return s.Len() }, 0},
}

// errorOf returns the package's error in err, which must be one.
func errorOf(t *testing.T, err error) *cursor.Error {
	t.Helper()
	var e *cursor.Error
	if !errors.As(err, &e) {
		t.Fatalf("%v is no *cursor.Error", err)
	}
	return e
}

// A read that lacks bytes, however few, says which field, where, and how many;
// it returns zero and stays where it was.
func TestShortReads(t *testing.T) {
	for _, r := range reads {
		for have := range r.size {
			buf := make([]byte, 3+have)
			for i := range buf {
				buf[i] = 0xff
			}
			c := cursor.New(buf, base)
			c.Skip(3, "before")
			if got := r.read(&c); got != r.zero {
				t.Errorf("%s with %d bytes is %v", r.name, have, got)
			}
			e := errorOf(t, c.Err())
			want := fmt.Sprintf("field at offset %#x: need %d bytes, have %d: truncated", base+3, r.size, have)
			if e.Error() != want || e.Offset != base+3 || e.Field != "field" || !errors.Is(c.Err(), cursor.ErrTruncated) {
				t.Errorf("%s: %v, want %s", r.name, e, want)
			}
			if c.Pos() != 3 || c.Len() != 0 {
				t.Errorf("%s: position %d, %d bytes left after the error", r.name, c.Pos(), c.Len())
			}
		}
	}
}

// Sizes that come of a subtraction or a product may be anything.
func TestImpossibleSizes(t *testing.T) {
	for _, n := range []int{-1, -5, math.MinInt, math.MaxInt, math.MaxInt - 3, 5} {
		for _, r := range []struct {
			name string
			read func(c *cursor.Cursor)
		}{
			{"Bytes", func(c *cursor.Cursor) {
				if b := c.Bytes(n, "field"); b != nil {
					t.Errorf("Bytes(%d) is %v", n, b)
				}
			}},
			{"Skip", func(c *cursor.Cursor) { c.Skip(n, "field") }},
			{"Sub", func(c *cursor.Cursor) {
				sub := c.Sub(n, "field")
				if sub.Len() != 0 || sub.Err() == nil {
					t.Errorf("Sub(%d) has %d bytes, %v", n, sub.Len(), sub.Err())
				}
			}},
		} {
			c := cursor.New([]byte{1, 2, 3, 4, 5, 6}, base)
			c.U16("before")
			r.read(&c)
			if e := errorOf(t, c.Err()); !errors.Is(e, cursor.ErrTruncated) || e.Offset != base+2 || c.Pos() != 2 {
				t.Errorf("%s(%d): %v at %d", r.name, n, e, c.Pos())
			}
		}
	}
}

// After an error nothing is read any more, though the bytes would be there, and
// no later error takes its place.
func TestFirstErrorSticks(t *testing.T) {
	for _, r := range reads {
		c := cursor.New(make([]byte, 100), base)
		for range 4 {
			c.U8("before")
		}
		c.Fail(cursor.ErrUnsupported, "first", "version %d", 7)
		first := c.Err()
		if got := r.read(&c); got != r.zero {
			t.Errorf("%s after an error is %v", r.name, got)
		}
		c.Fail(cursor.ErrMalformed, "second", "")
		c.Wrap(io.EOF, "third")
		other := cursor.New(nil, 0)
		other.U8("fourth")
		c.Adopt(&other)
		if next, ok := c.Peek(); next != 0 || ok {
			t.Errorf("%s: Peek after an error is %#x", r.name, next)
		}
		if n := c.Count(1, 0, "fifth"); n != 0 {
			t.Errorf("%s: Count after an error is %d", r.name, n)
		}
		if b := c.Bytes(0, "sixth"); b != nil {
			t.Errorf("%s: Bytes of none after an error is %v", r.name, b)
		}
		at := c.At(0, "seventh")
		at.U8("eighth")
		if c.Err() != first || at.Err() != first || at.Len() != 0 {
			t.Errorf("%s: %v became %v, At has %v", r.name, first, c.Err(), at.Err())
		}
		if c.Pos() != 4 || c.Offset() != base+4 || c.Len() != 0 {
			t.Errorf("%s: position %d, offset %#x, %d bytes", r.name, c.Pos(), c.Offset(), c.Len())
		}
	}
}

func TestFail(t *testing.T) {
	for _, sentinel := range []error{cursor.ErrTruncated, cursor.ErrMalformed, cursor.ErrUnsupported} {
		c := cursor.New(make([]byte, 10), base)
		c.U32("before")
		c.Fail(sentinel, "tag", "is %#02x", 7)
		e := errorOf(t, c.Err())
		if *e != (cursor.Error{Offset: base + 4, Field: "tag", Detail: "is 0x07", Err: sentinel}) {
			t.Errorf("%+v", e)
		}
		for _, other := range []error{cursor.ErrTruncated, cursor.ErrMalformed, cursor.ErrUnsupported} {
			if errors.Is(e, other) != (other == sentinel) {
				t.Errorf("%v is %v: %v", e, other, errors.Is(e, other))
			}
		}
	}
}

func TestErrorText(t *testing.T) {
	for _, c := range []struct {
		err  cursor.Error
		want string
	}{
		{cursor.Error{Offset: 0x1030, Field: "freeSpaceOffset", Detail: "need 4 bytes, have 2", Err: cursor.ErrTruncated},
			"freeSpaceOffset at offset 0x1030: need 4 bytes, have 2: truncated"},
		{cursor.Error{Offset: 1 << 40, Field: "name", Err: cursor.ErrMalformed}, "name at offset 0x10000000000: malformed"},
	} {
		if got := c.err.Error(); got != c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
}

// A cursor without an error returns a nil error, not a nil *Error.
func TestNoErrorIsNil(t *testing.T) {
	c := cursor.New([]byte{1}, base)
	if err := c.Err(); err != nil {
		t.Errorf("%#v", err)
	}
}

// Adopt takes the error of another cursor, whatever it stands on, and ends the
// reading; it takes nothing else.
func TestAdopt(t *testing.T) {
	c, fine := cursor.New([]byte{1, 2, 3}, base), cursor.New([]byte{9}, 0)
	c.U8("before")
	if c.Adopt(&fine); c.Err() != nil || c.U8("still") != 2 {
		t.Fatalf("adopting no error: %v", c.Err())
	}
	elsewhere := cursor.New([]byte{9}, 0x77)
	elsewhere.U16("far")
	c.Adopt(&elsewhere)
	if c.Err() != elsewhere.Err() || errorOf(t, c.Err()).Offset != 0x77 {
		t.Errorf("adopted %v, want %v", c.Err(), elsewhere.Err())
	}
	if c.U8("after") != 0 || c.Len() != 0 || c.Pos() != 2 {
		t.Errorf("after adopting an error: %d bytes left at %d", c.Len(), c.Pos())
	}
}

// Wrap keeps an error of this package as it is, with its own offset, also from
// within another error; any other becomes malformed, here.
func TestWrap(t *testing.T) {
	inner := &cursor.Error{Offset: 0x77, Field: "far", Err: cursor.ErrUnsupported}
	for _, err := range []error{inner, fmt.Errorf("around: %w", inner)} {
		c := cursor.New([]byte{1, 2, 3}, base)
		c.U8("before")
		if c.Wrap(err, "here"); errorOf(t, c.Err()) != inner {
			t.Errorf("wrapped %v", c.Err())
		}
		if c.U8("after") != 0 || c.Len() != 0 || c.Pos() != 1 {
			t.Errorf("after wrapping an error: %d bytes left at %d", c.Len(), c.Pos())
		}
	}
	c := cursor.New([]byte{1, 2, 3}, base)
	c.U8("before")
	c.Wrap(io.ErrNoProgress, "here")
	e := errorOf(t, c.Err())
	if e.Offset != base+1 || e.Field != "here" || e.Detail != io.ErrNoProgress.Error() || !errors.Is(e, cursor.ErrMalformed) {
		t.Errorf("%+v", e)
	}
}
