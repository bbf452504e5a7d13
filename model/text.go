package model

import (
	"slices"
	"strconv"
)

// appendUint32 appends v in decimal.
func appendUint32(dst []byte, v uint32) []byte {
	if v < 10 {
		return append(dst, '0'+byte(v))
	}
	digits := 2
	for least := uint64(100); uint64(v) >= least; least *= 10 {
		digits++
	}
	n := len(dst) + digits
	dst = slices.Grow(dst, digits)[:n]
	for v >= 10 {
		n -= 2
		put2(dst[n:], v%100)
		v /= 100
	}
	if v > 0 {
		dst[n-1] = '0' + byte(v)
	}
	return dst
}

const digitPairs = "00010203040506070809" +
	"10111213141516171819" +
	"20212223242526272829" +
	"30313233343536373839" +
	"40414243444546474849" +
	"50515253545556575859" +
	"60616263646566676869" +
	"70717273747576777879" +
	"80818283848586878889" +
	"90919293949596979899"

// put2 writes v, which is below 100, as two digits at t[0] and t[1].
func put2(t []byte, v uint32) {
	copy(t[:2], digitPairs[2*v:])
}

// lower maps A to Z alone: no table of the package holds another letter, and
// folding others, as of the Kelvin sign, would match what is not the same.
func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + ('a' - 'A')
	}
	return c
}

func equalFoldASCII(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

// asciiSpace is what counts as white space around a logged value.
const asciiSpace = " \t\n\v\f\r"

// ParseUint reads an unsigned number of at most the given bits as logs have
// it: decimal digits, or 0x and hexadecimal digits. It is false for any other
// text, a sign or a space included.
func ParseUint(text string, bits int) (uint64, bool) {
	if len(text) > 2 && text[0] == '0' && lower(text[1]) == 'x' {
		for i := 2; i < len(text); i++ {
			if _, ok := hexDigit(text[i]); !ok {
				return 0, false
			}
		}
		v, err := strconv.ParseUint(text[2:], 16, bits)
		return v, err == nil
	}
	if !isDecimal(text) {
		return 0, false
	}
	v, err := strconv.ParseUint(text, 10, bits)
	return v, err == nil
}

func isDecimal(text string) bool {
	for i := range len(text) {
		if text[i]-'0' > 9 {
			return false
		}
	}
	return text != ""
}
