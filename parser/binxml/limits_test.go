package binxml_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/qmparse/qmparse/parser/binxml"
	"github.com/qmparse/qmparse/parser/internal/alloctest"
	"github.com/qmparse/qmparse/parser/internal/build/evtxbuild"
	"github.com/qmparse/qmparse/parser/internal/cursor"
)

var el, text, normal, optional = evtxbuild.El, func(s string) evtxbuild.Node { return evtxbuild.Text(s) }, evtxbuild.Normal, evtxbuild.Optional

// retained returns how many bytes more are in use after f than before it. What f
// returns counts as in use.
func retained(f func() any) int64 {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	keep := f()
	runtime.GC()
	runtime.ReadMemStats(&after)
	runtime.KeepAlive(keep)
	return int64(after.HeapAlloc) - int64(before.HeapAlloc)
}

func repeat(n int, node evtxbuild.Node) []evtxbuild.Node {
	nodes := make([]evtxbuild.Node, n)
	for i := range nodes {
		nodes[i] = node
	}
	return nodes
}

// renderings are all that can be made of a document.
var renderings = []struct {
	name   string
	render func(*binxml.Document) error
}{
	{"JSON", func(doc *binxml.Document) error { _, err := doc.AppendJSON(nil); return err }},
	{"XML", func(doc *binxml.Document) error { _, err := doc.AppendXML(nil); return err }},
	{"Fields", func(doc *binxml.Document) error { _, err := doc.Fields(); return err }},
	{"Tree", func(doc *binxml.Document) error { _, err := doc.Tree(); return err }},
}

// One value may stand in a template thousands of times: 64 KiB become hundreds
// of MiB where the text is not looked at before it is long.
func TestTextOfOneElementIsBounded(t *testing.T) {
	many := make([]evtxbuild.Node, 0, 1000)
	for i := range cap(many) {
		many = append(many, data(fmt.Sprintf("d%d", i), normal(0, evtxbuild.TypeBinary)))
	}
	runs := repeat(4000, normal(0, evtxbuild.TypeBinary))
	cases := []struct {
		name string
		root evtxbuild.Element
	}{
		{"one element with many substitutions", eventData(data("x", runs...))},
		{"one attribute with many substitutions", event(el("UserData", evtxbuild.Element{Name: "R", Attributes: []evtxbuild.Attribute{evtxbuild.Attr("a", runs...)}}))},
		{"a name of many substitutions", eventData(evtxbuild.Element{Name: "Data", Attributes: []evtxbuild.Attribute{evtxbuild.Attr("Name", runs...)}})},
		{"many elements with one substitution", eventData(many...)},
	}
	value := evtxbuild.Binary(make([]byte, 10000)) // 20,000 digits, 19 MiB and more in all
	for _, c := range cases {
		for _, r := range renderings {
			if r.name == "Tree" {
				continue // refers to the value, does not repeat it
			}
			t.Run(c.name+"/"+r.name, func(t *testing.T) {
				doc := decode(t, instance(c.root, value)...)
				var err error
				n := alloctest.Bytes(func() { err = r.render(&doc) })
				// Doubling a buffer up to MaxText allocates about twice that in all.
				if n > 6*binxml.MaxText {
					t.Errorf("%d MiB allocated", n>>20)
				}
				if r.name != "Fields" && !errors.Is(err, cursor.ErrUnsupported) {
					t.Errorf("error %v", err)
				}
			})
		}
	}
}

func TestSystemTextIsBounded(t *testing.T) {
	doc := decode(t, instance(event(el("System", el("Computer", repeat(4000, normal(0, evtxbuild.TypeBinary))...))),
		evtxbuild.Binary(make([]byte, 10000)))...)
	if n := alloctest.Bytes(func() { doc.System(func(binxml.SystemField, *binxml.Value) {}) }); n > 6*binxml.MaxText {
		t.Errorf("%d MiB allocated", n>>20)
	}
}

// 400 instances of a template of 4,000 text nodes: 1.6 million nodes.
func TestNodesOfTemplatesCount(t *testing.T) {
	inner := evtxbuild.Instance{Template: evtxbuild.Definition(el("I", repeat(4000, text(""))...))}
	doc := func() binxml.Document {
		return decode(t, instance(eventData(repeat(400, normal(0, evtxbuild.TypeBinXML))...), evtxbuild.BinXML(inner, evtxbuild.EOF{}))...)
	}
	for _, r := range renderings {
		t.Run(r.name, func(t *testing.T) {
			doc := doc()
			var err error
			n := alloctest.Bytes(func() { err = r.render(&doc) })
			if !errors.Is(err, cursor.ErrUnsupported) {
				t.Errorf("error %v", err)
			}
			if n > 64<<20 {
				t.Errorf("%d MiB allocated", n>>20)
			}
		})
	}
}

