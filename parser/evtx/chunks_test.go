package evtx_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"testing"

	"github.com/qmparse/qmparse/parser/evtx"
	"github.com/qmparse/qmparse/parser/internal/build/evtxbuild"
	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// threeChunks is a log of three chunks of four, three and two records.
func threeChunks(t testing.TB) *evtxbuild.Image {
	t.Helper()
	f := evtxbuild.New(evtxbuild.Options{FirstRecordID: 11})
	for _, n := range []int{4, 3, 2} {
		f.NewChunk()
		for i := range n {
			f.Event(numbered(i))
		}
	}
	return image(t, f)
}

// Each field from its place.
func TestChunkHeaderFields(t *testing.T) {
	h := records(64)
	c := h.chunk()
	le := binary.LittleEndian
	for i := range 4 {
		le.PutUint64(c[8+8*i:], uint64(i+1)<<56|uint64(i+1))
	}
	for i, at := range []int{40, 44, 48, 52, 120, 124} {
		le.PutUint32(c[at:], uint32(i+1)<<24|uint32(i+1))
	}
	r, err := evtx.NewReader(bytes.NewReader(h.b))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for chunk, err := range r.Chunks() {
		if err != nil {
			t.Fatal(err)
		}
		n++
		want := evtx.ChunkHeader{
			FirstRecord: 1<<56 | 1, LastRecord: 2<<56 | 2, FirstRecordID: 3<<56 | 3, LastRecordID: 4<<56 | 4,
			LastRecordOffset: 2<<24 | 2, FreeOffset: 3<<24 | 3, RecordsCRC: 4<<24 | 4, Flags: 5<<24 | 5, CRC: 6<<24 | 6,
		}
		if chunk.Header != want {
			t.Errorf("%+v\nwant %+v", chunk.Header, want)
		}
		if chunk.Offset != fileHeader || !bytes.Equal(chunk.Data, c) {
			t.Errorf("offset %d, %d bytes", chunk.Offset, len(chunk.Data))
		}
	}
	if n != 1 || r.Size() != fileHeader+chunkSize {
		t.Errorf("%d chunks, size %d", n, r.Size())
	}
}

// A chunk without its signature is one error at its place; those beside it are
// read.
func TestChunkWithoutSignature(t *testing.T) {
	for lost := range 3 {
		for _, damage := range []string{"gone", "first byte", "last byte"} {
			t.Run(fmt.Sprint(lost, damage), func(t *testing.T) {
				im := threeChunks(t)
				want := read(t, im.Bytes)
				switch damage {
				case "gone":
					im.WipeChunkMagic(lost)
				case "first byte":
					im.Flip(im.Chunks[lost], 1)
				case "last byte":
					im.Flip(im.Chunks[lost]+7, 1)
				}
				got := read(t, im.Bytes)
				wantErrors(t, got.errs, cursor.Error{Offset: int64(im.Chunks[lost]), Field: "chunk signature", Err: cursor.ErrMalformed})
				left := slices.DeleteFunc(slices.Clone(want.rows), func(r row) bool {
					return int(r.offset)/chunkSize == im.Chunks[lost]/chunkSize
				})
				if d := diff(got.rows, left, sameRow); d != "" || len(left) == len(want.rows) {
					t.Error(d)
				}
				if got.chunks != 2 || got.size != int64(len(im.Bytes)) {
					t.Errorf("%d chunks, %d bytes", got.chunks, got.size)
				}
			})
		}
	}
}

