package netevent

import "encoding/binary"

// image is the memory of one structure, exactly as many bytes as its layout
// gives it: whoever makes one has checked that. Offsets come from the layout.
type image []byte

func (m image) u8(at int) uint8   { return m[at] }
func (m image) u16(at int) uint16 { return binary.LittleEndian.Uint16(m[at:]) }
func (m image) u32(at int) uint32 { return binary.LittleEndian.Uint32(m[at:]) }
func (m image) u64(at int) uint64 { return binary.LittleEndian.Uint64(m[at:]) }

// pointer reads a pointer of the layout's size.
func (m image) pointer(l *Layout, at int) uint64 {
	if l.pointerSize == 4 {
		return uint64(m.u32(at))
	}
	return m.u64(at)
}

func (m image) array16(at int) [16]byte { return [16]byte(m[at:]) }
