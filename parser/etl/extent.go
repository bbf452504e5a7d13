package etl

import "github.com/qmparse/qmparse/parser/internal/cursor"

// Extent tells which buffers belong to a trace that was found among other bytes.
type Extent struct{ t *Trace }

// HeadSize is how many bytes [NewExtent] looks at, and the methods of [Extent] at most.
const HeadSize = descriptionSize

// RecordMarks are the bytes that the first record of a trace begins with, MarkOffset
// bytes behind the start of the trace: version 2, its type, and the marker of events.
var RecordMarks = []string{"\x02\x00\x01\xc0", "\x02\x00\x02\xc0"}

// MarkOffset is where RecordMarks stand.
const MarkOffset = bufferHeaderSize

// NewExtent says whether b begins with the buffer that describes a trace, beyond doubt.
func NewExtent(b []byte) (Extent, bool) {
	if len(b) < descriptionSize || !startsTrace(b) {
		return Extent{}, false
	}
	t, _, err := describe(b, 0)
	return Extent{t}, err == nil
}

// OpenExtent is NewExtent for the start of a file, where a damaged description is one, if
// [NewReader] reads it. b should have [MaxHead] bytes if the file has them.
func OpenExtent(b []byte) (Extent, bool) {
	t, _, err := describe(b, 0)
	return Extent{t}, err == nil
}

// MaxHead is up to where the description of a trace can reach.
const MaxHead = bufferHeaderSize + 1<<16

// session returns the size of the buffers of the trace.
func (e Extent) session() uint32 { return max(e.t.size, e.t.Header.BufferSize) }

// Next returns the size of the buffer that b begins with, 0 if it is none of the trace.
func (e Extent) Next(b []byte) int {
	if len(b) < bufferHeaderSize {
		return 0
	}
	c := cursor.New(b, 0)
	h := readBufferHeader(&c)
	if h.BufferSize < bufferHeaderSize || h.BufferSize > MaxBufferSize || h.Type > maxBufferType || h.Flags&^knownFlags != 0 || !e.has(&h) {
		return 0
	}
	return int(h.BufferSize)
}

// has says whether a buffer with that header can be one of the trace.
func (e Extent) has(h *BufferHeader) bool {
	most := e.session()
	return h.LoggerID == e.t.logger && h.BufferSize <= most && h.Filled >= bufferHeaderSize && h.Filled <= most
}

// MayOwn says whether a buffer with that header, found apart, can be one of the trace: of
// the session, and if it is not compressed, of the size that all its buffers have.
func (e Extent) MayOwn(h *BufferHeader) bool {
	return e.has(h) && (h.Compressed() || h.BufferSize == e.t.Header.BufferSize)
}

// Same says whether events have the same times and data under either description.
func (e Extent) Same(o Extent) bool {
	return e.t.clock == o.t.clock && e.t.Header.Build == o.t.Header.Build
}

// margin is how long before its start and behind its end a trace may have records, in
// ticks: they were seen seconds behind it.
const margin = 60 * ticksPerSecond

// Fits says whether the times of all records of a buffer lie within those of the trace. Of a
// trace whose end is not known nothing can be told: later ones count with the same clock.
func (e Extent) Fits(b *Buffer) bool {
	h := &e.t.Header
	if h.EndTime < h.StartTime {
		return false
	}
	timed := false
	for r, err := range NewDecoder().Records(b) {
		switch {
		case err != nil || !r.Time.OK:
		case r.Time.V+margin < h.StartTime || r.Time.V > h.EndTime+margin:
			return false
		default:
			timed = true
		}
	}
	return timed
}

// Regular is Next, but also asks that a record can follow the header: what b begins with
// may be anything.
func (e Extent) Regular(b []byte) bool { return e.t.regular(b) }

// NewBuffer makes a buffer of data, which is whole and was found at offset, apart from
// its trace. The trace is that of e, or none that is known: then its records have no time.
// The buffer keeps data.
func (e Extent) NewBuffer(data []byte, offset int64) *Buffer {
	c := cursor.New(data, offset)
	b := &Buffer{Offset: offset, Header: readBufferHeader(&c), Data: data, trace: e.t, most: mostAlone(len(data))}
	if b.trace == nil {
		b.trace = &Trace{}
	}
	return b
}
