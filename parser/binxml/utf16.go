package binxml

import (
	"encoding/binary"
	"slices"
	"unicode/utf16"
	"unicode/utf8"
)

// trimNUL cuts the terminating NULs from UTF-16 text, and half a unit behind it.
func trimNUL(b []byte) []byte {
	b = b[:len(b)&^1]
	for len(b) >= 2 && b[len(b)-1] == 0 && b[len(b)-2] == 0 {
		b = b[:len(b)-2]
	}
	return b
}

// Four UTF-16 units at once, as one little-endian word: lanes is the unit 1 in
// each lane.
const (
	lanes    = 0x0001_0001_0001_0001
	highBits = 0x8000 * lanes
	notASCII = 0xff80 * lanes
)

// pack4 packs four units that are ASCII into four bytes.
func pack4(w uint64) uint32 {
	w |= w >> 8
	return uint32(w)&0xffff | uint32(w>>32)<<16
}

// decodeRune returns the first character of UTF-16 text of at least one unit and
// the bytes it takes. A lone surrogate is U+FFFD.
func decodeRune(b []byte) (rune, int) {
	r := rune(binary.LittleEndian.Uint16(b))
	if !utf16.IsSurrogate(r) {
		return r, 2
	}
	if len(b) >= 4 {
		if pair := utf16.DecodeRune(r, rune(binary.LittleEndian.Uint16(b[2:]))); pair != utf8.RuneError {
			return pair, 4
		}
	}
	return utf8.RuneError, 2
}

// AppendUTF8 appends UTF-16LE text in UTF-8, each lone surrogate as U+FFFD. Half
// a unit at the end is left out.
func AppendUTF8(dst, text []byte) []byte {
	dst = slices.Grow(dst, len(text)/2)
	for len(text) >= 2 {
		if len(text) >= 8 {
			if w := binary.LittleEndian.Uint64(text); w&notASCII == 0 {
				dst, text = binary.LittleEndian.AppendUint32(dst, pack4(w)), text[8:]
				continue
			}
		}
		r, n := decodeRune(text)
		dst, text = utf8.AppendRune(dst, r), text[n:]
	}
	return dst
}

// appendJSONText appends UTF-8 text as a JSON string, with quotes.
func appendJSONText(dst []byte, text string) []byte {
	dst = append(dst, '"')
	for _, r := range text {
		dst = appendJSONRune(dst, r)
	}
	return append(dst, '"')
}

const lowerHex = "0123456789abcdef"

func appendJSONRune(dst []byte, r rune) []byte {
	switch {
	case r == '"' || r == '\\':
		return append(dst, '\\', byte(r))
	case r >= 0x20 && r < 0x80:
		return append(dst, byte(r))
	case r == '\n':
		return append(dst, '\\', 'n')
	case r == '\r':
		return append(dst, '\\', 'r')
	case r == '\t':
		return append(dst, '\\', 't')
	case r < 0x20:
		return append(dst, '\\', 'u', '0', '0', lowerHex[r>>4], lowerHex[r&15])
	}
	return utf8.AppendRune(dst, r)
}

// appendXMLUTF16 appends UTF-16LE text as XML character data. A control
// character that XML cannot hold, escaped or not, becomes U+FFFD.
func appendXMLUTF16(dst, text []byte) []byte {
	for len(text) >= 2 {
		r, n := decodeRune(text)
		dst = appendXMLRune(dst, r)
		text = text[n:]
	}
	return dst
}

func appendXMLText(dst []byte, text string) []byte {
	for _, r := range text {
		dst = appendXMLRune(dst, r)
	}
	return dst
}

func appendXMLRune(dst []byte, r rune) []byte {
	switch r {
	case '<':
		return append(dst, "&lt;"...)
	case '>':
		return append(dst, "&gt;"...)
	case '&':
		return append(dst, "&amp;"...)
	case '"':
		return append(dst, "&quot;"...)
	case '\'':
		return append(dst, "&apos;"...)
	case '\r':
		return append(dst, "&#13;"...) // a reader would make it a line feed
	case '\n', '\t':
		return append(dst, byte(r))
	case 0xfffe, 0xffff:
		r = utf8.RuneError
	}
	if r < 0x20 {
		r = utf8.RuneError
	}
	return utf8.AppendRune(dst, r)
}

func appendUTF16(dst []byte, text string) []byte {
	for _, u := range utf16.Encode([]rune(text)) {
		dst = binary.LittleEndian.AppendUint16(dst, u)
	}
	return dst
}
