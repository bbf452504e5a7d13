// Package window reads a stream forward and lets its caller look ahead: at the
// next header, or for the next place that makes sense behind damage. It holds no
// more than twice what was looked at in one go, and allocates as bytes come in,
// not as they are asked for.
//
// An error of reading is kept as it is: an [io.ErrUnexpectedEOF] from below, as
// of a compressed file that was cut, is not the end of the stream.
package window

import (
	"fmt"
	"io"
)

// readSize is how much is read at once, and kept as long as nobody looks at
// more.
const readSize = 64 << 10

// Window is the part of a stream that is looked at: the bytes from Offset on, as
// far as they have been asked for.
type Window struct {
	r      io.Reader
	buf    []byte // buf[start:] are the bytes from offset on
	start  int
	offset int64
	err    error // of r, io.EOF at the end
}

// New returns a window at the start of r.
func New(r io.Reader) *Window { return &Window{r: r} }

// Offset returns the position in the stream.
func (w *Window) Offset() int64 { return w.offset }

// Ahead returns the bytes from the offset on, at least n if the stream has them,
// without moving. They are valid until the next call.
func (w *Window) Ahead(n int) []byte {
	for len(w.buf)-w.start < n && w.err == nil {
		w.room()
		m := w.read(w.buf[len(w.buf):cap(w.buf)])
		w.buf = w.buf[:len(w.buf)+m]
	}
	return w.buf[w.start:]
}

// read reads at least one byte into b, unless there is an error.
func (w *Window) read(b []byte) (n int) {
	for idle := 0; n == 0 && w.err == nil; idle++ {
		if idle == 100 {
			w.err = io.ErrNoProgress
			return 0
		}
		n, w.err = w.r.Read(b)
	}
	return n
}

// room makes room for at least one more byte behind buf.
func (w *Window) room() {
	live := len(w.buf) - w.start
	switch {
	case len(w.buf) < cap(w.buf):
	case w.start > 0 && w.start >= live:
		copy(w.buf, w.buf[w.start:])
		w.buf, w.start = w.buf[:live], 0
	default:
		b := make([]byte, live, max(2*live, readSize))
		copy(b, w.buf[w.start:])
		w.buf, w.start = b, 0
	}
}

// Pass moves on by n bytes that Ahead has returned.
func (w *Window) Pass(n int) {
	w.start += n
	w.offset += int64(n)
	if w.start == len(w.buf) {
		w.buf, w.start = w.buf[:0], 0
		if cap(w.buf) > 16*readSize {
			w.buf = nil // of a long look
		}
	}
}

// Failure returns the error of reading with the place where it struck; nil as
// long as there is none, and at the end of the stream.
func (w *Window) Failure() error {
	if w.err == nil || w.err == io.EOF {
		return nil
	}
	return fmt.Errorf("read at offset %#x: %w", w.offset+int64(len(w.buf)-w.start), w.err)
}
