package payload_test

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/etl/payload"
	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// fieldOf is a field of a schema: its name, and the bytes behind it.
func fieldOf(name string, meta ...byte) []byte { return cat([]byte(name), []byte{0}, meta) }

// schemaOf is a schema of fields, without tags.
func schemaOf(name string, fields ...[]byte) []byte {
	b := cat([]byte{0, 0, 0}, []byte(name), []byte{0}, cat(fields...))
	copy(b, u16(uint16(len(b))))
	return b
}

// event is a TraceLogging event.
func event(schema []byte, parts ...[]byte) *payload.Event {
	return &payload.Event{PointerSize: 8, Schema: schema, SchemaOffset: schemaBase, Payload: cat(parts...), Offset: base}
}

// Every type, alone, as an array of two of fixed size, and as a counted array.
func TestTypes(t *testing.T) {
	sid := []byte{1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0}
	guid := []byte{4, 3, 2, 1, 6, 5, 8, 7, 9, 10, 11, 12, 13, 14, 15, 16}
	v6 := []byte{0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}
	time := u64(132388752066871033)
	date := cat(u16(2020), u16(7), u16(5), u16(10), u16(17), u16(20), u16(6), u16(687))
	in4 := cat([]byte{2, 0, 0x11, 0x94, 10, 1, 2, 3}, make([]byte, 8))
	in6 := cat([]byte{23, 0, 1, 0xf4, 0, 0, 0, 0}, v6, u32(0))
	linkLocal := cat([]byte{23, 0, 1, 0xf4, 0, 0, 0, 0, 0xfe, 0x80}, make([]byte, 13), []byte{1}, u32(12))
	counted := func(b []byte) []byte { return cat(u16(uint16(len(b))), b) }
	f32 := func(f float32) []byte { return u32(math.Float32bits(f)) }
	f64 := func(f float64) []byte { return u64(math.Float64bits(f)) }
	const none = 0
	for _, c := range []struct {
		in, out byte
		bytes   []byte
		want    string
		kind    model.Kind
		diags   string
	}{
		{0, none, nil, `null`, model.KindNull, ""},
		{1, none, wide("a\"ß€😀\n"), `"a\"ß€😀\n"`, model.KindText, ""},
		{1, none, cat([]byte{0, 0xd8, 'x', 0}, []byte{0, 0}), "\"\ufffdx\"", model.KindText, ""},
		{1, 12, wide(`{"j":1}`), `"{\"j\":1}"`, model.KindText, ""},
		{2, none, []byte("abc\x00"), `"abc"`, model.KindText, ""},
		{2, none, []byte("\x80\xe4\x81\x00"), "\"€ä\ufffd\"", model.KindText, "ansi-code-page"},
		{2, 35, []byte("ä\x80\x00"), "\"ä\ufffd\"", model.KindText, ""},
		{2, 11, []byte("<ä/>\x00"), `"<ä/>"`, model.KindText, ""},
		{2, 12, []byte("[\"ä\"]\x00"), `"[\"ä\"]"`, model.KindText, ""},
		{3, none, []byte{0x80}, `-128`, model.KindInt, ""},
		{3, 2, []byte{'A'}, `"A"`, model.KindText, ""},
		{3, 2, []byte{0x80}, `"€"`, model.KindText, "ansi-code-page"},
		{3, 4, []byte{0xff}, `"0xff"`, model.KindUint, ""},
		{4, none, []byte{255}, `255`, model.KindUint, ""},
		{4, 2, []byte{'"'}, `"\""`, model.KindText, ""},
		{4, 3, []byte{2}, `true`, model.KindBool, ""},
		{4, 3, []byte{0}, `false`, model.KindBool, ""},
		{4, 4, []byte{0x0f}, `"0xf"`, model.KindUint, ""},
		{5, none, u16(0x8000), `-32768`, model.KindInt, ""},
		{5, 4, u16(0xfffe), `"0xfffe"`, model.KindUint, ""},
		{6, none, u16(65535), `65535`, model.KindUint, ""},
		{6, 2, u16('€'), `"€"`, model.KindText, ""},
		{6, 2, u16(0xd800), "\"\ufffd\"", model.KindText, ""},
		{6, 2, u16(0), `"\u0000"`, model.KindText, ""},
		{6, 4, u16(0x1f), `"0x1f"`, model.KindUint, ""},
		{6, 7, []byte{0x11, 0x94}, `4500`, model.KindUint, ""},
		{7, none, u32(1 << 31), `-2147483648`, model.KindInt, ""},
		{7, 7, u32(1), `1`, model.KindInt, ""}, // a port has 16 bits
		{7, 15, u32(0x80070005), `"0x80070005"`, model.KindUint, ""},
		{8, none, u32(1<<32 - 1), `4294967295`, model.KindUint, ""},
		{8, 3, u32(1), `1`, model.KindUint, ""}, // nor is this a truth value
		{8, 4, u32(0xABC), `"0xabc"`, model.KindUint, ""},
		{8, 5, u32(4242), `4242`, model.KindUint, ""},
		{8, 6, u32(4243), `4243`, model.KindUint, ""},
		{8, 8, []byte{10, 129, 67, 5}, `"10.129.67.5"`, model.KindText, ""},
		{8, 13, u32(13868), `13868`, model.KindUint, ""},
		{8, 14, u32(0xC0000022), `"0xc0000022"`, model.KindUint, ""},
		{9, none, u64(1 << 63), `"-9223372036854775808"`, model.KindInt, ""},
		{9, 4, u64(1<<64 - 1), `"0xffffffffffffffff"`, model.KindUint, ""},
		{10, none, u64(5), `"5"`, model.KindUint, ""},
		{10, 37, u64(0x7ff0), `"0x7ff0"`, model.KindUint, ""},
		{11, none, f32(0.1), `0.1`, model.KindFloat, ""},
		{11, none, f32(1e30), `1e+30`, model.KindFloat, ""},
		{11, none, f32(float32(math.NaN())), `"NaN"`, model.KindFloat, ""},
		{11, none, f32(float32(math.Inf(-1))), `"-INF"`, model.KindFloat, ""},
		{12, none, f64(0.1), `"0.1"`, model.KindFloat, ""},
		{12, none, f64(math.Inf(1)), `"INF"`, model.KindFloat, ""},
		{13, none, u32(0), `false`, model.KindBool, ""},
		{13, none, u32(0x100), `true`, model.KindBool, ""},
		{14, none, counted([]byte{0xab, 0}), `"AB00"`, model.KindBinary, ""},
		{14, none, counted(nil), `""`, model.KindBinary, ""},
		{14, 9, counted(v6), `"2001:db8::1"`, model.KindText, ""},
		{14, 9, counted(v6[:4]), `"20010DB8"`, model.KindBinary, ""},
		{14, 10, counted(in4), `"10.1.2.3:4500"`, model.KindText, ""},
		{14, 10, counted(in6), `"[2001:db8::1]:500"`, model.KindText, ""},
		{14, 10, counted(linkLocal), `"[fe80::1%12]:500"`, model.KindText, ""},
		{14, 10, counted(append(bytes.Clone(in4), make([]byte, 112)...)), `"10.1.2.3:4500"`, model.KindText, ""},
		{14, 10, counted(in6[:16]), fmt.Sprintf(`"%X"`, in6[:16]), model.KindBinary, ""},
		{15, none, guid, `"01020304-0506-0708-090a-0b0c0d0e0f10"`, model.KindGUID, ""},
		{16, none, u64(0xfffff80000000000), `"0xfffff80000000000"`, model.KindUint, ""},
		{17, none, time, `"2020-07-10T17:20:06.6871033Z"`, model.KindTime, ""},
		{17, 38, time, `"2020-07-10T17:20:06.6871033Z"`, model.KindTime, ""},
		{18, none, date, `"2020-07-10T17:20:06.6870000Z"`, model.KindTime, ""},
		{18, none, make([]byte, 16), `"` + strings.Repeat("00", 16) + `"`, model.KindBinary, "value-undecodable"},
		{19, none, sid, `"S-1-5-18"`, model.KindSID, ""},
		{20, none, u32(0xBEEF), `"0xbeef"`, model.KindUint, ""},
		{21, none, u64(0xBEEF), `"0xbeef"`, model.KindUint, ""},
		{22, none, counted(units("a😀")), `"a😀"`, model.KindText, ""},
		{22, none, counted(wide("a")), `"a"`, model.KindText, ""},
		{22, none, counted([]byte{'a', 0, 'b'}), `"a"`, model.KindText, "value-size"},
		{23, none, counted([]byte("ab\x00\x00")), `"ab"`, model.KindText, ""},
		{23, none, counted([]byte("a\x00b")), `"a\u0000b"`, model.KindText, ""},
		{23, 35, counted([]byte("€")), `"€"`, model.KindText, ""},
		{25, none, counted([]byte{1, 2}), `"0102"`, model.KindBinary, ""},
		{25, 10, counted(in4), `"10.1.2.3:4500"`, model.KindText, ""},
	} {
		meta := []byte{c.in}
		if c.out != none {
			meta = []byte{c.in | 0x80, c.out}
		}
		array := func(bit byte, count ...byte) []byte {
			m := bytes.Clone(meta)
			m[0] |= bit
			return fieldOf("v", append(m, count...)...)
		}
		list := `[` + c.want + `,` + c.want + `]`
		kind := model.KindArray
		if c.out == 2 { // characters
			text := strings.ReplaceAll(c.want[1:len(c.want)-1], `\u0000`, "")
			list, kind = `"`+text+text+`"`, model.KindText
		}
		for _, x := range []struct {
			what   string
			schema []byte
			bytes  []byte
			want   string
			kind   model.Kind
		}{
			{"alone", fieldOf("v", meta...), c.bytes, c.want, c.kind},
			{"with tags", fieldOf("v", c.in|0x80, c.out|0x80, 0x81, 0x80, 0), c.bytes, c.want, c.kind},
			{"fixed", array(0x20, 2, 0), cat(c.bytes, c.bytes), list, kind},
			{"counted", array(0x40), cat(u16(2), c.bytes, c.bytes), list, kind},
		} {
			what := fmt.Sprintf("in %d out %d % X %s", c.in, c.out, c.bytes, x.what)
			e := event(schemaOf("E", x.schema), x.bytes)
			got, diags, fields, err := decode(t, e)
			if want := `{"#name":"E","v":` + x.want + `}`; got != want || err != nil {
				t.Errorf("%s: %v, %s, want %s", what, err, got, want)
				continue
			}
			if fields[1].Kind != x.kind {
				t.Errorf("%s: kind %d, want %d", what, fields[1].Kind, x.kind)
			}
			said := ""
			if len(diags) > 0 {
				said = diags[0].Code
			}
			if said != c.diags {
				t.Errorf("%s: %q, want %s", what, diags, c.diags)
			}
			prefixes(t, what, *e)
		}
	}
}

