package payload_test

import (
	"testing"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/etl/payload"
)

// benchEvents are events without anything odd about them.
func benchEvents(tb testing.TB) map[string]*payload.Event {
	events := map[string]*payload.Event{
		"TraceLogging": event(schemaOf("Upload", fieldOf("Url", 1), fieldOf("Status", 0x88, 13), fieldOf("Part", 0xD8, 2), fieldOf("Id", 15), fieldOf("Bytes", 10), fieldOf("Tag", 23), fieldOf("Tag", 23)),
			wide("https://example.com/a/long/enough/path"), u32(0), u16(2), make([]byte, 16), u64(1), make([]byte, 16), u64(2), u16(2), []byte("ab"), u16(0)),
		"1005 with SIDs": mainMode(0, u32(2), u32(22), wide("S-1-5-11"), wide("S-1-5-32-544"), u32(0), u32(0)),
	}
	for _, s := range shapes(tb) {
		if s.id == 1007 && s.version == 1 {
			e := s.event()
			events["1007"] = &e
		}
	}
	return events
}

func BenchmarkAppendData(b *testing.B) {
	for name, e := range benchEvents(b) {
		b.Run(name, func(b *testing.B) {
			d := payload.NewDecoder()
			var dst []byte
			var diags []model.Diagnostic
			b.ReportAllocs()
			b.SetBytes(int64(len(e.Payload)))
			for b.Loop() {
				var err error
				if dst, diags, err = d.AppendData(dst[:0], e, diags[:0]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkFields(b *testing.B) {
	e := benchEvents(b)["1007"]
	d := payload.NewDecoder()
	var fields []model.Field
	b.ReportAllocs()
	for b.Loop() {
		var err error
		if fields, err = d.Fields(fields[:0], e); err != nil {
			b.Fatal(err)
		}
	}
}

// An event that is like those before it costs no memory.
func TestAllocations(t *testing.T) {
	for name, e := range benchEvents(t) {
		if name == "1005 with SIDs" {
			continue // a reading that does not come out even is an error first
		}
		d := payload.NewDecoder()
		dst := make([]byte, 0, 4096)
		n := testing.AllocsPerRun(100, func() {
			if !payload.Known(e) {
				t.Fatal("unknown")
			}
			if _, _, err := d.AppendData(dst, e, nil); err != nil {
				t.Fatal(err)
			}
		})
		if n != 0 {
			t.Errorf("%s: %v allocations an event", name, n)
		}
	}
}
