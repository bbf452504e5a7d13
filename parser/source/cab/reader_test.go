package cab_test

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/qmparse/qmparse/parser/internal/build/archivebuild"
	"github.com/qmparse/qmparse/parser/internal/cursor"
	"github.com/qmparse/qmparse/parser/source/cab"
)

// extracted is a file that was read, and the error that reading it ended with.
type extracted struct {
	name string
	data []byte
	err  error
}

// extract reads a cabinet to its end: its files, and the errors between them.
func extract(b []byte) (files []extracted, errs []error) {
	r, err := cab.NewReader(bufio.NewReader(bytes.NewReader(b)))
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
		data, err := io.ReadAll(r)
		if err == nil && int64(len(data)) != f.Size {
			err = fmt.Errorf("%d bytes of %d", len(data), f.Size)
		}
		files = append(files, extracted{string(f.Name), data, err})
	}
}

// want compares what a cabinet holds with files, all of which must be whole.
func want(t *testing.T, b []byte, files ...archivebuild.CabFile) {
	t.Helper()
	got, errs := extract(b)
	if errs != nil {
		t.Fatal(errs)
	}
	if len(got) != len(files) {
		t.Fatalf("%d files, want %d", len(got), len(files))
	}
	for i, f := range files {
		if got[i].name != f.Name || got[i].err != nil || !bytes.Equal(got[i].data, f.Data) {
			t.Errorf("file %d: %q, %d bytes, %v; want %q, %d bytes", i, got[i].name, len(got[i].data), got[i].err, f.Name, len(f.Data))
		}
	}
}

