package binxml_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf16"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/binxml"
	"github.com/qmparse/qmparse/parser/internal/build/evtxbuild"
	"github.com/qmparse/qmparse/parser/internal/build/fixtures"
)

// The tree of a document says what is in it without saying how it is written.
// Here the other renderings are made from it a second time, plainly, by the rules
// of the documentation, and compared.

// records calls check for every record of the chunks of a log that can be found
// by its signature, live or not, and returns how many there were.
func records(log []byte, check func(chunk []byte, at int64, pos, end int)) (n int) {
	le := binary.LittleEndian
	for at := chunkAt; at < len(log); at += chunkSize {
		chunk := log[at:min(at+chunkSize, len(log))]
		for pos := 512; pos+recordHead+sizeCopy <= len(chunk); pos += 8 {
			size := int(le.Uint32(chunk[pos+4:]))
			if le.Uint32(chunk[pos:]) != 0x2a2a || size < recordHead+sizeCopy || size > len(chunk)-pos {
				continue
			}
			n++
			check(chunk, int64(at), pos+recordHead, pos+size-sizeCopy)
		}
	}
	return n
}

func TestRenderingsAgreeOnTheFixtures(t *testing.T) {
	total, failed := 0, 0
	for _, f := range fixtures.All() {
		log, err := f.Build()
		if err != nil {
			t.Fatal(err)
		}
		d := binxml.NewDecoder()
		total += records(log.Bytes, func(chunk []byte, at int64, pos, end int) {
			if !agree(t, d, f.Name, chunk, at, pos, end) {
				failed++
			}
		})
	}
	// The slack of two logs and the damaged one have records that do not decode.
	if total < 500 || failed > total/4 {
		t.Errorf("%d records, of which %d could not be decoded", total, failed)
	}
}

func TestRenderingsAgreeOnTheSamples(t *testing.T) {
	files, _ := filepath.Glob("../../../shared/samples/evtx/*.evtx")
	if len(files) == 0 {
		t.Skip("no samples in ../shared/samples/evtx beside the repository")
	}
	every := 7
	if testing.Short() {
		every = 97
	}
	d, n, checked := binxml.NewDecoder(), 0, 0
	for _, f := range files {
		log, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		records(log, func(chunk []byte, at int64, pos, end int) {
			if n++; n%every == 0 && agree(t, d, filepath.Base(f), chunk, at, pos, end) {
				checked++
			}
		})
	}
	if checked < 200 {
		t.Errorf("%d records checked", checked)
	}
}

// agree compares the renderings of one record, and is false if it does not
// decode; then all renderings fail.
func agree(t *testing.T, d *binxml.Decoder, name string, chunk []byte, at int64, pos, end int) bool {
	t.Helper()
	where := func() string { return fmt.Sprintf("%s: BinXML at %#x", name, at+int64(pos)) }
	d.Chunk(chunk, at)
	doc, err := d.Document(pos, end)
	if err != nil {
		return false
	}
	// Of overwritten names XML cannot say all that a tree can.
	overwritten := doc.Templated && !doc.TemplateMatches
	tree, err := doc.Tree()
	gotJSON, jsonErr := doc.AppendJSON(nil)
	gotXML, xmlErr := doc.AppendXML(nil)
	fields, fieldsErr := doc.Fields()
	if err != nil {
		if xmlErr == nil {
			t.Errorf("%s: tree %v, XML none", where(), err)
		}
		return false
	}
	if jsonErr != nil || xmlErr != nil || fieldsErr != nil {
		t.Errorf("%s: JSON %v, XML %v, fields %v, tree none", where(), jsonErr, xmlErr, fieldsErr)
		return false
	}
	for _, d := range d.TakeDiagnostics() {
		overwritten = overwritten || d.Code == "name-hash"
	}
	if want := xmlOfTree(tree); !overwritten && withoutPI(string(gotXML)) != want {
		t.Errorf("%s: XML\n%s\nthe tree has\n%s", where(), gotXML, want)
	}
	wellFormed(t, where(), gotXML)
	want := jsonOfTree(tree)
	if !slices.Equal(tokensOf(t, string(gotJSON)), tokensOf(t, want)) {
		t.Errorf("%s: JSON\n%s\nthe tree has\n%s", where(), gotJSON, want)
	}
	wantFields := fieldsOfTree(tree)
	if !slices.EqualFunc(fields, wantFields, sameField) {
		t.Errorf("%s: fields\n%+v\nthe tree has\n%+v", where(), fields, wantFields)
	}
	simpleEventSaysTheSame(t, where(), gotXML, gotJSON)
	return true
}

