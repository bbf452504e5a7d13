package etl_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/qmparse/qmparse/parser/etl"
	"github.com/qmparse/qmparse/parser/internal/build/etlbuild"
	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// upTo is 0 to n-1 but the numbers left out.
func upTo(n int, without ...int) (all []int) {
	for i := range n {
		if !slices.Contains(without, i) {
			all = append(all, i)
		}
	}
	return all
}

// inBuffer returns the numbers of the events in buffer i.
func inBuffer(im *etlbuild.Image, i int) (all []int) {
	for _, r := range im.Records {
		if ev, ok := r.Record.(etlbuild.Event); ok && r.Buffer == i {
			all = append(all, int(ev.ID))
		}
	}
	return all
}

// Damage to one buffer costs the others nothing, and is said once, where it is.
func TestDamage(t *testing.T) {
	const n = 40
	for _, opt := range []etlbuild.Options{{}, {Compressed: true}} {
		im := small(t, n, opt)
		if len(im.Buffers) < 5 {
			t.Fatalf("%d buffers", len(im.Buffers))
		}
		third := im.Buffers[3]
		at, size := third.Offset, int(third.Header.BufferSize)
		for _, c := range []struct {
			name   string
			damage func(b []byte) []byte
			field  string
			offset int
			lost   []int // the events that are gone
			onlyIf string
		}{
			{"BufferSize 0", func(b []byte) []byte { put32(b[at:], 0); return b }, "buffer header", at, inBuffer(im, 3), ""},
			{"BufferSize 4 GiB", func(b []byte) []byte { put32(b[at:], 1<<32-1); return b }, "buffer header", at, inBuffer(im, 3), ""},
			{"BufferSize too small", func(b []byte) []byte { put32(b[at:], uint32(size-100)); return b }, "BufferSize", at, nil, ""},
			{"BufferSize too large by 8", func(b []byte) []byte { put32(b[at:], uint32(size+8)); return b }, "BufferSize", at, nil, ""},
			{"BufferSize of a header", func(b []byte) []byte { put32(b[at:], 0x48); return b }, "BufferSize", at, nil, ""},
			{"an unknown type", func(b []byte) []byte { b[at+0x37] = 0x80; return b }, "buffer header", at, inBuffer(im, 3), ""},
			{"a header of noise", func(b []byte) []byte {
				copy(b[at:], bytes.Repeat([]byte{0xA5}, 0x48))
				return b
			}, "buffer header", at, inBuffer(im, 3), ""},
			{"bytes between two buffers", func(b []byte) []byte {
				return slices.Insert(b, at, bytes.Repeat([]byte{0x5A}, 333)...)
			}, "buffer header", at, nil, ""},
			{"bytes cut out of a buffer", func(b []byte) []byte { return slices.Delete(b, at+200, at+264) }, "", at, inBuffer(im, 3), ""},
			{"a marker", func(b []byte) []byte { b[at+0x48+3] = 0xC1; return b }, "record", at + 0x48, inBuffer(im, 3)[:1], "plain"},
			{"size 0", func(b []byte) []byte { b[at+0x48], b[at+0x49] = 0, 0; return b }, "record", at + 0x48, inBuffer(im, 3)[:1], "plain"},
			{"size past the end", func(b []byte) []byte { b[at+0x49] = 0xFF; return b }, "record", at + 0x48, inBuffer(im, 3)[:1], "plain"},
			{"filled too small", func(b []byte) []byte { put32(b[at+0x30:], 0x48+8); return b }, "filled", at + 0x30, nil, "plain"},
			{"filled 0", func(b []byte) []byte { put32(b[at+0x30:], 0); return b }, "filled", at + 0x30, nil, "plain"},
			{"filled too large", func(b []byte) []byte { put32(b[at+0x30:], 1024); return b }, "filled", at + 0x30, nil, "plain"},
			{"filled 4 GiB", func(b []byte) []byte { put32(b[at+0x30:], 1<<32-1); return b }, "filled", at + 0x30, nil, "plain"},
			{"filled too large for the stream", func(b []byte) []byte { put32(b[at+0x30:], third.Header.Filled+8); return b }, "compressed buffer", 0, nil, "compressed"},
			{"filled 4 GiB for the stream", func(b []byte) []byte { put32(b[at+0x30:], 1<<32-1); return b }, "compressed buffer", at + 0x30, inBuffer(im, 3), "compressed"},
			{"filled 1 MiB and more for the stream", func(b []byte) []byte { put32(b[at+0x30:], 1<<20+1); return b }, "compressed buffer", at + 0x30, inBuffer(im, 3), "compressed"},
			{"a stream of matches", func(b []byte) []byte {
				copy(b[at+0x48:], bytes.Repeat([]byte{0xFF}, 40))
				return b
			}, "compressed buffer", at + 0x48 + 4, inBuffer(im, 3), "compressed"},
		} {
			if c.onlyIf == "plain" && opt.Compressed || c.onlyIf == "compressed" && !opt.Compressed {
				continue
			}
			name := c.name
			if opt.Compressed {
				name += ", compressed"
			}
			r, err := read(t, c.damage(bytes.Clone(im.Bytes)))
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			got := r.numbers()
			if c.field == "" { // how much is lost depends on the bytes
				got = slices.DeleteFunc(got, func(n int) bool { return slices.Contains(c.lost, n) })
			}
			if want := upTo(n, c.lost...); !slices.Equal(got, want) {
				t.Errorf("%s: %v, without %v: %v", name, got, c.lost, r.errs)
			}
			if len(r.errs) == 0 {
				t.Errorf("%s: no word", name)
				continue
			}
			var e *cursor.Error
			if errors.As(r.errs[0], &e); c.field != "" && e.Field != c.field || c.offset != 0 && c.field != "" && e.Offset != int64(c.offset) {
				t.Errorf("%s: %v, want %s at %#x", name, r.errs, c.field, c.offset)
			}
			if c.field != "" && len(r.errs) > 2 {
				t.Errorf("%s: %d errors: %v", name, len(r.errs), r.errs)
			}
		}
	}
}

