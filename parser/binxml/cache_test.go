package binxml_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/qmparse/qmparse/parser/binxml"
)

// outcome is all that a decoder makes of one document.
func outcome(d *binxml.Decoder, pos, end int) string {
	doc, err := d.Document(pos, end)
	if err != nil {
		return fmt.Sprint("error ", err)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "templated %v id %08x matches %v\n", doc.Templated, doc.TemplateID, doc.TemplateMatches)
	doc.System(func(f binxml.SystemField, v *binxml.Value) {
		fmt.Fprintf(&b, "%v=%v %x %q\n", f, v.Type, v.Data, v.Text())
	})
	j, err := doc.AppendJSON(nil)
	fmt.Fprintf(&b, "JSON %s %v\n%v\n", j, err, d.TakeDiagnostics())
	x, err := doc.AppendXML(nil)
	if err != nil {
		x = nil // how far it got does not matter
	}
	fmt.Fprintf(&b, "XML %s %v\n%v\n", x, err, d.TakeDiagnostics())
	f, err := doc.Fields()
	fmt.Fprintf(&b, "fields %+v %v\n", f, err)
	tree, err := doc.Tree()
	if err == nil {
		b.WriteString(outline(tree))
	}
	fmt.Fprintf(&b, " %v\n%v", err, d.TakeDiagnostics())
	return b.String()
}

// written is a chunk with one document.
type written struct {
	chunk    []byte
	pos, end int
}

// shifted writes a document by hand n bytes behind handAt.
func shifted(t testing.TB, n int, source string) written {
	t.Helper()
	chunk, end := hand(t, strings.Repeat("cc ", n)+source)
	return written{chunk, handAt + n, end}
}

func (w written) decode(d *binxml.Decoder) string {
	d.Chunk(w.chunk, chunkAt)
	return outcome(d, w.pos, w.end)
}

// cacheable is an event with System and a literal text, its names where they are
// used first.
func cacheable(literal, id string) string {
	return templated(eventHand(element("System", "02 "+element("EventID", `02 05 01 "`+id+`" 04`, false)+" 04", false)+
		element("EventData", "02 "+dataHand("first", "0d 0000 08")+dataHand("second", `05 01 "`+literal+`"`)+" 04", false)), value{binxml.TypeUInt32, "07000000"})
}

// namesElsewhere is an event whose names stand behind its record: first names the
// element within EventData, second its attribute.
func namesElsewhere(first, second string) string {
	return templated(`01 ffff 00000000 =event 02 01 ffff 00000000 =data 02 41 ffff 00000000 =name 00000000 06 =attribute 05 01 "x" 02 0d 0000 08 04 04 04`,
		value{binxml.TypeUInt32, "07000000"}) + `
		:event ffffffff ba0c "Event" 0000 :data 00000000 4482 "EventData" 0000
		:name 00000000 ` + hashHex(first) + ` "` + first + `" 0000 :attribute 00000000 ` + hashHex(second) + ` "` + second + `" 0000`
}

func hashHex(name string) string { return string(le16hex(int(hashOf(name)))) }

// Definitions of the same GUID and size whose content differs, in a text, in a
// substitution or in what a name says, are told apart, whichever was first.
func TestOtherContentIsNotReused(t *testing.T) {
	for name, pair := range map[string][2]written{
		"a text":                  {shifted(t, 0, cacheable("one", "1")), shifted(t, 0, cacheable("two", "1"))},
		"a text of System":        {shifted(t, 0, cacheable("one", "1")), shifted(t, 0, cacheable("one", "2"))},
		"a text, another offset":  {shifted(t, 0, cacheable("one", "1")), shifted(t, 40, cacheable("two", "1"))},
		"a name elsewhere":        {shifted(t, 0, namesElsewhere("Data", "Name")), shifted(t, 0, namesElsewhere("Dato", "Name"))},
		"a name at another place": {shifted(t, 0, namesElsewhere("Data", "Name")), shifted(t, 17, namesElsewhere("Data", "Nome"))},
		"a longer name":           {shifted(t, 0, namesElsewhere("Data", "Name")), shifted(t, 0, namesElsewhere("Data", "Names"))},
		"a shorter name":          {shifted(t, 0, namesElsewhere("Data", "Name")), shifted(t, 0, namesElsewhere("Data", "Nam"))},
		"dependency": {shifted(t, 0, templated(eventDataHand(dataHand("a", "0d 0000 08")), null)),
			shifted(t, 0, templated(eventDataHand(strings.Replace(dataHand("a", "0d 0000 08"), "ffff", "0000", 1)), null))},
		"optional": {shifted(t, 0, templated(eventDataHand(dataHand("a", "0d 0000 08")), null)),
			shifted(t, 0, templated(eventDataHand(dataHand("a", "0e 0000 08")), null))},
	} {
		t.Run(name, func(t *testing.T) {
			var want [2]string
			for i, w := range pair {
				want[i] = w.decode(binxml.NewDecoder())
			}
			if want[0] == want[1] {
				t.Fatalf("the same: %s", want[0])
			}
			d := binxml.NewDecoder()
			for _, i := range []int{0, 1, 0, 0, 1, 1, 0} {
				if got := pair[i].decode(d); got != want[i] {
					t.Errorf("used decoder\n%s\nwant\n%s", got, want[i])
				}
			}
		})
	}
}

