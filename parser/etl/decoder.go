package etl

import (
	"encoding/binary"
	"fmt"
	"iter"

	"github.com/qmparse/qmparse/parser/etl/xpress"
	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// Decoder decodes buffers, one after the other. It is not safe for concurrent
// use.
type Decoder struct {
	expanded []byte
	record   Record
	wpp      int64
}

// NewDecoder returns a decoder.
func NewDecoder() *Decoder { return &Decoder{} }

// Messages returns how many messages of WPP were passed over since the last
// call.
func (d *Decoder) Messages() (n int64) {
	n, d.wpp = d.wpp, 0
	return n
}

// Records yields the records of a buffer in order, but messages of WPP. An error
// is about the bytes at its offset, and iteration goes on with the next record
// that can be one. A record is valid until the next; its bytes are those of the
// buffer, or of the decoder if they were compressed.
func (d *Decoder) Records(b *Buffer) iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		w := walk{d: d, b: b, data: b.Data, end: len(b.Data)}
		if b.Header.Compressed() {
			if err := w.expand(); err != nil && !yield(nil, err) {
				return
			}
		} else {
			w.limit()
		}
		if !w.records(yield) {
			return
		}
		if b.cut != 0 {
			yield(nil, &cursor.Error{Offset: b.Offset + int64(len(b.Data)), Field: "buffer", Err: cursor.ErrTruncated,
				Detail: fmt.Sprintf("the file ends after %d of %d bytes", len(b.Data), b.cut)})
		}
	}
}

// walk is the way through one buffer.
type walk struct {
	d    *Decoder
	b    *Buffer
	data []byte // expanded, with the header
	end  int    // of the records
	odd  bool   // what follows stands behind damage

	filledOdd bool // the header's filled is wrong
}

// expand expands the records. Those in front of the place where the stream breaks
// are kept: of one that was cut they are as good as ever, of another they are
// labelled.
func (w *walk) expand() error {
	data, err := expand(w.d.expanded, &w.b.Header, w.b.Data, w.b.most)
	w.data, w.end = data, len(data)
	if cap(data) > cap(w.d.expanded) {
		w.d.expanded = data
	}
	switch {
	case err == nil:
		return nil
	case err.err == xpress.ErrTruncated && w.b.cut != 0:
		return nil // said at the end
	}
	w.odd = true
	return &cursor.Error{Offset: w.b.Offset + int64(err.at), Field: "compressed buffer", Detail: err.detail, Err: err.sentinel}
}

// limit sets the end of the records of a buffer that is not compressed: where it
// is filled to. If there is room behind it, a marker stands there. Without one
// either of the two was damaged: if a record ends there, it is the end all the same,
// and what follows is from an earlier use of the memory; if not, the marker is
// looked for.
func (w *walk) limit() {
	filled := int64(w.b.Header.Filled)
	if filled >= int64(w.end) {
		return
	}
	room := w.data[max(filled, bufferHeaderSize):]
	if len(room) >= 4 && binary.LittleEndian.Uint32(room) != endOfRecords {
		w.filledOdd = true
		return
	}
	w.end = int(filled)
}

// records yields the records up to end. It is false if the caller has enough.
func (w *walk) records(yield func(*Record, error) bool) bool {
	filled := int64(w.b.Header.Filled)
	for pos := bufferHeaderSize; pos < w.end; {
		if w.filledOdd && int64(pos) == filled {
			return yield(nil, w.error(pos, cursor.ErrMalformed, "end of records", "no marker"))
		}
		rest := w.data[pos:w.end]
		t, size, bad := recordAt(rest, len(rest))
		if bad != nil {
			switch {
			case bad.end:
				return yield(nil, w.wrongFilled(pos))
			case w.b.cut != 0 && bad.sentinel == cursor.ErrTruncated:
				return true // said at the end
			}
			next := w.resync(pos)
			if !yield(nil, w.error(pos, bad.sentinel, "record", "%s; %d bytes are not read", bad.detail, next-pos)) {
				return false
			}
			w.odd = true
			pos = next
			continue
		}
		if t == TypeWPP {
			w.d.wpp++
		} else {
			r := &w.d.record
			*r = Record{Type: t, Bytes: rest[:size:size], Offset: w.b.Offset, Pos: pos, AfterDamage: w.odd || w.filledOdd && int64(pos) >= filled, clock: &w.b.trace.clock}
			if w.b.Header.Compressed() {
				r.Compressed = true
			} else {
				r.Offset += int64(pos)
			}
			r.decode()
			if !yield(r, nil) {
				return false
			}
		}
		pos += aligned(size)
	}
	if w.filledOdd && w.b.cut == 0 {
		return yield(nil, w.wrongFilled(w.end))
	}
	return true
}

// wrongFilled is the error of a buffer whose records end elsewhere.
func (w *walk) wrongFilled(end int) error {
	return &cursor.Error{Offset: w.b.Offset + 0x30, Field: "filled", Err: cursor.ErrMalformed,
		Detail: fmt.Sprintf("%#x, the records end at %#x", w.b.Header.Filled, end)}
}

// error returns an error about position pos of the expanded buffer.
func (w *walk) error(pos int, sentinel error, field, format string, args ...any) error {
	e := &cursor.Error{Offset: w.b.Offset, Field: field, Detail: fmt.Sprintf(format, args...), Err: sentinel}
	if w.b.Header.Compressed() {
		e.Detail = fmt.Sprintf("at %#x of the expanded buffer: %s", pos, e.Detail)
	} else {
		e.Offset += int64(pos)
	}
	return e
}

// resync returns the next position that can be a record: one that another, or
// the end, follows.
func (w *walk) resync(pos int) int {
	for pos += recordAlignment; pos < w.end; pos += recordAlignment {
		rest := w.data[pos:w.end]
		_, size, bad := recordAt(rest, len(rest))
		if bad != nil {
			continue
		}
		next := aligned(size)
		if next >= len(rest) {
			return pos
		}
		if _, _, bad := recordAt(rest[next:], len(rest)-next); bad == nil {
			return pos
		}
	}
	return w.end
}
