package evtxbuild

import "unicode/utf16"

// nameBuckets is the number of string chain heads in a chunk header.
const nameBuckets = 64

// units converts text to UTF-16 code units.
func units(s string) []uint16 { return utf16.Encode([]rune(s)) }

// hash is the multiplicative hash by which a chunk finds names and templates.
// Names keep its low 16 bits.
func hash(words []uint16) uint32 {
	var h uint32
	for _, w := range words {
		h = h*65599 + uint32(w)
	}
	return h
}

// NameHash is the hash that stands before a name in BinXML.
func NameHash(name string) uint16 { return uint16(hash(units(name))) }

// decodeUnits is the text of UTF-16LE bytes.
func decodeUnits(b []byte) string {
	u := make([]uint16, 0, len(b)/2)
	for i := 0; i+1 < len(b); i += 2 {
		u = append(u, uint16(b[i])|uint16(b[i+1])<<8)
	}
	return string(utf16.Decode(u))
}