// A pointer is as long as those of the process.
func TestPointer(t *testing.T) {
	e := event(schemaOf("E", fieldOf("v", 16)), u32(0xffffffff))
	e.PointerSize = 4
	if got, _, _, err := decode(t, e); got != `{"#name":"E","v":"0xffffffff"}` || err != nil {
		t.Error(got, err)
	}
	prefixes(t, "4 bytes", *e)
}

// Empty arrays are arrays, and text of no characters is text.
func TestEmptyArrays(t *testing.T) {
	for _, c := range []struct {
		schema, bytes []byte
		want          string
	}{
		{fieldOf("v", 0x48), u16(0), `[]`},
		{fieldOf("v", 0x28, 0, 0), nil, `[]`},
		{fieldOf("v", 0xC6, 2), u16(0), `""`},
		{fieldOf("v", 0xC6, 2), cat(u16(3), units("x"), u16(0), u16(0)), `"x"`}, // a buffer filled up
		{fieldOf("v", 0xC6, 2), cat(u16(2), units("😀")), `"😀"`},                 // one character of two units
		{cat(fieldOf("v", 0xD8, 1), fieldOf("w", 8)), u16(0), `[]`},
		{fieldOf("v", 0xD8, 0), u16(3), `[{},{},{}]`},
		{fieldOf("v", 0x40), u16(2), `[null,null]`},
	} {
		got, _, _, err := decode(t, event(schemaOf("E", c.schema), c.bytes))
		if want := `{"#name":"E","v":` + c.want + `}`; got != want || err != nil {
			t.Errorf("% X: %v, %s, want %s", c.schema, err, got, want)
		}
	}
}

