package evtx_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/evtx"
	"github.com/qmparse/qmparse/parser/internal/build/evtxbuild"
)

// hide makes record i of a log as large as it and the n records behind it, as whoever hides
// them does: copy and checksums are right.
func hide(im *evtxbuild.Image, i, n int) {
	first, last := im.Records[i], im.Records[i+n]
	size := uint32(last.Offset + last.Size - first.Offset)
	im.PutUint32(first.Offset+4, size)
	im.PutUint32(first.Offset+int(size)-4, size)
	im.Seal(0)
}

func hiddenLog(t *testing.T) *evtxbuild.Image {
	f := evtxbuild.New(evtxbuild.Options{})
	for i := range 12 {
		ev := evtxbuild.Event{Provider: "P", EventID: uint16(1 + i%2), Data: []evtxbuild.Data{evtxbuild.D("n", evtxbuild.UInt32(uint32(i)))}}
		if i == 7 {
			ev.Style = evtxbuild.Literal
			ev.Data[0].Value = evtxbuild.String("7")
		}
		f.Event(ev)
	}
	im := f.Image()
	if im == nil {
		t.Fatal(f.Err())
	}
	return im
}

// Records that another hides with its size say what they said, and that they were hidden;
// also to who steps over what he does not want, and where that one has no template.
func TestHiddenRecords(t *testing.T) {
	for _, x := range []struct{ first, n int }{{0, 1}, {1, 1}, {2, 3}, {6, 2}, {7, 2}, {10, 1}} {
		im := hiddenLog(t)
		want := read(t, im.Bytes)
		hide(im, x.first, x.n)
		got := read(t, im.Bytes)
		if len(got.errs) > 0 || len(got.rows) != len(want.rows) {
			t.Errorf("%v: %d rows, want %d: %s", x, len(got.rows), len(want.rows), joined(got.errs))
			continue
		}
		for i := range want.rows {
			w, g := want.rows[i], got.rows[i]
			if w.uid != g.uid || w.offset != g.offset || w.data != g.data {
				t.Errorf("%v: row %d is another", x, i)
			}
			covers, covered := i == x.first, i > x.first && i <= x.first+x.n
			if strings.Contains(g.odd, "covers-records") != covers || strings.Contains(g.odd, "covered: ") != covered {
				t.Errorf("%v: row %d: %q", x, i, g.odd)
			}
		}
		// Only the second kind is wanted.
		d := evtx.NewDecoder()
		d.Want = &evtx.Want{Kind: func(ev *model.Event) bool { return ev.EventID.V == 2 }}
		seen := map[int64]bool{}
		passed := int64(0)
		chunks, _ := chunksOf(im.Bytes)
		for _, c := range chunks {
			d.Chunk(c)
			for r, err := range d.Records() {
				var ev model.Event
				if err != nil || d.System(&r, &ev) != nil {
					t.Fatal(err)
				}
				seen[r.Offset] = true
			}
			for p := range d.Passed() {
				passed += p.Records
			}
		}
		for i, w := range want.rows {
			if i%2 == 1 && !seen[w.offset] {
				t.Errorf("%v: row %d, which is wanted, is stepped over", x, i)
			}
		}
		if int(passed)+len(seen) != len(want.rows) {
			t.Errorf("%v: %d passed, %d seen", x, passed, len(seen))
		}
	}
}

// Bytes of a value that look like a record are a value.
func TestValueThatLooksLikeARecord(t *testing.T) {
	im := hiddenLog(t)
	inner := im.Bytes[im.Records[3].Offset:][:im.Records[3].Size]
	f := evtxbuild.New(evtxbuild.Options{})
	for i := range 3 {
		f.Event(evtxbuild.Event{Provider: "P", EventID: 1, Data: []evtxbuild.Data{
			evtxbuild.D("n", evtxbuild.UInt32(uint32(i))), evtxbuild.D("copy", evtxbuild.Binary(inner))}})
	}
	got := read(t, f.Bytes())
	if len(got.rows) != 3 || got.rows[0].odd+got.rows[1].odd+got.rows[2].odd != "" {
		t.Errorf("%d rows: %s", len(got.rows), fmt.Sprint(got.rows))
	}
}

