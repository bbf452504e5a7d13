package binxml_test

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/binxml"
)

type field = model.Field

var (
	oneGUID = model.GUIDFromWindows([16]byte{0x33, 0x22, 0x11, 0x00, 0x55, 0x44, 0x77, 0x66, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff})
	infinit = math.Inf(1)
)

const (
	user = "0105000000000005 15000000 c7353a42 8e6b7484 5523afc6 f4010000"
)

// Every type of value with its JSON, its XML and its Field. Bytes are little-
// endian; times were reckoned with another tool: date -u -d @SECONDS, of 10,000,000
// ticks from 1601 on, 11,644,473,600 seconds before 1970.
var valueCases = []struct {
	Type      binxml.Type
	hex       string
	json, xml string
	field     field
	code      string // of the diagnostic, if any
}{
	{binxml.TypeNull, "", `null`, ``, field{}, ""},

	{binxml.TypeString, "410062006300", `"Abc"`, `Abc`, field{Kind: model.KindText, Text: "Abc"}, ""},
	{binxml.TypeAnsiString, "416263", `"Abc"`, `Abc`, field{Kind: model.KindText, Text: "Abc"}, ""},

	{binxml.TypeInt8, "80", `-128`, `-128`, field{Kind: model.KindInt, Int: -128}, ""},
	{binxml.TypeInt8, "7f", `127`, `127`, field{Kind: model.KindInt, Int: 127}, ""},
	{binxml.TypeUInt8, "ff", `255`, `255`, field{Kind: model.KindUint, Uint: 255}, ""},
	{binxml.TypeInt16, "0080", `-32768`, `-32768`, field{Kind: model.KindInt, Int: -32768}, ""},
	{binxml.TypeUInt16, "feff", `65534`, `65534`, field{Kind: model.KindUint, Uint: 65534}, ""},
	{binxml.TypeInt32, "feffffff", `-2`, `-2`, field{Kind: model.KindInt, Int: -2}, ""},
	{binxml.TypeInt32, "04030201", `16909060`, `16909060`, field{Kind: model.KindInt, Int: 16909060}, ""},
	{binxml.TypeUInt32, "ffffffff", `4294967295`, `4294967295`, field{Kind: model.KindUint, Uint: math.MaxUint32}, ""},
	{binxml.TypeUInt32, "00000000", `0`, `0`, field{Kind: model.KindUint}, ""},
	// 64 bits are text: readers of JSON round numbers above 2^53.
	{binxml.TypeInt64, "0000000000000080", `"-9223372036854775808"`, `-9223372036854775808`, field{Kind: model.KindInt, Int: math.MinInt64}, ""},
	{binxml.TypeInt64, "0700000000000000", `"7"`, `7`, field{Kind: model.KindInt, Int: 7}, ""},
	{binxml.TypeUInt64, "ffffffffffffffff", `"18446744073709551615"`, `18446744073709551615`, field{Kind: model.KindUint, Uint: math.MaxUint64}, ""},
	{binxml.TypeUInt64, "0000000000000000", `"0"`, `0`, field{Kind: model.KindUint}, ""},

	{binxml.TypeReal32, "0000c03f", `1.5`, `1.5`, field{Kind: model.KindFloat, Float: 1.5}, ""},
	{binxml.TypeReal32, "00000080", `-0`, `-0`, field{Kind: model.KindFloat, Float: math.Copysign(0, -1)}, ""},
	{binxml.TypeReal32, "ffff7f7f", `3.4028235e+38`, `3.4028235e+38`, field{Kind: model.KindFloat, Float: math.MaxFloat32}, ""},
	{binxml.TypeReal32, "01000000", `1e-45`, `1e-45`, field{Kind: model.KindFloat, Float: math.SmallestNonzeroFloat32}, ""},
	{binxml.TypeReal32, "0000807f", `"INF"`, `INF`, field{Kind: model.KindFloat, Float: infinit}, ""},
	{binxml.TypeReal32, "000080ff", `"-INF"`, `-INF`, field{Kind: model.KindFloat, Float: -infinit}, ""},
	{binxml.TypeReal32, "0000c07f", `"NaN"`, `NaN`, field{Kind: model.KindFloat, Float: math.NaN()}, ""},
	{binxml.TypeReal64, "000000000000f83f", `"1.5"`, `1.5`, field{Kind: model.KindFloat, Float: 1.5}, ""},
	{binxml.TypeReal64, "000000000000f0ff", `"-INF"`, `-INF`, field{Kind: model.KindFloat, Float: -infinit}, ""},
	{binxml.TypeReal64, "010000000000f07f", `"NaN"`, `NaN`, field{Kind: model.KindFloat, Float: math.NaN()}, ""},
	{binxml.TypeReal64, "0100000000000000", `"5e-324"`, `5e-324`, field{Kind: model.KindFloat, Float: 5e-324}, ""},

	{binxml.TypeBool, "01000000", `true`, `true`, field{Kind: model.KindBool, Uint: 1}, ""},
	{binxml.TypeBool, "00000000", `false`, `false`, field{Kind: model.KindBool}, ""},
	{binxml.TypeBool, "01", `true`, `true`, field{Kind: model.KindBool, Uint: 1}, ""},
	{binxml.TypeBool, "00", `false`, `false`, field{Kind: model.KindBool}, ""},
	{binxml.TypeBool, "00000080", `true`, `true`, field{Kind: model.KindBool, Uint: 1}, ""},

	{binxml.TypeBinary, "00ff7f80a0", `"00FF7F80A0"`, `00FF7F80A0`, field{Kind: model.KindBinary, Bytes: []byte{0, 0xff, 0x7f, 0x80, 0xa0}}, ""},
	{binxml.TypeBinary, "", `""`, ``, field{Kind: model.KindBinary, Bytes: []byte{}}, ""},

	{binxml.TypeGUID, "33221100 5544 7766 8899aabbccddeeff", `"00112233-4455-6677-8899-aabbccddeeff"`, `{00112233-4455-6677-8899-aabbccddeeff}`, field{Kind: model.KindGUID, GUID: oneGUID}, ""},

	// Declared by templates; on a 32-bit machine 4 bytes.
	{binxml.TypeSizeT, "00b000a0f67f0000", `"0x7ff6a000b000"`, `0x7ff6a000b000`, field{Kind: model.KindUint, Uint: 0x7ff6a000b000}, ""},
	{binxml.TypeSizeT, "00b000a0", `"0xa000b000"`, `0xa000b000`, field{Kind: model.KindUint, Uint: 0xa000b000}, ""},

	{binxml.TypeFileTime, "0000000000000000", `"1601-01-01T00:00:00.0000000Z"`, `1601-01-01T00:00:00.0000000Z`, field{Kind: model.KindTime}, ""},
	{binxml.TypeFileTime, "00803ed5deb19d01", `"1970-01-01T00:00:00.0000000Z"`, `1970-01-01T00:00:00.0000000Z`, field{Kind: model.KindTime, Uint: 116444736000000000}, ""},
	{binxml.TypeFileTime, "01803ed5deb19d01", `"1970-01-01T00:00:00.0000001Z"`, `1970-01-01T00:00:00.0000001Z`, field{Kind: model.KindTime, Uint: 116444736000000001}, ""},
	{binxml.TypeFileTime, "ffffffffffffffff", `"+60056-05-28T05:36:10.9551615Z"`, `+60056-05-28T05:36:10.9551615Z`, field{Kind: model.KindTime, Uint: math.MaxUint64}, ""},
	// 2024-02-29 (a Thursday) 23:59:58.987: in XML in milliseconds, that is all it has.
	{binxml.TypeSysTime, "e807 0200 0400 1d00 1700 3b00 3a00 db03", `"2024-02-29T23:59:58.9870000Z"`, `2024-02-29T23:59:58.987Z`, field{Kind: model.KindTime, Uint: 133537247989870000}, ""},
	{binxml.TypeSysTime, "00000000000000000000000000000000", `"00000000000000000000000000000000"`, `00000000000000000000000000000000`,
		field{Kind: model.KindBinary, Bytes: make([]byte, 16)}, "value-undecodable"},

	{binxml.TypeSID, "0101000000000005 12000000", `"S-1-5-18"`, `S-1-5-18`, field{Kind: model.KindSID, Text: "S-1-5-18"}, ""},
	{binxml.TypeSID, user, `"S-1-5-21-1111111111-2222222222-3333366613-500"`, `S-1-5-21-1111111111-2222222222-3333366613-500`,
		field{Kind: model.KindSID, Text: "S-1-5-21-1111111111-2222222222-3333366613-500"}, ""},
	{binxml.TypeSID, "0100000000000005", `"S-1-5"`, `S-1-5`, field{Kind: model.KindSID, Text: "S-1-5"}, ""},

	{binxml.TypeHexInt32, "1f000000", `"0x1f"`, `0x1f`, field{Kind: model.KindUint, Uint: 0x1f}, ""},
	{binxml.TypeHexInt32, "00000000", `"0x0"`, `0x0`, field{Kind: model.KindUint}, ""},
	{binxml.TypeHexInt64, "0000000000002080", `"0x8020000000000000"`, `0x8020000000000000`, field{Kind: model.KindUint, Uint: 0x8020000000000000}, ""},

	{binxml.TypeEvtXML, "3c0061002f003e00", `"<a/>"`, `&lt;a/&gt;`, field{Kind: model.KindText, Text: "<a/>"}, ""},
	{binxml.TypeEvtHandle, "0102030405060708", `"0102030405060708"`, `0102030405060708`, field{Kind: model.KindBinary, Bytes: []byte{1, 2, 3, 4, 5, 6, 7, 8}}, "value-undecodable"},
	{0x16, "0a0b", `"0A0B"`, `0A0B`, field{Kind: model.KindBinary, Bytes: []byte{10, 11}}, "value-undecodable"},
	{0x7f, "0a0b", `"0A0B"`, `0A0B`, field{Kind: model.KindBinary, Bytes: []byte{10, 11}}, "value-undecodable"},

	// A size that is not the type's: read as far as a number of that size can be,
	// else the bytes; and said.
	{binxml.TypeUInt32, "0102", `513`, `513`, field{Kind: model.KindUint, Uint: 513}, "value-size"},
	{binxml.TypeUInt16, "01000200", `131073`, `131073`, field{Kind: model.KindUint, Uint: 131073}, "value-size"},
	{binxml.TypeInt32, "ff", `-1`, `-1`, field{Kind: model.KindInt, Int: -1}, "value-size"},
	{binxml.TypeInt64, "feffffff", `"-2"`, `-2`, field{Kind: model.KindInt, Int: -2}, "value-size"},
	{binxml.TypeUInt64, "07", `"7"`, `7`, field{Kind: model.KindUint, Uint: 7}, "value-size"},
	{binxml.TypeReal64, "0000c03f", `"1.5"`, `1.5`, field{Kind: model.KindFloat, Float: 1.5}, "value-size"},
	{binxml.TypeHexInt64, "ff00", `"0xff"`, `0xff`, field{Kind: model.KindUint, Uint: 255}, "value-size"},
	{binxml.TypeUInt32, "", `""`, ``, field{Kind: model.KindBinary, Bytes: []byte{}}, "value-undecodable"},
	{binxml.TypeUInt32, "010203", `"010203"`, `010203`, field{Kind: model.KindBinary, Bytes: []byte{1, 2, 3}}, "value-undecodable"},
	{binxml.TypeInt64, "01020304050607", `"01020304050607"`, `01020304050607`, field{Kind: model.KindBinary, Bytes: []byte{1, 2, 3, 4, 5, 6, 7}}, "value-undecodable"},
	{binxml.TypeReal32, "0000", `"0000"`, `0000`, field{Kind: model.KindBinary, Bytes: []byte{0, 0}}, "value-undecodable"},
	{binxml.TypeBool, "", `""`, ``, field{Kind: model.KindBinary, Bytes: []byte{}}, "value-undecodable"},
	{binxml.TypeBool, "000000", `"000000"`, `000000`, field{Kind: model.KindBinary, Bytes: []byte{0, 0, 0}}, "value-undecodable"},
	{binxml.TypeGUID, "00112233", `"00112233"`, `00112233`, field{Kind: model.KindBinary, Bytes: []byte{0, 0x11, 0x22, 0x33}}, "value-undecodable"},
	{binxml.TypeSizeT, "010203", `"010203"`, `010203`, field{Kind: model.KindBinary, Bytes: []byte{1, 2, 3}}, "value-undecodable"},
	{binxml.TypeFileTime, "01020304", `"01020304"`, `01020304`, field{Kind: model.KindBinary, Bytes: []byte{1, 2, 3, 4}}, "value-undecodable"},
	{binxml.TypeSysTime, "e8070200", `"E8070200"`, `E8070200`, field{Kind: model.KindBinary, Bytes: []byte{0xe8, 7, 2, 0}}, "value-undecodable"},
	{binxml.TypeSID, "0102000000000005 12000000", `"010200000000000512000000"`, `010200000000000512000000`,
		field{Kind: model.KindBinary, Bytes: []byte{1, 2, 0, 0, 0, 0, 0, 5, 0x12, 0, 0, 0}}, "value-undecodable"},
	{binxml.TypeSID, "0100000000000005 12000000", `"010000000000000512000000"`, `010000000000000512000000`,
		field{Kind: model.KindBinary, Bytes: []byte{1, 0, 0, 0, 0, 0, 0, 5, 0x12, 0, 0, 0}}, "value-undecodable"},
	{binxml.TypeSID, "0200000000000005", `"0200000000000005"`, `0200000000000005`, field{Kind: model.KindBinary, Bytes: []byte{2, 0, 0, 0, 0, 0, 0, 5}}, "value-undecodable"},
}

