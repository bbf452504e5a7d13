package etlbuild

import (
	"encoding/binary"
	"net/netip"
	"time"
)

// netEventDay is when the events of the logs of 1007 begin.
var netEventDay = time.Date(2024, 3, 5, 8, 0, 0, 0, time.UTC)

// addr is an address from text that is one, in network order.
func addr(text string) []byte {
	a, _ := netip.ParseAddr(text)
	return a.AsSlice()
}

// sockaddr4 is SOCKADDR_IN, sockaddr6 SOCKADDR_IN6. Family and scope are
// little-endian, port and address in network order.
func sockaddr4(text string, port uint16) []byte {
	b := binary.BigEndian.AppendUint16([]byte{2, 0}, port)
	return append(append(b, addr(text)...), make([]byte, 8)...)
}

func sockaddr6(text string, port uint16, scope uint32) []byte {
	b := binary.BigEndian.AppendUint16([]byte{23, 0}, port)
	b = append(append(b, 0, 0, 0, 0), addr(text)...)
	return binary.LittleEndian.AppendUint32(b, scope)
}
