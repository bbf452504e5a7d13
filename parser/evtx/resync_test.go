package evtx_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/qmparse/qmparse/parser/internal/build/evtxbuild"
)

// What stands between whole records that is none: one error for the stretch, with
// its place, and every record behind it says that nothing else leads to it.
func TestResynchronise(t *testing.T) {
	const a, b, c = 64, 96, 128 // sizes
	for _, s := range []struct {
		name   string
		damage func(h *byHand)
		want   []string
	}{
		{"nothing", func(*byHand) {}, []string{"1", "2", "3", "4", "5"}},
		{"signature gone", func(h *byHand) { h.u32(h.at[1], 0) },
			[]string{"1", "record signature @576 malformed", "3 after", "4 after", "5 after"}},
		{"signature of the first record", func(h *byHand) { h.chunk()[h.at[0]+3] = 1 },
			[]string{"record signature @512 malformed", "2 after", "3 after", "4 after", "5 after"}},
		{"signature of the last record", func(h *byHand) { h.u32(h.at[4], 0x2a2b) },
			[]string{"1", "2", "3", "4", "record signature @928 malformed"}},
		{"size 0", func(h *byHand) { h.u32(h.at[1]+4, 0) },
			[]string{"1", "record size @576 malformed", "3 after", "4 after", "5 after"}},
		{"size of less than a head and its copy", func(h *byHand) { h.u32(h.at[1]+4, 27) },
			[]string{"1", "record size @576 malformed", "3 after", "4 after", "5 after"}},
		{"size one byte past the chunk", func(h *byHand) { h.u32(h.at[1]+4, chunkSize-h.at[1]+1) },
			[]string{"1", "record size @576 malformed", "3 after", "4 after", "5 after"}},
		{"size of all ones", func(h *byHand) { h.u32(h.at[1]+4, -1) },
			[]string{"1", "record size @576 malformed", "3 after", "4 after", "5 after"}},
		{"size with the highest bit", func(h *byHand) { h.u32(h.at[1]+4, -0x80000000+b) },
			[]string{"1", "record size @576 malformed", "3 after", "4 after", "5 after"}},
		{"two records together", func(h *byHand) { h.u32(h.at[1], 0); h.u32(h.at[2]+4, 0) },
			[]string{"1", "record signature @576 malformed", "4 after", "5 after"}},
		{"two records apart", func(h *byHand) { h.u32(h.at[1], 0); h.u32(h.at[3], 0) },
			[]string{"1", "record signature @576 malformed", "3 after", "record signature @800 malformed", "5 after"}},
		{"all", func(h *byHand) { clear(h.chunk()[h.at[0]:]) }, []string{"record signature @512 malformed"}},
		// A record whose size is not at its end does not lead out of damage.
		{"a torn one behind it", func(h *byHand) { h.u32(h.at[1], 0); h.copyOf(3, 0) },
			[]string{"1", "record signature @576 malformed", "4 after", "5 after"}},
		// Inside the damaged record, eight bytes from its front: whole is whole.
		{"a whole record within", func(h *byHand) { h.u32(h.at[1], 0); h.put(h.at[1]+16, 99, 40) },
			[]string{"1", "record signature @576 malformed", "99 after", "record signature @632 malformed", "3 after", "4 after", "5 after"}},
		{"a signature within, no record", func(h *byHand) { h.u32(h.at[1], 0); h.u32(h.at[1]+16, 0x2a2a); h.u32(h.at[1]+20, 48) },
			[]string{"1", "record signature @576 malformed", "3 after", "4 after", "5 after"}},
		{"a record off the grid within", func(h *byHand) { h.u32(h.at[1], 0); h.put(h.at[1]+20, 99, 40) },
			[]string{"1", "record signature @576 malformed", "3 after", "4 after", "5 after"}},
	} {
		t.Run(s.name, func(t *testing.T) {
			h := records(a, b, c, c, a)
			s.damage(h)
			wantWalk(t, h, s.want...)
		})
	}
}

