package netevent_test

import (
	"bytes"
	"testing"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/netevent"
)

// benchDump has that many events: one in ten a QM failure, the others drops, as
// on a machine whose firewall is busy.
func benchDump(b *testing.B, events int, everyQM int) []byte {
	b.Helper()
	d := newDump(b, 5, 8)
	d.Grow(events * 320)
	for i := range events {
		p := eventBytes(uint64(i))
		le.PutUint32(p[16+8:], 0x107|netevent.FlagAppID|netevent.FlagUserID)
		le.PutUint32(p[16+64:], 40)
		le.PutUint64(p[16+72:], add(&p, utf16z(`\device\hd1\vpn.exe`)))
		le.PutUint64(p[16+80:], add(&p, someSID))
		if i%everyQM != 0 {
			le.PutUint32(p[16+136:], 3)
		}
		d.must(d.Event(p))
	}
	return d.finish()
}

const benchEvents = 1_000_000

// BenchmarkFrames is the floor: bytes, checksums and hash, nothing decoded.
func BenchmarkFrames(b *testing.B) {
	file := benchDump(b, benchEvents, 1)
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		r, err := netevent.NewReader(bytes.NewReader(file))
		if err != nil {
			b.Fatal(err)
		}
		for _, err := range r.Frames() {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(benchEvents)*float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

// BenchmarkDecode decodes every event, and makes its JSON.
func BenchmarkDecode(b *testing.B) {
	for name, everyQM := range map[string]int{"QM": 1, "mixed": 10} {
		b.Run(name, func(b *testing.B) {
			file := benchDump(b, benchEvents, everyQM)
			b.SetBytes(int64(len(file)))
			b.ReportAllocs()
			d := netevent.NewDecoder()
			var json []byte
			var diags []model.Diagnostic
			var ev model.NetEvent
			for b.Loop() {
				r, err := netevent.NewReader(bytes.NewReader(file))
				if err != nil {
					b.Fatal(err)
				}
				for f, err := range r.Frames() {
					if err != nil {
						b.Fatal(err)
					}
					for rec, err := range f.Records() {
						if err != nil {
							b.Fatal(err)
						}
						diags = d.Decode(rec, &ev, diags[:0])
						json = netevent.AppendJSON(json[:0], &ev)
					}
				}
			}
			b.ReportMetric(float64(benchEvents)*float64(b.N)/b.Elapsed().Seconds(), "events/s")
		})
	}
}

// BenchmarkCopy copies one event, as the collector does.
func BenchmarkCopy(b *testing.B) {
	p := eventBytes(1)
	l := layout(b, 5, 8)
	m := memory{16, p[16:]}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := netevent.Copy(m, 16, l); err != nil {
			b.Fatal(err)
		}
	}
}

// TestAllocs: an event whose body is not decoded costs nothing but its frame.
func TestAllocs(t *testing.T) {
	p := eventBytes(1)
	le.PutUint32(p[16+136:], 3)
	d := newDump(t, 5, 8)
	d.must(d.Event(p))
	r, err := netevent.NewReader(bytes.NewReader(d.finish()))
	if err != nil {
		t.Fatal(err)
	}
	dec := netevent.NewDecoder()
	json := make([]byte, 0, 1<<12)
	diags := make([]model.Diagnostic, 0, 4)
	var ev model.NetEvent
	for f := range r.Frames() {
		for rec := range f.Records() {
			if n := testing.AllocsPerRun(10, func() {
				diags = dec.Decode(rec, &ev, diags[:0])
				json = netevent.AppendJSON(json[:0], &ev)
			}); n > 0 {
				t.Errorf("%v allocations", n)
			}
		}
	}
}
