// Package lznt1 expands LZNT1, in which NTFS compresses files: [MS-XCA] 2.5. Compressed
// bytes are blocks, each of 4 KiB once expanded, that refer to nothing outside of
// themselves.
//
// A block that refers to bytes before its start, expands to more than 4 KiB, or ends
// within a token is refused.
//
// [MS-XCA]: https://learn.microsoft.com/openspecs/windows_protocols/ms-xca/
package lznt1

import (
	"errors"
	"fmt"

	"github.com/qmparse/qmparse/parser/internal/cursor"
)

const (
	// BlockSize is the most that a block expands to, and what all but the last do.
	BlockSize = 4096

	// HeaderSize is the size of the header of a block.
	HeaderSize = 2

	// MaxBlock is the most that a block takes, its header included.
	MaxBlock = 0xfff + 3

	signature      = 3
	flagCompressed = 0x8000
)

// ErrEnd is the error of [Block] at the mark that ends a run of blocks.
var ErrEnd = errors.New("end of the blocks")

// Block expands the block that src begins with, appends it to dst, and returns how many
// bytes of src it takes.
//
//	0  2  bits 0–11: bytes behind the header, less 1; 12–14: 3; 15: compressed
//	2  …  as they are, or groups of a byte of flags and 8 tokens, the lowest bit's first:
//	      0 is a byte, 1 is two bytes, a length and how far back it begins
//
// It fails with ErrEnd if the header is zero.
func Block(dst, src []byte) (out []byte, n int, err error) {
	c := cursor.New(src, 0)
	header := c.U16("block header")
	at := c
	switch {
	case c.Err() != nil:
		return dst, 0, c.Err()
	case header == 0:
		return dst, HeaderSize, ErrEnd
	case header>>12&7 != signature:
		return dst, 0, &cursor.Error{Field: "block header", Detail: fmt.Sprintf("signature %d", header>>12&7), Err: cursor.ErrMalformed}
	}
	c = at.Sub(int(header&0xfff)+1, "block")
	if err := c.Err(); err != nil {
		return dst, 0, err
	}
	n = HeaderSize + c.Len()
	if header&flagCompressed == 0 {
		return append(dst, c.Bytes(c.Len(), "block")...), n, nil
	}
	start := len(dst)
	out = dst
	for c.Len() > 0 {
		flags := c.U8("flags")
		for bit := 0; bit < 8 && c.Len() > 0; bit++ {
			if flags>>bit&1 == 0 {
				out = append(out, c.U8("byte"))
			} else if out = phrase(out, start, &c); c.Err() != nil {
				return dst, 0, c.Err()
			}
			if len(out)-start > BlockSize {
				c.Fail(cursor.ErrMalformed, "block", "expands to more than %d bytes", BlockSize)
				return dst, 0, c.Err()
			}
		}
	}
	return out, n, nil
}

// phrase appends bytes that the block, whose bytes so far are those of out from start on,
// has had before. The further on, the more bits say how far back.
func phrase(out []byte, start int, c *cursor.Cursor) []byte {
	where := *c
	token := int(c.U16("phrase"))
	if c.Err() != nil {
		return out
	}
	have := len(out) - start
	bits := 4
	for bits < 12 && have > 1<<bits {
		bits++
	}
	back := token>>(16-bits) + 1
	length := token&(1<<(16-bits)-1) + 3
	if back > have || have+length > BlockSize {
		where.Fail(cursor.ErrMalformed, "phrase", "%d bytes from %d back, of a block with %d so far", length, back, have)
		c.Adopt(&where)
		return out
	}
	for range length { // what is copied may be part of the copy
		out = append(out, out[len(out)-back])
	}
	return out
}