// Chunks of zeros are allotted and not used. They are counted, wherever they
// stand, and are no error.
func TestEmptyChunks(t *testing.T) {
	im := threeChunks(t)
	want := read(t, im.Bytes)
	zero := make([]byte, chunkSize)
	c := func(i int) []byte { return im.Bytes[im.Chunks[i]:][:chunkSize] }
	log := slices.Concat(im.Bytes[:fileHeader], zero, c(0), zero, zero, c(1), c(2), zero)
	got := read(t, log)
	wantErrors(t, got.errs)
	if got.empty != 4 || got.chunks != 3 || got.size != int64(len(log)) {
		t.Errorf("%d empty chunks, %d others, %d bytes", got.empty, got.chunks, got.size)
	}
	if !slices.Equal(got.ids(), want.ids()) {
		t.Errorf("ids %d, want %d", got.ids(), want.ids())
	}

	// One byte makes it a chunk that has lost its signature.
	log[fileHeader+chunkSize-1] = 1
	got = read(t, log)
	wantErrors(t, got.errs, cursor.Error{Offset: fileHeader, Field: "chunk signature", Err: cursor.ErrMalformed})
	if got.empty != 3 || !slices.Equal(got.ids(), want.ids()) {
		t.Errorf("%d empty chunks, ids %d", got.empty, got.ids())
	}
}

func TestLogWithoutRecords(t *testing.T) {
	got := read(t, fixture(t, "empty.evtx").Bytes)
	wantErrors(t, got.errs)
	if len(got.rows) != 0 || got.chunks != 1 || got.empty != 0 {
		t.Errorf("%d rows, %d chunks, %d empty", len(got.rows), got.chunks, got.empty)
	}
}

// What is behind the last whole chunk: zeros are nothing, a chunk that the file
// ends in is read as far as it goes, and anything else is said.
func TestTrailingBytes(t *testing.T) {
	im := threeChunks(t)
	want := read(t, im.Bytes)
	end := int64(len(im.Bytes))
	signature := cursor.Error{Offset: end, Field: "chunk signature", Err: cursor.ErrMalformed}
	for _, s := range []struct {
		name  string
		bytes []byte
		errs  []cursor.Error
	}{
		{"a zero", make([]byte, 1), nil},
		{"zeros", make([]byte, 4000), nil},
		{"all but one zero of a chunk", make([]byte, chunkSize-1), nil},
		{"a byte", []byte{1}, []cursor.Error{{Offset: end, Field: "chunk signature", Err: cursor.ErrTruncated}}},
		{"seven bytes", []byte("ElfChnk"), []cursor.Error{{Offset: end, Field: "chunk signature", Err: cursor.ErrTruncated}}},
		{"other bytes", bytes.Repeat([]byte("other"), 300), []cursor.Error{signature}},
		{"half a header", im.Bytes[im.Chunks[2]:][:256], []cursor.Error{{Offset: end + 128, Field: "chunk header", Err: cursor.ErrTruncated}}},
		{"a header", im.Bytes[im.Chunks[2]:][:chunkHeader], []cursor.Error{{Offset: end + chunkHeader, Field: "chunk", Err: cursor.ErrTruncated}}},
	} {
		t.Run(s.name, func(t *testing.T) {
			log := slices.Concat(im.Bytes, s.bytes)
			got := read(t, log)
			wantErrors(t, got.errs, s.errs...)
			if d := diff(got.rows, want.rows, sameRow); d != "" {
				t.Error(d)
			}
			if got.size != int64(len(log)) {
				t.Errorf("size %d of %d", got.size, len(log))
			}
			if err := got.check(len(log)); err != nil {
				t.Error(err)
			}
		})
	}
}

// The records that are whole before the end of the file come, the one that it
// ends in is an error, and so is the chunk.
func TestFileThatEndsWithinAChunk(t *testing.T) {
	im := threeChunks(t)
	want := read(t, im.Bytes)
	r := im.Records[8] // the last
	for _, left := range []int{0, 4, 23, 24, r.Size - 4, r.Size - 1} {
		n := int64(r.Offset + left)
		var errs []cursor.Error
		if left > 0 {
			at, field := int64(r.Offset), "record"
			switch {
			case left == 4:
				at, field = n, "record size"
			case left == 23:
				at, field = int64(r.Offset)+16, "record time"
			}
			errs = append(errs, cursor.Error{Offset: at, Field: field, Err: cursor.ErrTruncated})
		}
		errs = append(errs, cursor.Error{Offset: n, Field: "chunk", Err: cursor.ErrTruncated})
		got := read(t, im.Bytes[:n])
		wantErrors(t, got.errs, errs...)
		if d := diff(got.rows, want.rows[:8], sameRow); d != "" {
			t.Errorf("%d bytes of the record: %s", left, d)
		}
	}
}