// Structures are objects, arrays of them arrays of objects, within each other too.
func TestStructures(t *testing.T) {
	e := event(schemaOf("Ev\"ent",
		fieldOf("before", 4),
		fieldOf("s", 0x98, 0x82, 0x01), // 2 fields, with tags
		fieldOf("a", 4),
		fieldOf("t", 0xD8, 3), // the second: a counted array
		fieldOf("b", 6),
		fieldOf("u", 0xB8, 1, 2, 0), // an array of 2
		fieldOf("c", 0x44),
		fieldOf("d", 0xC6, 2),
		fieldOf("after", 0x84, 3)),
		[]byte{1}, // before
		[]byte{2}, // s.a
		u16(2),    // s.t
		u16(3), u16(1), []byte{4}, u16(0), u16(2), units("xy"),
		u16(5), u16(0), u16(2), []byte{6, 7}, u16(0),
		[]byte{1}, // after
	)
	want := `{"#name":"Ev\"ent","before":1,"s":{"a":2,"t":[{"b":3,"u":[{"c":[4]},{"c":[]}],"d":"xy"},{"b":5,"u":[{"c":[]},{"c":[6,7]}],"d":""}]},"after":true}`
	got, diags, fields, err := decode(t, e)
	if got != want || err != nil || len(diags) > 0 {
		t.Errorf("%v %q\n%s\nwant\n%s", err, diags, got, want)
	}
	if len(fields) != 4 || fields[2].Kind != model.KindStruct || fields[2].Items[1].Items[1].Items[0].Uint != 5 {
		t.Errorf("%v", fields)
	}
	prefixes(t, "structures", *e)
}

