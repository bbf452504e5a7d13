package dumpbuild

import (
	"encoding/binary"
	"net/netip"
	"unicode/utf16"

	"github.com/qmparse/qmparse/model"
)

// V4 returns a subnet of IPv4: FWP_V4_ADDR_MASK, both in host order.
func V4(addr, mask uint32) *model.ConditionValue {
	return &model.ConditionValue{Type: model.DataTypeV4AddrMask, Value: model.V4AddrMask{Addr: addr, Mask: mask}}
}

// V6 returns a subnet of IPv6: FWP_V6_ADDR_MASK.
func V6(addr string, bits uint8) *model.ConditionValue {
	a, _ := netip.ParseAddr(addr)
	return &model.ConditionValue{Type: model.DataTypeV6AddrMask, Value: model.V6AddrMask{Addr: a.As16(), PrefixLength: bits}}
}

// Text returns text in UTF-16LE with its NUL.
func Text(text string) (b []byte) {
	for _, u := range append(utf16.Encode([]rune(text)), 0) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}
