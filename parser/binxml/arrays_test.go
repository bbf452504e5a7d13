package binxml_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/binxml"
)

// Arrays of every type: an array in JSON, one element for each member in XML, a
// Field of Items.
func TestArraysOfEveryType(t *testing.T) {
	kinds := func(kind model.Kind, fields ...field) []field {
		for i := range fields {
			fields[i].Kind = kind
		}
		return fields
	}
	cases := []struct {
		Type      binxml.Type // of the members
		hex, json string
		xml       []string
		items     []field
	}{
		{binxml.TypeString, "61000000 62006300 0000", `["a","bc"]`, []string{"a", "bc"}, kinds(model.KindText, field{Text: "a"}, field{Text: "bc"})},
		{binxml.TypeAnsiString, "6100 626300", `["a","bc"]`, []string{"a", "bc"}, kinds(model.KindText, field{Text: "a"}, field{Text: "bc"})},
		{binxml.TypeInt8, "ff01", `[-1,1]`, []string{"-1", "1"}, kinds(model.KindInt, field{Int: -1}, field{Int: 1})},
		{binxml.TypeUInt8, "ff01", `[255,1]`, []string{"255", "1"}, kinds(model.KindUint, field{Uint: 255}, field{Uint: 1})},
		{binxml.TypeInt16, "feff 0201", `[-2,258]`, []string{"-2", "258"}, kinds(model.KindInt, field{Int: -2}, field{Int: 258})},
		{binxml.TypeUInt16, "feff 0201", `[65534,258]`, []string{"65534", "258"}, kinds(model.KindUint, field{Uint: 65534}, field{Uint: 258})},
		{binxml.TypeInt32, "feffffff 02000000", `[-2,2]`, []string{"-2", "2"}, kinds(model.KindInt, field{Int: -2}, field{Int: 2})},
		{binxml.TypeUInt32, "ffffffff 02000000", `[4294967295,2]`, []string{"4294967295", "2"}, kinds(model.KindUint, field{Uint: 4294967295}, field{Uint: 2})},
		{binxml.TypeInt64, "feffffffffffffff 0200000000000000", `["-2","2"]`, []string{"-2", "2"}, kinds(model.KindInt, field{Int: -2}, field{Int: 2})},
		{binxml.TypeUInt64, "0100000000000000 0200000000000000", `["1","2"]`, []string{"1", "2"}, kinds(model.KindUint, field{Uint: 1}, field{Uint: 2})},
		{binxml.TypeReal32, "0000c03f 0000807f", `[1.5,"INF"]`, []string{"1.5", "INF"}, kinds(model.KindFloat, field{Float: 1.5}, field{Float: infinit})},
		{binxml.TypeReal64, "000000000000f83f 0000000000000000", `["1.5","0"]`, []string{"1.5", "0"}, kinds(model.KindFloat, field{Float: 1.5}, field{})},
		{binxml.TypeBool, "01000000 00000000", `[true,false]`, []string{"true", "false"}, kinds(model.KindBool, field{Uint: 1}, field{})},
		{binxml.TypeGUID, "33221100554477668899aabbccddeeff 00000000000000000000000000000000",
			`["00112233-4455-6677-8899-aabbccddeeff","00000000-0000-0000-0000-000000000000"]`,
			[]string{"{00112233-4455-6677-8899-aabbccddeeff}", "{00000000-0000-0000-0000-000000000000}"}, kinds(model.KindGUID, field{GUID: oneGUID}, field{})},
		// An array of SizeT is one of hex integers, of the size that divides it.
		{binxml.TypeSizeT, "0100000000000000 0200000000000000", `["0x1","0x2"]`, []string{"0x1", "0x2"}, kinds(model.KindUint, field{Uint: 1}, field{Uint: 2})},
		{binxml.TypeSizeT, "01000000 02000000 03000000", `["0x1","0x2","0x3"]`, []string{"0x1", "0x2", "0x3"}, kinds(model.KindUint, field{Uint: 1}, field{Uint: 2}, field{Uint: 3})},
		{binxml.TypeFileTime, "00803ed5deb19d01 0000000000000000", `["1970-01-01T00:00:00.0000000Z","1601-01-01T00:00:00.0000000Z"]`,
			[]string{"1970-01-01T00:00:00.0000000Z", "1601-01-01T00:00:00.0000000Z"}, kinds(model.KindTime, field{Uint: 116444736000000000}, field{})},
		{binxml.TypeSysTime, "e80702000400 1d0017003b003a00db03 4106 0100 0100 0100 0000 0000 0000 0000", `["2024-02-29T23:59:58.9870000Z","1601-01-01T00:00:00.0000000Z"]`,
			[]string{"2024-02-29T23:59:58.987Z", "1601-01-01T00:00:00.000Z"}, kinds(model.KindTime, field{Uint: 133537247989870000}, field{})},
		{binxml.TypeSID, "0101000000000005 12000000 0102000000000005 20000000 20020000", `["S-1-5-18","S-1-5-32-544"]`, []string{"S-1-5-18", "S-1-5-32-544"},
			kinds(model.KindSID, field{Text: "S-1-5-18"}, field{Text: "S-1-5-32-544"})},
		{binxml.TypeHexInt32, "ff000000 00000000", `["0xff","0x0"]`, []string{"0xff", "0x0"}, kinds(model.KindUint, field{Uint: 255}, field{})},
		{binxml.TypeHexInt64, "ff00000000000000 0100000000000000", `["0xff","0x1"]`, []string{"0xff", "0x1"}, kinds(model.KindUint, field{Uint: 255}, field{Uint: 1})},
		// Windows marks as an array what is one binary.
		{binxml.TypeBinary, "0102ff", `["0102FF"]`, []string{"0102FF"}, kinds(model.KindBinary, field{Bytes: []byte{1, 2, 255}})},
	}
	for _, c := range cases {
		array := c.Type | binxml.TypeArray
		sub := fmt.Sprintf(" 0d 0000 %02x ", uint8(array))
		t.Run(array.String(), func(t *testing.T) {
			var data, leaves strings.Builder
			for _, x := range c.xml {
				fmt.Fprintf(&data, "<Data Name='v'>%s</Data>", x)
				fmt.Fprintf(&leaves, "<A>%s</A>", x)
			}
			v := value{array, c.hex}
			doc := wantHand(t, templated(eventDataHand(dataHand("v", sub)), v), rendered{`{"v":` + c.json + `}`, "<Event><EventData>" + data.String() + "</EventData></Event>"})
			wantHand(t, templated(userDataHand(element("R", "02 "+element("A", "02 "+sub+" 04", false)+" 04", false)), v),
				rendered{`{"R":{"A":` + c.json + `}}`, "<Event><UserData><R>" + leaves.String() + "</R></UserData></Event>"})
			if doc == nil {
				return
			}
			want := []field{{Name: "v", Kind: model.KindArray, Items: c.items}}
			if got, err := doc.Fields(); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("fields %+v, %v\nwant %+v", got, err, want)
			}
			tree, err := doc.Tree()
			if err != nil {
				t.Fatal(err)
			}
			items := tree.Child("EventData").Child("Data").Children[0].Value.Items()
			if len(items) != len(c.items) {
				t.Errorf("tree has %d items", len(items))
			}
			for _, item := range items {
				if item.Type != c.Type {
					t.Errorf("tree has an item of type %v", item.Type)
				}
			}
		})
		t.Run(array.String()+" without member", func(t *testing.T) {
			doc := wantHand(t, templated(eventDataHand(dataHand("v", sub)), value{array, ""}), rendered{`{"v":[]}`, "<Event><EventData/></Event>"})
			if doc == nil {
				return
			}
			if got, err := doc.Fields(); err != nil || len(got) != 1 || got[0].Kind != model.KindArray || got[0].Items == nil || len(got[0].Items) != 0 {
				t.Errorf("fields %+v, %v", got, err)
			}
		})
	}
	for _, ty := range allTypes {
		switch ty {
		case binxml.TypeNull, binxml.TypeBinXML, binxml.TypeEvtXML, binxml.TypeEvtHandle:
			continue // no provider can declare one
		}
		found := false
		for _, c := range cases {
			found = found || c.Type == ty
		}
		if !found {
			t.Errorf("no case of %v", ty|binxml.TypeArray)
		}
	}
}

