package etl

import "github.com/qmparse/qmparse/parser/internal/cursor"

const (
	// bufferHeaderSize is the size of WMI_BUFFER_HEADER; records follow it.
	bufferHeaderSize = 0x48

	typeHeader    = 4 // of the buffer that describes the trace
	maxBufferType = 8 // that is known
)

// BufferFlags are the flags of a buffer.
type BufferFlags uint16

// The flags, by what they are known to say.
const (
	FlagFlushMarker    BufferFlags = 0x01
	FlagEventsLost     BufferFlags = 0x02 // the system lost events while the buffer was filled
	FlagBufferLost     BufferFlags = 0x04 // the system lost a buffer
	FlagBackupCorrupt  BufferFlags = 0x08 // of a real-time session's copy on disk
	FlagRealTimeBackup BufferFlags = 0x10
	FlagProcessorIndex BufferFlags = 0x20 // the processor has 11 bits
	FlagCompressed     BufferFlags = 0x40

	knownFlags BufferFlags = 0x7F
)

// BufferHeader is WMI_BUFFER_HEADER, 72 bytes:
//
//	0x00   4  BufferSize      as it stands in the file: where the next buffer begins
//	0x04   4  SavedOffset     may be wrong in either direction, not used
//	0x08   4  CurrentOffset   likewise
//	0x0C   4  ReferenceCount
//	0x10   8  TimeStamp       0, or of another clock than the records; not used
//	0x18   8  SequenceNumber  restores the order of a circular log
//	0x20   8  leftover of memory
//	0x28   2  processor       8 bits and alignment, or with flag 0x20 11 bits
//	0x2A   2  logger id       of the session
//	0x2C   4  state
//	0x30   4  filled          where the records end, counted in the expanded buffer
//	0x34   2  flags
//	0x36   2  type            4: of the buffer that describes the trace
//	0x38  16  leftover of memory
type BufferHeader struct {
	BufferSize     uint32
	SequenceNumber int64
	Processor      uint16
	LoggerID       uint16
	State          uint32
	Filled         uint32
	Flags          BufferFlags
	Type           uint16
}

// readBufferHeader reads a header, whatever it says.
func readBufferHeader(c *cursor.Cursor) (h BufferHeader) {
	h.BufferSize = c.U32("BufferSize")
	c.Skip(20, "buffer header")
	h.SequenceNumber = int64(c.U64("SequenceNumber"))
	c.Skip(8, "buffer header")
	h.Processor = c.U16("processor")
	h.LoggerID = c.U16("logger id")
	h.State = c.U32("buffer state")
	h.Filled = c.U32("filled")
	h.Flags = BufferFlags(c.U16("buffer flags"))
	h.Type = c.U16("buffer type")
	c.Skip(16, "buffer header")
	if h.Flags&FlagProcessorIndex != 0 {
		h.Processor &= 0x7FF
	} else {
		h.Processor &= 0xFF
	}
	return h
}

// Compressed says that the records are compressed.
func (h *BufferHeader) Compressed() bool { return h.Flags&FlagCompressed != 0 }
