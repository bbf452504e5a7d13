package etl

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"io"
	"iter"

	"github.com/qmparse/qmparse/parser/internal/cursor"
	"github.com/qmparse/qmparse/parser/internal/window"
)

// Reader cuts a trace log into its buffers.
type Reader struct {
	// Header describes the first trace, and so as a rule the file.
	Header TraceHeader

	w     *window.Window
	trace *Trace // that the buffers belong to
	count Counts

	pending  []error // to be said before the next buffer
	searched int64   // no buffer begins before it that was not found

	expansion *Expansion // of the buffers
	tried     Expansion  // of those that were expanded to see where they end
}

// Counts returns what was found so far.
func (f *Reader) Counts() Counts {
	c := f.count
	c.Missing += f.trace.count.missing()
	return c
}

// NewReader reads the description of the trace. It fails if the file does not
// begin with one that can be read, and with r's own error.
func NewReader(r io.Reader) (*Reader, error) {
	f := &Reader{w: window.New(r), expansion: &Expansion{}}
	b := f.w.Ahead(bufferHeaderSize)
	c := cursor.New(b, 0)
	h := readBufferHeader(&c)
	if err := f.w.Failure(); err != nil {
		return nil, err
	}
	if err := c.Err(); err != nil {
		return nil, err
	}
	size := int(min(h.BufferSize, MaxBufferSize))
	b = f.w.Ahead(max(size, descriptionSize))
	if err := f.w.Failure(); err != nil {
		return nil, err
	}
	t, odd, err := describe(b, 0)
	if err != nil {
		return nil, err
	}
	f.begin(t, odd)
	f.Header = t.Header
	return f, nil
}

// begin makes t the trace that buffers belong to.
func (f *Reader) begin(t *Trace, odd error) {
	if f.trace != nil {
		f.say(f.trace.missing(t.Offset))
		f.count.Missing += f.trace.count.missing()
	}
	f.say(odd)
	f.trace = t
	f.count.Traces++
}

// say puts an error in front of the next buffer.
func (f *Reader) say(err error) {
	if err != nil {
		f.pending = append(f.pending, err)
	}
}

// Share makes e, of the file that the trace is a part of, bound what its buffers expand
// to. It is called before Buffers.
func (f *Reader) Share(e *Expansion) { f.expansion = e }

// Size returns how many bytes were read so far: the file's size once Buffers has
// ended.
func (f *Reader) Size() int64 { return f.w.Offset() }

// Buffers yields every buffer, once, each with memory of its own: a caller may
// keep it, and decode several at once. An error is about the bytes at its offset;
// or, if it does not wrap one of the parser's sentinels, is that of reading, which
// ends the iteration.
func (f *Reader) Buffers() iter.Seq2[*Buffer, error] {
	return func(yield func(*Buffer, error) bool) {
		for more := true; more; {
			var b *Buffer
			b, more = f.next()
			for _, err := range f.pending {
				if !yield(nil, err) {
					return
				}
			}
			f.pending = f.pending[:0]
			if b != nil && !yield(b, nil) {
				return
			}
		}
		if err := f.w.Failure(); err != nil {
			yield(nil, err)
			return
		}
		if err := f.trace.missing(f.w.Offset()); err != nil {
			yield(nil, err)
		}
	}
}

// next returns the next buffer, nil if the bytes that it passed are none, and
// false at the end.
func (f *Reader) next() (*Buffer, bool) {
	head := f.w.Ahead(headerAndRecord)
	offset := f.w.Offset()
	if len(head) == 0 || f.w.Failure() != nil && len(head) < bufferHeaderSize {
		return nil, false
	}
	if cursor.IsZero(head[:min(len(head), bufferHeaderSize)]) {
		f.skipZero()
		return nil, true
	}
	c := cursor.New(head, offset)
	h := readBufferHeader(&c)
	if err := c.Err(); err != nil {
		f.w.Pass(len(head))
		f.say(err)
		return nil, true
	}
	if h.BufferSize < bufferHeaderSize || h.BufferSize > MaxBufferSize || h.Type > maxBufferType {
		f.skipDamage()
		f.say(&cursor.Error{Offset: offset, Field: "buffer header", Err: cursor.ErrMalformed,
			Detail: fmt.Sprintf("BufferSize %d, type %d: %d bytes are not read", h.BufferSize, h.Type, f.w.Offset()-offset)})
		return nil, true
	}
	if offset == f.trace.Offset && h.Compressed() {
		// It was read as it is.
		h.Flags &^= FlagCompressed
		f.say(&cursor.Error{Offset: offset + 0x34, Field: "buffer flags", Err: cursor.ErrMalformed,
			Detail: "the buffer that describes the trace is not compressed"})
	}
	size, odd := f.sizeAhead(&h)
	f.say(odd)
	if size < bufferHeaderSize { // the next buffer begins in what looked like a header
		f.w.Pass(size)
		return nil, true
	}
	ahead := f.w.Ahead(size)
	ahead = ahead[:min(len(ahead), size)]
	if offset != f.trace.Offset && startsTrace(ahead) {
		if t, odd, err := describe(ahead, offset); err == nil {
			f.begin(t, odd)
		} else {
			f.say(err)
		}
	}
	defer f.w.Pass(len(ahead))
	if h.Type != typeHeader {
		same := fingerprint{offset: offset, sequence: h.SequenceNumber, size: size, crc: crc32.Checksum(ahead, castagnoli), processor: h.Processor}
		if at, ok := f.trace.count.repeats(same); ok {
			f.count.Repeated++
			f.say(&cursor.Error{Offset: offset, Field: "buffer", Err: cursor.ErrMalformed,
				Detail: fmt.Sprintf("repeats that %#x bytes before: its %d bytes are not read again", offset-at, size)})
			return nil, true
		}
	}
	b := &Buffer{Offset: offset, Header: h, Data: bytes.Clone(ahead), trace: f.trace, most: f.expansion.Take(&h, len(ahead))}
	if len(b.Data) < size && f.w.Failure() == nil {
		b.cut = size
	}
	f.tally(&h)
	return b, true
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func (f *Reader) tally(h *BufferHeader) {
	f.trace.count.add(h)
	n := &f.count
	n.Buffers++
	if h.Compressed() {
		n.Compressed++
	}
	if h.Flags&FlagEventsLost != 0 {
		n.EventsLost++
	}
	if h.Flags&FlagBufferLost != 0 {
		n.BufferLost++
	}
}