// A name that repeats in one object is there once, with all its values.
func TestRepeatedNames(t *testing.T) {
	for _, c := range []struct {
		name   string
		fields [][]byte
		bytes  []byte
		want   string
	}{
		{"apart", [][]byte{fieldOf("a", 4), fieldOf("b", 4), fieldOf("a", 4), fieldOf("a", 4)}, []byte{1, 2, 3, 4},
			`{"#name":"E","a":[1,3,4],"b":2}`},
		{"an array", [][]byte{fieldOf("a", 0x44), fieldOf("a", 4), fieldOf("a", 0x44)}, cat(u16(2), []byte{1, 2, 3}, u16(0)),
			`{"#name":"E","a":[1,2,3]}`},
		{"empty arrays", [][]byte{fieldOf("a", 0x44), fieldOf("a", 0x44), fieldOf("b", 4)}, cat(u16(0), u16(0), []byte{1}),
			`{"#name":"E","a":[],"b":1}`},
		{"structures", [][]byte{fieldOf("a", 0x98, 2), fieldOf("b", 4), fieldOf("b", 4), fieldOf("a", 4)}, []byte{1, 2, 3},
			`{"#name":"E","a":[{"b":[1,2]},3]}`},
		{"in an array of structures", [][]byte{fieldOf("a", 0xD8, 3), fieldOf("b", 4), fieldOf("c", 4), fieldOf("b", 4), fieldOf("d", 4), fieldOf("d", 4)},
			cat(u16(2), []byte{1, 2, 3, 4, 5, 6, 7, 8}), `{"#name":"E","a":[{"b":[1,3],"c":2},{"b":[4,6],"c":5}],"d":[7,8]}`},
		{"not in another object", [][]byte{fieldOf("a", 0x98, 1), fieldOf("a", 4), fieldOf("b", 4)}, []byte{1, 2},
			`{"#name":"E","a":{"a":1},"b":2}`},
		{"the name of the event", [][]byte{fieldOf("#name", 4)}, []byte{1}, `{"#name":["E",1]}`},
		{"no name", [][]byte{fieldOf("", 4), fieldOf("", 4)}, []byte{1, 2}, `{"#name":"E","":[1,2]}`},
		{"bytes that are no text", [][]byte{fieldOf("\xff", 4), fieldOf("\xfe", 4)}, []byte{1, 2}, "{\"#name\":\"E\",\"\ufffd\":[1,2]}"},
	} {
		got, _, _, err := decode(t, event(schemaOf("E", c.fields...), c.bytes))
		if got != c.want || err != nil {
			t.Errorf("%s: %v\n%s\nwant\n%s", c.name, err, got, c.want)
		}
	}
}

