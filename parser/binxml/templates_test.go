package binxml_test

import (
	"strings"
	"testing"

	"github.com/qmparse/qmparse/parser/binxml"
	"github.com/qmparse/qmparse/parser/internal/cursor"
)

const guid = ` 1a2b3c4d 5e6f 7081 92a3b4c5d6e7f809 `

// A definition stands behind the first instance of it or anywhere else in the
// chunk, and its fragment with or without header and EOF.
func TestDefinitionStandsHereOrElsewhere(t *testing.T) {
	body := eventDataHand(dataHand("a", "0d 0000 08"))
	const values = ` 01000000 0400 08 00 2a000000 `
	want := rendered{`{"a":42}`, "<Event><EventData><Data Name='a'>42</Data></EventData></Event>"}
	for name, source := range map[string]string{
		"here":                    `0c 01 1a2b3c4d =d :d 00000000` + guid + `#f:g :f ` + body + ` 00 :g` + values,
		"here, fragment header":   `0f010100 0c 01 1a2b3c4d =d :d 00000000` + guid + `#f:g :f 0f010100 ` + body + ` 00 :g` + values,
		"here, without EOF":       `0c 01 1a2b3c4d =d :d 00000000` + guid + `#f:g :f ` + body + ` :g` + values,
		"here, more behind EOF":   `0c 01 1a2b3c4d =d :d 00000000` + guid + `#f:g :f ` + body + ` 00 ffffff :g` + values,
		"here, next of a bucket":  `0c 01 1a2b3c4d =d :d ffffffff` + guid + `#f:g :f ` + body + ` 00 :g` + values,
		"elsewhere":               `0c 01 1a2b3c4d =d` + values + ` 00 :d 00000000` + guid + `#f:g :f ` + body + ` 00 :g`,
		"padding behind":          `0c 01 1a2b3c4d =d :d 00000000` + guid + `#f:g :f ` + body + ` 00 :g` + values + ` 00 ffffffff`,
		"another instance number": `0c 00 1a2b3c4d =d :d 00000000` + guid + `#f:g :f ` + body + ` 00 :g` + values,
	} {
		t.Run(name, func(t *testing.T) {
			doc := wantHand(t, source, want)
			if doc == nil || !doc.Templated || !doc.TemplateMatches || doc.TemplateID != 0x4d3c2b1a {
				t.Errorf("%+v", doc)
			}
		})
	}
}

// The id of an instance that is not that of its definition shows that another
// definition took the place. The record is decoded, and says so.
func TestTemplateIDMismatchIsVisible(t *testing.T) {
	for _, id := range []string{"1b2b3c4d", "1a2b3c4c", "00000000"} {
		doc, _ := decodeHand(t, strings.Replace(templated(eventDataHand(dataHand("a", "0d 0000 08")), value{8, "2a000000"}), "0c 01 1a2b3c4d", "0c 01 "+id, 1))
		if !doc.Templated || doc.TemplateMatches {
			t.Errorf("id %s: templated %v, matches %v", id, doc.Templated, doc.TemplateMatches)
		}
		if got := jsonOf(t, doc); got != `{"a":42}` {
			t.Error(got)
		}
	}
}

func TestNoTemplateIsNoMismatch(t *testing.T) {
	doc, _ := decodeHand(t, `01 00000000 'E' 03 00`)
	if doc.Templated || doc.TemplateID != 0 {
		t.Errorf("templated %v, id %08x", doc.Templated, doc.TemplateID)
	}
}

// Type and size of the value win over the type of the substitution, and the next
// value begins where the size says.
func TestValuesOwnTypeAndSizeWin(t *testing.T) {
	doc := templated(eventDataHand(dataHand("a", "0d 0000 01")+dataHand("b", "0d 0100 08")+dataHand("c", "0d 0200 13")),
		value{binxml.TypeUInt8, "07"}, value{binxml.TypeString, "780079007a00"}, value{binxml.TypeHexInt32, "ff000000"})
	wantHand(t, doc, rendered{`{"a":7,"b":"xyz","c":"0xff"}`,
		"<Event><EventData><Data Name='a'>7</Data><Data Name='b'>xyz</Data><Data Name='c'>0xff</Data></EventData></Event>"})
}