// Empty members of arrays of strings count, at the beginning, among others and at
// the end; the last one needs no NUL.
func TestEmptyMembersOfArraysOfStrings(t *testing.T) {
	for _, c := range []struct{ hex, ansi, json string }{
		{"0000", "00", `[""]`},
		{"0000 0000", "0000", `["",""]`},
		{"6100 0000", "6100", `["a"]`},
		{"6100", "61", `["a"]`},
		{"0000 6100 0000", "00 6100", `["","a"]`},
		{"6100 0000 0000 6200 0000", "6100 00 6200", `["a","","b"]`},
		{"6100 0000 0000", "6100 00", `["a",""]`},
		{"6100 0000 0000 0000", "6100 00 00", `["a","",""]`},
		{"6100 0000 6200", "6100 62", `["a","b"]`},
	} {
		for ty, h := range map[binxml.Type]string{binxml.TypeString: c.hex, binxml.TypeAnsiString: c.ansi} {
			ty |= binxml.TypeArray
			doc, _ := decodeHand(t, templated(eventDataHand(dataHand("v", fmt.Sprintf("0d 0000 %02x", uint8(ty)))), value{ty, h}))
			if got, want := jsonOf(t, doc), `{"v":`+c.json+`}`; got != want {
				t.Errorf("%v %s: %s, want %s", ty, h, got, want)
			}
			if got, want := strings.Count(xmlOf(t, doc), "<Data"), strings.Count(c.json, `"`)/2; got != want {
				t.Errorf("%v %s: %d elements, want %d", ty, h, got, want)
			}
		}
	}
}

