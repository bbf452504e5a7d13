package evtx_test

import (
	"bytes"
	"encoding/binary"
	"slices"
	"testing"

	"github.com/qmparse/qmparse/parser/internal/build/evtxbuild"
)

// touches says for each byte of a log which records may change if the byte does,
// by their indices in Image.Records. A record depends on
//
//   - its own bytes, but for a template definition in them that it does not use;
//   - the definitions that it instantiates, and those that these instantiate;
//   - the names that it or those definitions refer to, wherever they stand.
//
// It is worked out from the bytes of an undamaged log, by what an instance and a
// name look like, without the decoder. Nothing else is shared between records: a
// byte of the one must not change the other.
type touches struct {
	im *evtxbuild.Image
	at map[int][]int
}

// span is a run of bytes of the file.
type span struct{ from, to int }

func touchesOf(t testing.TB, im *evtxbuild.Image) *touches {
	t.Helper()
	le := binary.LittleEndian
	w := &touches{im: im, at: map[int][]int{}}
	definition := func(i int) span {
		d := im.Definitions[i]
		return span{d.Offset, d.Offset + 24 + int(le.Uint32(im.Bytes[d.Offset+20:]))}
	}
	// used adds what the bytes of s refer to.
	var used func(chunk int, s span, seen map[span]bool)
	used = func(chunk int, s span, seen map[span]bool) {
		if seen[s] {
			return
		}
		seen[s] = true
		base, b := im.Chunks[chunk], im.Bytes[s.from:s.to]
		for i, d := range im.Definitions {
			if d.Chunk == chunk && bytes.Contains(b, append(slices.Clone(d.GUID[:4]), le.AppendUint32(nil, uint32(d.Offset-base))...)) {
				used(chunk, definition(i), seen)
			}
		}
		for i := 0; i+4 <= len(b); i++ {
			if n := nameAt(im.Bytes[base:][:chunkSize], int(le.Uint32(b[i:]))); n > 0 {
				from := base + int(le.Uint32(b[i:]))
				seen[span{from, from + n}] = true
			}
		}
	}
	defined := map[int]bool{} // bytes of definitions
	for i := range im.Definitions {
		for p := definition(i).from; p < definition(i).to; p++ {
			defined[p] = true
		}
	}
	for i, r := range im.Records {
		own, seen := span{r.Offset, r.Offset + r.Size}, map[span]bool{}
		used(r.Chunk, own, seen)
		delete(seen, own)
		for p := own.from; p < own.to; p++ {
			if !defined[p] {
				w.at[p] = append(w.at[p], i)
			}
		}
		for s := range seen {
			for p := s.from; p < s.to; p++ {
				if !slices.Contains(w.at[p], i) {
					w.at[p] = append(w.at[p], i)
				}
			}
		}
	}
	return w
}

// nameAt returns the size of the name at pos of a chunk, 0 if there is none:
// its hash and its NUL tell it from other bytes.
func nameAt(chunk []byte, pos int) int {
	if pos < chunkHeader || pos > len(chunk)-10 {
		return 0
	}
	n := int(binary.LittleEndian.Uint16(chunk[pos+6:]))
	end := pos + 8 + 2*n
	if n == 0 || n > 200 || end+2 > len(chunk) || chunk[end] != 0 || chunk[end+1] != 0 {
		return 0
	}
	var text []rune // names of the fixtures have no characters beyond the BMP
	for i := pos + 8; i < end; i += 2 {
		text = append(text, rune(binary.LittleEndian.Uint16(chunk[i:])))
	}
	if evtxbuild.NameHash(string(text)) != binary.LittleEndian.Uint16(chunk[pos+4:]) {
		return 0
	}
	return end + 2 - pos
}

// records returns the records that may change with any of these bytes.
func (w *touches) records(spans ...span) (records []int) {
	for _, s := range spans {
		for p := s.from; p < s.to; p++ {
			for _, r := range w.at[p] {
				if !slices.Contains(records, r) {
					records = append(records, r)
				}
			}
		}
	}
	return records
}

// others says what is wrong with rows of the log after damage that may touch
// only these records: every other must be there as it was, in order, and nothing
// new may come from outside the touched ones. A touched record that is gone must
// have left an error at its place. "" is all well.
func (w *touches) others(got *reading, want []row, touched []int, view func(row) row) string {
	inTouched := func(offset int64) bool {
		for _, i := range touched {
			if r := w.im.Records[i]; offset >= int64(r.Offset) && offset < int64(r.Offset+r.Size) {
				return true
			}
		}
		return false
	}
	out := func(rows []row) []row {
		return slices.DeleteFunc(slices.Clone(rows), func(r row) bool { return inTouched(r.offset) })
	}
	if d := diff(out(got.rows), out(want), view); d != "" {
		return d
	}
	for _, i := range touched {
		r := w.im.Records[i]
		there := slices.ContainsFunc(got.rows, func(g row) bool { return g.offset == int64(r.Offset) })
		if !there && !got.errorWithin(int64(r.Offset), int64(r.Offset+r.Size)) {
			return "a record is gone and nothing says so"
		}
	}
	return ""
}

// errorWithin says whether an error is about these bytes.
func (g *reading) errorWithin(from, to int64) bool {
	return slices.ContainsFunc(g.errs, func(err error) bool {
		o := offsetOf(err)
		return o >= from && o <= to
	})
}

// The rule must not be that all depend on all: of a log with several kinds of
// events most bytes are of one record, and a record that uses no template of
// another is touched by none of its bytes.
func TestTouchesAreFew(t *testing.T) {
	l := fixture(t, "security-neighbours.evtx")
	w := touchesOf(t, l.Image)
	one, some, all := 0, 0, 0
	for p := l.Image.Records[0].Offset; p < l.Image.Records[9].Offset+l.Image.Records[9].Size; p++ {
		switch n := len(w.at[p]); {
		case n == 1:
			one++
		case n == len(l.Image.Records):
			all++
		case n > 1:
			some++
		default:
			t.Fatalf("byte %#x is of no record", p)
		}
	}
	// The System template and its names are everybody's.
	if one < 10000 || some < 3000 || all > 3000 {
		t.Errorf("bytes of one record: %d, of some: %d, of all: %d", one, some, all)
	}
}
