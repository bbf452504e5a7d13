package netevent

import (
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"

	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// window is the part of a file that is looked at: the bytes from offset on, as
// far as they have been asked for. It reads forward only, and holds no more than
// twice what was asked for at once.
type window struct {
	r      io.Reader
	buf    []byte // buf[start:] are the bytes from offset on
	start  int
	offset int64
	err    error     // of r, io.EOF at the end
	hash   hash.Hash // of what was passed, if not nil

	sums *prefixSums // once there was damage
}

const readSize = 64 << 10

// ahead returns the bytes from offset on, at least n if the file has them. They
// are valid until the next call. It allocates as bytes come in, not as they are
// asked for.
func (w *window) ahead(n int) []byte {
	for idle := 0; len(w.buf)-w.start < n && w.err == nil; {
		w.room()
		var m int
		m, w.err = w.r.Read(w.buf[len(w.buf):cap(w.buf)])
		w.buf = w.buf[:len(w.buf)+m]
		if m > 0 {
			idle = 0
		} else if idle++; idle == 100 && w.err == nil {
			w.err = io.ErrNoProgress
		}
	}
	return w.buf[w.start:]
}

// room makes room for at least one more byte behind buf.
func (w *window) room() {
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

// pass moves on by n bytes that are there.
func (w *window) pass(n int) {
	if w.hash != nil {
		w.hash.Write(w.buf[w.start : w.start+n])
	}
	w.start += n
	w.offset += int64(n)
	if w.start == len(w.buf) {
		w.buf, w.start = w.buf[:0], 0
		if cap(w.buf) > 16*readSize {
			w.buf = nil // of a large segment
		}
	}
	if w.sums != nil {
		w.sums.forget(w.offset)
	}
}

// failure returns the error of reading, nil at the end of the file.
func (w *window) failure() error {
	if w.err == nil || errors.Is(w.err, io.EOF) {
		return nil
	}
	return fmt.Errorf("read at offset %#x: %w", w.offset+int64(len(w.buf)-w.start), w.err)
}

// whole reports whether the block that begins at position at of the bytes ahead
// is there up to the end of its payload, and its checksum holds. b are those
// bytes, at least up to the end of the block or of the file.
func (w *window) whole(b []byte, at int, k *block) error {
	if len(b)-at < k.size() {
		return &cursor.Error{Offset: k.offset, Field: k.typ.String(), Err: cursor.ErrTruncated,
			Detail: fmt.Sprintf("need %d bytes, have %d", k.size(), len(b)-at)}
	}
	payload := b[at+blockHeaderSize : at+k.size()]
	var sum uint32
	if w.sums == nil || len(payload) <= 2*sumEvery {
		sum = crc32.Update(k.headerCRC, castagnoli, payload)
	} else {
		sum = w.sums.update(k.headerCRC, b, w.offset, at+blockHeaderSize, at+k.size())
	}
	if sum != k.crc {
		return &cursor.Error{Offset: k.offset, Field: k.typ.String() + " crc32c", Err: cursor.ErrMalformed,
			Detail: fmt.Sprintf("%#08x, the bytes give %#08x", k.crc, sum)}
	}
	return nil
}
