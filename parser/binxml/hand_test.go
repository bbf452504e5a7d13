package binxml_test

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/qmparse/qmparse/parser/binxml"
	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// handAt is where hand writes in a chunk: behind the chunk's header, where the
// first record's BinXML stands in a log.
const handAt = 512 + recordHead

// hand returns a chunk with bytes written by hand at handAt, and where they end.
// The notation is words with white space between them:
//
//	0f010100    bytes
//	'Event'     a name where it is used: its offset, then next 0, hash, length, text, NUL
//	"abc"       a text: length, UTF-16LE
//	:here       a label; takes no bytes
//	=here       the chunk offset of a label, 4 bytes
//	=here+4     the same and 4
//	#a:b        the distance from one label to another, 4 bytes
//	~a:b        the same, 2 bytes
//	; …         a comment up to the end of the line
//
// The size of an element and of an attribute list, which no reader needs, may be
// left 0.
func hand(t testing.TB, source string) (chunk []byte, end int) {
	t.Helper()
	le := binary.LittleEndian
	type hole struct {
		at, from, to string
		short        bool
	}
	labels := map[string]int{}
	holes := map[int]hole{}
	chunk = make([]byte, handAt, chunkSize)
	counted := func(text string) {
		units := utf16.Encode([]rune(text))
		chunk = le.AppendUint16(chunk, uint16(len(units)))
		for _, u := range units {
			chunk = le.AppendUint16(chunk, u)
		}
	}
	for _, word := range words(source) {
		switch word[0] {
		case '\'':
			name := strings.Trim(word, "'")
			chunk = le.AppendUint32(chunk, uint32(len(chunk)+4))
			chunk = le.AppendUint32(chunk, 0)
			chunk = le.AppendUint16(chunk, hashOf(name))
			counted(name)
			chunk = le.AppendUint16(chunk, 0)
		case '"':
			text, err := strconv.Unquote(word)
			if err != nil {
				t.Fatalf("%s: %v", word, err)
			}
			counted(text)
		case ':':
			labels[word[1:]] = len(chunk)
		case '=':
			holes[len(chunk)] = hole{at: word[1:]}
			chunk = le.AppendUint32(chunk, 0)
		case '#', '~':
			from, to, _ := strings.Cut(word[1:], ":")
			short := word[0] == '~'
			holes[len(chunk)] = hole{from: from, to: to, short: short}
			if chunk = le.AppendUint16(chunk, 0); !short {
				chunk = le.AppendUint16(chunk, 0)
			}
		default:
			b, err := hex.DecodeString(word)
			if err != nil {
				t.Fatalf("%q: %v", word, err)
			}
			chunk = append(chunk, b...)
		}
	}
	position := func(label string) int {
		label, plus, _ := strings.Cut(label, "+")
		n, _ := strconv.Atoi(plus)
		at, ok := labels[label]
		if !ok {
			t.Fatalf("no label %q", label)
		}
		return at + n
	}
	for pos, h := range holes {
		v := 0
		if h.at != "" {
			v = position(h.at)
		} else {
			v = position(h.to) - position(h.from)
		}
		if h.short {
			le.PutUint16(chunk[pos:], uint16(v))
		} else {
			le.PutUint32(chunk[pos:], uint32(v))
		}
	}
	end = len(chunk)
	return chunk[:chunkSize], end
}

// words splits the notation of hand; a text in quotes is one word.
func words(source string) (words []string) {
	for line := range strings.Lines(source) {
		for line = strings.TrimSpace(line); line != "" && line[0] != ';'; line = strings.TrimSpace(line) {
			n := strings.IndexAny(line, " \t")
			switch {
			case line[0] == '\'':
				n = strings.IndexByte(line[1:], '\'') + 2
			case line[0] == '"':
				quoted, err := strconv.QuotedPrefix(line)
				if err == nil {
					n = len(quoted)
				}
			}
			if n < 0 {
				n = len(line)
			}
			words = append(words, line[:n])
			line = line[n:]
		}
	}
	return words
}

// hashOf is the hash of a name as libevtx describes it, reckoned with every unit
// at its power of 65599.
func hashOf(name string) uint16 {
	units := utf16.Encode([]rune(name))
	var sum, power uint64 = 0, 1
	for i := len(units) - 1; i >= 0; i-- {
		sum += uint64(units[i]) * power
		power = power * 65599 % (1 << 32)
	}
	return uint16(sum)
}

// decodeHand decodes bytes written by hand.
func decodeHand(t testing.TB, source string) (*binxml.Document, *binxml.Decoder) {
	t.Helper()
	doc, d, err := tryHand(t, source)
	if err != nil {
		t.Fatal(err)
	}
	return doc, d
}