// wellFormed checks that XML can be read, and that every start has its end.
func wellFormed(t testing.TB, where string, text []byte) {
	t.Helper()
	// encoding/xml has the names of XML 1.0 in its fourth edition. Of the letters
	// that the fifth added it need not know.
	known := bytes.Map(func(r rune) rune {
		switch {
		case r >= 0x80 && unicode.Is(nameStartChar, r):
			return 'x'
		case r >= 0x80 && unicode.Is(nameChar, r):
			return '-'
		}
		return r
	}, text)
	d := xml.NewDecoder(bytes.NewReader(known))
	for {
		_, err := d.Token()
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Errorf("%s: %v:\n%.2000s", where, err, text)
			return
		}
	}
}

// NameStartChar, https://www.w3.org/TR/xml/#NT-NameStartChar, and what NameChar
// adds to it, beyond ASCII.
var (
	nameStartChar = &unicode.RangeTable{
		R16: []unicode.Range16{{0xc0, 0xd6, 1}, {0xd8, 0xf6, 1}, {0xf8, 0x2ff, 1}, {0x370, 0x37d, 1}, {0x37f, 0x1fff, 1}, {0x200c, 0x200d, 1},
			{0x2070, 0x218f, 1}, {0x2c00, 0x2fef, 1}, {0x3001, 0xd7ff, 1}, {0xf900, 0xfdcf, 1}, {0xfdf0, 0xfffd, 1}},
		R32: []unicode.Range32{{0x10000, 0xeffff, 1}},
	}
	nameChar = &unicode.RangeTable{R16: []unicode.Range16{{0xb7, 0xb7, 1}, {0x300, 0x36f, 1}, {0x203f, 0x2040, 1}}}
)

var pi = regexp.MustCompile(`<\?.*?\?>`)

func withoutPI(text string) string { return pi.ReplaceAllString(text, "") }

// textOf returns UTF-16 text up to its terminating NULs.
func textOf(b []byte) string {
	var units []uint16
	for ; len(b) >= 2; b = b[2:] {
		units = append(units, binary.LittleEndian.Uint16(b))
	}
	for len(units) > 0 && units[len(units)-1] == 0 {
		units = units[:len(units)-1]
	}
	return string(utf16.Decode(units))
}

const unixSeconds = 11_644_473_600 // from 1601 to 1970

