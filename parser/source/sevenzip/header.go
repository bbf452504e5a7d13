package sevenzip

import (
	"fmt"
	"hash/crc32"
	"io"

	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// Signature is how a 7z begins.
const Signature = "7z\xbc\xaf\x27\x1c"

// startSize is the size of the signature header:
//
//	 0  6  signature
//	 6  2  version
//	 8  4  CRC-32 of what follows
//	12  8  where the header is, from here on (32)
//	20  8  its size
//	28  4  its CRC-32
const startSize = 32

// Property ids.
const (
	idEnd             = 0x00
	idHeader          = 0x01
	idProperties      = 0x02
	idAdditional      = 0x03
	idStreams         = 0x04
	idFiles           = 0x05
	idPackInfo        = 0x06
	idUnpackInfo      = 0x07
	idSubStreams      = 0x08
	idSize            = 0x09
	idCRC             = 0x0a
	idFolder          = 0x0b
	idCodersUnpack    = 0x0c
	idNumUnpackStream = 0x0d
	idEmptyStream     = 0x0e
	idNames           = 0x11
	idEncodedHeader   = 0x17
)

// maxHeader is how large a header may be once it is unpacked: that of maxThings
// files with names of 60 letters.
const maxHeader = 128 << 20

// headerCost is how many bytes are claimed for one of a packed header, of which none
// comes out: it is decoded, parsed and kept.
const headerCost = 4

// readHeader reads the header, which the 32 bytes at the start lead to, and
// decodes it if it is packed.
func (r *Reader) readHeader() error {
	c, err := r.at(0, startSize, "signature header")
	if err != nil {
		return err
	}
	if string(c.Bytes(6, "signature")) != Signature {
		return malformed(0, "signature", "none")
	}
	c.Skip(2, "version")
	want := c.U32("StartHeaderCRC")
	rest := c
	if got := crc32.ChecksumIEEE(rest.Bytes(20, "StartHeader")); got != want {
		return malformed(8, "StartHeaderCRC", "%08x instead of %08x", got, want)
	}
	offset, length, sum := c.U64("NextHeaderOffset"), c.U64("NextHeaderSize"), c.U32("NextHeaderCRC")
	if length == 0 {
		return nil // an archive without files
	}
	if offset > uint64(r.size) || length > uint64(r.size)-offset {
		return &cursor.Error{Offset: 12, Field: "NextHeaderOffset", Err: cursor.ErrTruncated,
			Detail: fmt.Sprintf("the header is %d bytes at %#x, the archive ends at %#x", length, startSize+offset, r.size)}
	}
	if length > maxHeader {
		return &cursor.Error{Offset: 20, Field: "NextHeaderSize", Err: cursor.ErrUnsupported,
			Detail: fmt.Sprintf("%d bytes, more than %d", length, maxHeader)}
	}
	at := startSize + int64(offset)
	if c, err = r.at(at, int(length), "header"); err != nil {
		return err
	}
	copied := c
	if got := crc32.ChecksumIEEE(copied.Bytes(copied.Len(), "header")); got != sum {
		return malformed(at, "NextHeaderCRC", "%08x instead of %08x", got, sum)
	}
	for range maxHeaderDepth {
		switch id := c.U8("header"); id {
		case idHeader:
			return r.parse(&c)
		case idEncodedHeader:
			s := parseStreams(&c)
			if err := c.Err(); err != nil {
				return err
			}
			if len(s.folders) != 1 {
				return malformed(at, "EncodedHeader", "in %d folders", len(s.folders))
			}
			f := &s.folders[0]
			if f.size > maxHeader {
				return &cursor.Error{Offset: at, Field: "EncodedHeader", Err: cursor.ErrUnsupported,
					Detail: fmt.Sprintf("%d bytes, more than %d", f.size, maxHeader)}
			}
			if err := r.claim(headerCost * f.size); err != nil {
				return err
			}
			d, err := r.open(f)
			if err != nil {
				return err
			}
			b, err := io.ReadAll(io.LimitReader(d, f.size))
			switch {
			case err != nil:
				return r.broken(f, err)
			case int64(len(b)) < f.size:
				return malformed(at, "EncodedHeader", "%d bytes instead of %d", len(b), f.size)
			}
			if got := crc32.ChecksumIEEE(b); f.crc.ok && got != f.crc.sum {
				return malformed(f.start, "EncodedHeader", "CRC %08x instead of %08x", got, f.crc.sum)
			}
			c = cursor.New(b, 0)
		default:
			return malformed(at, "header", "property %#x", id)
		}
	}
	return malformed(at, "EncodedHeader", "packed %d times", maxHeaderDepth)
}

// maxHeaderDepth is how many times a header may be packed; 7-Zip does it once.
const maxHeaderDepth = 4

// parse parses a Header, whose id was read.
func (r *Reader) parse(c *cursor.Cursor) error {
	id := c.U8("header")
	if id == idProperties {
		for number(c, "ArchiveProperties") != idEnd && c.Err() == nil {
			c.Skip(count(c, "property size"), "property")
		}
		id = c.U8("header")
	}
	if id == idAdditional {
		c.Fail(cursor.ErrUnsupported, "AdditionalStreamsInfo", "")
	}
	var s streams
	if id == idStreams {
		s = parseStreams(c)
		id = c.U8("header")
	}
	if id == idFiles && c.Err() == nil {
		r.files = parseFiles(c, &s)
		id = c.U8("header")
	}
	if id != idEnd {
		c.Fail(cursor.ErrMalformed, "header", "property %#x", id)
	}
	r.folders = s.folders
	return c.Err()
}

func malformed(offset int64, field, format string, args ...any) error {
	return &cursor.Error{Offset: offset, Field: field, Detail: fmt.Sprintf(format, args...), Err: cursor.ErrMalformed}
}