// TestByHand reads the stored cabinet of two small files that [MS-CAB] has as its
// example, put together field by field.
func TestByHand(t *testing.T) {
	hello := "#include <stdio.h>\r\n\r\nvoid main(void)\r\n{\r\n    printf(\"Hello, world!\\n\");\r\n}\r\n"
	welcome := strings.Replace(hello, "Hello, world", "Welcome", 1) + "\r\n"
	fields := []string{
		"4d534346 00000000",              // signature, reserved1
		"fd000000 00000000",              // cbCabinet, reserved2
		"2c000000 00000000",              // coffFiles, reserved3
		"03 01 0100 0200 0000 2206 0000", // version 1.3, a folder, two files, flags, setID, iCabinet
		"5e000000 0100 0000",             // coffCabStart, cCFData, typeCompress
		"4d000000 00000000 0000 6c22 ba59 2000" + hexOf("hello.c\x00"), // cbFile, uoffFolderStart, iFolder, date, time, attribs
		"4a000000 4d000000 0000 6c22 e759 2000" + hexOf("welcome.c\x00"),
		"bd5aa630 9700 9700", // csum, cbData, cbUncomp
		hexOf(hello), hexOf(welcome),
	}
	b, err := hex.DecodeString(strings.ReplaceAll(strings.Join(fields, ""), " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	want(t, b, archivebuild.CabFile{Name: "hello.c", Data: []byte(hello)}, archivebuild.CabFile{Name: "welcome.c", Data: []byte(welcome)})
}

func hexOf(s string) string { return hex.EncodeToString([]byte(s)) }

// TestShapes reads cabinets of every shape there is.
func TestShapes(t *testing.T) {
	small, large, huge := archivebuild.Words(10, 1), archivebuild.Words(70_000, 2), archivebuild.Words(2*32<<10, 3)
	files := []archivebuild.CabFile{{Name: "wfpdiag.xml", Data: large}, {Name: "empty"}, {Name: "a\\b", Data: small}, {Name: "ende", Data: huge}}
	for _, method := range []uint16{archivebuild.CabStored, archivebuild.CabMSZIP} {
		folder := archivebuild.CabFolder{Method: method, Files: files}
		for name, c := range map[string]archivebuild.Cab{
			"plain":             {Folders: []archivebuild.CabFolder{folder}},
			"small blocks":      {Folders: []archivebuild.CabFolder{{Method: method, Files: files, Block: 1000}}},
			"reserved":          {Folders: []archivebuild.CabFolder{folder}, Reserve: [3]int{20, 3, 5}},
			"reserved, no sums": {Folders: []archivebuild.CabFolder{folder}, Reserve: [3]int{0, 0, 255}, NoSums: true},
			"gap":               {Folders: []archivebuild.CabFolder{folder}, Gap: 70_000},
			// Folders may belong to several cabinets; these are whole in this one.
			"one of several": {Folders: []archivebuild.CabFolder{folder}, Flags: 3, Names: []string{"prev.cab", "disk 1", "next.cab", ""}},
		} {
			t.Run(fmt.Sprintf("%s %d", name, method), func(t *testing.T) { want(t, c.Bytes(), files...) })
		}
		t.Run("folders", func(t *testing.T) {
			c := archivebuild.Cab{Folders: []archivebuild.CabFolder{
				{Method: archivebuild.CabStored, Files: files[:1]}, {Method: method}, {Method: method, Files: files[1:]}}}
			want(t, c.Bytes(), files...)
		})
	}
	want(t, (&archivebuild.Cab{}).Bytes())
}

// A file's name is bytes in a code page that nothing tells, unless it says UTF-8.
func TestNames(t *testing.T) {
	c := archivebuild.Cab{Folders: []archivebuild.CabFolder{{Files: []archivebuild.CabFile{
		{Name: "\x81ber"}, {Name: "über", Attribs: 0x80}, {Name: "\xff", Attribs: 0x80}, {Name: strings.Repeat("n", 256)}}}}}
	r, err := cab.NewReader(bufio.NewReader(bytes.NewReader(c.Bytes())))
	if err != nil {
		t.Fatal(err)
	}
	for _, utf8 := range []bool{false, true, false, false} {
		if f, err := r.Next(); err != nil || f.UTF8 != utf8 {
			t.Errorf("%v, %v", f, err)
		}
	}
	c.Folders[0].Files[0].Name = strings.Repeat("n", 257)
	if _, errs := extract(c.Bytes()); len(errs) != 1 || !errors.Is(errs[0], cursor.ErrMalformed) {
		t.Error(errs)
	}
}

// Files that are listed in another order than they lie in come in that in which
// they lie; one that begins in another is refused alone.
func TestOrder(t *testing.T) {
	a, b, c := archivebuild.Words(50, 1), archivebuild.Words(60, 2), archivebuild.Words(70, 3)
	swapped := archivebuild.Cab{Folders: []archivebuild.CabFolder{{Files: []archivebuild.CabFile{
		{Name: "b", Data: a, Start: 70 + 50}, {Name: "a", Data: c, Start: -50}, {Name: "c", Data: b, Start: -60}}}}}
	files, errs := extract(swapped.Bytes())
	if len(errs) != 1 || !strings.Contains(errs[0].Error(), "begins within the one before it") {
		t.Error(errs)
	}
	if len(files) != 2 || files[0].name != "a" || files[1].name != "b" || files[0].err != nil || files[1].err == nil && len(files[1].data) == 0 {
		t.Errorf("%v", files)
	}
}

// TestRefused is about what the format allows and is not read: each folder of it
// is one error, which names what to do and a file, and others are read.
func TestRefused(t *testing.T) {
	data := archivebuild.Words(100, 1)
	for method, text := range map[uint16]string{
		archivebuild.CabLZX:     "LZX: unpack it with cabextract or expand",
		archivebuild.CabQuantum: "Quantum: unpack it with cabextract",
		15:                      "typeCompress 0xf",
	} {
		c := archivebuild.Cab{Folders: []archivebuild.CabFolder{
			{Method: method, Files: []archivebuild.CabFile{{Name: "wfpdiag.xml", Data: data}, {Name: "wfpdiag.etl", Data: data}}},
			{Files: []archivebuild.CabFile{{Name: "read", Data: data}}}}}
		files, errs := extract(c.Bytes())
		if len(errs) != 1 || !errors.Is(errs[0], cursor.ErrUnsupported) || !strings.Contains(errs[0].Error(), text) ||
			!strings.Contains(errs[0].Error(), `"wfpdiag.xml" and 1 more`) {
			t.Errorf("method %#x: %v", method, errs)
		}
		if len(files) != 1 || files[0].name != "read" || !bytes.Equal(files[0].data, data) {
			t.Errorf("method %#x: %v", method, files)
		}
	}
	for _, folder := range []uint16{0xfffd, 0xfffe, 0xffff} {
		c := archivebuild.Cab{Folders: []archivebuild.CabFolder{{Files: []archivebuild.CabFile{{Name: "whole", Data: data}, {Name: "part", Data: data, Folder: folder}}}}}
		files, errs := extract(c.Bytes())
		if len(errs) != 1 || !errors.Is(errs[0], cursor.ErrUnsupported) || !strings.Contains(errs[0].Error(), `one of several`) || len(files) != 1 {
			t.Errorf("folder %#x: %v, %v", folder, files, errs)
		}
	}
	c := archivebuild.Cab{Folders: []archivebuild.CabFolder{{Files: []archivebuild.CabFile{{Name: "a", Data: data, Folder: 7}}}}}
	if _, errs := extract(c.Bytes()); len(errs) != 1 || !errors.Is(errs[0], cursor.ErrMalformed) {
		t.Errorf("folder 7: %v", errs)
	}
	b := (&archivebuild.Cab{}).Bytes()
	b[25] = 2
	if _, errs := extract(b); len(errs) != 1 || !errors.Is(errs[0], cursor.ErrUnsupported) {
		t.Errorf("version 2: %v", errs)
	}
}

// samples are small cabinets for the tests that go through them byte by byte.
func samples() map[string][]byte {
	files := []archivebuild.CabFile{{Name: "a.xml", Data: archivebuild.Words(250, 1)}, {Name: "b.etl", Data: archivebuild.Words(500, 2)}, {Name: "c", Data: archivebuild.Words(200, 3)}}
	return map[string][]byte{
		"stored": (&archivebuild.Cab{Folders: []archivebuild.CabFolder{{Files: files, Block: 250}}}).Bytes(),
		"mszip":  (&archivebuild.Cab{Folders: []archivebuild.CabFolder{{Method: archivebuild.CabMSZIP, Files: files, Block: 250}}}).Bytes(),
		"both": (&archivebuild.Cab{Folders: []archivebuild.CabFolder{{Files: files[:1]}, {Method: archivebuild.CabMSZIP, Files: files[1:], Block: 500}},
			Reserve: [3]int{3, 2, 1}, Flags: 1, Names: []string{"prev", "disk"}}).Bytes(),
	}
}

// TestCut cuts a cabinet at every byte: the files before the cut come whole, and
// what is said of the others is that the bytes end, within them.
func TestCut(t *testing.T) {
	for name, b := range samples() {
		whole, errs := extract(b)
		if errs != nil {
			t.Fatal(errs)
		}
		most := 0
		for n := range b {
			if testing.Short() && n%5 != 0 {
				continue
			}
			files, errs := extract(b[:n])
			for _, f := range files {
				if f.err != nil {
					errs = append(errs, f.err)
				}
			}
			if len(errs) == 0 {
				t.Fatalf("%s: %d of %d bytes without an error", name, n, len(b))
			}
			for _, err := range errs {
				var at *cursor.Error
				if !errors.As(err, &at) || !errors.Is(err, cursor.ErrTruncated) || at.Offset < 0 || at.Offset > int64(n) {
					t.Fatalf("%s: %d of %d bytes: %v", name, n, len(b), err)
				}
			}
			good := 0
			for i, f := range files {
				if f.err == nil {
					good++
				}
				if f.name != whole[i].name || !bytes.HasPrefix(whole[i].data, f.data) {
					t.Fatalf("%s: %d of %d bytes: %q is not as in the whole", name, n, len(b), f.name)
				}
			}
			most = max(most, good)
		}
		if most != len(whole)-1 {
			t.Errorf("%s: at most %d whole files before a cut", name, most)
		}
	}
}

// TestFlipped turns bits of a cabinet over: whatever comes out as whole is what
// was put in, for blocks have checksums. Names and sizes in the lists have none.
func TestFlipped(t *testing.T) {
	for name, b := range samples() {
		whole, _ := extract(b)
		first := bytes.LastIndex(b[:120], []byte("\x00c\x00")) // lists before, blocks behind
		if first < 0 {
			first = 120
		}
		for i := range b {
			if testing.Short() && i%5 != 0 {
				continue
			}
			for _, bit := range []byte{1, 0x80} {
				flipped := bytes.Clone(b)
				flipped[i] ^= bit
				files, _ := extract(flipped)
				if i <= first+2 {
					continue // that it ends is enough
				}
				for _, f := range files {
					if f.err == nil && !slices.ContainsFunc(whole, func(w extracted) bool { return bytes.Equal(w.data, f.data) }) {
						t.Fatalf("%s: bit %#x at %#x changes %q without an error", name, bit, i, f.name)
					}
				}
			}
		}
	}
}

// Blocks that say more than they hold, or less, are damage.
func TestBadBlocks(t *testing.T) {
	c := archivebuild.Cab{Folders: []archivebuild.CabFolder{{Method: archivebuild.CabMSZIP, Files: []archivebuild.CabFile{{Name: "a", Data: archivebuild.Words(300, 1)}}}}, NoSums: true}
	b := c.Bytes()
	block := bytes.Index(b, []byte("CK")) - 8
	for name, edit := range map[string]func([]byte){
		"smaller":     func(b []byte) { b[6]-- },
		"larger":      func(b []byte) { b[6]++ },
		"too large":   func(b []byte) { b[6], b[7] = 1, 0x80 },
		"no CK":       func(b []byte) { b[8] = 'X' },
		"not deflate": func(b []byte) { b[10] = 0xff },
		"continued":   func(b []byte) { b[6], b[7] = 0, 0 },
	} {
		bad := bytes.Clone(b)
		edit(bad[block:])
		files, errs := extract(bad)
		if len(errs) != 0 || len(files) != 1 || files[0].err == nil || len(files[0].data) != 0 {
			t.Errorf("%s: %v, %v", name, files, errs)
		}
	}
	// A folder with fewer blocks than its files need.
	short := bytes.Clone(b)
	short[36+4] = 0
	if files, _ := extract(short); len(files) != 1 || !errors.Is(files[0].err, cursor.ErrMalformed) {
		t.Errorf("%v", files)
	}
	// Lists behind the data cannot be read forward.
	back := bytes.Clone(b)
	back[36] = 1
	if _, errs := extract(back); len(errs) != 1 || !errors.Is(errs[0], cursor.ErrUnsupported) {
		t.Errorf("%v", errs)
	}
}

// What fails below is passed on as it is.
func TestReadError(t *testing.T) {
	b := samples()["mszip"]
	bad := errors.New("bad sector")
	for n := range len(b) / 7 {
		n *= 7
		r, err := cab.NewReader(bufio.NewReader(io.MultiReader(bytes.NewReader(b[:n]), failing{bad})))
		for err == nil {
			if _, err = r.Next(); err == nil {
				_, err = io.Copy(io.Discard, r)
			}
		}
		if !errors.Is(err, bad) {
			t.Fatalf("%d bytes: %v", n, err)
		}
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// seeds are the samples, whole and cut, and one that is refused.
func seeds() (all [][]byte) {
	for _, b := range samples() {
		all = append(all, b, b[:len(b)/2])
	}
	lzx := archivebuild.Cab{Folders: []archivebuild.CabFolder{{Method: archivebuild.CabLZX, Files: []archivebuild.CabFile{{Name: "a", Data: []byte("x")}}}}}
	return append(all, lzx.Bytes())
}

func TestFuzzHasSeeds(t *testing.T) {
	if n := len(seeds()); n < 7 {
		t.Fatalf("%d seeds", n)
	}
}

// FuzzReader: no panic and no endless loop on any bytes, errors say where.
func FuzzReader(f *testing.F) {
	for _, b := range seeds() {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		files, errs := extract(b)
		for _, f := range files {
			if f.err != nil {
				errs = append(errs, f.err)
			}
		}
		for _, err := range errs {
			var at *cursor.Error
			if !errors.As(err, &at) || at.Offset < 0 || at.Offset > int64(len(b)) {
				t.Fatalf("%v of %d bytes", err, len(b))
			}
		}
	})
}
