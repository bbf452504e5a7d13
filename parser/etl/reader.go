package etl

import (
	"bytes"
	"fmt"
	"io"
	"iter"

	"github.com/qmparse/qmparse/parser/internal/cursor"
	"github.com/qmparse/qmparse/parser/internal/window"
)

// Reader cuts a trace log into its buffers.
type Reader struct {
	Header TraceHeader

	w     *window.Window
	clock clock
	first BufferHeader
	count Counts

	searched int64 // no buffer begins before it that was not found
}

// Counts is what a log was found to hold. It is whole once [Reader.Buffers] has
// ended.
type Counts struct {
	Buffers    int // with the one that describes the trace
	Compressed int
	EventsLost int // buffers with the flag
	BufferLost int
	Zero       int64 // bytes of buffers that were never written

	// The sequence numbers of the buffers, but that of the first, which has
	// none. Numbers between them that no buffer has are Missing; Wrapped says that
	// they go back by more than the processors explain.
	FirstSequence, LastSequence int64
	Missing                     int64
	numbered                    int64
}

// Counts returns what was found so far.
func (r *Reader) Counts() Counts {
	c := r.count
	if c.numbered > 0 {
		c.Missing = max(0, c.LastSequence-c.FirstSequence+1-c.numbered)
	}
	return c
}

// minTraceHeader is up to BuffersLost in the smaller form.
const minTraceHeader = 0x110

// Sniff says whether a file that begins with head, of 256 bytes or more if the
// file has them, is a trace log: whether its first buffer describes a trace.
func Sniff(head []byte) bool {
	if len(head) < bufferHeaderSize+32 {
		return false
	}
	c := cursor.New(head, 0)
	h := readBufferHeader(&c)
	record := head[bufferHeaderSize:]
	t, size, err := recordAt(record, int(h.BufferSize)-bufferHeaderSize)
	return h.BufferSize >= bufferHeaderSize && h.BufferSize <= MaxBufferSize && h.Type == typeHeader && !h.Compressed() &&
		err == nil && (t == TypeSystem32 || t == TypeSystem64) && size >= 32+minTraceHeader && record[6] == 0 && record[7] == 0
}

// NewReader reads the description of the trace. It fails if the file does not
// begin with one that is whole, and with r's own error.
func NewReader(r io.Reader) (*Reader, error) {
	f := &Reader{w: window.New(r)}
	b := f.w.Ahead(bufferHeaderSize)
	c := cursor.New(b, 0)
	size := c
	f.first = readBufferHeader(&c)
	if err := f.w.Failure(); err != nil {
		return nil, err
	}
	if err := c.Err(); err != nil {
		return nil, err
	}
	if n := f.first.BufferSize; n < bufferHeaderSize || n > MaxBufferSize {
		size.Fail(cursor.ErrUnsupported, "BufferSize", "%d bytes, not %d to %d", n, bufferHeaderSize, MaxBufferSize)
		return nil, size.Err()
	}
	b = f.w.Ahead(int(f.first.BufferSize))
	if err := f.w.Failure(); err != nil {
		return nil, err
	}
	b = b[:min(len(b), int(f.first.BufferSize))]
	c = cursor.New(b, 0)
	c.Skip(bufferHeaderSize, "buffer header")
	start := c
	t, n, err := recordAt(b[bufferHeaderSize:], c.Len())
	if err != nil {
		start.Fail(err.sentinel, "first record", "%s", err.detail)
		return nil, start.Err()
	}
	record := Record{Type: t, Bytes: b[bufferHeaderSize : bufferHeaderSize+n], Offset: bufferHeaderSize, clock: &clock{}}
	record.decode()
	if t != TypeSystem32 && t != TypeSystem64 || record.ID.V != 0 {
		start.Fail(cursor.ErrMalformed, "first record", "%v does not describe a trace", t)
		return nil, start.Err()
	}
	p := cursor.New(record.Payload, record.PayloadOffset())
	f.Header = readTraceHeader(&p)
	if err := p.Err(); err != nil {
		return nil, err
	}
	origin := cursor.New(record.Bytes, record.Offset)
	origin.Skip(16, "record")
	f.clock = newClock(&f.Header, origin.U64("SystemTime"))
	return f, nil
}

// Size returns how many bytes were read so far: the file's size once Buffers has
// ended.
func (f *Reader) Size() int64 { return f.w.Offset() }

// Buffers yields every buffer, once, each with memory of its own: a caller may
// keep it, and decode several at once. An error is about the bytes at its offset;
// or, if it does not wrap one of the parser's sentinels, is that of reading, which
// ends the iteration.
func (f *Reader) Buffers() iter.Seq2[*Buffer, error] {
	return func(yield func(*Buffer, error) bool) {
		for {
			b, err := f.next()
			if err == io.EOF {
				break
			}
			if (b != nil || err != nil) && !yield(b, err) {
				return
			}
		}
		if err := f.w.Failure(); err != nil {
			yield(nil, err)
			return
		}
		// A log that was closed says how many buffers it has; one that goes round
		// has fewer than were written.
		if h := &f.Header; h.EndTime != 0 && h.LogFileMode&ModeCircular == 0 && uint64(h.BuffersWritten) > uint64(f.count.Buffers) {
			yield(nil, &cursor.Error{Offset: f.w.Offset(), Field: "BuffersWritten", Err: cursor.ErrTruncated,
				Detail: fmt.Sprintf("the trace has %d buffers, the file %d", h.BuffersWritten, f.count.Buffers)})
		}
	}
}

// next returns the next buffer, an error about bytes that are none, or io.EOF.
// Both may be nil, after bytes that need no word.
func (f *Reader) next() (*Buffer, error) {
	head := f.w.Ahead(bufferHeaderSize)
	offset := f.w.Offset()
	if len(head) == 0 || f.w.Failure() != nil && len(head) < bufferHeaderSize {
		return nil, io.EOF
	}
	if isZero(head[:min(len(head), bufferHeaderSize)]) {
		f.skipZero()
		return nil, nil
	}
	c := cursor.New(head, offset)
	h := readBufferHeader(&c)
	if err := c.Err(); err != nil {
		f.w.Pass(len(head))
		return nil, err
	}
	if h.BufferSize < bufferHeaderSize || h.BufferSize > MaxBufferSize || h.Type > maxBufferType {
		f.skipDamage()
		return nil, &cursor.Error{Offset: offset, Field: "buffer header", Err: cursor.ErrMalformed,
			Detail: fmt.Sprintf("BufferSize %d, type %d: %d bytes are not read", h.BufferSize, h.Type, f.w.Offset()-offset)}
	}
	size, odd := f.extent(&h)
	if size < bufferHeaderSize { // the next buffer begins in what looked like a header
		f.w.Pass(size)
		return nil, odd
	}
	ahead := f.w.Ahead(size)
	b := &Buffer{Offset: offset, Header: h, Data: bytes.Clone(ahead[:min(len(ahead), size)]), clock: &f.clock, odd: odd}
	f.w.Pass(len(b.Data))
	if len(b.Data) < size && f.w.Failure() == nil {
		b.cut = size
	}
	f.tally(&h)
	return b, nil
}

func (f *Reader) tally(h *BufferHeader) {
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
	if h.Type == typeHeader {
		return
	}
	if n.numbered == 0 || h.SequenceNumber < n.FirstSequence {
		n.FirstSequence = h.SequenceNumber
	}
	if n.numbered == 0 || h.SequenceNumber > n.LastSequence {
		n.LastSequence = h.SequenceNumber
	}
	n.numbered++
}