// 1,000 substitutions by an array of 700 items, each found from the start: 245
// million steps.
func TestItemsOfArraysCount(t *testing.T) {
	items := evtxbuild.RawValue(evtxbuild.TypeString|evtxbuild.TypeArray, make([]byte, 2*700))
	for _, r := range renderings[:2] {
		t.Run(r.name, func(t *testing.T) {
			doc := decode(t, instance(eventData(data("x", repeat(1000, normal(0, evtxbuild.TypeString|evtxbuild.TypeArray))...)), items)...)
			if err := r.render(&doc); !errors.Is(err, cursor.ErrUnsupported) {
				t.Errorf("error %v", err)
			}
		})
	}
}

// A record is read whole that has as much as its bytes allow: 60,000 items of a byte, and
// 8,000 texts among others in an element.
func TestFullRecordsAreRead(t *testing.T) {
	numbers := evtxbuild.RawValue(evtxbuild.TypeUInt8|evtxbuild.TypeArray, make([]byte, 60_000))
	texts := evtxbuild.RawValue(evtxbuild.TypeString|evtxbuild.TypeArray, []byte(strings.Repeat("\x26\x00\x26\x00\x00\x00", 8_000)))
	for _, r := range renderings {
		doc := decode(t, instance(eventData(data("v", normal(0, evtxbuild.TypeUInt8|evtxbuild.TypeArray))), numbers)...)
		if err := r.render(&doc); err != nil {
			t.Errorf("%s of numbers: %v", r.name, err)
		}
		doc = decode(t, instance(eventData(data("v", text("a"), normal(0, evtxbuild.TypeString|evtxbuild.TypeArray), text("b"))), texts)...)
		if err := r.render(&doc); err != nil {
			t.Errorf("%s of texts: %v", r.name, err)
		}
		list := func(n, size int) evtxbuild.Value {
			return evtxbuild.RawValue(evtxbuild.TypeUInt32|evtxbuild.TypeArray, bytes.Repeat([]byte{byte(n), 1, 0, 0}, size))
		}
		of := func(n int) evtxbuild.Node { return normal(uint16(n), evtxbuild.TypeUInt32|evtxbuild.TypeArray) }
		doc = decode(t, instance(eventData(data("v", of(0), text(", "), of(1), text(", "), of(2))), list(1, 2000), list(2, 2000), list(3, 2000))...)
		if err := r.render(&doc); err != nil {
			t.Errorf("%s of three arrays: %v", r.name, err)
		}
		doc = decode(t, instance(eventData(data("a", normal(0, evtxbuild.TypeUInt8|evtxbuild.TypeArray)), data("b", normal(0, evtxbuild.TypeUInt8|evtxbuild.TypeArray))),
			evtxbuild.RawValue(evtxbuild.TypeUInt8|evtxbuild.TypeArray, make([]byte, 20_000)))...)
		if err := r.render(&doc); err != nil {
			t.Errorf("%s of an array in two places: %v", r.name, err)
		}
	}
}

// A small record does not expand to what a large one may: 15 instances of a template of 6,000
// nodes that stands elsewhere in the chunk.
func TestSmallRecordsExpandLittle(t *testing.T) {
	inner := evtxbuild.Instance{Template: evtxbuild.Definition(el("I", repeat(6000, text(""))...))}
	f := evtxbuild.New(evtxbuild.Options{})
	values := []evtxbuild.Value{evtxbuild.BinXML(inner, evtxbuild.EOF{})}
	template := evtxbuild.Definition(eventData(repeat(15, normal(0, evtxbuild.TypeBinXML))...))
	for range 2 { // the first brings the definitions
		f.Record(evtxbuild.Record{Body: evtxbuild.Document(evtxbuild.Instance{Template: template, Values: values})})
	}
	im, err := f.Image(), f.Err()
	if err != nil {
		t.Fatal(err)
	}
	d := binxml.NewDecoder()
	chunk := im.Bytes[im.Chunks[0]:][:chunkSize]
	d.Chunk(chunk, int64(im.Chunks[0]))
	for i, r := range im.Records {
		start := r.Offset - im.Chunks[0]
		size := int(binary.LittleEndian.Uint32(chunk[start+4:]))
		doc, err := d.Document(start+24, start+size-4)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = doc.AppendJSON(nil); errors.Is(err, cursor.ErrUnsupported) != (i == 1) {
			t.Errorf("record %d of %d bytes: error %v", i, size, err)
		}
	}
}

