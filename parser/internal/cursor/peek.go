package cursor

import "encoding/binary"

// The functions below look at a field without a cursor, for loops that look at
// much and decode little. They say nothing about what is wrong: who meets a false
// decodes the same bytes with a cursor, which does.

// Uint16 returns the two bytes at position at of b, false if b has not both.
func Uint16(b []byte, at int) (uint16, bool) {
	if at < 0 || at > len(b)-2 {
		return 0, false
	}
	return binary.LittleEndian.Uint16(b[at:]), true
}

// Uint32 returns the four bytes at position at of b, false if b has not all.
func Uint32(b []byte, at int) (uint32, bool) {
	if at < 0 || at > len(b)-4 {
		return 0, false
	}
	return binary.LittleEndian.Uint32(b[at:]), true
}

// Uint64 returns the eight bytes at position at of b, false if b has not all.
func Uint64(b []byte, at int) (uint64, bool) {
	if at < 0 || at > len(b)-8 {
		return 0, false
	}
	return binary.LittleEndian.Uint64(b[at:]), true
}
