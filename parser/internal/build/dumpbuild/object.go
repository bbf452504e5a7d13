package dumpbuild

import "encoding/binary"

// object is a structure in the making: its members in order, each aligned as a
// compiler does it.
type object struct {
	pointerSize int
	b           []byte
	align       int
	targets     []target
}

// target is what a pointer in an object points to.
type target struct {
	at    int
	place func(*memory) uint64 // puts it there and returns its address
}

func newObject(pointerSize int) *object { return &object{pointerSize: pointerSize, align: 1} }

// room adds n bytes at a multiple of align.
func (o *object) room(n, align int) []byte {
	o.align = max(o.align, align)
	o.pad(align)
	o.b = append(o.b, make([]byte, n)...)
	return o.b[len(o.b)-n:]
}

func (o *object) pad(align int) {
	for len(o.b)%align != 0 {
		o.b = append(o.b, 0)
	}
}

func (o *object) u8(v uint8)   { o.room(1, 1)[0] = v }
func (o *object) u16(v uint16) { binary.LittleEndian.PutUint16(o.room(2, 2), v) }
func (o *object) u32(v uint32) { binary.LittleEndian.PutUint32(o.room(4, 4), v) }
func (o *object) u64(v uint64) { binary.LittleEndian.PutUint64(o.room(8, 8), v) }

func (o *object) bytes(b []byte) { copy(o.room(len(b), 1), b) }

// guid adds a GUID, given in the order of its text.
func (o *object) guid(g [16]byte) {
	b := o.room(16, 4)
	copy(b, []byte{g[3], g[2], g[1], g[0], g[5], g[4], g[7], g[6]})
	copy(b[8:], g[8:])
}

// pointer adds a pointer to what place puts into memory; nil is NULL.
func (o *object) pointer(place func(*memory) uint64) {
	o.room(o.pointerSize, o.pointerSize)
	if place != nil {
		o.targets = append(o.targets, target{len(o.b) - o.pointerSize, place})
	}
}

// blob adds an FWP_BYTE_BLOB.
func (o *object) blob(b []byte) {
	o.u32(uint32(len(b)))
	if len(b) == 0 {
		o.pointer(nil)
		return
	}
	o.pointer(plain(b, 2))
}

// object adds a member that is a structure.
func (o *object) object(inner *object) {
	inner.pad(inner.align)
	o.room(0, inner.align)
	at := len(o.b)
	o.b = append(o.b, inner.b...)
	for _, t := range inner.targets {
		o.targets = append(o.targets, target{at + t.at, t.place})
	}
}

// place returns what a pointer to the object needs.
func (o *object) place() func(*memory) uint64 {
	return func(m *memory) uint64 { return m.put(o) }
}

// plain places bytes.
func plain(b []byte, align int) func(*memory) uint64 {
	o := newObject(8)
	copy(o.room(len(b), align), b)
	return o.place()
}

// memory is where objects are put, one behind the other, from base on.
type memory struct {
	base        uint64
	b           []byte
	pointerSize int
}

// put puts an object and all that it points to, and returns its address.
func (m *memory) put(o *object) uint64 {
	o.pad(o.align)
	for len(m.b)%o.align != 0 {
		m.b = append(m.b, 0)
	}
	at := len(m.b)
	m.b = append(m.b, o.b...)
	for _, t := range o.targets {
		address := t.place(m)
		if m.pointerSize == 4 {
			binary.LittleEndian.PutUint32(m.b[at+t.at:], uint32(address))
		} else {
			binary.LittleEndian.PutUint64(m.b[at+t.at:], address)
		}
	}
	return m.base + uint64(at)
}
