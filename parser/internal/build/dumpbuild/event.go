package dumpbuild

import (
	"encoding/binary"
	"net/netip"
	"strconv"
	"strings"

	"github.com/qmparse/qmparse/model"
)

// Event is a net event to be laid out. What NetEvent does not know is zero in
// memory, NULL for a pointer. A known Version in NetEvent is not looked at.
type Event struct {
	model.NetEvent

	// Garbage fills, with bytes CD, what is undefined: the subnets of a failure
	// that is not in a tunnel and header fields that are unknown.
	Garbage bool

	// Wild is an address that some pointers get in place of their own, by the
	// name of their field: "ikeQmFailure", "localSubNet", "appId".
	Wild map[string]uint64
}

// Payload returns the event as an EVENT: from address 0, the structure at 16.
func Payload(version, pointerSize int, ev Event) []byte {
	m := &memory{pointerSize: pointerSize, b: make([]byte, 16)}
	m.put(event(version, pointerSize, ev))
	return m.b
}

// Image lays events out in one run of memory at an address, and returns the
// addresses of the structures.
func Image(version, pointerSize int, base uint64, evs ...Event) (b []byte, roots []uint64) {
	m := &memory{pointerSize: pointerSize, base: base}
	for _, ev := range evs {
		roots = append(roots, m.put(event(version, pointerSize, ev)))
	}
	return m.b, roots
}

// maker lays out one event.
type maker struct {
	version, pointerSize int
	ev                   *Event
}

// event makes FWPM_NET_EVENTn.
func event(version, pointerSize int, ev Event) *object {
	m := maker{version, pointerSize, &ev}
	o := newObject(pointerSize)
	o.object(m.header())
	o.u32(uint32(ev.Type))
	name, body := m.body()
	m.pointer(o, name, body)
	return o
}

// pointer adds a pointer to inner, NULL if that is nil, unless it is to be wild.
func (m *maker) pointer(o *object, name string, inner *object) {
	var place func(*memory) uint64
	if inner != nil {
		place = inner.place()
	}
	if address, wild := m.ev.Wild[name]; wild {
		place = func(*memory) uint64 { return address }
	}
	o.pointer(place)
}

// garbage stands where nothing is defined.
var garbage uint64 = 0xCDCDCDCDCDCDCDCD

// known returns a value, or what stands where it is unknown.
func known[T uint8 | uint16 | uint32 | uint64](m *maker, v model.Opt[T]) T {
	if !v.OK && m.ev.Garbage {
		return T(garbage)
	}
	return v.V
}

// header makes FWPM_NET_EVENT_HEADER0, 1, 2, 3, 3, 3.
func (m *maker) header() *object {
	h := &m.ev.Header
	o := newObject(m.pointerSize)
	o.u32(uint32(h.TimeStamp.V))
	o.u32(uint32(h.TimeStamp.V >> 32))
	o.u32(h.Flags.V)
	o.u32(known(m, model.Opt[uint32]{V: uint32(h.IPVersion.V), OK: h.IPVersion.OK}))
	o.u8(known(m, h.IPProtocol))
	m.addr(o, h.LocalAddr)
	m.addr(o, h.RemoteAddr)
	o.u16(known(m, h.LocalPort))
	o.u16(known(m, h.RemotePort))
	o.u32(known(m, h.ScopeID))
	m.text(o, "appId", h.AppID)
	m.sid(o, "userId", h.UserID)
	switch m.version {
	case 0:
		return o
	case 1:
		o.u32(0) // reserved1
		o.room(0, 8)
		for range 2 {
			o.bytes(make([]byte, 6))
		}
		o.u32(0)
		o.u32(0)
		o.u16(0)
		o.u32(0)
		o.u32(0)
		o.u16(0)
		o.u64(0)
		return o
	}
	o.u32(known(m, h.AddressFamily))
	m.sid(o, "packageSid", h.PackageSID)
	if m.version == 2 {
		return o
	}
	m.string(o, "enterpriseId", h.EnterpriseID)
	o.u64(known(m, h.PolicyFlags))
	m.text(o, "effectiveName", h.EffectiveName)
	return o
}

// addr adds a union of UINT32 and FWP_BYTE_ARRAY16.
func (m *maker) addr(o *object, a model.Opt[netip.Addr]) {
	b := o.room(16, 4)
	if m.ev.Garbage {
		for i := range b {
			b[i] = 0xCD
		}
	}
	switch {
	case !a.OK:
	case a.V.Is4():
		four := a.V.As4()
		binary.LittleEndian.PutUint32(b, binary.BigEndian.Uint32(four[:]))
	default:
		sixteen := a.V.As16()
		copy(b, sixteen[:])
	}
}

// text adds text in an FWP_BYTE_BLOB.
func (m *maker) text(o *object, name string, text model.Opt[string]) {
	var blob []byte
	if text.OK && text.V != "" {
		blob = Text(text.V)
	}
	inner := newObject(m.pointerSize)
	size := uint32(len(blob))
	if !text.OK && m.ev.Garbage {
		size = uint32(garbage)
	}
	inner.u32(size)
	if address, wild := m.ev.Wild[name]; wild {
		inner.pointer(func(*memory) uint64 { return address })
	} else if blob != nil {
		inner.pointer(plain(blob, 2))
	} else {
		inner.pointer(m.undefined(text.OK))
	}
	o.object(inner)
}

// undefined is the pointer of a field that is unknown.
func (m *maker) undefined(known bool) func(*memory) uint64 {
	if known || !m.ev.Garbage {
		return nil
	}
	return func(*memory) uint64 { return garbage }
}

// string adds a pointer to text.
func (m *maker) string(o *object, name string, text model.Opt[string]) {
	if !text.OK {
		if address, wild := m.ev.Wild[name]; wild {
			o.pointer(func(*memory) uint64 { return address })
			return
		}
		o.pointer(m.undefined(false))
		return
	}
	inner := newObject(m.pointerSize)
	copy(inner.room(len(Text(text.V)), 2), Text(text.V))
	m.pointer(o, name, inner)
}

// sid adds a pointer to a SID, given as its text.
func (m *maker) sid(o *object, name string, text model.Opt[string]) {
	if !text.OK {
		if address, wild := m.ev.Wild[name]; wild {
			o.pointer(func(*memory) uint64 { return address })
			return
		}
		o.pointer(m.undefined(false))
		return
	}
	inner := newObject(m.pointerSize)
	copy(inner.room(len(SID(text.V)), 4), SID(text.V))
	m.pointer(o, name, inner)
}

// SID returns the bytes of a SID with a decimal authority; of other text, none.
func SID(text string) []byte {
	parts := strings.Split(text, "-")
	if len(parts) < 3 || !model.ValidSID(text) {
		return nil
	}
	authority, _ := strconv.ParseUint(parts[2], 10, 32)
	b := []byte{1, byte(len(parts) - 3), 0, 0}
	b = binary.BigEndian.AppendUint32(b, uint32(authority))
	for _, p := range parts[3:] {
		v, _ := strconv.ParseUint(p, 10, 32)
		b = binary.LittleEndian.AppendUint32(b, uint32(v))
	}
	return b
}
