package evtx_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/qmparse/qmparse/parser/evtx"
	"github.com/qmparse/qmparse/parser/internal/build/evtxbuild"
	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// The states that checksums can be in: what is said once, and what label every
// row of the chunk gets. No state costs a record.
func TestChecksums(t *testing.T) {
	const c = fileHeader // where the chunk is
	fileCRC := cursor.Error{Offset: 124, Field: "file header CRC", Err: cursor.ErrMalformed}
	headerCRC := cursor.Error{Offset: c + 124, Field: "chunk header CRC", Err: cursor.ErrMalformed}
	recordsCRC := cursor.Error{Offset: c + 52, Field: "records CRC", Err: cursor.ErrMalformed}
	for _, s := range []struct {
		name   string
		damage func(im *evtxbuild.Image)
		errs   []cursor.Error
		label  string // begins the detail of the diagnostic; "" is none
	}{
		{"right", func(*evtxbuild.Image) {}, nil, ""},
		{"file header wrong", (*evtxbuild.Image).BreakFileCRC, []cursor.Error{fileCRC}, ""},
		{"chunk header wrong", func(im *evtxbuild.Image) { im.BreakHeaderCRC(0) }, []cursor.Error{headerCRC}, "chunk header CRC"},
		{"records wrong", func(im *evtxbuild.Image) { im.BreakRecordsCRC(0) }, []cursor.Error{recordsCRC}, "records CRC"},
		// A header that is wrong says nothing of the records that could be trusted.
		{"both of the chunk", func(im *evtxbuild.Image) { im.BreakRecordsCRC(0); im.BreakHeaderCRC(0) },
			[]cursor.Error{headerCRC}, "chunk header CRC"},
		{"all", func(im *evtxbuild.Image) { im.BreakFileCRC(); im.BreakRecordsCRC(0) },
			[]cursor.Error{fileCRC, recordsCRC}, "records CRC"},
		{"a table of the header", func(im *evtxbuild.Image) { im.Flip(c+300, 1) }, []cursor.Error{headerCRC}, "chunk header CRC"},
		{"the unknown bytes, which it covers", func(im *evtxbuild.Image) { im.Flip(c+60, 1) }, []cursor.Error{headerCRC}, "chunk header CRC"},
		{"a byte of padding", func(im *evtxbuild.Image) { r := im.Records[1]; im.Flip(r.Offset+r.Size-5, 1) },
			[]cursor.Error{recordsCRC}, "records CRC"},
		{"slack, which none covers", func(im *evtxbuild.Image) { im.Flip(len(im.Bytes)-1, 1) }, nil, ""},
		{"flag 4, all wrong", func(im *evtxbuild.Image) {
			im.SetHeader(evtxbuild.FileHeader{Minor: 1, Major: 3, Chunks: 1, Flags: evtxbuild.FlagNoCRC})
			im.BreakFileCRC()
			im.BreakRecordsCRC(0)
			im.BreakHeaderCRC(0)
		}, nil, ""},
		{"flag 4 and zeros", func(im *evtxbuild.Image) {
			im.SetHeader(evtxbuild.FileHeader{Minor: 2, Major: 3, Chunks: 1, Flags: evtxbuild.FlagNoCRC})
			im.PutUint32(124, 0)
			im.PutUint32(c+52, 0)
			im.PutUint32(c+124, 0)
		}, nil, ""},
		{"flag 4 of the chunk alone", func(im *evtxbuild.Image) { im.PutUint32(c+120, 4); im.BreakRecordsCRC(0) }, nil, ""},
	} {
		t.Run(s.name, func(t *testing.T) {
			im := logOf(t, 4)
			want := read(t, im.Bytes)
			s.damage(im)
			got := read(t, im.Bytes)
			wantErrors(t, got.errs, s.errs...)
			if d := diff(got.rows, want.rows, bareRow); d != "" || len(got.rows) != 4 {
				t.Error(d)
			}
			for _, r := range got.rows {
				if s.label == "" && r.odd != "" || s.label != "" && !strings.HasPrefix(r.odd, "chunk-checksum: "+s.label) {
					t.Errorf("diagnostics %q, want a label %q", r.odd, s.label)
				}
			}
		})
	}
}

// A wrong checksum is said of its own chunk only, and again each time Verify is
// asked.
func TestChecksumOfOneChunkOfSeveral(t *testing.T) {
	im := *fixture(t, "security-multi-chunk.evtx").Image
	im.Bytes = bytes.Clone(im.Bytes)
	im.BreakRecordsCRC(1)
	r, err := evtx.NewReader(bytes.NewReader(im.Bytes))
	if err != nil {
		t.Fatal(err)
	}
	i := 0
	for c, err := range r.Chunks() {
		if err != nil {
			t.Fatal(err)
		}
		if first, again := c.Verify(), c.Verify(); (first != nil) != (i == 1) || (again != nil) != (i == 1) {
			t.Errorf("chunk %d: %v, then %v", i, first, again)
		}
		i++
	}
	got := read(t, im.Bytes)
	for _, r := range got.rows {
		if inSecond := r.offset >= int64(im.Chunks[1]) && r.offset < int64(im.Chunks[2]); r.said("chunk-checksum") != inSecond {
			t.Fatalf("row at %#x: %q", r.offset, r.odd)
		}
	}
	if i != 3 || len(got.rows) != 210 {
		t.Errorf("%d chunks, %d rows", i, len(got.rows))
	}
}

// A chunk that the file ends in is not held against a checksum of bytes that are
// gone; its header, which is there, is.
func TestChecksumOfACutChunk(t *testing.T) {
	im := logOf(t, 4)
	end := im.Records[2].Offset
	for _, broken := range []bool{false, true} {
		b := bytes.Clone(im.Bytes[:end])
		want := []cursor.Error{{Offset: int64(end), Field: "chunk", Err: cursor.ErrTruncated}}
		if broken {
			b[fileHeader+124] ^= 1
			want = append([]cursor.Error{{Offset: fileHeader + 124, Field: "chunk header CRC", Err: cursor.ErrMalformed}}, want...)
		}
		got := read(t, b)
		wantErrors(t, got.errs, want...)
		if len(got.rows) != 2 || got.rows[0].said("chunk-checksum") != broken {
			t.Errorf("%d rows: %+v", len(got.rows), got.rows)
		}
	}
}
