package carve_test

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/qmparse/qmparse/parser/carve"
	"github.com/qmparse/qmparse/parser/internal/build/blobbuild"
	"github.com/qmparse/qmparse/parser/internal/build/etlbuild"
)

// Buffers that stand alone are read as far as they expand to what the bytes allow; one
// that expands as real ones do, behind them, is read.
func TestExpansionOfBuffersAlone(t *testing.T) {
	logs, err := blobbuild.Load()
	if err != nil {
		t.Fatal(err)
	}
	const n = 3000
	le := binary.LittleEndian
	real := blobbuild.Buffers(logs.Log("compressed.etl"))[1]
	records := bytes.Repeat([]byte{0, 0, 0x11, 0xC0, 16, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8}, (64<<10-0x48)/16)
	b := append(bytes.Clone(real[:0x48]), etlbuild.Compress(records)...)
	le.PutUint32(b, uint32(len(b)))
	le.PutUint32(b[0x30:], uint32(0x48+len(records)))
	blob := append(bytes.Repeat(append(b, 'j'), n), real...)
	s := carve.NewScanner(bytes.NewReader(blob))
	expanded, last := 0, int64(0)
	for f, err := range s.Finds() {
		if err != nil || f.Kind != carve.Buffer {
			t.Fatal(f.Kind, err)
		}
		expanded, last = expanded+f.Buffer.Size(), f.Offset
	}
	most := 64<<20 + 200*len(blob)
	if c := s.Counts(); expanded > most || expanded < most/2 || c.Buffers+c.Unexpanded < n || c.Unsearched > 0 {
		t.Errorf("expanded to %d bytes, at most %d may be: %+v", expanded, most, c)
	}
	if last != int64(len(blob)-len(real)) {
		t.Errorf("the last one is at %d of %d", last, len(blob))
	}
}
