package netevent_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/netevent"
)

const (
	typeMeta = 1 + iota
	typeEvent
	typeSegment
	typeRoots
	typeLost
	typeEnd
)

// file joins a header and blocks, END last with what is right for them.
func file(header []byte, events uint64, blocks ...[]byte) []byte {
	b := slices.Concat(append([][]byte{header}, blocks...)...)
	return append(b, endBlock(uint64(len(blocks)), events, uint64(len(blocks)), b)...)
}

func endBlock(sequence, events, blocks uint64, before []byte) []byte {
	p := le.AppendUint64(nil, events)
	p = le.AppendUint64(p, blocks)
	sum := sha256.Sum256(before)
	return block(typeEnd, sequence, append(p, sum[:]...))
}

// small is a dump of META, EVENT 1, EVENT 2, LOST, EVENT 3, END. starts are where
// its blocks begin, and where END ends.
func small() (b []byte, starts []int) {
	blocks := [][]byte{
		block(typeMeta, 0, []byte(`{"host_name":"HOST"}`)),
		block(typeEvent, 1, eventBytes(1)),
		block(typeEvent, 2, eventBytes(2)),
		block(typeLost, 3, le.AppendUint64(nil, 5)),
		block(typeEvent, 4, eventBytes(3)),
	}
	at := 32
	for _, k := range blocks {
		starts = append(starts, at)
		at += len(k)
	}
	b = file(fileHeader(), 3, blocks...)
	return b, append(starts, at, len(b))
}

func ids(events []read) (ids []uint64) {
	for _, e := range events {
		if e.event.QM != nil {
			ids = append(ids, e.event.QM.QMFilterID.V)
		}
	}
	return ids
}

func wantIDs(t *testing.T, what string, got []read, want ...uint64) {
	t.Helper()
	if !slices.Equal(ids(got), want) || len(got) != len(want) {
		t.Errorf("%s: %d events, filter ids %v, want %v", what, len(got), ids(got), want)
	}
}

func TestSmall(t *testing.T) {
	b, starts := small()
	r, err := netevent.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	got, errs, size := readAll(t, r, len(b))
	wantTexts(t, "errors", errs, nil)
	wantIDs(t, "small", got, 1, 2, 3)
	if size != len(b) {
		t.Errorf("frames stand for %d bytes of %d", size, len(b))
	}
	for i, at := range []int{1, 2, 4} {
		if got[i].offset != int64(starts[at]) || got[i].host != "HOST" || !bytes.Equal(got[i].raw, eventBytes(uint64(i+1))) {
			t.Errorf("event %d: offset %d, host %q, %d bytes", i, got[i].offset, got[i].host, len(got[i].raw))
		}
	}
	s := r.Summary()
	if s.Lost != 5 || s.Blocks["EVENT"] != 3 || s.Blocks["META"] != 1 || s.Blocks["LOST"] != 1 || s.Blocks["END"] != 1 ||
		s.Events[model.NetEventIKEExtQMFailure] != 3 || s.Unknown != 0 || s.Others != 0 || len(s.Dumps) != 1 || s.More != 0 {
		t.Errorf("summary %+v", s)
	}
}

// TestWriter compares what the Writer makes with bytes laid out by hand.
func TestWriter(t *testing.T) {
	want, _ := small()
	d := newDump(t, 5, 8)
	d.must(d.Meta(netevent.Meta{HostName: model.Some("HOST")}))
	d.must(d.Event(eventBytes(1)))
	d.must(d.Event(eventBytes(2)))
	d.must(d.Lost(5))
	d.must(d.Event(eventBytes(3)))
	if got := d.finish(); !bytes.Equal(got, want) {
		t.Errorf("got\n%x\nwant\n%x", got, want)
	}
	if d.Event(eventBytes(4)) == nil || d.End() == nil {
		t.Error("a block behind END")
	}

	image := newDump(t, 5, 8)
	image.must(image.Segment(0x10000, []byte("abcde")))
	image.must(image.Roots([]uint64{1, 2}))
	seg := append(le.AppendUint64(nil, 0x10000), "abcde"...)
	roots := le.AppendUint64(le.AppendUint64(le.AppendUint64(nil, 2), 1), 2)
	want = file(fileHeader(), 2, block(typeSegment, 0, seg), block(typeRoots, 1, roots))
	if got := image.finish(); !bytes.Equal(got, want) {
		t.Errorf("image: got\n%x\nwant\n%x", got, want)
	}
}