// Old records are told to be repeats of hidden ones, and what an old record hides is found.
func TestHiddenAndOld(t *testing.T) {
	im := hiddenLog(t)
	for _, x := range []struct {
		name      string
		hide      func(current, old *evtxbuild.Image)
		repeats   int64
		rows, odd int
	}{
		{"nothing", func(_, _ *evtxbuild.Image) {}, 12, 0, 0},
		{"current records", func(current, _ *evtxbuild.Image) { hide(current, 2, 3) }, 12, 0, 0},
		{"the last ones", func(current, _ *evtxbuild.Image) { hide(current, 9, 2) }, 12, 0, 0},
		{"old records", func(current, old *evtxbuild.Image) {
			clear(current.Bytes)
			hide(old, 2, 2)
		}, 0, 12, 1},
	} {
		current := &evtxbuild.Image{Bytes: bytes.Clone(im.Bytes), Records: im.Records, Chunks: im.Chunks}
		old := &evtxbuild.Image{Bytes: bytes.Clone(im.Bytes), Records: im.Records, Chunks: im.Chunks}
		x.hide(current, old)
		s, d, slack := evtx.NewSalvage(), evtx.NewDecoder(), &evtx.Slack{}
		chunks, _ := chunksOf(current.Bytes)
		for _, c := range chunks {
			d.Slack(c, slack)
		}
		d.Lost(old.Bytes[old.Chunks[0]:], 1<<20, slack)
		s.Add(slack)
		var repeats int64
		rows, odd := 0, 0
		remnants := s.Remnants()
		for why, n := range remnants.Refused {
			if why == evtx.Repeats {
				repeats += n
			}
		}
		for b := range remnants.Batches(&evtx.Batch{}) {
			for _, r := range b.Records {
				rows++
				for _, d := range r.Diagnostics {
					if d.Code == "covers-records" {
						odd++
					}
				}
			}
		}
		if repeats != x.repeats || rows != x.rows || odd != x.odd {
			t.Errorf("%s: %d repeats, want %d; %d rows, want %d, of which %d hide others, want %d", x.name, repeats, x.repeats, rows, x.rows, odd, x.odd)
		}
	}
}

// Who hides a record that hides others hides them all, and the copy of the size of both is
// that of the last.
func TestHiddenRecordHides(t *testing.T) {
	im := hiddenLog(t)
	want := read(t, im.Bytes)
	hide(im, 3, 2)
	hide(im, 2, 3)
	got := read(t, im.Bytes)
	if len(got.errs) > 0 || len(got.rows) != len(want.rows) {
		t.Fatalf("%d rows, want %d: %s", len(got.rows), len(want.rows), joined(got.errs))
	}
	for i, w := range want.rows {
		g := got.rows[i]
		if g.uid != w.uid || g.data != w.data || strings.Contains(g.odd, "covers-records") != (i == 2) || strings.Contains(g.odd, "record-torn") != (i == 3 || i == 5) || strings.Contains(g.odd, "covered: ") != (i >= 3 && i <= 5) {
			t.Errorf("row %d: %q", i, g.odd)
		}
	}
}

// The same in a record without a template, where a text may have been made to hold one.
func TestTextThatLooksLikeARecord(t *testing.T) {
	im := hiddenLog(t)
	inner := im.Bytes[im.Records[3].Offset:][:im.Records[3].Size]
	f := evtxbuild.New(evtxbuild.Options{})
	f.Event(evtxbuild.Event{Provider: "P", EventID: 1})
	text := strings.Repeat("x", len(inner)/2)
	f.Event(evtxbuild.Event{Style: evtxbuild.Literal, Provider: "P", EventID: 1, Data: []evtxbuild.Data{evtxbuild.D("s", evtxbuild.String(text))}})
	f.Event(evtxbuild.Event{Provider: "P", EventID: 1})
	made := f.Image()
	at := bytes.Index(made.Bytes, bytes.Repeat([]byte("x\x00"), len(inner)/2))
	if at < 0 {
		t.Fatal("no text")
	}
	copy(made.Bytes[at:], inner)
	made.Seal(0)
	got := read(t, made.Bytes)
	if len(got.errs) > 0 || len(got.rows) != 3 || strings.Contains(got.rows[1].odd, "cover") {
		t.Errorf("%d rows, %s", len(got.rows), joined(got.errs))
	}
	// Behind it one can be hidden all the same.
	hide(made, 1, 1)
	got = read(t, made.Bytes)
	if len(got.rows) != 3 || !strings.Contains(got.rows[1].odd, "covers-records") || !strings.Contains(got.rows[2].odd, "covered: ") {
		t.Errorf("%d rows, %s", len(got.rows), joined(got.errs))
	}
}
