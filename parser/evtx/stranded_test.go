package evtx_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/qmparse/qmparse/parser/evtx"
	"github.com/qmparse/qmparse/parser/internal/build/evtxbuild"
)

// A current record that its chunk cannot decode is no reason to leave out an old copy of it:
// each comes once, by its own bytes or those of the copy, whichever are met first.
func TestCopiesOfStrandedRecords(t *testing.T) {
	im := hiddenLog(t)
	broken := &evtxbuild.Image{Bytes: bytes.Clone(im.Bytes), Records: im.Records, Chunks: im.Chunks}
	first := im.Records[0]
	for i := range first.Size - 32 { // all but its head and the copy of its size
		broken.Bytes[first.Offset+28+i] = 0xee
	}
	broken.Seal(0)
	for _, x := range []string{"the copies last", "the copies first"} {
		s, d, slack := evtx.NewSalvage(), evtx.NewDecoder(), &evtx.Slack{}
		current := func() {
			chunks, _ := chunksOf(broken.Bytes)
			for _, c := range chunks {
				d.Slack(c, slack)
			}
		}
		if x == "the copies last" {
			current()
		}
		d.Lost(im.Bytes[im.Chunks[0]:], 1<<20, slack)
		if x == "the copies first" {
			current()
		}
		s.Add(slack)
		var ids []uint64
		for b := range s.Remnants().Batches(&evtx.Batch{}) {
			for i := range b.Records {
				ids = append(ids, b.Records[i].ID)
			}
		}
		slices.Sort(ids)
		// Nothing but their copies has number 1, and the names that number 8 took from it.
		if want := []uint64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}; !slices.Equal(ids, want) {
			t.Errorf("%s: %v, want %v", x, ids, want)
		}
	}
}