// A value may stand in several places or in none, in any order.
func TestValuesByIndex(t *testing.T) {
	doc := templated(eventDataHand(dataHand("a", "0d 0200 08")+dataHand("b", "0d 0000 08")+dataHand("c", "0d 0200 08")),
		value{8, "01000000"}, value{8, "02000000"}, value{8, "03000000"})
	wantHand(t, doc, rendered{`{"a":3,"b":1,"c":3}`,
		"<Event><EventData><Data Name='a'>3</Data><Data Name='b'>1</Data><Data Name='c'>3</Data></EventData></Event>"})
}

// A template that asks for more values than the record has: NULL, and said once.
func TestMissingValues(t *testing.T) {
	doc := templated(eventDataHand(dataHand("a", "0d 0000 08")+dataHand("b", "0d 0100 08")+dataHand("c", "0d ffff 08")), value{8, "01000000"})
	wantHand(t, doc, rendered{`{"a":1,"b":null,"c":null}`,
		"<Event><EventData><Data Name='a'>1</Data><Data Name='b'/><Data Name='c'/></EventData></Event>"}, "substitution-missing")
}

// A value that the record's end cuts is an error where it begins.
func TestValueIsCut(t *testing.T) {
	chunk, end := hand(t, templated(eventDataHand(dataHand("a", "0d 0000 08")), value{8, "01000000"}))
	d := binxml.NewDecoder()
	d.Chunk(chunk, chunkAt)
	_, err := d.Document(handAt, end-1)
	wantError(t, err, cursor.ErrTruncated, int64(chunkAt+end-4), int64(chunkAt+end-4))
}

// The event's data, if they are the last value and cut, cost the data alone: the
// rest of the record is there, and whoever asks for the data gets the error.
func TestEventDataThatAreCut(t *testing.T) {
	source := templated(eventHand(element("System", `02 `+element("EventID", "02 0d 0000 06 04", false)+` 04`, false)+`0e 0100 21`),
		value{binxml.TypeUInt16, "3e12"}, value{binxml.TypeBinXML, "01 00000000 00000000"})
	chunk, end := hand(t, source)
	d := binxml.NewDecoder()
	d.Chunk(chunk, chunkAt)
	for cut := range 9 {
		doc, err := d.Document(handAt, end-1-cut)
		if err != nil {
			t.Fatal(err)
		}
		id := uint64(0)
		doc.System(func(f binxml.SystemField, v *binxml.Value) {
			if f == binxml.EventID {
				id, _ = v.Uint()
			}
		})
		if id != 0x123e {
			t.Errorf("event id %d", id)
		}
		for _, r := range renderings {
			wantError(t, r.render(&doc), cursor.ErrTruncated, int64(chunkAt+end-9), int64(chunkAt+end-9))
		}
	}
}

// A definition is read within its own size: what it lacks is not taken from
// behind it.
func TestDefinitionEndsWithItsSize(t *testing.T) {
	whole := eventDataHand(dataHand("a", "0d 0000 08"))
	source := `0c 01 1a2b3c4d =d :d 00000000` + guid + `#f:g :f ` + whole[:len(whole)-4] + ` :g ` + whole[len(whole)-4:] + ` 00000000`
	_, _, err := tryHand(t, source)
	wantError(t, err, cursor.ErrTruncated, chunkAt+handAt, chunkAt+handAt+300)
}

// The id of an instance in a BinXML value tells as much as the record's: with
// another EventData definition in its place, values get wrong names.
func TestTemplateIDMismatchInABinXMLValueIsVisible(t *testing.T) {
	inner := ` 0c 01 deadbeef =d :d 00000000 aabbccdd 0000 0000 0000000000000000 #f:g :f ` +
		element("EventData", "02 "+dataHand("a", "0d 0000 08")+" 04", false) + ` 00 :g 01000000 0400 08 00 2a000000 `
	doc, d := decodeHand(t, withBody(eventHand(`0e 0000 21`), inner))
	if got := jsonOf(t, doc); got != `{"a":42}` {
		t.Error(got)
	}
	wantCodes(t, d, "template-id")
}
