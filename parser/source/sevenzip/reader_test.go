package sevenzip_test

import (
	"bytes"
	"cmp"
	"compress/flate"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/qmparse/qmparse/parser/internal/alloctest"
	"github.com/qmparse/qmparse/parser/internal/build/archivebuild"
	"github.com/qmparse/qmparse/parser/internal/cursor"
	"github.com/qmparse/qmparse/parser/source/sevenzip"
)

// extracted is a file that was read, and the error that reading it ended with.
type extracted struct {
	name string
	data []byte
	err  error
}

// maxTest is how much of a file is read: what a fuzzer declares may be large.
const maxTest = 1 << 20

// free lets an archive have what it asks for.
func free(int64) error { return nil }

// extract reads an archive to its end: its files, and the errors between them.
func extract(b []byte) (files []extracted, errs []error) {
	r, err := sevenzip.NewReader(bytes.NewReader(b), int64(len(b)), free)
	if err != nil {
		return nil, []error{err}
	}
	for {
		f, err := r.Next()
		if err == io.EOF {
			return files, errs
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		data, err := io.ReadAll(io.LimitReader(r, maxTest))
		if err == nil && int64(len(data)) != min(f.Size, maxTest) {
			err = fmt.Errorf("%d bytes of %d", len(data), f.Size)
		}
		files = append(files, extracted{f.Name, data, err})
		if f.Size > maxTest {
			return files, errs // going on would read it all
		}
	}
}

// want compares what an archive holds with files, all of which must be whole.
func want(t *testing.T, b []byte, files ...archivebuild.SevenZipFile) {
	t.Helper()
	got, errs := extract(b)
	if errs != nil {
		t.Fatal(errs)
	}
	files = slices.DeleteFunc(slices.Clone(files), func(f archivebuild.SevenZipFile) bool { return len(f.Data) == 0 })
	if len(got) != len(files) {
		t.Fatalf("%d files, want %d", len(got), len(files))
	}
	for i, f := range files {
		if got[i].name != f.Name || got[i].err != nil || !bytes.Equal(got[i].data, f.Data) {
			t.Errorf("file %d: %q, %d bytes, %v; want %q, %d bytes", i, got[i].name, len(got[i].data), got[i].err, f.Name, len(f.Data))
		}
	}
}

// TestByHand reads an archive of one stored file, put together from 7zFormat.txt.
func TestByHand(t *testing.T) {
	header := unhex(t,
		"01",                   // Header
		"04 06 00 01 09 05 00", // MainStreamsInfo, PackInfo: from 0, 1 stream, of 5 bytes
		"07 0b 01 00",          // UnpackInfo: 1 folder, in this header
		"01 01 00",             // 1 coder, with an id of 1 byte: Copy
		"0c 05",                // 5 bytes come out
		"0a 01 8289d1f7 00 00", // all CRCs are there; ends of UnpackInfo and MainStreamsInfo
		"05 01",                // FilesInfo: 1 file
		"11 0f 00 6100 2e00 6500 7600 7400 7800 0000", // names, 15 bytes, in this header
		"00 00") // ends of FilesInfo and Header
	start := unhex(t, "0500000000000000", "2e00000000000000") // the header is 5 bytes on, and has 46
	start = append(start, crc(header)...)
	b := slices.Concat(unhex(t, "377abcaf271c 0004"), crc(start), start, []byte("Hello"), header)
	want(t, b, archivebuild.SevenZipFile{Name: "a.evtx", Data: []byte("Hello")})
}

func unhex(t *testing.T, fields ...string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(strings.Join(fields, ""), " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func crc(b []byte) []byte { return binary.LittleEndian.AppendUint32(nil, crc32.ChecksumIEEE(b)) }

// TestShapes reads archives of every shape that is read.
func TestShapes(t *testing.T) {
	files := []archivebuild.SevenZipFile{
		{Name: "Security.evtx", Data: archivebuild.Words(30_000, 1)}, {Name: "dir"}, {Name: `a\b ü 日`, Data: archivebuild.Words(10, 2)}, {Name: "ende", Data: archivebuild.Words(70_000, 3)}}
	for _, method := range []archivebuild.Method{archivebuild.SevenZipCopy, archivebuild.SevenZipLZMA, archivebuild.SevenZipLZMA2} {
		for _, packed := range []bool{false, true} {
			for name, folders := range map[string][]archivebuild.SevenZipFolder{
				"solid":        {{Method: method, Files: files}},
				"a file each":  {{Method: method, Files: files[:1]}, {Method: method, Files: files[2:3]}, {Method: method, Files: files[3:]}},
				"mixed":        {{Method: archivebuild.SevenZipCopy, Files: files[:2]}, {Method: method, Files: files[2:]}},
				"no checksums": {{Method: method, Files: files, NoSums: true}},
				"only a name":  {{Method: method, Files: files[1:2]}},
			} {
				t.Run(fmt.Sprintf("%s %x %t", name, method, packed), func(t *testing.T) {
					z := archivebuild.SevenZip{Folders: folders, Packed: packed}
					var all []archivebuild.SevenZipFile
					for _, f := range folders {
						all = append(all, f.Files...)
					}
					want(t, z.Bytes(), all...)
				})
			}
		}
	}
	want(t, unhex(t, "377abcaf271c 0004 8d9bd50f", "0000000000000000", "0000000000000000", "00000000")) // no header: no files
}

// A file need not be read to get to the next.
func TestSkip(t *testing.T) {
	files := []archivebuild.SevenZipFile{{Name: "a", Data: archivebuild.Words(30_000, 1)}, {Name: "b", Data: archivebuild.Words(30_000, 2)}, {Name: "c", Data: archivebuild.Words(10, 3)}}
	z := archivebuild.SevenZip{Folders: []archivebuild.SevenZipFolder{{Method: archivebuild.SevenZipLZMA2, Files: files[:2]}, {Method: archivebuild.SevenZipLZMA, Files: files[2:]}}}
	b := z.Bytes()
	for skip := range 1 << 3 {
		r, err := sevenzip.NewReader(bytes.NewReader(b), int64(len(b)), free)
		if err != nil {
			t.Fatal(err)
		}
		for i, f := range files {
			got, err := r.Next()
			if err != nil || got.Name != f.Name {
				t.Fatalf("%v, %v", got, err)
			}
			part := f.Data
			if skip>>i&1 != 0 {
				part = part[:len(part)/3]
			}
			data := make([]byte, len(part))
			if _, err := io.ReadFull(r, data); err != nil || !bytes.Equal(data, part) {
				t.Errorf("%s: %v", f.Name, err)
			}
		}
		if _, err := r.Next(); err != io.EOF {
			t.Error(err)
		}
	}
}

// TestRefused is about what the format allows and is not read: each folder of it
// is one error, which names what to do and a file, and others are read.
func TestRefused(t *testing.T) {
	data := archivebuild.Words(100, 1)
	for method, text := range map[archivebuild.Method]string{
		archivebuild.SevenZipAES:  `encrypted; not read: "a" and 1 more`,
		archivebuild.SevenZipPPMd: `packed with PPMd: unpack it with 7z; not read: "a" and 1 more`,
		"\x7f\x7f":                `packed with method 7f7f: unpack it with 7z; not read: "a" and 1 more`,
	} {
		z := archivebuild.SevenZip{Folders: []archivebuild.SevenZipFolder{
			{Method: method, Files: []archivebuild.SevenZipFile{{Name: "a", Data: data}, {Name: "e"}, {Name: "b", Data: data}}},
			{Method: archivebuild.SevenZipLZMA, Files: []archivebuild.SevenZipFile{{Name: "c", Data: data}}}}}
		files, errs := extract(z.Bytes())
		if len(errs) != 1 || !errors.Is(errs[0], cursor.ErrUnsupported) || !strings.Contains(errs[0].Error(), text) {
			t.Errorf("%x: %v", method, errs)
		}
		if len(files) != 1 || files[0].name != "c" || !bytes.Equal(files[0].data, data) {
			t.Errorf("%x: %v", method, files)
		}
	}
}

// samples are small archives for the tests that go through them byte by byte.
func samples() map[string][]byte {
	files := []archivebuild.SevenZipFile{{Name: "a.evtx", Data: archivebuild.Words(300, 1)}, {Name: "dir"}, {Name: "b", Data: archivebuild.Words(200, 2)}}
	return map[string][]byte{
		"copy":   (&archivebuild.SevenZip{Folders: []archivebuild.SevenZipFolder{{Method: archivebuild.SevenZipCopy, Files: files}}}).Bytes(),
		"lzma":   (&archivebuild.SevenZip{Folders: []archivebuild.SevenZipFolder{{Method: archivebuild.SevenZipLZMA, Files: files}}}).Bytes(),
		"lzma2":  (&archivebuild.SevenZip{Folders: []archivebuild.SevenZipFolder{{Method: archivebuild.SevenZipLZMA2, Files: files[:1]}, {Method: archivebuild.SevenZipCopy, Files: files[1:]}}}).Bytes(),
		"packed": (&archivebuild.SevenZip{Folders: []archivebuild.SevenZipFolder{{Method: archivebuild.SevenZipLZMA2, Files: files}}, Packed: true}).Bytes(),
	}
}

// TestCut cuts an archive at every byte. What it holds is said at its end, so a
// cut one is one error within it.
func TestCut(t *testing.T) {
	for name, b := range samples() {
		for n := range b {
			files, errs := extract(b[:n])
			var at *cursor.Error
			if len(files) != 0 || len(errs) != 1 || !errors.As(errs[0], &at) || !errors.Is(at, cursor.ErrTruncated) || at.Offset > int64(n) {
				t.Fatalf("%s: %d of %d bytes: %v, %v", name, n, len(b), files, errs)
			}
		}
	}
}

// TestFlipped turns bits of an archive over: there are checksums of all of it but
// the version, so nothing that is wrong comes out as whole.
func TestFlipped(t *testing.T) {
	for name, b := range samples() {
		whole, _ := extract(b)
		for i := range b {
			if testing.Short() && i%5 != 0 {
				continue
			}
			for _, bit := range []byte{1, 0x80} {
				flipped := bytes.Clone(b)
				flipped[i] ^= bit
				files, errs := extract(flipped)
				if len(errs) == 0 && len(files) != len(whole) {
					t.Fatalf("%s: bit %#x at %#x: %d files without an error", name, bit, i, len(files))
				}
				for _, f := range files {
					if f.err == nil && !slices.ContainsFunc(whole, func(w extracted) bool { return w.name == f.name && bytes.Equal(w.data, f.data) }) {
						t.Fatalf("%s: bit %#x at %#x changes %q without an error", name, bit, i, f.name)
					}
				}
			}
		}
	}
}

// TestHostile changes headers and seals them again, so that their fields are
// believed: no panic, no file of more bytes than there are, an error that says
// where.
func TestHostile(t *testing.T) {
	rounds := 3000
	if testing.Short() {
		rounds = 300
	}
	for name, b := range samples() {
		if name == "packed" {
			continue // its header is changed before it is packed, below
		}
		header := 32 + int(binary.LittleEndian.Uint64(b[12:]))
		r := rand.New(rand.NewPCG(7, 7))
		for range rounds {
			bad := bytes.Clone(b)
			for range 1 + r.IntN(3) {
				bad[header+r.IntN(len(b)-header)] = []byte{byte(r.IntN(256)), 0, 0xff, byte(r.IntN(32))}[r.IntN(4)]
			}
			check(t, archivebuild.Reseal(bad))
		}
	}
	z := archivebuild.SevenZip{Folders: []archivebuild.SevenZipFolder{{Method: archivebuild.SevenZipCopy, Files: []archivebuild.SevenZipFile{{Name: "a", Data: archivebuild.Words(100, 1)}}}}, Packed: true}
	for i := range 60 {
		z.Edit = func(header []byte) []byte {
			header[i%len(header)] ^= 0xff
			return header
		}
		check(t, z.Bytes())
	}
}

// check reads an archive that may be anything.
func check(t *testing.T, b []byte) {
	t.Helper()
	files, errs := extract(b)
	for _, f := range files {
		if f.err != nil {
			errs = append(errs, f.err)
		}
	}
	for _, err := range errs {
		var at *cursor.Error
		if !errors.As(err, &at) || at.Offset < 0 {
			t.Fatalf("%v (%x)", err, b)
		}
	}
}

// Counts and sizes that cannot be are refused before anything is allocated for
// them.
func TestBombs(t *testing.T) {
	huge := "ff ffffffffffffff7f"
	many := "f0 ffffffff"
	for name, header := range map[string][]string{
		"files":        {"01 05", many, "00 00"},
		"files, huge":  {"01 05", huge, "00 00"},
		"pack streams": {"01 04 06 00", many, "09 00"},
		"folders":      {"01 04 06 00 01 09 05 00 07 0b", many, "00 01 01 00"},
		"coders":       {"01 04 06 00 01 09 05 00 07 0b 01 00", many, "01 00"},
		"in streams":   {"01 04 06 00 01 09 05 00 07 0b 01 00 01 11 00", many, "01"},
		"substreams":   {"01 04 06 00 01 09 05 00 07 0b 01 00 01 01 00 0c 05 00 08 0d", many, "00 00"},
		"properties":   {"01 04 06 00 01 09 05 00 07 0b 01 00 01 21 00", huge},
		"pack size":    {"01 04 06", huge, "01 09", huge, "00"},
	} {
		h := unhex(t, header...)
		start := append(unhex(t, "0500000000000000"), byte(len(h)), 0, 0, 0, 0, 0, 0, 0)
		start = append(start, crc(h)...)
		b := slices.Concat(unhex(t, "377abcaf271c 0004"), crc(start), start, []byte("Hello"), h)
		var files []extracted
		var errs []error
		if n := testing.AllocsPerRun(1, func() { files, errs = extract(b) }); n > 100 {
			t.Errorf("%s: %v allocations", name, n)
		}
		if len(files) != 0 || len(errs) != 1 {
			t.Errorf("%s: %v, %v", name, files, errs)
		}
	}
	// A dictionary that no folder here needs.
	lzma := archivebuild.SevenZip{Folders: []archivebuild.SevenZipFolder{{Method: archivebuild.SevenZipLZMA, Files: []archivebuild.SevenZipFile{{Name: "a", Data: archivebuild.Words(100, 1)}}}}}
	lzma.Edit = func(h []byte) []byte {
		i := bytes.Index(h, []byte{3, 1, 1, 5})
		copy(h[i+5:], []byte{0xff, 0xff, 0xff, 0xff})
		return h
	}
	want(t, lzma.Bytes(), lzma.Folders[0].Files...)
}

// asked reads an archive to its end, whose claims are refused beyond most. It
// returns their sum, and the first error.
func asked(b []byte, most int64) (sum int64, first error) {
	over := &cursor.Error{Field: "claim", Err: cursor.ErrUnsupported}
	r, err := sevenzip.NewReader(bytes.NewReader(b), int64(len(b)), func(n int64) error {
		if n > most-sum {
			return over
		}
		sum += n
		return nil
	})
	for err == nil {
		if _, err = r.Next(); err == nil {
			if _, err := io.Copy(io.Discard, r); err != nil && first == nil {
				first = err
			}
		} else if err != io.EOF {
			first, err = cmp.Or(first, err), nil
		}
	}
	if err == io.EOF {
		err = first
	}
	return sum, err
}

// What an archive asks for beyond its files is claimed before it is given: a packed
// header, dictionaries that may be larger than the files, tables, and bytes between
// coders.
func TestClaims(t *testing.T) {
	data := archivebuild.Words(100, 1)
	one := func(m archivebuild.Method, packed bool, old, new string) []byte {
		z := archivebuild.SevenZip{Packed: packed, Folders: []archivebuild.SevenZipFolder{{Method: m, Files: []archivebuild.SevenZipFile{{Name: "a", Data: data}}}}}
		z.Edit = func(h []byte) []byte { return bytes.Replace(h, []byte(old), []byte(new), 1) }
		return z.Bytes()
	}
	for name, c := range map[string]struct {
		b           []byte
		least, most int64
	}{
		"copy":          {one(archivebuild.SevenZipCopy, false, "", ""), 1, 10_000},
		"packed header": {one(archivebuild.SevenZipCopy, true, "", ""), 300, 20_000},
		"lzma":          {one(archivebuild.SevenZipLZMA, false, "", ""), 1, 10_000},
		"lzma2":         {one(archivebuild.SevenZipLZMA2, false, "", ""), 1, 10_000},
		// As large as 7-Zip's highest level, and nothing is in the folder that fills it.
		"dictionary":  {one(archivebuild.SevenZipLZMA, false, "\x00\x00\x01\x00\x0c\x64", "\x00\x00\x00\x10\x0c\xf0\x00\x00\x00\x10"), 256 << 20, 257 << 20},
		"dictionary2": {one(archivebuild.SevenZipLZMA2, false, "\x21\x01\x08\x0c\x64", "\x21\x01\x20\x0c\xf0\x00\x00\x00\x10"), 256 << 20, 257 << 20},
		// lc 8, lp 4, pb 0
		"tables": {one(archivebuild.SevenZipLZMA, false, "\x03\x01\x01\x05\x5d", "\x03\x01\x01\x05\x2c"), 6_000_000, 7_000_000},
	} {
		sum, _ := asked(c.b, 1<<62)
		if sum < c.least || sum > c.most {
			t.Errorf("%s: %d are asked for", name, sum)
		}
		var err error
		if n := alloctest.Bytes(func() { _, err = asked(c.b, sum-1) }); n > 2<<20 {
			t.Errorf("%s: %d bytes are allocated before the refusal", name, n)
		}
		if err == nil || !strings.HasPrefix(err.Error(), "claim") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Of any number of bytes between two coders may come none.
func TestClaimsBetweenCoders(t *testing.T) {
	const n = 1 << 20
	deflated := func(b []byte) []byte {
		var out bytes.Buffer
		w, _ := flate.NewWriter(&out, flate.BestCompression)
		w.Write(b)
		w.Close()
		return out.Bytes()
	}
	packed := deflated(bytes.Repeat([]byte{0, 0, 0, 0xff, 0xff}, n/5)) // empty blocks
	header := unhex(t, "01 04 06 00 01 09", fmt.Sprintf("%04x", 0x8000|len(packed)), "00 07 0b 01 00",
		"02 03 040108 03 040108 01 00", // two coders, the second of which reads the first
		"0c d00000 d00000 00 00", "05 01 11 05 00 6100 0000 00 00")
	start := binary.LittleEndian.AppendUint64(nil, uint64(len(packed)))
	start = binary.LittleEndian.AppendUint64(start, uint64(len(header)))
	start = append(start, crc(header)...)
	b := slices.Concat(unhex(t, "377abcaf271c 0004"), crc(start), start, packed, header)
	if sum, err := asked(b, 1<<62); sum < n-5 || !errors.Is(err, cursor.ErrMalformed) {
		t.Errorf("%d, %v", sum, err)
	}
	if sum, err := asked(b, n/2); sum < n/4 || err == nil || !strings.HasPrefix(err.Error(), "claim") {
		t.Errorf("%d, %v", sum, err)
	}
}

// Coders of a byte each, of which the header has more than anybody's folders.
func TestManyCoders(t *testing.T) {
	folder := append([]byte{32}, make([]byte, 32)...)
	for i := range byte(31) {
		folder = append(folder, i, i+1)
	}
	const n = 1<<17 + 1
	number := unhex(t, "c10002") // n
	number[0], number[1], number[2] = 0xc0|n>>16, n&0xff, n>>8&0xff
	header := slices.Concat(unhex(t, "01 04 06 00"), number, unhex(t, "09"), make([]byte, n), unhex(t, "00 07 0b"), number, unhex(t, "00"),
		bytes.Repeat(folder, n), unhex(t, "0c"), make([]byte, 32*n), unhex(t, "00 00 00"))
	start := append(make([]byte, 8), binary.LittleEndian.AppendUint64(nil, uint64(len(header)))...)
	start = append(start, crc(header)...)
	_, errs := extract(slices.Concat(unhex(t, "377abcaf271c 0004"), crc(start), start, header))
	if len(errs) != 1 || !strings.HasPrefix(errs[0].Error(), "numCoders") || !errors.Is(errs[0], cursor.ErrUnsupported) {
		t.Errorf("%v", errs)
	}
}

// Folders that have no packed bytes, of which a packed header can list a million, are
// given up before there are tables for them.
func TestEmptyFolders(t *testing.T) {
	const n = 10_000
	number := []byte{0x80 | n>>8, n & 0xff}
	names := []byte{0xc0, 0, 0}
	names[0], names[1], names[2] = 0xc0|(1+4*n)>>16, (1+4*n)&0xff, (1+4*n)>>8&0xff
	for name, folder := range map[string]string{"lzma": "01 23 030101 05 5d00000100", "deflate": "01 03 040108"} {
		header := slices.Concat(unhex(t, "01 04 06 00"), number, unhex(t, "09"), make([]byte, n), unhex(t, "00 07 0b"), number, unhex(t, "00"),
			bytes.Repeat(unhex(t, folder), n), unhex(t, "0c"), bytes.Repeat([]byte{1}, n), unhex(t, "00 00 05"), number,
			unhex(t, "11"), names, unhex(t, "00"), bytes.Repeat([]byte("a\x00\x00\x00"), n), unhex(t, "00 00"))
		start := append(make([]byte, 8), binary.LittleEndian.AppendUint64(nil, uint64(len(header)))...)
		start = append(start, crc(header)...)
		b := slices.Concat(unhex(t, "377abcaf271c 0004"), crc(start), start, header)
		var errs []error
		if got := alloctest.Bytes(func() { _, errs = extract(b) }); got > n*2000 {
			t.Errorf("%s: %d bytes are allocated for each", name, got/n)
		}
		if len(errs) != n || !strings.Contains(errs[0].Error(), `its bytes end too early; not read: "a"`) {
			t.Errorf("%s: %d, %.300v", name, len(errs), errs)
		}
	}
}

// many is an archive of n folders that are packed alike, by one coder, each of one file.
func many(t *testing.T, n int, coder string, packed []byte, size byte) []byte {
	number := []byte{0x80 | byte(n>>8), byte(n)}
	header := slices.Concat(unhex(t, "01 04 06 00"), number, unhex(t, "09"), bytes.Repeat([]byte{byte(len(packed))}, n), unhex(t, "00 07 0b"), number, unhex(t, "00"),
		bytes.Repeat(unhex(t, coder), n), unhex(t, "0c"), bytes.Repeat([]byte{size}, n), unhex(t, "00 00 05"), number,
		unhex(t, "11"), []byte{0x80 | byte((1+4*n)>>8), byte(1 + 4*n)}, unhex(t, "00"), bytes.Repeat([]byte("a\x00\x00\x00"), n), unhex(t, "00 00"))
	start := append(binary.LittleEndian.AppendUint64(nil, uint64(n*len(packed))), binary.LittleEndian.AppendUint64(nil, uint64(len(header)))...)
	start = append(start, crc(header)...)
	return slices.Concat(unhex(t, "377abcaf271c 0004"), crc(start), start, bytes.Repeat(packed, n), header)
}

// Folders of bzip2 that have a header of a stream, or a byte, are given memory for their
// own size.
func TestManyOfBzip2(t *testing.T) {
	const n = 100
	for name, packed := range map[string][]byte{
		"header alone": []byte("BZh9"),
		"a byte":       unhex(t, "425a6839314159265359774bb01400000000800040200021184682ee48a70a120ee9760280"),
	} {
		b := many(t, n, "01 03 040202", packed, 1)
		var files []extracted
		if got := alloctest.Bytes(func() { files, _ = extract(b) }); got > n*600_000 {
			t.Errorf("%s: %d bytes are allocated for each", name, got/n)
		}
		if len(files) != n || name == "a byte" && (files[n-1].err != nil || string(files[n-1].data) != "x") {
			t.Errorf("%s: %d files", name, len(files))
		}
		if sum, err := asked(b, n*10_000); sum > n*10_000 || name == "a byte" && err != nil {
			t.Errorf("%s: %d are asked for, %v", name, sum, err)
		}
	}
}

// Folders of Deflate share their decoders, and nothing of what is in them, also if one
// before is damaged or each has two.
func TestManyOfDeflate(t *testing.T) {
	const n = 1000
	deflated := func(b []byte) []byte {
		var out bytes.Buffer
		w, _ := flate.NewWriter(&out, flate.BestCompression)
		w.Write(b)
		w.Close()
		return out.Bytes()
	}
	b := many(t, n, "01 03 040108", deflated([]byte("the log")), 7)
	var files []extracted
	var errs []error
	if got := alloctest.Bytes(func() { files, errs = extract(b) }); got > n*15_000 {
		t.Errorf("%d bytes are allocated for each", got/n)
	}
	for _, f := range files {
		if f.err != nil || string(f.data) != "the log" {
			t.Fatalf("%q, %v", f.data, f.err)
		}
	}
	if len(files) != n || errs != nil {
		t.Errorf("%d files, %v", len(files), errs)
	}
	text := archivebuild.Words(100, 1)
	packed := deflated(text)
	for at := range packed {
		bad := many(t, 3, "01 03 040108", packed, 100)
		bad[32+at] ^= 0x10
		files, _ := extract(bad)
		for i := range 2 {
			if f := files[len(files)-1-i]; f.err != nil || !bytes.Equal(f.data, text) {
				t.Errorf("%d: %q, %v", at, f.data, f.err)
			}
		}
	}
	twice := deflated(deflated([]byte("the log")))
	coders := "02 03 040108 03 040108 01 00" // the second reads the first
	inner := byte(len(deflated([]byte("the log"))))
	b = bytes.Replace(many(t, 3, coders, twice, 0), []byte{0x0c, 0, 0, 0}, []byte{0x0c, 7, inner, 7, inner, 7, inner}, 1)
	if files, errs := extract(archivebuild.Reseal(b)); len(files) != 3 || string(files[2].data) != "the log" || errs != nil {
		t.Errorf("%v, %v", files, errs)
	}
}

// Surrogates are as package utf16 has them.
func TestNamesOfUTF16(t *testing.T) {
	for _, units := range [][]uint16{{0xd83d, 0xde00}, {0xd83d, 'a'}, {0xde00, 'a'}, {'a', 0xd83d}, {0xd83d, 0xd83d}, {0xffff, 0x3042}} {
		z := archivebuild.SevenZip{Folders: []archivebuild.SevenZipFolder{{Method: archivebuild.SevenZipCopy, Files: []archivebuild.SevenZipFile{{Name: "qz", Data: []byte("x")}, {Name: "b", Data: []byte("y")}}}}}
		z.Edit = func(h []byte) []byte {
			b := binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16(nil, units[0]), units[1])
			return bytes.Replace(h, []byte("q\x00z\x00"), b, 1)
		}
		want(t, z.Bytes(), archivebuild.SevenZipFile{Name: string(utf16.Decode(units)), Data: []byte("x")}, archivebuild.SevenZipFile{Name: "b", Data: []byte("y")})
	}
}

// What fails below is passed on as it is.
func TestReadError(t *testing.T) {
	b := samples()["packed"]
	bad := errors.New("bad sector")
	for _, n := range []int{0, 31, 32, len(b) - 1} {
		r, err := sevenzip.NewReader(failing{b[:n], bad}, int64(len(b)), free)
		if err == nil {
			if _, err = r.Next(); err == nil {
				_, err = io.Copy(io.Discard, r)
			}
		}
		if !errors.Is(err, bad) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

// failing has b and fails behind it.
type failing struct {
	b   []byte
	err error
}

func (f failing) ReadAt(p []byte, off int64) (int, error) {
	n := 0
	if off < int64(len(f.b)) {
		n = copy(p, f.b[off:])
	}
	if n < len(p) {
		return n, f.err
	}
	return n, nil
}

// TestPeer reads what 7-Zip writes.
func TestPeer(t *testing.T) {
	tool, err := exec.LookPath("7z")
	if err != nil {
		t.Skip("7z is not installed")
	}
	dir := t.TempDir()
	var files []archivebuild.SevenZipFile
	for i, n := range []int{100, 70_000, 500_000} {
		f := archivebuild.SevenZipFile{Name: fmt.Sprintf("%d.evtx", i), Data: archivebuild.Words(n, uint64(i))}
		if err := os.WriteFile(filepath.Join(dir, f.Name), f.Data, 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	for name, args := range map[string]string{
		"default": "", "ultra": "-mx=9", "stored": "-mx=0", "not solid": "-ms=off", "plain header": "-mhc=off", "lzma": "-m0=lzma",
		"deflate": "-m0=deflate", "bzip2": "-m0=bzip2",
	} {
		t.Run(name, func(t *testing.T) {
			want(t, archived(t, tool, dir, args), files...)
		})
	}
	for args, text := range map[string]string{
		"-pfoo": "encrypted", "-pfoo -mhe=on": "encrypted", "-m0=PPMd": "PPMd", "-m0=BCJ -m1=LZMA": "BCJ", "-m0=Delta -m1=LZMA2": "Delta",
		"-m0=BCJ2 -m1=LZMA -m2=LZMA -m3=LZMA -mb0:1 -mb0s1:2 -mb0s2:3": "BCJ2",
	} {
		t.Run(args, func(t *testing.T) {
			read, errs := extract(archived(t, tool, dir, args))
			if len(read) != 0 || len(errs) != 1 || !errors.Is(errs[0], cursor.ErrUnsupported) || !strings.Contains(errs[0].Error(), text) {
				t.Errorf("%v, %v", read, errs)
			}
		})
	}
}

// archived returns what 7-Zip makes of the .evtx files in dir.
func archived(t *testing.T, tool, dir, args string) []byte {
	t.Helper()
	target := filepath.Join(t.TempDir(), "a.7z")
	cmd := exec.Command(tool, append(strings.Fields("a -bd -mmt=1 "+args), target, "0.evtx", "1.evtx", "2.evtx")...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	b, err := os.ReadFile(target)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestFuzzHasSeeds(t *testing.T) {
	if n := len(samples()); n < 4 {
		t.Fatalf("%d seeds", n)
	}
}

// FuzzReader: no panic and no endless loop on any bytes, errors say where. The
// checksums of the header, which would keep a fuzzer from its fields, are made to
// fit.
func FuzzReader(f *testing.F) {
	for _, b := range samples() {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 32 && binary.LittleEndian.Uint64(b[12:]) <= uint64(len(b)-32) && string(b[:6]) == sevenzip.Signature {
			b = archivebuild.Reseal(b)
		}
		check(t, b)
	})
}