// The same value as Data, as an attribute, as an element of user data, and as
// Text of the tree.
func TestValuesOfEveryType(t *testing.T) {
	seen := map[binxml.Type]bool{}
	for _, c := range valueCases {
		seen[c.Type] = true
		t.Run(fmt.Sprintf("%v/%s", c.Type, c.hex), func(t *testing.T) {
			var codes []string
			if c.code != "" {
				codes = []string{c.code}
			}
			sub := fmt.Sprintf(" 0d 0000 %02x ", uint8(c.Type))
			v := value{c.Type, c.hex}
			end := func(name string) string {
				if c.xml == "" {
					return "/>"
				}
				return ">" + c.xml + "</" + name + ">"
			}
			doc := wantHand(t, templated(eventDataHand(dataHand("v", sub)), v),
				rendered{`{"v":` + c.json + `}`, "<Event><EventData><Data Name='v'" + end("Data") + "</EventData></Event>"}, codes...)
			wantHand(t, templated(userDataHand(element("R", "02 "+attributed("A", "k", sub, "")+element("B", "02 "+sub+" 04", false)+" 04", false)), v),
				rendered{`{"R":{"A":{"k":` + c.json + `},"B":` + c.json + `}}`,
					"<Event><UserData><R><A k='" + c.xml + "'/><B" + end("B") + "</R></UserData></Event>"}, codes...)
			if doc == nil {
				return
			}
			fields, err := doc.Fields()
			want := c.field
			want.Name = "v"
			if err != nil || len(fields) != 1 || !sameField(fields[0], want) {
				t.Errorf("fields %+v, %v, want %+v", fields, err, want)
			}
			tree, err := doc.Tree()
			if err != nil {
				t.Fatal(err)
			}
			got := tree.Child("EventData").Child("Data").Children[0].Value
			b, _ := hex.DecodeString(strings.Join(strings.Fields(c.hex), ""))
			if got.Type != c.Type || !reflect.DeepEqual(append([]byte{}, got.Data...), append([]byte{}, b...)) {
				t.Errorf("tree has %v %x", got.Type, got.Data)
			}
			text := strings.Trim(c.json, `"`)
			if text == "null" {
				text = ""
			}
			if got.Text() != text {
				t.Errorf("text %q, want %q", got.Text(), text)
			}
		})
	}
	for _, ty := range allTypes {
		if !seen[ty] && ty != binxml.TypeBinXML {
			t.Errorf("no case of %v", ty)
		}
	}
}

