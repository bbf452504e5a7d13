package netevent

import (
	"cmp"
	"slices"

	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// Memory is what [Copy] reads from.
type Memory interface {
	// Read returns the n bytes at an address, valid until the next Read; false
	// if not all of them can be read.
	Read(address uint64, n int) ([]byte, bool)
}

// Segments is memory as a dump has it: runs of bytes at addresses, which do not
// overlap. The zero Segments has none.
type Segments struct {
	runs []run // by address
}

// run is bytes at an address, which stand at an offset in the file.
type run struct {
	base   uint64
	data   []byte
	offset int64
}

// last returns the highest address of a run, which is never empty.
func (r *run) last() uint64 { return r.base + uint64(len(r.data)-1) }

// Read returns the n bytes at an address if they lie in one segment.
func (s *Segments) Read(address uint64, n int) ([]byte, bool) {
	r, at, ok := s.find(address)
	if !ok || n < 0 || n > len(r.data)-at {
		return nil, false
	}
	return r.data[at : at+n : at+n], true
}

// find returns the run that holds an address, and where in it.
func (s *Segments) find(address uint64) (*run, int, bool) {
	if len(s.runs) == 1 { // an EVENT
		r := &s.runs[0]
		at := address - r.base
		return r, int(at), address >= r.base && at < uint64(len(r.data))
	}
	i, found := slices.BinarySearchFunc(s.runs, address, func(r run, a uint64) int { return cmp.Compare(r.base, a) })
	if !found {
		i--
	}
	if i < 0 {
		return nil, 0, false
	}
	r := &s.runs[i]
	at := address - r.base
	return r, int(at), at < uint64(len(r.data))
}

// at returns a cursor over the n bytes at an address, false if they do not lie
// in one segment.
func (s *Segments) at(address uint64, n int) (cursor.Cursor, bool) {
	r, at, ok := s.find(address)
	if !ok || n > len(r.data)-at {
		return cursor.Cursor{}, false
	}
	return cursor.New(r.data[at:at+n], r.offset+int64(at)), true
}

// tail returns the bytes from an address to the end of its segment.
func (s *Segments) tail(address uint64) ([]byte, bool) {
	r, at, ok := s.find(address)
	if !ok {
		return nil, false
	}
	return r.data[at:], true
}

// add adds n, which wins where it overlaps others.
func (s *Segments) add(n run) (overlaps bool) {
	if len(n.data) == 0 {
		return false
	}
	// runs[i:j] are those that have an address with n in common.
	i, _ := slices.BinarySearchFunc(s.runs, n.base, func(r run, a uint64) int { return cmp.Compare(r.last(), a) })
	j := i
	for j < len(s.runs) && s.runs[j].base <= n.last() {
		j++
	}
	parts := make([]run, 0, 3)
	if i < j {
		if r := s.runs[i]; r.base < n.base {
			before := int(n.base - r.base)
			parts = append(parts, run{r.base, r.data[:before:before], r.offset})
		}
	}
	parts = append(parts, n)
	if i < j {
		if r := s.runs[j-1]; r.last() > n.last() {
			after := int(n.last() - r.base + 1)
			parts = append(parts, run{r.base + uint64(after), r.data[after:], r.offset + int64(after)})
		}
	}
	s.runs = slices.Replace(s.runs, i, j, parts...)
	return i < j
}

// clone returns segments that may change without s.
func (s *Segments) clone() *Segments { return &Segments{slices.Clone(s.runs)} }
