package etl

import "github.com/qmparse/qmparse/parser/internal/cursor"

// Extent tells which buffers belong to a trace that was found among other bytes.
type Extent struct {
	session uint32 // size of its buffers
	logger  uint16
}

// HeadSize is how many bytes [NewExtent] looks at, and [Extent.Next] at most.
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
	c := cursor.New(b, 0)
	h := readBufferHeader(&c)
	t, _, err := describe(b, 0)
	if err != nil {
		return Extent{}, false
	}
	return Extent{session: max(h.BufferSize, t.Header.BufferSize), logger: h.LoggerID}, true
}

// Next returns the size of the buffer that b begins with, 0 if it is none of the trace.
func (e Extent) Next(b []byte) int {
	if len(b) < bufferHeaderSize {
		return 0
	}
	c := cursor.New(b, 0)
	h := readBufferHeader(&c)
	if h.BufferSize < bufferHeaderSize || h.BufferSize > e.session || h.Type > maxBufferType || h.Flags&^knownFlags != 0 ||
		h.LoggerID != e.logger || h.Filled < bufferHeaderSize || h.Filled > e.session {
		return 0
	}
	return int(h.BufferSize)
}
