package binxml_test

import (
	"fmt"
	"testing"

	"github.com/qmparse/qmparse/parser/binxml"
	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// Every token of the grammar, outside a template but where only a template has
// it, with and without the bit that says that more follows.
func TestTokens(t *testing.T) {
	user := func(root string) string {
		return `01 00000000 'Event' 02 01 00000000 'UserData' 02 ` + root + ` 04 04 00`
	}
	const r = `01 00000000 'R' 02 `
	for _, c := range []struct {
		name, source string
		want         rendered
	}{
		{"fragment header", `0f010100 ` + user(r+`04`), rendered{`{"R":{}}`, "<Event><UserData><R/></UserData></Event>"}},
		{"no fragment header", user(r + `04`), rendered{`{"R":{}}`, "<Event><UserData><R/></UserData></Event>"}},
		{"two fragment headers", `0f010100 0f010100 ` + user(r+`04`), rendered{`{"R":{}}`, "<Event><UserData><R/></UserData></Event>"}},
		{"empty element", user(`01 00000000 'R' 03`), rendered{`{"R":{}}`, "<Event><UserData><R/></UserData></Event>"}},
		{"elements in an element", user(r + `01 00000000 'A' 03 01 00000000 'B' 02 04 04`),
			rendered{`{"R":{"A":"","B":""}}`, "<Event><UserData><R><A/><B/></R></UserData></Event>"}},
		{"attribute", user(`41 00000000 'R' 00000000 06 'a' 05 01 "x" 03`),
			rendered{`{"R":{"a":"x"}}`, "<Event><UserData><R a='x'/></UserData></Event>"}},
		{"attributes", user(`41 00000000 'R' 00000000 46 'a' 05 01 "x" 06 'b' 05 01 "y" 02 04`),
			rendered{`{"R":{"a":"x","b":"y"}}`, "<Event><UserData><R a='x' b='y'/></UserData></Event>"}},
		{"attributes, the last one with more", user(`41 00000000 'R' 00000000 46 'a' 05 01 "x" 46 'b' 05 01 "y" 03`),
			rendered{`{"R":{"a":"x","b":"y"}}`, "<Event><UserData><R a='x' b='y'/></UserData></Event>"}},
		{"attribute without value", user(`41 00000000 'R' 00000000 46 'a' 06 'b' 05 01 "y" 03`),
			rendered{`{"R":{"a":"","b":"y"}}`, "<Event><UserData><R a='' b='y'/></UserData></Event>"}},
		{"attribute list without attribute", user(`41 00000000 'R' 00000000 03`),
			rendered{`{"R":{}}`, "<Event><UserData><R/></UserData></Event>"}},
		{"attribute of all that a value may be", user(`41 00000000 'R' 00000000 06 'a' 45 01 "x" 49 'lt' 48 4100 05 01 "y" 03`),
			rendered{`{"R":{"a":"x<Ay"}}`, "<Event><UserData><R a='x&lt;Ay'/></UserData></Event>"}},
		{"text", user(r + `05 01 "abc" 04`), rendered{`{"R":{"#text":"abc"}}`, "<Event><UserData><R>abc</R></UserData></Event>"}},
		{"text in three tokens", user(r + `45 01 "a" 45 01 "b" 05 01 "c" 04`),
			rendered{`{"R":{"#text":"abc"}}`, "<Event><UserData><R>abc</R></UserData></Event>"}},
		{"CDATA section", user(r + `07 "<b>&" 04`), rendered{`{"R":{"#text":"<b>&"}}`, "<Event><UserData><R>&lt;b&gt;&amp;</R></UserData></Event>"}},
		{"CDATA section and more", user(r + `45 01 "a" 47 "]]>" 05 01 "c" 04`),
			rendered{`{"R":{"#text":"a]]>c"}}`, "<Event><UserData><R>a]]&gt;c</R></UserData></Event>"}},
		{"character reference", user(r + `08 ac20 04`), rendered{`{"R":{"#text":"€"}}`, "<Event><UserData><R>€</R></UserData></Event>"}},
		{"character reference and more", user(r + `48 3c00 05 01 "a" 04`),
			rendered{`{"R":{"#text":"<a"}}`, "<Event><UserData><R>&lt;a</R></UserData></Event>"}},
		{"entity reference", user(r + `09 'amp' 04`), rendered{`{"R":{"#text":"&"}}`, "<Event><UserData><R>&amp;</R></UserData></Event>"}},
		{"all entities", user(r + `49 'lt' 49 'gt' 49 'amp' 49 'quot' 09 'apos' 04`),
			rendered{`{"R":{"#text":"<>&\"'"}}`, "<Event><UserData><R>&lt;&gt;&amp;&quot;&apos;</R></UserData></Event>"}},
		{"an entity of no meaning", user(r + `09 'nbsp' 04`),
			rendered{`{"R":{"#text":"&nbsp;"}}`, "<Event><UserData><R>&amp;nbsp;</R></UserData></Event>"}},
		{"processing instruction", user(r + `0a 'p' 0b "d" 04`), rendered{`{"R":{}}`, "<Event><UserData><R><?p d?></R></UserData></Event>"}},
		{"processing instruction without data", user(r + `0a 'p' 05 01 "x" 04`),
			rendered{`{"R":{"#text":"x"}}`, "<Event><UserData><R><?p ?>x</R></UserData></Event>"}},
		{"end of a processing instruction in its data", user(r + `0a 'p' 0b "a?>b" 04`),
			rendered{`{"R":{}}`, "<Event><UserData><R><?p a?&gt;b?></R></UserData></Event>"}},
		{"without EOF", `01 00000000 'Event' 02 01 00000000 'UserData' 02 ` + r + ` 04 04 04`,
			rendered{`{"R":{}}`, "<Event><UserData><R/></UserData></Event>"}},
		{"padding behind EOF", user(r+`04`) + ` ffffffffffff`, rendered{`{"R":{}}`, "<Event><UserData><R/></UserData></Event>"}},
		{"template instance", templated(userDataHand(element("R", "03", false))), rendered{`{"R":{}}`, "<Event><UserData><R/></UserData></Event>"}},
		{"normal substitution", templated(userDataHand(element("R", "02 0d 0000 08 04", false)), value{binxml.TypeUInt32, "07000000"}),
			rendered{`{"R":{"#text":7}}`, "<Event><UserData><R>7</R></UserData></Event>"}},
		{"optional substitution", templated(userDataHand(element("R", "02 0e 0000 08 04", false)), value{binxml.TypeUInt32, "07000000"}),
			rendered{`{"R":{"#text":7}}`, "<Event><UserData><R>7</R></UserData></Event>"}},
		{"text around a substitution", templated(userDataHand(element("R", `02 45 01 "a " 0d 0000 08 05 01 " b" 04`, false)), value{binxml.TypeUInt32, "07000000"}),
			rendered{`{"R":{"#text":"a 7 b"}}`, "<Event><UserData><R>a 7 b</R></UserData></Event>"}},
	} {
		t.Run(c.name, func(t *testing.T) { wantHand(t, c.source, c.want) })
	}
}

// What stands behind the one element that a fragment has is not read, and said.
func TestSomethingBehindTheRoot(t *testing.T) {
	for _, behind := range []string{`01 00000000 'Event' 03 00`, `05 01 "x" 00`, `ff`, `0f010100 00`} {
		wantHand(t, `01 00000000 'Event' 03 `+behind, rendered{"", "<Event/>"}, "fragment-trailing")
	}
	// Processing instructions may stand there.
	wantHand(t, `01 00000000 'Event' 03 0a 'p' 0b "d" 00`, rendered{"", "<Event/>"})
}

// Which bytes may begin something in content, in a start tag and in a fragment;
// all others are errors at their place.
func TestBytesThatAreNoToken(t *testing.T) {
	content := map[byte]string{ // what follows the token
		0x01: `00000000 'A' 03`, 0x41: `00000000 'A' 00000000 03`,
		0x04: ``,
		0x05: `01 "x"`, 0x45: `01 "x"`, 0x07: `"x"`, 0x47: `"x"`, 0x08: `4100`, 0x48: `4100`, 0x09: `'lt'`, 0x49: `'lt'`,
		0x0a: `'p'`, 0x4a: `'p'`,
		0x0c: `01 00000000 =inner :inner 00000000 00000000000000000000000000000000 #f:g :f 01 ffff 00000000 'I' 03 00 :g 00000000`,
	}
	content[0x4c] = content[0x0c] // the grammar has no such token; it is read as what it must be
	tag := map[byte]string{0x02: `04`, 0x03: ``, 0x06: `'a' 03`, 0x46: `'a' 03`}
	for b := range 256 {
		for where, valid := range map[string]struct {
			before, after string
			follow        map[byte]string
		}{
			"content":   {`01 00000000 'E' 02`, `04 00`, content},
			"start tag": {`01 00000000 'E'`, `00`, tag},
		} {
			follow, ok := valid.follow[byte(b)]
			if where == "content" && b == 0x04 {
				follow, valid.after = "", "00"
			}
			source := fmt.Sprintf("%s %02x %s %s 00000000", valid.before, b, follow, valid.after)
			_, _, err := tryHand(t, source)
			if ok {
				if err != nil {
					t.Errorf("%s: %02x: %v", where, b, err)
				}
				continue
			}
			_, at := hand(t, valid.before)
			wantError(t, err, cursor.ErrMalformed, int64(chunkAt+at), int64(chunkAt+at+4))
		}
	}
}

// What the grammar has and this reader does not read is refused as such.
func TestUnsupported(t *testing.T) {
	for name, source := range map[string]string{
		"fragment of another major version": `0f020100 01 00000000 'E' 03 00`,
		"literal text that is no string":    `01 00000000 'E' 02 05 08 07000000 04 00`,
		"literal text of ANSI":              `01 00000000 'E' 02 05 02 0100 61 04 00`,
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := tryHand(t, source)
			wantError(t, err, cursor.ErrUnsupported, chunkAt+handAt, chunkAt+chunkSize)
		})
	}
}

