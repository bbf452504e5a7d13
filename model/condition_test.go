package model

import (
	"bytes"
	"encoding/hex"
	"math"
	"net/netip"
	"slices"
	"testing"
)

// row is what an export writes of a condition; "" is null.
type row struct {
	addr, mask, prefix, low, high, raw, cidr, first, last string
	diagnostics                                           []string
}

func rowOf(v *ConditionValue) row {
	r := row{
		addr: v.Addr().V, mask: v.Mask().V, low: v.RangeLow().V, high: v.RangeHigh().V,
		raw: hex.EncodeToString(v.Raw()), cidr: v.CIDR().V,
	}
	if p := v.PrefixLength(); p.OK {
		r.prefix = string(appendUint32(nil, uint32(p.V)))
	}
	if first, last, ok := v.Bounds(); ok {
		r.first, r.last = netip.AddrFrom16(first).String(), netip.AddrFrom16(last).String()
	}
	for _, d := range v.AppendDiagnostics(nil, "local") {
		r.diagnostics = append(r.diagnostics, d.String())
	}
	return r
}

func v6(text string) [16]byte { return netip.MustParseAddr(text).As16() }

func rangeOf(lowType DataType, low ConditionArm, highType DataType, high ConditionArm) *ConditionValue {
	return &ConditionValue{DataTypeRange, Range{ConditionValue{lowType, low}, ConditionValue{highType, high}}}
}