func tryHand(t testing.TB, source string) (*binxml.Document, *binxml.Decoder, error) {
	t.Helper()
	chunk, end := hand(t, source)
	d := binxml.NewDecoder()
	d.Chunk(chunk, chunkAt)
	doc, err := d.Document(handAt, end)
	return &doc, d, err
}

// value is a value written by hand: its type and its bytes in hex.
type value struct {
	Type binxml.Type
	hex  string
}

// templated is an instance of a definition whose fragment is root, with values.
func templated(root string, values ...value) string {
	var specs, data strings.Builder
	for _, v := range values {
		h := strings.Join(strings.Fields(v.hex), "")
		specs.Write(le16hex(len(h) / 2))
		specs.WriteString(hex.EncodeToString([]byte{byte(v.Type), 0}) + " ")
		data.WriteString(h + " ")
	}
	count := le16hex(len(values))
	return `
		0f010100                                  ; fragment header
		0c 01 1a2b3c4d =definition                ; template instance, its id, where it is defined
		:definition 00000000                      ; next definition
		1a2b3c4d 5e6f 7081 92a3b4c5d6e7f809       ; GUID
		#fragment:end :fragment
		0f010100 ` + root + ` 00 :end
		` + string(count) + `0000 ` + specs.String() + data.String()
}

// withBody is an instance of a definition whose fragment is root, with one value:
// BinXML of these bytes, in the notation of hand.
func withBody(root, body string) string {
	return strings.NewReplacer("N", strconv.Itoa(strings.Count(body, ":outer")), "ROOT", root, "BODY", body).Replace(`
		0f010100 0c 01 00112233 =outerN
		:outerN 00000000 00112233 4455 6677 8899aabbccddeeff #fN:gN :fN 0f010100 ROOT 00 :gN
		01000000 ~bodyN:endN 21 00
		:bodyN BODY :endN`)
}

func le16hex(n int) []byte {
	return hex.AppendEncode(nil, binary.LittleEndian.AppendUint16(nil, uint16(n)))
}

// element is an element of a definition; tag says what stands behind its name,
// from the attribute list's size on if it has attributes.
func element(name, tag string, attributes bool) string {
	token := "01"
	if attributes {
		token = "41"
	}
	return token + " ffff 00000000 '" + name + "' " + tag + " "
}

// eventHand is an Event of a definition with these parts.
func eventHand(parts string) string { return element("Event", "02 "+parts+" 04", false) }

// eventDataHand is an Event of a definition whose EventData has this content.
func eventDataHand(content string) string {
	return eventHand(element("EventData", "02 "+content+" 04", false))
}

// userDataHand is an Event of a definition whose UserData has this content.
func userDataHand(content string) string {
	return eventHand(element("UserData", "02 "+content+" 04", false))
}

// dataHand is a Data of a definition with a literal name.
func dataHand(name, content string) string {
	return element("Data", `00000000 06 'Name' 05 01 "`+name+`" 02 `+content+" 04", true)
}

// rendered are a document's renderings.
type rendered struct{ json, xml string }

// render renders a document, whose JSON must be JSON.
func render(t testing.TB, doc *binxml.Document) rendered {
	t.Helper()
	r := rendered{jsonOf(t, doc), xmlOf(t, doc)}
	if r.json != "" && !json.Valid([]byte(r.json)) {
		t.Errorf("no JSON: %s", r.json)
	}
	return r
}

// wantHand decodes bytes written by hand and compares its renderings, and the
// codes of its diagnostics.
func wantHand(t testing.TB, source string, want rendered, codes ...string) *binxml.Document {
	t.Helper()
	doc, d, err := tryHand(t, source)
	if err != nil {
		t.Error(err)
		return nil
	}
	if got := render(t, doc); got != want {
		t.Errorf("JSON %s\nwant %s\nXML  %s\nwant %s", got.json, want.json, got.xml, want.xml)
	}
	wantCodes(t, d, codes...)
	return doc
}

// wantCodes compares the codes of the decoder's diagnostics, each named once.
func wantCodes(t testing.TB, d *binxml.Decoder, codes ...string) {
	t.Helper()
	all := d.TakeDiagnostics()
	var got []string
	for _, d := range all {
		if !slices.Contains(got, d.Code) {
			got = append(got, d.Code)
		}
	}
	if !slices.Equal(got, codes) {
		t.Errorf("diagnostics %v, want %v", all, codes)
	}
}

// wantError checks that an error is a sentinel's, and at which offset of the file
// it is.
func wantError(t testing.TB, err, sentinel error, from, to int64) {
	t.Helper()
	var e *cursor.Error
	switch {
	case !errors.As(err, &e):
		t.Errorf("%v is no *cursor.Error", err)
	case !errors.Is(err, sentinel):
		t.Errorf("%v, want %v", err, sentinel)
	case e.Offset < from || e.Offset > to:
		t.Errorf("%v, want an offset of %#x to %#x", err, from, to)
	}
}