// Bytes of a custom serialiser are kept as they are.
func TestCustom(t *testing.T) {
	e := event(schemaOf("E", fieldOf("v", 0x65, 3, 0, 0xaa, 0, 0xbb), fieldOf("w", 0xF8, 0x81, 5, 0, 0), fieldOf("x", 4)),
		u16(2), []byte{1, 2}, u16(0), []byte{9})
	if got, _, _, err := decode(t, e); got != `{"#name":"E","v":"0102","w":"","x":9}` || err != nil {
		t.Error(got, err)
	}
	prefixes(t, "custom", *e)
}

func TestSchemaTags(t *testing.T) {
	schema := cat([]byte{11, 0, 0x80, 0xff, 0}, []byte("E\x00"), fieldOf("v", 4), nil)
	schema[0] = byte(len(schema))
	if got, _, _, err := decode(t, event(schema, []byte{7})); got != `{"#name":"E","v":7}` || err != nil {
		t.Error(got, err)
	}
	// No field at all.
	e := event(schemaOf("Alone"))
	if got, _, _, err := decode(t, e); got != `{"#name":"Alone"}` || err != nil || !payload.Known(e) {
		t.Error(got, err)
	}
	prefixes(t, "no fields", *e)
}

// A schema that is cut, whatever its size says, is an error in the schema, unless
// it is cut between fields and says so: then the payload is too long.
func TestCutSchema(t *testing.T) {
	e := event(schemaOf("Event",
		fieldOf("a", 0x84, 0x83, 0x80, 0), fieldOf("s", 0xB8, 2, 1, 0), fieldOf("b", 4), fieldOf("c", 0x64, 2, 0, 1, 2), fieldOf("d", 0x28, 1, 0)),
		[]byte{1, 2}, u16(1), []byte{3}, u32(4))
	if got, _, _, err := decode(t, e); got != `{"#name":"Event","a":true,"s":[{"b":2,"c":"03"}],"d":[4]}` || err != nil {
		t.Fatal(got, err)
	}
	whole := e.Schema
	for n := 1; n < len(whole); n++ {
		e.Schema = whole[:n:n]
		if _, _, _, err := decode(t, e); err == nil {
			t.Errorf("%d bytes are read", n)
		}
		if n < 2 {
			continue
		}
		e.Schema = bytes.Clone(e.Schema)
		copy(e.Schema, u16(uint16(n)))
		if _, _, _, err := decode(t, e); err == nil {
			t.Errorf("%d bytes that say so are read", n)
		}
	}
	e.Schema = append(bytes.Clone(whole), 0)
	_, _, _, err := decode(t, e)
	wantError(t, "a byte more", err, cursor.ErrMalformed, "schema size at offset 0x12302")
}

