package netevent

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// TestSegments compares segments that overlap at random with a map from address
// to byte: the later one wins.
func TestSegments(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for round := range 300 {
		const space = 64
		base := uint64(0)
		if round%2 == 1 {
			base = 1<<64 - space // up to the last address
		}
		var want [space]struct {
			value byte
			owner int
		}
		s := &Segments{}
		for n := 1; n <= 8; n++ {
			at, size := rnd.IntN(space), 0
			size = rnd.IntN(space - at + 1)
			data := make([]byte, size)
			covered := false
			for i := range data {
				data[i] = byte(rnd.Uint32())
				covered = covered || want[at+i].owner != 0
				want[at+i].value, want[at+i].owner = data[i], n
			}
			before, old := s, bytes.Clone(flat(s))
			s = s.clone()
			if overlaps := s.add(run{base + uint64(at), data, int64(at)}); overlaps != covered {
				t.Fatalf("round %d: overlaps %t, want %t", round, overlaps, covered)
			}
			if !bytes.Equal(flat(before), old) {
				t.Fatal("segments that frames may hold have changed")
			}
		}
		for at := range space {
			for n := 1; n <= space-at; n++ {
				whole := true
				for i := range n {
					whole = whole && want[at+i].owner != 0 && want[at+i].owner == want[at].owner
				}
				got, ok := s.Read(base+uint64(at), n)
				// A later segment may have cut an earlier one into two.
				if ok && !whole || !ok && whole && contiguous(s, base+uint64(at), n) {
					t.Fatalf("round %d: %d bytes at %d: %t, want %t", round, n, at, ok, whole)
				}
				for i, b := range got {
					if b != want[at+i].value {
						t.Fatalf("round %d: byte %d: %d, want %d", round, at+i, b, want[at+i].value)
					}
				}
				if c, found := s.at(base+uint64(at), n); found != ok || ok && c.Offset() != int64(at) {
					t.Fatalf("at %d: %t, offset %d", at, found, c.Offset())
				}
			}
		}
	}
	if _, ok := new(Segments).Read(0, 1); ok {
		t.Error("a byte of no segment")
	}
	one := &Segments{runs: []run{{base: 16, data: []byte{1, 2}}}}
	for _, c := range []struct {
		address uint64
		n       int
		ok      bool
	}{{16, 2, true}, {16, 3, false}, {16, -1, false}, {15, 1, false}, {18, 0, false}, {17, 1, true}, {^uint64(0), 1, false}} {
		if _, ok := one.Read(c.address, c.n); ok != c.ok {
			t.Errorf("%d bytes at %d: %t", c.n, c.address, ok)
		}
	}
}

func flat(s *Segments) (b []byte) {
	for _, r := range s.runs {
		b = append(b, r.data...)
	}
	return b
}

// contiguous says whether one run has all the bytes.
func contiguous(s *Segments, address uint64, n int) bool {
	for _, r := range s.runs {
		if address >= r.base && address-r.base < uint64(len(r.data)) && n <= len(r.data)-int(address-r.base) {
			return true
		}
	}
	return false
}
