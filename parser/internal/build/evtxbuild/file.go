package evtxbuild

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"time"
)

// File header flags.
const (
	FlagDirty = 1
	FlagFull  = 2
	FlagNoCRC = 4 // the file header's CRC is not kept
)

const (
	fileHeaderSize  = 128
	fileHeaderBlock = 4096
	chunkSize       = 65536
	chunkHeaderSize = 512
)

// defaultStart is 2024-03-05T08:00:00Z; records follow each other by
// defaultStep, 1.5 s.
var defaultStart = Ticks(time.Date(2024, 3, 5, 8, 0, 0, 0, time.UTC))

const defaultStep = 15_000_000

// Ticks is the FILETIME of t.
func Ticks(t time.Time) uint64 {
	const unixEpoch = 11_644_473_600 // seconds from 1601 to 1970
	return uint64(t.Unix()+unixEpoch)*10_000_000 + uint64(t.Nanosecond()/100)
}

// Options of a log. The zero Options give version 3.1, clean, records from 1.
type Options struct {
	Minor uint16 // format version 3.Minor: 1 (default) or 2
	Flags uint32 // file header flags

	FirstRecordID     uint64 // identifier of the first record; default 1
	FirstRecordNumber uint64 // its number, which only chunk headers have; default 1

	Start uint64 // FILETIME of the first record; default 2024-03-05T08:00:00Z
	Step  uint64 // ticks from one record to the next; default 1.5 s

	Computer string // default of Event.Computer
	Channel  string // default of Event.Channel

	// Residue keeps in each chunk what was in the buffer before, as Windows
	// does: the preceding chunk's bytes show in padding and in slack.
	Residue bool

	// Over is an older log this one is written over, chunk by chunk: its
	// records are in slack behind the new ones, its templates partly gone.
	Over []byte

	// Chunks is the number of chunks the file has room for: those not used
	// are zeros, as in a live log.
	Chunks int
}

// File is a log being written.
type File struct {
	opt    Options
	chunks []*chunk
	nextID uint64
	number uint64
	clock  uint64
	err    error
}

// New starts a log.
func New(opt Options) *File {
	if opt.Minor == 0 {
		opt.Minor = 1
	}
	if opt.FirstRecordID == 0 {
		opt.FirstRecordID = 1
	}
	if opt.FirstRecordNumber == 0 {
		opt.FirstRecordNumber = 1
	}
	if opt.Start == 0 {
		opt.Start = defaultStart
	}
	if opt.Step == 0 {
		opt.Step = defaultStep
	}
	if opt.Computer == "" {
		opt.Computer = "qm-lab-01.example.net"
	}
	if opt.Channel == "" {
		opt.Channel = "Security"
	}
	return &File{opt: opt, nextID: opt.FirstRecordID, number: opt.FirstRecordNumber, clock: opt.Start}
}

// Err is the first thing that could not be written.
func (f *File) Err() error { return f.err }

func (f *File) fail(err error) {
	if f.err == nil {
		f.err = err
	}
}

// NewChunk ends the current chunk: the next record begins another.
func (f *File) NewChunk() {
	c := &chunk{names: map[string]uint32{}, templates: map[templateKey]uint32{}, pos: chunkHeaderSize}
	i := len(f.chunks)
	if at := fileHeaderBlock + i*chunkSize; at+chunkSize <= len(f.opt.Over) {
		copy(c.buf[:], f.opt.Over[at:])
	} else if f.opt.Residue && i > 0 {
		c.buf = f.chunks[i-1].buf
	}
	f.chunks = append(f.chunks, c)
}

// Record is a record of any content.
//
//	 0  4  2a 2a 00 00
//	 4  4  size, a multiple of 8
//	 8  8  identifier
//	16  8  FILETIME it was written
//	24     BinXML, then 0 to 7 bytes of whatever was in the buffer
//	    4  size again
type Record struct {
	ID      uint64 // default: the next
	Written uint64 // FILETIME; default: the log's clock
	Body    []Node // the whole BinXML, see Document
}

