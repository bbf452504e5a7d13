package netevent_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/netevent"
)

// FuzzReader reads any bytes behind a header that is well: nothing panics, every
// error has its place, and a file read in small pieces is the same.
func FuzzReader(f *testing.F) {
	whole, starts := small()
	seeds := [][]byte{
		whole,
		whole[:len(whole)-100],
		append(slices.Clone(whole), whole...),
		append(slices.Clone(whole[:starts[2]-20]), whole...),
		claims(typeSegment, netevent.MaxSegment),
	}
	d := newDump(f, 5, 8)
	d.must(d.Segment(0x10000, eventBytes(1)[16:]))
	d.must(d.Segment(0x10080, eventBytes(1)[16:]))
	d.must(d.Roots([]uint64{0x10000, 0x10080, 1}))
	seeds = append(seeds, d.finish())
	d = newDump(f, 0, 4)
	d.must(d.Event(make([]byte, 200)))
	seeds = append(seeds, d.finish())
	for _, s := range seeds {
		if _, errs := readDump(f, s); len(s) == 0 || slices.Contains(errs, "") {
			f.Fatal("a seed is void")
		}
		f.Add(s, true)
		f.Add(s, false)
	}
	f.Fuzz(func(t *testing.T, b []byte, reseal bool) {
		if reseal {
			sealAll(b)
		}
		got, errs := readDump(t, b)
		for _, r := range got {
			if r.offset < 0 || r.offset >= int64(len(b)) {
				t.Errorf("an event at %d of %d", r.offset, len(b))
			}
			if r.event.Header.LocalAddr.OK && !r.event.Header.IPVersion.OK {
				t.Error("an address without a version")
			}
		}
		r, err := netevent.NewReader(&oneByte{b})
		if err != nil {
			if len(errs) != 1 {
				t.Errorf("%v, and %q", err, errs)
			}
			return
		}
		again, errsAgain, _ := readAll(t, r, len(b))
		if len(again) != len(got) || !slices.Equal(errs, errsAgain) {
			t.Errorf("in pieces: %d events, not %d; %q, not %q", len(again), len(got), errsAgain, errs)
		}
	})
}

// oneByte gives a byte at a time.
type oneByte struct{ b []byte }

func (r *oneByte) Read(p []byte) (int, error) {
	return bytes.NewReader(take(&r.b, 1)).Read(p)
}

func take(b *[]byte, n int) []byte {
	n = min(n, len(*b))
	t := (*b)[:n]
	*b = (*b)[n:]
	return t
}

// sealAll makes the checksums of the header and of the blocks right that stand
// one behind the other, so that what they hold is read.
func sealAll(b []byte) {
	if len(b) < 32 {
		return
	}
	le.PutUint32(b[28:], crc32c(b[:28]))
	for at := 32; len(b)-at >= 24; {
		n := int64(le.Uint32(b[at+8:]))
		if n > int64(len(b)-at-24) {
			return
		}
		le.PutUint32(b[at+12:], 0)
		le.PutUint32(b[at+12:], crc32c(b[at:at+24+int(n)]))
		at += (24 + int(n) + 7) &^ 7
	}
}

// FuzzEvent decodes any memory as an event of each version and pointer size, and
// a copy of it: the copy says the same.
func FuzzEvent(f *testing.F) {
	n := 0
	for version := range netevent.MaxVersion + 1 {
		for _, p := range abis {
			for typ := range uint32(12) {
				b := p.payload(7)
				l := layout(f, version, p.pointer)
				b = append(b, make([]byte, 64)...)
				if version >= 3 {
					le.PutUint32(b[p.flags:], 0x3fff)
					le.PutUint32(b[p.typ:], typ)
				} else if typ > 0 {
					continue
				}
				if len(b) < 16+l.Size() {
					f.Fatal("a seed is too short")
				}
				f.Add(b, uint8(version), p.pointer == 4)
				n++
			}
		}
	}
	if n == 0 {
		f.Fatal("no seeds")
	}
	f.Fuzz(func(t *testing.T, b []byte, version uint8, narrow bool) {
		pointerSize := 8
		if narrow {
			pointerSize = 4
		}
		l, err := netevent.LayoutFor(int(version), pointerSize)
		if err != nil || len(b) < 16+l.Size() || len(b) > 1<<16 {
			return
		}
		first := one(t, int(version), pointerSize, b)
		payload, err := netevent.Copy(memory{16, b[16:]}, 16, l)
		if err != nil {
			t.Fatal(err)
		}
		if len(payload) > netevent.MaxEvent {
			t.Fatalf("a copy of %d bytes", len(payload))
		}
		second := one(t, int(version), pointerSize, payload)
		if a, b := text(&first), text(&second); a != b && !amplified(len(b), len(payload)) {
			t.Errorf("the copy differs:\n%s\n%s", a, b)
		}
	})
}

// amplified says whether a copy is so much larger than its source that the limit
// of what an event may have can have cut it in another place.
func amplified(source, copied int) bool { return copied > 8*source+1<<16 }

func one(t *testing.T, version, pointerSize int, payload []byte) model.NetEvent {
	t.Helper()
	d := newDump(t, version, pointerSize)
	d.must(d.Event(payload))
	got, errs := readDump(t, d.finish())
	if len(got) != 1 || len(errs) > 0 {
		t.Fatalf("%d events, %q", len(got), errs)
	}
	return got[0].event
}
