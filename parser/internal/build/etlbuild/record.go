package etlbuild

import (
	"encoding/binary"

	"github.com/qmparse/qmparse/model"
)

// The header types, byte 2 of a record. Those with two numbers are of 32 and 64
// bit.
const (
	typeSystem   = 0x01 // and 0x02
	typeCompact  = 0x03 // and 0x04
	typeFull32   = 0x0A
	typeInstance = 0x0B
	typeError    = 0x0D
	typePerfInfo = 0x10 // and 0x11
	typeEvent    = 0x12 // and 0x13
	typeFull64   = 0x14
	typeInst64   = 0x15
)

// Byte 3 of a record.
const (
	markerTrace   = 0xC0
	markerMessage = 0x90
)

// Record is a record of any type: [System], [Compact], [PerfInfo], [Full],
// [Instance], [ErrorRecord], [Event], [Message], [Raw].
type Record interface {
	// stamp is the record's, nil if it has none.
	stamp() *Stamp
	// encode is the record without padding.
	encode(s *Stamp) []byte
}

// Stamp is when a record was written, by whom.
type Stamp struct {
	Process, Thread uint32

	// Time is that of the record; 0 is the trace's own, which goes on by
	// Options.Step from record to record.
	Time model.FILETIME

	// Ticks is the clock value of Time; if given it goes before Time.
	Ticks uint64

	// Bits of the header, 32 or 64; 0: those of the trace.
	Bits int
}

// kind is the header type for the stamp's bits.
func (s *Stamp) kind(of32, of64 byte) byte {
	if s.Bits == 32 {
		return of32
	}
	return of64
}

// identity is thread, process, time: bytes 8 to 23 of most headers.
func (s *Stamp) identity(p Payload) Payload { return p.U32(s.Thread).U32(s.Process).U64(s.Ticks) }

// sized puts the record's size at its place.
func sized(p Payload, at int) []byte {
	binary.LittleEndian.PutUint16(p[at:], uint16(len(p)))
	return p
}

const systemVersion = 2

// System is SYSTEM_TRACE_HEADER, of types 1 and 2, 32 bytes:
//
//	 0  2  version, 2
//	 4  2  size
//	 6  2  Hook
//	 8  4  thread
//	12  4  process
//	16  8  time
//	24  4  KernelTime
//	28  4  UserTime
type System struct {
	Stamp
	Hook                 uint16
	KernelTime, UserTime uint32
	Payload              []byte
}

func (r System) stamp() *Stamp { return &r.Stamp }

func (r System) encode(s *Stamp) []byte {
	p := Payload(nil).U16(systemVersion).U8(s.kind(typeSystem, typeSystem+1)).U8(markerTrace).U16(0).U16(r.Hook)
	return sized(s.identity(p).U32(r.KernelTime).U32(r.UserTime).Raw(r.Payload), 4)
}

// Compact is System without the processor times, of types 3 and 4, 24 bytes.
type Compact struct {
	Stamp
	Hook    uint16
	Payload []byte
}

func (r Compact) stamp() *Stamp { return &r.Stamp }

func (r Compact) encode(s *Stamp) []byte {
	p := Payload(nil).U16(systemVersion).U8(s.kind(typeCompact, typeCompact+1)).U8(markerTrace).U16(0).U16(r.Hook)
	return sized(s.identity(p).Raw(r.Payload), 4)
}

// PerfInfo is PERFINFO_TRACE_HEADER, of types 0x10 and 0x11, 16 bytes: as System
// to Hook, then the time. Process and thread are not kept.
type PerfInfo struct {
	Stamp
	Hook    uint16
	Payload []byte
}

func (r PerfInfo) stamp() *Stamp { return &r.Stamp }

func (r PerfInfo) encode(s *Stamp) []byte {
	p := Payload(nil).U16(systemVersion).U8(s.kind(typePerfInfo, typePerfInfo+1)).U8(markerTrace).U16(0).U16(r.Hook)
	return sized(p.U64(s.Ticks).Raw(r.Payload), 4)
}

