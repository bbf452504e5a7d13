package netevent

import "github.com/qmparse/qmparse/model"

// Record is one event in a frame: its FWPM_NET_EVENTn, which is there in full,
// and the memory that its pointers lead to.
type Record struct {
	Offset   int64  // in the file: of an EVENT, or of the structure in a SEGMENT
	Sequence uint64 // of the EVENT or ROOTS
	Address  uint64 // of the structure; 16 in an EVENT

	layout   *Layout
	event    image
	memory   Segments
	payload  []byte // of an EVENT
	nullArea bool   // the bytes before the event in an EVENT are not 0
}

// Type returns the type of the event, the one thing that is known of all of
// them.
func (r *Record) Type() model.NetEventType { return model.NetEventType(r.event.u32(r.layout.typ)) }

// TimeStamp returns the time in the event's header; 0 occurs.
func (r *Record) TimeStamp() model.FILETIME { return timeStamp(r.event, r.layout) }

// Bytes returns the payload of an EVENT; of a memory image the FWPM_NET_EVENTn
// alone.
func (r *Record) Bytes() []byte {
	if r.payload != nil {
		return r.payload
	}
	return r.event
}
