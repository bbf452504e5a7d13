package etl_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/qmparse/qmparse/parser/etl"
	"github.com/qmparse/qmparse/parser/internal/build/etlbuild"
	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// tiny is n buffers that expand to 64 KiB of the same record each, some 600 times their
// size, with the header of a compressed one; junk stands behind each.
func tiny(header []byte, n int, junk string) []byte {
	records := bytes.Repeat([]byte{0, 0, byte(etl.TypePerfInfo64), 0xC0, 16, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8}, (64<<10-0x48)/16)
	b := append(bytes.Clone(header[:0x48]), etlbuild.Compress(records)...)
	put32(b, uint32(len(b)))
	put32(b[0x30:], uint32(0x48+len(records)))
	var all []byte
	for i := range n {
		put32(b[0x18:], uint32(1000+i)) // the sequence number
		all = append(append(all, b...), junk...)
	}
	return all
}

// What the buffers of a file expand to is bounded by its size, whether they follow each
// other or not; those that expand as real ones do are read all the same, and who decodes
// them, and in which order, changes nothing.
func TestExpansionOfTheFile(t *testing.T) {
	const events, n = 40, 2500
	im := small(t, events, etlbuild.Options{Compressed: true, BufferSize: 64 << 10, FirstBufferSize: 1024})
	first, at := im.Bytes[:1024], im.Buffers[1].Offset
	for _, junk := range []string{"", "j"} {
		log := slices.Concat(first, tiny(im.Bytes[at:], n, junk), im.Bytes[at:])
		f, err := etl.NewReader(bytes.NewReader(log))
		if err != nil {
			t.Fatal(err)
		}
		var buffers []*etl.Buffer
		for b := range f.Buffers() {
			if b != nil {
				buffers = append(buffers, b)
			}
		}
		count := func(b *etl.Buffer) (records, refused int, ids []int) {
			for r, err := range etl.NewDecoder().Records(b) {
				switch {
				case errors.Is(err, cursor.ErrUnsupported):
					refused++
				case err != nil && junk == "": // which is taken for the end of the stream
					t.Errorf("%q: %v", junk, err)
				case err != nil:
				case r.Provider.V == provider:
					ids = append(ids, int(r.ID.V))
				default:
					records++
				}
			}
			return records, refused, ids
		}
		var all []int // by buffer
		sum, refusals := 0, 0
		for i := range buffers {
			records, refused, ids := count(buffers[i])
			all, sum, refusals = append(all, records), sum+records, refusals+refused
			if i == len(buffers)-1 && !slices.Equal(ids, upTo(events)) {
				t.Errorf("%q: of the events behind them %v", junk, ids)
			}
		}
		if most := (64<<20 + 200*len(log)) / 16; sum > most || sum < most/2 || refusals < n/5 {
			t.Errorf("%q: %d records, at most %d may be; %d of %d buffers are refused", junk, sum, most, refusals, n)
		}
		for i := len(buffers) - 1; i >= 0; i-- {
			if records, _, _ := count(buffers[i]); records != all[i] {
				t.Errorf("%q: buffer %d has %d records, and had %d", junk, i, records, all[i])
			}
		}
	}
}