// fieldOf is a value by its type; if its bytes do not fit, they are Binary.
func fieldOf(v binxml.Value) model.Field {
	le := binary.LittleEndian
	b := v.Data
	u, sized := uint64(0), true
	switch len(b) {
	case 1:
		u = uint64(b[0])
	case 2:
		u = uint64(le.Uint16(b))
	case 4:
		u = uint64(le.Uint32(b))
	case 8:
		u = le.Uint64(b)
	default:
		sized = false
	}
	bytes := model.Field{Kind: model.KindBinary, Bytes: append([]byte{}, b...)}
	switch v.Type {
	case binxml.TypeNull:
		return model.Field{}
	case binxml.TypeString, binxml.TypeEvtXML:
		return model.Field{Kind: model.KindText, Text: textOf(b)}
	case binxml.TypeAnsiString:
		var text []rune
		for _, c := range strings.TrimRight(string(b), "\x00") {
			text = append(text, c)
		}
		if !isASCII(b) {
			return model.Field{Kind: model.KindText, Text: v.Text()} // tested by itself
		}
		return model.Field{Kind: model.KindText, Text: string(text)}
	case binxml.TypeInt8, binxml.TypeInt16, binxml.TypeInt32, binxml.TypeInt64:
		i := int64(u)
		switch len(b) {
		case 1:
			i = int64(int8(u))
		case 2:
			i = int64(int16(u))
		case 4:
			i = int64(int32(u))
		}
		if sized {
			return model.Field{Kind: model.KindInt, Int: i}
		}
	case binxml.TypeUInt8, binxml.TypeUInt16, binxml.TypeUInt32, binxml.TypeUInt64, binxml.TypeHexInt32, binxml.TypeHexInt64, binxml.TypeSizeT:
		if sized {
			return model.Field{Kind: model.KindUint, Uint: u}
		}
	case binxml.TypeBool:
		if sized {
			if u != 0 {
				u = 1
			}
			return model.Field{Kind: model.KindBool, Uint: u}
		}
	case binxml.TypeReal32, binxml.TypeReal64:
		switch len(b) {
		case 4:
			return model.Field{Kind: model.KindFloat, Float: float64(math.Float32frombits(uint32(u)))}
		case 8:
			return model.Field{Kind: model.KindFloat, Float: math.Float64frombits(u)}
		}
	case binxml.TypeGUID:
		if len(b) == 16 {
			return model.Field{Kind: model.KindGUID, GUID: model.GUIDFromWindows([16]byte(b))}
		}
	case binxml.TypeFileTime:
		if len(b) == 8 {
			return model.Field{Kind: model.KindTime, Uint: u}
		}
	case binxml.TypeSysTime:
		if len(b) == 16 {
			var p [8]int
			for i := range p {
				p[i] = int(le.Uint16(b[2*i:]))
			}
			when := time.Date(p[0], time.Month(p[1]), p[3], p[4], p[5], p[6], p[7]*1e6, time.UTC)
			if p[0] >= 1601 && when.Year() == p[0] && int(when.Month()) == p[1] && when.Day() == p[3] && p[4] < 24 && p[5] < 60 && p[6] < 60 && p[7] < 1000 {
				return model.Field{Kind: model.KindTime, Uint: uint64(when.Unix()+unixSeconds)*1e7 + uint64(p[7])*1e4}
			}
		}
	case binxml.TypeSID:
		if len(b) >= 8 && b[0] == 1 && b[1] <= 15 && len(b) == 8+4*int(b[1]) {
			authority := uint64(binary.BigEndian.Uint16(b[2:]))<<32 | uint64(binary.BigEndian.Uint32(b[4:]))
			text := fmt.Sprintf("S-1-%d", authority)
			if authority >= 1<<32 {
				text = fmt.Sprintf("S-1-%#012x", authority)
			}
			for sub := b[8:]; len(sub) > 0; sub = sub[4:] {
				text += fmt.Sprintf("-%d", le.Uint32(sub))
			}
			return model.Field{Kind: model.KindSID, Text: text}
		}
	}
	return bytes
}

func isASCII(b []byte) bool { return !slices.ContainsFunc(b, func(c byte) bool { return c >= 0x80 }) }

// scalar returns a value as text, and whether JSON has it without quotes.
func scalar(v binxml.Value, forXML bool) (text string, bare bool) {
	f := fieldOf(v)
	switch f.Kind {
	case model.KindNull:
		if forXML {
			return "", false
		}
		return "null", true
	case model.KindText, model.KindSID:
		return f.Text, false
	case model.KindInt:
		return strconv.FormatInt(f.Int, 10), v.Type != binxml.TypeInt64
	case model.KindUint:
		switch v.Type {
		case binxml.TypeHexInt32, binxml.TypeHexInt64, binxml.TypeSizeT:
			return fmt.Sprintf("%#x", f.Uint), false
		}
		return strconv.FormatUint(f.Uint, 10), v.Type != binxml.TypeUInt64
	case model.KindBool:
		return strconv.FormatBool(f.Uint == 1), true
	case model.KindFloat:
		switch {
		case math.IsNaN(f.Float):
			return "NaN", false
		case math.IsInf(f.Float, 0):
			return strings.TrimPrefix(strings.ToUpper(fmt.Sprint(f.Float)), "+"), false
		}
		return strconv.FormatFloat(f.Float, 'g', -1, 8*len(v.Data)), v.Type == binxml.TypeReal32
	case model.KindGUID:
		if forXML {
			return "{" + f.GUID.String() + "}", false
		}
		return f.GUID.String(), false
	case model.KindTime:
		when := time.Unix(int64(f.Uint/1e7)-unixSeconds, int64(f.Uint%1e7)*100).UTC()
		plus := ""
		if when.Year() > 9999 {
			plus = "+"
		}
		if forXML && v.Type == binxml.TypeSysTime {
			return plus + when.Format("2006-01-02T15:04:05.000Z"), false
		}
		return plus + when.Format("2006-01-02T15:04:05.0000000Z"), false
	}
	return strings.ToUpper(hex.EncodeToString(f.Bytes)), false
}

