package etl

import (
	"encoding/binary"

	"github.com/qmparse/qmparse/parser/internal/cursor"
)

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
	if h.BufferSize < bufferHeaderSize || h.BufferSize > MaxBufferSize || h.Type > maxBufferType || h.Flags&^knownFlags != 0 || !e.Has(&h) {
		return 0
	}
	return int(h.BufferSize)
}

// Has says whether a buffer with that header can be one of the trace.
func (e Extent) Has(h *BufferHeader) bool {
	most := e.session()
	return h.LoggerID == e.t.logger && h.BufferSize <= most && h.Filled >= bufferHeaderSize && h.Filled <= most
}

// MayOwn says whether a buffer with that header, found apart, can be one of the trace: Has,
// and the size is that of all buffers of the session, if it is not compressed.
func (e Extent) MayOwn(h *BufferHeader) bool {
	return e.Has(h) && (h.Compressed() || h.BufferSize == e.t.Header.BufferSize)
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
func (e Extent) Regular(b []byte) bool {
	f := Reader{trace: e.t}
	return f.regular(b)
}

// markers are where the marker of events stands in the first record of a buffer: that of
// one that is compressed has it behind the first flags of the stream, since the first
// bytes of a stream are never what was there before.
const (
	plainMarker  = bufferHeaderSize + 3
	packedMarker = bufferHeaderSize + 4 + 3
)

// Marker stands in the buffers that [BeginsBuffer] and [BeginsPacked] find, so many bytes
// behind their start.
const (
	Marker       = "\xc0"
	PlainMarker  = plainMarker
	PackedMarker = packedMarker
)

// BeginsBuffer says whether b may begin with a buffer that is not compressed, of at least
// one record, and describes no trace. b has the marker.
func BeginsBuffer(b []byte) bool {
	h, ok := beginsBuffer(b, plainMarker)
	return ok && !h.Compressed() && h.Filled <= h.BufferSize
}

// BeginsPacked is BeginsBuffer for a compressed one.
func BeginsPacked(b []byte) bool {
	h, ok := beginsBuffer(b, packedMarker)
	return ok && h.Compressed() && binary.LittleEndian.Uint32(b[bufferHeaderSize:])>>28 == 0
}

func beginsBuffer(b []byte, marker int) (h BufferHeader, ok bool) {
	// What is cheap first: this is asked for every byte that is the marker's.
	if len(b) <= packedMarker || b[3] != 0 || b[0x33] != 0 || b[0x37] != 0 || b[0x36] > maxBufferType || b[0x36] == typeHeader || b[0x35] != 0 {
		return h, false
	}
	if f := formOf(RecordType(b[marker-1])); f.name == "" || f.header > 1<<10 {
		return h, false
	}
	c := cursor.New(b, 0)
	h = readBufferHeader(&c)
	return h, h.BufferSize > bufferHeaderSize && h.BufferSize <= maxAlone && h.Filled > bufferHeaderSize && h.Filled <= maxAlone && h.Flags&^knownFlags == 0
}

// BufferSize returns the size of the buffer that b begins with, as its header says; 0 if b
// is too short.
func BufferSize(b []byte) int {
	if len(b) < bufferHeaderSize {
		return 0
	}
	return int(min(binary.LittleEndian.Uint32(b), MaxBufferSize))
}

// maxAlone bounds a buffer that is found apart from its trace, where nothing but its own
// header says how much is to be looked at. Sessions have 4 KiB to 1 MiB as a rule.
const maxAlone = 1 << 20

// BufferChecker looks for buffers that are whole. It is not safe for concurrent use.
type BufferChecker struct{ expanded []byte }

// markerSize is the size of the marker behind the last record.
const markerSize = 4

// Sound says whether the buffer that b begins with is whole: if its records follow each
// other up to where the header says that they end, and the marker behind them is there if
// there is room. looked is how many bytes that took.
func (f *BufferChecker) Sound(b []byte) (h BufferHeader, looked int, ok bool) {
	if len(b) < bufferHeaderSize {
		return h, 0, false
	}
	c := cursor.New(b, 0)
	h = readBufferHeader(&c)
	if h.BufferSize < bufferHeaderSize || int64(h.BufferSize) > int64(len(b)) || h.Filled < bufferHeaderSize || h.Filled > MaxBufferSize {
		return h, bufferHeaderSize, false
	}
	data := b[:h.BufferSize]
	if h.Compressed() {
		expanded, bad := expand(f.expanded, &h, data, mostAlone(len(data)))
		if cap(expanded) > cap(f.expanded) {
			f.expanded = expanded
		}
		if data = expanded; bad != nil {
			return h, len(b) + len(expanded), false
		}
	} else if h.Filled > h.BufferSize {
		return h, bufferHeaderSize, false
	}
	filled := int(h.Filled)
	if len(data)-filled >= markerSize && binary.LittleEndian.Uint32(data[filled:]) != endOfRecords {
		return h, bufferHeaderSize, false
	}
	pos := bufferHeaderSize
	for pos < filled {
		_, size, bad := recordAt(data[pos:filled], filled-pos)
		if bad != nil {
			return h, pos, false
		}
		pos += (size + recordAlignment - 1) &^ (recordAlignment - 1)
	}
	return h, pos, pos == filled || pos-filled < recordAlignment
}

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