// Names may overlap: 2,000 references to names of 10,000 characters fit in one
// chunk.
func TestNamesTakeBoundedMemory(t *testing.T) {
	chunk := make([]byte, chunkSize)
	rnd := rand.New(rand.NewPCG(1, 2))
	for i := 30000; i < len(chunk); i++ {
		chunk[i] = 0x20 + byte(rnd.IntN(16)) // lengths of 8,224 to 12,079
	}
	le := binary.LittleEndian
	b := append(chunk[:512], 0x0f, 1, 1, 0, 0x01, 0, 0, 0, 0)
	b = append(le.AppendUint32(b, 30000), 0x02)
	for i := range 2000 {
		b = append(b, 0x01, 0, 0, 0, 0)
		b = append(le.AppendUint32(b, uint32(30000+5*i)), 0x03)
	}
	b = append(b, 0x04, 0)
	n := retained(func() any {
		d := binxml.NewDecoder()
		d.Chunk(chunk, chunkAt)
		_, err := d.Document(512, len(b))
		t.Log(err)
		return d
	})
	if n > 16<<20 {
		t.Errorf("%d MiB in use after one chunk", n>>20)
	}
}

// Texts that are looked up are kept; long ones must not be.
func TestTextsTakeBoundedMemory(t *testing.T) {
	n := retained(func() any {
		d := binxml.NewDecoder()
		long := make([]byte, 60000)
		for i := range 500 {
			binary.LittleEndian.PutUint32(long, uint32(i))
			d.Text(long)
		}
		return d
	})
	if n > 16<<20 {
		t.Errorf("%d MiB in use after 500 texts", n>>20)
	}
}

// definitionAt writes the head of a template definition at pos whose fragment
// goes to end, and the first tokens of an element named by the name at name.
func definitionAt(chunk []byte, pos, end, name int, guid uint32) {
	le := binary.LittleEndian
	le.PutUint32(chunk[pos+4:], guid)
	le.PutUint32(chunk[pos+20:], uint32(end-pos-24))
	f := chunk[pos+24:]
	f[0], f[1], f[2] = 0x01, 0xff, 0xff
	le.PutUint32(f[7:], uint32(name))
}

func putName(chunk []byte, pos int, c byte) {
	binary.LittleEndian.PutUint16(chunk[pos+4:], uint16(c))
	chunk[pos+6], chunk[pos+8] = 1, c
}

func instanceOf(chunk []byte, pos, definition int) {
	chunk[pos], chunk[pos+1] = 0x0c, 1
	copy(chunk[pos+2:pos+6], chunk[definition+4:])
	binary.LittleEndian.PutUint32(chunk[pos+6:], uint32(definition))
}

// Definitions may overlap, and each says its own size.
func TestDefinitionsTakeBoundedMemory(t *testing.T) {
	const name, first, step, count, instances = 500, 512, 40, 600, 40000
	n := retained(func() any {
		d := binxml.NewDecoder()
		for c := range 3 {
			chunk := make([]byte, chunkSize)
			putName(chunk, name-12, 'E')
			for i := range count {
				pos := first + i*step
				definitionAt(chunk, pos, chunkSize, name-12, uint32(c*count+i+1))
				chunk[pos+24+11], chunk[pos+24+12] = 0x03, 0
			}
			d.Chunk(chunk, chunkAt)
			for i := range count {
				clear(chunk[instances:])
				instanceOf(chunk, instances, first+i*step)
				if _, err := d.Document(instances, instances+14); err != nil && !errors.Is(err, cursor.ErrUnsupported) {
					t.Fatal(err)
				}
			}
		}
		return d
	})
	if n > 16<<20 {
		t.Errorf("%d MiB in use after three chunks", n>>20)
	}
}