func put32(b []byte, v uint32) {
	b[0], b[1], b[2], b[3] = byte(v), byte(v>>8), byte(v>>16), byte(v>>24)
}

// Records behind damage are labelled, those in front of it are not.
func TestAfterDamage(t *testing.T) {
	im := small(t, 20, etlbuild.Options{})
	events := inBuffer(im, 2)
	var bad etlbuild.RecordAt
	for _, r := range im.Records {
		if ev, ok := r.Record.(etlbuild.Event); ok && int(ev.ID) == events[1] {
			bad = r
		}
	}
	im.Put(bad.Offset+3, 0x77)
	r, err := read(t, im.Bytes)
	if err != nil || len(r.errs) != 1 {
		t.Fatal(err, r.errs)
	}
	for _, f := range r.records {
		if f.provider == provider && f.after != slices.Contains(events[2:], int(f.id)) {
			t.Errorf("event %d: after damage %t", f.id, f.after)
		}
	}
	// And those behind a wrong «filled».
	im = small(t, 20, etlbuild.Options{})
	im.PutUint32(im.Buffers[2].Offset+0x30, uint32(0x48+8))
	if r, err = read(t, im.Bytes); err != nil || !slices.Equal(r.numbers(), upTo(20)) {
		t.Fatal(err, r.errs, r.numbers())
	}
	for _, f := range r.records {
		if f.provider == provider && f.after != slices.Contains(events[1:], int(f.id)) {
			t.Errorf("event %d: after damage %t", f.id, f.after)
		}
	}
}

// Zeros are space that was never written: between buffers and behind them.
func TestZeros(t *testing.T) {
	im := small(t, 20, etlbuild.Options{})
	for _, n := range []int{1, 4, 71, 72, 1024, 5000, 100_000} {
		for _, at := range []int{im.Buffers[2].Offset, len(im.Bytes)} {
			log := slices.Insert(bytes.Clone(im.Bytes), at, make([]byte, n)...)
			r, err := read(t, log)
			if err != nil || !slices.Equal(r.numbers(), upTo(20)) {
				t.Fatalf("%d zeros at %d: %v %v, %v", n, at, r.numbers(), err, r.errs)
			}
			// Fewer than a header between buffers look like a part of one.
			if (n >= 72 || at == len(im.Bytes)) && (len(r.errs) > 0 || r.counts.Zero != int64(n)) {
				t.Errorf("%d zeros at %d: %d, %v", n, at, r.counts.Zero, r.errs)
			}
		}
	}
}