func TestRefusedSchemas(t *testing.T) {
	deep := func(n int) []byte {
		var b []byte
		for range n {
			b = append(b, fieldOf("s", 0x98, 1)...)
		}
		return append(b, fieldOf("v", 4)...)
	}
	for _, c := range []struct {
		name     string
		fields   []byte
		sentinel error
		text     string
	}{
		{"in type 26", fieldOf("v", 26), cursor.ErrUnsupported, "26 of v"},
		{"in type 31", fieldOf("v", 0x5f), cursor.ErrUnsupported, "31 of v"},
		{"a structure of more than there is", cat(fieldOf("s", 0x98, 2), fieldOf("v", 4)), cursor.ErrMalformed, "s has 2 fields, 1 follow"},
		{"a structure within that takes one too many", cat(fieldOf("s", 0x98, 2), fieldOf("t", 0x98, 2), fieldOf("v", 4), fieldOf("w", 4)), cursor.ErrMalformed, "s has 2 fields, 1 follow"},
		{"too deep", deep(17), cursor.ErrUnsupported, "s is within 16 structures"},
		{"a number too deep", deep(16), cursor.ErrUnsupported, "v is within 16 structures"},
		{"too many fields", bytes.Repeat(fieldOf("v", 4), 1025), cursor.ErrUnsupported, "more than 1024 fields"},
	} {
		_, _, _, err := decode(t, event(schemaOf("E", c.fields), make([]byte, 2000)))
		wantError(t, c.name, err, c.sentinel, c.text)
	}
	if got, _, _, err := decode(t, event(schemaOf("E", deep(15)), []byte{1})); err != nil || !strings.HasSuffix(got, `{"v":1}}}}}}}}}}}}}}}}`) {
		t.Error(got, err)
	}
	if got, _, _, err := decode(t, event(schemaOf("E", bytes.Repeat(fieldOf("v", 4), 1024)), make([]byte, 1024))); err != nil {
		t.Error(got, err)
	}
}

// What a payload and a schema can be made to become is bounded.
func TestLimits(t *testing.T) {
	for _, c := range []struct {
		name   string
		fields []byte
		bytes  []byte
		text   string
	}{
		{"empty structures within arrays", cat(fieldOf("s", 0xB8, 1, 0xff, 0xff), fieldOf("t", 0xB8, 1, 0xff, 0xff), fieldOf("v", 0)), nil, "s at offset 0x12340: more than 576 values"},
		{"nothing, often", cat(fieldOf("s", 0xB8, 1, 0xff, 0xff), fieldOf("v", 0x20, 0xff, 0xff)), nil, "s at offset 0x12340: more than 512 values"},
		{"nothing, in small arrays", cat(fieldOf("s", 0xB8, 2, 200, 0), fieldOf("v", 4), fieldOf("w", 0xB8, 0, 200, 0)), make([]byte, 200), "w at offset 0x12353: more than 3776 values"},
		{"nothing, in a long event", cat(fieldOf("s", 0xB8, 2, 10, 0), fieldOf("v", 0x20, 0xff, 0xff), fieldOf("w", 0x24, 10, 0)), make([]byte, 10000), "more than 131072 values"},
		{"a long name, often", cat(fieldOf("s", 0xD8, 1), fieldOf(strings.Repeat("n", 1000), 4)), cat(u16(10000), make([]byte, 10000)), "expands to more than 1475200 bytes"},
		{"a long name, often and twice", cat(fieldOf("s", 0xD8, 2), fieldOf(strings.Repeat("n", 1000), 4), fieldOf(strings.Repeat("n", 1000), 4)), cat(u16(10000), make([]byte, 20000)), "expands to more than 2883456 bytes"},
		{"a long name, in a long event", cat(fieldOf("s", 0xD8, 1), fieldOf(strings.Repeat("n", 1000), 4)), cat(u16(60000), make([]byte, 60000)), "expands to more than 7875200 bytes"},
	} {
		e := event(schemaOf("E", c.fields), c.bytes)
		d := payload.NewDecoder()
		out, _, err := d.AppendData([]byte("x"), e, nil)
		wantError(t, c.name, err, cursor.ErrUnsupported, c.text)
		if string(out) != "x" {
			t.Errorf("%s: %d bytes with the error", c.name, len(out))
		}
	}
	// A count alone makes nothing.
	for _, in := range []byte{1, 2, 4, 10, 14, 19, 22} {
		_, _, _, err := decode(t, event(schemaOf("E", fieldOf("v", 0x40|in)), u16(65535), []byte{0}))
		wantError(t, fmt.Sprint(in), err, cursor.ErrTruncated, "v at offset 0x12342: 65535 values need")
	}
}

