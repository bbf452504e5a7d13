package binxml_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/qmparse/qmparse/parser/binxml"
	"github.com/qmparse/qmparse/parser/internal/build/evtxbuild"
	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// A name stands where it is used first, and is referred to from anywhere in the
// chunk, also from before it.
func TestNamesStandHereOrElsewhere(t *testing.T) {
	for name, source := range map[string]string{
		"here":               `01 00000000 'Event' 02 01 00000000 'Event' 03 04 00`,
		"before":             `01 00000000 =n :n 00000000 ba0c "Event" 0000 02 01 00000000 =n 03 04 00`,
		"behind":             `01 00000000 =n 02 01 00000000 =n 03 04 00 :n 00000000 ba0c "Event" 0000`,
		"next of the bucket": `01 00000000 =n :n ffffffff ba0c "Event" 0000 02 01 00000000 =n 03 04 00`,
	} {
		t.Run(name, func(t *testing.T) { wantHand(t, source, rendered{`{"Event":""}`, "<Event><Event/></Event>"}) })
	}
}

// A name whose hash or end is not right was overwritten. It is decoded, once, and
// said.
func TestOverwrittenNamesAreSaid(t *testing.T) {
	for name, source := range map[string]string{
		"hash":           `01 00000000 =n :n 00000000 bb0c "Event" 0000 03 00`,
		"text":           `01 00000000 =n :n 00000000 bb0c "Evens" 0000 03 00`,
		"end":            `01 00000000 =n :n 00000000 ba0c "Event" 4100 03 00`,
		"hash elsewhere": `01 00000000 =n 03 00 :n 00000000 0000 "Event" 0000`,
		"in a template":  templated(`01 ffff 00000000 =n :n 00000000 0000 "Event" 0000 03`),
	} {
		t.Run(name, func(t *testing.T) {
			doc, d := decodeHand(t, source)
			if got := xmlOf(t, doc); !strings.HasPrefix(got, "<Even") {
				t.Error(got)
			}
			wantCodes(t, d, "name-hash")
		})
	}
	_, d := decodeHand(t, `01 00000000 =n :n 00000000 0000 0000 0000 03 00`)
	wantCodes(t, d, "name-hash") // zeros, whose hash is right
	_, d = decodeHand(t, `41 00000000 =n :n 00000000 0000 "Event" 0000 00000000 06 =n 03 00`)
	if all := d.TakeDiagnostics(); len(all) != 1 || !strings.HasPrefix(all[0].Detail, "2 names") {
		t.Errorf("%v, want one diagnostic of two names", all)
	}
}

// A reference that leaves the chunk is wrong where it stands; a name that does is
// short where it stands.
func TestNamesThatLeaveTheChunk(t *testing.T) {
	reference := int64(chunkAt + handAt + 5)
	for _, offset := range []string{"01000100", "ffffffff", "00000080"} {
		_, _, err := tryHand(t, `01 00000000 `+offset+` 03 00`)
		wantError(t, err, cursor.ErrMalformed, reference, reference+4)
	}
	const end = chunkAt + chunkSize
	for _, offset := range []string{"00000100", "fcff0000", "f8ff0000"} { // its length at the earliest is at 0x10006
		_, _, err := tryHand(t, `01 00000000 `+offset+` 03 00`)
		wantError(t, err, cursor.ErrTruncated, end-8, end)
	}
	chunk, at := hand(t, `01 00000000 f0ff0000 03 00`)
	chunk[0xfff6] = 4 // 8 bytes of text, no room for the NUL
	d := binxml.NewDecoder()
	d.Chunk(chunk, chunkAt)
	_, err := d.Document(handAt, at)
	wantError(t, err, cursor.ErrTruncated, end, end)
}

// A name where it is used must end with what uses it.
func TestResidentNameEndsWithItsRecord(t *testing.T) {
	chunk, end := hand(t, `01 00000000 'Event' 03 00`)
	d := binxml.NewDecoder()
	d.Chunk(chunk, chunkAt)
	_, err := d.Document(handAt, end-4)
	wantError(t, err, cursor.ErrTruncated, chunkAt+handAt, int64(chunkAt+end-4))
}

func TestLengthOfNames(t *testing.T) {
	long := strings.Repeat("N", binxml.MaxName)
	wantHand(t, `01 00000000 '`+long+`' 03 00`, rendered{"", "<" + long + "/>"})
	_, _, err := tryHand(t, `01 00000000 '`+long+`N' 03 00`)
	wantError(t, err, cursor.ErrUnsupported, chunkAt+handAt+9, chunkAt+handAt+17)
}

