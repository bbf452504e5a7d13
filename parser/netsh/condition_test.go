package netsh

import (
	"reflect"
	"strings"
	"testing"

	"github.com/qmparse/qmparse/model"
)

// tunnel is an event with these subnets.
func tunnel(local, remote string) string {
	body := strings.Replace(plainBody, "<saTrafficType>0", "<saTrafficType>1", 1)
	return dump(event(plainHeader, body+"<localSubNet>"+local+"</localSubNet><remoteSubNet>"+remote+"</remoteSubNet>"))
}

const anyHost = "<type>FWP_EMPTY</type>"

func TestConditionArms(t *testing.T) {
	type cond = model.ConditionValue
	is := func(t model.DataType, v model.ConditionArm) *cond { return &cond{Type: t, Value: v} }
	v4 := "<v4AddrMask><addr>10.1.2.3</addr><mask>255.0.255.0</mask></v4AddrMask>"
	u32 := func(n uint32) cond { return cond{Type: model.DataTypeUint32, Value: model.Uint32(n)} }
	for _, c := range []struct {
		xml  string
		want *cond
		says string // a part of the diagnostics; "" is none
	}{
		{"<type>FWP_EMPTY</type>", &cond{Value: model.Empty{}}, ""},
		{"<type>0</type>", &cond{Value: model.Empty{}}, ""},
		{"<type>FWP_UINT8</type><uint8>255</uint8>", is(1, model.Uint8(255)), "condition-type-unexpected"},
		{"<type>FWP_UINT16</type><uint16>0x10</uint16>", is(2, model.Uint16(16)), "condition-type-unexpected"},
		{"<type>FWP_UINT32</type><uint32>10.1.2.3</uint32>", is(3, model.Uint32(0x0A010203)), ""},
		{"<type>FWP_UINT32</type><uint32>167838211</uint32>", is(3, model.Uint32(0x0A010203)), ""},
		{"<type>3</type><uint32>4294967295</uint32>", is(3, model.Uint32(1<<32-1)), ""},
		{"<type>FWP_UINT32</type><uint32>4294967296</uint32>", is(3, nil), `condition-unreadable: localSubNet FWP_UINT32 "4294967296"`},
		{"<type>FWP_UINT32</type><uint32>::1</uint32>", is(3, nil), "condition-unreadable"},
		{"<type>FWP_UINT32</type><uint32>010.1.2.3</uint32>", is(3, nil), "condition-unreadable"},
		{"<type>FWP_UINT64</type><uint64>18446744073709551615</uint64>", is(4, model.Uint64(1<<64-1)), "condition-type-unexpected"},
		{"<type>FWP_INT8</type><int8>-128</int8>", is(5, model.Int8(-128)), "condition-type-unexpected"},
		{"<type>FWP_INT16</type><int16>-2</int16>", is(6, model.Int16(-2)), "condition-type-unexpected"},
		{"<type>FWP_INT32</type><int32>-3</int32>", is(7, model.Int32(-3)), "condition-type-unexpected"},
		{"<type>FWP_INT64</type><int64>-9223372036854775808</int64>", is(8, model.Int64(-1<<63)), "condition-type-unexpected"},
		{"<type>FWP_FLOAT</type><float32>0.5</float32>", is(9, model.Float32(0.5)), "condition-type-unexpected"},
		{"<type>FWP_DOUBLE</type><double64>-1e300</double64>", is(10, model.Float64(-1e300)), "condition-type-unexpected"},
		{"<type>FWP_BYTE_ARRAY16_TYPE</type><byteArray16>2001:db8::1</byteArray16>", is(11, model.ByteArray16{0x20, 1, 0xd, 0xb8, 15: 1}), ""},
		{"<type>FWP_BYTE_ARRAY16_TYPE</type><byteArray16>::ffff:10.1.2.3</byteArray16>",
			is(11, model.ByteArray16{10: 0xFF, 11: 0xFF, 12: 10, 13: 1, 14: 2, 15: 3}), ""},
		{"<type>FWP_BYTE_ARRAY16_TYPE</type><byteArray16>20010db8000000000000000000000001</byteArray16>",
			is(11, model.ByteArray16{0x20, 1, 0xd, 0xb8, 15: 1}), ""},
		{"<type>FWP_BYTE_ARRAY16_TYPE</type><byteArray16>10.1.2.3</byteArray16>", is(11, nil), "condition-unreadable"},
		{"<type>FWP_BYTE_ARRAY16_TYPE</type><byteArray16>fe80::1%4</byteArray16>", is(11, nil), "condition-unreadable"},
		{"<type>FWP_BYTE_BLOB_TYPE</type><byteBlob><data>0a0B</data><asString>..</asString></byteBlob>", is(12, model.ByteBlob{10, 11}), "condition-type-unexpected"},
		{"<type>FWP_BYTE_BLOB_TYPE</type><byteBlob>zz</byteBlob>", is(12, nil), `hex-unreadable: localSubNet "zz"`},
		{"<type>FWP_SID</type><sid>S-1-5-32-544</sid>", is(13, model.SID{1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0}), "condition-type-unexpected"},
		{"<type>FWP_SID</type><sid>S-1-0x123456789abc</sid>", is(13, model.SID{1, 0, 0x12, 0x34, 0x56, 0x78, 0x9A, 0xBC}), "condition-type-unexpected"},
		{"<type>FWP_SID</type><sid>Everyone</sid>", is(13, nil), "condition-unreadable"},
		{"<type>FWP_SECURITY_DESCRIPTOR_TYPE</type><sd>O:SYG:SYD:(A;;CC;;;WD)</sd>", is(14, nil), `condition-unreadable: localSubNet FWP_SECURITY_DESCRIPTOR_TYPE "O:SYG`},
		{"<type>FWP_SECURITY_DESCRIPTOR_TYPE</type><sd><data>01</data></sd>", is(14, model.SecurityDescriptor{1}), "condition-type-unexpected"},
		{"<type>FWP_TOKEN_INFORMATION_TYPE</type><tokenInformation><sids/></tokenInformation>", is(15, nil), "condition-unreadable"},
		{"<type>FWP_TOKEN_ACCESS_INFORMATION_TYPE</type><tokenAccessInformation><data>ff</data></tokenAccessInformation>", is(16, model.ByteBlob{255}), "condition-type-unexpected"},
		{"<type>FWP_UNICODE_STRING_TYPE</type><unicodeString>a&#x1F600;</unicodeString>", is(17, model.UnicodeString{'a', 0, 0x3D, 0xD8, 0, 0xDE}), "condition-type-unexpected"},
		{"<type>FWP_BYTE_ARRAY6_TYPE</type><byteArray6>00-11-22-aA-bB-cC</byteArray6>", is(18, model.ByteArray6{0, 0x11, 0x22, 0xAA, 0xBB, 0xCC}), "condition-type-unexpected"},
		{"<type>FWP_BYTE_ARRAY6_TYPE</type><byteArray6>0-011-22-aA-bB-cC</byteArray6>", is(18, nil), "condition-unreadable"},
		{"<type>FWP_BYTE_ARRAY6_TYPE</type><byteArray6>00:11:22:aa:bb:cc</byteArray6>", is(18, model.ByteArray6{0, 0x11, 0x22, 0xAA, 0xBB, 0xCC}), "condition-type-unexpected"},
		{"<type>FWP_BYTE_ARRAY6_TYPE</type><byteArray6>00x11x22xaaxbbxcc</byteArray6>", is(18, nil), "condition-unreadable"},
		{"<type>FWP_BITMAP_INDEX_TYPE</type><uint8>3</uint8>", is(19, model.Uint8(3)), "condition-type-unexpected"},
		{"<type>FWP_BITMAP_ARRAY64_TYPE</type><bitmapArray64>0102030405060708</bitmapArray64>", is(20, model.Unknown{Raw: []byte{1, 2, 3, 4, 5, 6, 7, 8}}), "condition-type-unexpected"},
		{"<type>FWP_V4_ADDR_MASK</type>" + v4, is(256, model.V4AddrMask{Addr: 0x0A010203, Mask: 0xFF00FF00}), "mask-not-contiguous: localSubNet 255.0.255.0"},
		{"<type>256</type>" + v4, is(256, model.V4AddrMask{Addr: 0x0A010203, Mask: 0xFF00FF00}), "mask-not-contiguous"},
		{"<type>FWP_V4_ADDR_MASK</type><v4AddrMask><addr>10.1.2.3</addr><mask>24</mask></v4AddrMask>", is(256, nil), `condition-unreadable: localSubNet mask "24"`},
		{"<type>FWP_V4_ADDR_MASK</type><v4AddrMask><addr>10.1.2.3</addr></v4AddrMask>", is(256, nil), "field-missing: localSubNet mask"},
		{"<type>FWP_V4_ADDR_MASK</type><v4AddrMask/>", is(256, nil), "field-missing: localSubNet addr, localSubNet mask"},
		{"<type>FWP_V4_ADDR_MASK</type>", is(256, nil), "field-missing: localSubNet v4AddrMask"},
		{"<type>FWP_V4_ADDR_MASK</type>" + v4 + v4, is(256, nil), "field-repeated: v4AddrMask"},
		{"<type>FWP_V6_ADDR_MASK</type><v6AddrMask><addr>2001:db8::1</addr><prefixLength>0</prefixLength></v6AddrMask>",
			is(257, model.V6AddrMask{Addr: [16]byte{0x20, 1, 0xd, 0xb8, 15: 1}}), ""},
		{"<type>FWP_V6_ADDR_MASK</type><v6AddrMask><addr>2001:db8::1</addr><prefixLength>129</prefixLength></v6AddrMask>",
			is(257, model.V6AddrMask{Addr: [16]byte{0x20, 1, 0xd, 0xb8, 15: 1}, PrefixLength: 129}), "prefix-length-invalid"},
		{"<type>FWP_V6_ADDR_MASK</type><v6AddrMask><addr>2001:db8::1</addr><prefixLength>256</prefixLength></v6AddrMask>", is(257, nil), "condition-unreadable"},
		{"<type>FWP_RANGE_TYPE</type><rangeValue><valueLow><type>FWP_UINT32</type><uint32>10.0.0.2</uint32></valueLow>" +
			"<valueHigh><type>FWP_UINT32</type><uint32>10.0.0.1</uint32></valueHigh></rangeValue>", is(258, model.Range{Low: u32(0x0A000002), High: u32(0x0A000001)}), "range-inverted"},
		{"<type>FWP_RANGE_TYPE</type><rangeValue><valueLow><type>FWP_EMPTY</type></valueLow></rangeValue>", is(258, nil), "field-missing: localSubNet valueLow, valueHigh"},
		{"<type>FWP_RANGE_TYPE</type><rangeValue><valueLow><type>FWP_RANGE_TYPE</type><rangeValue/></valueLow>" +
			"<valueHigh><type>FWP_V4_ADDR_MASK</type>" + v4 + "</valueHigh></rangeValue>",
			is(258, model.Range{Low: cond{Type: 258}, High: cond{Type: 256}}), "condition-unreadable: localSubNet valueLow FWP_RANGE_TYPE"},
		{"<type>FWP_DATA_TYPE(3452816845)</type><x>1</x>", is(3452816845, nil), "condition-unreadable: localSubNet FWP_DATA_TYPE(3452816845)"},
		{"<type>FWP_OTHER</type><uint32>1</uint32>", nil, `condition-type-unreadable: localSubNet "FWP_OTHER"`},
		{"<type/>", nil, "field-missing: localSubNet type"},
		{"<uint32>1</uint32>", nil, "field-missing: localSubNet type"},
		{"", nil, "field-missing: localSubNet"},
	} {
		e := one(t, tunnel(c.xml, anyHost))
		f := e.NetEvent.QM
		if !reflect.DeepEqual(f.LocalSubNet, c.want) {
			t.Errorf("%s: %+v, want %+v", c.xml, f.LocalSubNet, c.want)
		}
		if f.RemoteSubNet == nil || f.RemoteSubNet.Value != (model.Empty{}) {
			t.Errorf("%s: the other side is %+v", c.xml, f.RemoteSubNet)
		}
		if got := diagnostics(e); (got == "") != (c.says == "") || !strings.Contains(got, c.says) {
			t.Errorf("%s: diagnostics %q, want %q", c.xml, got, c.says)
		}
	}
}