// A log that was closed says how many buffers it has.
func TestMissingBuffers(t *testing.T) {
	im := small(t, 20, etlbuild.Options{})
	cut := im.Bytes[:im.Buffers[3].Offset]
	r, err := read(t, cut)
	if err != nil || len(r.errs) != 1 || !errors.Is(r.errs[0], cursor.ErrTruncated) || !strings.Contains(r.errs[0].Error(), "BuffersWritten") {
		t.Errorf("%v %v", err, r.errs)
	}
	live := small(t, 20, etlbuild.Options{Live: true})
	whole(t, live.Bytes[:live.Buffers[3].Offset])
	round := small(t, 20, etlbuild.Options{Mode: etl.ModeCircular})
	whole(t, round.Bytes[:round.Buffers[3].Offset])
	// Numbers that no buffer has are counted.
	one := slices.Delete(bytes.Clone(live.Bytes), live.Buffers[2].Offset, live.Buffers[3].Offset)
	if r := whole(t, one); r.counts.Missing != 1 {
		t.Errorf("%+v", r.counts)
	}
	// Hostile ones, too: 2^64-1 of two numbers are not there but two.
	for i, sequence := range []uint64{1 << 63, 1<<63 - 1} {
		binary.LittleEndian.PutUint64(one[live.Buffers[1+i].Offset+0x18:], sequence)
	}
	if r := whole(t, one[:live.Buffers[3].Offset]); r.counts.Missing != 1<<64-2 {
		t.Errorf("%d", r.counts.Missing)
	}
}

// What a log does not begin with.
func TestNoLog(t *testing.T) {
	im := small(t, 1, etlbuild.Options{})
	edit := func(at int, b ...byte) []byte {
		log := bytes.Clone(im.Bytes)
		copy(log[at:], b)
		return log
	}
	for _, c := range []struct {
		name string
		log  []byte
		err  error
	}{
		{"nothing", nil, cursor.ErrTruncated},
		{"half a header", im.Bytes[:40], cursor.ErrTruncated},
		{"a header alone", im.Bytes[:0x48], cursor.ErrTruncated},
		{"half the description", im.Bytes[:0x100], cursor.ErrTruncated},
		{"no record, and no clock", append(edit(0x48+3, 0x90)[:0x48+32+0x100], make([]byte, 2000)...), cursor.ErrMalformed},
		{"pointers of 2 bytes, and no clock", append(edit(0x48+32+44, 2)[:0x48+32+0x110], make([]byte, 2000)...), cursor.ErrUnsupported},
	} {
		if _, err := read(t, c.log); !errors.Is(err, c.err) {
			t.Errorf("%s: %v, want %v", c.name, err, c.err)
		}
	}
	// One byte may be damaged, not everything.
	for at := range 600 {
		if !etl.Sniff(edit(at, im.Bytes[at]^0xFF)[:600]) {
			t.Errorf("with byte %#x changed it is no log", at)
		}
	}
	noise := bytes.Repeat([]byte{0xA5}, 600)
	for _, n := range []int{0x10, 0x38, 0x50} {
		if etl.Sniff(append(bytes.Clone(noise[:n]), im.Bytes[n:600]...)) != (n == 0x10) {
			t.Errorf("with %d bytes of noise in front it is a log, or not", n)
		}
	}
	if !etl.Sniff(im.Bytes) || !etl.Sniff(im.Bytes[:110]) || etl.Sniff(im.Bytes[:100]) || etl.Sniff(nil) || etl.Sniff(make([]byte, 600)) {
		t.Error("a log is not known")
	}
}

// The error of reading is that error, wherever it strikes.
func TestErrorOfReading(t *testing.T) {
	im := small(t, 30, etlbuild.Options{})
	disk := errors.New("the disk is gone")
	for n := 0; n < len(im.Bytes); n += 37 {
		f, err := etl.NewReader(io.MultiReader(bytes.NewReader(im.Bytes[:n]), iotest.ErrReader(disk)))
		if err == nil {
			for _, e := range f.Buffers() {
				if e != nil {
					err = e
				}
			}
		}
		if !errors.Is(err, disk) {
			t.Fatalf("after %d bytes: %v", n, err)
		}
	}
	// A byte at a time is the same as all at once.
	f, err := etl.NewReader(iotest.OneByteReader(bytes.NewReader(im.Bytes)))
	if err != nil {
		t.Fatal(err)
	}
	buffers := 0
	for _, err := range f.Buffers() {
		if err != nil {
			t.Fatal(err)
		}
		buffers++
	}
	if buffers != len(im.Buffers) {
		t.Errorf("%d buffers of %d", buffers, len(im.Buffers))
	}
}

