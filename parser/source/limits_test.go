package source

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"

	"github.com/qmparse/qmparse/parser/internal/alloctest"
	"github.com/qmparse/qmparse/parser/internal/build/archivebuild"
	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// came is what came of bytes under limits: bytes of contents, and errors with the
// member that each is about.
func came(t *testing.T, b []byte, max limits) (members int, size int64, errs []string) {
	t.Helper()
	s := Source{Path: "-", Size: -1, Named: true, stdin: bytes.NewReader(b)}
	for c, err := range s.contents(context.Background(), max) {
		if err == nil {
			var n int64
			n, err = io.Copy(io.Discard, c)
			size += n
			members++
		}
		if err == nil {
			continue
		}
		var at *cursor.Error
		if !errors.As(err, &at) {
			t.Fatalf("%s: %v", c.Member, err)
		}
		errs = append(errs, c.Member+": "+err.Error())
	}
	return members, size, errs
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func gz(b []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, err := w.Write(b)
	must(err)
	must(w.Close())
	return out.Bytes()
}

func zipOf(n int, name string, data []byte) []byte {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for i := range n {
		h := zip.FileHeader{Name: fmt.Sprintf(name, i)}
		if len(data) > 1 {
			h.Method = zip.Deflate
		}
		f, err := w.CreateHeader(&h)
		must(err)
		_, err = f.Write(data)
		must(err)
	}
	must(w.Close())
	return out.Bytes()
}

// Nests have a limit; what is beside one that is too deep is read.
func TestDepth(t *testing.T) {
	b := []byte("the log")
	for range defaultLimits.depth {
		b = gz(b)
	}
	if n, size, errs := came(t, b, defaultLimits); n != 1 || size != 7 || errs != nil {
		t.Errorf("as deep as may be: %d, %d, %v", n, size, errs)
	}
	for range 30 { // as one that unpacks to itself has no end
		b = gz(b)
	}
	n, _, errs := came(t, b, defaultLimits)
	if n != 0 || len(errs) != 1 || !strings.Contains(errs[0], "refused: gzip within 8 archives") {
		t.Errorf("%d, %v", n, errs)
	}

	b = []byte("the log")
	for range defaultLimits.depth + 1 {
		var out bytes.Buffer
		w := zip.NewWriter(&out)
		for name, data := range map[string][]byte{"beside": []byte("the log"), "in": b} {
			f, err := w.Create(name)
			must(err)
			_, err = f.Write(data)
			must(err)
		}
		must(w.Close())
		b = out.Bytes()
	}
	n, _, errs = came(t, b, defaultLimits)
	if n != defaultLimits.depth || len(errs) != 1 || !strings.HasPrefix(errs[0], "in/in/in/in/in/in/in/in: archive at offset 0x0: refused: zip within 8") {
		t.Errorf("%d, %v", n, errs)
	}
}

// What comes out of an archive is limited against what goes in, beyond an amount
// that nobody minds.
func TestRatio(t *testing.T) {
	zeros := make([]byte, 2<<20)
	var xzed bytes.Buffer
	w, err := xz.WriterConfig{DictCap: 1 << 16}.NewWriter(&xzed)
	must(err)
	_, err = w.Write(zeros)
	must(err)
	must(w.Close())
	enc, err := zstd.NewWriter(nil)
	must(err)
	max := defaultLimits
	max.free = 1 << 18
	for name, b := range map[string][]byte{
		"gz":           gz(zeros),
		"zst":          enc.EncodeAll(zeros, nil),
		"xz":           xzed.Bytes(),
		"zip":          zipOf(8, "%d", zeros[:1<<18]),
		"zip in a gz":  gz(zipOf(8, "%d", zeros[:1<<18])),
		"gz in a zip":  zipOf(8, "%d.gz", gz(zeros)),
		"gz in gz":     gz(gz(zeros)),
		"7z":           (&archivebuild.SevenZip{Folders: []archivebuild.SevenZipFolder{{Method: archivebuild.SevenZipLZMA, Files: []archivebuild.SevenZipFile{{Name: "a", Data: zeros}}}}}).Bytes(),
		"cab":          (&archivebuild.Cab{Folders: []archivebuild.CabFolder{{Method: archivebuild.CabMSZIP, Files: []archivebuild.CabFile{{Name: "a", Data: zeros}}}}}).Bytes(),
		"sparse tar":   sparse(2 << 20),
		"sparse in gz": gz(sparse(2 << 20)),
	} {
		_, size, errs := came(t, b, max)
		if len(errs) != 1 || !strings.Contains(errs[0], "refused: more than 262144 bytes and 250 times what was read of it come out") {
			t.Errorf("%s: %v", name, errs)
		}
		if most := max.free + 250*int64(len(b)) + 64<<10; size > most {
			t.Errorf("%s: %d bytes of %d came out", name, size, len(b))
		}
		// The same is not read to its end to get to what is behind it.
		s := Source{Path: "-", Size: -1, stdin: bytes.NewReader(b)}
		for _, err := range s.contents(context.Background(), max) {
			if err != nil && !strings.Contains(err.Error(), "refused: more than") {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, size, errs := came(t, b, defaultLimits); errs != nil || size < 2<<20 {
			t.Errorf("%s, small enough: %d, %v", name, size, errs)
		}
	}
	max.free, max.total = 1<<30, 1<<20
	if _, _, errs := came(t, zipOf(4, "%d", zeros[:1<<19]), max); len(errs) != 1 || !strings.Contains(errs[0], "refused: more than 1048576 bytes come out of it") {
		t.Error(errs)
	}
}

// sparse is a tar of one file that is a hole, which archive/tar does not write:
// GNU's format 1.0, where a map in front of the data says what of it there is.
func sparse(n int64) []byte {
	block := func(name string, kind byte, data string) []byte {
		var h [512]byte
		copy(h[:], name)
		copy(h[100:], "0000600\x000000000\x000000000\x00")
		copy(h[124:], fmt.Sprintf("%011o\x0000000000000\x00        ", len(data)))
		h[156] = kind
		copy(h[257:], "ustar\x0000")
		sum := 0
		for _, c := range h {
			sum += int(c)
		}
		copy(h[148:], fmt.Sprintf("%06o\x00 ", sum))
		return append(h[:], data+strings.Repeat("\x00", -len(data)&511)...)
	}
	pax := ""
	for _, r := range []string{"GNU.sparse.major=1", "GNU.sparse.minor=0", "GNU.sparse.name=a", fmt.Sprintf("GNU.sparse.realsize=%d", n)} {
		pax += fmt.Sprintf("%d %s\n", len(r)+4, r)
	}
	return bytes.Join([][]byte{block("pax", 'x', pax), block("a", '0', fmt.Sprintf("1\n%d\n0\n", n)+strings.Repeat("\x00", 500)[:512-len(fmt.Sprintf("1\n%d\n0\n", n))]), make([]byte, 1024)}, nil)
}

// Members are counted over all archives in a source.
func TestMembers(t *testing.T) {
	max := defaultLimits
	max.members = 10
	if n, _, errs := came(t, zipOf(10, "%d", nil), max); n != 10 || errs != nil {
		t.Errorf("%d, %v", n, errs)
	}
	n, _, errs := came(t, zipOf(11, "%d", nil), max)
	if n != 10 || len(errs) != 1 || !strings.HasSuffix(errs[0], "refused: more than 10 members: unsupported") {
		t.Errorf("%d, %v", n, errs)
	}
	if n, _, errs = came(t, zipOf(3, "%d", zipOf(4, "%d", nil)), max); n != 8 || len(errs) != 1 {
		t.Errorf("%d, %v", n, errs)
	}
	many := 100_000
	if testing.Short() {
		many = 10_000
	}
	if n, _, errs := came(t, zipOf(many, "logs/%d", []byte("x")), defaultLimits); n != many || errs != nil {
		t.Errorf("%d, %v", n, errs)
	}
}

// A name that is too long, by itself or with those around it, is an error that has
// its beginning; what is beside it is read.
func TestNames(t *testing.T) {
	const most = 16 << 10
	tarOf := func(kind byte, name string) []byte {
		var out bytes.Buffer
		w := tar.NewWriter(&out)
		must(w.WriteHeader(&tar.Header{Name: name, Typeflag: kind, Format: tar.FormatGNU}))
		must(w.WriteHeader(&tar.Header{Name: "beside", Typeflag: tar.TypeReg}))
		must(w.Close())
		return out.Bytes()
	}
	sevenZip := func(m archivebuild.Method, name string) []byte {
		z := archivebuild.SevenZip{}
		for i, name := range []string{name, "beside"} {
			m := []archivebuild.Method{m, archivebuild.SevenZipCopy}[i]
			z.Folders = append(z.Folders, archivebuild.SevenZipFolder{Method: m, Files: []archivebuild.SevenZipFile{{Name: name, Data: []byte("x")}}})
		}
		return z.Bytes()
	}
	zipped := func(name string, data []byte) []byte { return zipOf(1, strings.ReplaceAll(name, "%", "%%")+"%d", data) } // one more letter
	n := func(n int) string { return strings.Repeat("n", n) }
	x := []byte("x")
	encrypted := zipped(n(most), x)
	encrypted[6] |= 1 // flags of the local header
	for name, c := range map[string]struct {
		b []byte
		n int
	}{
		"zip":             {zipped(n(most-1), x), 1},
		"zip, long":       {zipped(n(most), x), 0},
		"encrypted, long": {encrypted, 0},
		"in each other":   {zipped("in", zipped(n(most-5), x)), 1},
		"together long":   {zipped("in", zipped(n(most-4), x)), 0},
		"gz":              {zipped(n(most/2-2), gz(x)), 1},
		"gz, long":        {zipped(n(most/2-1), gz(x)), 0},
		"encoded":         {zipped(strings.Repeat("%25", most-1), x), 1},
		"encoded, long":   {zipped(strings.Repeat("%25", most), x), 0},
		"tar":             {tarOf(tar.TypeReg, n(most)), 2},
		"tar, long":       {tarOf(tar.TypeReg, n(100_000)), 1},
		"7z":              {sevenZip(archivebuild.SevenZipCopy, n(most)), 2},
		"7z, long":        {sevenZip(archivebuild.SevenZipCopy, n(100_000)), 1},
		"7z, not read":    {sevenZip(archivebuild.SevenZipAES, n(100_000)), 1},
	} {
		got, _, errs := came(t, c.b, defaultLimits)
		if got != c.n {
			t.Errorf("%s: %d, %.300s", name, got, errs)
		}
		if refused := strings.HasSuffix(name, "long") || name == "7z, not read"; !refused && errs != nil ||
			name == "encrypted, long" && !strings.Contains(strings.Join(errs, ""), "; and of it: ") ||
			refused && (len(errs) != 1 || len(errs[0]) > most+2000 || !strings.Contains(errs[0], "begins with \"n") && !strings.Contains(errs[0], "begins with \"%")) {
			t.Errorf("%s: %d errors: %.300s", name, len(errs), errs)
		}
	}
	// What is no file is passed over as it is with any other name.
	s := Source{Path: "-", Size: -1, Named: true, stdin: bytes.NewReader(tarOf(tar.TypeSymlink, n(100_000)))}
	var members []string
	for c, err := range s.contents(context.Background(), defaultLimits) {
		members = append(members, fmt.Sprint(len(c.Member), c.Named, err))
	}
	if want := []string{fmt.Sprint(99+len("…"), false, ErrNotRegular), "6 false <nil>"}; !slices.Equal(members, want) {
		t.Errorf("a link and what is beside it: %q, want %q", members, want)
	}
}

// A 7z that is not a file of its own is kept, up to a limit.
func TestHeld(t *testing.T) {
	z := archivebuild.SevenZip{Folders: []archivebuild.SevenZipFolder{{Method: archivebuild.SevenZipCopy, Files: []archivebuild.SevenZipFile{{Name: "a", Data: make([]byte, 1000)}}}}}
	b := z.Bytes()
	max := defaultLimits
	max.held = int64(len(b))
	if n, _, errs := came(t, b, max); n != 1 || errs != nil {
		t.Errorf("%d, %v", n, errs)
	}
	max.held = int64(len(b)) * 3 / 2 // one in another is kept, too
	two := archivebuild.SevenZip{Folders: []archivebuild.SevenZipFolder{{Method: archivebuild.SevenZipLZMA, Files: []archivebuild.SevenZipFile{{Name: "in", Data: b}, {Name: "b", Data: []byte("x")}}}}}
	if n, _, errs := came(t, two.Bytes(), max); n != 2 || errs != nil {
		t.Errorf("%d, %v", n, errs)
	}
	max.held = int64(len(b)) + 10
	if n, _, errs := came(t, two.Bytes(), max); n != 1 || len(errs) != 1 || !strings.HasPrefix(errs[0], "in: archive at offset") {
		t.Errorf("%d, %v", n, errs)
	}
	max.held = int64(len(b)) - 1
	for _, b := range [][]byte{b, gz(b)} {
		if n, _, errs := came(t, b, max); n != 0 || len(errs) != 1 || !strings.Contains(errs[0], "refused: a 7z of more than") {
			t.Errorf("%d, %v", n, errs)
		}
	}
}

// Few decoders that keep a large window may be in each other, many beside each
// other.
func TestWindows(t *testing.T) {
	enc, err := zstd.NewWriter(nil)
	must(err)
	b := []byte("the log")
	for range defaultLimits.windows {
		b = enc.EncodeAll(b, nil)
	}
	if n, _, errs := came(t, b, defaultLimits); n != 1 || errs != nil {
		t.Errorf("%d, %v", n, errs)
	}
	if n, _, errs := came(t, zipOf(20, "%d", b), defaultLimits); n != 20 || errs != nil {
		t.Errorf("%d, %v", n, errs)
	}
	b = enc.EncodeAll(b, nil)
	if n, _, errs := came(t, b, defaultLimits); n != 0 || len(errs) != 1 || !strings.Contains(errs[0], "refused: zstd within others that need large windows") {
		t.Errorf("%d, %v", n, errs)
	}
}

// A window or a dictionary beyond the limit is refused before it is allocated.
func TestHugeWindows(t *testing.T) {
	// A frame header that asks for 2^41 bytes: no single segment, window descriptor
	// at its largest.
	frame := []byte{0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xff, 1, 0, 0}
	if n, size, errs := came(t, frame, defaultLimits); size != 0 || len(errs) != 1 {
		t.Errorf("%d, %d, %v", n, size, errs)
	}
	var out bytes.Buffer
	w, err := xz.WriterConfig{DictCap: 1 << 16}.NewWriter(&out)
	must(err)
	_, err = w.Write([]byte("the log"))
	must(err)
	must(w.Close())
	// The block header: its size in words, flags, filter 0x21 with one byte, which
	// is the dictionary, and the CRC-32 of it all.
	block := out.Bytes()[12:]
	n := int(block[0]+1) * 4
	i := bytes.Index(block, []byte{0x21, 1})
	block[i+2] = 36 // 1 GiB
	binary.LittleEndian.PutUint32(block[n-4:], crc32.ChecksumIEEE(block[:n-4]))
	if n, size, errs := came(t, out.Bytes(), defaultLimits); size != 0 || len(errs) != 1 || !strings.Contains(errs[0], "dictionary size exceeds max") {
		t.Errorf("%d, %d, %v", n, size, errs)
	}
}

// Memory that a 7z asks for and does not fill has a limit; folders that ask for less
// are read.
func TestClaims(t *testing.T) {
	z := archivebuild.SevenZip{}
	for i, m := range []archivebuild.Method{archivebuild.SevenZipLZMA, archivebuild.SevenZipCopy, archivebuild.SevenZipLZMA} {
		z.Folders = append(z.Folders, archivebuild.SevenZipFolder{Method: m, Files: []archivebuild.SevenZipFile{{Name: fmt.Sprint(i), Data: make([]byte, 100)}}})
	}
	// The first has a dictionary of 256 MiB and says that it is as large.
	z.Edit = func(h []byte) []byte {
		h = bytes.Replace(h, []byte("\x5d\x00\x00\x01\x00"), []byte("\x5d\x00\x00\x00\x10"), 1)
		return bytes.Replace(h, []byte("\x0c\x64"), []byte("\x0c\xf0\x00\x00\x00\x10"), 1)
	}
	max := defaultLimits
	max.claims = 256<<20 - 1<<17
	b := z.Bytes()
	var n int
	var errs []string
	if got := alloctest.Bytes(func() { n, _, errs = came(t, b, max) }); got > 16<<20 {
		t.Errorf("%d bytes are allocated", got)
	}
	if n != 2 || len(errs) != 1 || !strings.Contains(errs[0], "refused: 7z asks for 268435456 bytes of memory") || !strings.Contains(errs[0], `not read: "0"`) {
		t.Errorf("%d, %q", n, errs)
	}
}

// Errors beyond the limit are counted, and what is between them is read.
func TestDamages(t *testing.T) {
	b := zipOf(50, "%02d", []byte("x"))
	for i := 0; ; i++ { // every other member is encrypted
		at := bytes.Index(b, []byte("PK\x03\x04"))
		if at < 0 {
			break
		}
		b[at] = 'Q' // not to be found again
		if i%2 == 0 {
			b[at+6] |= 1
		}
	}
	b = bytes.ReplaceAll(b, []byte("QK\x03\x04"), []byte("PK\x03\x04"))
	max := defaultLimits
	max.damages = 5
	n, _, errs := came(t, b, max)
	if n != 25 || len(errs) != 6 || !strings.Contains(errs[5], "20 more places or members of it are not read") {
		t.Errorf("%d, %v", n, errs)
	}
	for i, err := range errs[:5] {
		if want := fmt.Sprintf("%02d: zip member at offset ", 2*i); !strings.HasPrefix(err, want) || !strings.HasSuffix(err, "it is encrypted: unsupported") {
			t.Error(err)
		}
	}
}