func TestMalformed(t *testing.T) {
	for name, source := range map[string]string{
		"nothing":                           ``,
		"EOF alone":                         `00`,
		"fragment header alone":             `0f010100`,
		"fragment header and EOF":           `0f010100 00`,
		"text without element":              `05 01 "x" 00`,
		"processing instruction alone":      `0a 'p' 0b "d" 00`,
		"substitution outside a template":   `01 00000000 'E' 02 0d 0000 01 04 00`,
		"optional substitution outside one": `41 00000000 'E' 00000000 06 'a' 0e 0000 01 03 00`,
		"template without element":          templated(``),
		"template of text":                  templated(`05 01 "x"`),
		"more values than bytes":            `0c 01 00000000 =d :d 00000000 00000000000000000000000000000000 #f:g :f 01 ffff 00000000 'E' 03 00 :g ffffffff`,
		"template larger than its chunk":    `0c 01 00000000 =d :d 00000000 00000000000000000000000000000000 00000100 01 ffff 00000000 'E' 03 00 00000000`,
		"template definition past the end":  `0c 01 00000000 01000100 00000000`,
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := tryHand(t, source)
			wantError(t, err, cursor.ErrMalformed, chunkAt+handAt, chunkAt+handAt+200)
		})
	}
}

// The bit that more follows, which the grammar gives to neither substitution,
// does not make one the other.
func TestSubstitutionsWithMore(t *testing.T) {
	wantHand(t, templated(eventDataHand(dataHand("v", "4e 0000 01")), null), rendered{"{}", "<Event><EventData/></Event>"})
	wantHand(t, templated(eventDataHand(dataHand("v", "4d 0000 01")), null), rendered{`{"v":null}`, "<Event><EventData><Data Name='v'/></EventData></Event>"})
}
