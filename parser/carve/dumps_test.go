package carve_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/carve"
	"github.com/qmparse/qmparse/parser/internal/build/blobbuild"
	"github.com/qmparse/qmparse/parser/netevent"
)

// Blocks that stand alone are found, each with what their dump says of its origin, as long
// as that is not read again and again at length; then without.
func TestOriginOfManyBlocks(t *testing.T) {
	const blocks, header = 400, 32
	for _, size := range []int{300, 60000} {
		var dump bytes.Buffer
		w, err := netevent.NewWriter(&dump, netevent.Header{NetEventVersion: 5, PointerSize: 8, Machine: netevent.MachineAMD64})
		if err == nil {
			err = w.Meta(netevent.Meta{Note: model.Some(strings.Repeat("n", size))})
		}
		for range blocks {
			if err == nil {
				err = w.Lost(1)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		all := blobbuild.Blocks(dump.Bytes())
		blob := append([]byte("x"), all[0]...)
		blob = append(blob, all[1]...)
		for _, b := range all[2:] {
			blob = append(append(blob, 'j'), b...)
		}
		s := carve.NewScanner(bytes.NewReader(blob))
		alone, with, read := 0, 0, int64(0)
		for f, err := range s.Finds() {
			if err != nil {
				t.Fatal(err)
			}
			if f.Kind != carve.Blocks {
				continue
			}
			alone++
			if f.Before > header {
				with, read = with+1, read+f.Before
			}
		}
		if alone != blocks {
			t.Errorf("%d bytes of META: %d of %d blocks are found", size, alone, blocks)
		}
		most := int64(8<<20 + len(blob) + blocks*header)
		unread := s.Counts().Unsearched
		switch {
		case size < 1000:
			if with != blocks || unread != 0 {
				t.Errorf("%d bytes of META: %d of %d blocks have it, %d places are not searched", size, with, blocks, unread)
			}
		case read > most || read < most/2 || unread != int64(blocks-with):
			t.Errorf("%d bytes of META: %d are read again, at most %d may be; %d blocks have it, %d places are not searched", size, read, most, with, unread)
		}
	}
}