func TestConditionValue(t *testing.T) {
	for _, c := range []struct {
		name string
		v    *ConditionValue
		want row
	}{
		{"none", nil, row{}},
		{"unresolved", &ConditionValue{DataTypeV4AddrMask, nil}, row{}},
		{"empty", &ConditionValue{DataTypeEmpty, Empty{}}, row{}},

		{"V4", &ConditionValue{DataTypeV4AddrMask, V4AddrMask{0x0A010200, 0xFFFFFF00}}, row{
			addr: "10.1.2.0", mask: "255.255.255.0", prefix: "24", cidr: "10.1.2.0/24",
			first: "::ffff:10.1.2.0", last: "::ffff:10.1.2.255"}},
		{"V4 with host bits", &ConditionValue{DataTypeV4AddrMask, V4AddrMask{0x0A010203, 0xFFFF0000}}, row{
			addr: "10.1.2.3", mask: "255.255.0.0", prefix: "16", cidr: "10.1.0.0/16",
			first: "::ffff:10.1.0.0", last: "::ffff:10.1.255.255"}},
		{"V4 any", &ConditionValue{DataTypeV4AddrMask, V4AddrMask{}}, row{
			addr: "0.0.0.0", mask: "0.0.0.0", prefix: "0", cidr: "0.0.0.0/0",
			first: "::ffff:0.0.0.0", last: "::ffff:255.255.255.255"}},
		{"V4 host", &ConditionValue{DataTypeV4AddrMask, V4AddrMask{0x7F000001, 0xFFFFFFFF}}, row{
			addr: "127.0.0.1", mask: "255.255.255.255", prefix: "32", cidr: "127.0.0.1/32",
			first: "::ffff:127.0.0.1", last: "::ffff:127.0.0.1"}},
		{"V4 /31", &ConditionValue{DataTypeV4AddrMask, V4AddrMask{0x0A000001, 0xFFFFFFFE}}, row{
			addr: "10.0.0.1", mask: "255.255.255.254", prefix: "31", cidr: "10.0.0.0/31",
			first: "::ffff:10.0.0.0", last: "::ffff:10.0.0.1"}},
		{"V4 with gaps", &ConditionValue{DataTypeV4AddrMask, V4AddrMask{0xC0A80000, 0xFF00FF00}}, row{
			addr: "192.168.0.0", mask: "255.0.255.0", diagnostics: []string{"mask-not-contiguous: local 255.0.255.0"}}},
		{"V4 with a wildcard mask", &ConditionValue{DataTypeV4AddrMask, V4AddrMask{0x0A000000, 0x000000FF}}, row{
			addr: "10.0.0.0", mask: "0.0.0.255", diagnostics: []string{"mask-not-contiguous: local 0.0.0.255"}}},

		{"V6", &ConditionValue{DataTypeV6AddrMask, V6AddrMask{v6("2001:db8:1::"), 48}}, row{
			addr: "2001:db8:1::", prefix: "48", cidr: "2001:db8:1::/48",
			first: "2001:db8:1::", last: "2001:db8:1:ffff:ffff:ffff:ffff:ffff"}},
		{"V6 with host bits", &ConditionValue{DataTypeV6AddrMask, V6AddrMask{v6("2001:db8::1"), 63}}, row{
			addr: "2001:db8::1", prefix: "63", cidr: "2001:db8::/63",
			first: "2001:db8::", last: "2001:db8:0:1:ffff:ffff:ffff:ffff"}},
		{"V6 any", &ConditionValue{DataTypeV6AddrMask, V6AddrMask{}}, row{
			addr: "::", prefix: "0", cidr: "::/0", first: "::", last: "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"}},
		{"V6 host", &ConditionValue{DataTypeV6AddrMask, V6AddrMask{v6("2001:db8::1"), 128}}, row{
			addr: "2001:db8::1", prefix: "128", cidr: "2001:db8::1/128", first: "2001:db8::1", last: "2001:db8::1"}},
		{"V6 that maps IPv4", &ConditionValue{DataTypeV6AddrMask, V6AddrMask{v6("::ffff:10.0.0.1"), 104}}, row{
			addr: "::ffff:10.0.0.1", prefix: "104", cidr: "::ffff:10.0.0.0/104",
			first: "::ffff:10.0.0.0", last: "::ffff:10.255.255.255"}},
		{"V6 with too long a prefix", &ConditionValue{DataTypeV6AddrMask, V6AddrMask{v6("2001:db8::"), 129}}, row{
			raw: "20010db800000000000000000000000081", diagnostics: []string{"prefix-length-invalid: local 129"}}},
		{"V6 with prefix 255", &ConditionValue{DataTypeV6AddrMask, V6AddrMask{[16]byte{}, 255}}, row{
			raw: "00000000000000000000000000000000ff", diagnostics: []string{"prefix-length-invalid: local 255"}}},

		{"UINT32", &ConditionValue{DataTypeUint32, Uint32(0x0A010203)}, row{
			addr: "10.1.2.3", cidr: "10.1.2.3/32", first: "::ffff:10.1.2.3", last: "::ffff:10.1.2.3"}},
		{"BYTE_ARRAY16", &ConditionValue{DataTypeByteArray16, ByteArray16(v6("2001:db8:2::1"))}, row{
			addr: "2001:db8:2::1", cidr: "2001:db8:2::1/128", first: "2001:db8:2::1", last: "2001:db8:2::1"}},

		{"range", rangeOf(3, Uint32(0x0A000001), 3, Uint32(0x0A0000FE)), row{
			low: "10.0.0.1", high: "10.0.0.254", first: "::ffff:10.0.0.1", last: "::ffff:10.0.0.254"}},
		{"range that is a block", rangeOf(3, Uint32(0x0A000000), 3, Uint32(0x0A0000FF)), row{
			low: "10.0.0.0", high: "10.0.0.255", cidr: "10.0.0.0/24", first: "::ffff:10.0.0.0", last: "::ffff:10.0.0.255"}},
		{"range of all", rangeOf(3, Uint32(0), 3, Uint32(math.MaxUint32)), row{
			low: "0.0.0.0", high: "255.255.255.255", cidr: "0.0.0.0/0", first: "::ffff:0.0.0.0", last: "::ffff:255.255.255.255"}},
		{"range of one", rangeOf(3, Uint32(0x0A000001), 3, Uint32(0x0A000001)), row{
			low: "10.0.0.1", high: "10.0.0.1", cidr: "10.0.0.1/32", first: "::ffff:10.0.0.1", last: "::ffff:10.0.0.1"}},
		{"range as wide as a block, beside it", rangeOf(3, Uint32(0x0A000001), 3, Uint32(0x0A000100)), row{
			low: "10.0.0.1", high: "10.0.1.0", first: "::ffff:10.0.0.1", last: "::ffff:10.0.1.0"}},
		{"range of IPv6", rangeOf(11, ByteArray16(v6("2001:db8::")), 11, ByteArray16(v6("2001:db8::ffff"))), row{
			low: "2001:db8::", high: "2001:db8::ffff", cidr: "2001:db8::/112", first: "2001:db8::", last: "2001:db8::ffff"}},
		{"range of all IPv6", rangeOf(11, ByteArray16{}, 11, ByteArray16(v6("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"))), row{
			low: "::", high: "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", cidr: "::/0", first: "::", last: "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"}},
		{"range upside down", rangeOf(3, Uint32(2), 3, Uint32(1)), row{
			low: "0.0.0.2", high: "0.0.0.1", diagnostics: []string{"range-inverted: local 0.0.0.2 to 0.0.0.1"}}},
		{"range upside down over a block", rangeOf(3, Uint32(0x0A0000FF), 3, Uint32(0x0A000000)), row{
			low: "10.0.0.255", high: "10.0.0.0", diagnostics: []string{"range-inverted: local 10.0.0.255 to 10.0.0.0"}}},
		{"range of two families", rangeOf(3, Uint32(1), 11, ByteArray16(v6("::ffff:0.0.0.9"))), row{
			low: "0.0.0.1", high: "::ffff:0.0.0.9", diagnostics: []string{"range-types-differ: local 0.0.0.1 to ::ffff:0.0.0.9"}}},
		{"range with an unresolved end", rangeOf(3, Uint32(1), 11, nil), row{low: "0.0.0.1"}},
		{"range of ports", rangeOf(2, Uint16(0x1F4), 2, Uint16(0x1194)), row{
			raw: "f4019411", diagnostics: []string{"condition-type-unexpected: local range of FWP_UINT16", "condition-type-unexpected: local range of FWP_UINT16"}}},
		{"range of a range", rangeOf(258, Range{}, 3, Uint32(1)), row{
			high: "0.0.0.1", diagnostics: []string{"condition-type-unexpected: local range of FWP_RANGE_TYPE"}}},

		{"UINT8", &ConditionValue{DataTypeUint8, Uint8(0xFE)}, unexpected("fe", "FWP_UINT8")},
		{"UINT16", &ConditionValue{DataTypeUint16, Uint16(0x1234)}, unexpected("3412", "FWP_UINT16")},
		{"UINT64", &ConditionValue{DataTypeUint64, Uint64(0x0102030405060708)}, unexpected("0807060504030201", "FWP_UINT64")},
		{"INT8", &ConditionValue{DataTypeInt8, Int8(-1)}, unexpected("ff", "FWP_INT8")},
		{"INT16", &ConditionValue{DataTypeInt16, Int16(-2)}, unexpected("feff", "FWP_INT16")},
		{"INT32", &ConditionValue{DataTypeInt32, Int32(-3)}, unexpected("fdffffff", "FWP_INT32")},
		{"INT64", &ConditionValue{DataTypeInt64, Int64(-4)}, unexpected("fcffffffffffffff", "FWP_INT64")},
		{"FLOAT", &ConditionValue{DataTypeFloat, Float32(1)}, unexpected("0000803f", "FWP_FLOAT")},
		{"DOUBLE", &ConditionValue{DataTypeDouble, Float64(1)}, unexpected("000000000000f03f", "FWP_DOUBLE")},
		{"BYTE_ARRAY6", &ConditionValue{DataTypeByteArray6, ByteArray6{1, 2, 3, 4, 5, 6}}, unexpected("010203040506", "FWP_BYTE_ARRAY6_TYPE")},
		{"blob", &ConditionValue{DataTypeByteBlob, ByteBlob{1, 2}}, unexpected("0102", "FWP_BYTE_BLOB_TYPE")},
		{"SID", &ConditionValue{DataTypeSID, SID{1, 0}}, unexpected("0100", "FWP_SID")},
		{"descriptor", &ConditionValue{DataTypeSecurityDescriptor, SecurityDescriptor{3}}, unexpected("03", "FWP_SECURITY_DESCRIPTOR_TYPE")},
		{"token", &ConditionValue{DataTypeTokenInformation, TokenInformation{4}}, unexpected("04", "FWP_TOKEN_INFORMATION_TYPE")},
		{"string", &ConditionValue{DataTypeUnicodeString, UnicodeString{0x41, 0, 0, 0xD8}}, unexpected("410000d8", "FWP_UNICODE_STRING_TYPE")},
		{"unknown", &ConditionValue{99, Unknown{[]byte{1, 2, 3, 4, 5, 6, 7, 8}}}, unexpected("0102030405060708", "FWP_DATA_TYPE(99)")},
		{"unknown without bytes", &ConditionValue{0x103, Unknown{}}, unexpected("", "FWP_DATA_TYPE(259)")},
	} {
		if got := rowOf(c.v); !equalRows(got, c.want) {
			t.Errorf("%s:\n got %+v\nwant %+v", c.name, got, c.want)
		}
	}
}

