package etl

import "github.com/qmparse/qmparse/parser/internal/cursor"

// Expansion bounds what the compressed buffers of one file expand to together. They are
// asked about in the order of the file, whoever decodes them, so that the answer depends
// on the file alone. One that expands to no more than maxExpansion times its size is
// always let through, whatever those before it took.
type Expansion struct{ spent int64 }

// mostAlone returns how many bytes a buffer of n bytes may expand to, whatever others do.
func mostAlone(n int) int64 {
	return min(max(freeExpansion, maxExpansion*int64(n)), MaxBufferSize)
}

// left returns the same for the next buffer with those before it.
func (e *Expansion) left(n int) int64 {
	return freeFileExpansion + maxExpansion*int64(n) - e.spent
}

// May says whether the buffer that b begins with may expand to what its header says, if
// others before it are all that speaks against it.
func (e *Expansion) May(b []byte) bool {
	c := cursor.New(b, 0)
	h := readBufferHeader(&c)
	return !h.Compressed() || int64(h.Filled) <= e.left(int(min(h.BufferSize, MaxBufferSize)))
}

// Take counts a buffer of n bytes, and returns how many bytes it may expand to.
func (e *Expansion) Take(h *BufferHeader, n int) int64 {
	own, left := mostAlone(n), e.left(n)
	e.spent -= maxExpansion * int64(n)
	switch size := int64(h.Filled); {
	case !h.Compressed() || size > own: // the latter is refused for itself
		return own
	case size > left:
		return left
	default:
		e.spent += size
		return own
	}
}