// A chunk decoded twice gives the same twice: the limit on what is compiled of
// one chunk must not depend on what is cached.
func TestChunkLimitDoesNotDependOnTheCache(t *testing.T) {
	const name, first, step, count, tail, subs, instances = 500, 512, 40, 8, 1024, 10000, 60000
	chunk := make([]byte, chunkSize)
	putName(chunk, name-12, 'E')
	end := tail
	for range subs {
		copy(chunk[end:], []byte{0x0d, 0, 0, 1})
		end += 4
	}
	chunk[end] = 0x04
	end += 2
	for i := range count {
		pos := first + i*step
		definitionAt(chunk, pos, end, name-12, uint32(i+1))
		f := chunk[pos+24:]
		f[11], f[12] = 0x02, 0x07 // a CDATA section up to the tail
		binary.LittleEndian.PutUint16(f[13:], uint16((tail-(pos+24+15))/2))
		if (tail-(pos+24+15))%2 != 0 {
			f[11], f[12], f[13], f[14] = 0x02, 0x08, 0, 0 // and a reference of three bytes
			f[15] = 0x07
			binary.LittleEndian.PutUint16(f[16:], uint16((tail-(pos+24+18))/2))
		}
		instanceOf(chunk, instances+32*i, pos)
	}
	d := binxml.NewDecoder()
	pass := func() (results []string) {
		d.Chunk(chunk, chunkAt)
		for i := range count {
			_, err := d.Document(instances+32*i, instances+32*i+14)
			results = append(results, fmt.Sprint(err))
		}
		return results
	}
	fresh := pass()
	if used := pass(); strings.Join(used, "\n") != strings.Join(fresh, "\n") {
		t.Errorf("first\n%s\nthen\n%s", strings.Join(fresh, "\n"), strings.Join(used, "\n"))
	}
}

