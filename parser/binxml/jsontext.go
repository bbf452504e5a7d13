package binxml

import (
	"encoding/binary"
	"slices"
	"unicode/utf8"
)

// escapes has what stands for an ASCII character inside a JSON string: up to six bytes,
// and how many they are in the last.
var escapes = func() (t [utf8.RuneSelf][8]byte) {
	for c := range t {
		t[c][7] = byte(copy(t[c][:], appendJSONRune(nil, rune(c))))
	}
	return t
}()

// mostPerUnit is how many bytes one UTF-16 unit takes inside a JSON string at most.
const mostPerUnit = len(`\u0000`)

// appendJSONString appends UTF-16LE text as a JSON string.
func appendJSONString(dst, text []byte) []byte {
	return append(appendJSONUTF16(append(dst, '"'), text), '"')
}

// appendJSONUTF16 appends UTF-16LE text as the inside of a JSON string.
func appendJSONUTF16(dst, text []byte) []byte {
	dst = slices.Grow(dst, len(text)/2*mostPerUnit+8) // eight bytes are written at once
	out, n := dst[:cap(dst)], len(dst)
	for len(text) >= 2 {
		if len(text) >= 8 {
			// If they are ASCII, a lane minus 0x20 or, of a character that differs in a bit
			// or more, minus 1, has the high bit for what does not stand for itself.
			w := binary.LittleEndian.Uint64(text)
			if ((w-0x20*lanes)|(w^'"'*lanes-lanes)|(w^'\\'*lanes-lanes))&highBits|w&notASCII == 0 {
				binary.LittleEndian.PutUint32(out[n:], pack4(w))
				text, n = text[8:], n+4
				continue
			}
		}
		for range 4 {
			c := binary.LittleEndian.Uint16(text)
			if c < utf8.RuneSelf {
				e := &escapes[c]
				*(*[8]byte)(out[n:]) = *e
				text, n = text[2:], n+int(e[7])
			} else {
				r, size := decodeRune(text)
				text, n = text[size:], n+utf8.EncodeRune(out[n:], r)
			}
			if len(text) < 2 {
				break
			}
		}
	}
	return out[:n]
}
