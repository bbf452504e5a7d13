package quickmode

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strings"

	"github.com/qmparse/qmparse/model"
)

// sockaddr is an address of event 1007; addr is invalid if it is unknown.
type sockaddr struct {
	addr  netip.Addr
	port  model.Opt[uint16] // known only of a SOCKADDR
	scope uint32            // of a SOCKADDR_IN6
}

// wfpAddr reads an address and compares it with the field that has its length.
// Rendered to text, the bytes are hexadecimal digits.
func (m *mapper) wfpAddr(name, lengthName string) sockaddr {
	length := m.number32(lengthName)
	var blob []byte
	if f := m.field(name); f != nil {
		switch f.Kind {
		case model.KindBinary:
			blob = f.Bytes
		case model.KindText:
			text := trim(f.Text)
			if none(text) {
				break
			}
			if strings.ContainsAny(text, ".:") {
				a, err := netip.ParseAddr(text)
				if err != nil {
					m.say("address-unreadable", name+" "+model.Quote(f.Text))
				}
				return sockaddr{addr: a}
			}
			var err error
			if blob, err = hex.DecodeString(strings.TrimPrefix(text, "0x")); err != nil {
				m.say("address-unreadable", name+" "+model.Quote(f.Text))
				return sockaddr{}
			}
		default:
			m.wrongKind(f)
			return sockaddr{}
		}
	}
	if length.OK && uint64(length.V) != uint64(len(blob)) {
		m.say("address-length-differs", fmt.Sprintf("%s %s, %s %d", name, hexDetail(blob), lengthName, length.V))
		return sockaddr{}
	}
	s, problem := decodeAddr(blob)
	if problem != "" {
		m.say(problem, name+" "+hexDetail(blob))
	}
	return s
}

const (
	familyIPv4 = 2  // AF_INET
	familyIPv6 = 23 // AF_INET6 of Windows
)

// decodeAddr reads the blob of an address. The manifest gives its length
// only; each form that it can have is taken:
//
//	  0  none
//	  4  IPv4
//	 16  IPv6, or SOCKADDR_IN
//	 28  SOCKADDR_IN6
//	128  SOCKADDR_STORAGE: either SOCKADDR, padded
//
// SOCKADDR_IN (ws2def.h):
//
//	0  2  sin_family  2, little-endian
//	2  2  sin_port    big-endian
//	4  4  sin_addr
//	8  8  sin_zero    0
//
// SOCKADDR_IN6 (ws2ipdef.h):
//
//	 0   2  sin6_family    23, little-endian
//	 2   2  sin6_port      big-endian
//	 4   4  sin6_flowinfo
//	 8  16  sin6_addr
//	24   4  sin6_scope_id  little-endian
//
// 16 bytes are SOCKADDR_IN if they begin with its family and end with eight
// zeros. No IPv6 address in use looks like that: 0200::/8 was given back. With
// other bytes at the end, or with the family of IPv6 in front, they could be a
// SOCKADDR too, and all zeros could be one without a family: none of these is
// read, and the problem is address-form-ambiguous.
func decodeAddr(b []byte) (s sockaddr, problem string) {
	var family uint16
	if len(b) >= 16 {
		family = binary.LittleEndian.Uint16(b)
	}
	switch {
	case len(b) == 0:
		return sockaddr{}, ""
	case len(b) == 4:
		return sockaddr{addr: netip.AddrFrom4([4]byte(b))}, ""
	case len(b) == 16 && family == familyIPv4 && binary.LittleEndian.Uint64(b[8:]) == 0,
		len(b) == 128 && family == familyIPv4:
		return sockaddr{
			addr: netip.AddrFrom4([4]byte(b[4:8])),
			port: model.Some(binary.BigEndian.Uint16(b[2:])),
		}, ""
	case len(b) == 16 && (family == familyIPv4 || family == familyIPv6 || [16]byte(b) == [16]byte{}):
		return sockaddr{}, "address-form-ambiguous"
	case len(b) == 16:
		return sockaddr{addr: netip.AddrFrom16([16]byte(b))}, ""
	case (len(b) == 28 || len(b) == 128) && family == familyIPv6:
		return sockaddr{
			addr:  netip.AddrFrom16([16]byte(b[8:24])),
			port:  model.Some(binary.BigEndian.Uint16(b[2:])),
			scope: binary.LittleEndian.Uint32(b[24:]),
		}, ""
	}
	return sockaddr{}, "address-unreadable"
}
