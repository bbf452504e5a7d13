package model

import (
	"encoding/binary"
	"math"
	"math/bits"
	"net/netip"
	"strconv"
)

// ConditionValue is FWP_CONDITION_VALUE0 (fwptypes.h): here one side's subnet
// of a Quick Mode failure. 16 bytes on 64-bit Windows, 8 on 32-bit:
//
//	0  4  type   FWP_DATA_TYPE
//	8  8  union  4, 4 on 32-bit: the value or a pointer to it
//
// Value is nil if the pointer did not resolve: all that its methods return is
// then unknown, as it is of a nil ConditionValue, which is a source without
// conditions.
//
// https://learn.microsoft.com/windows/win32/api/fwptypes/ns-fwptypes-fwp_condition_value0
type ConditionValue struct {
	Type  DataType
	Value ConditionArm
}

func (v *ConditionValue) arm() ConditionArm {
	if v == nil {
		return nil
	}
	return v.Value
}

// Addr returns the address as found, bits outside the mask included: of an
// address with a mask, of an IPv4 host (UINT32) or of an IPv6 host
// (BYTE_ARRAY16). The text is canonical (RFC 5952), with the %scope that a log
// gave it.
func (v *ConditionValue) Addr() Opt[string] {
	switch a := v.arm().(type) {
	case V4AddrMask:
		return addrText(addr4(a.Addr))
	case V6AddrMask:
		if a.PrefixLength <= 128 {
			return addrText(netip.AddrFrom16(a.Addr))
		}
	case Uint32, ByteArray16:
		return addrText(hostAddr(a))
	case TextAddrMask:
		return addrText(a.addr)
	}
	return Opt[string]{}
}

// Mask returns the mask: dotted of FWP_V4_ADDR_MASK, as logged of event 4654,
// even if it is a prefix length or unreadable. FWP_V6_ADDR_MASK has none.
func (v *ConditionValue) Mask() Opt[string] {
	switch a := v.arm().(type) {
	case V4AddrMask:
		return addrText(addr4(a.Mask))
	case TextAddrMask:
		return Some(a.maskText)
	}
	return Opt[string]{}
}

// PrefixLength returns the length of a mask without gaps, 0 to 32 or to 128.
// A host has no mask and so no prefix length.
func (v *ConditionValue) PrefixLength() Opt[uint8] {
	switch a := v.arm().(type) {
	case V4AddrMask:
		if n, ok := maskBits(addr4(a.Mask)); ok {
			return Some(uint8(n))
		}
	case V6AddrMask:
		if a.PrefixLength <= 128 {
			return Some(a.PrefixLength)
		}
	case TextAddrMask:
		if a.bits != noBits {
			return Some(uint8(a.bits))
		}
	}
	return Opt[uint8]{}
}

// RangeLow returns the lowest address of a range, if it is one.
func (v *ConditionValue) RangeLow() Opt[string] {
	if r, ok := v.arm().(Range); ok {
		return addrText(hostAddr(r.Low.Value))
	}
	return Opt[string]{}
}

// RangeHigh returns the highest address of a range, if it is one.
func (v *ConditionValue) RangeHigh() Opt[string] {
	if r, ok := v.arm().(Range); ok {
		return addrText(hostAddr(r.High.Value))
	}
	return Opt[string]{}
}

// Raw returns the bytes of a value that the other methods cannot express:
// numbers and floats little-endian, FWP_V6_ADDR_AND_MASK with an invalid prefix
// length (17 bytes), of a range those ends that are no addresses, the low one
// first. It is nil for all else.
func (v *ConditionValue) Raw() []byte {
	switch a := v.arm().(type) {
	case V6AddrMask:
		if a.PrefixLength > 128 {
			return append(a.Addr[:], a.PrefixLength)
		}
		return nil
	case Range:
		return append(rawValue(a.Low.Value), rawValue(a.High.Value)...)
	default:
		return rawValue(a)
	}
}

// rawValue is Raw of what an FWP_VALUE0 can hold.
func rawValue(a ConditionArm) []byte {
	le := binary.LittleEndian
	switch a := a.(type) {
	case Uint8:
		return []byte{byte(a)}
	case Int8:
		return []byte{byte(a)}
	case Uint16:
		return le.AppendUint16(nil, uint16(a))
	case Int16:
		return le.AppendUint16(nil, uint16(a))
	case Int32:
		return le.AppendUint32(nil, uint32(a))
	case Uint64:
		return le.AppendUint64(nil, uint64(a))
	case Int64:
		return le.AppendUint64(nil, uint64(a))
	case Float32:
		return le.AppendUint32(nil, math.Float32bits(float32(a)))
	case Float64:
		return le.AppendUint64(nil, math.Float64bits(float64(a)))
	case ByteArray6:
		return a[:]
	case ByteBlob:
		return clone(a)
	case SID:
		return clone(a)
	case SecurityDescriptor:
		return clone(a)
	case TokenInformation:
		return clone(a)
	case UnicodeString:
		return clone(a)
	case Unknown:
		return clone(a.Raw)
	}
	return nil
}

// clone copies b, so that appending to it cannot reach the caller's bytes. An
// empty value stays apart from none.
func clone(b []byte) []byte {
	if b == nil {
		return nil
	}
	return append([]byte{}, b...)
}

