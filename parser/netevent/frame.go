package netevent

import (
	"fmt"
	"iter"

	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// Dump is what holds for the events of a frame. It does not change.
type Dump struct {
	Offset int64 // of the file header
	Header Header
	Meta   Meta // of the last META before; none yet if all is unknown

	layout *Layout
}

// Frame is a run of events that can be decoded without any other: EVENTs with
// memory of their own, or a part of ROOTS with the segments that they are in.
type Frame struct {
	Dump *Dump

	size int // bytes of the file that are passed with it

	events []eventRef
	data   []byte // payloads of events

	roots    []rootRef
	segments *Segments
}

// eventRef is an EVENT in a frame.
type eventRef struct {
	offset     int64
	sequence   uint64
	start, end int32 // of the payload in data
}

// rootRef is an entry of ROOTS that resolves.
type rootRef struct {
	address, sequence uint64
}

// What a frame has at most, unless it is one event alone.
const (
	frameBytes = 64 << 10
	frameRoots = 512
)

// Bytes returns how many bytes of the file the frame stands for.
func (f *Frame) Bytes() int { return f.size }

// Records yields the events in the order of the file. An error is about an EVENT
// that cannot hold an event; the record then has its Offset and Sequence alone.
func (f *Frame) Records() iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		l := f.Dump.layout
		size := l.Size()
		var rec Record
		var own [1]run
		for _, e := range f.events {
			payload := f.data[e.start:e.end:e.end]
			rec = Record{Offset: e.offset, Sequence: e.sequence, Address: eventAt, layout: l}
			if len(payload) < eventAt+size {
				if !yield(&rec, &cursor.Error{Offset: e.offset + BlockHeaderSize, Field: "EVENT", Err: cursor.ErrTruncated,
					Detail: fmt.Sprintf("%d bytes cannot hold FWPM_NET_EVENT%d at %d, which has %d", len(payload), l.version, eventAt, size)}) {
					return
				}
				continue
			}
			own[0] = run{base: eventAt, data: payload[eventAt:], offset: e.offset + BlockHeaderSize + eventAt}
			rec.payload = payload
			rec.event = image(payload[eventAt : eventAt+size])
			rec.memory.runs = own[:]
			rec.nullArea = [eventAt]byte(payload) != [eventAt]byte{}
			if !yield(&rec, nil) {
				return
			}
		}
		for _, r := range f.roots {
			c, ok := f.segments.at(r.address, size)
			if !ok {
				continue // it did when the frame was made
			}
			rec = Record{Offset: c.Offset(), Sequence: r.sequence, Address: r.address, layout: l, memory: *f.segments}
			rec.event = image(c.Bytes(size, "FWPM_NET_EVENT"))
			if !yield(&rec, nil) {
				return
			}
		}
	}
}