// allTypes are the types of the specification; BinXML has tests of its own.
var allTypes = []binxml.Type{
	binxml.TypeNull, binxml.TypeString, binxml.TypeAnsiString, binxml.TypeInt8, binxml.TypeUInt8, binxml.TypeInt16, binxml.TypeUInt16,
	binxml.TypeInt32, binxml.TypeUInt32, binxml.TypeInt64, binxml.TypeUInt64, binxml.TypeReal32, binxml.TypeReal64, binxml.TypeBool,
	binxml.TypeBinary, binxml.TypeGUID, binxml.TypeSizeT, binxml.TypeFileTime, binxml.TypeSysTime, binxml.TypeSID, binxml.TypeHexInt32,
	binxml.TypeHexInt64, binxml.TypeEvtHandle, binxml.TypeBinXML, binxml.TypeEvtXML,
}

// sameField compares fields; NaN is NaN, -0 is not 0.
func sameField(a, b field) bool {
	if math.Float64bits(a.Float) == math.Float64bits(b.Float) || a.Float != a.Float && b.Float != b.Float {
		a.Float, b.Float = 0, 0
	}
	return reflect.DeepEqual(a, b)
}

// The numbers of the types, and what they are called.
func TestNamesOfTypes(t *testing.T) {
	for ty, want := range map[binxml.Type]string{
		0x00: "Null", 0x01: "String", 0x08: "UInt32", 0x0f: "Guid", 0x10: "SizeT", 0x12: "SysTime", 0x13: "Sid", 0x15: "HexInt64", 0x21: "BinXml",
		0x81: "String array", 0x8f: "Guid array", 0x7f: "type 0x7f", 0xff: "type 0xff",
	} {
		if got := ty.String(); got != want {
			t.Errorf("%#02x is %q, want %q", uint8(ty), got, want)
		}
		if ty.IsArray() != (ty >= 0x80) {
			t.Errorf("%v is an array: %v", ty, ty.IsArray())
		}
	}
}