// Names of 100 letters at each byte are within the bound.
func TestLongNames(t *testing.T) {
	const n = 50_000
	name := strings.Repeat("n", 100)
	got, _, _, err := decode(t, event(schemaOf("E", fieldOf("s", 0xD8, 1), fieldOf(name, 4)), u16(n), make([]byte, n)))
	if err != nil || len(got) < n*107 {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

// Structures of which more are counted than can be in what is left are missing, and not
// too many, however they hold what they need.
func TestStructuresBeyondThePayload(t *testing.T) {
	for name, c := range map[string]struct {
		fields []byte
		counts bool
		text   string
	}{
		"numbers":          {cat(fieldOf("s", 0xD8, 2), fieldOf("v", 4), fieldOf("w", 8)), true, "s at offset 0x12342: 60000 values need 300000 bytes or more, have 20"},
		"of fixed number":  {cat(fieldOf("s", 0xB8, 1, 0x60, 0xea), fieldOf("v", 14)), false, "s at offset 0x12340: 60000 values need 120000 bytes or more, have 20"},
		"arrays within":    {cat(fieldOf("s", 0xD8, 2), fieldOf("v", 0x28, 3, 0), fieldOf("w", 0x44)), true, "60000 values need 840000 bytes or more, have 20"},
		"custom":           {cat(fieldOf("s", 0xD8, 1), fieldOf("v", 0x6e, 0, 0)), true, "60000 values need 120000 bytes or more, have 20"},
		"in each other":    {cat(fieldOf("s", 0xD8, 1), fieldOf("t", 0xB8, 1, 2, 0), fieldOf("v", 4)), true, "60000 values need 120000 bytes or more, have 20"},
		"beyond all bytes": {cat(fieldOf("s", 0xD8, 1), fieldOf("t", 0xB8, 1, 0xff, 0xff), fieldOf("u", 0xB8, 1, 0xff, 0xff), fieldOf("v", 4)), true, "60000 values need 3932160000 bytes or more, have 20"},
	} {
		var count []byte
		if c.counts {
			count = u16(60000)
		}
		_, _, _, err := decode(t, event(schemaOf("E", c.fields), count, make([]byte, 20)))
		wantError(t, name, err, cursor.ErrTruncated, c.text)
	}
	// As many as there is room for are read.
	fields := cat(fieldOf("s", 0xD8, 3), fieldOf("v", 4), fieldOf("w", 0x44), fieldOf("x", 0x24, 2, 0))
	if got, _, _, err := decode(t, event(schemaOf("E", fields), u16(4), make([]byte, 4*5))); err != nil || strings.Count(got, `"x":[0,0]`) != 4 {
		t.Error(got, err)
	}
}

// A byte in seven arrays of structures, one within the other, is within the bound.
func TestManyValuesOfFewBytes(t *testing.T) {
	const n = 5000
	fields := fieldOf("s", 0xD8, 1)
	for range 6 {
		fields = cat(fields, fieldOf("s", 0xB8, 1, 1, 0))
	}
	got, _, _, err := decode(t, event(schemaOf("E", fields, fieldOf("v", 4)), u16(n), bytes.Repeat([]byte{7}, n)))
	if one := strings.Repeat(`{"s":[`, 6) + `{"v":7}` + strings.Repeat("]}", 6); err != nil || got != `{"#name":"E","s":[`+strings.Repeat(one+",", n-1)+one+"]}" {
		t.Errorf("%v, %d bytes", err, len(got))
	}
}

// A decoder keeps schemas without mixing them up, and starts anew when it has
// enough of them.
func TestManySchemas(t *testing.T) {
	d := payload.NewDecoder()
	for i := range 2000 {
		name := fmt.Sprintf("E%d%s", i%1500, strings.Repeat("x", 300))
		e := event(schemaOf(name, fieldOf(fmt.Sprint("f", i%1500), 4)), []byte{byte(i)})
		got, _, err := d.AppendData(nil, e, nil)
		if want := fmt.Sprintf(`{"#name":%q,"f%d":%d}`, name, i%1500, byte(i)); string(got) != want || err != nil {
			t.Fatalf("%v, %s, want %s", err, got, want)
		}
	}
	// What an event leaves behind does not show in the next.
	odd := event(schemaOf("E", fieldOf("a", 2), fieldOf("a", 2)), []byte("\x80\x00\x81\x00"))
	plain := event(schemaOf("E", fieldOf("a", 2)), []byte("x\x00"))
	for range 2 {
		if got, diags, err := d.AppendData(nil, odd, nil); string(got) != "{\"#name\":\"E\",\"a\":[\"€\",\"\ufffd\"]}" || len(diags) != 2 || err != nil {
			t.Error(string(got), diags, err)
		}
		if got, diags, err := d.AppendData(nil, plain, nil); string(got) != `{"#name":"E","a":"x"}` || len(diags) != 0 || err != nil {
			t.Error(string(got), diags, err)
		}
	}
	large := event(schemaOf("E", fieldOf("a", 0x44)), u16(5000), make([]byte, 5000))
	for _, e := range []*payload.Event{large, plain} {
		got, _, err := d.AppendData(nil, e, nil)
		if want, _, _, _ := decode(t, e); string(got) != want || err != nil {
			t.Errorf("%v, %s, want %s", err, got, want)
		}
	}
	many := event(schemaOf("E", bytes.Repeat(fieldOf("a", 2), 100)), bytes.Repeat([]byte("\x80\x00"), 100))
	if _, diags, err := d.AppendData(nil, many, nil); len(diags) != 32 || err != nil {
		t.Errorf("%d diagnostics, %v", len(diags), err)
	}
}

func TestProviderTraits(t *testing.T) {
	for _, c := range []struct {
		traits []byte
		want   string
	}{
		{[]byte("\x0c\x00AmsiTrace\x00"), "AmsiTrace"},
		{cat([]byte{27, 0}, []byte("Test\x00"), []byte{20, 0, 1}, make([]byte, 17)), "Test"}, // with a group
		{[]byte("\x05\x00\xff\xfe\x00"), "\ufffd\ufffd"},
		{nil, ""},
		{[]byte{1}, ""},
		{[]byte{3, 0, 0}, ""},
		{[]byte("\x06\x00Test"), ""},
		{[]byte("\x08\x00Test\x00"), ""},
		{[]byte("\x06\x00Test\x00"), ""},
	} {
		if name, ok := payload.ProviderTraits(c.traits); name != c.want || ok != (c.want != "") {
			t.Errorf("% X: %q, %v", c.traits, name, ok)
		}
	}
}
