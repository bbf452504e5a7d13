package cursor_test

import (
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// naive is a reader that keeps to the words of the documentation: bytes from lo
// up to hi of all, a position, and the offset of the first error.
type naive struct {
	all        []byte
	lo, hi, at int
	failed     bool
	sentinel   error
	where      int64
}

func (n *naive) fail(sentinel error) {
	if !n.failed {
		n.failed, n.sentinel, n.where = true, sentinel, base+int64(n.at)
	}
}

// take returns the next size bytes, or none and fails.
func (n *naive) take(size int) []byte {
	if n.failed {
		return nil
	}
	if size < 0 || size > n.hi-n.at {
		n.fail(cursor.ErrTruncated)
		return nil
	}
	n.at += size
	return n.all[n.at-size : n.at]
}

// number reads size bytes, the last one first.
func (n *naive) number(size int) (v uint64) {
	for b := n.take(size); len(b) > 0; b = b[:len(b)-1] {
		v = v<<8 | uint64(b[len(b)-1])
	}
	return v
}

func (n *naive) left() int {
	if n.failed {
		return 0
	}
	return n.hi - n.at
}

// Any sequence of operations gives what the naive reader gives. The bytes are
// random, so that one read outside its bounds is a wrong value.
func TestCursorAgreesWithANaiveReader(t *testing.T) {
	type pair struct {
		c cursor.Cursor
		n naive
	}
	fields := []string{"a", "b"}
	for seed := range uint64(3000) {
		rnd := rand.New(rand.NewPCG(seed, 7))
		buf := make([]byte, rnd.IntN(80))
		for i := range buf {
			buf[i] = byte(rnd.Uint32())
		}
		pairs := []pair{{cursor.New(buf, base), naive{all: buf, hi: len(buf)}}}
		for step := range 60 {
			i := rnd.IntN(len(pairs))
			c, n := &pairs[i].c, &pairs[i].n
			field := fields[step%2]
			size := rnd.IntN(12) - 1
			var got, want any
			switch op := rnd.IntN(12); op {
			case 0:
				got, want = c.U8(field), uint8(n.number(1))
			case 1:
				got, want = c.U16(field), uint16(n.number(2))
			case 2:
				got, want = c.U32(field), uint32(n.number(4))
			case 3:
				got, want = c.U64(field), n.number(8)
			case 4:
				var a [16]byte
				copy(a[:], n.take(16))
				got, want = c.Array16(field), a
			case 5:
				got, want = string(c.Bytes(size, field)), string(n.take(size))
			case 6:
				c.Skip(size, field)
				n.take(size)
			case 7:
				b, ok := c.Peek()
				got, want = [2]any{b, ok}, [2]any{uint8(0), false}
				if n.left() > 0 {
					want = [2]any{n.all[n.at], true}
				}
			case 8:
				many, each := rnd.Uint32N(40), 1+rnd.IntN(4)
				got, want = c.Count(many, each, field), 0
				if fits := int(many)*each <= n.left(); fits && !n.failed {
					want = int(many)
				} else {
					n.fail(cursor.ErrMalformed)
				}
			case 9:
				start := n.at
				sub := c.Sub(size, field)
				inner := naive{all: buf, lo: start, hi: start + size, at: start}
				if n.take(size) == nil && n.failed {
					inner = naive{failed: true, sentinel: n.sentinel, where: n.where}
				}
				pairs = append(pairs, pair{sub, inner})
			case 10:
				pos := rnd.Uint32N(uint32(len(buf) + 4))
				at, inner := c.At(pos, field), *n
				if int(pos) < n.lo || int(pos) > n.hi {
					inner.fail(cursor.ErrMalformed)
				} else if !n.failed {
					inner.at = int(pos)
				}
				pairs = append(pairs, pair{at, inner})
			case 11:
				if rnd.IntN(8) == 0 {
					c.Fail(cursor.ErrUnsupported, field, "")
					n.fail(cursor.ErrUnsupported)
				}
			}
			if got != want {
				t.Fatalf("seed %d, step %d: %v, want %v", seed, step, got, want)
			}
			for i := range pairs {
				c, n := &pairs[i].c, &pairs[i].n
				if c.Pos() != n.at || c.Offset() != base+int64(n.at) || c.Len() != n.left() || (c.Err() != nil) != n.failed {
					t.Fatalf("seed %d, step %d: position %d, %d left, %v; want %d, %d, failed %v", seed, step, c.Pos(), c.Len(), c.Err(), n.at, n.left(), n.failed)
				}
				if n.failed {
					if e := errorOf(t, c.Err()); e.Offset != n.where || !errors.Is(e, n.sentinel) {
						t.Fatalf("seed %d, step %d: %v, want %v at %#x", seed, step, e, n.sentinel, n.where)
					}
				}
			}
		}
	}
}