// Every type and every size up to 24 bytes: the value behind it is where it was,
// and what the type does not explain is said.
func TestAnyTypeOfAnySize(t *testing.T) {
	for ty := range 256 {
		if binxml.Type(ty) == binxml.TypeBinXML {
			continue
		}
		for size := range 25 {
			for _, fill := range []string{"00", "ff", "41"} {
				source := templated(eventDataHand(dataHand("v", fmt.Sprintf("0d 0000 %02x", ty))+dataHand("z", "0d 0100 04")),
					value{binxml.Type(ty), strings.Repeat(fill, size)}, value{binxml.TypeUInt8, "07"})
				doc, d := decodeHand(t, source)
				got := jsonOf(t, doc)
				var object map[string]any
				if err := json.Unmarshal([]byte(got), &object); err != nil || len(object) != 2 || object["z"] != 7.0 {
					t.Errorf("%v of %d: %s", binxml.Type(ty), size, got)
				}
				codes := d.TakeDiagnostics()
				if xml := xmlOf(t, doc); !strings.HasSuffix(xml, "<Data Name='z'>7</Data></EventData></Event>") {
					t.Errorf("%v of %d: %s", binxml.Type(ty), size, xml)
				}
				if !explained(binxml.Type(ty), size) && len(codes) == 0 {
					t.Errorf("%v of %d bytes of %s is %s without a diagnostic", binxml.Type(ty), size, fill, got)
				}
			}
		}
	}
}