// MaxElementDepth elements within elements are read, one more is refused.
func TestDepthOfElements(t *testing.T) {
	for _, depth := range []int{1, binxml.MaxElementDepth, binxml.MaxElementDepth + 1, 1000} {
		source := strings.Repeat("01 00000000 =n 02 ", depth) + strings.Repeat("04 ", depth) + "00 :n 00000000 ba0c \"Event\" 0000"
		doc, _, err := tryHand(t, source)
		if depth > binxml.MaxElementDepth {
			wantError(t, err, cursor.ErrUnsupported, chunkAt+handAt, chunkAt+handAt+int64(depth)*10)
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Count(xmlOf(t, doc), "<Event>"); got != depth-1 {
			t.Errorf("%d elements around the last, want %d", got, depth-1)
		}
	}
}

// A record of odd values alone is said to be odd, not a thousand times.
func TestDiagnosticsAreFew(t *testing.T) {
	doc, d := decodeHand(t, templated(eventDataHand(strings.Repeat(dataHand("v", "0d 0000 08"), 200)), value{binxml.TypeUInt32, "01"}))
	got := jsonOf(t, doc)
	if n := strings.Count(got, "1"); n != 200 {
		t.Errorf("%d values", n)
	}
	if n := len(d.TakeDiagnostics()); n < 1 || n > 100 {
		t.Errorf("%d diagnostics", n)
	}
}

// What one document costs is not counted against the next.
func TestLimitsAreOfOneDocument(t *testing.T) {
	for name, c := range map[string]struct {
		source string
		times  int
	}{
		"text":  {templated(eventDataHand(dataHand("v", strings.Repeat("0d 0000 0e ", 90))), value{binxml.TypeBinary, strings.Repeat("00", 10000)}), 4}, // 1.8 million characters
		"nodes": {templated(userDataHand(element("R", "02 "+strings.Repeat("08 4100 ", 10000)+" 04", false))), 30},
	} {
		chunk, end := hand(t, c.source)
		d := binxml.NewDecoder()
		d.Chunk(chunk, chunkAt)
		for _, r := range renderings {
			for i := range c.times {
				doc, err := d.Document(handAt, end)
				if err == nil {
					err = r.render(&doc)
				}
				if err != nil {
					t.Fatalf("%s: %s %d: %v", name, r.name, i, err)
				}
			}
		}
	}
}

// longNames is a chunk of instances and of the definitions that they name, by label, each
// with so many names that share one long text: some KiB.
func longNames(t *testing.T, instances string, names map[string]int) []byte {
	long := strings.Repeat("N", binxml.MaxName)
	for _, label := range slices.Sorted(maps.Keys(names)) {
		instances += ` :d` + label + ` 00000000 ` + label + `000000 0000 0000 0000000000000000 #f` + label + `:g` + label + ` :f` + label + `
			01 ffff 00000000 =n 02 ` + strings.Repeat("01 ffff 00000000 =n 03 ", names[label]-1) + ` 04 00 :g` + label
	}
	chunk, _ := hand(t, instances+` :n 00000000 `+string(le16hex(int(hashOf(long))))+` "`+long+`" 0000`)
	return chunk
}

// Names of definitions that share one long text are counted each time.
func TestNamesOfOneChunkAreBounded(t *testing.T) {
	chunk := longNames(t, `0c 01 aa000000 =daa 00000000 0c 01 bb000000 =dbb 00000000 0c 01 cc000000 =dcc 00000000`,
		map[string]int{"aa": 100, "bb": 100, "cc": 300})
	const instance = 14
	d := binxml.NewDecoder()
	for pass := range 2 { // with what the first pass left in the decoder
		d.Chunk(chunk, chunkAt)
		for i := range 2 { // 200 KiB
			if _, err := d.Document(handAt+i*instance, handAt+(i+1)*instance); err != nil {
				t.Errorf("pass %d, definition %d: %v", pass, i, err)
			}
		}
		_, err := d.Document(handAt+2*instance, handAt+3*instance)
		wantError(t, err, cursor.ErrUnsupported, chunkAt+handAt, chunkAt+chunkSize)
	}
}

// Whether a record decodes does not depend on whose data was asked for before.
func TestDefinitionsOfDataAreCountedApart(t *testing.T) {
	record := func(label string) string {
		return ` 0c 01 ee000000 =dee 01000000 0e002100 0c 01 ` + label + `000000 =d` + label + ` 00000000`
	}
	const size, last = 32, 14
	chunk := longNames(t, record("aa")+record("bb")+record("cc")+` 0c 01 dd000000 =ddd 00000000
		:dee 00000000 ee000000 0000 0000 0000000000000000 #fee:gee :fee `+eventHand("0e 0000 21")+` 00 :gee`,
		map[string]int{"aa": 100, "bb": 100, "cc": 100, "dd": 100})
	d := binxml.NewDecoder()
	for _, data := range []bool{false, true} {
		d.Chunk(chunk, chunkAt)
		for i := range 3 {
			doc, err := d.Document(handAt+i*size, handAt+(i+1)*size)
			if err != nil {
				t.Fatalf("with data %t, record %d: %v", data, i, err)
			}
			if data {
				if _, err = doc.AppendJSON(nil); (err != nil) != (i == 2) { // of 300 KiB
					t.Errorf("data of record %d: %v", i, err)
				}
			}
		}
		if _, err := d.Document(handAt+3*size, handAt+3*size+last); err != nil {
			t.Errorf("with data %t, last record: %v", data, err)
		}
	}
}

// Definitions beyond what is kept are decoded all the same.
func TestCacheStartsAnew(t *testing.T) {
	d := binxml.NewDecoder()
	n := retained(func() any {
		for i := range 600 { // of 40 KB each
			text := fmt.Sprintf("%d %s", i, strings.Repeat("x", 20000))
			source := templated(userDataHand(element("R", `02 05 01 "`+text+`" 04`, false)))
			w := shifted(t, 0, strings.ReplaceAll(source, "1a2b3c4d", fmt.Sprintf("%08x", i)))
			d.Chunk(w.chunk, chunkAt)
			doc, err := d.Document(w.pos, w.end)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := jsonOf(t, &doc), `{"R":{"#text":"`+text+`"}}`; got != want {
				t.Fatalf("%.60s, want %.60s", got, want)
			}
		}
		d.Chunk(nil, 0)
		return d
	})
	if n > 16<<20 {
		t.Errorf("%d MiB in use after 24 MB of definitions", n>>20)
	}
}

// Members of one name are joined by writing the object anew: within each other that is the text
// once for each level, and counts as such.
func TestJoinedMembersCount(t *testing.T) {
	levels := func(n int) error {
		e := el("B", normal(0, evtxbuild.TypeBinary))
		for range n {
			e = el("A", el("B"), el("B"), e)
		}
		doc := decode(t, instance(event(el("UserData", e)), evtxbuild.Binary(make([]byte, 50_000)))...)
		_, err := doc.AppendJSON(nil)
		return err
	}
	if err := levels(20); err != nil {
		t.Error(err) // 2 MB
	}
	if err := levels(110); !errors.Is(err, cursor.ErrUnsupported) {
		t.Errorf("error %v, of 11 MB", err)
	}
}

// Comparing long names costs as much as nodes do.
func TestComparedNamesCount(t *testing.T) {
	names := func(length int) error {
		object := el("O", text("x")) // with text it is not known to have distinct members
		for i := range 100 {
			object.Content = append(object.Content, el(strings.Repeat("n", length)+fmt.Sprint(i)))
		}
		inner := evtxbuild.Instance{Template: evtxbuild.Definition(el("I", object))}
		doc := decode(t, instance(event(el("UserData", el("R", repeat(250, normal(0, evtxbuild.TypeBinXML))...))),
			evtxbuild.BinXML(inner, evtxbuild.EOF{}))...)
		_, err := doc.AppendJSON(nil)
		return err
	}
	if err := names(10); err != nil {
		t.Error(err)
	}
	if err := names(250); !errors.Is(err, cursor.ErrUnsupported) {
		t.Errorf("error %v", err)
	}
}
