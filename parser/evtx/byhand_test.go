package evtx_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/qmparse/qmparse/parser/evtx"
	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// byHand is a log of one chunk, without checksums, whose records are heads with
// nothing in them: written here from the layout, not with evtxbuild.
type byHand struct {
	b    []byte
	at   []int // where record i begins in the chunk
	size []int
}

// records lays down records of these sizes, ids from 1, one behind the other.
func records(sizes ...int) *byHand {
	h := &byHand{b: make([]byte, fileHeader+chunkSize), size: sizes}
	le := binary.LittleEndian
	copy(h.b, "ElfFile\x00")
	le.PutUint16(h.b[36:], 1)
	le.PutUint16(h.b[38:], 3)
	le.PutUint32(h.b[120:], 4) // no checksums
	c := h.chunk()
	copy(c, "ElfChnk\x00")
	pos := chunkHeader
	for i, n := range sizes {
		h.at = append(h.at, pos)
		h.put(pos, uint64(i+1), n)
		pos += n
	}
	if len(sizes) > 0 {
		h.last(h.at[len(sizes)-1])
	}
	h.free(pos)
	return h
}

func (h *byHand) chunk() []byte { return h.b[fileHeader:] }

// put writes a record of n bytes at pos of the chunk.
func (h *byHand) put(pos int, id uint64, n int) {
	c := h.chunk()
	copy(c[pos:], "\x2a\x2a\x00\x00")
	h.u32(pos+4, n)
	binary.LittleEndian.PutUint64(c[pos+8:], id)
	binary.LittleEndian.PutUint64(c[pos+16:], 1000+id)
	h.u32(pos+n-4, n)
}

func (h *byHand) u32(pos, v int) { binary.LittleEndian.PutUint32(h.chunk()[pos:], uint32(v)) }

// last and free set the offsets of the last record and of the free space.
func (h *byHand) last(v int) { h.u32(44, v) }
func (h *byHand) free(v int) { h.u32(48, v) }

// copyOf sets the copy of the size of record i, counted from 1.
func (h *byHand) copyOf(i, v int) { h.u32(h.at[i-1]+h.size[i-1]-4, v) }

// walk returns a line for each record and error of a log, in order: the record's
// id, its state unless live, whether it is torn or after damage, its size if it
// is not the one at its front; an error's field and place in the chunk.
func walk(t testing.TB, log []byte) string {
	t.Helper()
	r, err := evtx.NewReader(bytes.NewReader(log))
	if err != nil {
		t.Fatal(err)
	}
	var w strings.Builder
	say := func(err error) {
		var e *cursor.Error
		if !errors.As(err, &e) {
			t.Fatal(err)
		}
		fmt.Fprintf(&w, "%s @%d %v\n", e.Field, e.Offset-fileHeader, e.Err)
	}
	for c, err := range r.Chunks() {
		if err != nil {
			say(err)
			continue
		}
		for r, err := range c.Records() {
			if err != nil {
				say(err)
				continue
			}
			fmt.Fprintf(&w, "%d", r.ID)
			if r.State != "live" {
				fmt.Fprintf(&w, " %s", r.State)
			}
			if r.Torn {
				w.WriteString(" torn")
			}
			if r.AfterDamage {
				w.WriteString(" after")
			}
			if n := binary.LittleEndian.Uint32(r.Data[4:]); int(n) != len(r.Data) {
				fmt.Fprintf(&w, " %d bytes", len(r.Data))
			}
			if uint64(r.Written) != 1000+r.ID {
				t.Errorf("record %d: written %d", r.ID, r.Written)
			}
			w.WriteByte('\n')
		}
	}
	return w.String()
}

// lines joins what walk is expected to return.
func lines(want ...string) string { return strings.Join(append(want, ""), "\n") }

func wantWalk(t *testing.T, h *byHand, want ...string) {
	t.Helper()
	if got := walk(t, h.b); got != lines(want...) {
		t.Errorf("%swant\n%s", got, lines(want...))
	}
}