// explained says whether a value of that type may have that size, or an array
// of it have items of the right size.
func explained(t binxml.Type, size int) bool {
	sizes := map[binxml.Type]int{
		binxml.TypeInt8: 1, binxml.TypeUInt8: 1, binxml.TypeInt16: 2, binxml.TypeUInt16: 2, binxml.TypeInt32: 4, binxml.TypeUInt32: 4,
		binxml.TypeInt64: 8, binxml.TypeUInt64: 8, binxml.TypeReal32: 4, binxml.TypeReal64: 8, binxml.TypeBool: 4, binxml.TypeGUID: 16,
		binxml.TypeFileTime: 8, binxml.TypeSysTime: 16, binxml.TypeHexInt32: 4, binxml.TypeHexInt64: 8,
	}
	want, fixed := sizes[t&^binxml.TypeArray]
	switch {
	case t.IsArray() && size == 0:
		return true
	case t == binxml.TypeBool && size == 1:
		return true
	case t == binxml.TypeSizeT:
		return size == 4 || size == 8
	case t&^binxml.TypeArray == binxml.TypeSizeT:
		return size%4 == 0
	case fixed && t.IsArray():
		return size%want == 0
	case fixed:
		return size == want
	}
	switch t &^ binxml.TypeArray {
	case binxml.TypeNull, binxml.TypeAnsiString, binxml.TypeBinary:
		return true
	case binxml.TypeString, binxml.TypeEvtXML:
		return size%2 == 0
	}
	return false // SIDs of one byte all through, handles, BinXML, and what is no type
}

