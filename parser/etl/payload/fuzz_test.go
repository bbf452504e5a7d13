package payload_test

import (
	"testing"

	"github.com/qmparse/qmparse/parser/etl/payload"
)

// FuzzTemplates decodes any bytes as any event of the provider: no panic, errors
// in their place, valid JSON without a key twice, and fields that say the same.
func FuzzTemplates(f *testing.F) {
	n := 0
	for _, s := range shapes(f) {
		b, _ := s.bytes()
		f.Add(uint16(s.id), uint8(s.version), uint32(s.build), b)
		n++
	}
	if n == 0 {
		f.Fatal("no seeds")
	}
	f.Add(uint16(1029), uint8(0), uint32(0), cat(u64(0), u32(0), u32(0), make([]byte, 22)))
	e := mainMode(0, u32(9), u32(1), units("X"), u32('c'), u32(5), []byte{1, 0, 0, 0, 'a', 0, 'a', 0, 0, 0})
	f.Add(e.ID, e.Version, e.Build, e.Payload)
	f.Fuzz(func(t *testing.T, id uint16, version uint8, build uint32, b []byte) {
		e := &payload.Event{
			Provider: wfp, ID: id, Version: version, Build: build, PointerSize: 8,
			Payload: b, Offset: base, SchemaOffset: schemaBase,
		}
		_, _, fields, err := decode(t, e)
		if err == nil && (!payload.Known(e) || len(fields) == 0 && len(b) > 0) {
			t.Error("bytes without a field")
		}
	})
}

// FuzzTraceLogging decodes any bytes by any schema, whose size is made right.
func FuzzTraceLogging(f *testing.F) {
	for _, s := range []struct{ schema, bytes []byte }{
		{schemaOf("E"), nil},
		{schemaOf("E", fieldOf("a", 1), fieldOf("b", 0xC6, 2)), cat(wide("x"), u16(2), units("yz"))},
		{schemaOf("E", fieldOf("a", 0x98, 2), fieldOf("b", 4), fieldOf("b", 0x44), fieldOf("a", 12)), cat([]byte{1}, u16(1), []byte{2}, u64(3))},
		{schemaOf("E", fieldOf("a", 0xD8, 1), fieldOf("b", 0xF8, 0x81, 0, 1, 0, 7)), cat(u16(2), u16(0), u16(1), []byte{9})},
		{schemaOf("E", fieldOf("#name", 18), fieldOf("v", 0x8E, 10), fieldOf("w", 0x97, 35)), cat(make([]byte, 16), u16(4), []byte{2, 0, 0, 1}, u16(2), []byte{0xc3, 0xa9})},
		{schemaOf("E", fieldOf("s", 0xB8, 1, 9, 0), fieldOf("t", 0xB8, 0, 9, 0)), nil},
		{schemaOf("E", fieldOf("f", 11), fieldOf("g", 15), fieldOf("p", 16), fieldOf("s", 19)), cat(u32(0x7fc00000), make([]byte, 16), u64(1), []byte{1, 0, 0, 0, 0, 0, 0, 5})},
	} {
		if _, _, _, err := decode(f, event(s.schema, s.bytes)); err != nil {
			f.Fatalf("a seed is void: %v", err)
		}
		f.Add(s.schema, s.bytes, 8)
		f.Add(s.schema, s.bytes, 4)
	}
	f.Fuzz(func(t *testing.T, schema, b []byte, pointer int) {
		if len(schema) >= 2 && len(schema) < 1<<16 {
			copy(schema, u16(uint16(len(schema))))
		}
		e := event(schema, b)
		e.PointerSize = pointer
		decode(t, e)
		if _, ok := payload.ProviderTraits(schema); ok && len(schema) < 4 {
			t.Error("a name of no bytes")
		}
	})
}
