package evtx_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/evtx"
	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// Every byte of a log with one bit inverted, and those of the headers once more
// with all: what may change is the records that the byte touches (see
// touches), and of the others
//
//   - nothing by a byte of the file header, but that another major version is
//     refused;
//   - all by a byte of the chunk's signature, which refuses the chunk;
//   - the state, by a byte of the free-space offset;
//   - the labels for a wrong checksum and for damage before the record, by any
//     other byte of the chunk;
//   - nothing by bytes behind the free-space offset, where no record comes of
//     some bits: of those, many at once.
//
// Wherever a checksum covers the byte, something is said. One decoder reads all the
// logs, so nothing of one may show in the next.
func TestFlippedBytes(t *testing.T) {
	im := fixture(t, "security-neighbours.evtx").Image
	want := read(t, im.Bytes)
	if len(im.Bytes) != fileHeader+chunkSize || len(want.rows) != 10 || len(want.errs) > 0 {
		t.Fatalf("%d bytes, %d rows, %s", len(im.Bytes), len(want.rows), joined(want.errs))
	}
	touched := touchesOf(t, im)
	last := im.Records[len(im.Records)-1]
	free := last.Offset + last.Size
	step := 1
	if testing.Short() {
		step = 29
	}
	const parts = 4
	for part := range parts {
		t.Run(fmt.Sprint("in use/", part), func(t *testing.T) {
			t.Parallel()
			d := evtx.NewDecoder()
			b := bytes.Clone(im.Bytes)
			for p := part; p < free; p += parts * step {
				masks := []byte{1 << (p / parts % 8), 0xff}
				if p >= fileHeader+chunkHeader {
					masks = masks[:1]
				}
				for _, mask := range masks {
					b[p] ^= mask
					got := readWith(d, bytes.NewReader(b))
					b[p] ^= mask
					if bad := flipBroke(touched, &got, &want, p); bad != "" {
						t.Fatalf("byte %#x ^ %#02x, record %v: %s\n%s", p, mask, touched.at[p], bad, joined(got.errs))
					}
				}
			}
		})
	}
	t.Run("free", func(t *testing.T) {
		t.Parallel()
		const together = 16
		apart := (len(im.Bytes) - free) / together
		for from := range apart + together {
			b := bytes.Clone(im.Bytes)
			for p := free + from; p < len(b); p += apart {
				b[p] ^= 1 << (p % 8)
			}
			got := read(t, b)
			if d := diff(got.rows, want.rows, sameRow); d != "" || len(got.errs) > 0 {
				t.Fatalf("bytes from %#x in steps of %#x: %s\n%s", free+from, apart, d, joined(got.errs))
			}
			if testing.Short() && from > 20 {
				return
			}
		}
	})
}

// flipBroke says what is wrong with what came of a log with one byte changed.
func flipBroke(w *touches, got, want *reading, p int) string {
	if err := got.check(fileHeader + chunkSize); err != nil {
		return err.Error()
	}
	const chunk = fileHeader
	said := len(got.errs) > 0
	switch in := func(from, to int) bool { return p >= from && p < to }; {
	case in(0, fileHeader):
		if in(38, 40) { // major version
			if got.opened || !said {
				return "another version was read"
			}
			return ""
		}
		if d := diff(got.rows, want.rows, sameRow); d != "" {
			return d
		}
		if covered := in(0, 120) || in(124, 128); said != covered {
			return "checksum of the file header"
		}
	case in(chunk, chunk+8):
		if len(got.rows) > 0 || len(got.errs) != 1 {
			return "records of a chunk without signature"
		}
	case in(chunk+48, chunk+52):
		if d := diff(got.rows, want.rows, anyStateRow); d != "" {
			return d
		}
		for _, r := range got.rows {
			if r.state != model.StateLive && r.state != model.StatePastFree {
				return "state " + string(r.state)
			}
		}
		if !said {
			return "checksum of the chunk header"
		}
	case in(chunk, chunk+chunkHeader):
		if d := diff(got.rows, want.rows, bareRow); d != "" {
			return d
		}
		if covered := !in(chunk+120, chunk+124); said != covered {
			return "checksum of the chunk header"
		}
	default:
		if d := w.others(got, want.rows, w.at[p], bareRow); d != "" {
			return d
		}
		if !said {
			return "checksum of the records"
		}
	}
	return ""
}

