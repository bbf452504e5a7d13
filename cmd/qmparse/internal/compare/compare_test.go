package compare

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/binxml"
)

// decode is JSON as golang-evtx's lines are decoded.
func decode(t *testing.T, text string) (v any) {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	if err := dec.Decode(&v); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return v
}

func none() (*binxml.Element, error) { return nil, errors.New("not asked for") }

// found prints what was found: "field: ours | theirs (limit)".
func found(differences []Difference) (all []string) {
	text := func(v any) string {
		if v == Missing {
			return "-"
		}
		b, _ := json.Marshal(v)
		return string(b)
	}
	for _, d := range differences {
		s := fmt.Sprintf("%s: %s | %s", d.Field, text(d.Ours), text(d.Theirs))
		if d.Limit != "" {
			s += " (" + string(d.Limit) + ")"
		}
		all = append(all, s)
	}
	return all
}

// TestData compares data without types: what is one value in two forms, and what
// is not.
func TestData(t *testing.T) {
	for _, c := range []struct {
		name, ours, theirs string // theirs is what is in Event beside System
		want               string // the differences, one a line
	}{
		{"numbers are texts", `{"n":-5,"w":"18446744073709551615","b":true}`, `"EventData":{"n":"-5","w":"18446744073709551615","b":"true"}`, ""},
		{"another number", `{"n":-5}`, `"EventData":{"n":"-50"}`, `data/n: -5 | "-50"`},
		{"another truth", `{"b":true}`, `"EventData":{"b":"false"}`, `data/b: true | "false"`},
		{"hex integers", `{"a":"0xbeef","b":"0x0","c":"0x1f"}`, `"EventData":{"a":"0xbeef","b":"0x0000","c":"0x0000001f"}`, ""},
		{"other padding is another text", `{"a":"0x1f"}`, `"EventData":{"a":"0x01f"}`, `data/a: "0x1f" | "0x01f"`},
		{"another hex integer", `{"a":"0x1f"}`, `"EventData":{"a":"0x002f"}`, `data/a: "0x1f" | "0x002f"`},
		{"GUID in upper case", `{"g":"0d1e2f30-4152-4637-8495-a6b7c8d9eafb"}`, `"EventData":{"g":"0D1E2F30-4152-4637-8495-A6B7C8D9EAFB"}`, ""},
		{"text in another case", `{"g":"abc"}`, `"EventData":{"g":"ABC"}`, `data/g: "abc" | "ABC"`},
		{"zeros of a time", `{"t":"2020-07-10T17:20:06.6800000Z","u":"1601-01-01T00:00:00.0000000Z","v":"+10000-01-01T00:00:00.0000000Z"}`,
			`"EventData":{"t":"2020-07-10T17:20:06.68Z","u":"1601-01-01T00:00:00Z","v":"10000-01-01T00:00:00Z"}`, ""},
		{"100 ns", `{"t":"2020-07-10T17:20:06.6800001Z"}`, `"EventData":{"t":"2020-07-10T17:20:06.68Z"}`,
			`data/t: "2020-07-10T17:20:06.6800001Z" | "2020-07-10T17:20:06.68Z"`},
		{"SID above 32 bits", `{"s":"S-1-0xffffffffffff-1"}`, `"EventData":{"s":"S-1-281474976710655-1"}`, ""},
		{"ANSI text", `{"s":"café","t":"nul"}`, `"EventData":{"s":"Y2Fm6Q==","t":"bnVsAA=="}`, ""},
		{"another ANSI text", `{"s":"cafe"}`, `"EventData":{"s":"Y2Fm6Q=="}`, `data/s: "cafe" | "Y2Fm6Q=="`},
		{"six decimals that are all", `{"r":"0.5","i":"-INF","j":"INF"}`, `"EventData":{"r":"0.500000","i":"-Inf","j":"+Inf"}`, ""},
		{"six decimals that are not", `{"r":"3.141592653589793"}`, `"EventData":{"r":"3.141593"}`, `data/r: "3.141592653589793" | "3.141593"`},

		{"NULL", `{"a":null,"b":null}`, `"EventData":{"a":null}`, ""},
		{"NULL is no empty text", `{"a":null,"b":""}`, `"EventData":{"a":"","b":null}`, "data/a: null | \"\"\ndata/b: \"\" | null"},
		{"no content", `{"a":"","l":[]}`, `"EventData":{"a":{},"l":null}`, ""},
		{"no data", ``, ``, ""},
		{"no data and an empty part", ``, `"EventData":{}`, ""},
		{"an empty object", `{}`, `"EventData":null`, ""},
		{"only ours", `{"a":"x"}`, ``, `data/a: "x" | -`},
		{"only theirs", ``, `"EventData":{"a":"x"}`, `data/a: - | "x"`},

		{"text of EventData", `{"#text":"x"}`, `"EventData":"x"`, ""},
		{"unnamed Data", `{"Data":["a",2,"","b"],"Binary":"00"}`, `"EventData":{"Data":"a","Data1":"2","Data2":{},"Data10":"b","Binary":"00"}`, ""},
		{"order of unnamed Data", `{"Data":["a","b"]}`, `"EventData":{"Data":"b","Data1":"a"}`, "data/Data[0]: \"a\" | \"b\"\ndata/Data[1]: \"b\" | \"a\""},
		{"one unnamed Data less", `{"Data":["a","b"]}`, `"EventData":{"Data":"a"}`, `data/Data: ["a","b"] | ["a"]`},
		{"an array in a Data", `{"Data":["a","b"]}`, `"EventData":{"Data":["a","b"]}`, ""},
		{"names with numbers", `{"Data1":"a","Data2":"b"}`, `"EventData":{"Data1":"a","Data2":"b"}`, ""},
		{"names with numbers, exchanged", `{"Data1":"a","Data2":"b"}`, `"EventData":{"Data1":"b","Data2":"a"}`, "data/Data1: \"a\" | \"b\"\ndata/Data2: \"b\" | \"a\""},
		{"Data with another attribute", `{"x":{"Type":"y","#text":"v"}}`, `"EventData":{"Data":{"Name":"x","Type":"y","Value":"v"}}`, ""},
		{"numbers in arrays", `{"a":[1,65535],"b":["1"]}`, `"EventData":{"a":[1,65535],"b":[1]}`, ""},

		{"user data", `{"Root":{"kind":"k","Leaf":{"a":"1","#text":"v"},"Part":["x","y"]}}`,
			`"UserData":{"Root":{"xmlns":"n","xmlns:x":"n","kind":"k","Leaf":{"a":"1","Value":"v"},"Part":"x","Part3":"y"}}`, ""},
		{"a leaf of user data", `{"Root":{"Leaf":"v"}}`, `"UserData":{"Root":{"Leaf":"w"}}`, `data/Root/Leaf: "v" | "w"`},
		{"an element left out", `{"Root":{"Part":"b"}}`, `"UserData":{"Root":{"Part":null,"Part1":"b"}}`, ""},
		{"an element called Value", `{"Root":{"Value":"3"}}`, `"UserData":{"Root":{"Value":"3"}}`, ""},
		{"text instead of an object", `{"Root":{"a":"1","#text":"v"}}`, `"UserData":{"Root":"v"}`, `data/Root/a: "1" | -`},
		{"an object instead of text", `{"a":"1"}`, `"EventData":{"a":{"b":"1"}}`, `data/a: "1" | {"b":"1"}`},
		{"other parts", `{"a":"1","RenderingInfo":{"Culture":"en-US","Level":"Information"}}`,
			`"EventData":{"a":"1"},"RenderingInfo":{"Culture":"en-US","Level":"Information"}`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			ev := &model.Event{}
			if c.ours != "" {
				ev.Data = []byte(c.ours)
			}
			theirs := `{"System":{}`
			if c.theirs != "" {
				theirs += "," + c.theirs
			}
			differences, err := Record(ev, none, decode(t, `{"Event":`+theirs+"}}"))
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(found(differences), "\n"); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func system() *model.Event {
	guid, _ := model.ParseGUID("0d1e2f30-4152-4637-8495-a6b7c8d9eafb")
	at, _ := model.ParseFILETIME("2020-07-10T17:20:06.6871033Z")
	return &model.Event{
		Provider: model.Some("P"), ProviderGUID: model.Some(guid), EventID: model.Some[uint32](4654), Qualifiers: model.Some[uint16](0),
		Version: model.Some[uint8](1), Level: model.Some[uint8](0), Task: model.Some[uint16](12549), Opcode: model.Some[uint8](0),
		Keywords: model.Some[uint64](0x8010000000000000), Time: model.Some(at), EventRecordID: model.Some[uint64](7),
		ActivityID: model.Some(guid), ProcessID: model.Some[uint32](4), ThreadID: model.Some[uint32](8),
		Channel: model.Some("Security"), Host: model.Some("host"), UserSID: model.Some("S-1-5-18"),
	}
}

const theirSystem = `{"Event":{"System":{"Provider":{"Name":"P","Guid":"0D1E2F30-4152-4637-8495-A6B7C8D9EAFB"},
	"EventID":{"Qualifiers":"0","Value":"4654"},"Version":"1","Level":"0","Task":"12549","Opcode":"0","Keywords":"0x8010000000000000",
	"TimeCreated":{"SystemTime":"2020-07-10T17:20:06.6871033Z"},"EventRecordID":"7",
	"Correlation":{"ActivityID":"0D1E2F30-4152-4637-8495-A6B7C8D9EAFB"},"Execution":{"ProcessID":"4","ThreadID":"8"},
	"Channel":"Security","Computer":"host","Security":{"UserID":"S-1-5-18"}}}}`

// TestSystem compares System fields: as they are, then each of theirs changed.
func TestSystem(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{"", "", ""},
		{`"Name":"P"`, `"Name":"Q"`, `System/Provider/Name: "P" | "Q"`},
		{`"Guid":"0D`, `"Guid":"1D`, `System/Provider/Guid: "0d1e2f30-4152-4637-8495-a6b7c8d9eafb" | "1D1E2F30-4152-4637-8495-A6B7C8D9EAFB"`},
		{`"Value":"4654"`, `"Value":"4655"`, `System/EventID: "4654" | "4655"`},
		{`{"Qualifiers":"0","Value":"4654"}`, `"4654"`, `System/EventID/Qualifiers: "0" | -`},
		{`"Version":"1"`, `"Version":"2"`, `System/Version: "1" | "2"`},
		{`"Level":"0"`, `"Level":"1"`, `System/Level: "0" | "1"`},
		{`"Level":"0"`, `"Level":null`, `System/Level: "0" | -`},
		{`"Level":"0"`, `"Level":"text"`, `System/Level: "0" | "text"`},
		{`"Task":"12549"`, `"Task":"1"`, `System/Task: "12549" | "1"`},
		{`"Opcode":"0",`, ``, `System/Opcode: "0" | -`},
		{`"Keywords":"0x8010000000000000"`, `"Keywords":"9227875636482146304"`, ``},
		{`"Keywords":"0x8010000000000000"`, `"Keywords":"0x80100000"`, `System/Keywords: "9227875636482146304" | "0x80100000"`},
		{`06.6871033Z`, `06.687103300Z`, ``},
		{`06.6871033Z`, `06.6871034Z`, `System/TimeCreated/SystemTime: "2020-07-10T17:20:06.6871033Z" | "2020-07-10T17:20:06.6871034Z"`},
		{`"EventRecordID":"7"`, `"EventRecordID":"8"`, `System/EventRecordID: "7" | "8"`},
		{`"ActivityID"`, `"RelatedActivityID"`, `System/Correlation/ActivityID: "0d1e2f30-4152-4637-8495-a6b7c8d9eafb" | -
System/Correlation/RelatedActivityID: - | "0D1E2F30-4152-4637-8495-A6B7C8D9EAFB"`},
		{`"ProcessID":"4"`, `"ProcessID":"5"`, `System/Execution/ProcessID: "4" | "5"`},
		{`"ThreadID":"8"`, `"ThreadID":"5"`, `System/Execution/ThreadID: "8" | "5"`},
		{`"Channel":"Security"`, `"Channel":"System"`, `System/Channel: "Security" | "System"`},
		{`"Computer":"host"`, `"Computer":"HOST"`, `System/Computer: "host" | "HOST"`},
		{`{"UserID":"S-1-5-18"}`, `{}`, `System/Security/UserID: "S-1-5-18" | -`},
		{`"Provider":{"Name":"P","Guid":"0D1E2F30-4152-4637-8495-A6B7C8D9EAFB"}`, `"P":""`, `System/Provider/Guid: "0d1e2f30-4152-4637-8495-a6b7c8d9eafb" | -`},
		{`"Provider":{"Name":"P",`, `"Q":"","Provider":{`, `System/Provider/Name: "P" | -`},
	} {
		if c.old != "" && strings.Count(theirSystem, c.old) != 1 {
			t.Fatalf("%q is not once in the event", c.old)
		}
		differences, err := Record(system(), none, decode(t, strings.Replace(theirSystem, c.old, c.new, 1)))
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(found(differences), "\n"); got != c.want {
			t.Errorf("%s: got\n%s\nwant\n%s", c.new, got, c.want)
		}
	}
}

// TestNotAnEvent gives what golang-evtx never does.
func TestNotAnEvent(t *testing.T) {
	for _, theirs := range []string{`null`, `[]`, `"x"`, `1`, `{}`, `{"Event":null}`, `{"Event":[1]}`, `{"Event":{"System":[],"EventData":7}}`} {
		differences, err := Record(system(), none, decode(t, theirs))
		if err != nil || len(differences) < 15 {
			t.Errorf("%s: %v, %d differences", theirs, err, len(differences))
		}
	}
}

// raw is a value of a type from its bytes in hex, where a substitution stands.
func raw(t binxml.Type, bytes string) binxml.Node {
	b, err := hex.DecodeString(strings.ReplaceAll(bytes, " ", ""))
	if err != nil {
		panic(err)
	}
	return binxml.Node{Value: binxml.Value{Type: t, Pos: 1000, Data: b}}
}

func str(s string) binxml.Value {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return binxml.Value{Type: binxml.TypeString, Data: b}
}

func textHex(s string) string { return hex.EncodeToString(str(s).Data) }

// element is an element, with a Name unless that is "".
func element(element, name string, content ...binxml.Node) binxml.Node {
	e := &binxml.Element{Name: element, Children: content}
	if name != "" {
		e.Attrs = []binxml.Attr{{Name: "Name", Value: []binxml.Value{str(name)}}}
	}
	return binxml.Node{Element: e}
}

// TestLimits has for each limit what it explains, and something near that it does
// not.
func TestLimits(t *testing.T) {
	const array = binxml.TypeArray
	data := func(content ...binxml.Node) []binxml.Node { return content }
	for _, c := range []struct {
		name         string
		data         []binxml.Node // of EventData
		ours, theirs string
		want         string
	}{
		{"element-name", data(element("ComplexData", "State", raw(binxml.TypeString, textHex("v")))),
			`{"ComplexData":{"Name":"State","#text":"v"}}`, `{"State":"v"}`,
			`data/ComplexData: {"#text":"v","Name":"State"} | {"State":"v"} (element-name)`},
		{"element-name, twice", nil,
			`{"C":[{"Name":"A","#text":"v"},{"Name":"B"}]}`, `{"A":"v","B":""}`,
			`data/C: {"#text":"v","Name":"A"} | {"A":"v"} (element-name)
data/C: {"Name":"B"} | {"B":""} (element-name)`},
		{"element-name, another value", nil, `{"C":{"Name":"A","#text":"v"}}`, `{"A":"w"}`,
			`data/C: {"#text":"v","Name":"A"} | {"A":"w"} (element-name)
data/C/#text: "v" | "w"`},
		{"element-name, not there", nil, `{"C":{"Name":"A","#text":"v"}}`, `{}`, `data/C: {"#text":"v","Name":"A"} | -`},

		{"repeated-name", data(element("Data", "n", raw(binxml.TypeUInt8, "01")), element("Data", "n", raw(binxml.TypeUInt8, "02"))),
			`{"n":[1,2]}`, `{"n":"2"}`, `data/n: [1,2] | "2" (repeated-name)`},
		{"repeated-name, the first", data(element("Data", "n", raw(binxml.TypeUInt8, "01")), element("Data", "n", raw(binxml.TypeUInt8, "02"))),
			`{"n":[1,2]}`, `{"n":"1"}`, `data/n: [1,2] | ["1"]`},
		{"repeated-name, of an array", data(element("Data", "n", raw(binxml.TypeUInt16|array, "0100 0200"))),
			`{"n":[1,2]}`, `{"n":"2"}`, `data/n: [1,2] | ["2"]`},

		{"unsupported-type", data(element("Data", "n", raw(binxml.TypeSizeT, "01020304"))),
			`{"n":"0x4030201"}`, `{"n":"Unknown value: Size: 4 ValType: 0x10 Unk: 0x00 @ 0x000003e8"}`,
			`data/n: "0x4030201" | "Unknown value: Size: 4 ValType: 0x10 Unk: 0x00 @ 0x000003e8" (unsupported-type)`},
		{"unsupported-type, another type", data(element("Data", "n", raw(binxml.TypeUInt32, "01020304"))),
			`{"n":67305985}`, `{"n":"Unknown value: Size: 4 ValType: 0x08 Unk: 0x00 @ 0x000003e8"}`,
			`data/n: 67305985 | "Unknown value: Size: 4 ValType: 0x08 Unk: 0x00 @ 0x000003e8"`},
		{"unsupported-type, array", data(element("Data", "n", raw(binxml.TypeUInt32|array, "01000000"))),
			`{"n":[1]}`, `{"n":"Unknown value: Size: 4 ValType: 0x88 Unk: 0x00 @ 0x000003e8"}`,
			`data/n[0]: 1 | "Unknown value: Size: 4 ValType: 0x88 Unk: 0x00 @ 0x000003e8" (unsupported-type)`},

		{"array-type", data(element("Data", "n", raw(binxml.TypeInt32|array, "41004200 0000 4300"))),
			`{"n":[4325441,4390912]}`, `{"n":["AB"]}`, `data/n: [4325441,4390912] | ["AB"] (array-type)`},
		{"array-type, nothing", data(element("Data", "n", raw(binxml.TypeInt16|array, "ffff 0100"))),
			`{"n":[-1,1]}`, `{"n":null}`, `data/n: [-1,1] | [null] (array-type)`},
		{"array-type, other strings", data(element("Data", "n", raw(binxml.TypeInt32|array, "41004200 0000 4300"))),
			`{"n":[4325441,4390912]}`, `{"n":["AC"]}`, `data/n: [4325441,4390912] | ["AC"]`},

		{"string-array, empty ones", data(element("Data", "n", raw(binxml.TypeString|array, textHex("a\x00\x00c\x00")))),
			`{"n":["a","","c"]}`, `{"n":["a","c"]}`, `data/n: ["a","","c"] | ["a","c"] (string-array)`},
		{"string-array, unterminated", data(element("Data", "n", raw(binxml.TypeString|array, textHex("a\x00b")))),
			`{"n":["a","b"]}`, `{"n":["a"]}`, `data/n: ["a","b"] | ["a"] (string-array)`},
		{"string-array, in two Data", data(element("Data", "", raw(binxml.TypeString|array, textHex("a\x00\x00"))), element("Data", "", raw(binxml.TypeUInt8, "07"))),
			`{"Data":["a","",7]}`, `{"Data":["a"],"Data1":"7"}`, `data/Data: ["a","",7] | ["a","7"] (string-array)`},
		{"string-array, a full one is gone", data(element("Data", "n", raw(binxml.TypeString|array, textHex("a\x00\x00c\x00")))),
			`{"n":["a","","c"]}`, `{"n":["a"]}`, `data/n: ["a","","c"] | ["a"]`},

		{"value-size", data(element("Data", "n", raw(binxml.TypeUInt32, "0102")), element("Data", "m", raw(binxml.TypeUInt8, "07"))),
			`{"n":513,"m":7}`, `{"n":"459265","m":"0"}`, "data/m: 7 | \"0\" (value-size)\ndata/n: 513 | \"459265\" (value-size)"},
		{"value-size, all sized", data(element("Data", "n", raw(binxml.TypeUInt16, "0102"))),
			`{"n":513}`, `{"n":"514"}`, `data/n: 513 | "514"`},

		{"real-decimals", data(element("Data", "n", raw(binxml.TypeReal64, "182d4454fb210940"))),
			`{"n":"3.141592653589793"}`, `{"n":"3.141593"}`, `data/n: "3.141592653589793" | "3.141593" (real-decimals)`},
		{"real-decimals, another", data(element("Data", "n", raw(binxml.TypeReal64, "182d4454fb210940"))),
			`{"n":"3.141592653589793"}`, `{"n":"3.141592"}`, `data/n: "3.141592653589793" | "3.141592"`},

		{"bool-value", data(element("Data", "n", raw(binxml.TypeBool, "ffffffff"))),
			`{"n":true}`, `{"n":"false"}`, `data/n: true | "false" (bool-value)`},
		{"bool-value, 1", data(element("Data", "n", raw(binxml.TypeBool, "01000000"))),
			`{"n":true}`, `{"n":"false"}`, `data/n: true | "false"`},

		{"systemtime", data(element("Data", "n", raw(binxml.TypeSysTime, "e807 0200 0400 1d00 1700 3b00 3a00 e703"))),
			`{"n":"2024-02-29T23:59:58.9990000Z"}`, `{"n":"2024-02-29T23:59:58.000999Z"}`,
			`data/n: "2024-02-29T23:59:58.9990000Z" | "2024-02-29T23:59:58.000999Z" (systemtime)`},
		{"systemtime, another day", data(element("Data", "n", raw(binxml.TypeSysTime, "e807 0200 0400 1d00 1700 3b00 3a00 e703"))),
			`{"n":"2024-02-29T23:59:58.9990000Z"}`, `{"n":"2024-02-28T23:59:58.000999Z"}`,
			`data/n: "2024-02-29T23:59:58.9990000Z" | "2024-02-28T23:59:58.000999Z"`},

		{"filetime-range", data(element("Data", "n", raw(binxml.TypeFileTime, "ffffffffffffffff"))),
			`{"n":"+60056-05-28T05:36:10.9551615Z"}`, `{"n":"1600-12-31T23:59:59.9999999Z"}`,
			`data/n: "+60056-05-28T05:36:10.9551615Z" | "1600-12-31T23:59:59.9999999Z" (filetime-range)`},
		{"filetime-range, within", data(element("Data", "n", raw(binxml.TypeFileTime, "0000000000000000"))),
			`{"n":"1601-01-01T00:00:00.0000000Z"}`, `{"n":"1600-12-31T23:59:59.9999999Z"}`,
			`data/n: "1601-01-01T00:00:00.0000000Z" | "1600-12-31T23:59:59.9999999Z"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			tree := func() (*binxml.Element, error) {
				return element("Event", "", element("System", ""), element("EventData", "", c.data...)).Element, nil
			}
			// The second value stands behind the first.
			for i := range c.data {
				c.data[i].Element.Children[0].Value.Pos += int32(10 * i)
			}
			differences, err := Record(&model.Event{Data: []byte(c.ours)}, tree, decode(t, `{"Event":{"EventData":`+c.theirs+`}}`))
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(found(differences), "\n"); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
			if limit, _, near := strings.Cut(c.name, ", "); !near && !strings.Contains(c.want, "("+limit+")") {
				t.Errorf("%s proves nothing", c.name)
			}
		})
	}
}

// TestUserDataTypes finds values by the paths of user data and of attributes.
func TestUserDataTypes(t *testing.T) {
	root := element("x:Root", "", element("x:Leaf", "", raw(binxml.TypeBool, "02000000")))
	root.Element.Attrs = []binxml.Attr{{Name: "on", Value: []binxml.Value{raw(binxml.TypeBool, "03000000").Value}}}
	tree := func() (*binxml.Element, error) {
		return element("Event", "", element("UserData", "", root)).Element, nil
	}
	differences, err := Record(&model.Event{Data: []byte(`{"Root":{"on":true,"Leaf":true}}`)}, tree,
		decode(t, `{"Event":{"UserData":{"Root":{"on":"false","Leaf":"false"}}}}`))
	if got := strings.Join(found(differences), "\n"); err != nil || got != `data/Root/Leaf: true | "false" (bool-value)
data/Root/on: true | "false" (bool-value)` {
		t.Errorf("%v, %s", err, got)
	}
}
