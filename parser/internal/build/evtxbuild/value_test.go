package evtxbuild

import (
	"bytes"
	"testing"
	"time"
)

func TestValues(t *testing.T) {
	for _, c := range []struct {
		name string
		v    Value
		t    byte
		want string
	}{
		{"null", Null(), 0, ""},
		{"null with bytes", NullSized(2), 0, "0000"},
		{"string", String("aß"), 1, "6100 df00"},
		{"string with NUL", StringNUL("a"), 1, "6100 0000"},
		{"ansi", AnsiString("\xe4"), 2, "e4"},
		{"int8", Int8(-2), 3, "fe"},
		{"uint8", UInt8(0xfe), 4, "fe"},
		{"int16", Int16(-2), 5, "feff"},
		{"uint16", UInt16(0x1234), 6, "3412"},
		{"int32", Int32(-2), 7, "feffffff"},
		{"uint32", UInt32(0x12345678), 8, "78563412"},
		{"int64", Int64(-2), 9, "feffffffffffffff"},
		{"uint64", UInt64(0x123456789abcdef0), 0x0a, "f0debc9a78563412"},
		{"real32", Real32(1.5), 0x0b, "0000c03f"},
		{"real64", Real64(-1.5), 0x0c, "000000000000f8bf"},
		{"bool", Bool(true), 0x0d, "01000000"},
		{"binary", Binary([]byte{1, 2}), 0x0e, "0102"},
		{"guid", GUID("{54849625-5478-4994-A5BA-3E3B0328C30D}"), 0x0f, "25968454 7854 9449 a5ba 3e3b0328c30d"},
		{"filetime", FileTime(1), 0x11, "0100000000000000"},
		{"systime", SysTime([8]uint16{2024, 2, 4, 29, 23, 59, 58, 999}), 0x12, "e807 0200 0400 1d00 1700 3b00 3a00 e703"},
		{"sid", SID("S-1-5-21-397955417-626881126-188441444-2967838"), 0x13, "0105 000000000005 15000000 5951b817 66725d25 64633b0b 1e492d00"},
		{"sid without sub-authority", SID("S-1-5"), 0x13, "0100 000000000005"},
		{"hexint32", HexInt32(0xff), 0x14, "ff000000"},
		{"hexint64", HexInt64(1 << 63), 0x15, "0000000000000080"},
		{"strings", Strings("a", "", "b"), 0x81, "6100 0000 0000 6200 0000"},
		{"array of guid", Array(TypeGUID, GUID("00000001-0002-0003-0405-060708090a0b")), 0x8f, "01000000 0200 0300 0405 060708090a0b"},
	} {
		if c.v.err != nil {
			t.Errorf("%s: %v", c.name, c.v.err)
		}
		if c.v.Type != c.t || !bytes.Equal(c.v.Data, unhex(t, c.want)) {
			t.Errorf("%s: type %#x, %x; want %#x, %s", c.name, c.v.Type, c.v.Data, c.t, c.want)
		}
	}
}

func TestTicks(t *testing.T) {
	for text, want := range map[string]uint64{
		"1601-01-01T00:00:00Z":         0,
		"1970-01-01T00:00:00Z":         116444736000000000,
		"2020-07-10T17:20:06.6871033Z": 132388752066871033,
	} {
		at, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			t.Fatal(err)
		}
		if got := Ticks(at); got != want {
			t.Errorf("Ticks(%s) = %d, want %d", text, got, want)
		}
	}
}

func TestWhatCannotBeWritten(t *testing.T) {
	self := &Template{}
	self.Body = []Node{Instance{Template: self}}
	long := string(make([]byte, 0x10000))
	for name, f := range map[string]func(f *File){
		"SID":                  func(f *File) { f.Event(Event{UserID: "S-1-x"}) },
		"SID with 16":          func(f *File) { f.Event(Event{UserID: "S-1-5-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15-16"}) },
		"GUID":                 func(f *File) { f.Event(Event{ActivityID: "{1}"}) },
		"long text":            func(f *File) { f.Record(Record{Body: Document(El("a", Text(long)))}) },
		"long value":           func(f *File) { f.Event(Event{Data: []Data{D("a", Binary(make([]byte, 0x10000)))}}) },
		"larger than a chunk":  func(f *File) { f.Record(Record{Body: []Node{Raw(make([]byte, chunkSize))}}) },
		"mixed array":          func(f *File) { f.Event(Event{Data: []Data{D("a", Array(TypeInt8, UInt8(1)))}}) },
		"no template":          func(f *File) { f.Record(Record{Body: []Node{Instance{}}}) },
		"template in itself":   func(f *File) { f.Record(Record{Body: []Node{Instance{Template: self}}}) },
		"content of an empty":  func(f *File) { f.Record(Record{Body: []Node{Element{Name: "a", Empty: true, Content: []Node{EOF{}}}}}) },
		"real as literal text": func(f *File) { f.Event(Event{Style: Literal, Data: []Data{D("a", Real32(1))}}) },
	} {
		log := New(Options{})
		f(log)
		if log.Err() == nil || log.Bytes() != nil {
			t.Errorf("%s: error %v, %d bytes; want an error and none", name, log.Err(), len(log.Bytes()))
		}
	}
}

func TestText(t *testing.T) {
	for _, c := range []struct {
		v    Value
		want string
	}{
		{Null(), ""},
		{NullSized(2), ""},
		{String("aß"), "aß"},
		{StringNUL("a"), "a"},
		{UInt32(1<<32 - 1), "4294967295"},
		{UInt64(1<<64 - 1), "18446744073709551615"},
		{HexInt64(0x3e7), "0x3e7"},
		{Binary([]byte{0xde, 0x0a}), "DE0A"},
		{GUID("54849625-5478-4994-a5ba-3e3b0328c30d"), "{54849625-5478-4994-A5BA-3E3B0328C30D}"},
		{SID("S-1-5-21-1111111111-2222222222-3333333333-500"), "S-1-5-21-1111111111-2222222222-3333333333-500"},
		{SID("S-1-281474976710655"), "S-1-281474976710655"},
	} {
		if got, err := c.v.Text(); err != nil || got != c.want {
			t.Errorf("%x: %q, %v; want %q", c.v.Data, got, err, c.want)
		}
	}
	for _, v := range []Value{
		Real32(1), Bool(true), FileTime(1), SID("S-1-x"), Array(TypeUInt8, UInt8(1)),
		RawValue(TypeUInt32, []byte{1, 2}), RawValue(TypeGUID, []byte{1}), RawValue(TypeSID, nil), RawValue(TypeSID, SID("S-1-5-18").Data[:8]),
	} {
		if got, err := v.Text(); err == nil {
			t.Errorf("type %#x of %d bytes: %q, want an error", v.Type, len(v.Data), got)
		}
	}
}