// A definition that another chunk has with the same content, at the same or
// another offset, is not compiled again: nothing is allocated.
func TestEqualContentIsReused(t *testing.T) {
	for name, pair := range map[string][2]written{
		"the same place":                 {shifted(t, 0, cacheable("one", "1")), shifted(t, 0, cacheable("one", "1"))},
		"another place":                  {shifted(t, 0, cacheable("one", "1")), shifted(t, 40, cacheable("one", "1"))},
		"names elsewhere":                {shifted(t, 0, namesElsewhere("Data", "Name")), shifted(t, 0, namesElsewhere("Data", "Name"))},
		"names elsewhere, another place": {shifted(t, 0, namesElsewhere("Data", "Name")), shifted(t, 23, namesElsewhere("Data", "Name"))},
	} {
		t.Run(name, func(t *testing.T) {
			d := binxml.NewDecoder()
			var doc binxml.Document
			var json []byte
			both := func() {
				for _, w := range pair {
					d.Chunk(w.chunk, chunkAt)
					var err error
					if doc, err = d.Document(w.pos, w.end); err != nil {
						t.Fatal(err)
					}
					if json, err = doc.AppendJSON(json[:0]); err != nil || len(json) == 0 {
						t.Fatal(err)
					}
				}
			}
			both()
			if n := testing.AllocsPerRun(20, both); n != 0 {
				t.Errorf("%v allocations", n)
			}
			if got, want := pair[1].decode(d), pair[1].decode(binxml.NewDecoder()); got != want {
				t.Errorf("reused\n%s\nwant\n%s", got, want)
			}
		})
	}
	// What the bound is worth: a definition that may not be reused costs something.
	w := shifted(t, 0, strings.Replace(namesElsewhere("Data", "Name"), hashHex("Data"), "0000", 1))
	d := binxml.NewDecoder()
	if n := testing.AllocsPerRun(20, func() { w.decode(d); d.Chunk(w.chunk, chunkAt) }); n < 5 {
		t.Errorf("compiling costs %v allocations", n)
	}
}

// Where a name stands, at its use or elsewhere, is no difference of content but
// of form, which is not reused; what comes out is the same.
func TestNameHereAndElsewhere(t *testing.T) {
	here := shifted(t, 0, templated(element("Event", `02 05 01 "x" 04`, false)))
	elsewhere := shifted(t, 0, templated(`01 ffff 00000000 =n 02 05 01 "x" 04`)+` :n 00000000 ba0c "Event" 0000`)
	want := here.decode(binxml.NewDecoder())
	d := binxml.NewDecoder()
	for i, w := range []written{here, elsewhere, here, elsewhere} {
		if got := w.decode(d); got != want {
			t.Errorf("%d: %s\nwant %s", i, got, want)
		}
	}
}

// An overwritten name is a diagnostic of its chunk. It is not kept for others,
// nor does what was kept hide it.
func TestOverwrittenNameIsNotCached(t *testing.T) {
	whole := namesElsewhere("Data", "Name")
	for name, source := range map[string]string{
		"hash":  strings.Replace(whole, hashHex("Data"), "0000", 1),
		"text":  strings.Replace(whole, `"Data"`, `"Dada"`, 1),
		"end":   strings.Replace(whole, `"Data" 0000`, `"Data" 4100`, 1),
		"count": strings.Replace(whole, `"Data" 0000`, `0300 440061007400 0000`, 1),
	} {
		t.Run(name, func(t *testing.T) {
			if source == whole {
				t.Fatal("nothing overwritten")
			}
			good, bad := shifted(t, 0, whole), shifted(t, 0, source)
			wantGood, wantBad := good.decode(binxml.NewDecoder()), bad.decode(binxml.NewDecoder())
			if !strings.Contains(wantBad, "name-hash") || strings.Contains(wantGood, "name-hash") {
				t.Fatalf("overwritten\n%s\nwhole\n%s", wantBad, wantGood)
			}
			d := binxml.NewDecoder()
			for i, w := range []written{bad, good, bad, bad, good, good} {
				want := wantGood
				if w.pos == bad.pos && &w.chunk[0] == &bad.chunk[0] {
					want = wantBad
				}
				if got := w.decode(d); got != want {
					t.Errorf("%d: used decoder\n%s\nwant\n%s", i, got, want)
				}
			}
		})
	}
}

