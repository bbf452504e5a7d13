package netevent

import (
	"encoding/binary"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// guessed writes any other payload.
func (s *shaper) guessed() {
	show := shown{}
	var l *Layout
	if s.pointerSize == 8 || s.pointerSize == 4 {
		l = &layouts()[MaxVersion][abiOf(s.pointerSize)]
		show = s.looks(l)
	}
	if !show.header {
		s.rest(0, nil)
		return
	}
	end := l.header.addressFamily + 8
	if show.third {
		end = l.Size()
	}
	at := s.header(end, l.typ, show)
	var q *qmOffsets
	if show.third && image(s.payload).u32(l.typ) == uint32(model.NetEventIKEExtQMFailure) {
		q = &l.qm
	}
	s.rest(at, q)
}

// looks says what a payload that was not recognised begins like.
func (s *shaper) looks(l *Layout) shown {
	if len(s.payload) < rawForms()[l.abi].least {
		return shown{}
	}
	m := image(s.payload)
	h := &l.header
	flags, at := m.u32(h.flags), timeStamp(m, l)
	switch {
	case flags&^knownFlags != 0 || m.u32(h.ipVersion) > uint32(model.IPVersionNone) || m.u32(h.addressFamily) > lastPrivateType:
		return shown{}
	case at == 0 && !hasAddress(flags, m.u32(h.ipVersion)):
		return shown{}
	case at != 0 && !at.Plausible():
		return shown{}
	}
	// In the images of older versions addresses and SIDs can stand where this one
	// has its type. It is not one of them if what is the type there is none.
	third := len(m) >= l.Size() && m.u32(l.typ) <= lastPrivateType && m.u32(h.addressFamily) <= 3
	if third {
		older := m.u32(h.enterpriseID)
		third = older == 0 || older > lastPrivateType
	}
	third = third && !s.partWithin(h.addressFamily+8, l.typ)
	return shown{header: true, typ: third, third: third}
}

// partWithin says whether between two offsets there begins what could be a part:
// then the header is one of a version that ends before.
func (s *shaper) partWithin(from, to int) bool {
	m := image(s.payload)
	for at := from; at <= to; at += 8 {
		if _, name := textOrSID(m[at:]); name != "" {
			return true
		}
		// A SID that is cut, or as long as a type and its padding.
		low, high := m.u32(at), m.u32(at+4)
		if low&^0xF00 == 1 && high<<8 == 0 && (low != 1 || high != 0) {
			return true
		}
	}
	return false
}

// looksLikeQM says whether a Quick Mode failure could begin there: an error and
// enumerators in their range, of a tunnel two masks. A prefix length and its
// padding must not pass for an error.
func (s *shaper) looksLikeQM(at int, q *qmOffsets) bool {
	if q.filterID+8 > len(s.payload)-at {
		return false
	}
	m := image(s.payload[at:])
	code := m.u32(q.errorCode)
	if (code <= 0xFF || code > 0xFFFF) && code>>16 != 0x8007 {
		return false
	}
	if m.u32(q.failurePoint) > rawFailurePoints || m.u32(q.keyingModule) > rawKeyingModules || m.u32(q.state) > rawQMStates ||
		m.u32(q.role) > rawRoles || m.u32(q.trafficType) > rawTrafficTypes {
		return false
	}
	if model.TrafficType(m.u32(q.trafficType)) != model.TrafficTypeTunnel {
		return true
	}
	local, remote := model.DataType(m.u32(q.local)), model.DataType(m.u32(q.remote))
	return local == remote && (local == model.DataTypeV4AddrMask || local == model.DataTypeV6AddrMask)
}

// rest writes units, texts and SIDs to the end. The first that looks like the
// body of a Quick Mode failure is written as one if q is not nil.
func (s *shaper) rest(at int, q *qmOffsets) {
	for at+8 <= len(s.payload) {
		switch n, name := textOrSID(s.payload[at:]); {
		case name == "utf16":
			s.run(at, name, n)
			at += padded(2 * n)
			if n%4 == 0 && at+2 <= len(s.payload) && image(s.payload).u16(at) == 0 {
				at += 8 // NUL and its padding
			}
		case name == "sid":
			s.run(at, name, n)
			at += padded(sidHeader + 4*n)
		case q != nil && s.looksLikeQM(at, q):
			at = s.qm(at, q)
			q = nil
		default:
			at = s.units(at, at+8)
		}
	}
	if at >= len(s.payload) {
		return
	}
	var last []byte
	for _, v := range s.payload[at:] {
		c := byte('.')
		if v != 0 {
			c = 'x'
		}
		last = append(last, c)
	}
	s.flush()
	s.unit(at, string(last))
}

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
	if _, ok := model.SIDSize(b); !ok || !cursor.IsZero(b[2:7]) {
		return -1
	}
	n := int(b[1])
	if b[7] == 0 && (n == 0 || n == 1 && image(b).u32(sidHeader) != 0) {
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
