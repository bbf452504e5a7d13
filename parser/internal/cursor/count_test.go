package cursor_test

import (
	"errors"
	"math"
	"testing"

	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// Count lets through what can be in the bytes left, and nothing that cannot, so
// that what a caller allocates is bounded by the input. Products beyond 32 and
// 64 bits must not come round to something small.
func TestCountIsBoundedByTheBytesLeft(t *testing.T) {
	const left = 20
	for _, x := range []struct {
		n    uint32
		size int
		ok   bool
	}{
		{0, 1, true}, {0, math.MaxInt32, true}, {1, 20, true}, {1, 21, false},
		{20, 1, true}, {21, 1, false}, {5, 4, true}, {6, 4, false}, {2, 8, true}, {3, 8, false},
		{1 << 31, 2, false}, {1 << 30, 4, false}, {1 << 28, 16, false}, // 2^32 bytes: none in 32 bits
		{math.MaxUint32, 1, false}, {math.MaxUint32, math.MaxInt32, false}, {1 << 31, 1, false},
	} {
		c := cursor.New(make([]byte, 4+left), base)
		c.U32("number")
		n := c.Count(x.n, x.size, "number")
		if x.ok {
			if n != int(x.n) || c.Err() != nil || c.Len() != left {
				t.Errorf("Count(%d, %d) is %d, %v", x.n, x.size, n, c.Err())
			}
			continue
		}
		e := errorOf(t, c.Err())
		if n != 0 || !errors.Is(e, cursor.ErrMalformed) || e.Offset != base+4 || e.Field != "number" {
			t.Errorf("Count(%d, %d) is %d, %v", x.n, x.size, n, e)
		}
		if c.Len() != 0 {
			t.Errorf("Count(%d, %d) leaves %d bytes to read", x.n, x.size, c.Len())
		}
	}
}

// The bound is that of the cursor, not of the bytes it was made from.
func TestCountWithinASub(t *testing.T) {
	c := cursor.New(make([]byte, 100), base)
	sub := c.Sub(10, "sub")
	if n := sub.Count(11, 1, "number"); n != 0 || sub.Err() == nil {
		t.Errorf("11 of 1 byte in a Sub of 10: %d, %v", n, sub.Err())
	}
	if c.Err() != nil {
		t.Error(c.Err())
	}
}
