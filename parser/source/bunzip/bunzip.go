// Package bunzip makes decoders of bzip2 that are as large as what they decode.
//
// The decoder is that of the standard library. It allocates four bytes for each of a block,
// whose size the header of a stream names, 3.6 MB as a rule and for a stream of any length,
// and cannot be used again: of many members of a few bytes each would have that. A block
// that is larger than all that comes out is not needed, so the decoder is told the smallest
// that is enough. Its bytes beyond the smallest there is are claimed first, once each and not
// four times: of what is no bomb as many come out.
//
// No document defines the format; the header of a stream is "BZh" and a digit, the size of
// blocks in 100,000 bytes. Other streams may follow the first, each with its own header, at
// a whole byte.
package bunzip

import (
	"bufio"
	"compress/bzip2"
	"io"
)

// blockUnit is what the digit of a header counts.
const blockUnit = 100_000

// NewReader returns what decodes the streams in r, of which so many bytes should come out.
// Where more do, blocks that are larger than those bytes need are refused. Claim is asked
// before there is room for a block; what it refuses is the error of Read.
func NewReader(r *bufio.Reader, size int64, claim func(n int64) error) io.Reader {
	return bzip2.NewReader(&headers{Reader: r, enough: digit(size), claim: claim})
}

// digit returns that of the smallest blocks of which one is enough for size bytes. In a
// block four equal bytes have a fifth, the number of those that follow.
func digit(size int64) byte {
	const most = 9
	if size > most*blockUnit {
		return '0' + most
	}
	need := size + size/4
	return '0' + byte(min(max((need+blockUnit-1)/blockUnit, 1), most))
}

// headers passes bytes on to the decoder, and watches for headers.
type headers struct {
	*bufio.Reader
	enough byte // digit of the first header, at most
	claim  func(n int64) error

	n    int64  // bytes that were passed on
	last uint32 // the last four of them
	made byte   // the largest digit that was claimed
}

// ReadByte is all that the decoder calls.
func (h *headers) ReadByte() (byte, error) {
	b, err := h.Reader.ReadByte()
	if err != nil {
		return 0, err
	}
	const magic = 'B'<<16 | 'Z'<<8 | 'h'
	if h.last&0xffffff == magic && b >= '1' && b <= '9' {
		// Any but the first may be bytes of a block that look so; then too much is
		// claimed, once in 400 MB, and nothing is changed.
		if h.n == 3 {
			b = min(b, h.enough)
		}
		if b > h.made {
			if n := int64(b-'1') * blockUnit; n > 0 { // else members of any size have that
				if err := h.claim(n); err != nil {
					return 0, err
				}
			}
			h.made = b
		}
	}
	h.n++
	h.last = h.last<<8 | uint32(b)
	return b, nil
}
