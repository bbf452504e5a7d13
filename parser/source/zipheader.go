package source

import (
	"fmt"
	"math"

	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// Signatures of the structures of a zip. Each begins with PK.
const (
	zipLocal      = 0x04034b50 // before each member
	zipDescriptor = 0x08074b50 // behind a member whose header had no sizes; optional
	zipDirectory  = 0x02014b50 // an entry of the central directory
	zipSignature  = 0x05054b50 // of the directory
	zipEnd64      = 0x06064b50
	zipLocator64  = 0x07064b50
	zipEnd        = 0x06054b50
	zipExtra      = 0x08064b50 // of a directory that is encrypted
	zipSpanned    = 0x08074b50 // before all, in the first volume of several
	zipNotSpanned = 0x30304b50 // the same, of an archive that needed one only
)

// Sizes of structures without what varies.
const (
	zipLocalSize = 30
	zipEntrySize = 46
)

// Flags of a member.
const (
	zipEncrypted   = 1 << 0
	zipSizesBehind = 1 << 3 // and the CRC-32, in a descriptor
	zipUTF8        = 1 << 11
)

// zipHeader is the local header of a member, after the 4 bytes of its signature:
//
//	 4  2  version needed to extract
//	 6  2  flags
//	 8  2  method
//	10  4  time, date
//	14  4  CRC-32
//	18  4  compressed size; all ones: in the extra field
//	22  4  size; all ones: in the extra field
//	26  2  length of the name
//	28  2  length of the extra fields
//	30     name, extra fields
//
// https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3.7
type zipHeader struct {
	flags, method uint16
	crc           uint32
	packed, size  int64 // -1 if they are only behind the member
	name          string
}

// parseZipHeader parses a header, whole with name and extra fields, which stands
// at the given offset.
func parseZipHeader(b []byte, offset int64) (zipHeader, error) {
	c := cursor.New(b, offset)
	c.Skip(4+2, "zip member header")
	var h zipHeader
	h.flags, h.method = c.U16("flags"), c.U16("compression method")
	c.Skip(4, "last mod file time")
	h.crc = c.U32("crc-32")
	packed, size := c.U32("compressed size"), c.U32("uncompressed size")
	nameLength, extraLength := c.U16("file name length"), c.U16("extra field length")
	name := c.Bytes(int(nameLength), "file name")
	extra := c.Sub(int(extraLength), "extra field")
	if err := c.Err(); err != nil {
		return h, err
	}
	h.name = string(name)
	if h.flags&zipUTF8 == 0 {
		h.name = oldName(name)
	}
	h.packed, h.size = int64(packed), int64(size)
	if h.flags&zipSizesBehind != 0 && packed == 0 {
		h.packed, h.size = -1, -1
		return h, nil
	}
	if packed == math.MaxUint32 || size == math.MaxUint32 {
		zip64 := zip64Extra(extra)
		for _, v := range []*int64{&h.size, &h.packed} {
			if *v != math.MaxUint32 {
				continue
			}
			if zip64.Len() < 8 {
				break // it may be that big
			}
			n := zip64.U64("zip64 size")
			if n > math.MaxInt64 {
				return h, &cursor.Error{Offset: offset, Field: "zip member header", Err: cursor.ErrMalformed,
					Detail: fmt.Sprintf("a size of %d bytes", n)}
			}
			*v = int64(n)
		}
	}
	return h, nil
}

// zip64Extra returns the content of extra field 1, in which those values stand
// that had no room in a header; none if there is no such field.
func zip64Extra(extra cursor.Cursor) cursor.Cursor {
	for extra.Len() >= 4 {
		id, n := extra.U16("header id"), extra.U16("data size")
		field := extra.Sub(int(n), "extra field")
		if id == 1 && field.Err() == nil {
			return field
		}
	}
	return cursor.Cursor{}
}

// zipEntryOffset returns where the member of an entry of the central directory
// begins. Of the entry's fields it is the one that says what is listed:
//
//	 0  4  signature
//	20  4  compressed size
//	24  4  size
//	28  2  length of the name
//	30  2  length of the extra fields
//	32  2  length of the comment
//	42  4  offset of the local header; all ones: in the extra field
//	46     name, extra fields, comment
func zipEntryOffset(b []byte, at int64) (int64, error) {
	c := cursor.New(b, at)
	c.Skip(20, "zip directory entry")
	packed, size := c.U32("compressed size"), c.U32("uncompressed size")
	nameLength, extraLength := c.U16("file name length"), c.U16("extra field length")
	c.Skip(2+2+2+4, "file comment length")
	offset := int64(c.U32("relative offset of local header"))
	c.Skip(int(nameLength), "file name")
	extra := c.Sub(int(extraLength), "extra field")
	if err := c.Err(); err != nil {
		return 0, err
	}
	if offset != math.MaxUint32 {
		return offset, nil
	}
	zip64 := zip64Extra(extra)
	for _, v := range []uint32{size, packed} {
		if v == math.MaxUint32 {
			zip64.Skip(8, "zip64 size")
		}
	}
	wide := zip64.U64("zip64 offset")
	if zip64.Err() != nil || wide > math.MaxInt64 {
		return offset, nil
	}
	return int64(wide), nil
}