// xmlOfTree writes a tree as XML: an element with an array once for each item.
func xmlOfTree(e *binxml.Element) string {
	for _, n := range e.Children {
		if n.Element == nil && n.Value.Type.IsArray() {
			var b strings.Builder
			for i := range n.Value.Items() {
				b.WriteString(xmlOnce(e, i))
			}
			return b.String()
		}
	}
	return xmlOnce(e, 0)
}

func xmlOnce(e *binxml.Element, item int) string {
	start := "<" + e.Name
	for _, a := range e.Attrs {
		start += " " + a.Name + "='"
		for _, v := range a.Value {
			start += escaped(itemOf(v, 0))
		}
		start += "'"
	}
	var inside strings.Builder
	for _, n := range e.Children {
		if n.Element != nil {
			inside.WriteString(xmlOfTree(n.Element))
		} else {
			inside.WriteString(escaped(itemOf(n.Value, item)))
		}
	}
	if inside.Len() == 0 {
		return start + "/>"
	}
	return start + ">" + inside.String() + "</" + e.Name + ">"
}

func itemOf(v binxml.Value, i int) binxml.Value {
	if items := v.Items(); i < len(items) {
		return items[i]
	}
	return binxml.Value{}
}

var escapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&apos;", "\r", "&#13;")

func escaped(v binxml.Value) string {
	text, _ := scalar(v, true)
	return escapes.Replace(xmlText(text))
}

// object is what data are in JSON, keys in the order of their first values.
type object struct {
	keys   []string
	values map[string][]string
	list   map[string]bool // a list whatever the number of values
}

func (o *object) add(key string, list bool, values ...string) {
	if o.values == nil {
		o.values, o.list = map[string][]string{}, map[string]bool{}
	}
	if _, ok := o.list[key]; !ok {
		o.keys = append(o.keys, key)
	}
	o.list[key] = o.list[key] || list
	o.values[key] = append(o.values[key], values...)
}

func (o *object) String() string {
	var members []string
	for _, k := range o.keys {
		v := strings.Join(o.values[k], ",")
		if o.list[k] || len(o.values[k]) > 1 {
			v = "[" + v + "]"
		}
		members = append(members, quoted(k)+":"+v)
	}
	return "{" + strings.Join(members, ",") + "}"
}