// Full is EVENT_TRACE_HEADER, of types 0x0A and 0x14, 48 bytes:
//
//	 0  2  size
//	 4  1  Opcode
//	 5  1  Level
//	 6  2  Version
//	 8  4  thread
//	12  4  process
//	16  8  time
//	24 16  Class
//	40  4  KernelTime
//	44  4  UserTime
type Full struct {
	Stamp
	Opcode, Level        uint8
	Version              uint16
	Class                model.GUID
	KernelTime, UserTime uint32
	Payload              []byte
}

func (r Full) stamp() *Stamp { return &r.Stamp }

func (r Full) encode(s *Stamp) []byte {
	return sized(r.header(s, typeFull32, typeFull64).Raw(r.Payload), 0)
}

func (r Full) header(s *Stamp, of32, of64 byte) Payload {
	p := Payload(nil).U16(0).U8(s.kind(of32, of64)).U8(markerTrace).U8(r.Opcode).U8(r.Level).U16(r.Version)
	return s.identity(p).GUID(r.Class).U32(r.KernelTime).U32(r.UserTime)
}

// Instance is EVENT_INSTANCE_GUID_HEADER, of types 0x0B and 0x15, 72 bytes: Full,
// then the instance, that of its parent and the parent's class. No trace with
// one was seen.
type Instance struct {
	Full
	Instance, ParentInstance uint32
	ParentClass              model.GUID
}

func (r Instance) encode(s *Stamp) []byte {
	p := r.header(s, typeInstance, typeInst64).U32(r.Instance).U32(r.ParentInstance).GUID(r.ParentClass)
	return sized(p.Raw(r.Payload), 0)
}

// ErrorRecord has type 0x0D. Of it only size, type and marker are known.
type ErrorRecord struct{ Payload []byte }

func (r ErrorRecord) stamp() *Stamp { return nil }

func (r ErrorRecord) encode(*Stamp) []byte {
	return sized(Payload(nil).U16(0).U8(typeError).U8(markerTrace).Raw(r.Payload), 0)
}

// Options of a Message: which parts stand between header and payload, in this
// order but for the GUID, which is before the time.
const (
	MessageSequence   = 0x01 // 4 bytes
	MessageGUID       = 0x02 // 16
	MessageComponent  = 0x04 // 4, in place of the GUID
	MessageTimestamp  = 0x08 // 8
	MessagePerfTime   = 0x10 // the time is that of the performance counter
	MessageSystemInfo = 0x20 // thread and process, 8
)

// Message is MESSAGE_TRACE_HEADER of a WPP message, 8 bytes and the parts that
// Options names:
//
//	0  2  size
//	3  1  0x90
//	4  2  Number
//	6  2  Options
type Message struct {
	Stamp
	Number, Options     uint16
	Sequence, Component uint32
	GUID                model.GUID
	Payload             []byte
}

func (r Message) stamp() *Stamp { return &r.Stamp }

func (r Message) encode(s *Stamp) []byte {
	p := Payload(nil).U16(0).U8(0).U8(markerMessage).U16(r.Number).U16(r.Options)
	if r.Options&MessageSequence != 0 {
		p = p.U32(r.Sequence)
	}
	switch {
	case r.Options&MessageGUID != 0:
		p = p.GUID(r.GUID)
	case r.Options&MessageComponent != 0:
		p = p.U32(r.Component)
	}
	if r.Options&MessageTimestamp != 0 {
		p = p.U64(s.Ticks)
	}
	if r.Options&MessageSystemInfo != 0 {
		p = p.U32(s.Thread).U32(s.Process)
	}
	return sized(p.Raw(r.Payload), 0)
}

// Raw is a record of any bytes.
type Raw []byte

func (r Raw) stamp() *Stamp        { return nil }
func (r Raw) encode(*Stamp) []byte { return r }