// Whatever byte of a definition or of its names differs from those of a
// definition seen before, and in whatever way, a used decoder gives what a fresh
// one gives.
func TestUsedDecoderAgreesAfterAnyChange(t *testing.T) {
	masks := []byte{0x01, 0x02, 0x04, 0x10, 0x40, 0xff}
	if testing.Short() {
		masks = masks[:2]
	}
	for name, source := range map[string]string{"names here": cacheable("one", "1"), "names elsewhere": namesElsewhere("Data", "Name")} {
		t.Run(name, func(t *testing.T) {
			w := shifted(t, 0, source)
			want := w.decode(binxml.NewDecoder())
			changed := w
			changed.chunk = make([]byte, len(w.chunk))
			for pos := w.pos; pos < w.end; pos++ {
				for _, mask := range masks {
					copy(changed.chunk, w.chunk)
					changed.chunk[pos] ^= mask
					wantChanged := changed.decode(binxml.NewDecoder())
					d := binxml.NewDecoder()
					w.decode(d)
					if got := changed.decode(d); got != wantChanged {
						t.Fatalf("byte %#x ^ %#x: used decoder\n%s\nwant\n%s", pos, mask, got, wantChanged)
					}
					if got := w.decode(d); got != want {
						t.Fatalf("after byte %#x ^ %#x: used decoder\n%s\nwant\n%s", pos, mask, got, want)
					}
				}
			}
		})
	}
}

// More definitions of one GUID and size than are kept.
func TestManyVariantsOfOneGUID(t *testing.T) {
	d := binxml.NewDecoder()
	for range 3 {
		for i := range 30 {
			w := shifted(t, i, cacheable(fmt.Sprintf("%03d", i), "1"))
			if got, want := w.decode(d), w.decode(binxml.NewDecoder()); got != want {
				t.Fatalf("variant %d: used decoder\n%s\nwant\n%s", i, got, want)
			}
		}
	}
}

// reuse decodes documents whose chunks, one after the other, have the same memory.
func reuse(t *testing.T, documents ...written) {
	t.Helper()
	d := binxml.NewDecoder()
	buffer := make([]byte, chunkSize)
	for i, w := range documents {
		want := w.decode(binxml.NewDecoder())
		copy(buffer, w.chunk)
		w.chunk = buffer
		if got := w.decode(d); got != want {
			t.Errorf("%d: used decoder\n%s\nwant\n%s", i, got, want)
		}
	}
}

// The memory of a chunk may be used for the next: what is kept is a copy.
func TestChunkMemoryIsReused(t *testing.T) {
	reuse(t, shifted(t, 0, cacheable("one", "1")), shifted(t, 40, cacheable("two", "2")), shifted(t, 9, cacheable("one", "1")),
		shifted(t, 0, `01 00000000 'Event' 02 01 00000000 'System' 02 01 00000000 'Computer' 02 05 01 "x" 04 04 04 00`),
		shifted(t, 0, cacheable("two", "1")))
}

// A definition that holds an instance belongs to its chunk, though its bytes be
// those of another: what they refer to may be another thing there, and the
// instance stands elsewhere.
func TestDefinitionWithAnInstanceIsNotReused(t *testing.T) {
	inner := func(text string) string {
		return `:d 00000000 aabbccdd 0000 0000 0000000000000000 #f:g :f 01 ffff 00000000 'I' 02 05 01 "` + text + `" 04 00 :g `
	}
	document := func(n int, text string) written {
		_, pos := hand(t, inner(text)+strings.Repeat("cc ", n))
		chunk, end := hand(t, inner(text)+strings.Repeat("cc ", n)+templated(userDataHand(element("R", `02 0c 01 aabbccdd =d 00000000 04`, false))))
		return written{chunk, pos, end}
	}
	d := binxml.NewDecoder()
	for i, w := range []written{document(0, "one"), document(40, "two"), document(0, "one"), document(0, "two")} {
		if got, want := w.decode(d), w.decode(binxml.NewDecoder()); got != want || !strings.Contains(got, []string{"one", "two"}[i%2]) {
			t.Errorf("used decoder\n%s\nwant\n%s", got, want)
		}
	}
}
