package payload_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/etl/payload"
	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// wfp is Microsoft-Windows-WFP.
var wfp, _ = model.ParseGUID("{0C478C5B-0351-41B1-8C58-4A6737DA32E3}")

const base, schemaBase = 0x12340, 0x12300 // where payloads and schemas stand in their file

func u16(n uint16) []byte { return binary.LittleEndian.AppendUint16(nil, n) }
func u32(n uint32) []byte { return binary.LittleEndian.AppendUint32(nil, n) }
func u64(n uint64) []byte { return binary.LittleEndian.AppendUint64(nil, n) }

// units is UTF-16 without NUL, wide is with it.
func units(text string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(text)) {
		b = append(b, u16(u)...)
	}
	return b
}
func wide(text string) []byte { return append(units(text), 0, 0) }

func cat(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// decode runs both ways to decode and sees that they agree.
func decode(t testing.TB, e *payload.Event) (data string, diags []model.Diagnostic, fields []model.Field, err error) {
	t.Helper()
	d := payload.NewDecoder()
	const before = "before"
	old := []model.Diagnostic{{Code: "old"}}
	out, diags, err := d.AppendData([]byte(before), e, old)
	if len(diags) == 0 || diags[0].Code != "old" {
		t.Fatalf("diagnostics that were there are gone: %q", diags)
	}
	fields, errFields := d.Fields([]model.Field{{Name: before}}, e)
	if (err == nil) != (errFields == nil) || err != nil && errFields != nil && err.Error() != errFields.Error() {
		t.Fatalf("AppendData: %v\nFields: %v", err, errFields)
	}
	if err != nil {
		if string(out) != before || len(diags) != 1 || len(fields) != 1 {
			t.Fatalf("with an error: %s, %q, %v", out, diags, fields)
		}
		checkError(t, e, err)
		return "", nil, nil, err
	}
	if !bytes.HasPrefix(out, []byte(before)) || fields[0].Name != before {
		t.Fatalf("what was there is gone: %s, %v", out, fields)
	}
	out, fields = out[len(before):], fields[1:]
	checkJSON(t, out, fields)
	return string(out), diags[1:], fields, nil
}

// checkError sees that an error has its place in the payload or the schema.
func checkError(t testing.TB, e *payload.Event, err error) {
	t.Helper()
	var at *cursor.Error
	if !errors.As(err, &at) {
		t.Fatalf("%v is no *cursor.Error", err)
	}
	in := func(b []byte, base int64) bool { return at.Offset >= base && at.Offset <= base+int64(len(b)) }
	if !in(e.Payload, base) && !in(e.Schema, schemaBase) {
		t.Errorf("%v is outside the payload and the schema", err)
	}
}

// checkJSON sees that data is one JSON object, as encoding/json has it, without
// white space and without a key twice in any object, and that it says the same
// as the fields.
func checkJSON(t testing.TB, data []byte, fields []model.Field) {
	t.Helper()
	var compact bytes.Buffer
	if err := json.Compact(&compact, data); err != nil || !bytes.Equal(compact.Bytes(), data) {
		t.Fatalf("%s: %v", data, err)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	v := readJSON(t, dec)
	if _, err := dec.Token(); err != io.EOF {
		t.Fatalf("%s: %v at its end", data, err)
	}
	if problem := sameMembers(v, fields); problem != "" {
		t.Errorf("data and fields differ: %s\n%s\n%v", problem, data, fields)
	}
}

// object is a JSON object in order.
type object struct {
	keys   []string
	values map[string]any
}

func readJSON(t testing.TB, dec *json.Decoder) any {
	t.Helper()
	tok, err := dec.Token()
	if err != nil {
		t.Fatal(err)
	}
	switch tok {
	case json.Delim('['):
		list := []any{}
		for dec.More() {
			list = append(list, readJSON(t, dec))
		}
		dec.Token()
		return list
	case json.Delim('{'):
		o := object{values: map[string]any{}}
		for dec.More() {
			key, _ := dec.Token()
			name := key.(string)
			if _, twice := o.values[name]; twice {
				t.Fatalf("the key %q stands twice", name)
			}
			o.keys = append(o.keys, name)
			o.values[name] = readJSON(t, dec)
		}
		dec.Token()
		return o
	}
	return tok
}

// sameMembers compares an object with fields; "" if they are the same.
func sameMembers(v any, fields []model.Field) string {
	o, ok := v.(object)
	if !ok {
		return fmt.Sprintf("%v is no object", v)
	}
	var keys []string
	groups := map[string][]model.Field{}
	for _, f := range fields {
		if groups[f.Name] == nil {
			keys = append(keys, f.Name)
		}
		groups[f.Name] = append(groups[f.Name], f)
	}
	if strings.Join(keys, "\x00") != strings.Join(o.keys, "\x00") {
		return fmt.Sprintf("keys %q and %q", o.keys, keys)
	}
	for _, k := range keys {
		f := groups[k][0]
		if len(groups[k]) > 1 {
			f = model.Field{Kind: model.KindArray}
			for _, g := range groups[k] {
				if g.Kind == model.KindArray {
					f.Items = append(f.Items, g.Items...)
				} else {
					f.Items = append(f.Items, g)
				}
			}
		}
		if problem := same(o.values[k], f); problem != "" {
			return k + ": " + problem
		}
	}
	return ""
}

// same compares a JSON value with a field.
func same(v any, f model.Field) string {
	text, isText := v.(string)
	number, _ := v.(json.Number)
	ok := false
	switch f.Kind {
	case model.KindNull:
		ok = v == nil
	case model.KindBool:
		ok = v == (f.Uint != 0) && f.Uint <= 1
	case model.KindText:
		ok = isText && text == f.Text
	case model.KindSID:
		ok = isText && text == f.Text && model.ValidSID(text)
	case model.KindGUID:
		ok = isText && text == f.GUID.String()
	case model.KindBinary:
		ok = isText && text == fmt.Sprintf("%X", f.Bytes) && f.Bytes != nil
	case model.KindTime:
		ok = isText && text == model.FILETIME(f.Uint).String()
	case model.KindInt:
		ok = string(number)+text == strconv.FormatInt(f.Int, 10) && (isText || int64(int32(f.Int)) == f.Int)
	case model.KindUint:
		decimal := string(number)+text == strconv.FormatUint(f.Uint, 10) && (isText || f.Uint>>32 == 0)
		ok = decimal || isText && text == "0x"+strconv.FormatUint(f.Uint, 16)
	case model.KindFloat:
		got, err := strconv.ParseFloat(string(number)+text, 64)
		if !isText {
			got = float64(float32(got))
		}
		ok = err == nil && (got == f.Float || got != got && f.Float != f.Float)
	case model.KindStruct:
		return sameMembers(v, f.Items)
	case model.KindArray:
		list, _ := v.([]any)
		if list == nil || len(list) != len(f.Items) {
			return fmt.Sprintf("%v and %v", v, f.Items)
		}
		for i := range list {
			if problem := same(list[i], f.Items[i]); problem != "" {
				return problem
			}
		}
		return ""
	}
	if !ok {
		return fmt.Sprintf("%v (%T) and %v", v, v, f)
	}
	return ""
}

// wantError sees that an error is one of the cursor's sentinels and says that.
func wantError(t testing.TB, what string, err, sentinel error, text string) {
	t.Helper()
	if !errors.Is(err, sentinel) || !strings.Contains(err.Error(), text) {
		t.Errorf("%s: %v, want %q: %v", what, err, text, sentinel)
	}
}

// prefixes sees that the payload cut anywhere fails, as truncated and inside it,
// and that a byte more is refused.
func prefixes(t testing.TB, what string, e payload.Event) {
	t.Helper()
	whole := e.Payload
	for n := range whole {
		e.Payload = whole[:n:n]
		if _, _, _, err := decode(t, &e); !errors.Is(err, cursor.ErrTruncated) {
			t.Errorf("%s: %d of %d bytes: %v", what, n, len(whole), err)
		}
	}
	e.Payload = append(bytes.Clone(whole), 0)
	_, _, _, err := decode(t, &e)
	wantError(t, what+" and a byte", err, cursor.ErrMalformed, "1 bytes are left over")
}
