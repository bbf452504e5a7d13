package etlbuild

import (
	"encoding/binary"

	"github.com/qmparse/qmparse/model"
)

// Image is a finished trace and the places of its parts. Its methods damage it;
// places are those as written and do not follow the damage.
type Image struct {
	Bytes   []byte
	Buffers []BufferAt
	Records []RecordAt // in file order, the two of the header buffer among them
}

// BufferAt is where a buffer stands.
type BufferAt struct {
	Offset int
	Header BufferHeader
}

// RecordAt is where a record stands and what is in it.
type RecordAt struct {
	Buffer int // index in Image.Buffers
	Offset int // in the file; -1 in a compressed buffer
	Inner  int // from the buffer's start, without compression
	Size   int // without padding

	Time  model.FILETIME // of the clock value; 0 if the record has none
	Ticks uint64         // the clock value

	Record Record // as it was added
}

// Put overwrites bytes.
func (im *Image) Put(offset int, b ...byte) { copy(im.Bytes[offset:], b) }

// PutUint16 and PutUint32 overwrite a little-endian number.
func (im *Image) PutUint16(offset int, v uint16) {
	binary.LittleEndian.PutUint16(im.Bytes[offset:], v)
}
func (im *Image) PutUint32(offset int, v uint32) {
	binary.LittleEndian.PutUint32(im.Bytes[offset:], v)
}

// SetSize changes the size in a record's header, where its type has it. The
// record must not be in a compressed buffer.
func (im *Image) SetSize(record int, size uint16) {
	at := im.Records[record].Offset
	switch im.Records[record].Record.(type) {
	case System, Compact, PerfInfo:
		at += 4
	}
	im.PutUint16(at, size)
}

// Cut keeps the first n bytes.
func (im *Image) Cut(n int) { im.Bytes = im.Bytes[:min(n, len(im.Bytes))] }
