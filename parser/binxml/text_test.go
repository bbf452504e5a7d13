package binxml_test

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/binxml"
)

// Text as it may stand in a value: with and without NUL, cut in the middle of a
// unit or of a surrogate pair, with what JSON and XML must escape.
func TestStrings(t *testing.T) {
	for _, c := range []struct{ name, hex, json, xml string }{
		{"without NUL", "61006200", `"ab"`, `ab`},
		{"with NUL", "610062000000", `"ab"`, `ab`},
		{"two NULs", "6100620000000000", `"ab"`, `ab`},
		{"NUL alone", "0000", `""`, ``},
		{"nothing", "", `""`, ``},
		{"NUL within", "610000006200", `"a\u0000b"`, "a\ufffdb"},
		{"NUL at the beginning", "00006100", `"\u0000a"`, "\ufffda"},
		{"half a unit behind", "6100620063", `"ab"`, `ab`},
		{"half a unit behind the NUL", "610062000000ff", `"ab"`, `ab`},
		{"half a unit alone", "61", `""`, ``},
		{"unit whose low byte is 0", "00010002", `"ĀȀ"`, `ĀȀ`},
		{"beyond the BMP", "3dd811dd", `"🔑"`, `🔑`},
		{"high surrogate at the end", "61003dd8", `"a` + "\ufffd" + `"`, "a\ufffd"},
		{"high surrogate before a letter", "3dd86100", `"` + "\ufffd" + `a"`, "\ufffda"},
		{"low surrogate", "11dd6100", `"` + "\ufffd" + `a"`, "\ufffda"},
		{"pair the wrong way round", "11dd3dd8", `"` + "\ufffd\ufffd" + `"`, "\ufffd\ufffd"},
		{"high, high, low", "3dd83dd811dd", `"` + "\ufffd🔑" + `"`, "\ufffd🔑"},
		{"half a low surrogate", "3dd811", `"` + "\ufffd" + `"`, "\ufffd"},
		{"CRLF", "61000d000a006200", `"a\r\nb"`, "a&#13;\nb"},
		{"CR, LF, tab", "0d000a000900", `"\r\n\t"`, "&#13;\n\t"},
		{"white space around", "200061002000", `" a "`, ` a `},
		{"quotes and backslash", "220027005c00", `"\"'\\"`, `&quot;&apos;\`},
		{"markup", "3c00260061006d0070003b003e00", `"<&amp;>"`, `&lt;&amp;amp;&gt;`},
		{"control characters", "01001f007f008500", `"\u0001\u001f` + "\x7f\u0085" + `"`, "\ufffd\ufffd\x7f\u0085"},
		{"what XML has not", "fefffffffdff", `"` + "\ufffe\uffff\ufffd" + `"`, "\ufffd\ufffd\ufffd"},
		{"byte order mark", "fffe6100", `"` + "\ufeff" + `a"`, "\ufeffa"},
		{"line separators of JavaScript", "28202920", `"` + "\u2028\u2029" + `"`, "\u2028\u2029"},
	} {
		t.Run(c.name, func(t *testing.T) {
			end := ">" + c.xml + "</Data>"
			if c.xml == "" {
				end = "/>"
			}
			var codes []string
			if len(c.hex)%4 != 0 {
				codes = []string{"value-size"}
			}
			wantHand(t, templated(eventDataHand(dataHand("v", "0d 0000 01")), value{binxml.TypeString, c.hex}),
				rendered{`{"v":` + c.json + `}`, "<Event><EventData><Data Name='v'" + end + "</EventData></Event>"}, codes...)
			// The same as literal text, in which there is no half unit.
			h := c.hex[:len(c.hex)/4*4]
			doc, _ := decodeHand(t, fmt.Sprintf(`01 00000000 'Event' 02 01 00000000 'EventData' 02
				41 00000000 'Data' 00000000 06 'Name' 05 01 "v" 02 05 01 %s %s 04 04 04 00`, le16hex(len(h)/4), h))
			if len(h) == len(c.hex) {
				if got := jsonOf(t, doc); got != `{"v":`+c.json+`}` {
					t.Errorf("literal %s", got)
				}
			}
		})
	}
}

// Units of all kinds in all orders: words of four that are plain go another way
// than the rest, so what is not plain stands at every place of a word.
func TestUTF16AgreesWithTheStandardLibrary(t *testing.T) {
	interesting := []uint16{'a', 'Z', ' ', '~', '"', '\\', '<', '&', '\'', '\r', '\n', '\t', 0, 1, 0x1f, 0x20, 0x7f, 0x80, 0xff, 0x100, 0x122, 0x2200, 0x5c00, 0x7ff, 0x800,
		0xd7ff, 0xd800, 0xdbff, 0xdc00, 0xdfff, 0xe000, 0xfffd, 0xfffe, 0xffff}
	rnd := rand.New(rand.NewPCG(1, 2))
	check := func(units []uint16) {
		t.Helper()
		var raw []byte
		for _, u := range units {
			raw = binary.LittleEndian.AppendUint16(raw, u)
		}
		want := string(utf16.Decode(units))
		if got := string(binxml.AppendUTF8([]byte("before "), raw)); got != "before "+want {
			t.Fatalf("%04x: %q, want %q", units, got, want)
		}
		// As a value, from which NULs at the end are cut.
		want = string(utf16.Decode(units[:len(strings.TrimRight(string(asRunes(units)), "\x00"))]))
		doc, _ := decodeHand(t, templated(eventDataHand(dataHand("v", "0d 0000 01")), value{binxml.TypeString, hex.EncodeToString(raw)}))
		var object map[string]string
		if got := jsonOf(t, doc); json.Unmarshal([]byte(got), &object) != nil || object["v"] != want {
			t.Fatalf("%04x: %s, want %q", units, got, want)
		}
		x := xmlOf(t, doc)
		if got := charData(t, x); got != xmlText(want) {
			t.Fatalf("%04x: %q, want %q in %s", units, got, xmlText(want), x)
		}
		if got := binxml.NewDecoder().Text(raw); got != want {
			t.Fatalf("%04x: text %q, want %q", units, got, want)
		}
	}
	for _, u := range interesting {
		for at := range 9 {
			units := []uint16{'p', 'l', 'a', 'i', 'n', 't', 'e', 'x', 't'}
			units[at] = u
			check(units)
		}
	}
	n := 400
	if testing.Short() {
		n = 50
	}
	for range n {
		units := make([]uint16, rnd.IntN(20))
		for i := range units {
			if units[i] = 'x'; rnd.IntN(3) == 0 {
				units[i] = interesting[rnd.IntN(len(interesting))]
			}
		}
		check(units)
	}
}

// asRunes returns one byte for each unit: NUL for NUL.
func asRunes(units []uint16) []byte {
	b := make([]byte, len(units))
	for i, u := range units {
		b[i] = byte(min(u, 1))
	}
	return b
}

// charData returns the text in XML, which must be well-formed.
func charData(t testing.TB, text string) string {
	t.Helper()
	var b strings.Builder
	for d := xml.NewDecoder(strings.NewReader(text)); ; {
		token, err := d.Token()
		if err == io.EOF {
			return b.String()
		}
		if err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		if c, ok := token.(xml.CharData); ok {
			b.Write(c)
		}
	}
}

// xmlText is text with U+FFFD for the characters that XML 1.0 does not have.
func xmlText(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r == 0xfffe || r == 0xffff {
			return '\ufffd'
		}
		return r
	}, s)
}

// ANSI text does not say its code page. Windows-1252 is assumed, and said as soon
// as it makes a difference.
func TestANSIStrings(t *testing.T) {
	for _, c := range []struct {
		hex, text string
		assumed   bool
	}{
		{"616263", "abc", false},
		{"61626300", "abc", false},
		{"6162630000", "abc", false},
		{"", "", false},
		{"6100 62", "a\x00b", false},
		{"0a22 5c", "\n\"\\", false},
		{"e9", "é", true},
		{"80 85 8a 8e 93 94 96 99 9f a0 ff", "€…ŠŽ“”–™Ÿ\u00a0ÿ", true},
		{"81 8d 8f 90 9d", "\ufffd\ufffd\ufffd\ufffd\ufffd", true}, // no characters of the code page
	} {
		var codes []string
		if c.assumed {
			codes = []string{"ansi-code-page"}
		}
		doc, d := decodeHand(t, templated(eventDataHand(dataHand("v", "0d 0000 02")), value{binxml.TypeAnsiString, c.hex}))
		var object map[string]string
		if got := jsonOf(t, doc); json.Unmarshal([]byte(got), &object) != nil || object["v"] != c.text {
			t.Errorf("%s: %s, want %q", c.hex, got, c.text)
		}
		wantCodes(t, d, codes...)
		if got := charData(t, xmlOf(t, doc)); got != xmlText(c.text) {
			t.Errorf("%s: XML %q, want %q", c.hex, got, c.text)
		}
		if f, err := doc.Fields(); err != nil || len(f) != 1 || f[0].Kind != model.KindText || f[0].Text != c.text {
			t.Errorf("%s: %+v, %v", c.hex, f, err)
		}
	}
}

// The offset in a diagnostic is that of the value in the file.
func TestDiagnosticsSayWhere(t *testing.T) {
	source := templated(eventDataHand(dataHand("v", "0d 0000 02")+dataHand("w", "0d 0100 08")), value{binxml.TypeAnsiString, "e9"}, value{binxml.TypeUInt32, "0102"})
	_, end := hand(t, source)
	doc, d := decodeHand(t, source)
	jsonOf(t, doc)
	all := d.TakeDiagnostics()
	if len(all) != 2 || !strings.HasSuffix(all[0].Detail, fmt.Sprintf(" at offset %#x", chunkAt+end-3)) || !strings.HasSuffix(all[1].Detail, fmt.Sprintf(" at offset %#x", chunkAt+end-2)) {
		t.Errorf("%v; the values are at %#x and %#x", all, chunkAt+end-3, chunkAt+end-2)
	}
	if again := d.TakeDiagnostics(); len(again) != 0 {
		t.Errorf("taken twice: %v", again)
	}
}

// Diagnostics are of one document, whether those of the one before were taken or
// not, and what was said of one is said of the next.
func TestDiagnosticsAreOfOneDocument(t *testing.T) {
	odd := shifted(t, 0, templated(eventDataHand(dataHand("v", "0d 0000 08")+dataHand("w", "0d 0100 08")), value{binxml.TypeUInt32, "0102"}))
	named := shifted(t, 0, strings.Replace(namesElsewhere("Data", "Name"), hashHex("Data"), "0000", 1))
	fine := shifted(t, 0, wholes["element"])
	d := binxml.NewDecoder()
	for _, taken := range []bool{true, false, true} {
		for _, c := range []struct {
			written
			codes []string
		}{{odd, []string{"value-size", "substitution-missing"}}, {fine, nil}, {named, []string{"name-hash"}}, {odd, []string{"value-size", "substitution-missing"}}, {fine, nil}} {
			d.Chunk(c.chunk, chunkAt)
			doc, err := d.Document(c.pos, c.end)
			if err != nil {
				t.Fatal(err)
			}
			jsonOf(t, &doc)
			if taken || c.codes == nil {
				wantCodes(t, d, c.codes...)
			}
		}
	}
}

// Text that repeats is one string; so are SIDs. Neither depends on the buffer it
// was read from.
func TestTextAndSIDAreShared(t *testing.T) {
	d := binxml.NewDecoder()
	buffer := []byte{'a', 0, 'b', 0, 0, 0}
	first := d.Text(buffer)
	copy(buffer, []byte{'x', 0, 'y', 0})
	if second := d.Text(buffer); first != "ab" || second != "xy" {
		t.Errorf("%q, %q", first, second)
	}
	sid := unhex(t, "0101000000000005 12000000")
	text, ok := d.SID(sid)
	sid[8] = 19
	other, ok2 := d.SID(sid)
	if text != "S-1-5-18" || other != "S-1-5-19" || !ok || !ok2 {
		t.Errorf("%q %v, %q %v", text, ok, other, ok2)
	}
	for _, bad := range []string{"", "01", "0102000000000005 12000000", "0101000000000005 12000000 00", "0201000000000005 12000000"} {
		if text, ok := d.SID(unhex(t, bad)); ok {
			t.Errorf("%s is %s", bad, text)
		}
	}
	sid[8] = 18
	if n := testing.AllocsPerRun(10, func() { d.Text(buffer); d.SID(sid) }); n != 0 {
		t.Errorf("%v allocations for what was there before", n)
	}
}