// A value of which bytes are left over, or that has not its type's size, looks
// right and may not be.
func TestOddSizesAreSaid(t *testing.T) {
	for _, v := range []value{
		{binxml.TypeString, "410042"}, {binxml.TypeString, "41"}, {binxml.TypeEvtXML, "410042"},
		{binxml.TypeBool, "0100"}, {binxml.TypeBool, "0000000001000000"}, {binxml.TypeSizeT, "01"}, {binxml.TypeSizeT, "0100"},
		{binxml.TypeUInt32 | binxml.TypeArray, "010000000200"}, {binxml.TypeGUID | binxml.TypeArray, "0102"},
		{binxml.TypeString | binxml.TypeArray, "4100000042"},
	} {
		doc, d := decodeHand(t, templated(eventDataHand(dataHand("v", fmt.Sprintf("0d 0000 %02x", uint8(v.Type)))), v))
		got := jsonOf(t, doc)
		if len(d.TakeDiagnostics()) == 0 {
			t.Errorf("%v %s is %s without a diagnostic", v.Type, v.hex, got)
		}
	}
}

// A 32-bit type of 8 bytes is a 64-bit number, which JSON's readers round.
func TestWideValueOfANarrowType(t *testing.T) {
	for _, ty := range []binxml.Type{binxml.TypeUInt32, binxml.TypeInt32, binxml.TypeUInt8, binxml.TypeReal32} {
		doc, d := decodeHand(t, templated(eventDataHand(dataHand("v", fmt.Sprintf("0d 0000 %02x", uint8(ty)))), value{ty, "182d4454fb210940"}))
		if got := jsonOf(t, doc); !strings.HasPrefix(got, `{"v":"`) {
			t.Errorf("%v of 8 bytes is %s", ty, got)
		}
		wantCodes(t, d, "value-size")
	}
}

// What a value is asked for and is not, it says so.
func TestValuesAskedForAnotherType(t *testing.T) {
	b := make([]byte, 8)
	for _, ty := range allTypes {
		for _, size := range []int{0, 1, 2, 3, 4, 8} {
			v := binxml.Value{Type: ty, Data: b[:size]}
			name := ty.String()
			whole := size == 1 || size == 2 || size == 4 || size == 8
			wantInt := strings.HasPrefix(name, "Int") && whole
			wantUint := (strings.HasPrefix(name, "UInt") || strings.HasPrefix(name, "HexInt") || name == "SizeT" || name == "Bool") && whole || name == "FileTime" && size == 8
			wantFloat := strings.HasPrefix(name, "Real") && size >= 4
			_, isInt := v.Int()
			_, isUint := v.Uint()
			_, isFloat := v.Float()
			_, isGUID := v.GUID()
			if isInt != wantInt || isUint != wantUint || isFloat != wantFloat || isGUID {
				t.Errorf("%s of %d: Int %v, Uint %v, Float %v, GUID %v", name, size, isInt, isUint, isFloat, isGUID)
			}
		}
	}
	if _, ok := (&binxml.Value{Type: binxml.TypeGUID, Data: make([]byte, 16)}).GUID(); !ok {
		t.Error("a GUID is none")
	}
}

// The text of an array is that of its first item.
func TestTextOfAnArray(t *testing.T) {
	for h, want := range map[string]string{"0700000008000000": "7", "": ""} {
		if got := (binxml.Value{Type: binxml.TypeUInt32 | binxml.TypeArray, Data: unhex(t, h)}).Text(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
