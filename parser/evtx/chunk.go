package evtx

import (
	"hash/crc32"

	"github.com/qmparse/qmparse/parser/internal/cursor"
)

const (
	// ChunkSize is the size of every chunk.
	ChunkSize = 64 << 10

	chunkHeaderSize = 512
	chunkSignature  = "ElfChnk\x00"
)

// Chunk is one chunk of a file.
type Chunk struct {
	Offset int64 // in the file
	Header ChunkHeader
	Data   []byte // all of it, 64 KiB unless the file ends within

	// Carved says that the chunk was found among other bytes, see [Carve]: its
	// records are carved, not live.
	Carved bool

	// Compressed says that Data are what the bytes at Offset expand to: there are
	// the records of the chunk, too.
	Compressed bool

	limit     int   // of a carved one, if not 0: its records end there
	checksums bool  // the file has them
	odd       error // what Verify found
	verified  bool  // that it was called

	// Once all records were yielded: where the live ones end, the bytes of gaps
	// between them, and those of the records past the free-space offset.
	liveEnd        int
	gaps, pastFree int64
}

// ChunkHeader is the head of a chunk.
//
//	  0    8  "ElfChnk\0"
//	  8    8  number of the first record
//	 16    8  number of the last record
//	 24    8  id of the first record
//	 32    8  id of the last record
//	 40    4  header size, 128
//	 44    4  offset of the last record in the chunk
//	 48    4  offset of the free space in the chunk
//	 52    4  CRC-32 of the records: 512 up to the free space
//	 56   64  unknown
//	120    4  flags
//	124    4  CRC-32 of bytes 0–119 and 128–511
//	128  256  64 offsets of names, by hash; not needed
//	384  128  32 offsets of template definitions; not needed
type ChunkHeader struct {
	FirstRecord, LastRecord     uint64
	FirstRecordID, LastRecordID uint64
	LastRecordOffset            uint32
	FreeOffset                  uint32
	RecordsCRC                  uint32
	Flags                       uint32
	CRC                         uint32
}

// parseChunk decodes the head of the chunk whose bytes, perhaps not all of them,
// are data. checksums says whether the file has any.
func parseChunk(data []byte, offset int64, checksums bool) (*Chunk, *Gap) {
	c := cursor.New(data, offset)
	if s := c.Bytes(8, "chunk signature"); string(s) != chunkSignature && c.Err() == nil {
		c := cursor.New(data, offset)
		c.Fail(cursor.ErrMalformed, "chunk signature", "%q is not ElfChnk, no current records are read of %d bytes", s, len(data))
		return nil, &Gap{Offset: offset, Size: int64(len(data)), Err: c.Err()}
	}
	chunk := &Chunk{Offset: offset, Data: data, checksums: checksums}
	h := &chunk.Header
	h.FirstRecord = c.U64("first record number")
	h.LastRecord = c.U64("last record number")
	h.FirstRecordID = c.U64("first record id")
	h.LastRecordID = c.U64("last record id")
	c.U32("chunk header size")
	h.LastRecordOffset = c.U32("last record offset")
	h.FreeOffset = c.U32("free space offset")
	h.RecordsCRC = c.U32("records CRC")
	c.Skip(64, "unknown")
	h.Flags = c.U32("chunk flags")
	h.CRC = c.U32("chunk header CRC")
	c.Skip(chunkHeaderSize-128, "chunk header")
	if err := c.Err(); err != nil {
		return nil, &Gap{Offset: offset, Size: int64(len(data)), Err: err}
	}
	return chunk, nil
}

// Verify compares the chunk's checksums, looks at its free-space offset, and
// returns, also later, what is wrong with them. A checksum that the file has not,
// or whose bytes it does not hold, is not compared. What is wrong costs no record;
// it is a label on the rows.
func (c *Chunk) Verify() error {
	if c.verified {
		return c.odd
	}
	c.verified = true
	h := &c.Header
	checksums := c.checksums && h.Flags&flagNoCRC32 == 0
	at := func(pos uint32, field, format string, args ...any) error {
		cur := cursor.New(c.Data, c.Offset)
		cur = cur.At(pos, field)
		cur.Fail(cursor.ErrMalformed, field, format, args...)
		return cur.Err()
	}
	sum := headerSum(c.Data)
	switch {
	case checksums && sum != h.CRC:
		c.odd = at(124, "chunk header CRC", "is %#08x, the header has %#08x", h.CRC, sum)
	case h.FreeOffset < chunkHeaderSize || h.FreeOffset > ChunkSize:
		c.odd = at(48, "free space offset", "%#x", h.FreeOffset)
	case checksums && int(h.FreeOffset) <= len(c.Data):
		if sum := crc32.ChecksumIEEE(c.Data[chunkHeaderSize:h.FreeOffset]); sum != h.RecordsCRC {
			c.odd = at(52, "records CRC", "is %#08x, the records have %#08x", h.RecordsCRC, sum)
		}
	}
	return c.odd
}

// headerSum returns the checksum of the head of a chunk.
func headerSum(b []byte) uint32 {
	return crc32.Update(crc32.ChecksumIEEE(b[:120]), crc32.IEEETable, b[128:chunkHeaderSize])
}