func quoted(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

func local(name string) string { return name[strings.IndexByte(name, ':')+1:] }

func isNamespace(a binxml.Attr) bool {
	return a.Name == "xmlns" || strings.HasPrefix(a.Name, "xmlns:")
}

// jsonOfTree writes the data of an event.
func jsonOfTree(e *binxml.Element) string {
	if local(e.Name) != "Event" {
		return ""
	}
	var o object
	parts := 0
	for _, n := range e.Children {
		if n.Element == nil || local(n.Element.Name) == "System" {
			continue
		}
		parts++
		switch local(n.Element.Name) {
		case "EventData":
			addMembers(&o, n.Element, true, false, false)
		case "UserData":
			addMembers(&o, n.Element, false, true, false)
		default:
			addMember(&o, n.Element, false, false)
		}
	}
	if parts == 0 {
		return ""
	}
	return o.String()
}

// addMembers adds what an element has within: attributes, elements, text.
func addMembers(o *object, e *binxml.Element, byName, objects, named bool) {
	for _, a := range e.Attrs {
		if !isNamespace(a) && !(named && a.Name == "Name") {
			o.add(local(a.Name), false, textValue(a.Value, 0, -1))
		}
	}
	hasText := false
	for _, n := range e.Children {
		if n.Element != nil {
			addMember(o, n.Element, byName, objects)
		} else if n.Value.Type != binxml.TypeNull && (n.Value.Type != binxml.TypeString || strings.Trim(textOf(n.Value.Data), " \t\r\n") != "") {
			hasText = true
		}
	}
	if hasText {
		values, list := content(e)
		o.add("#text", list, values...)
	}
}

func addMember(o *object, e *binxml.Element, byName, alwaysObject bool) {
	key, list, named := local(e.Name), false, false
	if byName && key == "Data" {
		list = true
		for _, a := range e.Attrs {
			if local(a.Name) == "Name" {
				if text := plainText(a.Value); text != "" {
					key, list, named = text, false, true
				}
			}
		}
	}
	simple := !alwaysObject
	for _, a := range e.Attrs {
		simple = simple && (isNamespace(a) || byName && local(e.Name) == "Data" && local(a.Name) == "Name")
	}
	for _, n := range e.Children {
		simple = simple && n.Element == nil
	}
	if simple {
		values, array := content(e)
		o.add(key, list || array, values...)
		return
	}
	var inner object
	addMembers(&inner, e, false, false, named)
	o.add(key, list, inner.String())
}

// content is the text of an element as JSON values: one, or those of an array.
func content(e *binxml.Element) (values []string, list bool) {
	var text []binxml.Value
	for _, n := range e.Children {
		if n.Element == nil {
			text = append(text, n.Value)
		}
	}
	for _, v := range text {
		if v.Type.IsArray() {
			for i := range v.Items() {
				values = append(values, textValue(text, len(e.Children), i))
			}
			return values, true
		}
	}
	return []string{textValue(text, len(e.Children), -1)}, false
}

// textValue is one JSON value of values beside each other: one alone by its
// type, several as text. of is how many nodes there are with the elements.
func textValue(vs []binxml.Value, of, item int) string {
	if len(vs) == 1 && of <= 1 && (item >= 0 || !vs[0].Type.IsArray()) {
		text, bare := scalar(itemOf(vs[0], max(item, 0)), false)
		if bare {
			return text
		}
		return quoted(text)
	}
	var b strings.Builder
	for _, v := range vs {
		if v = itemOf(v, max(item, 0)); v.Type != binxml.TypeNull {
			text, _ := scalar(v, false)
			b.WriteString(text)
		}
	}
	return quoted(b.String())
}

func plainText(vs []binxml.Value) string {
	var b strings.Builder
	for _, v := range vs {
		if v = itemOf(v, 0); v.Type != binxml.TypeNull {
			text, _ := scalar(v, false)
			b.WriteString(text)
		}
	}
	return b.String()
}

// tokensOf are the tokens of JSON, numbers as they are written. An object must
// not have a key twice.
func tokensOf(t testing.TB, text string) (tokens []string) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	type frame struct {
		keys   map[string]bool // of an object
		expect bool            // a key
	}
	var stack []frame
	for {
		token, err := d.Token()
		if err == io.EOF {
			return tokens
		}
		if err != nil {
			t.Errorf("%v: %s", err, text)
			return tokens
		}
		top := len(stack) - 1
		if key, ok := token.(string); ok && top >= 0 && stack[top].keys != nil && stack[top].expect {
			if stack[top].keys[key] {
				t.Errorf("key %q twice: %s", key, text)
			}
			stack[top].keys[key], stack[top].expect = true, false
			tokens = append(tokens, fmt.Sprintf("key %q", key))
			continue
		}
		switch token {
		case json.Delim('{'):
			stack = append(stack, frame{map[string]bool{}, true})
		case json.Delim('['):
			stack = append(stack, frame{})
		case json.Delim('}'), json.Delim(']'):
			stack = stack[:top]
		}
		if token != json.Delim('{') && token != json.Delim('[') && len(stack) > 0 {
			stack[len(stack)-1].expect = true
		}
		tokens = append(tokens, fmt.Sprintf("%T %v", token, token))
	}
}

// fieldsOfTree are the data of an event by name: of EventData and ProcessingErrorData their
// elements, of UserData those of its roots; elements with elements are none.
func fieldsOfTree(e *binxml.Element) (fields []model.Field) {
	if local(e.Name) != "Event" {
		return nil
	}
	within := func(e *binxml.Element) {
		for _, n := range e.Children {
			if n.Element != nil && !slices.ContainsFunc(n.Element.Children, func(n binxml.Node) bool { return n.Element != nil }) {
				fields = append(fields, fieldOfElement(n.Element))
			}
		}
	}
	for _, part := range e.Children {
		if part.Element == nil {
			continue
		}
		switch local(part.Element.Name) {
		case "EventData", "ProcessingErrorData":
			within(part.Element)
		case "UserData":
			for _, root := range part.Element.Children {
				if root.Element != nil {
					within(root.Element)
				}
			}
		}
	}
	return fields
}

func fieldOfElement(e *binxml.Element) model.Field {
	name := local(e.Name)
	if name == "Data" {
		name = ""
		for _, a := range e.Attrs {
			if local(a.Name) == "Name" {
				name = plainText(a.Value)
			}
		}
	}
	var f model.Field
	if len(e.Children) == 1 {
		if v := e.Children[0].Value; v.Type.IsArray() {
			f = model.Field{Kind: model.KindArray, Items: []model.Field{}}
			for _, item := range v.Items() {
				f.Items = append(f.Items, fieldOf(item))
			}
		} else {
			f = fieldOf(v)
		}
	} else {
		var vs []binxml.Value
		for _, n := range e.Children {
			vs = append(vs, n.Value)
		}
		f = model.Field{Kind: model.KindText, Text: plainText(vs)}
	}
	f.Name = name
	return f
}

