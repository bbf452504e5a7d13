package evtx_test

import (
	"bytes"
	"testing"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/internal/build/evtxbuild"
	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// Where the live records end, by what the chunk's header says of it: at 512,
// 576, 640, 704 and 768 stand records, the space behind 832 is free.
func TestFreeSpaceOffset(t *testing.T) {
	all := []string{"1", "2", "3", "4", "5"}
	past := func(live int) (want []string) {
		for i, id := range all {
			if i >= live {
				id += " past_free"
			}
			want = append(want, id)
		}
		return want
	}
	const sane = 768 // a last-record offset that is right
	for _, s := range []struct {
		name       string
		free, last int
		want       []string
	}{
		{"right", 832, sane, all},
		{"right, the last record nowhere", 832, 0, all},
		{"right, the last record too early", 832, 576, all},
		{"right, the last record outside", 832, 0x7fffffff, all},
		{"at the first record", 512, sane, past(0)},
		{"at the third", 640, sane, past(2)},
		{"at the last", 768, sane, past(4)},
		{"within the third", 648, sane, past(3)},
		{"one byte into the third", 641, sane, past(3)},
		{"too large", 1024, sane, append(append([]string{}, all...), "record signature @832 malformed")},
		{"at the end of the chunk", chunkSize, sane, append(append([]string{}, all...), "record signature @832 malformed")},
		{"too large by less than a head", 840, sane, append(append([]string{}, all...), "record signature @832 malformed")},

		// It cannot be true: the last record says where the live ones end.
		{"0", 0, sane, all},
		{"within the header", 511, sane, all},
		{"past the chunk", chunkSize + 1, sane, all},
		{"all ones", -1, sane, all},
		{"0, the last record too early", 0, 640, past(3)},
		// Nor can that: the run of records does.
		{"0, the last record 0", 0, 0, all},
		{"0, the last record in the header", 0, 511, all},
		{"0, the last record past the chunk", 0, chunkSize, all},
		{"0, the last record outside", 0, -1, all},
		{"0, the last record within another", 0, 776, all},
		{"0, the last record in the free space", 0, 4096, all},
		{"0, the last record at the end of the chunk", 0, chunkSize - 1, all},
	} {
		t.Run(s.name, func(t *testing.T) {
			h := records(64, 64, 64, 64, 64)
			h.free(s.free)
			h.last(s.last)
			wantWalk(t, h, s.want...)
		})
	}
}

// Without a free-space offset the last record leads over damage.
func TestLastRecordLeadsOverDamage(t *testing.T) {
	h := records(64, 64, 64, 64, 64)
	h.free(0)
	h.u32(h.at[1], 0)
	wantWalk(t, h, "1", "record signature @576 malformed", "3 after", "4 after", "5 after")
	h.copyOf(5, 0) // but not if it is torn itself
	wantWalk(t, h, "1")

	h = records(64, 64, 60000, 64, chunkSize-chunkHeader-60000-3*64) // to the end of the chunk
	h.free(0)
	h.u32(h.at[1], 0)
	wantWalk(t, h, "1", "record signature @576 malformed", "3 after", "4 after", "5 after")
}

// Behind the free-space offset only what follows without a gap, whole: the rest
// is slack.
func TestPastFreeIsContiguous(t *testing.T) {
	h := records(64, 64, 64, 64, 64)
	for _, s := range []struct {
		name   string
		damage func(h *byHand)
		want   []string
	}{
		{"all", func(*byHand) {}, []string{"1", "2", "3 past_free", "4 past_free", "5 past_free"}},
		{"a gap at once", func(h *byHand) { h.u32(h.at[2], 0) }, []string{"1", "2"}},
		{"a gap", func(h *byHand) { h.u32(h.at[3], 0) }, []string{"1", "2", "3 past_free"}},
		{"size 0", func(h *byHand) { h.u32(h.at[3]+4, 0) }, []string{"1", "2", "3 past_free"}},
		{"too large", func(h *byHand) { h.u32(h.at[3]+4, chunkSize) }, []string{"1", "2", "3 past_free"}},
		{"torn", func(h *byHand) { h.copyOf(4, 0) }, []string{"1", "2", "3 past_free"}},
		{"damage before", func(h *byHand) { h.u32(h.at[0], 0) },
			[]string{"record signature @512 malformed", "2 after", "3 past_free after", "4 past_free after", "5 past_free after"}},
		// What stands where the live ones end is gone, and so is the way to it.
		{"damage up to the offset", func(h *byHand) { h.u32(h.at[1], 0) },
			[]string{"1", "record signature @576 malformed", "3 past_free after", "4 past_free after", "5 past_free after"}},
	} {
		t.Run(s.name, func(t *testing.T) {
			c := byHand{b: bytes.Clone(h.b), at: h.at, size: h.size}
			c.free(h.at[2])
			s.damage(&c)
			wantWalk(t, &c, s.want...)
		})
	}
}

// Up to the last byte of the chunk.
func TestPastFreeToTheEndOfTheChunk(t *testing.T) {
	h := records(64, chunkSize-chunkHeader-64)
	h.free(h.at[1])
	wantWalk(t, h, "1", "2 past_free")
	h = records(64, chunkSize-chunkHeader-64-27) // what is left is no record
	h.free(h.at[1])
	wantWalk(t, h, "1", "2 past_free")
}

// The header of a chunk from the time of its third record, as a machine leaves
// it that is switched off.
func TestStaleChunkHeader(t *testing.T) {
	f := evtxbuild.New(evtxbuild.Options{})
	var early *evtxbuild.Image
	for i := range 9 {
		if i == 3 {
			early = image(t, f)
		}
		f.Event(numbered(i))
	}
	im := image(t, f)
	want := read(t, im.Bytes)
	im.TakeChunkHeader(0, early)
	got := read(t, im.Bytes)
	wantErrors(t, got.errs)
	if d := diff(got.rows, want.rows, anyStateRow); d != "" {
		t.Error(d)
	}
	for i, r := range got.rows {
		state := model.StateLive
		if i >= 3 {
			state = model.StatePastFree
		}
		if r.state != state || r.system.State != state || r.odd != "" || r.uid != want.rows[i].uid {
			t.Errorf("row %d: %+v", i, r)
		}
	}
}

// Old records of the size of newer ones end where those do, and so follow them without a gap.
// If the newer ones have put other templates in the place of theirs they are slack: with those
// they would say another host, or values under other names.
func TestOldRecordsBehindOtherTemplates(t *testing.T) {
	log := func(n, first int, host, name string, over []byte) *evtxbuild.Image {
		f := evtxbuild.New(evtxbuild.Options{Computer: host, FirstRecordID: uint64(first), Over: over})
		for i := range n {
			ev := numbered(i)
			ev.Data[1].Name = name
			f.Event(ev)
		}
		return image(t, f)
	}
	old := log(8, 1, "host-a", "s", nil).Bytes
	for _, s := range []struct {
		host, name string
		rows       int
	}{
		{"host-a", "s", 8}, // the templates are the same: nothing speaks against them
		{"host-b", "s", 3},
		{"host-a", "z", 3},
	} {
		got := read(t, log(3, 501, s.host, s.name, old).Bytes)
		wantErrors(t, got.errs)
		if len(got.rows) != s.rows {
			t.Errorf("host %s, name %s: %d rows, want %d", s.host, s.name, len(got.rows), s.rows)
		}
		for i, r := range got.rows {
			if past := r.state == model.StatePastFree; past != (i >= 3) || r.odd != "" {
				t.Errorf("host %s, name %s: row %d: %+v", s.host, s.name, i, r)
			}
		}
	}
}

// Records whose ids go on with those before them are no old ones, whatever their templates are.
func TestRecordsPastFreeOfAnotherTemplateID(t *testing.T) {
	im := logOf(t, 6)
	im.EndBefore(3)
	im.Flip(im.Definitions[1].Offset+4, 1) // of EventData
	im.Seal(0)
	got := read(t, im.Bytes)
	wantErrors(t, got.errs)
	if len(got.rows) != 6 {
		t.Fatalf("%d rows", len(got.rows))
	}
	for i, r := range got.rows {
		if past := r.state == model.StatePastFree; past != (i >= 3) || !r.said("template-id") {
			t.Errorf("row %d: %+v", i, r)
		}
	}
}

// The same with the header of the time before any record.
func TestChunkHeaderOfAnEmptyChunk(t *testing.T) {
	im := logOf(t, 3)
	empty := image(t, evtxbuild.New(evtxbuild.Options{}))
	im.TakeChunkHeader(0, empty)
	got := read(t, im.Bytes)
	wantErrors(t, got.errs)
	if len(got.rows) != 3 || got.rows[0].state != model.StatePastFree {
		t.Errorf("%+v", got.rows)
	}
}

// An offset that cannot be true is said, and a label on the rows, if the header's
// checksum is right.
func TestImpossibleFreeSpaceOffsetIsSaid(t *testing.T) {
	for _, free := range []uint32{0, 511, chunkSize + 1, 0xffffffff} {
		im := logOf(t, 3)
		want := read(t, im.Bytes)
		im.PutUint32(fileHeader+48, free)
		im.BreakRecordsCRC(0) // seals the header
		got := read(t, im.Bytes)
		wantErrors(t, got.errs, cursor.Error{Offset: fileHeader + 48, Field: "free space offset", Err: cursor.ErrMalformed})
		if d := diff(got.rows, want.rows, bareRow); d != "" {
			t.Error(d)
		}
		for _, r := range got.rows {
			if !r.said("chunk-checksum") {
				t.Errorf("free %#x: no label on record %d", free, r.id)
			}
		}
	}
}
