// Package jsontext appends the parts of JSON that the parsers write: strings,
// hexadecimal and floating point. All columns with JSON escape alike: '"' and '\' with a backslash,
// line feed, carriage return and tab as \n, \r and \t, other control characters
// as \u00xx; everything else stands as UTF-8, each byte that is none as U+FFFD.
package jsontext

import (
	"math"
	"slices"
	"strconv"
	"unicode/utf8"
)

const (
	lowerHex = "0123456789abcdef"
	upperHex = "0123456789ABCDEF"
)

// AppendText appends text as a JSON string, with quotes.
func AppendText(dst []byte, text string) []byte {
	dst = append(dst, '"')
	from := len(dst)
	dst = append(dst, text...)
	return append(Escape(dst, from), '"')
}

// Escape makes the bytes of dst from that index on, which are text in UTF-8, the
// inside of a JSON string. So text that is decoded on the way needs no buffer of
// its own: append it, then escape it where it stands.
func Escape(dst []byte, from int) []byte {
	for from < len(dst) && plain(dst[from]) {
		from++
	}
	end := len(dst)
	for i := from; i < end; {
		r, n := utf8.DecodeRune(dst[i:end])
		dst = AppendRune(dst, r)
		i += n
	}
	return slices.Delete(dst, from, end)
}

// plain says whether a byte stands for itself, whatever is beside it.
func plain(c byte) bool { return c >= 0x20 && c < utf8.RuneSelf && c != '"' && c != '\\' }

// AppendRune appends a character as the inside of a JSON string. One that UTF-8
// cannot hold is U+FFFD.
func AppendRune(dst []byte, r rune) []byte {
	switch {
	case r == '"' || r == '\\':
		return append(dst, '\\', byte(r))
	case r == '\n':
		return append(dst, '\\', 'n')
	case r == '\r':
		return append(dst, '\\', 'r')
	case r == '\t':
		return append(dst, '\\', 't')
	case r >= 0 && r < 0x20:
		return append(dst, '\\', 'u', '0', '0', lowerHex[r>>4], lowerHex[r&15])
	}
	return utf8.AppendRune(dst, r)
}

// AppendHex appends bytes as upper-case hexadecimal digits, without quotes.
func AppendHex(dst, b []byte) []byte {
	dst = slices.Grow(dst, 2*len(b))
	for _, c := range b {
		dst = append(dst, upperHex[c>>4], upperHex[c&15])
	}
	return dst
}

// AppendFloat appends the shortest decimal that reads back the same in so many bits, and the
// names that XML Schema gives the special values; these are no numbers of JSON.
func AppendFloat(dst []byte, f float64, bits int) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, "NaN"...)
	case math.IsInf(f, 1):
		return append(dst, "INF"...)
	case math.IsInf(f, -1):
		return append(dst, "-INF"...)
	}
	return strconv.AppendFloat(dst, f, 'g', -1, bits)
}