const (
	recordHeaderSize = 24
	recordSizeCopy   = 4
)

// Record appends a record, to a new chunk if it does not fit in this one.
func (f *File) Record(r Record) {
	if f.err != nil {
		return
	}
	if r.ID == 0 {
		r.ID = f.nextID
	}
	if r.Written == 0 {
		r.Written = f.clock
	}
	if len(f.chunks) == 0 {
		f.NewChunk()
	}
	fits, err := f.chunks[len(f.chunks)-1].append(r, f.number)
	if err == nil && !fits {
		f.NewChunk()
		fits, err = f.chunks[len(f.chunks)-1].append(r, f.number)
	}
	if err == nil && !fits {
		err = fmt.Errorf("evtxbuild: record %d does not fit in a chunk", r.ID)
	}
	if err != nil {
		f.fail(err)
		return
	}
	f.nextID = r.ID + 1
	f.number++
	f.clock += f.opt.Step
}

// Header is the file header as the log has it now.
func (f *File) Header() FileHeader {
	n := max(len(f.chunks), 1)
	return FileHeader{
		Last: uint64(n - 1), NextRecordID: f.nextID,
		Minor: f.opt.Minor, Major: 3, Chunks: uint16(n), Flags: f.opt.Flags,
	}
}

// Bytes is the finished log, nil if there was an error.
func (f *File) Bytes() []byte {
	if im := f.Image(); im != nil {
		return im.Bytes
	}
	return nil
}

// Image is the finished log and the places of its parts, nil if there was an
// error. The log can go on growing: earlier images do not change.
func (f *File) Image() *Image {
	if f.err != nil {
		return nil
	}
	chunks := f.chunks
	if len(chunks) == 0 {
		chunks = []*chunk{{pos: chunkHeaderSize}}
	}
	n := max(len(chunks), f.opt.Chunks)
	im := &Image{Bytes: make([]byte, fileHeaderBlock+n*chunkSize)}
	im.SetHeader(f.Header())
	for i, c := range chunks {
		at := fileHeaderBlock + i*chunkSize
		c.writeHeader()
		copy(im.Bytes[at:], c.buf[:])
		im.Chunks = append(im.Chunks, at)
		for _, r := range c.records {
			r.Chunk = i
			r.Offset += at
			im.Records = append(im.Records, r)
		}
		for _, d := range c.definitions {
			im.Definitions = append(im.Definitions, DefinitionAt{Chunk: i, Offset: at + int(d.offset), GUID: d.key.guid})
		}
	}
	return im
}

// FileHeader is the first 128 bytes of a log. Little-endian:
//
//	  0  8  "ElfFile\0"
//	  8  8  First: number of the oldest chunk
//	 16  8  Last: number of the chunk being written
//	 24  8  NextRecordID
//	 32  4  128
//	 36  2  Minor
//	 38  2  Major
//	 40  2  4096
//	 42  2  Chunks
//	 44 76  0
//	120  4  Flags
//	124  4  CRC-32 of bytes 0 to 119
type FileHeader struct {
	First, Last, NextRecordID uint64
	Minor, Major, Chunks      uint16
	Flags                     uint32
}

func (h FileHeader) encode() []byte {
	b := make([]byte, fileHeaderSize)
	copy(b, "ElfFile\x00")
	binary.LittleEndian.PutUint64(b[8:], h.First)
	binary.LittleEndian.PutUint64(b[16:], h.Last)
	binary.LittleEndian.PutUint64(b[24:], h.NextRecordID)
	binary.LittleEndian.PutUint32(b[32:], fileHeaderSize)
	binary.LittleEndian.PutUint16(b[36:], h.Minor)
	binary.LittleEndian.PutUint16(b[38:], h.Major)
	binary.LittleEndian.PutUint16(b[40:], fileHeaderBlock)
	binary.LittleEndian.PutUint16(b[42:], h.Chunks)
	binary.LittleEndian.PutUint32(b[120:], h.Flags)
	binary.LittleEndian.PutUint32(b[124:], crc32.ChecksumIEEE(b[:120]))
	return b
}