func TestWriterRefuses(t *testing.T) {
	if _, err := netevent.NewWriter(&bytes.Buffer{}, netevent.Header{PointerSize: 8, NetEventVersion: 6}); err == nil {
		t.Error("version 6")
	}
	d := newDump(t, 5, 4)
	for what, err := range map[string]error{
		"an EVENT too short":    d.Event(make([]byte, 16+111)),
		"an EVENT too long":     d.Event(make([]byte, netevent.MaxEvent+1)),
		"too many ROOTS":        d.Roots(make([]uint64, netevent.MaxRoots+1)),
		"a SEGMENT past 2^32":   d.Segment(1<<32-4, make([]byte, 5)),
		"META with bad members": d.Meta(netevent.Meta{Other: []byte("[1]")}),
		"META too long":         d.Meta(netevent.Meta{Note: model.Some(strings.Repeat("x", netevent.MaxMeta))}),
	} {
		if err == nil {
			t.Error(what)
		}
	}
	d.must(d.Segment(1<<32-4, make([]byte, 4)))
	if err := newDump(t, 5, 8).Segment(^uint64(0), make([]byte, 2)); err == nil {
		t.Error("a SEGMENT past 2^64")
	}
	if got, errs := readDump(t, d.finish()); len(got)+len(errs) != 0 {
		t.Errorf("what was refused left a trace: %v", errs)
	}
}

// failing fails once, at the nth Write, and counts what it was asked to write.
type failing struct{ at, writes int }

var errFull = errors.New("the disk is full")

func (f *failing) Write(b []byte) (int, error) {
	if f.writes++; f.writes == f.at {
		return 0, errFull
	}
	return len(b), nil
}

// TestWriterFails: after an error nothing is written, and each method returns that error.
func TestWriterFails(t *testing.T) {
	for at := 1; ; at++ {
		f := &failing{at: at}
		w, err := netevent.NewWriter(f, netevent.Header{PointerSize: 8, NetEventVersion: 5})
		if at == 1 {
			if w != nil || err != errFull {
				t.Errorf("header: %v", err)
			}
			continue
		}
		failed := false
		for i, call := range []func() error{
			func() error { return w.Segment(0x10000, []byte("abcde")) }, // three Writes
			func() error { return w.Meta(netevent.Meta{}) },
			func() error { return w.Event(eventBytes(1)) },
			func() error { return w.Event(make([]byte, netevent.MaxEvent+1)) },
			func() error { return w.Roots(nil) },
			func() error { return w.Lost(1) },
			w.End,
		} {
			err := call()
			failed = failed || f.writes >= at
			if failed && err != errFull {
				t.Errorf("Write %d fails: call %d: %v", at, i, err)
			}
		}
		if !failed {
			break
		}
		if f.writes != at {
			t.Errorf("Write %d fails: %d more", at, f.writes-at)
		}
	}
}

