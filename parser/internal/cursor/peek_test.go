package cursor_test

import (
	"math"
	"testing"

	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// A field is there if all of it is, wherever it is looked for.
func TestPeek(t *testing.T) {
	b := []byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	want := func(at, n int) (v uint64, ok bool) {
		if at < 0 || at > len(b)-n {
			return 0, false
		}
		for i := n - 1; i >= 0; i-- {
			v = v<<8 | uint64(b[at+i])
		}
		return v, true
	}
	for _, at := range []int{math.MinInt, -8, -1, 0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11, math.MaxInt - 8, math.MaxInt} {
		v16, ok := cursor.Uint16(b, at)
		if v, there := want(at, 2); uint64(v16) != v || ok != there {
			t.Errorf("Uint16 at %d: %#x, %t", at, v16, ok)
		}
		v32, ok := cursor.Uint32(b, at)
		if v, there := want(at, 4); uint64(v32) != v || ok != there {
			t.Errorf("Uint32 at %d: %#x, %t", at, v32, ok)
		}
		v64, ok := cursor.Uint64(b, at)
		if v, there := want(at, 8); v64 != v || ok != there {
			t.Errorf("Uint64 at %d: %#x, %t", at, v64, ok)
		}
	}
	if _, ok := cursor.Uint16(nil, 0); ok {
		t.Error("two bytes of none")
	}
}
