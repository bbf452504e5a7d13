package etl_test

import (
	"testing"

	"github.com/qmparse/qmparse/parser/internal/build/etlbuild"
)

// seeds are logs with every record and every kind of damage.
func seeds(t testing.TB) (all [][]byte) {
	for _, f := range etlbuild.All() {
		b, err := f.Build()
		if err != nil {
			t.Fatal(err)
		}
		if len(b) <= 16<<10 {
			all = append(all, b)
		}
	}
	return append(all, handTrace(4, func(bytesOf) int { return 1024 + 0x48 }))
}

func TestFuzzHasSeeds(t *testing.T) {
	if n := len(seeds(t)); n < 5 {
		t.Fatalf("%d seeds", n)
	}
}

// FuzzReader: no panic and no endless loop on any bytes; errors say where; no
// record leaves its buffer, overlaps another, or comes twice.
func FuzzReader(f *testing.F) {
	for _, s := range seeds(f) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, log []byte) {
		r, err := read(t, log)
		if err != nil {
			return
		}
		if r.size != int64(len(log)) {
			t.Fatalf("%d of %d bytes were read", r.size, len(log))
		}
		type place struct {
			offset int64
			pos    int
		}
		last, end := place{-1, 0}, 0
		for _, rec := range r.records {
			if rec.offset < 0 || rec.offset >= int64(len(log)) || len(rec.payload) > len(rec.bytes) {
				t.Fatalf("%+v", rec)
			}
			// Records of a buffer that is not compressed have offsets of their own.
			buffer := rec.offset
			if int64(len(log)) >= rec.offset+int64(len(rec.bytes)) && string(log[rec.offset:rec.offset+int64(len(rec.bytes))]) == rec.bytes {
				buffer -= int64(rec.pos)
			}
			if buffer < last.offset || buffer == last.offset && rec.pos < end {
				t.Fatalf("record at %d+%d comes after %d+%d, which ends at %d", buffer, rec.pos, last.offset, last.pos, end)
			}
			last, end = place{buffer, rec.pos}, rec.pos+len(rec.bytes)
			if rec.err != "" && rec.payload != "" {
				t.Fatalf("a payload in spite of %s", rec.err)
			}
		}
	})
}