// TestPrefixes cuts a dump everywhere: every event whose block is whole is read,
// its padding may be cut, and the cut is said.
func TestPrefixes(t *testing.T) {
	b, starts := small()
	payload := []int{starts[1] + 24 + 281, starts[2] + 24 + 281, starts[4] + 24 + 281}
	for n := range len(b) {
		got, errs := readDump(t, b[:n])
		want := []uint64{}
		for i, end := range payload {
			if n >= end {
				want = append(want, uint64(i+1))
			}
		}
		if !slices.Equal(append([]uint64{}, ids(got)...), want) {
			t.Fatalf("%d bytes: events %v, want %v", n, ids(got), want)
		}
		if n < 32 {
			contain(t, fmt.Sprint(n), errs, "truncated")
			continue
		}
		if len(errs) == 0 || !strings.Contains(errs[len(errs)-1], "END at offset") || !strings.Contains(errs[len(errs)-1], "truncated") {
			t.Errorf("%d bytes: %q", n, errs)
		}
		// A cut between blocks, or in padding, says no more than that.
		meta := starts[0] + 24 + len(`{"host_name":"HOST"}`)
		whole := n >= meta && n < starts[1] || slices.ContainsFunc(starts, func(at int) bool { return n == at }) ||
			slices.ContainsFunc(payload, func(end int) bool { return n >= end && n < (end+7)&^7 })
		if whole != (len(errs) == 1) {
			t.Errorf("%d bytes: %q", n, errs)
		}
	}
}

// TestFoundPrefixes cuts a header and blocks that were found among other bytes.
func TestFoundPrefixes(t *testing.T) {
	for b, n := fileHeader(), 0; n <= len(b); n++ {
		readable, sound := netevent.CheckHeader(b[:n:n])
		if whole := n == len(b); readable != whole || sound != whole {
			t.Errorf("%d bytes of a header", n)
		}
	}
	b := append(block(typeEvent, 6, eventBytes(1)), "WNEB"...)
	long := claims(typeSegment, 16<<20+1)[32:]
	for n := range len(b) + 1 {
		size, found := 0, netevent.Block{Size: 24 + 281, Sequence: 6}
		if n >= 24 {
			size = 312
		}
		if n == len(b) {
			found.Size = size
		}
		b := b[:n:n]
		got, ok := netevent.FindBlock(func(n int) []byte { return b[:min(n, len(b))] })
		if netevent.BlockSize(b) != size || netevent.LongBlock(b) != 0 || ok != (n >= 24+281) || ok && got != found {
			t.Errorf("%d bytes of a block: size %d, found %+v, %t", n, netevent.BlockSize(b), got, ok)
		}
	}
	for n := range 25 {
		size := 0
		if n == 24 {
			size = 24 + 16<<20 + 8
		}
		if b := long[:n:n]; netevent.BlockSize(b) != 0 || netevent.LongBlock(b) != size {
			t.Errorf("%d bytes of a long block: sizes %d, %d", n, netevent.BlockSize(b), netevent.LongBlock(b))
		}
	}
}

// TestFlips flips each bit of each byte: it is always noticed, and no event of
// another block is lost or changed.
func TestFlips(t *testing.T) {
	b, starts := small()
	clean, _ := readDump(t, b)
	for i := range b {
		for _, bit := range []byte{1, 0x80} {
			b[i] ^= bit
			got, errs := readDump(t, b)
			b[i] ^= bit
			if len(errs) == 0 {
				t.Errorf("bit %#x of byte %d: not noticed", bit, i)
			}
			if i < 16 && got == nil {
				continue // refused: the header's fields that nothing works without
			}
			for n, k := range []int{1, 2, 4} {
				if i >= starts[k] && i < starts[k+1] {
					continue
				}
				if !slices.ContainsFunc(got, func(r read) bool {
					return r.offset == clean[n].offset && bytes.Equal(netevent.AppendJSON(nil, &r.event), netevent.AppendJSON(nil, &clean[n].event))
				}) && i >= 32 {
					t.Errorf("bit %#x of byte %d: event %d is lost or changed: %q", bit, i, n+1, errs)
				}
			}
		}
	}
}