// A size whose copy differs is not believed where whole records stand within it.
func TestTornSize(t *testing.T) {
	for _, s := range []struct {
		name   string
		damage func(h *byHand)
		want   []string
	}{
		{"copy 0", func(h *byHand) { h.copyOf(2, 0) }, []string{"1", "2 torn", "3", "4"}},
		{"copy one more", func(h *byHand) { h.copyOf(2, 65) }, []string{"1", "2 torn", "3", "4"}},
		{"copy of the last", func(h *byHand) { h.copyOf(4, 0) }, []string{"1", "2", "3", "4 torn"}},
		// The size is wrong and not the copy: up to the next record it is this one's.
		{"size over one neighbour and a bit", func(h *byHand) { h.u32(h.at[1]+4, 64+72) }, []string{"1", "2 torn 64 bytes", "3 after", "4 after"}},
		{"size over one neighbour", func(h *byHand) { h.u32(h.at[1]+4, 128); h.copyOf(3, 64) }, []string{"1", "2 torn 64 bytes", "3 after", "4 after"}},
		{"size to the end of the chunk", func(h *byHand) { h.u32(h.at[1]+4, chunkSize-h.at[1]) }, []string{"1", "2 torn 64 bytes", "3 after", "4 after"}},
		// Too small: what is left of the record is no record.
		{"size 32 of 64", func(h *byHand) { h.u32(h.at[1]+4, 32) },
			[]string{"1", "2 torn", "record signature @608 malformed", "3 after", "4 after"}},
		{"size 28", func(h *byHand) { h.u32(h.at[1]+4, 28) },
			[]string{"1", "2 torn", "record signature @604 malformed", "3 after", "4 after"}},
		{"size 63", func(h *byHand) { h.u32(h.at[1]+4, 63) },
			[]string{"1", "2 torn", "record signature @639 malformed", "3 after", "4 after"}},
		{"size off the grid over a neighbour", func(h *byHand) { h.u32(h.at[1]+4, 101) }, []string{"1", "2 torn 64 bytes", "3 after", "4 after"}},
		{"the last, into the free space", func(h *byHand) { h.u32(h.at[3]+4, 1000) }, []string{"1", "2", "3", "4 torn"}},
	} {
		t.Run(s.name, func(t *testing.T) {
			h := records(64, 64, 64, 64)
			s.damage(h)
			wantWalk(t, h, s.want...)
		})
	}
}

// Bytes between two records that look like the head of one, and reach into the
// next, must not swallow it. Padding holds what was in the buffer before, so it
// can hold a signature.
func TestHeadThatReachesIntoARecord(t *testing.T) {
	h := records(64, 64, 64, 64)
	h.u32(h.at[1]+4, 56)
	h.u32(h.at[1]+56, 0x2a2a) // before the copy of the size, which is then its size
	wantWalk(t, h, "1", "2 torn", "record signature @632 malformed", "3 after", "4 after")
}

// Real logs hold records whose size is no multiple of eight; the next stands
// right behind them.
func TestRecordsOffTheGrid(t *testing.T) {
	h := records(61, 28, 99, 64)
	wantWalk(t, h, "1", "2", "3", "4")
	h.u32(h.at[3], 0) // the last one
	wantWalk(t, h, "1", "2", "3", "record signature @700 malformed")
}

func TestSmallestAndLargestRecords(t *testing.T) {
	wantWalk(t, records(28, 28, 28), "1", "2", "3")
	wantWalk(t, records(chunkSize-chunkHeader), "1")
	sizes := make([]int, (chunkSize-chunkHeader)/28)
	for i := range sizes {
		sizes[i] = 28
	}
	if got := walk(t, records(sizes...).b); strings.Count(got, "\n") != 2322 || !strings.HasSuffix(got, "\n2322\n") {
		t.Errorf("%d records of 28 bytes", strings.Count(got, "\n"))
	}
}

