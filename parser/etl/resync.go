package etl

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// Buffers have no signature and no checksum. What tells one from other bytes is
// that it agrees with the description of the trace; that is asked only where
// something is wrong already.

// headerAndRecord is what [Trace.regular] looks at.
const headerAndRecord = bufferHeaderSize + systemHeaderSize

// regular says whether b begins with the header of a buffer of this trace: not
// larger than the session's, of its logger, with a first record that can be one;
// or with the description of another trace.
func (t *Trace) regular(b []byte) bool {
	if len(b) < headerAndRecord {
		return false
	}
	size := binary.LittleEndian.Uint32(b)
	if size < bufferHeaderSize || size > MaxBufferSize {
		return false
	}
	c := cursor.New(b[:bufferHeaderSize], 0)
	h := readBufferHeader(&c)
	if h.Type == typeHeader {
		return startsTrace(b[:headerAndRecord])
	}
	session := t.Header.BufferSize
	if size > session || h.Type > maxBufferType || h.Flags&^knownFlags != 0 || h.LoggerID != t.logger ||
		h.Filled < bufferHeaderSize || h.Filled > session {
		return false
	}
	if h.Compressed() {
		return true
	}
	marker := b[bufferHeaderSize+3]
	return size%recordAlignment == 0 && h.Filled <= size && (marker == markerEvent || marker == markerWPP || h.Filled == bufferHeaderSize)
}

// sizeAhead returns where the buffer that is ahead ends, which its own BufferSize
// says. If neither a buffer nor the end of the file is there, the size is
// believed if the buffer holds with it, unless another buffer begins within; if it
// does not, the next buffer is where this one ends. So a wrong size, and bytes that
// were cut out, cost no neighbour.
func (f *Reader) sizeAhead(h *BufferHeader) (size int, odd error) {
	size = int(h.BufferSize)
	b := f.w.Ahead(size + headerAndRecord)
	session := int(min(f.trace.Header.BufferSize, MaxBufferSize))
	if len(b) == size && size <= session || len(b) > size && f.follows(b[size:]) {
		return size, nil
	}
	// To try whether it holds may cost as much as to expand it: last.
	at := f.search(size)
	if at == 0 && session > size && !f.holds(h, b[:min(len(b), size)]) {
		at = f.search(session)
	}
	if at == 0 || at == size {
		return size, nil
	}
	return at, &cursor.Error{Offset: f.w.Offset(), Field: "BufferSize", Err: cursor.ErrMalformed,
		Detail: fmt.Sprintf("%d, the next buffer stands %d bytes on", size, at)}
}

// follows says whether b is what may stand behind a buffer.
func (f *Reader) follows(b []byte) bool {
	return cursor.IsZero(b[:min(len(b), bufferHeaderSize)]) || f.trace.regular(b)
}

// holds says whether a buffer is whole with the size that it says.
func (f *Reader) holds(h *BufferHeader, data []byte) bool {
	if h.Compressed() {
		_, err := expand(nil, h, data, f.tried.Take(h, len(data)))
		return err == nil
	}
	return len(data) == int(h.BufferSize) && (h.BufferSize == f.trace.Header.BufferSize || h.Filled <= h.BufferSize)
}

// search returns how far on the next buffer begins, at most most bytes; 0 if none
// does. No byte is looked at more than once for all searches together.
func (f *Reader) search(most int) int {
	b := f.w.Ahead(most + headerAndRecord)
	from := max(1, f.searched-f.w.Offset())
	for at := from; at <= int64(most) && at < int64(len(b)); at++ {
		if f.trace.regular(b[at:]) {
			f.searched = f.w.Offset() + at
			return int(at)
		}
	}
	f.searched = max(f.searched, f.w.Offset()+int64(min(most, len(b)-headerAndRecord)))
	return 0
}

// scanSize is how much is looked at at once.
const scanSize = 4 << 10

// skipDamage moves on to the next byte where a buffer of this trace begins, or to
// the end.
func (f *Reader) skipDamage() {
	for at := 1; ; at = 0 {
		b := f.w.Ahead(scanSize)
		for ; len(b)-at >= headerAndRecord; at++ {
			if f.trace.regular(b[at:]) {
				f.w.Pass(at)
				return
			}
		}
		if len(b) < scanSize {
			f.w.Pass(len(b))
			return
		}
		f.w.Pass(at)
	}
}

// skipZero moves on over zeros, as a log that was given its size in advance has
// them behind its last buffer. What follows may begin with a zero itself: the
// lowest bytes of its size.
func (f *Reader) skipZero() {
	start := f.w.Offset()
	for {
		b := f.w.Ahead(scanSize)
		if len(b) == 0 {
			break
		}
		n := len(b) - len(bytes.TrimLeft(b, "\x00"))
		if n == len(b) {
			f.w.Pass(n)
			continue
		}
		for back := min(3, n); back > 0; back-- {
			if b := f.w.Ahead(n + headerAndRecord); f.trace.regular(b[n-back:]) {
				n -= back
				break
			}
		}
		f.w.Pass(n)
		break
	}
	f.count.Zero += f.w.Offset() - start
}
