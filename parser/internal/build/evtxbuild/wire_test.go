package evtxbuild

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"
)

// simpleExample is the dump of [MS-EVEN6] 4.4, Simple BinXml Example, read on
// https://learn.microsoft.com/openspecs/windows_protocols/ms-even6/7cdd0c95-2181-4794-a094-55c78b389358
const simpleExample = `
0f 01 01 00 01 f2 00 00 00 ba 0c 05 00 45 00 76
00 65 00 6e 00 74 00 00 00 02 01 22 00 00 00 b5
79 08 00 45 00 6c 00 65 00 6d 00 65 00 6e 00 74
00 31 00 00 00 02 05 01 03 00 61 00 62 00 63 00
04 01 44 00 00 00 b6 79 08 00 45 00 6c 00 65 00
6d 00 65 00 6e 00 74 00 32 00 00 00 02 45 01 05
00 20 00 64 00 65 00 66 00 20 00 49 24 fb 03 00
61 00 6d 00 70 00 00 00 48 3c 00 05 01 05 00 20
00 67 00 68 00 69 00 20 00 04 41 6b 00 00 00 b7
79 08 00 45 00 6c 00 65 00 6d 00 65 00 6e 00 74
00 33 00 00 00 50 00 00 00 46 90 d8 05 00 41 00
74 00 74 00 72 00 41 00 00 00 05 01 03 00 61 00
62 00 63 00 06 91 d8 05 00 41 00 74 00 74 00 72
00 42 00 00 00 45 01 03 00 64 00 65 00 66 00 49
24 fb 03 00 61 00 6d 00 70 00 00 00 48 3c 00 05
01 03 00 67 00 68 00 69 00 03 04 00`

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSimpleExampleOfTheSpecification(t *testing.T) {
	got, err := Wire(Document(El("Event",
		El("Element1", Text("abc")),
		El("Element2", Text(" def "), EntityRef("amp"), CharRef('<'), Text(" ghi ")),
		Element{Name: "Element3", Empty: true, Attributes: []Attribute{
			Attr("AttrA", Text("abc")),
			Attr("AttrB", Text("def"), EntityRef("amp"), CharRef('<'), Text("ghi")),
		}},
	)))
	if err != nil {
		t.Fatal(err)
	}
	if want := unhex(t, simpleExample); !bytes.Equal(got, want) {
		t.Errorf("got\n%x\nwant\n%x", got, want)
	}
}

// The hashes are those in the dump of [MS-EVEN6] 4.4 and in records of Windows.
func TestNameHash(t *testing.T) {
	for name, want := range map[string]uint16{
		"Event": 0x0cba, "Element1": 0x79b5, "amp": 0xfb24, "AttrA": 0xd890,
		"System": 0x546f, "Provider": 0x7bf1, "EventData": 0x8244, "Data": 0x6f8a,
	} {
		if got := NameHash(name); got != want {
			t.Errorf("NameHash(%q) = %#04x, want %#04x", name, got, want)
		}
	}
}

func TestTokensWithoutAPublishedExample(t *testing.T) {
	for _, c := range []struct {
		name  string
		nodes []Node
		want  string
	}{
		{"cdata", []Node{CDATA("]&")}, "07 0200 5d00 2600"},
		{"cdata then text", []Node{CDATA("a"), Text("b")}, "47 0100 6100 05 01 0100 6200"},
		{"pi", []Node{PI{Target: "p", Data: "d"}}, "0a 7000 0100 7000 0000 0b 0100 6400"},
		{"normal substitution", []Node{Normal(0x0203, TypeSID)}, "0d 0302 13"},
		{"optional substitution", []Node{Optional(1, TypeArray|TypeString)}, "0e 0100 81"},
		{"text before a substitution", []Node{Text("%"), Normal(0, TypeUInt8)}, "45 01 0100 2500 0d 0000 04"},
		{"text before an element", []Node{Text("a"), Element{Name: "b", Empty: true}},
			"05 01 0100 6100 01 09000000 6200 0100 6200 0000 03"},
		{"empty attribute list", []Node{Element{Name: "b", Empty: true, List: true}},
			"41 0d000000 6200 0100 6200 0000 00000000 03"},
		{"open and close without content", []Node{El("b")}, "01 0a000000 6200 0100 6200 0000 02 04"},
		{"lone surrogate", []Node{Units{0xd800}}, "05 01 0100 00d8"},
		{"beyond the BMP", []Node{Text("\U0001f511")}, "05 01 0200 3dd8 11dd"},
	} {
		got, err := Wire(c.nodes)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		} else if want := unhex(t, c.want); !bytes.Equal(got, want) {
			t.Errorf("%s:\ngot  %x\nwant %x", c.name, got, want)
		}
	}
}