// In whole events, too: what is behind the damage is as it was, but for a label.
func TestEventsBehindDamage(t *testing.T) {
	im := logOf(t, 6)
	want := read(t, im.Bytes)
	im.WipeRecordMagic(2) // its templates are those of record 0
	im.Seal(0)
	got := read(t, im.Bytes)
	if d := diff(got.rows, without(want.rows, 2), bareRow); d != "" {
		t.Error(d)
	}
	for i, r := range got.rows {
		if r.afterDamage != (i >= 2) || r.said("after-damage") != (i >= 2) {
			t.Errorf("row %d: after damage %t, %q", i, r.afterDamage, r.odd)
		}
	}
	r := im.Records[2]
	if len(got.errs) != 1 || !strings.Contains(got.errs[0].Error(), fmt.Sprintf("%d bytes passed over", r.Size)) ||
		!strings.Contains(got.errs[0].Error(), fmt.Sprintf("%#x", r.Offset)) {
		t.Errorf("%s; the record at %#x has %d bytes", joined(got.errs), r.Offset, r.Size)
	}
}

// The damage of one chunk is not that of the next.
func TestDamageEndsWithItsChunk(t *testing.T) {
	l := fixture(t, "security-multi-chunk.evtx")
	im := *l.Image
	im.Bytes = bytes.Clone(l.Bytes)
	im.WipeRecordMagic(3)
	im.Seal(0)
	got := read(t, im.Bytes)
	for _, r := range got.rows {
		if r.offset >= int64(im.Chunks[1]) && r.afterDamage {
			t.Fatalf("row at %#x, in another chunk, is after damage", r.offset)
		}
	}
	if len(got.rows) != 209 || !got.rows[100].afterDamage && got.rows[100].offset < int64(im.Chunks[1]) {
		t.Errorf("%d rows", len(got.rows))
	}
}

// A size that reaches over the next records must not swallow them, and the
// record itself decodes as far as the next one.
func TestTornSizeKeepsNeighbours(t *testing.T) {
	for _, over := range []int{1, 2, 3} { // neighbours that the size covers
		im := logOf(t, 6)
		want := read(t, im.Bytes)
		size := 0
		for i := range over + 1 {
			size += im.Records[1+i].Size
		}
		im.SetSize(1, uint32(size+8))
		im.Seal(0)
		got := read(t, im.Bytes)
		wantErrors(t, got.errs)
		if d := diff(without(got.rows, 1), without(want.rows, 1), bareRow); d != "" {
			t.Errorf("size over %d neighbours: %s", over, d)
		}
		torn, whole := got.rows[1], want.rows[1]
		if !torn.torn || !torn.said("record-torn") || torn.data != whole.data || torn.id != whole.id || torn.data != `{"n":1,"s":"text"}` {
			t.Errorf("size over %d neighbours: %+v", over, torn)
		}
	}
}

// What a torn record has where the copy of its size should be may be data.
func TestTornRecordIsReadToItsEnd(t *testing.T) {
	found := 0
	for n := range 8 {
		f := evtxbuild.New(evtxbuild.Options{})
		f.Event(numbered(0))
		ev := numbered(1)
		ev.Data = append(ev.Data, evtxbuild.D("last", evtxbuild.Binary(bytes.Repeat([]byte{0xab}, n))))
		f.Event(ev)
		ev = numbered(2) // its definitions are all before it
		ev.Data = append(ev.Data, evtxbuild.D("last", evtxbuild.Binary(bytes.Repeat([]byte{0xab}, n))))
		f.Event(ev)
		im := image(t, f)
		r := im.Records[2]
		want := read(t, im.Bytes).rows[2]
		if at := bytes.LastIndexByte(im.Bytes[:r.Offset+r.Size-4], 0xab) + 1; n < 5 || at != r.Offset+r.Size-4-2 {
			continue // behind the value there must be two tokens for the end and the copy, no padding
		}
		found++
		im.SetSize(2, uint32(r.Size-4))
		im.Seal(0)
		got := read(t, im.Bytes)
		if g := got.rows[2]; !g.torn || g.data != want.data || g.dataErr != "" || g.system != want.system {
			t.Errorf("%v\nwant %v", g, want)
		}
	}
	if found == 0 {
		t.Error("no record without padding")
	}
}