// Prefix returns the network that the value is, if it is one: an address with a
// mask without gaps, its bits outside the mask cleared and without %scope; a
// host as /32 or /128; a range that is exactly one block.
func (v *ConditionValue) Prefix() (netip.Prefix, bool) {
	var addr netip.Addr
	n := noBits // no prefix has as many
	if p := v.PrefixLength(); p.OK {
		n = int(p.V)
	}
	switch a := v.arm().(type) {
	case V4AddrMask:
		addr = addr4(a.Addr)
	case V6AddrMask:
		addr = netip.AddrFrom16(a.Addr)
	case TextAddrMask:
		addr = a.addr.WithZone("")
	case Uint32, ByteArray16:
		addr = hostAddr(a)
		n = addr.BitLen()
	case Range:
		low, high := hostAddr(a.Low.Value), hostAddr(a.High.Value)
		if low.BitLen() != high.BitLen() {
			return netip.Prefix{}, false
		}
		p := netip.PrefixFrom(low, commonBits(low, high))
		if !p.IsValid() || p.Masked().Addr() != low || lastAddr(p) != high {
			return netip.Prefix{}, false
		}
		return p, true
	}
	p := netip.PrefixFrom(addr, n)
	return p.Masked(), p.IsValid()
}

// CIDR returns the text of [ConditionValue.Prefix], 10.1.2.0/24.
func (v *ConditionValue) CIDR() Opt[string] {
	p, ok := v.Prefix()
	if !ok {
		return Opt[string]{}
	}
	return Some(p.String())
}

// Bounds returns the first and the last address of the network or range,
// inclusive, as 16 bytes that sort like addresses: IPv4 as ::ffff:a.b.c.d.
//
// FWP_EMPTY has no bounds; 0.0.0.0/0 has those of all IPv4. A mask with gaps
// has none: its addresses do not lie side by side, and the lowest and highest
// would cover others too. Nor has a range whose low end is above its high end.
// An IPv6 network can cover ::ffff:0:0/96, as ::/0 does, and so IPv4 here; the
// condition's type tells them apart.
func (v *ConditionValue) Bounds() (first, last [16]byte, ok bool) {
	if r, isRange := v.arm().(Range); isRange {
		low, high := hostAddr(r.Low.Value), hostAddr(r.High.Value)
		if !low.IsValid() || low.BitLen() != high.BitLen() || high.Less(low) {
			return first, last, false
		}
		return low.As16(), high.As16(), true
	}
	p, ok := v.Prefix()
	if !ok {
		return first, last, false
	}
	return p.Addr().As16(), lastAddr(p).As16(), true
}

// AppendDiagnostics appends what looks wrong about the value of the field of
// that name: a mask with gaps, a prefix length that is too long, a range upside
// down, a type that no subnet has. A value that did not resolve is its reader's
// to report, as is an address in a log's text that cannot be read.
func (v *ConditionValue) AppendDiagnostics(dst []Diagnostic, name string) []Diagnostic {
	say := func(code, detail string) { dst = append(dst, Diagnostic{code, name + " " + detail}) }
	switch a := v.arm().(type) {
	case nil, Empty, Uint32, ByteArray16:
	case V4AddrMask:
		if !v.PrefixLength().OK {
			say("mask-not-contiguous", addr4(a.Mask).String())
		}
	case V6AddrMask:
		if a.PrefixLength > 128 {
			say("prefix-length-invalid", strconv.Itoa(int(a.PrefixLength)))
		}
	case TextAddrMask:
		switch a.flaw {
		case maskUnreadable:
			say("mask-unreadable", Quote(a.maskText))
		case maskGaps:
			say("mask-not-contiguous", Quote(a.maskText))
		case maskFamily:
			say("mask-family-differs", Quote(a.maskText))
		case maskTooLong:
			say("prefix-length-invalid", Quote(a.maskText))
		}
	case Range:
		low, high := hostAddr(a.Low.Value), hostAddr(a.High.Value)
		for _, end := range []ConditionValue{a.Low, a.High} {
			if end.Value != nil && !hostAddr(end.Value).IsValid() {
				say("condition-type-unexpected", "range of "+end.Type.String())
			}
		}
		if low.IsValid() && high.IsValid() {
			if low.BitLen() != high.BitLen() {
				say("range-types-differ", low.String()+" to "+high.String())
			} else if high.Less(low) {
				say("range-inverted", low.String()+" to "+high.String())
			}
		}
	default:
		say("condition-type-unexpected", v.Type.String())
	}
	return dst
}

// hostAddr returns the address of a value that is one host, else the zero Addr.
func hostAddr(a ConditionArm) netip.Addr {
	switch a := a.(type) {
	case Uint32:
		return addr4(uint32(a))
	case ByteArray16:
		return netip.AddrFrom16(a)
	}
	return netip.Addr{}
}

// addr4 converts an IPv4 address from host order.
func addr4(v uint32) netip.Addr {
	return netip.AddrFrom4([4]byte{byte(v >> 24), byte(v >> 16), byte(v >> 8), byte(v)})
}

func addrText(a netip.Addr) Opt[string] {
	if !a.IsValid() {
		return Opt[string]{}
	}
	return Some(a.String())
}

// commonBits counts the bits in front that two addresses of one family share.
func commonBits(a, b netip.Addr) int {
	x, y := a.As16(), b.As16()
	n := 0
	for n < 128 && x[n/8] == y[n/8] {
		n += 8
	}
	if n < 128 {
		n += bits.LeadingZeros8(x[n/8] ^ y[n/8])
	}
	return n - (128 - a.BitLen())
}

// lastAddr returns the highest address of a network.
func lastAddr(p netip.Prefix) netip.Addr {
	b := p.Masked().Addr().As16()
	for i := 128 - p.Addr().BitLen() + p.Bits(); i < 128; i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	if p.Addr().Is4() {
		return netip.AddrFrom16(b).Unmap()
	}
	return netip.AddrFrom16(b)
}