// The same over a log of three chunks whose slack holds old records, sampled: a
// byte of one chunk touches no other chunk.
func TestFlippedBytesStayInTheirChunk(t *testing.T) {
	im := fixture(t, "slack.evtx").Image
	want := read(t, im.Bytes)
	step := 83
	if testing.Short() {
		step = 997
	}
	t.Parallel()
	d := evtx.NewDecoder()
	b := bytes.Clone(im.Bytes)
	for p := fileHeader; p < len(b); p += step {
		mask := byte(1) << (p % 8)
		b[p] ^= mask
		got := readWith(d, bytes.NewReader(b))
		b[p] ^= mask
		if err := got.check(len(b)); err != nil {
			t.Fatalf("byte %#x: %v", p, err)
		}
		hit := (p - fileHeader) / chunkSize
		others := func(rows []row) []row {
			return slices.DeleteFunc(slices.Clone(rows), func(r row) bool { return (int(r.offset)-fileHeader)/chunkSize == hit })
		}
		if d := diff(others(got.rows), others(want.rows), sameRow); d != "" {
			t.Fatalf("byte %#x of chunk %d: %s", p, hit, d)
		}
		for _, err := range got.errs {
			if o := offsetOf(err); o < int64(im.Chunks[hit]) || o > int64(im.Chunks[hit]+chunkSize) {
				t.Fatalf("byte %#x of chunk %d: %v", p, hit, err)
			}
		}
	}
}

// Whole stretches of a log overwritten, as bad sectors do it: what is outside
// them comes, but for the records that use what was in them.
func TestOverwrittenSectors(t *testing.T) {
	im := fixture(t, "security-neighbours.evtx").Image
	want := read(t, im.Bytes)
	w := touchesOf(t, im)
	noise := make([]byte, 4096)
	for i := range noise {
		noise[i] = byte(i*7 + i>>8*13)
	}
	for _, size := range []int{512, 4096} {
		for at := fileHeader + chunkHeader; at < im.Records[9].Offset; at += 512 {
			for name, fill := range map[string][]byte{"zeros": make([]byte, size), "ones": bytes.Repeat([]byte{0xff}, size), "noise": noise[:size],
				"record signatures": bytes.Repeat([]byte("\x2a\x2a\x00\x00"), size/4)} {
				b := bytes.Clone(im.Bytes)
				n := copy(b[at:], fill)
				got := read(t, b)
				if err := got.check(len(b)); err != nil {
					t.Fatalf("%d bytes of %s at %#x: %v", size, name, at, err)
				}
				if len(got.errs) == 0 || offsetOf(got.errs[0]) != fileHeader+52 || got.errs[0].(*cursor.Error).Field != "records CRC" {
					t.Fatalf("%d bytes of %s at %#x: %s", size, name, at, joined(got.errs))
				}
				if bad := lostOutside(w, &got, want.rows, w.records(span{at, at + n})); bad != "" {
					t.Fatalf("%d bytes of %s at %#x: %s\n%s", size, name, at, bad, joined(got.errs))
				}
			}
		}
	}
}

// lostOutside is as touches.others, but one error may stand for several records
// that are gone together.
func lostOutside(w *touches, got *reading, want []row, touched []int) string {
	in := func(r row) bool {
		return slices.ContainsFunc(touched, func(i int) bool {
			o := w.im.Records[i]
			return r.offset >= int64(o.Offset) && r.offset < int64(o.Offset+o.Size)
		})
	}
	return diff(slices.DeleteFunc(slices.Clone(got.rows), in), slices.DeleteFunc(slices.Clone(want), in), bareRow)
}
