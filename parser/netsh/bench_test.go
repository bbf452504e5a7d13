package netsh

import (
	"io"
	"strings"
	"testing"
)

// dumpOf is a dump with the events of netevents.xml n times over.
func dumpOf(b *testing.B, n int) (r func() io.Reader, size int64) {
	text := fixture(b, "netevents.xml")
	from, to := strings.Index(text, "<item>\n\t\t<header>"), strings.LastIndex(text, "</netEvents>")
	return func() io.Reader { return around(text[:from], n, text[from:to], text[to:]) }, int64(from + n*(to-from) + len(text) - to)
}

func BenchmarkEvents(b *testing.B) {
	open, size := dumpOf(b, 1000)
	b.SetBytes(size)
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		for e, err := range Events(open()) {
			if err != nil || e == nil {
				b.Fatal(err)
			}
			n++
		}
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "events/s")
}

func BenchmarkElements(b *testing.B) {
	open, size := dumpOf(b, 1000)
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		for _, err := range NewReader(open()).Elements() {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	for x := range NewReader(strings.NewReader(fixture(b, "netevents.xml"))).Elements() {
		d := NewDecoder()
		b.SetBytes(x.Size)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := d.Decode(x); err != nil {
				b.Fatal(err)
			}
		}
		break
	}
}