// A name is what the record says, also where XML could not have it; then XML has
// an underscore for what it cannot hold.
func TestNamesThatXMLCannotHold(t *testing.T) {
	for _, c := range []struct{ name, xml string }{
		{"Ünïcode", "Ünïcode"}, {"名前", "名前"}, {"a-b.c_d9", "a-b.c_d9"}, {"q:a", "q:a"}, {"_a", "_a"},
		{"9a", "_a"}, {"-a", "_a"}, {".a", "_a"}, {"a b", "a_b"}, {"a<b", "a_b"}, {"a>b&c", "a_b_c"}, {"a=/", "a__"}, {`a"b`, "a_b"},
		{"a\x01b", "a_b"}, {"a\x7f", "a_"}, {"a@[`{", "a____"}, {"", "_"},
	} {
		doc := decode(t, evtxbuild.Document(event(el("UserData", el("R", el(c.name, text("x"))))))...)
		if got, want := xmlOf(t, &doc), "<Event><UserData><R><"+c.xml+">x</"+c.xml+"></R></UserData></Event>"; got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
		var got map[string]map[string]string
		if err := json.Unmarshal([]byte(jsonOf(t, &doc)), &got); err != nil || got["R"][c.name[strings.Index(c.name, ":")+1:]] != "x" {
			t.Errorf("%q: %q, %v", c.name, got, err)
		}
	}
}

// Whatever character a name has, alone, first or later, and however many colons,
// its XML can be read.
func TestNamesOfAnyCharacterMakeXML(t *testing.T) {
	names := []string{"a:b:c", ":a", "a:", ":", "a::b", "a:9", "a:-b", "xml", "XML:a", "aªb", "µ", "º"}
	step := rune(1)
	if testing.Short() {
		step = 7
	}
	for r := rune(1); r <= 0xffff; r += step {
		names = append(names, fmt.Sprintf("%c", r), fmt.Sprintf("a%cb", r))
	}
	names = append(names, "\U00010000", "a\U0001f511", "\U0010ffff")
	for len(names) > 0 {
		n := min(len(names), 500)
		var content []evtxbuild.Node
		for _, name := range names[:n] {
			content = append(content, el(name), evtxbuild.Element{Name: "E", Attributes: []evtxbuild.Attribute{evtxbuild.Attr(name)}, Empty: true})
		}
		names = names[n:]
		doc := decode(t, evtxbuild.Document(el("Names", content...))...)
		wellFormed(t, "names", []byte(xmlOf(t, &doc)))
	}
}

// Names in JSON are local: without the prefix. Two that differ in it alone are
// one key.
func TestNamespacePrefixes(t *testing.T) {
	wantHand(t, templated(userDataHand(element("q:R", `00000000 46 'xmlns' 05 01 "urn:a" 46 'xmlns:q' 05 01 "urn:q" 06 'q:k' 05 01 "v" 02 `+
		element("q:A", `02 05 01 "1" 04`, false)+element("A", `02 05 01 "2" 04`, false)+` 04`, true))),
		rendered{`{"R":{"k":"v","A":["1","2"]}}`,
			"<Event><UserData><q:R xmlns='urn:a' xmlns:q='urn:q' q:k='v'><q:A>1</q:A><A>2</A></q:R></UserData></Event>"})
}

// Names are JSON strings like any.
func TestNamesInJSONAreEscaped(t *testing.T) {
	const odd = "a\"b\\c\n\u2028\U0001f511"
	doc := decode(t, instance(eventData(data(odd, normal(0, evtxbuild.TypeUInt32))), evtxbuild.UInt32(1))...)
	var got map[string]int
	if err := json.Unmarshal([]byte(jsonOf(t, &doc)), &got); err != nil || len(got) != 1 || got[odd] != 1 {
		t.Errorf("%v, %v", got, err)
	}
}

// A colon in the Name of Data is no namespace prefix.
func TestDataNameWithColon(t *testing.T) {
	doc := decode(t, instance(eventData(data("Local:Port", normal(0, evtxbuild.TypeUInt32)), data("Remote:Port", normal(1, evtxbuild.TypeUInt32))),
		evtxbuild.UInt32(1), evtxbuild.UInt32(2))...)
	const want = `{"Local:Port":1,"Remote:Port":2}`
	if got := jsonOf(t, &doc); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

func TestEventDataWithPrefix(t *testing.T) {
	doc := decode(t, instance(event(el("e:EventData", data("a", normal(0, evtxbuild.TypeUInt32)), data("b", normal(1, evtxbuild.TypeUInt32)))),
		evtxbuild.UInt32(1), evtxbuild.UInt32(2))...)
	const want = `{"a":1,"b":2}`
	if got := jsonOf(t, &doc); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

// A reference that leaves the chunk is reported where it stands.
func TestOffsetOfABadReference(t *testing.T) {
	f := evtxbuild.New(evtxbuild.Options{})
	f.Record(evtxbuild.Record{Body: evtxbuild.Document(evtxbuild.El("E"))})
	im := image(t, f)
	b := bodies(im)[0]
	at := im.Records[0].Offset + recordHead + 4 + 1 + 4 // header, token, size: the name's offset
	im.PutUint32(at, 0x7fffffff)
	d := binxml.NewDecoder()
	d.Chunk(chunkOf(im, 0))
	_, err := d.Document(b.pos, b.end)
	wantError(t, err, cursor.ErrMalformed, int64(im.Records[0].Offset), int64(at+4))
}
