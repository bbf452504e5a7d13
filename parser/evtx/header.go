package evtx

import (
	"hash/crc32"

	"github.com/qmparse/qmparse/parser/internal/cursor"
)

const (
	headerSize  = 4096
	signature   = "ElfFile\x00"
	flagDirty   = 1
	flagFull    = 2
	flagNoCRC32 = 4
)

// Header is the file header, of which everything but the version is advisory.
//
//	  0   8  "ElfFile\0"
//	  8   8  number of the first chunk
//	 16   8  number of the last chunk
//	 24   8  next record id
//	 32   4  header size, 128
//	 36   2  minor version, 1 or 2
//	 38   2  major version, 3
//	 40   2  size of the header block, 4096
//	 42   2  number of chunks; too small for logs of 4 GiB and more
//	 44  76  unknown
//	120   4  flags: 1 dirty, 2 full, 4 no checksums
//	124   4  CRC-32 of bytes 0–119
type Header struct {
	FirstChunk   uint64
	LastChunk    uint64
	NextRecordID uint64
	Minor, Major uint16
	Chunks       uint16
	Flags        uint32
	CRC          uint32
}

// Dirty says that the log was open for writing when it was copied, or Windows
// stopped without closing it. The header's counts are then those of an earlier
// time.
func (h *Header) Dirty() bool { return h.Flags&flagDirty != 0 }

// Full says that the log had reached its maximum size.
func (h *Header) Full() bool { return h.Flags&flagFull != 0 }

// NoCRC says that the writer did not make checksums.
func (h *Header) NoCRC() bool { return h.Flags&flagNoCRC32 != 0 }

// parseHeader decodes a file header. odd is what the file can be read in spite
// of.
func parseHeader(block []byte) (h Header, odd, err error) {
	c := cursor.New(block, 0)
	start := c
	if s := c.Bytes(8, "file signature"); string(s) != signature && c.Err() == nil {
		// A wiped header costs nothing that the chunks do not say.
		start.Fail(cursor.ErrMalformed, "file signature", "%q is not ElfFile, the header is not used", s)
		return Header{}, start.Err(), nil
	}
	h.FirstChunk = c.U64("first chunk number")
	h.LastChunk = c.U64("last chunk number")
	h.NextRecordID = c.U64("next record id")
	c.U32("header size")
	version := c
	h.Minor = c.U16("minor version")
	h.Major = c.U16("major version")
	c.U16("header block size")
	h.Chunks = c.U16("number of chunks")
	c.Skip(76, "unknown")
	h.Flags = c.U32("file flags")
	checksum := c
	h.CRC = c.U32("file header CRC")
	if err := c.Err(); err != nil {
		return h, nil, err
	}
	if h.Major != 3 {
		version.Fail(cursor.ErrUnsupported, "version", "%d.%d", h.Major, h.Minor)
		return h, nil, version.Err()
	}
	if sum := crc32.ChecksumIEEE(block[:120]); sum != h.CRC && !h.NoCRC() {
		checksum.Fail(cursor.ErrMalformed, "file header CRC", "is %#08x, the header has %#08x", h.CRC, sum)
	}
	return h, checksum.Err(), nil
}
