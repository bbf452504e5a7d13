package etl_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/qmparse/qmparse/parser/internal/build/etlbuild"
	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// Every strict prefix of a log gives the records that are whole in it, and says
// that it is cut.
func TestPrefixes(t *testing.T) {
	step := 1
	if testing.Short() {
		step = 7
	}
	for _, opt := range []etlbuild.Options{{Live: true}, {}, {Live: true, Compressed: true}} {
		im := small(t, 25, opt)
		all := whole(t, im.Bytes)
		first := im.Records[0]
		for n := 0; n < len(im.Bytes); n += step {
			r, err := read(t, im.Bytes[:n])
			if n < first.Offset+first.Size && err != nil {
				if !errors.Is(err, cursor.ErrTruncated) {
					t.Fatalf("%d bytes: %v", n, err)
				}
				continue
			}
			if err != nil {
				t.Fatalf("%d bytes: %v", n, err)
			}
			want := 0
			for _, w := range im.Records {
				if w.Offset >= 0 && w.Offset+w.Size <= n {
					want++
				}
			}
			if opt.Compressed { // how far a stream goes is not seen from here
				want = len(r.records)
			}
			if len(r.records) != want || !slices.Equal(r.records, all.records[:len(r.records)]) {
				t.Fatalf("%d bytes: %d records, want %d: %v", n, len(r.records), want, r.errs)
			}
			// The lowest byte of a buffer's size is 0, as is space that was never
			// written.
			cut := !opt.Live || !slices.ContainsFunc(im.Buffers, func(b etlbuild.BufferAt) bool {
				return b.Offset == n || b.Offset == n-1 && im.Bytes[n-1] == 0
			})
			if cut != (len(r.errs) > 0) {
				t.Fatalf("%d bytes: cut %t, %v", n, cut, r.errs)
			}
			for _, err := range r.errs {
				if !errors.Is(err, cursor.ErrTruncated) {
					t.Fatalf("%d bytes: %v", n, err)
				}
			}
		}
	}
}

// Of a compressed buffer that the file ends in, the records in front of the end
// are there.
func TestCompressedPrefixKeepsRecords(t *testing.T) {
	im := small(t, 25, etlbuild.Options{Live: true, Compressed: true})
	last := im.Buffers[len(im.Buffers)-1]
	before := 0
	for _, r := range im.Records {
		if r.Buffer < len(im.Buffers)-1 {
			before++
		}
	}
	kept := 0
	for n := last.Offset + 0x48; n < len(im.Bytes); n++ {
		r, err := read(t, im.Bytes[:n])
		if err != nil || len(r.records) < before {
			t.Fatal(err, len(r.records))
		}
		for _, f := range r.records {
			if f.after {
				t.Fatalf("cut at %d: a record is labelled", n)
			}
		}
		kept = max(kept, len(r.records)-before)
	}
	if kept == 0 {
		t.Error("no record of the cut buffer was kept")
	}
}

// A flipped bit costs at most the records of its buffer; those of others are
// there, unchanged. In the description of the trace it can change all times, and
// costs no event. Within the buffer no record is lost without a word.
func TestFlips(t *testing.T) {
	step := 1
	if testing.Short() {
		step = 5
	}
	for _, opt := range []etlbuild.Options{{}, {Compressed: true}} {
		im := small(t, 25, opt)
		all := whole(t, im.Bytes)
		ofBuffer := func(f found) int {
			i := 0
			for i+1 < len(im.Buffers) && int64(im.Buffers[i+1].Offset) <= f.offset {
				i++
			}
			return i
		}
		start := im.Buffers[1].Offset
		for at := 0; at < len(im.Bytes); at += step {
			for _, mask := range []byte{0x01, 0x10, 0x80, 0xFF} {
				log := bytes.Clone(im.Bytes)
				log[at] ^= mask
				r, err := read(t, log)
				if err != nil {
					t.Fatalf("byte %#x flipped by %#x: %v", at, mask, err)
				}
				if at < start {
					// The description: what it says of the clock may be wrong now, the
					// events are there.
					if n := r.numbers(); !slices.Equal(n, upTo(25)) {
						t.Fatalf("byte %#x flipped by %#x: events %v: %v", at, mask, n, r.errs)
					}
					continue
				}
				hit := 0
				for hit+1 < len(im.Buffers) && im.Buffers[hit+1].Offset <= at {
					hit++
				}
				if !opt.Compressed && len(r.errs) == 0 && len(r.records) != len(all.records) && !swallows(im, at) {
					t.Fatalf("byte %#x flipped by %#x: %d records and no error", at, mask, len(r.records))
				}
				others := func(f found) bool { return ofBuffer(f) == hit }
				got := slices.DeleteFunc(slices.Clone(r.records), others)
				want := slices.DeleteFunc(slices.Clone(all.records), others)
				if !slices.Equal(got, want) {
					t.Fatalf("byte %#x flipped by %#x, in buffer %d: %d records of other buffers, want %d: %v", at, mask, hit, len(got), len(want), r.errs)
				}
			}
		}
	}
}

// swallows says whether a byte is of a record's size: with another one the record
// may end where a later one does, and no structure shows it. Its payload then does.
func swallows(im *etlbuild.Image, at int) bool {
	return slices.ContainsFunc(im.Records, func(r etlbuild.RecordAt) bool { return at == r.Offset || at == r.Offset+1 })
}