// Traces that were joined have a clock each.
func TestJoined(t *testing.T) {
	one := small(t, 20, etlbuild.Options{})
	two := small(t, 15, etlbuild.Options{Start: etlbuild.Date(2025, 2, 3, 4, 5, 6), PerfFreq: 2_246_095, Build: 7601, Logger: 7, Compressed: true, Session: "another"})
	a, b := whole(t, one.Bytes), whole(t, two.Bytes)
	r := whole(t, append(bytes.Clone(one.Bytes), two.Bytes...))
	if r.counts.Traces != 2 || len(r.records) != len(a.records)+len(b.records) || r.header.SessionName.V != "qm-lab" {
		t.Fatalf("%+v, %d records", r.counts, len(r.records))
	}
	for i, rec := range r.records[len(a.records):] {
		if want := b.records[i]; rec.time != want.time || rec.offset != want.offset+int64(len(one.Bytes)) || rec.bytes != want.bytes {
			t.Fatalf("record %d of the second: %+v, want %+v", i, rec, want)
		}
	}
	// The first was cut: that is said, and the second is whole.
	cut := one.Buffers[2].Offset + 100
	r, err := read(t, append(bytes.Clone(one.Bytes[:cut]), two.Bytes...))
	if err != nil || len(r.errs) == 0 || r.counts.Traces != 2 || !slices.Equal(r.numbers()[len(r.numbers())-15:], upTo(15)) {
		t.Errorf("%v %v, %v", err, r.errs, r.numbers())
	}
	if !slices.ContainsFunc(r.errs, func(err error) bool { return strings.Contains(err.Error(), "BuffersWritten") }) {
		t.Errorf("no word about what the first lacks: %v", r.errs)
	}
}

// A buffer that comes twice is read once, and said.
func TestRepeatedBuffer(t *testing.T) {
	im := small(t, 40, etlbuild.Options{Live: true})
	for i := 1; i+1 < len(im.Buffers); i++ {
		from, to := im.Buffers[i].Offset, im.Buffers[i+1].Offset
		for _, at := range []int{to, len(im.Bytes)} {
			r, err := read(t, slices.Insert(bytes.Clone(im.Bytes), at, im.Bytes[from:to]...))
			if err != nil || !slices.Equal(r.numbers(), upTo(40)) || len(r.errs) != 1 || r.counts.Repeated != 1 || !errors.Is(r.errs[0], cursor.ErrMalformed) {
				t.Fatalf("buffer %d again at %#x: %v %v, %v", i, at, err, r.errs, r.numbers())
			}
		}
	}
}

// What stands behind «filled» is read only if the records go on there.
func TestBehindFilled(t *testing.T) {
	im := small(t, 40, etlbuild.Options{Live: true})
	h, events := im.Buffers[2], inBuffer(im, 2)
	size := im.Records[len(im.Records)-1].Size
	size = (size + 7) &^ 7
	// Right, without its marker, and older records behind it.
	stale := bytes.Clone(im.Bytes)
	put32(stale[h.Offset+0x30:], h.Header.Filled-uint32(2*size))
	r, err := read(t, stale)
	gone := events[len(events)-2:]
	if err != nil || !slices.Equal(r.numbers(), upTo(40, gone...)) || len(r.errs) != 1 || !strings.Contains(r.errs[0].Error(), "no marker") {
		t.Errorf("%v %v, %v", err, r.errs, r.numbers())
	}
	// Wrong, in a buffer that is full to its last byte: an error all the same.
	full := etlbuild.New(etlbuild.Options{BufferSize: 0x48 + 10*104, FirstBufferSize: 1024, Live: true})
	for i := range 10 {
		full.Event(etlbuild.Event{Provider: provider, ID: uint16(i), Payload: make([]byte, 104-80)})
	}
	log := full.Bytes()
	put32(log[1024+0x30:], 0x48+300)
	if r, err = read(t, log); err != nil || !slices.Equal(r.numbers(), upTo(10)) || len(r.errs) != 1 || !strings.Contains(r.errs[0].Error(), "filled") {
		t.Errorf("%v %v, %v", err, r.errs, r.numbers())
	}
}
