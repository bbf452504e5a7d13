package model

// GUID is a GUID or UUID, its bytes in the order of its text (RFC 9562), which
// is also the order of Parquet's UUID type.
type GUID [16]byte

// GUIDFromWindows converts the mixed-endian memory form of guiddef.h: Data1,
// Data2 and Data3 are little-endian, Data4 stands as it is.
func GUIDFromWindows(b [16]byte) GUID {
	return GUID{b[3], b[2], b[1], b[0], b[5], b[4], b[7], b[6],
		b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]}
}

const guidTextLen = 36 // 8-4-4-4-12

const lowerHex = "0123456789abcdef"

// AppendTo appends the text, lower case without braces: 36 bytes.
func (g GUID) AppendTo(dst []byte) []byte {
	var t [guidTextLen]byte
	n := 0
	for i, b := range g {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			t[n] = '-'
			n++
		}
		t[n], t[n+1] = lowerHex[b>>4], lowerHex[b&15]
		n += 2
	}
	return append(dst, t[:]...)
}

// AppendText is [GUID.AppendTo] as an [encoding.TextAppender]; the error is nil.
func (g GUID) AppendText(dst []byte) ([]byte, error) { return g.AppendTo(dst), nil }

// String returns the text, lower case without braces.
func (g GUID) String() string {
	var t [guidTextLen]byte
	return string(g.AppendTo(t[:0]))
}

// ParseGUID reads the 36 characters of a GUID in either case, bare or in
// braces. It is false for any other text.
func ParseGUID(text string) (GUID, bool) {
	if len(text) == guidTextLen+2 && text[0] == '{' && text[guidTextLen+1] == '}' {
		text = text[1 : guidTextLen+1]
	}
	var g GUID
	if len(text) != guidTextLen {
		return GUID{}, false
	}
	n := 0
	for i := range g {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			if text[n] != '-' {
				return GUID{}, false
			}
			n++
		}
		hi, ok1 := hexDigit(text[n])
		lo, ok2 := hexDigit(text[n+1])
		if !ok1 || !ok2 {
			return GUID{}, false
		}
		g[i] = hi<<4 | lo
		n += 2
	}
	return g, true
}

// hexDigit returns the value of one hexadecimal digit.
func hexDigit(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}
