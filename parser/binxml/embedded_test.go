package binxml_test

import (
	"strings"
	"testing"

	"github.com/qmparse/qmparse/parser/binxml"
	"github.com/qmparse/qmparse/parser/internal/build/evtxbuild"
	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// The forms that BinXML in a value has, each with and without an EOF behind it.
// Elements in it have no dependency id unless they are a definition's, though the
// value fills in a template.
func TestFormsOfBinXMLValues(t *testing.T) {
	definition := ` :d 00000000 aabbccdd 0000 0000 0000000000000000 #f:g :f ` +
		element("EventData", "02 "+dataHand("a", "0d 0000 08")+" 04", false) + ` 00 :g `
	const (
		values = ` 01000000 0400 08 00 2a000000 `
		bare   = ` 01 00000000 'EventData' 02 41 00000000 'Data' 00000000 06 'Name' 05 01 "a" 02 05 01 "42" 04 04 `
	)
	for _, c := range []struct{ name, body, behind, json string }{
		{"fragment header and instance", `0f010100 0c 01 aabbccdd =d ` + definition + values, ``, `{"a":42}`},
		{"bare instance", `0c 01 aabbccdd =d ` + definition + values, ``, `{"a":42}`},
		{"instance of a definition outside", `0c 01 aabbccdd =d ` + values, definition, `{"a":42}`},
		{"bare element", bare, ``, `{"a":"42"}`},
		{"fragment header and element", `0f010100 ` + bare, ``, `{"a":"42"}`},
	} {
		for _, eof := range []string{"", "00"} {
			t.Run(c.name+eof, func(t *testing.T) {
				wantHand(t, withBody(eventHand(`0e 0000 21`), c.body+eof)+c.behind,
					rendered{c.json, "<Event><EventData><Data Name='a'>42</Data></EventData></Event>"})
			})
		}
	}
}

// BinXML within BinXML, with text before and behind it, and siblings.
func TestBinXMLBesideOtherContent(t *testing.T) {
	inner := ` 01 00000000 'I' 02 05 01 "i" 04 00`
	for _, c := range []struct {
		name, root string
		want       rendered
	}{
		{"alone", userDataHand(`0e 0000 21`), rendered{`{"I":{"#text":"i"}}`, "<Event><UserData><I>i</I></UserData></Event>"}},
		{"within the root", userDataHand(element("R", `02 0e 0000 21 04`, false)), rendered{`{"R":{"I":"i"}}`, "<Event><UserData><R><I>i</I></R></UserData></Event>"}},
		{"normal substitution", userDataHand(element("R", `02 0d 0000 21 04`, false)), rendered{`{"R":{"I":"i"}}`, "<Event><UserData><R><I>i</I></R></UserData></Event>"}},
		{"twice", userDataHand(element("R", `02 0e 0000 21 0e 0000 21 04`, false)),
			rendered{`{"R":{"I":["i","i"]}}`, "<Event><UserData><R><I>i</I><I>i</I></R></UserData></Event>"}},
		{"beside an element", userDataHand(element("R", `02 `+element("B", `02 05 01 "b" 04`, false)+` 0e 0000 21 04`, false)),
			rendered{`{"R":{"B":"b","I":"i"}}`, "<Event><UserData><R><B>b</B><I>i</I></R></UserData></Event>"}},
		{"beside text", userDataHand(element("R", `02 45 01 "x" 0e 0000 21 05 01 "y" 04`, false)),
			rendered{`{"R":{"I":"i","#text":"xy"}}`, "<Event><UserData><R>x<I>i</I>y</R></UserData></Event>"}},
		{"as another part of the event", eventHand(element("DebugData", `02 0e 0000 21 04`, false)),
			rendered{`{"DebugData":{"I":"i"}}`, "<Event><DebugData><I>i</I></DebugData></Event>"}},
		{"as a part of the event by itself", eventHand(`0e 0000 21`), rendered{`{"I":"i"}`, "<Event><I>i</I></Event>"}},
	} {
		t.Run(c.name, func(t *testing.T) { wantHand(t, withBody(c.root, inner), c.want) })
	}
}

func TestThreeDeep(t *testing.T) {
	core := withBody(element("Middle", `02 0e 0000 21 04`, false), ` 01 00000000 'Core' 02 05 01 "x" 04 00`)
	wantHand(t, withBody(userDataHand(`0e 0000 21`), core),
		rendered{`{"Middle":{"Core":"x"}}`, "<Event><UserData><Middle><Core>x</Core></Middle></UserData></Event>"})
}

// An instance among the tokens of a definition or of a fragment, also as all
// there is of it.
func TestInstanceAmongTheTokens(t *testing.T) {
	const inner = ` 0c 01 aabbccdd =d :d 00000000 aabbccdd 0000 0000 0000000000000000 #f:g :f 01 ffff 00000000 'I' 02 0d 0000 08 04 00 :g
		01000000 0400 08 00 2a000000 `
	want := rendered{`{"R":{"I":42}}`, "<Event><UserData><R><I>42</I></R></UserData></Event>"}
	wantHand(t, templated(userDataHand(element("R", "02 "+inner+" 04", false))), want)
	wantHand(t, `01 00000000 'Event' 02 01 00000000 'UserData' 02 01 00000000 'R' 02 `+inner+` 04 04 04 00`, want)
	wantHand(t, templated(userDataHand(element("R", "02 "+inner+" 0d 0000 08 04", false)), value{8, "07000000"}),
		rendered{`{"R":{"I":42,"#text":"7"}}`, "<Event><UserData><R><I>42</I>7</R></UserData></Event>"})
	wantHand(t, templated(inner), rendered{"", "<I>42</I>"})
}

// A definition that holds an instance of itself has no end, and is refused in
// every rendering that goes into it; Fields has nothing to look for there.
func TestTemplateThatInstantiatesItself(t *testing.T) {
	source := templated(userDataHand(element("R", `02 0c 01 1a2b3c4d =definition 00000000 04`, false)))
	for _, r := range renderings {
		doc, _ := decodeHand(t, source)
		if r.name == "Fields" {
			continue
		}
		wantError(t, r.render(doc), cursor.ErrUnsupported, chunkAt+handAt, chunkAt+chunkSize)
	}
	// As the whole definition it has no element either.
	_, _, err := tryHand(t, templated(`0c 01 1a2b3c4d =definition 00000000`))
	wantError(t, err, cursor.ErrUnsupported, chunkAt+handAt, chunkAt+chunkSize)
}

// MaxDepth fragments within the record's are read, one more is refused.
func TestDepthOfBinXMLValues(t *testing.T) {
	for _, depth := range []int{1, binxml.MaxDepth, binxml.MaxDepth + 1} {
		body := ` 01 00000000 'Core' 03 00`
		for range depth - 1 {
			body = withBody(element("E", `02 0e 0000 21 04`, false), body)
		}
		doc, _ := decodeHand(t, withBody(userDataHand(element("R", `02 0e 0000 21 04`, false)), body))
		for _, r := range renderings {
			// Fields has nothing to look for in elements within elements.
			if err := r.render(doc); depth <= binxml.MaxDepth && err != nil {
				t.Errorf("depth %d: %s: %v", depth, r.name, err)
			} else if depth > binxml.MaxDepth && r.name != "Fields" {
				wantError(t, err, cursor.ErrUnsupported, chunkAt+handAt, chunkAt+chunkSize)
			}
		}
	}
}

// What is wrong in a BinXML value is an error of the renderings, at its place,
// and costs System nothing.
func TestBrokenBinXMLValue(t *testing.T) {
	source := withBody(eventHand(element("System", `02 `+element("EventID", `02 05 01 "7" 04`, false)+` 04`, false)+`0e 0000 21`), `01 00000000 'EventData' 02 :bad ff 04 00`)
	doc, _ := decodeHand(t, source)
	_, bad := hand(t, source[:strings.Index(source, ":bad")]+":end0")
	id := ""
	doc.System(func(f binxml.SystemField, v *binxml.Value) { id += v.Text() })
	if id != "7" {
		t.Errorf("event id %q", id)
	}
	for _, r := range renderings {
		wantError(t, r.render(doc), cursor.ErrMalformed, int64(chunkAt+bad), int64(chunkAt+bad+1))
	}
}

// A BinXML value that is cut within another is no NULL.
func TestCutBinXMLValueWithinAnother(t *testing.T) {
	source := withBody(userDataHand(element("R", `02 0e 0000 21 04`, false)), withBody(element("I", `02 0e 0000 21 04`, false), `01 00000000 'Core' 03`))
	chunk, end := hand(t, strings.Replace(source, "~body0:end0", "~body0:past", 1)+" 00 :past") // a byte that is not its own
	d := binxml.NewDecoder()
	d.Chunk(chunk, chunkAt)
	doc, err := d.Document(handAt, end)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range renderings {
		if r.name != "Fields" { // which does not go into elements within elements
			wantError(t, r.render(&doc), cursor.ErrTruncated, chunkAt+handAt, int64(chunkAt+end))
		}
	}
}

// A BinXML value without bytes has nothing in it, and that is no oddity.
func TestEmptyBinXMLValueIsNoOddity(t *testing.T) {
	wantHand(t, templated(userDataHand(element("R", "02 "+element("I", "02 0d 0000 21 04", false)+" 04", false)), value{binxml.TypeBinXML, ""}),
		rendered{`{"R":{"I":""}}`, "<Event><UserData><R><I/></R></UserData></Event>"})
	wantHand(t, templated(eventHand(`0e 0000 21`), value{binxml.TypeBinXML, ""}), rendered{"", "<Event/>"})
}

// Data that come in BinXML values keep their names.
func TestDataInBinXMLValuesOfEventData(t *testing.T) {
	one := evtxbuild.BinXML(instance(data("a", normal(0, evtxbuild.TypeUInt32)), evtxbuild.UInt32(1))...)
	two := evtxbuild.BinXML(data("b", text("x")), evtxbuild.EOF{})
	doc := decode(t, instance(eventData(optional(0, evtxbuild.TypeBinXML), optional(1, evtxbuild.TypeBinXML)), one, two)...)
	const want = `{"a":1,"b":"x"}`
	if got := jsonOf(t, &doc); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}
