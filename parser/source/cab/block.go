package cab

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/klauspost/compress/flate"

	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// blockSize is how much a block can hold, and how far back one that is compressed
// with MSZIP can refer.
const blockSize = 32 << 10

// blocks decodes the blocks of a folder, CFDATA:
//
//	0  4  csum; 0: none
//	4  2  cbData, bytes in the block
//	6  2  cbUncomp, bytes that they decode to
//	8     abReserve, ab
type blocks struct {
	r    *Reader
	left int // blocks
	zip  bool

	out   []byte // decoded and not read
	end   int64  // in the folder, of what was decoded
	err   error
	data  []byte    // used again for each block
	plain []byte    // the same: up to blockSize before the block, and the block
	flate io.Reader // nil before the first block
}

// open goes to the blocks of a folder.
func (r *Reader) open(number int) error {
	r.folder, r.blocks = number, &blocks{r: r}
	refuse := func(format string, args ...any) error {
		r.blocks.err = &cursor.Error{Offset: r.at, Field: "folder", Detail: fmt.Sprintf(format, args...), Err: cursor.ErrUnsupported}
		return r.blocks.err
	}
	if number >= len(r.folders) {
		return refuse("the cabinet is one of several, and the folder is not whole in it: unpack them with cabextract or expand")
	}
	f := r.folders[number]
	switch f.method & methodMask {
	case methodNone, methodMSZIP:
	case methodQuantum:
		return refuse("compressed with Quantum: unpack it with cabextract")
	case methodLZX:
		return refuse("compressed with LZX: unpack it with cabextract or expand")
	default:
		return refuse("typeCompress %#x", f.method)
	}
	r.blocks.left, r.blocks.zip = f.blocks, f.method&methodMask == methodMSZIP
	r.blocks.err = r.skipTo(f.start, "coffCabStart")
	return r.blocks.err
}

// position returns where in the folder the next byte is.
func (b *blocks) position() int64 { return b.end - int64(len(b.out)) }

func (b *blocks) Read(p []byte) (int, error) {
	for len(b.out) == 0 {
		if b.err == nil {
			b.err = b.next()
		}
		if b.err != nil {
			return 0, b.err
		}
	}
	n := copy(p, b.out)
	b.out = b.out[n:]
	return n, nil
}

// next decodes a block.
func (b *blocks) next() error {
	r, at := b.r, b.r.at
	if b.left == 0 {
		return &cursor.Error{Offset: at, Field: "cCFData", Detail: "the folder ends before its files", Err: cursor.ErrMalformed}
	}
	b.left--
	c, err := r.read(8+r.reserve, "CFDATA")
	if err != nil {
		return err
	}
	sum, packed, size := c.U32("csum"), int(c.U16("cbData")), int(c.U16("cbUncomp"))
	switch {
	case size == 0:
		return &cursor.Error{Offset: at, Field: "cbUncomp", Detail: "the block goes on in another cabinet: unpack them with cabextract or expand", Err: cursor.ErrUnsupported}
	case size > blockSize:
		return &cursor.Error{Offset: at + 6, Field: "cbUncomp", Detail: fmt.Sprintf("%d bytes in a block", size), Err: cursor.ErrMalformed}
	}
	if cap(b.data) < packed {
		b.data = make([]byte, packed, 1<<16)
	}
	b.data = b.data[:packed]
	n, err := io.ReadFull(r.b, b.data)
	r.at += int64(n)
	if err != nil {
		return r.short(err, at, "ab")
	}
	if sum != 0 {
		head := binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16(nil, uint16(packed)), uint16(size))
		head = append(head, c.Bytes(r.reserve, "abReserve")...)
		if got := checksum(head, checksum(b.data, 0)); got != sum {
			return &cursor.Error{Offset: at, Field: "csum", Detail: fmt.Sprintf("%08x instead of %08x", got, sum), Err: cursor.ErrMalformed}
		}
	}
	if !b.zip {
		if packed != size {
			return &cursor.Error{Offset: at + 4, Field: "cbData", Detail: fmt.Sprintf("%d bytes of %d, not compressed", packed, size), Err: cursor.ErrMalformed}
		}
		b.out = b.data
	} else if err := b.inflate(size, at); err != nil {
		return err
	}
	b.end += int64(size)
	return nil
}

// inflate decodes a block of MSZIP: CK, and a deflate stream that can refer to
// the 32 KiB before it.
func (b *blocks) inflate(size int, at int64) error {
	bad := func(format string, args ...any) error {
		return &cursor.Error{Offset: at, Field: "ab", Detail: fmt.Sprintf(format, args...), Err: cursor.ErrMalformed}
	}
	packed, ok := bytes.CutPrefix(b.data, []byte("CK"))
	if !ok {
		return bad("no MSZIP block")
	}
	before := b.plain[max(len(b.plain)-blockSize, 0):]
	in := bytes.NewReader(packed)
	if b.flate == nil {
		b.plain = make([]byte, 0, 2*blockSize)
		b.flate = flate.NewReaderDict(in, before)
	} else if err := b.flate.(flate.Resetter).Reset(in, before); err != nil {
		return bad("%v", err)
	}
	b.plain = append(b.plain[:0], before...)
	b.plain = b.plain[:len(before)+size]
	b.out = b.plain[len(before):]
	n, err := io.ReadFull(b.flate, b.out)
	if err == nil {
		if _, err = io.ReadFull(b.flate, make([]byte, 1)); err == io.EOF {
			return nil
		}
		if err == nil {
			err = fmt.Errorf("more than %d bytes", size)
		}
	}
	b.out = nil
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return bad("%d bytes of %d", n, size)
	}
	return bad("%v", err)
}

// checksum is CSUMCompute: numbers of four bytes, combined by exclusive or, and
// what is left over as a number with its bytes the other way round.
func checksum(b []byte, sum uint32) uint32 {
	for ; len(b) >= 4; b = b[4:] {
		sum ^= binary.LittleEndian.Uint32(b)
	}
	last := uint32(0)
	for _, c := range b {
		last = last<<8 | uint32(c)
	}
	return sum ^ last
}
