// Package xpress expands plain LZ77, the variant of the Xpress compression
// without Huffman codes, [MS-XCA] 2.3 and 2.4, in which ETW compresses the
// buffers of a trace. LZ77+Huffman and LZNT1 are other formats.
//
// https://learn.microsoft.com/openspecs/windows_protocols/ms-xca/
package xpress

import "errors"

// Why a stream was refused. Neither costs what was expanded before.
var (
	// ErrTruncated: the stream ends within an item, or before dst is full.
	ErrTruncated = errors.New("the stream ends too early")

	// ErrOffset: a match begins before the first byte.
	ErrOffset = errors.New("a match reaches back before the start")

	// ErrLength: a match is longer than dst has room for, or its length is
	// written in a longer form than it needs.
	ErrLength = errors.New("a match is too long")

	// ErrTrailing: dst is full and the stream goes on.
	ErrTrailing = errors.New("the stream goes on behind the last byte")
)

// minMatch is the length of the shortest match.
const minMatch = 3

// Expand fills dst with what src expands to. It returns how many bytes of dst
// were filled and of src were read, and an error unless both were used up: dst to
// its last byte, src up to the flag of an item that has no bytes left, which is how
// a stream ends (Windows writes that of a match). It never writes beyond dst, so a
// stream cannot expand to more than its reader expects, and its time is bounded by
// both lengths.
//
// A stream is groups of 32 items. Each group begins with a little-endian word of
// flags, the first item's the highest bit:
//
//	0  one byte, as it is
//	1  a match: u16, bits 0-2 the length - 3, bits 3-15 the offset back - 1
//
// A length field of 7 goes on in half a byte: the low half of the next byte, the
// high half of that same byte for the next match that needs one. A half of 15
// goes on in a byte; a byte of 255 in u16, the length - 3 itself; and a u16 of 0
// in u32, likewise.
func Expand(dst, src []byte) (filled, read int, err error) {
	var (
		in, out int
		flags   uint32
		left    int      // flags not yet used
		half    int = -1 // of the byte whose high half is not yet used
	)
	for {
		if left == 0 {
			if in == len(src) {
				return out, in, end(out, len(dst)) // behind a group of exactly 32 items
			}
			if len(src)-in < 4 {
				return out, in, ErrTruncated
			}
			s := src[in : in+4]
			flags = uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24
			in += 4
			left = 32
		}
		left--
		match := flags&(1<<31) != 0
		flags <<= 1
		if !match {
			if in == len(src) {
				return out, in, end(out, len(dst))
			}
			if out == len(dst) {
				return out, in, ErrTrailing
			}
			dst[out] = src[in]
			in, out = in+1, out+1
			continue
		}
		if in == len(src) {
			return out, in, end(out, len(dst))
		}
		if out == len(dst) {
			return out, in, ErrTrailing
		}
		if len(src)-in < 2 {
			return out, in, ErrTruncated
		}
		pair := uint(src[in]) | uint(src[in+1])<<8
		back := int(pair>>3) + 1
		next := in + 2
		length := uint64(pair & 7)
		if length == 7 {
			var n uint64
			if half < 0 {
				if next == len(src) {
					return out, in, ErrTruncated
				}
				half = next
				n = uint64(src[next] & 15)
				next++
			} else {
				n = uint64(src[half] >> 4)
				half = -1
			}
			length += n
			if n == 15 {
				var ok bool
				if length, next, ok = long(src, next); !ok {
					return out, in, ErrTruncated
				}
				if length < 7+15 {
					return out, in, ErrLength
				}
			}
		}
		length += minMatch
		switch {
		case back > out:
			return out, in, ErrOffset
		case length > uint64(len(dst)-out):
			return out, in, ErrLength
		}
		in = next
		stop := out + int(length)
		if back >= int(length) {
			copy(dst[out:stop], dst[out-back:])
		} else {
			// The match overlaps itself: what is copied repeats, each copy as
			// long as what is there.
			for from := out - back; out < stop; {
				out += copy(dst[out:stop], dst[from:out])
			}
		}
		out = stop
	}
}

// end is the verdict on a stream that ends before an item.
func end(out, want int) error {
	if out < want {
		return ErrTruncated
	}
	return nil
}

// long reads the forms of a length from 22 on, without what a match has at
// least.
func long(src []byte, at int) (length uint64, next int, ok bool) {
	if len(src)-at < 1 {
		return 0, at, false
	}
	b := src[at]
	at++
	if b != 255 {
		return 7 + 15 + uint64(b), at, true
	}
	if len(src)-at < 2 {
		return 0, at, false
	}
	if n := uint64(src[at]) | uint64(src[at+1])<<8; n != 0 {
		return n, at + 2, true
	}
	at += 2
	if len(src)-at < 4 {
		return 0, at, false
	}
	n := uint64(src[at]) | uint64(src[at+1])<<8 | uint64(src[at+2])<<16 | uint64(src[at+3])<<24
	return n, at + 4, true
}
