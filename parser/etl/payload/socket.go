package payload

import (
	"encoding/binary"
	"net/netip"
	"strconv"
)

// socketAddress reads a SOCKADDR_IN (ws2def.h) or SOCKADDR_IN6 (ws2ipdef.h),
// either also in the 128 bytes of a SOCKADDR_STORAGE; false for anything else.
//
//	     IN  IN6
//	 0    2    2  family, 2 or 23, little-endian
//	 2    2    2  port, big-endian
//	 4    4       address
//	 4         4  flow
//	 8        16  address
//	24         4  scope, little-endian
func socketAddress(b []byte) (a netip.AddrPort, ok bool) {
	const in4, in6, storage = 16, 28, 128
	if len(b) != in4 && len(b) != in6 && len(b) != storage {
		return a, false
	}
	port := binary.BigEndian.Uint16(b[2:])
	switch family := binary.LittleEndian.Uint16(b); {
	case family == 2 && len(b) != in6:
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(b[4:8])), port), true
	case family == 23 && len(b) != in4:
		addr := netip.AddrFrom16([16]byte(b[8:24]))
		if scope := binary.LittleEndian.Uint32(b[24:]); scope != 0 {
			addr = addr.WithZone(strconv.FormatUint(uint64(scope), 10))
		}
		return netip.AddrPortFrom(addr, port), true
	}
	return a, false
}
