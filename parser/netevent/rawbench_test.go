package netevent_test

import (
	"testing"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/internal/build/rawbuild"
	"github.com/qmparse/qmparse/parser/netevent"
)

// rawBench are payloads of each kind that a trace may have.
func rawBench() map[string][]byte {
	text := make([]byte, 400)
	for i := range text {
		text[i] = byte(i*7)%95 + 32
	}
	e := rawbuild.TunnelV4()
	return map[string][]byte{
		"text": text, "zeros": make([]byte, 360), "tunnel": e.Payload(), "transport": rawbuild.Transport().Payload(),
		"left over": append(e.Payload(), make([]byte, 8)...),
	}
}

func BenchmarkRawMatch(b *testing.B) {
	for name, payload := range rawBench() {
		b.Run(name, func(b *testing.B) {
			d := netevent.NewRawDecoder()
			b.ReportAllocs()
			for b.Loop() {
				d.Match(payload, 8)
			}
		})
	}
}

func BenchmarkRawDecode(b *testing.B) {
	d := netevent.NewRawDecoder()
	payload := rawbuild.TunnelV4().Payload()
	m, _ := d.Match(payload, 8)
	var ev model.NetEvent
	var diags []model.Diagnostic
	b.ReportAllocs()
	for b.Loop() {
		diags = d.Decode(payload, m, &ev, diags[:0])
	}
}

// TestRawAllocs: whether it is one or not, to ask costs no memory.
func TestRawAllocs(t *testing.T) {
	d := netevent.NewRawDecoder()
	for name, payload := range rawBench() {
		if n := testing.AllocsPerRun(10, func() { d.Match(payload, 8) }); n > 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
	for _, s := range append(rawbuild.Accepted(), rawbuild.Refused()...) {
		if n := testing.AllocsPerRun(1, func() { d.Match(s.Payload, s.PointerSize) }); n > 0 {
			t.Errorf("%s: %v allocations", s.Name, n)
		}
	}
}
