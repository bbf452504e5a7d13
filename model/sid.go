package model

import (
	"encoding/binary"
	"strings"
)

// AppendSID appends the text of the SID that raw begins with, S-1-5-21-…, and
// returns how many bytes of raw it takes. If raw holds no whole SID it is
// false, with dst as it was and n 0. A SID ([MS-DTYP] 2.4.2) is
//
//	0  1  Revision             1
//	1  1  SubAuthorityCount    at most 15
//	2  6  IdentifierAuthority  big-endian
//	8  4  SubAuthority, as often as the count says, little-endian
//
// An authority from 2^32 up is written as 0x and twelve digits, as Windows does.
func AppendSID(dst, raw []byte) (text []byte, n int, ok bool) {
	n, ok = SIDSize(raw)
	if !ok {
		return dst, 0, false
	}
	dst = append(dst, "S-1-"...)
	if raw[2]|raw[3] != 0 {
		dst = append(dst, "0x"...)
		for _, b := range raw[2:8] {
			dst = append(dst, lowerHex[b>>4], lowerHex[b&15])
		}
	} else {
		dst = appendUint32(dst, binary.BigEndian.Uint32(raw[4:]))
	}
	for i := sidHeader; i < n; i += 4 {
		dst = append(dst, '-')
		dst = appendUint32(dst, binary.LittleEndian.Uint32(raw[i:]))
	}
	return dst, n, true
}

// SIDSize returns how many bytes of raw the SID takes that it begins with; false if it holds
// no whole one.
func SIDSize(raw []byte) (n int, ok bool) {
	if len(raw) < sidHeader || raw[0] != 1 || raw[1] > maxSubAuthorities {
		return 0, false
	}
	n = sidHeader + 4*int(raw[1])
	if len(raw) < n {
		return 0, false
	}
	return n, true
}

const (
	sidHeader         = 8 // bytes before the first SubAuthority
	maxSubAuthorities = 15
)

// NullSID is the SID that net events use for none.
const NullSID = "S-1-0-0"

// ValidSID reports whether text has the form that [AppendSID] writes, in
// either case.
func ValidSID(text string) bool {
	if len(text) < 4 || lower(text[0]) != 's' || text[1:4] != "-1-" {
		return false
	}
	authority, rest, more := strings.Cut(text[4:], "-")
	if !validAuthority(authority) {
		return false
	}
	for n := 0; more; n++ {
		var sub string
		sub, rest, more = strings.Cut(rest, "-")
		if n == maxSubAuthorities || !decimalBelow(sub, 1<<32) {
			return false
		}
	}
	return true
}

func validAuthority(text string) bool {
	if len(text) == 14 && text[0] == '0' && lower(text[1]) == 'x' {
		for i := 2; i < len(text); i++ {
			if _, ok := hexDigit(text[i]); !ok {
				return false
			}
		}
		return true
	}
	return decimalBelow(text, 1<<32)
}

// decimalBelow reports whether text is a decimal number below limit without
// leading zeros.
func decimalBelow(text string, limit uint64) bool {
	if text == "" || len(text) > 10 || len(text) > 1 && text[0] == '0' {
		return false
	}
	var v uint64
	for i := range len(text) {
		c := text[i] - '0'
		if c > 9 {
			return false
		}
		v = v*10 + uint64(c)
	}
	return v < limit
}
