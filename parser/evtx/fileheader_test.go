package evtx_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"strings"
	"testing"

	"github.com/qmparse/qmparse/parser/evtx"
	"github.com/qmparse/qmparse/parser/internal/build/evtxbuild"
	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// headerByHand is a file header whose fields are all different.
func headerByHand(t testing.TB) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(strings.Join([]string{
		"456c6646696c6500",       // ElfFile
		"0700000000000000",       // first chunk
		"0300000000000000",       // last chunk, before the first: the log has wrapped
		"8877665544332211",       // next record id
		"80000000 0200 0300",     // header size, 3.2
		"0010 1700",              // block size, chunks
		strings.Repeat("ff", 76), // unknown
		"03000000", "00000000",   // dirty and full, checksum
		strings.Repeat("00", 4096-128),
	}, ""), " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	binary.LittleEndian.PutUint32(b[124:], crc32.ChecksumIEEE(b[:120]))
	return b
}

func TestFileHeaderFields(t *testing.T) {
	b := headerByHand(t)
	r, err := evtx.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	want := evtx.Header{FirstChunk: 7, LastChunk: 3, NextRecordID: 0x1122334455667788, Minor: 2, Major: 3, Chunks: 0x17,
		Flags: 3, CRC: binary.LittleEndian.Uint32(b[124:])}
	if r.Header != want {
		t.Errorf("%+v\nwant %+v", r.Header, want)
	}
	if !r.Header.Dirty() || !r.Header.Full() || r.Header.NoCRC() {
		t.Errorf("dirty %t, full %t, no checksums %t", r.Header.Dirty(), r.Header.Full(), r.Header.NoCRC())
	}
	for c, err := range r.Chunks() {
		t.Errorf("chunk %v, error %v in a log that ends with its header", c, err)
	}
	if r.Size() != 4096 {
		t.Errorf("size %d", r.Size())
	}
}

func TestVersions(t *testing.T) {
	for _, v := range []struct {
		major, minor uint16
		read         bool
	}{{3, 0, true}, {3, 1, true}, {3, 2, true}, {3, 3, true}, {2, 1, false}, {4, 0, false}, {4, 1, false}, {0, 0, false}, {0x300, 1, false}} {
		t.Run(fmt.Sprintf("%d.%d", v.major, v.minor), func(t *testing.T) {
			im := logOf(t, 3)
			want := read(t, im.Bytes)
			im.SetHeader(evtxbuild.FileHeader{Minor: v.minor, Major: v.major, Chunks: 1})
			got := read(t, im.Bytes)
			if v.read {
				wantErrors(t, got.errs)
				if d := diff(got.rows, want.rows, sameRow); d != "" || len(got.rows) != 3 {
					t.Error(d)
				}
				return
			}
			// Chunks of another major version are not known to be chunks.
			wantErrors(t, got.errs, cursor.Error{Offset: 36, Field: "version", Err: cursor.ErrUnsupported})
			if got.opened {
				t.Error("opened")
			}
		})
	}
}

// Whatever the file header says but for its version, the same records come.
func TestFileHeaderIsAdvisory(t *testing.T) {
	l := fixture(t, "security-multi-chunk.evtx")
	want := read(t, l.Bytes)
	if len(want.rows) != 210 || len(want.errs) != 0 {
		t.Fatalf("%d rows, %s", len(want.rows), joined(want.errs))
	}
	for name, h := range map[string]evtxbuild.FileHeader{
		"stale, dirty":              {Last: 0, NextRecordID: 2, Minor: 1, Major: 3, Chunks: 1, Flags: evtxbuild.FlagDirty},
		"no chunks":                 {Minor: 1, Major: 3},
		"more chunks than the file": {First: 0, Last: 65534, NextRecordID: 1 << 40, Minor: 1, Major: 3, Chunks: 65535},
		"first behind last":         {First: 2, Last: 1, NextRecordID: 70211, Minor: 1, Major: 3, Chunks: 3, Flags: evtxbuild.FlagFull},
		"first outside":             {First: 1 << 63, Last: 1<<64 - 1, NextRecordID: 1<<64 - 1, Minor: 1, Major: 3, Chunks: 3},
		"unknown flags":             {Last: 2, NextRecordID: 70211, Minor: 1, Major: 3, Chunks: 3, Flags: 0xfffffff8},
	} {
		t.Run(name, func(t *testing.T) {
			im := *l.Image
			im.Bytes = bytes.Clone(l.Bytes)
			im.SetHeader(h)
			got := read(t, im.Bytes)
			wantErrors(t, got.errs)
			if d := diff(got.rows, want.rows, sameRow); d != "" {
				t.Error(d)
			}
			if got.header.Flags != h.Flags || got.header.Dirty() != (h.Flags&1 != 0) || got.header.Full() != (h.Flags&2 != 0) {
				t.Errorf("header %+v", got.header)
			}
		})
	}
	t.Run("sizes of the header", func(t *testing.T) { // the grid begins at 4096 all the same
		im := *l.Image
		im.Bytes = bytes.Clone(l.Bytes)
		im.Put(32, 0, 2, 0, 0)
		im.Put(40, 0, 0x20)
		binary.LittleEndian.PutUint32(im.Bytes[124:], crc32.ChecksumIEEE(im.Bytes[:120]))
		got := read(t, im.Bytes)
		wantErrors(t, got.errs)
		if d := diff(got.rows, want.rows, sameRow); d != "" {
			t.Error(d)
		}
	})
}

// A header that was wiped costs one error and no record.
func TestWipedFileHeader(t *testing.T) {
	im := logOf(t, 5)
	want := read(t, im.Bytes)
	for name, wipe := range map[string]func(b []byte){
		"zeros":                func(b []byte) { clear(b[:4096]) },
		"ones":                 func(b []byte) { copy(b, bytes.Repeat([]byte{0xff}, 4096)) },
		"signature alone":      func(b []byte) { clear(b[:8]) },
		"last byte":            func(b []byte) { b[7] = 1 },
		"signature of a chunk": func(b []byte) { copy(b, "ElfChnk\x00") },
	} {
		t.Run(name, func(t *testing.T) {
			b := bytes.Clone(im.Bytes)
			wipe(b)
			got := read(t, b)
			wantErrors(t, got.errs, cursor.Error{Offset: 0, Field: "file signature", Err: cursor.ErrMalformed})
			if d := diff(got.rows, want.rows, sameRow); d != "" {
				t.Error(d)
			}
			if got.header != (evtx.Header{}) {
				t.Errorf("header %+v of bytes that are none", got.header)
			}
		})
	}
}

// What the rest of the header block holds does not matter.
func TestFileHeaderBlockBehindTheHeader(t *testing.T) {
	im := logOf(t, 2)
	want := read(t, im.Bytes)
	copy(im.Bytes[128:4096], bytes.Repeat([]byte{0xa5}, 4096-128))
	got := read(t, im.Bytes)
	wantErrors(t, got.errs)
	if d := diff(got.rows, want.rows, sameRow); d != "" {
		t.Error(d)
	}
}

func TestFileThatEndsWithinTheHeader(t *testing.T) {
	log := logOf(t, 1).Bytes
	for n := range fileHeader {
		_, err := evtx.NewReader(bytes.NewReader(log[:n]))
		var e *cursor.Error
		if !errors.As(err, &e) || e.Err != cursor.ErrTruncated || e.Offset < 0 || e.Offset > int64(n) {
			t.Fatalf("%d bytes: %v", n, err)
		}
	}
}