// A NUL of a string is two bytes of one unit: U+0100 U+0041 has two zero bytes
// beside each other and no NUL.
func TestNULOfAnArrayOfStringsIsAUnit(t *testing.T) {
	wantHand(t, templated(eventDataHand(dataHand("v", "0d 0000 81")), value{binxml.TypeString | binxml.TypeArray, "4100 0001 4200 0000"}),
		rendered{`{"v":["AĀB"]}`, "<Event><EventData><Data Name='v'>AĀB</Data></EventData></Event>"})
}

// What is left at the end of an array, too short for a member, is there as bytes.
func TestRestOfAnArray(t *testing.T) {
	for _, c := range []struct {
		Type binxml.Type
		hex  string
		want string
	}{
		{binxml.TypeUInt32, "01000000 0200", `[1,"0200"]`},
		{binxml.TypeUInt64, "0100000000000000 02", `["1","02"]`},
		{binxml.TypeGUID, "0102", `["0102"]`},
		{binxml.TypeString, "6100 0000 62", `["a","62"]`},
		{binxml.TypeSID, "0101000000000005 12000000 0102", `["S-1-5-18","0102"]`},
		{binxml.TypeSID, "0101000000000005 12000000 0103000000000005 20000000", `["S-1-5-18","010300000000000520000000"]`},
	} {
		array := c.Type | binxml.TypeArray
		doc, _ := decodeHand(t, templated(eventDataHand(dataHand("v", fmt.Sprintf("0d 0000 %02x", uint8(array)))), value{array, c.hex}))
		if got, want := jsonOf(t, doc), `{"v":`+c.want+`}`; got != want {
			t.Errorf("%v: %s, want %s", array, got, want)
		}
	}
}