func TestDependencyOnlyInDefinitions(t *testing.T) {
	dep := Element{Name: "b", Dependency: On(5), Empty: true}
	in := Instance{Template: &Template{GUID: [16]byte{1}, Body: []Node{dep}}, Values: []Value{BinXML(dep, EOF{})}}
	got, err := Wire([]Node{in})
	if err != nil {
		t.Fatal(err)
	}
	want := unhex(t, `0c 00 01000000000000000000000000000000 10000000
		01 0500 09000000 6200 0100 6200 0000 03
		01000000 0f00 21 00
		01 09000000 6200 0100 6200 0000 03 00`)
	if !bytes.Equal(got, want) {
		t.Errorf("got\n%x\nwant\n%x", got, want)
	}
}

// An element in a BinXML value is in no definition, even if the instance that
// has the value is.
func TestNoDependencyInAValueOfADefinition(t *testing.T) {
	el := Element{Name: "b", Dependency: On(5), Empty: true}
	inner := Instance{Template: &Template{GUID: [16]byte{2}}, Values: []Value{BinXML(el)}}
	got, err := Wire([]Node{Instance{Template: &Template{GUID: [16]byte{1}, Body: []Node{inner, el}}}})
	if err != nil {
		t.Fatal(err)
	}
	want := unhex(t, `0c 00 01000000000000000000000000000000 3c000000
		0c 00 02000000000000000000000000000000 00000000 01000000 0e00 21 00
		01 09000000 6200 0100 6200 0000 03
		01 0500 09000000 6200 0100 6200 0000 03
		00000000`)
	if !bytes.Equal(got, want) {
		t.Errorf("got\n%x\nwant\n%x", got, want)
	}
}

// Buckets that definitions have in chunks of Windows.
func TestTemplateBucket(t *testing.T) {
	for stored, want := range map[string]int{
		"a89a52d69c94205f8f4f2a28805acd85": 22, "5ca05eb54019d65408c26ba14885e4d8": 23,
		"726686b5c0a07e5a72b076571d667aab": 19, "1aa4bd0dc1f28054dff02bf666b4436e": 11,
		"419a149ffc789081c880dcf027e96520": 25, "77d82943d5d82d51ec99201a0fd92fc7": 30,
	} {
		if got := templateBucket(guid(t, stored)); got != want {
			t.Errorf("%s: bucket %d, want %d", stored, got, want)
		}
	}
}

func TestDerivedGUID(t *testing.T) {
	a, b := Definition(El("a", Normal(0, TypeString))), Definition(El("a", Normal(0, TypeUInt8)))
	ka, err := a.key(0)
	if err != nil {
		t.Fatal(err)
	}
	kb, err := b.key(0)
	if err != nil {
		t.Fatal(err)
	}
	if again, _ := Definition(El("a", Normal(0, TypeString))).key(0); again != ka {
		t.Error("equal definitions, different GUIDs")
	}
	if ka.guid == kb.guid {
		t.Error("different definitions, one GUID")
	}
	if ka.guid[7]>>4 != 5 || ka.guid[8]>>6 != 2 {
		t.Errorf("%x is no version 5 UUID", ka.guid)
	}
}
