package etl

import (
	"fmt"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/binxml"
	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// TraceHeader is TRACE_LOGFILE_HEADER (evntrace.h), the payload of the first
// record of a trace. For 8-byte pointers and for 4-byte ones, of which no real
// trace was at hand:
//
//	0x000  0x000    4  BufferSize       of the session, bytes
//	0x004  0x004    4  Version          of Windows: major, minor, two more bytes
//	0x008  0x008    4  ProviderVersion  build of Windows
//	0x00C  0x00C    4  NumberOfProcessors
//	0x010  0x010    8  EndTime          FILETIME; 0 while the trace runs
//	0x018  0x018    4  TimerResolution  100 ns
//	0x01C  0x01C    4  MaximumFileSize  MiB
//	0x020  0x020    4  LogFileMode      EVENT_TRACE_*_MODE
//	0x024  0x024    4  BuffersWritten   stale while the trace runs
//	0x028  0x028    4  StartBuffers
//	0x02C  0x02C    4  PointerSize      8 or 4
//	0x030  0x030    4  EventsLost
//	0x034  0x034    4  CpuSpeedInMHz
//	0x038  0x038       LoggerName, LogFileName: pointers, dead
//	0x048  0x040  172  TimeZone         TIME_ZONE_INFORMATION, not used: times are UTC
//	0x0F8  0x0F0    8  BootTime         FILETIME
//	0x100  0x0F8    8  PerfFreq         ticks of the performance counter a second
//	0x108  0x100    8  StartTime        FILETIME
//	0x110  0x108    4  clock            1 performance counter, 2 system time, 3 CPU cycles
//	0x114  0x10C    4  BuffersLost
//	0x118  0x110       session name, file name: UTF-16 with NUL
//
// https://learn.microsoft.com/windows/win32/api/evntrace/ns-evntrace-trace_logfile_header
type TraceHeader struct {
	BufferSize      uint32
	MajorVersion    uint8
	MinorVersion    uint8
	Build           uint32
	Processors      uint32
	EndTime         model.FILETIME
	TimerResolution uint32
	MaximumFileSize uint32
	LogFileMode     uint32
	BuffersWritten  uint32
	StartBuffers    uint32
	PointerSize     uint32
	EventsLost      uint32
	CPUMHz          uint32
	BootTime        model.FILETIME
	PerfFreq        uint64
	StartTime       model.FILETIME
	ClockType       ClockType
	BuffersLost     uint32
	SessionName     model.Opt[string] // unknown if it does not end
	LogFileName     model.Opt[string]
}

// LogFileMode bits that say how a log was written (evntrace.h).
const (
	ModeSequential  = 0x00000001 // EVENT_TRACE_FILE_MODE_SEQUENTIAL
	ModeCircular    = 0x00000002 // EVENT_TRACE_FILE_MODE_CIRCULAR
	ModePreallocate = 0x00000020 // EVENT_TRACE_FILE_MODE_PREALLOCATE
	ModeRealTime    = 0x00000100 // EVENT_TRACE_REAL_TIME_MODE
)

const timeZoneSize = 172

// readTraceHeader reads the payload of a trace's first record. odd is what is
// wrong with one that can be used all the same: a size of pointers that is none,
// if the form for one of the two makes sense and the other does not.
func readTraceHeader(c *cursor.Cursor) (h TraceHeader, odd error) {
	h.BufferSize = c.U32("trace header BufferSize")
	h.MajorVersion = c.U8("trace header version")
	h.MinorVersion = c.U8("trace header version")
	c.Skip(2, "trace header version")
	h.Build = c.U32("build")
	h.Processors = c.U32("NumberOfProcessors")
	h.EndTime = model.FILETIME(c.U64("EndTime"))
	h.TimerResolution = c.U32("TimerResolution")
	h.MaximumFileSize = c.U32("MaximumFileSize")
	h.LogFileMode = c.U32("LogFileMode")
	h.BuffersWritten = c.U32("BuffersWritten")
	h.StartBuffers = c.U32("StartBuffers")
	pointerSize := *c
	h.PointerSize = c.U32("PointerSize")
	h.EventsLost = c.U32("EventsLost")
	h.CPUMHz = c.U32("CpuSpeedInMHz")
	if c.Err() != nil {
		return h, nil
	}
	if h.PointerSize != 8 && h.PointerSize != 4 {
		pointerSize.Fail(cursor.ErrUnsupported, "PointerSize", "%d", h.PointerSize)
		wide, narrow, at := h, h, *c
		wide.readRest(&at, 8)
		at = *c
		narrow.readRest(&at, 4)
		switch {
		case wide.plausible() && !narrow.plausible():
			h.PointerSize = 8
		case narrow.plausible() && !wide.plausible():
			h.PointerSize = 4
		default:
			c.Adopt(&pointerSize)
			return h, nil
		}
	}
	h.readRest(c, int(h.PointerSize))
	return h, pointerSize.Err()
}

// readRest reads from the pointers on, which have that size.
func (h *TraceHeader) readRest(c *cursor.Cursor, pointerSize int) {
	c.Skip(2*pointerSize, "LoggerName, LogFileName")
	// Both forms end the time zone 4 bytes before a multiple of 8.
	c.Skip(timeZoneSize+4, "TimeZone")
	h.BootTime = model.FILETIME(c.U64("BootTime"))
	h.PerfFreq = c.U64("PerfFreq")
	h.StartTime = model.FILETIME(c.U64("StartTime"))
	h.ClockType = ClockType(c.U32("clock type"))
	h.BuffersLost = c.U32("BuffersLost")
	if c.Err() == nil {
		names := *c
		h.SessionName = readName(&names)
		h.LogFileName = readName(&names)
	}
}

// readName reads a text that ends with NUL.
func readName(c *cursor.Cursor) (name model.Opt[string]) {
	start := *c
	for n := 0; n <= maxName && c.Len() >= 2; n += 2 {
		if c.U16("name") == 0 {
			return model.Some(string(binxml.AppendUTF8(nil, start.Bytes(n, "name"))))
		}
	}
	c.Fail(cursor.ErrTruncated, "name", "does not end")
	return name
}

// Windows returns the version of Windows, "10.0.22631".
func (h *TraceHeader) Windows() string {
	return fmt.Sprintf("%d.%d.%d", h.MajorVersion, h.MinorVersion, h.Build)
}