func unexpected(raw, typ string) row {
	return row{raw: raw, diagnostics: []string{"condition-type-unexpected: local " + typ}}
}

func equalRows(a, b row) bool {
	same := slices.Equal(a.diagnostics, b.diagnostics)
	a.diagnostics, b.diagnostics = nil, nil
	return same && a.addr == b.addr && a.mask == b.mask && a.prefix == b.prefix && a.low == b.low && a.high == b.high &&
		a.raw == b.raw && a.cidr == b.cidr && a.first == b.first && a.last == b.last
}

// TestBoundsSortWithIPv4: IPv4 bounds are the mapped form byte by byte.
func TestBoundsSortWithIPv4(t *testing.T) {
	first, last, ok := (&ConditionValue{DataTypeV4AddrMask, V4AddrMask{0x0A010200, 0xFFFFFF00}}).Bounds()
	wantFirst := [16]byte{10: 0xFF, 11: 0xFF, 12: 10, 13: 1, 14: 2, 15: 0}
	wantLast := [16]byte{10: 0xFF, 11: 0xFF, 12: 10, 13: 1, 14: 2, 15: 255}
	if !ok || first != wantFirst || last != wantLast {
		t.Errorf("got % x, % x, %t", first, last, ok)
	}
}

// TestRawIsACopy: changing what Raw returns does not change the value.
func TestRawIsACopy(t *testing.T) {
	b := []byte{1, 2, 3, 4}
	v := &ConditionValue{99, Unknown{b[:2]}}
	raw := v.Raw()
	raw[0] = 9
	_ = append(raw, 9)
	if !bytes.Equal(b, []byte{1, 2, 3, 4}) {
		t.Errorf("the value is now % x", b)
	}
}

