package etl

import (
	"encoding/binary"

	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// Marker is the marker of events in the first record of a buffer. It stands PlainMarker bytes
// behind the start of one that [BeginsBuffer] finds, and PackedMarker of one that [BeginsPacked]
// does: behind the first flags of the stream, since the first bytes of a stream are never what
// was there before.
const (
	Marker       = "\xc0"
	PlainMarker  = bufferHeaderSize + 3
	PackedMarker = bufferHeaderSize + 4 + 3
)

// BeginsBuffer says whether b may begin with a buffer that is not compressed, of at least
// one record, and describes no trace. b has the marker.
func BeginsBuffer(b []byte) bool {
	h, ok := beginsBuffer(b, PlainMarker)
	return ok && !h.Compressed() && h.Filled <= h.BufferSize
}

// BeginsPacked is BeginsBuffer for a compressed one.
func BeginsPacked(b []byte) bool {
	h, ok := beginsBuffer(b, PackedMarker)
	return ok && h.Compressed() && binary.LittleEndian.Uint32(b[bufferHeaderSize:])>>28 == 0
}

func beginsBuffer(b []byte, marker int) (h BufferHeader, ok bool) {
	// What is cheap first: this is asked for every byte that is the marker's.
	if len(b) <= PackedMarker || b[3] != 0 || b[0x33] != 0 || b[0x37] != 0 || b[0x36] > maxBufferType || b[0x36] == typeHeader || b[0x35] != 0 {
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
		pos += aligned(size)
	}
	return h, pos, pos == filled || pos-filled < recordAlignment
}