// TestDamage has each kind of damage that the format's definition names, and what
// is said of it.
func TestDamage(t *testing.T) {
	ev := func(sequence, id uint64) []byte { return block(typeEvent, sequence, eventBytes(id)) }
	reseal := func(h []byte) []byte {
		le.PutUint32(h[28:], crc32c(h[:28]))
		return h
	}
	header := func(at int, v byte) []byte {
		h := fileHeader()
		h[at] = v
		return reseal(h)
	}
	broken := func(k []byte, at int) []byte {
		k[at] ^= 0x40
		return k
	}
	segment := func(sequence, base uint64, b []byte) []byte {
		return block(typeSegment, sequence, append(le.AppendUint64(nil, base), b...))
	}
	roots := func(sequence, count uint64, addresses ...uint64) []byte {
		p := le.AppendUint64(nil, count)
		for _, a := range addresses {
			p = le.AppendUint64(p, a)
		}
		return block(typeRoots, sequence, p)
	}
	flagged := ev(0, 1)
	flagged[6] = 1
	le.PutUint32(flagged[12:], 0)
	le.PutUint32(flagged[12:], crc32c(flagged[:24+281]))
	longer := ev(0, 1)
	le.PutUint32(longer[8:], netevent.MaxEvent+1)
	image := eventBytes(9)[16:]
	le.PutUint64(image[144:], 0x10000+168-16) // pointers as in a segment at 0x10000
	le.PutUint64(image[168-16+32:], 0x10000+256-16)
	le.PutUint64(image[168-16+48:], 0x10000+264-16)
	second := bytes.Clone(image)
	le.PutUint64(second[168-16+56:], 8) // another filter id
	one := file(fileHeader(), 1, ev(0, 1))

	for _, c := range []struct {
		name string
		file []byte
		ids  []uint64
		errs []string
	}{
		{"header: wrong crc", file(append(fileHeader()[:28], 1, 2, 3, 4), 1, ev(0, 1)), []uint64{1}, []string{"header crc32c at offset 0x1c"}},
		{"header: unknown machine", file(header(14, 0), 1, ev(0, 1)), []uint64{1}, []string{"machine at offset 0xe: unknown: IMAGE_FILE_MACHINE(0x8600)"}},
		{"header: machine of other pointers", file(header(12, 4), 0), nil, []string{"machine at offset 0xe: x64 has 8-byte pointers", "netEventSize"}},
		{"header: netEventSize", file(header(16, 151), 1, ev(0, 1)), []uint64{1}, []string{"netEventSize at offset 0x10: 151, FWPM_NET_EVENT5 has 152"}},
		{"header: reserved", file(header(20, 1), 1, ev(0, 1)), []uint64{1}, []string{"header reserved at offset 0x14"}},
		{"header: a later minor", file(header(10, 3), 1, ev(0, 1)), []uint64{1}, nil},
		{"header: another major", file(header(8, 2), 1, ev(0, 1)), nil, []string{"major at offset 0x8: version 2.0: unsupported"}},
		{"header: pointerSize", file(header(12, 6), 1, ev(0, 1)), nil, []string{"pointerSize at offset 0xc: 6: malformed"}},
		{"header: netEventVersion", file(header(13, 6), 1, ev(0, 1)), nil, []string{"netEventVersion at offset 0xd: FWPM_NET_EVENT6: unsupported"}},
		{"header: text mode", bytes.Replace(one, []byte("\r\n"), []byte("\n"), 1), nil, []string{"transfer the file as binary"}},
		{"header: no dump", []byte("PNG, say, but no dump of events at all"), nil, []string{"signature at offset 0x0: is not that of a dump"}},

		{"block: wrong crc", file(fileHeader(), 3, ev(0, 1), broken(ev(1, 2), 50), ev(2, 3)), []uint64{1, 3},
			[]string{"EVENT crc32c at offset 0x158", "block sequence at offset 0x290: 2 stands where 1 is due", "END at offset 0x3c8: counts 3 events in 3 blocks, read were 2 in 2"}},
		{"block: bad sync", file(fileHeader(), 3, ev(0, 1), broken(ev(1, 2), 0), ev(2, 3)), []uint64{1, 3},
			[]string{"block sync at offset 0x158: 17 4E 45 42", "block sequence", "END"}},
		{"block: longer than allowed", file(fileHeader(), 2, longer, ev(1, 2)), []uint64{2},
			[]string{"payloadLength at offset 0x28: 1048577 bytes of EVENT, at most 1048576", "block sequence", "END"}},
		{"block: a gap in the sequence", file(fileHeader(), 2, ev(0, 1), ev(4, 2)), []uint64{1, 2},
			[]string{"block sequence at offset 0x158: 4 stands where 1 is due", "block sequence at offset 0x290: 2 stands where 5 is due"}},
		{"block: not from 0", file(fileHeader(), 1, ev(1, 1)), []uint64{1}, []string{"1 stands where 0 is due", "1 stands where 2 is due"}},
		{"block: flags", file(fileHeader(), 1, flagged), []uint64{1}, []string{"block flags at offset 0x20: 0x1, not 0"}},
		{"block: unknown type", file(fileHeader(), 2, ev(0, 1), block(77, 1, []byte("what")), ev(2, 2)), []uint64{1, 2},
			[]string{"block type at offset 0x158: 77 is unknown, its 4 bytes are passed over: unsupported"}},
		{"bytes between blocks", file(fileHeader(), 2, ev(0, 1), make([]byte, 16), ev(1, 2)), []uint64{1, 2},
			[]string{"block sync", "block sequence at offset 0x2a0: 3 stands where 2 is due", "END at offset 0x2a0: counts 2 events in 3 blocks, read were 2 in 2"}},

		{"META: no JSON", file(fileHeader(), 1, block(typeMeta, 0, []byte(`{"host_name":`)), ev(1, 1)), []uint64{1}, []string{"META at offset 0x38: is no JSON object"}},
		{"META: no object", file(fileHeader(), 0, block(typeMeta, 0, []byte(`["host_name"]`))), nil, []string{"META at offset 0x38: is no JSON object"}},
		{"META: null", file(fileHeader(), 0, block(typeMeta, 0, []byte(`null`))), nil, []string{"META at offset 0x38: is no JSON object but null"}},
		{"META: no UTF-8", file(fileHeader(), 0, block(typeMeta, 0, []byte("{\"host_name\":\"\xff\"}"))), nil, []string{"META at offset 0x38: is not UTF-8"}},
		{"META: a wrong type", file(fileHeader(), 0, block(typeMeta, 0, []byte(`{"host_name":5}`))), nil, []string{"META at offset 0x38: host_name is no string"}},

		{"EVENT: too short", file(fileHeader(), 2, block(typeEvent, 0, make([]byte, 167)), ev(1, 1)), []uint64{1},
			[]string{"EVENT at offset 0x38: 167 bytes cannot hold FWPM_NET_EVENT5 at 16, which has 152: truncated"}},
		{"LOST: too short", file(fileHeader(), 0, block(typeLost, 0, make([]byte, 7))), nil, []string{"LOST at offset 0x38: need 8 bytes, have 7: truncated"}},
		{"LOST: too long", file(fileHeader(), 0, block(typeLost, 0, make([]byte, 9))), nil, []string{"LOST at offset 0x40: 1 bytes too many"}},
		{"LOST: too long, of a later minor", file(header(10, 1), 0, block(typeLost, 0, make([]byte, 9))), nil, nil},

		{"ROOTS", file(fileHeader(), 2, segment(0, 0x10000, image), roots(1, 2, 0x10000, 0x10000)), []uint64{9, 9}, nil},
		{"ROOTS: before its SEGMENT", file(fileHeader(), 1, roots(0, 1, 0x10000), segment(1, 0x10000, image)), nil,
			[]string{"root at offset 0x40: FWPM_NET_EVENT5 at address 0x10000 does not lie in one segment: malformed"}},
		{"ROOTS: one that does not resolve", file(fileHeader(), 4, segment(0, 0x10000, image), roots(1, 4, 0xFFFF, 0x10000, 0x10072, ^uint64(0))), []uint64{9},
			[]string{"address 0xffff ", "address 0x10072 ", "address 0xffffffffffffffff "}},
		{"ROOTS: no count", file(fileHeader(), 0, block(typeRoots, 0, make([]byte, 7))), nil, []string{"ROOTS count at offset 0x38: need 8 bytes, have 7"}},
		{"ROOTS: a count too high", file(fileHeader(), 1, segment(0, 0x10000, image), roots(1, 1<<60, 0x10000)), []uint64{9}, []string{"ROOTS count at offset"}},
		{"ROOTS: a count too low", file(fileHeader(), 1, segment(0, 0x10000, image), roots(1, 1, 0x10000, 0x10000)), []uint64{9}, []string{"ROOTS count at offset"}},

		{"SEGMENT: no base", file(fileHeader(), 0, block(typeSegment, 0, make([]byte, 7))), nil, []string{"SEGMENT base address at offset 0x38: need 8 bytes"}},
		{"SEGMENT: empty", file(fileHeader(), 0, segment(0, 5, nil)), nil, nil},
		{"SEGMENT: up to the last address", file(fileHeader(), 0, segment(0, ^uint64(0)-3, make([]byte, 4))), nil, nil},
		{"SEGMENT: past the last address", file(fileHeader(), 0, segment(0, ^uint64(0)-3, make([]byte, 5))), nil, []string{"SEGMENT at offset 0x20: 5 bytes at address 0xfffffffffffffffc leave the address space"}},
		{"SEGMENT: the later one wins", file(fileHeader(), 1, segment(0, 0x10000, image), segment(1, 0x10000, second), roots(2, 1, 0x10000)), []uint64{8},
			[]string{"bytes at address 0x10000 overlap another one"}},
		{"SEGMENT: around a later one", file(fileHeader(), 1, segment(0, 0x10000, image), segment(1, 0x10000+168-16, second[168-16:][:88]), roots(2, 1, 0x10000)), []uint64{8},
			[]string{"88 bytes at address 0x10098 overlap another one"}},

		{"END: none", slices.Concat(fileHeader(), ev(0, 1)), []uint64{1}, []string{"END at offset 0x158: the dump that begins 0x158 bytes before has none: truncated"}},
		{"END: wrong events", append(slices.Concat(fileHeader(), ev(0, 1)), endBlock(1, 2, 1, slices.Concat(fileHeader(), ev(0, 1)))...), []uint64{1}, []string{"counts 2 events in 1 blocks, read were 1 in 1"}},
		{"END: wrong blocks", append(slices.Concat(fileHeader(), ev(0, 1)), endBlock(1, 1, 7, slices.Concat(fileHeader(), ev(0, 1)))...), []uint64{1}, []string{"counts 1 events in 7 blocks, read were 1 in 1"}},
		{"END: wrong hash", append(slices.Concat(fileHeader(), ev(0, 1)), endBlock(1, 1, 1, []byte("other"))...), []uint64{1}, []string{"END SHA-256 at offset 0x158"}},
		{"END: too short", append(fileHeader(), block(typeEnd, 0, make([]byte, 47))...), nil, []string{"END SHA-256 at offset 0x48: need 32 bytes, have 31"}},

		{"joined", slices.Concat(one, file(fileHeader(), 1, ev(0, 2))), []uint64{1, 2}, nil},
		{"joined behind a cut", slices.Concat(one[:len(one)-80], []byte{1, 2, 3}, file(fileHeader(), 1, ev(0, 2))), []uint64{2},
			[]string{"EVENT crc32c", "END at offset 0x153: the dump that begins 0x153 bytes before has none"}},
		{"joined without END", slices.Concat(one[:len(one)-72], file(fileHeader(), 1, ev(0, 2))), []uint64{1, 2},
			[]string{"END at offset 0x158: the dump that begins 0x158 bytes before has none"}},
		{"joined where the padding is cut off", slices.Concat(one[:32+24+281], file(fileHeader(), 1, ev(0, 2))), []uint64{1, 2},
			[]string{"END at offset 0x151: the dump that begins 0x151 bytes before has none"}},
		{"joined at no multiple of 8, with a wrong crc", slices.Concat(one[:32+24+281+2], file(fileHeader(), 3, ev(0, 2), broken(ev(1, 3), 50), ev(2, 4))), []uint64{1, 2, 4},
			[]string{"END at offset 0x153: the dump that begins 0x153 bytes before has none", "EVENT crc32c at offset 0x2ab", "block sequence at offset 0x3e3: 2 stands where 1 is due", "END at offset 0x51b: counts 3 events in 3 blocks"}},
		{"behind END: zeros", append(slices.Clone(one), make([]byte, 40)...), []uint64{1}, []string{"bytes behind END at offset 0x1a0: no further dump begins here; they are not read"}},
		{"behind END: a block", append(slices.Clone(one), ev(2, 2)...), []uint64{1}, []string{"bytes behind END at offset 0x1a0"}},
		{"behind END: a cut header", append(slices.Clone(one), fileHeader()[:31]...), []uint64{1}, []string{"crc32c at offset 0x1bc: need 4 bytes, have 3: truncated"}},
		{"behind END: a header of another major", append(slices.Clone(one), header(8, 2)...), []uint64{1}, []string{"major at offset 0x1a8: version 2.0: unsupported"}},
	} {
		got, errs := readDump(t, c.file)
		wantIDs(t, c.name, got, c.ids...)
		// The writer of these files hashes what it damaged: END agrees.
		contain(t, c.name, errs, c.errs...)
	}
}

