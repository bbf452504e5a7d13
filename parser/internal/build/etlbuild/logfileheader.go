package etlbuild

import (
	"encoding/binary"

	"github.com/qmparse/qmparse/model"
)

// LogfileHeader is TRACE_LOGFILE_HEADER, the payload of a trace's first record.
// The pointers mean nothing in a file; new Windows keeps other numbers there.
//
//	x64    x86
//	0x000  0x000    4  BufferSize
//	0x004  0x004    4  Version
//	0x008  0x008    4  Build
//	0x00C  0x00C    4  Processors
//	0x010  0x010    8  EndTime
//	0x018  0x018    4  TimerResolution
//	0x01C  0x01C    4  MaximumFileSize
//	0x020  0x020    4  Mode
//	0x024  0x024    4  BuffersWritten
//	0x028  0x028    4  StartBuffers
//	0x02C  0x02C    4  PointerSize
//	0x030  0x030    4  EventsLost
//	0x034  0x034    4  MHz
//	0x038  0x038  8/4  LoggerName
//	0x040  0x03C  8/4  LogFileName
//	0x048  0x040  172  TimeZone
//	0x0F8  0x0F0    8  BootTime
//	0x100  0x0F8    8  PerfFreq
//	0x108  0x100    8  StartTime
//	0x110  0x108    4  Clock
//	0x114  0x10C    4  BuffersLost
//	0x118  0x110       Session, File: UTF-16 with NUL
type LogfileHeader struct {
	BufferSize, Version, Build, Processors uint32
	EndTime                                model.FILETIME
	TimerResolution, MaximumFileSize       uint32
	Mode, BuffersWritten, StartBuffers     uint32
	PointerSize, EventsLost, MHz           uint32
	LoggerName, LogFileName                uint64
	TimeZone                               [172]byte
	BootTime                               model.FILETIME
	PerfFreq                               uint64
	StartTime                              model.FILETIME
	Clock                                  Clock
	BuffersLost                            uint32
	Session, File                          string
}

// encode lays the header out for pointers of 4 or 8 bytes, whatever its field
// PointerSize says.
func (h *LogfileHeader) encode(pointer int) []byte {
	le := binary.LittleEndian
	p := Payload(nil).U32(h.BufferSize).U32(h.Version).U32(h.Build).U32(h.Processors).U64(uint64(h.EndTime))
	for _, v := range []uint32{h.TimerResolution, h.MaximumFileSize, h.Mode, h.BuffersWritten, h.StartBuffers, h.PointerSize, h.EventsLost, h.MHz} {
		p = p.U32(v)
	}
	for _, v := range []uint64{h.LoggerName, h.LogFileName} {
		p = append(p, le.AppendUint64(nil, v)[:pointer]...)
	}
	p = p.Raw(h.TimeZone[:])
	p = p.Raw(make([]byte, -len(p)&7)) // BootTime is aligned to 8
	p = p.U64(uint64(h.BootTime)).U64(h.PerfFreq).U64(uint64(h.StartTime)).U32(uint32(h.Clock)).U32(h.BuffersLost)
	return p.Text(h.Session).Text(h.File)
}

// TimeZone is TIME_ZONE_INFORMATION. Biases are in minutes, times in the form of
// SYSTEMTIME, names of 31 UTF-16 units at most.
func TimeZone(bias int32, standard string, from [8]uint16, daylight string, until [8]uint16, daylightBias int32) (zone [172]byte) {
	name := func(text string) []byte {
		var b [64]byte
		copy(b[:62], Payload(nil).Text(text))
		return b[:]
	}
	p := Payload(nil).U32(uint32(bias)).Raw(name(standard)).SystemTime(from).U32(0)
	p = p.Raw(name(daylight)).SystemTime(until).U32(uint32(daylightBias))
	copy(zone[:], p)
	return zone
}