// Records come in the order of the file, not of their ids: a log that has
// wrapped begins with its newest.
func TestSwappedChunks(t *testing.T) {
	im := threeChunks(t)
	want := read(t, im.Bytes)
	im.SwapChunks(0, 2)
	im.SetHeader(evtxbuild.FileHeader{First: 2, Last: 0, NextRecordID: 20, Minor: 1, Major: 3, Chunks: 3})
	got := read(t, im.Bytes)
	wantErrors(t, got.errs)
	if ids := []uint64{18, 19, 15, 16, 17, 11, 12, 13, 14}; !slices.Equal(got.ids(), ids) {
		t.Errorf("ids %d, want %d", got.ids(), ids)
	}
	// What they say does not depend on where the chunk stands.
	byID := map[uint64]row{}
	for _, r := range want.rows {
		byID[r.id] = r
	}
	for _, r := range got.rows {
		w := byID[r.id]
		w.offset, w.system.Offset = r.offset, r.system.Offset
		if r != w {
			t.Errorf("%+v\nwant %+v", r, w)
		}
	}
}

// A chunk may be kept while others are read, and decoded later by another
// decoder: it has memory of its own.
func TestChunksOwnTheirMemory(t *testing.T) {
	im := threeChunks(t)
	want := read(t, im.Bytes)
	r, err := evtx.NewReader(bytes.NewReader(im.Bytes))
	if err != nil {
		t.Fatal(err)
	}
	var kept []*evtx.Chunk
	for c, err := range r.Chunks() {
		if err != nil {
			t.Fatal(err)
		}
		kept = append(kept, c)
	}
	clear(im.Bytes)
	var ids []uint64
	for _, c := range kept {
		for rec, err := range c.Records() {
			if err != nil {
				t.Error(err)
			}
			ids = append(ids, rec.ID)
		}
	}
	if !slices.Equal(ids, want.ids()) {
		t.Errorf("ids %d, want %d", ids, want.ids())
	}
}

// What a chunk says does not depend on which chunks its decoder read before.
func TestDecoderRemembersNothing(t *testing.T) {
	var logs [][]byte
	for _, name := range []string{"damaged.evtx", "oddities-xml.evtx", "slack.evtx", "oddities-values.evtx", "security-multi-chunk.evtx", "wfp-1007-v1.evtx"} {
		logs = append(logs, fixture(t, name).Bytes)
	}
	used := evtx.NewDecoder()
	for _, order := range [][]int{{0, 1, 2, 3, 4, 5}, {5, 4, 3, 2, 1, 0}} {
		for _, i := range order {
			want := read(t, logs[i])
			got := readWith(used, bytes.NewReader(logs[i]))
			if d := diff(got.rows, want.rows, sameRow); d != "" || joined(got.errs) != joined(want.errs) {
				t.Fatalf("log %d: %s\n%s", i, d, joined(got.errs))
			}
		}
	}
}

// An iteration that is left early can be left: nothing more is read.
func TestIterationStops(t *testing.T) {
	im := threeChunks(t)
	src := bytes.NewReader(im.Bytes)
	r, err := evtx.NewReader(src)
	if err != nil {
		t.Fatal(err)
	}
	for c, err := range r.Chunks() {
		if err != nil {
			t.Fatal(err)
		}
		for range c.Records() {
			break
		}
		break
	}
	if left := src.Len(); left != 2*chunkSize {
		t.Errorf("%d bytes left", left)
	}
	// Errors can be left, too.
	im.BreakFileCRC()
	im.WipeChunkMagic(0)
	im.Cut(im.Chunks[2] + 5000)
	for stop := 1; stop <= 4; stop++ {
		r, err := evtx.NewReader(bytes.NewReader(im.Bytes))
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for range r.Chunks() {
			if n++; n == stop {
				break
			}
		}
		if n != stop {
			t.Errorf("%d of %d", n, stop)
		}
	}
}
