package model

import (
	"net/netip"
	"strconv"
	"strings"
)

// TextAddrMask is the address and mask of one side of event 4654, which logs
// both as text. Make one with [TextCondition].
type TextAddrMask struct {
	maskText string // as logged

	addr netip.Addr // invalid if there is none or it is unreadable
	bits int16      // prefix length of the mask, or noBits
	flaw maskFlaw   // why bits is noBits
}

const noBits = -1

type maskFlaw uint8

const (
	maskFine       maskFlaw = iota
	maskUnreadable          // no number and no address
	maskGaps                // an address whose ones are not all in front
	maskFamily              // of the other IP version than the address
	maskTooLong             // a prefix length above 32 or 128
)

// TextCondition returns the condition that an address and a mask logged as text
// make up; the address may be missing (""), the mask may not. White space
// around them is ignored.
//
// The address is of either family, of IPv6 perhaps with %scope. The mask is
// dotted, an IPv6 address, or a prefix length, with or without a slash before
// it. The type is FWP_V4_ADDR_MASK or FWP_V6_ADDR_MASK, after the address, or
// after the mask if the address cannot be read. If neither says which family it
// is, there is no condition, and ok is false.
//
// An IPv4-mapped IPv6 address, ::ffff:10.0.0.1, is IPv6 and takes masks of IPv6.
func TextCondition(addr, mask string) (v *ConditionValue, ok bool) {
	t := TextAddrMask{maskText: mask, bits: noBits}
	t.addr, _ = netip.ParseAddr(strings.Trim(addr, asciiSpace))
	mask = strings.Trim(mask, asciiSpace)

	maskAddr, maskErr := netip.ParseAddr(mask)
	number := strings.TrimPrefix(mask, "/")
	switch {
	case maskErr == nil && maskAddr.Zone() == "":
		switch bits, contiguous := maskBits(maskAddr); {
		case t.addr.IsValid() && t.addr.Is4() != maskAddr.Is4():
			t.flaw = maskFamily
		case !contiguous:
			t.flaw = maskGaps
		default:
			t.bits = int16(bits)
		}
	case maskErr != nil && isDecimal(number) && (number == "0" || number[0] != '0'):
		bits, err := strconv.ParseUint(number, 10, 8)
		if t.addr.IsValid() && err == nil && int(bits) <= t.addr.BitLen() {
			t.bits = int16(bits)
		} else {
			t.flaw = maskTooLong
		}
	default:
		t.flaw = maskUnreadable
	}

	family := t.addr
	if !family.IsValid() && t.flaw != maskUnreadable {
		family = maskAddr
	}
	switch {
	case !family.IsValid():
		return nil, false
	case family.Is4():
		return &ConditionValue{DataTypeV4AddrMask, t}, true
	}
	return &ConditionValue{DataTypeV6AddrMask, t}, true
}

// maskBits returns the number of ones in front of a mask; contiguous is false
// if there are others behind a zero.
func maskBits(mask netip.Addr) (bits int, contiguous bool) {
	b := mask.As16()
	s := b[:]
	if mask.Is4() {
		s = b[12:]
	}
	for bits < 8*len(s) && s[bits/8]&(0x80>>(bits%8)) != 0 {
		bits++
	}
	for i := bits; i < 8*len(s); i++ {
		if s[i/8]&(0x80>>(i%8)) != 0 {
			return 0, false
		}
	}
	return bits, true
}