// An array repeats the element around it with all its attributes and what else
// is in it.
func TestArrayRepeatsItsElement(t *testing.T) {
	array := value{binxml.TypeUInt32 | binxml.TypeArray, "01000000 02000000"}
	wantHand(t, templated(userDataHand(element("R", "02 "+attributed("A", "k", `05 01 "x"`, `45 01 "<" 0d 0000 88 05 01 ">"`)+
		element("B", `02 05 01 "b" 04`, false)+" 04", false)), array),
		rendered{`{"R":{"A":{"k":"x","#text":["<1>","<2>"]},"B":"b"}}`,
			"<Event><UserData><R><A k='x'>&lt;1&gt;</A><A k='x'>&lt;2&gt;</A><B>b</B></R></UserData></Event>"})
	wantHand(t, templated(eventDataHand(dataHand("v", `45 01 "n" 0d 0000 88`)), array),
		rendered{`{"v":["n1","n2"]}`, "<Event><EventData><Data Name='v'>n1</Data><Data Name='v'>n2</Data></EventData></Event>"})
}

// Data of one name, of which one is an array, are one array of all members.
func TestArrayAmongDataOfTheSameName(t *testing.T) {
	array := func(h string) value { return value{binxml.TypeUInt32 | binxml.TypeArray, h} }
	content := dataHand("v", "0d 0000 08") + dataHand("w", "0d 0000 08") + dataHand("v", "0d 0100 88") + dataHand("v", "0d 0000 08")
	doc, _ := decodeHand(t, templated(eventDataHand(content), value{8, "07000000"}, array("01000000 02000000")))
	if got, want := jsonOf(t, doc), `{"v":[7,1,2,7],"w":7}`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	doc, _ = decodeHand(t, templated(eventDataHand(content), value{8, "07000000"}, array("")))
	if got, want := jsonOf(t, doc), `{"v":[7,7],"w":7}`; got != want {
		t.Errorf("without member %s, want %s", got, want)
	}
	doc, _ = decodeHand(t, templated(eventDataHand(dataHand("v", "0d 0000 88")+dataHand("v", "0d 0000 88")), array("")))
	if got, want := jsonOf(t, doc), `{"v":[]}`; got != want {
		t.Errorf("without any %s, want %s", got, want)
	}
}

// A value that is no array is its own only item.
func TestItemsOfNoArray(t *testing.T) {
	v := binxml.Value{Type: binxml.TypeUInt8, Data: []byte{7}}
	if items := v.Items(); len(items) != 1 || !reflect.DeepEqual(items[0], v) {
		t.Errorf("%+v", items)
	}
}

// Members of an array that has no element of its own to repeat are not lost in
// silence.
func TestArraysThatNothingRepeats(t *testing.T) {
	const array = binxml.TypeUInt32 | binxml.TypeArray
	one, two := value{array, "01000000"}, value{array, "0200000003000000"}
	for _, source := range []string{
		templated(userDataHand(attributed("R", "k", "0d 0000 88", "")), two),
		templated(eventDataHand(dataHand("v", "0d 0000 88 0d 0100 88")), one, two),
	} {
		doc, d := decodeHand(t, source)
		got := jsonOf(t, doc)
		if len(d.TakeDiagnostics()) == 0 && !strings.Contains(got, "3") {
			t.Errorf("%s without a diagnostic", got)
		}
	}
}

// Of two arrays in one element the first says how often it repeats; what the
// other lacks is empty.
func TestTwoArraysInOneElement(t *testing.T) {
	const array = binxml.TypeUInt32 | binxml.TypeArray
	wantHand(t, templated(eventDataHand(dataHand("v", `4501 "a" 0d 0000 88 45 01 "b" 0d 0100 88`)), value{array, "01000000 02000000"}, value{array, "03000000"}),
		rendered{`{"v":["a1b3","a2b"]}`, "<Event><EventData><Data Name='v'>a1b3</Data><Data Name='v'>a2b</Data></EventData></Event>"})
}
