package rawbuild

import "encoding/binary"

// image is a structure in the making: its members in order, each aligned as a
// compiler does it.
type image struct {
	ev    *Event
	b     []byte
	align int
	dead  int // pointers so far
}

func (e *Event) image() *image { return &image{ev: e, align: 1} }

// room adds n bytes at a multiple of align.
func (m *image) room(n, align int) []byte {
	m.align = max(m.align, align)
	m.pad(align)
	m.b = append(m.b, make([]byte, n)...)
	return m.b[len(m.b)-n:]
}

// pad adds bytes up to a multiple of align. Their value is undefined.
func (m *image) pad(align int) { m.b = padded(m.b, align, m.ev.fill()) }

func padded(b []byte, align int, fill byte) []byte {
	for len(b)%align != 0 {
		b = append(b, fill)
	}
	return b
}

func (m *image) u8(v uint8)   { m.room(1, 1)[0] = v }
func (m *image) u16(v uint16) { binary.LittleEndian.PutUint16(m.room(2, 2), v) }
func (m *image) u32(v uint32) { binary.LittleEndian.PutUint32(m.room(4, 4), v) }
func (m *image) u64(v uint64) { binary.LittleEndian.PutUint64(m.room(8, 8), v) }

// bytes adds an array of bytes.
func (m *image) bytes(b []byte, n int) { copy(m.room(n, 1), b) }

// guid adds a GUID, given in the order of its text.
func (m *image) guid(g [16]byte) {
	b := m.room(16, 4)
	copy(b, []byte{g[3], g[2], g[1], g[0], g[5], g[4], g[7], g[6]})
	copy(b[8:], g[8:])
}

// pointer adds a pointer that led somewhere in the process that wrote it.
func (m *image) pointer(there bool) {
	n := m.ev.pointerSize()
	b := m.room(n, n)
	if !there {
		return
	}
	m.dead++
	v := 0x1D2_3C4A0000 + uint64(m.dead)*0x140
	switch {
	case m.ev.NullPointers:
		v = 0
	case m.ev.Garbage:
		v = 0xCDCDCDCDCDCDCDCD
	}
	put(b, v)
}

// undefined adds n bytes whose value is undefined.
func (m *image) undefined(n, align int) {
	b := m.room(n, align)
	for i := range b {
		b[i] = m.ev.fill()
	}
}

// put writes a number into all of b, 4 or 8 bytes.
func put(b []byte, v uint64) {
	if len(b) == 4 {
		binary.LittleEndian.PutUint32(b, uint32(v))
	} else {
		binary.LittleEndian.PutUint64(b, v)
	}
}