// The least and the most of each integer, and one more either way.
func TestIntegerRanges(t *testing.T) {
	for _, c := range []struct {
		typ         model.DataType
		texts       [4]string // below, least, most, above
		least, most model.ConditionArm
	}{
		{model.DataTypeUint8, [4]string{"-1", "0", "255", "256"}, model.Uint8(0), model.Uint8(1<<8 - 1)},
		{model.DataTypeBitmapIndex, [4]string{"-1", "0", "255", "256"}, model.Uint8(0), model.Uint8(1<<8 - 1)},
		{model.DataTypeUint16, [4]string{"-1", "0", "65535", "65536"}, model.Uint16(0), model.Uint16(1<<16 - 1)},
		{model.DataTypeUint32, [4]string{"-1", "0", "4294967295", "4294967296"}, model.Uint32(0), model.Uint32(1<<32 - 1)},
		{model.DataTypeUint64, [4]string{"-1", "0", "18446744073709551615", "18446744073709551616"}, model.Uint64(0), model.Uint64(1<<64 - 1)},
		{model.DataTypeInt8, [4]string{"-129", "-128", "127", "128"}, model.Int8(-1 << 7), model.Int8(1<<7 - 1)},
		{model.DataTypeInt16, [4]string{"-32769", "-32768", "32767", "32768"}, model.Int16(-1 << 15), model.Int16(1<<15 - 1)},
		{model.DataTypeInt32, [4]string{"-2147483649", "-2147483648", "2147483647", "2147483648"}, model.Int32(-1 << 31), model.Int32(1<<31 - 1)},
		{model.DataTypeInt64, [4]string{"-9223372036854775809", "-9223372036854775808", "9223372036854775807", "9223372036854775808"}, model.Int64(-1 << 63), model.Int64(1<<63 - 1)},
	} {
		for i, want := range []model.ConditionArm{nil, c.least, c.most, nil} {
			if got := scalar(c.typ, c.texts[i]); got != want {
				t.Errorf("%v %s: %v, want %v", c.typ, c.texts[i], got, want)
			}
		}
	}
}

// Whatever stands in the subnets of transport mode, or of a mode that is not
// known, is not looked at.
func TestSubnetsOfTransport(t *testing.T) {
	garbage := "<type>FWP_V4_ADDR_MASK</type><v4AddrMask><addr>10.1.2.3</addr><mask>255.255.255.255</mask></v4AddrMask>"
	for _, typ := range []string{"0", "IPSEC_TRAFFIC_TYPE_TRANSPORT", "2", "", "x"} {
		text := strings.Replace(tunnel(garbage, garbage), "<saTrafficType>1", "<saTrafficType>"+typ, 1)
		if f := one(t, text).NetEvent.QM; f.LocalSubNet != nil || f.RemoteSubNet != nil {
			t.Errorf("saTrafficType %q: %+v", typ, f)
		}
	}
}
