package etlbuild

import "encoding/binary"

// Flags of a buffer.
const (
	FlagFlushMarker     = 0x01
	FlagEventsLost      = 0x02
	FlagBufferLost      = 0x04
	FlagRTBackupCorrupt = 0x08
	FlagRTBackup        = 0x10
	FlagProcessorIndex  = 0x20 // Processor is 16 bits, not 8 and an alignment
	FlagCompressed      = 0x40
)

// Types of buffers that a file may hold.
const (
	TypeGeneric = 0
	TypeHeader  = 4
)

const bufferHeaderSize = 0x48

// BufferHeader is WMI_BUFFER_HEADER, 0x48 bytes:
//
//	0x00  4  BufferSize
//	0x04  4  SavedOffset
//	0x08  4  CurrentOffset
//	0x0C  4  ReferenceCount
//	0x10  8  TimeStamp
//	0x18  8  SequenceNumber
//	0x20  8  Leftover, once clock type and frequency
//	0x28  2  Processor
//	0x2A  2  Logger
//	0x2C  4  State
//	0x30  4  Filled, in the size the buffer has without compression
//	0x34  2  Flags
//	0x36  2  Type
//	0x38 16  Tail, pointers of the kernel
type BufferHeader struct {
	BufferSize, SavedOffset, CurrentOffset, ReferenceCount uint32
	TimeStamp, SequenceNumber                              int64
	Leftover                                               uint64
	Processor, Logger                                      uint16
	State, Filled                                          uint32
	Flags, Type                                            uint16
	Tail                                                   [16]byte
}

func (h *BufferHeader) encode() []byte {
	le := binary.LittleEndian
	b := make([]byte, 0, bufferHeaderSize)
	for _, v := range []uint32{h.BufferSize, h.SavedOffset, h.CurrentOffset, h.ReferenceCount} {
		b = le.AppendUint32(b, v)
	}
	b = le.AppendUint64(b, uint64(h.TimeStamp))
	b = le.AppendUint64(b, uint64(h.SequenceNumber))
	b = le.AppendUint64(b, h.Leftover)
	b = le.AppendUint16(b, h.Processor)
	b = le.AppendUint16(b, h.Logger)
	b = le.AppendUint32(b, h.State)
	b = le.AppendUint32(b, h.Filled)
	b = le.AppendUint16(b, h.Flags)
	b = le.AppendUint16(b, h.Type)
	return append(b, h.Tail[:]...)
}
