package cab

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"unicode/utf8"

	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// Signature is how a cabinet begins: MSCF and a reserved field of zero.
const Signature = "MSCF\x00\x00\x00\x00"

// Flags of a cabinet.
const (
	prevCabinet    = 1 << 0 // it goes on from another one
	nextCabinet    = 1 << 1 // it goes on in another one
	reservePresent = 1 << 2
)

// header is CFHEADER.
//
//	 0  4  signature, MSCF
//	 8  4  cbCabinet, size of the cabinet
//	16  4  coffFiles, where the files are listed
//	24  2  versionMinor, versionMajor
//	26  2  cFolders
//	28  2  cFiles
//	30  2  flags
//	32  4  setID, iCabinet
//	36  2  cbCFHeader  \
//	38  1  cbCFFolder   } only with reservePresent: how much of each is reserved
//	39  1  cbCFData    /
//
// Behind it names of the previous and the next cabinet and their disks, if flags
// tell of them.
type header struct {
	files                     int64 // where they are listed
	folders, count            int
	reserveFolder, reserveAny int // of a folder, and of a block
}

// folder is CFFOLDER.
//
//	0  4  coffCabStart, where its blocks are
//	4  2  cCFData, how many
//	6  2  typeCompress
type folder struct {
	start  int64
	blocks int
	method uint16
}

// method is the low four bits of typeCompress; the others are its parameters.
const (
	methodMask    = 0xf
	methodNone    = 0
	methodMSZIP   = 1
	methodQuantum = 2
	methodLZX     = 3
)

// File is CFFILE.
//
//	 0  4  cbFile
//	 4  4  uoffFolderStart, where in the folder it begins
//	 8  2  iFolder
//	10  4  date, time
//	14  2  attribs
//	16     szName, up to a zero
type File struct {
	Name []byte // as it is written
	UTF8 bool   // whether that is UTF-8; else in a code page that nothing tells
	Size int64  // in bytes

	start  int64
	folder int // its number, or one of the following
}

// Numbers of folders that are not whole in this cabinet.
const (
	continuedFromPrev    = 0xfffd
	continuedToNext      = 0xfffe
	continuedPrevAndNext = 0xffff
)

const nameIsUTF8 = 0x80 // in attribs

// maxName is how long a name with its zero may be.
const maxName = 257

// readHeader reads the header and the lists.
func (r *Reader) readHeader() error {
	c, err := r.read(36, "CFHEADER")
	if err != nil {
		return err
	}
	if string(c.Bytes(8, "signature")) != Signature {
		return &cursor.Error{Offset: 0, Field: "signature", Err: cursor.ErrMalformed}
	}
	var h header
	c.Skip(8, "cbCabinet")
	h.files = int64(c.U32("coffFiles"))
	c.Skip(4, "reserved3")
	minor, major := c.U8("versionMinor"), c.U8("versionMajor")
	h.folders, h.count = int(c.U16("cFolders")), int(c.U16("cFiles"))
	flags := c.U16("flags")
	if major != 1 {
		return &cursor.Error{Offset: 24, Field: "versionMajor", Detail: fmt.Sprintf("version %d.%d", major, minor), Err: cursor.ErrUnsupported}
	}
	if flags&reservePresent != 0 {
		if c, err = r.read(4, "cbCFHeader"); err != nil {
			return err
		}
		n := int64(c.U16("cbCFHeader"))
		h.reserveFolder, h.reserveAny = int(c.U8("cbCFFolder")), int(c.U8("cbCFData"))
		if err := r.skipTo(r.at+n, "abReserve"); err != nil {
			return err
		}
	}
	for _, flag := range []uint16{prevCabinet, nextCabinet} {
		if flags&flag == 0 {
			continue
		}
		for _, field := range []string{"szCabinet", "szDisk"} {
			if _, err := r.name(field); err != nil {
				return err
			}
		}
	}
	r.reserve = h.reserveAny
	for range h.folders {
		c, err := r.read(8+h.reserveFolder, "CFFOLDER")
		if err != nil {
			return err
		}
		r.folders = append(r.folders, folder{int64(c.U32("coffCabStart")), int(c.U16("cCFData")), c.U16("typeCompress")})
	}
	if err := r.skipTo(h.files, "coffFiles"); err != nil {
		return err
	}
	for range h.count {
		if err := r.readFile(); err != nil {
			return err
		}
	}
	return nil
}

func (r *Reader) readFile() error {
	at := r.at
	c, err := r.read(16, "CFFILE")
	if err != nil {
		return err
	}
	var f File
	f.Size, f.start = int64(c.U32("cbFile")), int64(c.U32("uoffFolderStart"))
	f.folder = int(c.U16("iFolder"))
	c.Skip(4, "date")
	attribs := c.U16("attribs")
	if f.Name, err = r.name("szName"); err != nil {
		return err
	}
	f.UTF8 = attribs&nameIsUTF8 != 0 && utf8.Valid(f.Name)
	if f.folder >= len(r.folders) && f.folder < continuedFromPrev {
		return &cursor.Error{Offset: at + 8, Field: "iFolder", Detail: fmt.Sprintf("%d of %d folders", f.folder, len(r.folders)), Err: cursor.ErrMalformed}
	}
	if f.start+f.Size > math.MaxUint32 {
		return &cursor.Error{Offset: at, Field: "cbFile", Detail: fmt.Sprintf("%d bytes at %d of a folder", f.Size, f.start), Err: cursor.ErrMalformed}
	}
	r.files = append(r.files, f)
	return nil
}

// name reads a name up to its zero.
func (r *Reader) name(field string) ([]byte, error) {
	at := r.at
	b, err := r.b.Peek(maxName)
	n := bytes.IndexByte(b, 0)
	if n < 0 {
		e := &cursor.Error{Offset: at, Field: field, Detail: fmt.Sprintf("no zero in %d bytes", len(b)), Err: cursor.ErrMalformed}
		if err == io.EOF {
			e.Err = cursor.ErrTruncated
		} else if err != nil {
			return nil, err
		}
		return nil, e
	}
	name := bytes.Clone(b[:n])
	_, err = r.b.Discard(n + 1)
	r.at += int64(n + 1)
	return name, err
}