// simpleEvent is an event as encoding/xml reads it.
type simpleEvent struct {
	EventData *struct {
		Data []struct {
			Attrs []xml.Attr `xml:",any,attr"`
			Text  string     `xml:",chardata"`
		} `xml:"Data"`
	} `xml:"EventData"`
}

// simpleEventSaysTheSame reads the XML of an event whose JSON is an object of
// values, and compares text with text. XML has braces around a GUID, milliseconds
// of a SYSTEMTIME, and nothing for NULL.
func simpleEventSaysTheSame(t *testing.T, where string, eventXML, eventJSON []byte) {
	t.Helper()
	var ev simpleEvent
	var values map[string]any
	d := json.NewDecoder(bytes.NewReader(eventJSON))
	d.UseNumber()
	if xml.Unmarshal(eventXML, &ev) != nil || ev.EventData == nil || d.Decode(&values) != nil {
		return
	}
	want := map[string][]string{}
	for _, data := range ev.EventData.Data {
		key := "Data"
		for _, a := range data.Attrs {
			if a.Name.Local != "Name" {
				return // an object
			}
			if a.Value != "" {
				key = a.Value
			}
		}
		want[key] = append(want[key], data.Text)
	}
	for key, texts := range want {
		list, ok := values[key].([]any)
		if !ok {
			list = []any{values[key]}
		}
		if len(list) != len(texts) {
			t.Errorf("%s: %s: %d values in XML, JSON has %v", where, key, len(texts), values[key])
			continue
		}
		for i, v := range list {
			text := ""
			switch v := v.(type) {
			case nil:
			case map[string]any:
				return
			default:
				text = fmt.Sprint(v)
			}
			x := texts[i]
			if x != xmlText(text) && x != "{"+text+"}" && x != strings.TrimSuffix(text, "0000Z")+"Z" {
				t.Errorf("%s: %s is %q in XML, %q in JSON", where, key, x, text)
			}
		}
	}
}

// The fields of the fixtures are those that were written.
func TestFieldsAreThoseThatWereWritten(t *testing.T) {
	checked := 0
	for _, f := range fixtures.All() {
		log, err := f.Build()
		if err != nil {
			t.Fatal(err)
		}
		if f.Damaged || len(log.Image.Records) != len(log.Events) {
			continue
		}
		d := binxml.NewDecoder()
		for i, b := range bodies(log.Image) {
			ev := log.Events[i]
			if ev.Style != evtxbuild.Manifest || ev.Body.XML != nil {
				continue
			}
			d.Chunk(chunkOf(log.Image, b.chunk))
			doc, err := d.Document(b.pos, b.end)
			if err != nil {
				t.Fatal(f.Name, err)
			}
			fields, err := doc.Fields()
			if err != nil || len(fields) != len(ev.Data) {
				t.Errorf("%s, event %d: %d fields, %v, want %d", f.Name, i, len(fields), err, len(ev.Data))
				continue
			}
			tree, err := doc.Tree()
			if err != nil {
				t.Fatal(err)
			}
			elements := tree.Child("EventData").Children
			for j, data := range ev.Data {
				v := elements[j].Element.Children[0].Value
				if fields[j].Name != data.Name || v.Type != binxml.Type(data.Value.Type) || !bytes.Equal(v.Data, data.Value.Data) {
					t.Errorf("%s, event %d: %s is %s %v %x, want %x %x", f.Name, i, data.Name, fields[j].Name, v.Type, v.Data, data.Value.Type, data.Value.Data)
				}
				// The writer's text differs for what fixtures have of odd strings and SIDs.
				if text, err := data.Value.Text(); err == nil && f.Name != "oddities-values.evtx" && v.Text() != strings.ToLower(strings.Trim(text, "{}")) && v.Text() != text {
					t.Errorf("%s, event %d: %s is %q, want %q", f.Name, i, data.Name, v.Text(), text)
				}
				checked++
			}
		}
	}
	if checked < 1000 {
		t.Errorf("%d values checked", checked)
	}
}
