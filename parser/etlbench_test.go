package parser_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"testing"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser"
	"github.com/qmparse/qmparse/parser/internal/build/etlbuild"
	"github.com/qmparse/qmparse/parser/quickmode"
)

// benchTrace is a trace of 64 KiB buffers, some MiB of them, in which one event in
// a hundred is a Quick Mode failure; or the file that QMPARSE_BENCH_ETL names.
func benchTrace(b *testing.B, compressed bool) []byte {
	b.Helper()
	if name := os.Getenv("QMPARSE_BENCH_ETL"); name != "" {
		file, err := os.ReadFile(name)
		if err != nil {
			b.Fatal(err)
		}
		return file
	}
	failures, err := etlbuild.Counterparts(1)
	if err != nil {
		b.Fatal(err)
	}
	p := etlbuild.Payload(nil)
	connected := etlbuild.Fields{
		{Name: "Connection", In: etlbuild.InUInt32, Data: p.U32(7)},
		{Name: "Peer", In: etlbuild.InUnicodeString, Data: p.Text("198.51.100.20")},
	}.Event(model.GUID{9}, "Some.Provider", "Connected")
	t := etlbuild.New(etlbuild.Options{BufferSize: 64 << 10, FirstBufferSize: 4096, Compressed: compressed, Step: 1})
	for i := range 40_000 {
		switch {
		case i%100 == 0:
			t.Event(failures[i/100%len(failures)].Event)
		case i%4 == 0:
			t.Event(connected)
		default:
			t.Event(etlbuild.Event{
				Provider: model.GUID{byte(i % 3), 1}, ID: uint16(i % 7), Items: []etlbuild.Item{etlbuild.UserSID("S-1-5-18")},
				Payload: []byte(fmt.Sprintf("connection %08d from 192.0.2.%d to 198.51.100.%d%*s", i, i%250, i%249, i%180, "")),
			})
		}
	}
	file := t.Bytes()
	if file == nil {
		b.Fatal(t.Err())
	}
	return file
}

// BenchmarkTraceFloor is what reading alone costs.
func BenchmarkTraceFloor(b *testing.B) {
	file, buf := benchTrace(b, false), make([]byte, 64<<10)
	b.SetBytes(int64(len(file)))
	for b.Loop() {
		for r := bytes.NewReader(file); ; {
			if _, err := io.ReadFull(r, buf); err != nil {
				break
			}
		}
	}
}

// BenchmarkTrace reads a trace as export does, which decodes failures alone, and
// as events does.
func BenchmarkTrace(b *testing.B) {
	for _, compressed := range []bool{false, true} {
		for name, want := range map[string]func(*model.Event) bool{"export": quickmode.Wants, "events": func(*model.Event) bool { return true }} {
			b.Run(fmt.Sprintf("%s/compressed=%t", name, compressed), func(b *testing.B) {
				file := benchTrace(b, compressed)
				b.SetBytes(int64(len(file)))
				b.ReportAllocs()
				w := parser.NewWorker()
				events := 0
				for b.Loop() {
					log, err := parser.Open(bytes.NewReader(file))
					if err != nil {
						b.Fatal(err)
					}
					events = 0
					for frame, err := range log.Frames() {
						if err != nil {
							b.Fatal(err)
						}
						for ev, err := range w.Events(frame) {
							if err != nil {
								b.Fatal(err)
							}
							if events++; want(ev) {
								if err := w.Load(ev); err != nil {
									b.Fatal(err)
								}
							}
						}
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(events), "ns/event")
			})
		}
	}
}
