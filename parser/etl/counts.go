package etl

import "math"

// Counts is what a file was found to hold. It is whole once [Reader.Buffers] has
// ended.
type Counts struct {
	Traces     int
	Buffers    int // with those that describe a trace
	Compressed int
	Repeated   int // buffers that were there before, and were not read again
	EventsLost int // buffers with the flag
	BufferLost int
	Zero       int64  // bytes of buffers that were never written
	Missing    uint64 // sequence numbers, between the lowest and the highest of a trace, that no buffer has
}

// traceCounts counts the buffers of one trace.
type traceCounts struct {
	buffers  int
	numbered uint64 // those with a sequence number
	low      int64
	high     int64
	recent   [maxProcessors]fingerprint
}

// maxProcessors is among how many of the last buffers one is looked for that comes
// again: a session writes the buffers of all its processors in turn.
const maxProcessors = 64

// fingerprint tells buffers of one trace apart.
type fingerprint struct {
	offset    int64
	sequence  int64
	size      int
	crc       uint32
	processor uint16
	used      bool
}

// repeats returns the offset of a recent buffer that is the same, byte for byte
// as far as a checksum tells, and remembers this one if there is none.
func (n *traceCounts) repeats(f fingerprint) (offset int64, ok bool) {
	for _, r := range n.recent {
		if at := r.offset; r.used && r.crc == f.crc && r.sequence == f.sequence && r.size == f.size && r.processor == f.processor {
			return at, true
		}
	}
	f.used = true
	n.recent[n.buffers%len(n.recent)] = f
	return 0, false
}

// add counts a buffer.
func (n *traceCounts) add(h *BufferHeader) {
	n.buffers++
	if h.Type == typeHeader {
		return
	}
	if n.numbered == 0 || h.SequenceNumber < n.low {
		n.low = h.SequenceNumber
	}
	if n.numbered == 0 || h.SequenceNumber > n.high {
		n.high = h.SequenceNumber
	}
	n.numbered++
}

// missing returns how many sequence numbers no buffer has.
func (n *traceCounts) missing() uint64 {
	if n.numbered == 0 {
		return 0
	}
	span := uint64(n.high) - uint64(n.low) // right across zero, too
	if span < n.numbered {
		return 0
	}
	if span-n.numbered == math.MaxUint64 {
		return math.MaxUint64
	}
	return span - n.numbered + 1
}