func TestTextCondition(t *testing.T) {
	for _, c := range []struct {
		addr, mask string
		typ        DataType
		want       row // diagnostics of name local
	}{
		{"10.1.2.3", "255.255.255.0", DataTypeV4AddrMask, row{addr: "10.1.2.3", prefix: "24", cidr: "10.1.2.0/24",
			first: "::ffff:10.1.2.0", last: "::ffff:10.1.2.255"}},
		{"10.1.2.3", "24", DataTypeV4AddrMask, row{addr: "10.1.2.3", prefix: "24", cidr: "10.1.2.0/24",
			first: "::ffff:10.1.2.0", last: "::ffff:10.1.2.255"}},
		{" 10.1.2.3\r\n", " /24 ", DataTypeV4AddrMask, row{addr: "10.1.2.3", prefix: "24", cidr: "10.1.2.0/24",
			first: "::ffff:10.1.2.0", last: "::ffff:10.1.2.255"}},
		{"0.0.0.0", "0.0.0.0", DataTypeV4AddrMask, row{addr: "0.0.0.0", prefix: "0", cidr: "0.0.0.0/0",
			first: "::ffff:0.0.0.0", last: "::ffff:255.255.255.255"}},
		{"0.0.0.0", "0", DataTypeV4AddrMask, row{addr: "0.0.0.0", prefix: "0", cidr: "0.0.0.0/0",
			first: "::ffff:0.0.0.0", last: "::ffff:255.255.255.255"}},
		{"10.1.2.3", "255.255.255.255", DataTypeV4AddrMask, row{addr: "10.1.2.3", prefix: "32", cidr: "10.1.2.3/32",
			first: "::ffff:10.1.2.3", last: "::ffff:10.1.2.3"}},
		{"10.1.2.3", "32", DataTypeV4AddrMask, row{addr: "10.1.2.3", prefix: "32", cidr: "10.1.2.3/32",
			first: "::ffff:10.1.2.3", last: "::ffff:10.1.2.3"}},
		{"2001:DB8:0::1", "64", DataTypeV6AddrMask, row{addr: "2001:db8::1", prefix: "64", cidr: "2001:db8::/64",
			first: "2001:db8::", last: "2001:db8::ffff:ffff:ffff:ffff"}},
		{"2001:db8::1", "ffff:ffff:ffff:ffff::", DataTypeV6AddrMask, row{addr: "2001:db8::1", prefix: "64", cidr: "2001:db8::/64",
			first: "2001:db8::", last: "2001:db8::ffff:ffff:ffff:ffff"}},
		{"2001:db8::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", DataTypeV6AddrMask, row{addr: "2001:db8::1", prefix: "128",
			cidr: "2001:db8::1/128", first: "2001:db8::1", last: "2001:db8::1"}},
		{"::", "::", DataTypeV6AddrMask, row{addr: "::", prefix: "0", cidr: "::/0", first: "::", last: "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"}},
		{"fe80::1%12", "64", DataTypeV6AddrMask, row{addr: "fe80::1%12", prefix: "64", cidr: "fe80::/64",
			first: "fe80::", last: "fe80::ffff:ffff:ffff:ffff"}},
		{"::ffff:10.0.0.1", "120", DataTypeV6AddrMask, row{addr: "::ffff:10.0.0.1", prefix: "120", cidr: "::ffff:10.0.0.0/120",
			first: "::ffff:10.0.0.0", last: "::ffff:10.0.0.255"}},

		{"10.1.2.3", "255.0.255.0", DataTypeV4AddrMask, row{addr: "10.1.2.3", diagnostics: []string{`mask-not-contiguous: local "255.0.255.0"`}}},
		{"2001:db8::1", "ffff::ffff", DataTypeV6AddrMask, row{addr: "2001:db8::1", diagnostics: []string{`mask-not-contiguous: local "ffff::ffff"`}}},
		{"10.1.2.3", "33", DataTypeV4AddrMask, row{addr: "10.1.2.3", diagnostics: []string{`prefix-length-invalid: local "33"`}}},
		{"10.1.2.3", "256", DataTypeV4AddrMask, row{addr: "10.1.2.3", diagnostics: []string{`prefix-length-invalid: local "256"`}}},
		{"10.1.2.3", "280", DataTypeV4AddrMask, row{addr: "10.1.2.3", diagnostics: []string{`prefix-length-invalid: local "280"`}}},
		{"2001:db8::1", "129", DataTypeV6AddrMask, row{addr: "2001:db8::1", diagnostics: []string{`prefix-length-invalid: local "129"`}}},
		{"10.1.2.3", "ffff::", DataTypeV4AddrMask, row{addr: "10.1.2.3", diagnostics: []string{`mask-family-differs: local "ffff::"`}}},
		{"2001:db8::1", "255.255.0.0", DataTypeV6AddrMask, row{addr: "2001:db8::1", diagnostics: []string{`mask-family-differs: local "255.255.0.0"`}}},
		{"::ffff:10.0.0.1", "255.255.0.0", DataTypeV6AddrMask, row{addr: "::ffff:10.0.0.1", diagnostics: []string{`mask-family-differs: local "255.255.0.0"`}}},
		{"10.1.2.3", "any", DataTypeV4AddrMask, row{addr: "10.1.2.3", diagnostics: []string{`mask-unreadable: local "any"`}}},
		{"10.1.2.3", "024", DataTypeV4AddrMask, row{addr: "10.1.2.3", diagnostics: []string{`mask-unreadable: local "024"`}}},
		{"10.1.2.3", "255.255.255", DataTypeV4AddrMask, row{addr: "10.1.2.3", diagnostics: []string{`mask-unreadable: local "255.255.255"`}}},
		{"10.1.2.3", "-1", DataTypeV4AddrMask, row{addr: "10.1.2.3", diagnostics: []string{`mask-unreadable: local "-1"`}}},
		{"10.1.2.3", "/", DataTypeV4AddrMask, row{addr: "10.1.2.3", diagnostics: []string{`mask-unreadable: local "/"`}}},
		{"2001:db8::1", "ffff::%1", DataTypeV6AddrMask, row{addr: "2001:db8::1", diagnostics: []string{`mask-unreadable: local "ffff::%1"`}}},

		// Without a readable address the mask says the family.
		{"", "255.255.0.0", DataTypeV4AddrMask, row{prefix: "16"}},
		{"host.example", "ffff:ffff::", DataTypeV6AddrMask, row{prefix: "32"}},
		{"", "255.0.255.0", DataTypeV4AddrMask, row{diagnostics: []string{`mask-not-contiguous: local "255.0.255.0"`}}},
	} {
		v, ok := TextCondition(c.addr, c.mask)
		if !ok {
			t.Errorf("%q %q: no condition", c.addr, c.mask)
			continue
		}
		c.want.mask = c.mask // always as logged
		if got := rowOf(v); !equalRows(got, c.want) || v.Type != c.typ {
			t.Errorf("%q %q:\n got %v %+v\nwant %v %+v", c.addr, c.mask, v.Type, got, c.typ, c.want)
		}
	}
	for _, c := range [][2]string{{"", "24"}, {"x", "any"}, {"", ""}, {"10.0.0.256", "24"}, {"10.0.0.1%1", "24"}} {
		if v, ok := TextCondition(c[0], c[1]); ok || v != nil {
			t.Errorf("%q %q: got %v", c[0], c[1], v)
		}
	}
}

