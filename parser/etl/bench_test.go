package etl_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"testing"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/etl"
	"github.com/qmparse/qmparse/parser/internal/build/etlbuild"
)

// benchTrace is a trace of 64 KiB buffers with events of 80 to 300 bytes, some
// MiB of them, or the file that QMPARSE_BENCH_ETL names.
func benchTrace(b *testing.B, compressed bool) []byte {
	b.Helper()
	if name := os.Getenv("QMPARSE_BENCH_ETL"); name != "" {
		log, err := os.ReadFile(name)
		if err != nil {
			b.Fatal(err)
		}
		return log
	}
	t := etlbuild.New(etlbuild.Options{BufferSize: 64 << 10, FirstBufferSize: 4096, Compressed: compressed, Step: 1})
	for i := range 40_000 {
		payload := []byte(fmt.Sprintf("connection %08d from 192.0.2.%d to 198.51.100.%d%*s", i, i%250, i%249, i%180, ""))
		t.Event(etlbuild.Event{
			Provider: model.GUID{byte(i % 3), 1}, ID: uint16(i % 7), Payload: payload,
			Items: []etlbuild.Item{etlbuild.UserSID("S-1-5-18")},
		})
	}
	log := t.Bytes()
	if log == nil {
		b.Fatal(t.Err())
	}
	return log
}

// floor is what reading alone costs.
func BenchmarkRead(b *testing.B) {
	log := benchTrace(b, false)
	buf := make([]byte, 64<<10)
	b.SetBytes(int64(len(log)))
	for b.Loop() {
		r := bytes.NewReader(log)
		for {
			if _, err := io.ReadFull(r, buf); err != nil {
				break
			}
		}
	}
}

func BenchmarkBuffers(b *testing.B) {
	for _, compressed := range []bool{false, true} {
		b.Run(fmt.Sprintf("compressed=%t", compressed), func(b *testing.B) {
			log := benchTrace(b, compressed)
			b.SetBytes(int64(len(log)))
			b.ReportAllocs()
			for b.Loop() {
				f, err := etl.NewReader(bytes.NewReader(log))
				if err != nil {
					b.Fatal(err)
				}
				for _, err := range f.Buffers() {
					if err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

// Records are walked and their headers decoded. Of compressed buffers the
// expanded bytes count.
func BenchmarkRecords(b *testing.B) {
	for _, compressed := range []bool{false, true} {
		b.Run(fmt.Sprintf("compressed=%t", compressed), func(b *testing.B) {
			log := benchTrace(b, compressed)
			f, err := etl.NewReader(bytes.NewReader(log))
			if err != nil {
				b.Fatal(err)
			}
			var buffers []*etl.Buffer
			size := 0
			for buf, err := range f.Buffers() {
				if err != nil {
					b.Fatal(err)
				}
				buffers = append(buffers, buf)
				size += int(buf.Header.Filled)
			}
			d := etl.NewDecoder()
			records := 0
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				records = 0
				for _, buf := range buffers {
					for _, err := range d.Records(buf) {
						if err != nil {
							b.Fatal(err)
						}
						records++
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(records), "ns/record")
		})
	}
}

// No record costs an allocation.
func TestRecordAllocates(t *testing.T) {
	im := small(t, 200, etlbuild.Options{BufferSize: 64 << 10, FirstBufferSize: 4096})
	f, err := etl.NewReader(bytes.NewReader(im.Bytes))
	if err != nil {
		t.Fatal(err)
	}
	d := etl.NewDecoder()
	for buf, err := range f.Buffers() {
		if err != nil {
			t.Fatal(err)
		}
		if buf.Offset == 0 {
			continue
		}
		n := testing.AllocsPerRun(10, func() {
			for _, err := range d.Records(buf) {
				if err != nil {
					t.Fatal(err)
				}
			}
		})
		if n > 3 { // of the iteration, whatever the number of records
			t.Errorf("%v allocations for a buffer of 200 records", n)
		}
	}
}
