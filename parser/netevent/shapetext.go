package netevent

import "encoding/binary"

// textOrSID says whether bytes begin with UTF-16 text of at least four units, and
// of how many without NUL, or with a SID, and of how many sub-authorities.
func textOrSID(b []byte) (int, string) {
	if n := sidAt(b); n >= 0 {
		return n, "sid"
	}
	// Whether it is text is known by four units: to read on for that, from each unit of a
	// payload, would take the square of its size.
	n, latin := 0, 0
	for ; 2*n+2 <= len(b); n++ {
		u := binary.LittleEndian.Uint16(b[2*n:])
		if !isText(u) {
			break
		}
		if u < 0x100 {
			latin++
		}
		if n == 3 && latin < 3 {
			break
		}
	}
	if n < 4 {
		return 0, ""
	}
	return n, "utf16"
}

// sidAt returns how many sub-authorities a SID has that bytes begin with, -1 if
// they do not. FWP_V6_ADDR_MASK and 4 bytes behind it, 01 01 and zeros, are not
// taken for a SID but for the null SID, where zeros follow.
func sidAt(b []byte) int {
	if len(b) < sidHeader || b[0] != 1 || b[1] > maxSubAuthorities || !allZero(b[2:7]) {
		return -1
	}
	n := int(b[1])
	switch {
	case len(b) < sidHeader+4*n:
		return -1
	case b[7] == 0 && (n == 0 || n == 1 && image(b).u32(sidHeader) != 0):
		return -1
	}
	return n
}

// isText says whether a unit is one of text in a common script.
func isText(u uint16) bool {
	switch {
	case u >= 0x20 && u <= 0x7E, u >= 0xA0 && u <= 0x24F, u >= 0x370 && u <= 0x5FF:
		return true
	case u >= 0x3040 && u <= 0x30FF, u >= 0x4E00 && u <= 0x9FFF, u >= 0xAC00 && u <= 0xDFFF:
		return true
	}
	return false
}