// FuzzCondition checks what must hold of any value: its network holds its
// address, its bounds are in order and are those of its network.
func FuzzCondition(f *testing.F) {
	for kind := range byte(10) {
		f.Add(kind, []byte{10, 1, 2, 3, 255, 255, 255, 0, 1, 2, 3, 4, 5, 6, 7, 8, 64}, []byte{10, 1, 2, 9}, "10.1.2.3", "24")
	}
	f.Add(byte(4), []byte{0xFE, 0x80}, []byte{}, "fe80::1%12", "ffff:ffff::")
	f.Add(byte(4), []byte{}, []byte{}, "::ffff:10.0.0.1", "104")
	f.Fuzz(func(t *testing.T, kind byte, a, b []byte, addr, mask string) {
		v := fuzzCondition(kind, a, b, addr, mask)
		if v == nil {
			return
		}
		checkCondition(t, v)
	})
}

func fuzzCondition(kind byte, a, b []byte, addr, mask string) *ConditionValue {
	var x, y [17]byte
	copy(x[:], a)
	copy(y[:], b)
	be := func(p []byte) uint32 {
		return uint32(p[0])<<24 | uint32(p[1])<<16 | uint32(p[2])<<8 | uint32(p[3])
	}
	switch kind % 10 {
	case 0:
		return &ConditionValue{DataTypeV4AddrMask, V4AddrMask{be(x[:]), be(x[4:])}}
	case 1:
		return &ConditionValue{DataTypeV6AddrMask, V6AddrMask{[16]byte(x[:16]), x[16]}}
	case 2:
		return &ConditionValue{DataTypeUint32, Uint32(be(x[:]))}
	case 3:
		return &ConditionValue{DataTypeByteArray16, ByteArray16(x[:16])}
	case 4:
		v, _ := TextCondition(addr, mask)
		return v
	case 5:
		return rangeOf(3, Uint32(be(x[:])), 3, Uint32(be(y[:])))
	case 6:
		return rangeOf(11, ByteArray16(x[:16]), 11, ByteArray16(y[:16]))
	case 7:
		return rangeOf(3, Uint32(be(x[:])), 11, ByteArray16(y[:16]))
	case 8:
		return &ConditionValue{DataType(be(x[:])), Unknown{b}}
	}
	return &ConditionValue{DataTypeByteBlob, ByteBlob(a)}
}

