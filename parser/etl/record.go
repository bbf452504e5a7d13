package etl

import (
	"encoding/binary"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/internal/cursor"
)

const (
	markerEvent = 0xC0 // byte 3 of every record but messages of WPP
	markerWPP   = 0x90

	// endOfRecords stands behind the last record if there is room.
	endOfRecords = 0xFFFFFFFF

	eventHeaderSize = 80
)

// Record is one record of a buffer. The fields are those of EVENT_HEADER
// (evntcons.h); the older headers have some of them. It is valid until the next
// one.
type Record struct {
	Type  RecordType
	Bytes []byte // all of it, without padding

	// Offset is that of the record in the file, or of the buffer it was
	// compressed in: then Compressed is set, and Pos is what tells records of one
	// buffer apart.
	Offset     int64
	Compressed bool
	Pos        int // in the expanded buffer

	// AfterDamage says that the record was found behind bytes that are none, or
	// in a buffer that does not expand to its end.
	AfterDamage bool

	Time     model.Opt[model.FILETIME]
	Thread   model.Opt[uint32]
	Process  model.Opt[uint32]
	Provider model.Opt[model.GUID]
	ID       model.Opt[uint16] // of SYSTEM, COMPACT and PERFINFO the hook id
	Version  model.Opt[uint16]
	Channel  model.Opt[uint8]
	Level    model.Opt[uint8]
	Opcode   model.Opt[uint8] // of the older headers the event's type
	Task     model.Opt[uint16]
	Keywords model.Opt[uint64]
	Activity model.GUID // zeros are none

	Items   Items
	Payload []byte

	// Err is what is wrong with the extended items, or with where the payload
	// begins; there is no payload then. The header holds all the same.
	Err error

	clock *clock
}

// OffsetOf returns where the byte at a position of the record stands in the file;
// of a compressed record it is the offset of its buffer.
func (r *Record) OffsetOf(pos int) int64 {
	if r.Compressed {
		return r.Offset
	}
	return r.Offset + int64(pos)
}

// PayloadOffset returns where the payload begins, as [Record.OffsetOf] does.
func (r *Record) PayloadOffset() int64 { return r.OffsetOf(len(r.Bytes) - len(r.Payload)) }

// decode fills the record from its bytes, of which formOf(r.Type).header are
// there.
func (r *Record) decode() {
	c := cursor.New(r.Bytes, r.Offset)
	switch r.Type {
	case TypeEventHeader32, TypeEventHeader64:
		r.eventHeader(&c)
	case TypeSystem32, TypeSystem64, TypeCompact32, TypeCompact64, TypePerfInfo32, TypePerfInfo64:
		r.kernelHeader(&c)
	case TypeFull32, TypeFull64, TypeInstance32, TypeInstance64:
		r.classicHeader(&c)
	default: // ERROR: no source says what is in it
		c.Skip(formOf(r.Type).header, "record")
	}
	if r.Err = c.Err(); r.Err == nil {
		r.Payload = c.Bytes(c.Len(), "payload")
	}
}

func (r *Record) at(t uint64) {
	r.Time.V, r.Time.OK = r.clock.filetime(t)
}

// eventHeader reads EVENT_HEADER, 80 bytes, and the extended items:
//
//	 0   2  Size           of the record
//	 2   1  HeaderType     0x12 or 0x13
//	 3   1  marker         0xC0
//	 4   2  Flags          1: extended items follow
//	 6   2  EventProperty
//	 8   4  ThreadId
//	12   4  ProcessId
//	16   8  TimeStamp
//	24  16  ProviderId
//	40   2  Id
//	42   1  Version
//	43   1  Channel        a number; its name is in the provider's manifest
//	44   1  Level
//	45   1  Opcode
//	46   2  Task
//	48   8  Keyword
//	56   8  ProcessorTime
//	64  16  ActivityId
//
// https://learn.microsoft.com/windows/win32/api/evntcons/ns-evntcons-event_header
func (r *Record) eventHeader(c *cursor.Cursor) {
	b := c.Bytes(eventHeaderSize, "EVENT_HEADER")
	if len(b) != eventHeaderSize {
		return
	}
	h := (*[eventHeaderSize]byte)(b) // the hot path: one check for all fields
	le := binary.LittleEndian
	r.Thread = model.Some(le.Uint32(h[8:]))
	r.Process = model.Some(le.Uint32(h[12:]))
	r.at(le.Uint64(h[16:]))
	r.Provider = model.Some(model.GUIDFromWindows([16]byte(h[24:40])))
	r.ID = model.Some(le.Uint16(h[40:]))
	r.Version = model.Some(uint16(h[42]))
	r.Channel = model.Some(h[43])
	r.Level = model.Some(h[44])
	r.Opcode = model.Some(h[45])
	r.Task = model.Some(le.Uint16(h[46:]))
	r.Keywords = model.Some(le.Uint64(h[48:]))
	r.Activity = model.GUIDFromWindows([16]byte(h[64:80]))
	if le.Uint16(h[4:])&flagExtended != 0 {
		r.Items.read(c)
	}
}

// kernelHeader reads the headers of the kernel's own records. SYSTEM has 32
// bytes, COMPACT 24; no trace at hand had a COMPACT.
//
//	 0   2  Version
//	 2   1  HeaderType
//	 3   1  marker      0xC0
//	 4   2  Size        of the record
//	 6   2  HookId      high byte group, low byte type
//	 8   4  ThreadId
//	12   4  ProcessId
//	16   8  SystemTime
//	24   8  KernelTime, UserTime; SYSTEM only
//
// PERFINFO has 16 bytes, the same up to HookId and SystemTime at 8.
func (r *Record) kernelHeader(c *cursor.Cursor) {
	r.Version = model.Some(c.U16("Version"))
	c.Skip(4, "Size")
	hook := c.U16("HookId")
	r.ID, r.Opcode = model.Some(hook), model.Some(uint8(hook))
	if r.Type != TypePerfInfo32 && r.Type != TypePerfInfo64 {
		r.Thread = model.Some(c.U32("ThreadId"))
		r.Process = model.Some(c.U32("ProcessId"))
	}
	r.at(c.U64("SystemTime"))
	if r.Type == TypeSystem32 || r.Type == TypeSystem64 {
		c.Skip(8, "KernelTime, UserTime")
	}
}

// classicHeader reads EVENT_TRACE_HEADER (evntrace.h), 48 bytes:
//
//	 0   2  Size        of the record
//	 2   1  HeaderType
//	 3   1  marker      0xC0
//	 4   1  Class.Type  which event of the provider
//	 5   1  Class.Level
//	 6   2  Class.Version
//	 8   4  ThreadId
//	12   4  ProcessId
//	16   8  TimeStamp
//	24  16  Guid        of the provider's class of events
//	40   8  KernelTime, UserTime, or cycles of the processor
//
// What an INSTANCE has more, no trace at hand showed; it is left in the payload.
//
// https://learn.microsoft.com/windows/win32/api/evntrace/ns-evntrace-event_trace_header
func (r *Record) classicHeader(c *cursor.Cursor) {
	c.Skip(4, "Size")
	r.Opcode = model.Some(c.U8("Class.Type"))
	r.Level = model.Some(c.U8("Class.Level"))
	r.Version = model.Some(c.U16("Class.Version"))
	r.Thread = model.Some(c.U32("ThreadId"))
	r.Process = model.Some(c.U32("ProcessId"))
	r.at(c.U64("TimeStamp"))
	r.Provider = model.Some(model.GUIDFromWindows(c.Array16("Guid")))
	c.Skip(8, "KernelTime, UserTime")
}
