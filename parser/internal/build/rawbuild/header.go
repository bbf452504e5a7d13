package rawbuild

import (
	"encoding/binary"
	"net/netip"

	"github.com/qmparse/qmparse/model"
)

// header adds FWPM_NET_EVENT_HEADER0 to 3, as the base needs it. What the header
// does not know is undefined, but for ipVersion.
func (e *Event) header(m *image) {
	h := &e.Header
	m.u32(uint32(h.TimeStamp.V))
	m.u32(uint32(h.TimeStamp.V >> 32))
	m.u32(h.Flags.V)
	m.u32(uint32(h.IPVersion.V))
	m.u8(known(m, h.IPProtocol))
	m.addr(h.LocalAddr)
	m.addr(h.RemoteAddr)
	m.u16(known(m, h.LocalPort))
	m.u16(known(m, h.RemotePort))
	m.u32(known(m, h.ScopeID))
	m.blob(e.appID(), h.Flags.V&flagAppID != 0)
	m.reference(h.Flags.V & flagUserID)

	switch e.base() {
	case 104, 80: // FWPM_NET_EVENT_HEADER0
	case 160, 136: // FWPM_NET_EVENT_HEADER1
		m.u32(0) // reserved1
		m.pad(8)
		m.undefined(6, 1)
		m.undefined(6, 1)
		m.undefined(4, 4)
		m.undefined(4, 4)
		m.undefined(2, 2)
		m.undefined(4, 4)
		m.undefined(4, 4)
		m.undefined(2, 2)
		m.undefined(8, 8)
	default:
		m.u32(known(m, h.AddressFamily))
		m.reference(h.Flags.V & flagPackageID)
		if e.base() == 120 || e.base() == 88 { // FWPM_NET_EVENT_HEADER2
			return
		}
		m.reference(h.Flags.V & flagEnterpriseID)
		m.u64(known(m, h.PolicyFlags))
		m.blob(e.effectiveName(), h.Flags.V&flagEffectiveName != 0)
	}
}

// known returns a value, or what stands where it is unknown.
func known[T uint8 | uint16 | uint32 | uint64](m *image, v model.Opt[T]) T {
	if !v.OK && m.ev.Garbage {
		garbage := uint64(0xCDCDCDCDCDCDCDCD)
		return T(garbage)
	}
	return v.V
}

// addr adds a union of UINT32, in host order, and FWP_BYTE_ARRAY16.
func (m *image) addr(a model.Opt[netip.Addr]) {
	m.undefined(16, 4)
	b := m.b[len(m.b)-16:]
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

// blob adds an FWP_BYTE_BLOB, undefined if it is not set.
func (m *image) blob(b []byte, set bool) {
	m.pad(m.ev.pointerSize())
	if !set {
		m.undefined(2*m.ev.pointerSize(), m.ev.pointerSize())
		return
	}
	m.u32(uint32(len(b)))
	m.pointer(len(b) > 0)
}

// reference adds a pointer, undefined if it is not set.
func (m *image) reference(set uint32) {
	if set == 0 {
		m.undefined(m.ev.pointerSize(), m.ev.pointerSize())
		return
	}
	m.pointer(true)
}