func checkCondition(t *testing.T, v *ConditionValue) {
	t.Helper()
	first, last, bounded := v.Bounds()
	if bounded && bytes.Compare(first[:], last[:]) > 0 {
		t.Errorf("%+v: bounds % x above % x", v, first, last)
	}
	cidr := v.CIDR()
	if cidr.OK {
		p, err := netip.ParsePrefix(cidr.V)
		if err != nil || p.Masked() != p {
			t.Fatalf("%+v: CIDR %s: %v", v, cidr.V, err)
		}
		if !bounded || first != p.Addr().As16() {
			t.Errorf("%+v: CIDR %s begins at % x, %t", v, cidr.V, first, bounded)
		}
		if a := v.Addr(); a.OK {
			addr, err := netip.ParseAddr(a.V)
			if err != nil || !p.Contains(addr.WithZone("")) {
				t.Errorf("%+v: CIDR %s without its address %s: %v", v, cidr.V, a.V, err)
			}
		}
		if n := v.PrefixLength(); n.OK && int(n.V) != p.Bits() {
			t.Errorf("%+v: CIDR %s, prefix length %d", v, cidr.V, n.V)
		}
	}
	if bounded {
		for _, a := range []Opt[string]{v.Addr(), v.RangeLow(), v.RangeHigh()} {
			if !a.OK {
				continue
			}
			b := netip.MustParseAddr(a.V).As16()
			if bytes.Compare(first[:], b[:]) > 0 || bytes.Compare(b[:], last[:]) > 0 {
				t.Errorf("%+v: %s is outside the bounds", v, a.V)
			}
		}
	}
	if v.RangeLow().OK && v.Addr().OK || v.Mask().OK && v.Raw() != nil {
		t.Errorf("%+v: two values in one", v)
	}
	for _, d := range v.AppendDiagnostics(nil, "x") {
		if d.Code == "" || d.Detail == "" {
			t.Errorf("%+v: diagnostic %+v", v, d)
		}
	}
}

func BenchmarkConditionColumns(b *testing.B) {
	b.ReportAllocs()
	v, _ := TextCondition("10.1.2.3", "255.255.255.0")
	for range b.N {
		v.Addr()
		v.Mask()
		v.PrefixLength()
		v.CIDR()
		v.Bounds()
	}
}
