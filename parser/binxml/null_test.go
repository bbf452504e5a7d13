package binxml_test

import (
	"reflect"
	"testing"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/binxml"
)

// attributed is an element of a definition with one attribute and this content.
func attributed(name, attribute, value, content string) string {
	return element(name, "00000000 06 '"+attribute+"' "+value+" 02 "+content+" 04", true)
}

// depending is a Data of a definition that depends on a value.
func depending(on, name, content string) string {
	return `41 ` + on + ` 00000000 'Data' 00000000 06 'Name' 05 01 "` + name + `" 02 ` + content + ` 04 `
}

var (
	null      = value{binxml.TypeNull, ""}
	nullOf2   = value{binxml.TypeNull, "0000"}
	nullOf16  = value{binxml.TypeNull, "000102030405060708090a0b0c0d0e0f"}
	emptyText = value{binxml.TypeString, ""}
)

// NULL is not "", and neither is an element that is not there. What a NULL does
// depends on the element and on the substitution.
func TestNullEmptyAndLeftOut(t *testing.T) {
	const ( // of value 0
		normal   = ` 0d 0000 01 `
		optional = ` 0e 0000 01 `
	)
	leftOut := rendered{`{}`, "<Event><EventData/></Event>"}
	isNull := rendered{`{"a":null}`, "<Event><EventData><Data Name='a'/></EventData></Event>"}
	isEmpty := rendered{`{"a":""}`, "<Event><EventData><Data Name='a'/></EventData></Event>"}
	null1 := []model.Field{{Name: "a", Kind: model.KindNull}}
	empty1 := []model.Field{{Name: "a", Kind: model.KindText}}
	for _, c := range []struct {
		name, data string
		value      value
		want       rendered
		fields     []model.Field
	}{
		{"normal, NULL", dataHand("a", normal), null, isNull, null1},
		{"normal, NULL of 2 bytes", dataHand("a", normal), nullOf2, isNull, null1},
		{"normal, NULL of 16 bytes", dataHand("a", normal), nullOf16, isNull, null1},
		{"normal, empty", dataHand("a", normal), emptyText, isEmpty, empty1},
		{"optional, NULL", dataHand("a", optional), null, leftOut, nil},
		{"optional, NULL of 2 bytes", dataHand("a", optional), nullOf2, leftOut, nil},
		{"optional, NULL of 16 bytes", dataHand("a", optional), nullOf16, leftOut, nil},
		{"optional, empty", dataHand("a", optional), emptyText, isEmpty, empty1},
		{"normal, depends on NULL", depending("0000", "a", normal), null, leftOut, nil},
		{"optional, depends on NULL", depending("0000", "a", optional), null, leftOut, nil},
		{"depends on NULL of 16 bytes", depending("0000", "a", normal), nullOf16, leftOut, nil},
		{"depends on an empty text", depending("0000", "a", normal), emptyText, isEmpty, empty1},
		{"literal, depends on NULL", depending("0000", "a", `05 01 "x"`), null, leftOut, nil},
		{"literal, depends on an empty text", depending("0000", "a", `05 01 "x"`), emptyText,
			rendered{`{"a":"x"}`, "<Event><EventData><Data Name='a'>x</Data></EventData></Event>"}, []model.Field{{Name: "a", Kind: model.KindText, Text: "x"}}},
		{"empty, depends on NULL", depending("0000", "a", ""), null, leftOut, nil},
		{"empty, depends on none", dataHand("a", ""), null, isEmpty, empty1},
		{"text beside an optional NULL", dataHand("a", `45 01 "x"`+optional), null,
			rendered{`{"a":"x"}`, "<Event><EventData><Data Name='a'>x</Data></EventData></Event>"}, []model.Field{{Name: "a", Kind: model.KindText, Text: "x"}}},
		{"text beside a normal NULL", dataHand("a", normal+`05 01 "x"`), null,
			rendered{`{"a":"x"}`, "<Event><EventData><Data Name='a'>x</Data></EventData></Event>"}, []model.Field{{Name: "a", Kind: model.KindText, Text: "x"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			// What is behind the NULL is read at the right place, however long it is.
			behind := rendered{c.want.json[:len(c.want.json)-1] + `,"z":7}`, ""}
			if c.want.json == "{}" {
				behind.json = `{"z":7}`
			}
			doc := wantHand(t, templated(eventDataHand(c.data), c.value), c.want)
			if doc == nil {
				return
			}
			if got, err := doc.Fields(); err != nil || !reflect.DeepEqual(got, c.fields) {
				t.Errorf("fields %+v, %v, want %+v", got, err, c.fields)
			}
			doc, _ = decodeHand(t, templated(eventDataHand(c.data+dataHand("z", "0d 0100 08")), c.value, value{binxml.TypeUInt32, "07000000"}))
			if got := jsonOf(t, doc); got != behind.json {
				t.Errorf("with a value behind it %s, want %s", got, behind.json)
			}
		})
	}
}

// Of attributes an optional NULL leaves out the attribute, a normal one leaves it
// empty.
func TestNullInAttributes(t *testing.T) {
	for _, c := range []struct {
		name, attribute string
		value           value
		want            rendered
	}{
		{"normal, NULL", `0d 0000 01`, null, rendered{`{"R":{"A":{"k":null,"#text":"x"}}}`, "<Event><UserData><R><A k=''>x</A></R></UserData></Event>"}},
		{"normal, NULL of 16 bytes", `0d 0000 01`, nullOf16, rendered{`{"R":{"A":{"k":null,"#text":"x"}}}`, "<Event><UserData><R><A k=''>x</A></R></UserData></Event>"}},
		{"optional, NULL", `0e 0000 01`, null, rendered{`{"R":{"A":"x"}}`, "<Event><UserData><R><A>x</A></R></UserData></Event>"}},
		{"optional, empty", `0e 0000 01`, emptyText, rendered{`{"R":{"A":{"k":"","#text":"x"}}}`, "<Event><UserData><R><A k=''>x</A></R></UserData></Event>"}},
		{"text beside an optional NULL", `45 01 "y" 0e 0000 01`, null, rendered{`{"R":{"A":{"k":"y","#text":"x"}}}`, "<Event><UserData><R><A k='y'>x</A></R></UserData></Event>"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			wantHand(t, templated(userDataHand(element("R", "02 "+attributed("A", "k", c.attribute, `05 01 "x"`)+" 04", false)), c.value), c.want)
		})
	}
}

// An element with more than one value is left out by none of them.
func TestNullsOfAnElementWithSeveralValues(t *testing.T) {
	wantHand(t, templated(eventDataHand(dataHand("a", "0e 0000 01 0e 0100 01")), null, null),
		rendered{`{"a":""}`, "<Event><EventData><Data Name='a'/></EventData></Event>"})
}

// An element that depends on a value that is not among its content, and elements
// within it.
func TestDependencyOnAnotherValue(t *testing.T) {
	source := func(v value) string {
		return templated(userDataHand(element("R", `02 01 0100 00000000 'A' 02 `+element("B", `02 0d 0000 08 04`, false)+` 04 `+
			element("C", `02 0d 0000 08 04`, false)+` 04`, false)), value{binxml.TypeUInt32, "07000000"}, v)
	}
	wantHand(t, source(null), rendered{`{"R":{"C":7}}`, "<Event><UserData><R><C>7</C></R></UserData></Event>"})
	wantHand(t, source(emptyText), rendered{`{"R":{"A":{"B":7},"C":7}}`, "<Event><UserData><R><A><B>7</B></A><C>7</C></R></UserData></Event>"})
}

// Data and UserData that are left out leave an event without data: JSON has none,
// not an empty object.
func TestEventWithoutData(t *testing.T) {
	for name, source := range map[string]string{
		"no part":                         templated(eventHand("")),
		"System alone":                    templated(eventHand(element("System", "03", false))),
		"BinXML is NULL":                  templated(eventHand("0e 0000 21"), null),
		"UserData depends on NULL":        templated(eventHand(`01 0000 00000000 'UserData' 02 0e 0000 21 04`), null),
		"EventData holds only a NULL":     templated(eventHand(element("EventData", "02 0e 0000 01 04", false)), null),
		"two parts, both left out":        templated(eventHand(`01 0000 00000000 'EventData' 03 01 0000 00000000 'UserData' 03`), null),
		"no event":                        templated(element("Else", "03", false)),
		"no event, but with an EventData": templated(element("Else", "02 "+element("EventData", "02 "+dataHand("a", "")+" 04", false)+" 04", false)),
	} {
		t.Run(name, func(t *testing.T) {
			doc, _ := decodeHand(t, source)
			if got := jsonOf(t, doc); got != "" {
				t.Errorf("data %s", got)
			}
			if fields, err := doc.Fields(); err != nil || len(fields) > 0 {
				t.Errorf("fields %v, %v", fields, err)
			}
		})
	}
	// EventData without Data is data, though none.
	wantHand(t, templated(eventDataHand("")), rendered{"{}", "<Event><EventData/></Event>"})
}

// An Event may depend on its data: without them there is still an event.
func TestEventThatDependsOnItsData(t *testing.T) {
	doc, _ := decodeHand(t, templated(`01 0000 00000000 'Event' 02 `+element("System", "02 "+element("EventID", `02 05 01 "7" 04`, false)+" 04", false)+` 0e 0000 21 04`, null))
	if got, want := xmlOf(t, doc), "<Event><System><EventID>7</EventID></System></Event>"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