// TestHosts: each dump has the host of its own META, and events before a META
// have none.
func TestHosts(t *testing.T) {
	meta := func(sequence uint64, host string) []byte {
		return block(typeMeta, sequence, fmt.Appendf(nil, `{"host_name":%q,"x":[1,2],"note":null}`, host))
	}
	b := file(fileHeader(), 3, block(typeEvent, 0, eventBytes(1)), meta(1, "A"), block(typeEvent, 2, eventBytes(2)), meta(3, "B"), block(typeEvent, 4, eventBytes(3)))
	b = append(b, file(fileHeader(), 1, block(typeEvent, 0, eventBytes(4)))...)
	got, errs := readDump(t, b)
	wantTexts(t, "errors", errs, nil)
	wantIDs(t, "hosts", got, 1, 2, 3, 4)
	for i, want := range []string{"", "A", "B", ""} {
		if got[i].host != want {
			t.Errorf("event %d: host %q, want %q", i+1, got[i].host, want)
		}
	}
	r, err := netevent.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	readAll(t, r, len(b))
	if s := r.Summary(); len(s.Dumps) != 2 || string(s.Dumps[0].Meta.Other) != `{"x":[1,2]}` || s.Dumps[0].Meta.HostName.V != "B" || s.Dumps[1].Meta.HostName.OK {
		t.Errorf("summary %+v", s)
	}
}

// TestMeta writes every member, and reads it back.
func TestMeta(t *testing.T) {
	m := netevent.Meta{
		HostName: model.Some("h\"\n<é>"), OSBuild: model.Some("10.0.22631.4460"), CapturedAt: model.Some("2025-11-21T18:54:06Z"),
		BootTime: model.Some("2025-11-20T00:00:00Z"), Collector: model.Some("qmparse"), API: model.Some("FwpmNetEventEnum5"),
		Note: model.Some(""), Other: []byte(`{"a":1,"b":{"c":null}}`),
	}
	for _, m := range []netevent.Meta{m, {}, {Other: m.Other}} {
		d := newDump(t, 5, 8)
		d.must(d.Meta(m))
		r, err := netevent.NewReader(bytes.NewReader(d.finish()))
		if err != nil {
			t.Fatal(err)
		}
		_, errs, _ := readAll(t, r, d.Len())
		wantTexts(t, "errors", errs, nil)
		if got := r.Summary().Dumps[0].Meta; !reflect.DeepEqual(got, m) {
			t.Errorf("got %+v\nwant %+v", got, m)
		}
	}
}
