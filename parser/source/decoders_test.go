package source

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"

	"github.com/qmparse/qmparse/parser/internal/alloctest"
	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// zstdFrame is a frame of one byte that asks for a window, by its descriptor.
func zstdFrame(window byte) []byte {
	return []byte{0x28, 0xb5, 0x2f, 0xfd, 0, window, 1<<3 | 1, 0, 0, 'x'}
}

// xzAsking is an xz that asks for a dictionary of the size that its properties say.
func xzAsking(dictionary byte, data []byte) []byte {
	var out bytes.Buffer
	w, err := xz.WriterConfig{DictCap: 1 << 16}.NewWriter(&out)
	must(err)
	_, err = w.Write(data)
	must(err)
	must(w.Close())
	// The block header: its size in words, flags, filter 0x21 with one byte, which
	// is the dictionary, and the CRC-32 of it all.
	block := out.Bytes()[12:]
	n := int(block[0]+1) * 4
	block[bytes.Index(block, []byte{0x21, 1})+2] = dictionary
	binary.LittleEndian.PutUint32(block[n-4:], crc32.ChecksumIEEE(block[:n-4]))
	return out.Bytes()
}

// zipRaw is a zip of members that are compressed already, of one byte, x.
func zipRaw(n int, method uint16, packed func(i int) []byte) []byte {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for i := range n {
		b, data := packed(i), []byte("x")
		if method == zipStore {
			data = b
		}
		f, err := w.CreateRaw(&zip.FileHeader{Name: fmt.Sprint(i), Method: method, CRC32: crc32.ChecksumIEEE(data), CompressedSize64: uint64(len(b)), UncompressedSize64: uint64(len(data))})
		must(err)
		_, err = f.Write(b)
		must(err)
	}
	must(w.Close())
	return out.Bytes()
}

// Members of a few bytes that ask for windows of many do not each get one.
func TestWindowsAreUsedAgain(t *testing.T) {
	const n = 30
	for name, c := range map[string]struct {
		b      []byte
		window uint64
	}{
		"gz":              {zipOf(n, "%d", gz([]byte("x"))), 300 << 10},
		"damaged gz":      {zipOf(n, "%d", gz([]byte("x"))[:12]), 300 << 10},
		"zst":             {zipOf(n, "%d", zstdFrame(0x88)), 128 << 20},
		"xz":              {zipOf(n, "%d", xzAsking(30, []byte("x"))), 128 << 20},
		"zip":             {zipRaw(n, zipZstd, func(int) []byte { return zstdFrame(0x78) }), 32 << 20},
		"zips":            {zipOf(n, "%d", zipRaw(1, zipZstd, func(int) []byte { return zstdFrame(0x78) })), 32 << 20},
		"zst and xz":      {zipOf(n, "%d", zipOf(1, "%d", xzAsking(30, zstdFrame(0x88)))), 256 << 20},
		"growing":         {zipOf(n, "%d", bytes.Join([][]byte{zstdFrame(0x40), zstdFrame(0x50), zstdFrame(0x60), zstdFrame(0x70), zstdFrame(0x80)}, nil)), 128 << 20},
		"damaged members": {zipOf(n, "%d", zstdFrame(0x88)[:9]), 128 << 20},
	} {
		unused = sync.Pool{New: newDecoders}
		var members int
		var errs []string
		got := alloctest.Bytes(func() { members, _, errs = came(t, c.b, defaultLimits) })
		if strings.HasPrefix(name, "damaged") {
			members, errs = len(errs), nil
		}
		if errs != nil || members != n {
			t.Errorf("%s: %d, %v", name, members, errs)
		}
		if got > c.window*2 {
			t.Errorf("%s: %d bytes are allocated for windows of %d", name, got, c.window)
		}
	}
}

// Windows that grow a little from frame to frame have a limit.
func TestWindowsThatGrow(t *testing.T) {
	// A single segment of a stated size is a window of its own size.
	growing := func(i int) []byte {
		return append(binary.LittleEndian.AppendUint32([]byte{0x28, 0xb5, 0x2f, 0xfd, 0xa0}, uint32(32<<20-100<<10+i<<12)), 1<<3|1, 0, 0, 'x')
	}
	max := defaultLimits
	max.claims = 100 << 20
	max.damages = 1000
	for name, b := range map[string][]byte{
		"zip":  zipRaw(20, zipZstd, growing),
		"zsts": zipRaw(20, zipStore, growing),
	} {
		unused = sync.Pool{New: newDecoders}
		var errs []string
		got := alloctest.Bytes(func() { _, _, errs = came(t, b, max) })
		if got > uint64(max.claims)+16<<20 {
			t.Errorf("%s: %d bytes are allocated", name, got)
		}
		if !strings.Contains(strings.Join(errs, "\n"), "refused: zstd asks for") {
			t.Errorf("%s: %q", name, errs)
		}
	}
	// One that is refused is so however often it is read, and one beside it is read.
	unused = sync.Pool{New: newDecoders}
	b := zipRaw(5, zipStore, func(i int) []byte {
		if i%2 == 0 {
			return zstdFrame(0x88)
		}
		return zstdFrame(0x60)
	})
	if n, size, errs := came(t, b, max); n != 2 || size != 2 || len(errs) != 3 {
		t.Errorf("%d, %d, %q", n, size, errs)
	}
}

// bzipped is a zip of members in bzip2.
func bzipped(n int, packed string, data []byte) []byte {
	b, err := hex.DecodeString(packed)
	must(err)
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for i := range n {
		f, err := w.CreateRaw(&zip.FileHeader{Name: fmt.Sprint(i), Method: zipBzip2, CRC32: crc32.ChecksumIEEE(data), CompressedSize64: uint64(len(b)), UncompressedSize64: uint64(len(data))})
		must(err)
		_, err = f.Write(b)
		must(err)
	}
	must(w.Close())
	return out.Bytes()
}

// A byte and 69,632 zeros, the size of a log without events, in bzip2.
const (
	bzippedX     = "425a6839314159265359774bb01400000000800040200021184682ee48a70a120ee9760280"
	bzippedZeros = "425a6839314159265359a53d9dba000088c000c0020008200030cc0529a68436110f177245385090a53d9dba"
)

// Members in bzip2 get memory for their own size, and are not refused for it.
func TestBzip2Members(t *testing.T) {
	const n = 100
	max := defaultLimits
	b := bzipped(n, bzippedX, []byte("x"))
	var members int
	var errs []string
	got := alloctest.Bytes(func() { members, _, errs = came(t, b, max) })
	if members != n || errs != nil || got > n*600_000 {
		t.Errorf("%d of %d, %d bytes are allocated, %q", members, n, got, errs)
	}
	// Honest archives of many small members do not come near a limit.
	max.claims = 1 << 10
	if members, size, errs := came(t, b, max); members != n || size != n || errs != nil {
		t.Errorf("%d of %d, %d bytes, %.300q", members, n, size, errs)
	}
	if _, size, errs := came(t, bzipped(500, bzippedZeros, make([]byte, 69_632)), max); size != 500*69_632 || errs != nil {
		t.Errorf("%d bytes, %.300q", size, errs)
	}
}

// A size that is wrong in a header does not cost what is in the member.
func TestExpected(t *testing.T) {
	for _, c := range []struct {
		flags        uint16
		packed, size int64
		least, most  int64
	}{
		{0, 40, 1, 1, 2000}, {0, 40, 69_632, 69_632, 69_632}, {0, 30_000, 1, 900_000, 1_000_000},
		{0, math.MaxInt64, 1, 900_000, math.MaxInt64}, {zipSizesBehind, 40, 0, math.MaxInt64, math.MaxInt64}, {zipSizesBehind, 40, 69_632, 69_632, 69_632},
	} {
		m := zipMember{zipHeader: zipHeader{flags: c.flags, packed: c.packed, size: c.size}}
		if n := m.expected(); n < c.least || n > c.most {
			t.Errorf("%+v: %d", c, n)
		}
	}
}

// What a source may claim does not depend on those before it.
func TestClaimsOfSourcesAreApart(t *testing.T) {
	max := defaultLimits
	max.claims = 50 << 20
	decoders := newDecoders()
	unused = sync.Pool{New: func() any { return decoders }}
	defer func() { unused = sync.Pool{New: newDecoders} }()
	for i, b := range [][]byte{zipRaw(1, zipStore, func(int) []byte { return zstdFrame(0x88) }), zipRaw(1, zipZstd, func(int) []byte { return zstdFrame(0x78) })} {
		for _, limits := range []limits{max, defaultLimits, max} {
			refused := i == 0 && limits.claims == max.claims // 128 MiB, not 32
			if n, _, errs := came(t, b, limits); (n == 0) != refused || (errs != nil) != refused {
				t.Errorf("%d: %d members, %q", i, n, errs)
			}
		}
	}
}

// outcome is what comes of a source: bytes of its contents, and errors.
func outcome(b []byte) (data []string, errs []string) {
	s := Source{Path: "-", Size: -1, stdin: bytes.NewReader(b)}
	for c, err := range s.Contents(context.Background()) {
		if err == nil {
			var d []byte
			d, err = io.ReadAll(c)
			data = append(data, string(d))
		}
		var at *cursor.Error
		if errors.As(err, &at) {
			errs = append(errs, at.Field+" "+at.Detail)
		}
	}
	return data, errs
}

// What a decoder makes of a member does not depend on those before it, damaged or
// not: neither their bytes nor their errors come up again.
func TestDecodersForget(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	noise := make([]byte, 128<<10)
	for i := range noise {
		noise[i] = byte(r.Uint32())
	}
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderCRC(false))
	must(err)
	twice := enc.EncodeAll(append(bytes.Clone(noise), noise...), nil)
	var h zstd.Header
	must(h.Decode(twice))
	if !h.FirstBlock.OK || h.FirstBlock.CompressedSize != len(noise) {
		t.Fatalf("%+v", h)
	}
	// Without its first block the second has matches that lead to before the frame.
	headless := append(bytes.Clone(twice[:h.HeaderSize]), twice[h.HeaderSize+3+len(noise):]...)
	kinds := map[string][][]byte{
		"gz":  {gz(append(bytes.Clone(noise[:20_000]), noise[:20_000]...)), gz([]byte("the log")), gz(bytes.Repeat([]byte("log"), 300))},
		"zst": {twice, headless, enc.EncodeAll([]byte("the log"), nil)},
		"xz":  {xzAsking(16, append(bytes.Clone(noise[:70_000]), noise[:70_000]...)), xzAsking(10, []byte("the log"))},
	}
	for name, variants := range kinds {
		for _, b := range variants[:len(variants):len(variants)] {
			for range 20 {
				bad := bytes.Clone(b)
				bad[8+r.IntN(len(bad)-8)] ^= 1 << r.IntN(8)
				variants = append(variants, bad, b[:8+r.IntN(len(b)-8)])
			}
		}
		fresh := func(b []byte) string {
			unused = sync.Pool{New: unused.New}
			data, errs := outcome(b)
			return fmt.Sprint(data, errs)
		}
		whole := fresh(variants[0])
		if name == "zst" && !strings.Contains(fresh(headless), "[zstd ") {
			t.Error("the frame without its first block decodes")
		}
		for i, b := range variants {
			want := fresh(b)
			decoders := unused.Get().(*decoders)
			pooled := func(b []byte) string {
				unused = sync.Pool{New: func() any { return decoders }}
				data, errs := outcome(b)
				return fmt.Sprint(data, errs)
			}
			for _, before := range [][]byte{variants[0], variants[(i*7+1)%len(variants)]} {
				pooled(before)
				if got := pooled(b); got != want {
					t.Errorf("%s %d: %d bytes instead of %d behind another", name, i, len(got), len(want))
				}
			}
			if got := pooled(variants[0]); got != whole {
				t.Errorf("%s: %d bytes instead of %d behind %d", name, len(got), len(whole), i)
			}
			unused = sync.Pool{New: newDecoders}
		}
	}
}

// What watches the frames passes on all bytes as they are.
func TestZstdFrames(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	sums, err := zstd.NewWriter(nil, zstd.WithEncoderCRC(true))
	must(err)
	plain, err := zstd.NewWriter(nil, zstd.WithEncoderCRC(false), zstd.WithWindowSize(1<<10))
	must(err)
	frames := [][]byte{
		sums.EncodeAll([]byte("the log"), nil),
		plain.EncodeAll(bytes.Repeat([]byte("net events"), 50_000), nil),
		sums.EncodeAll(make([]byte, 300_000), nil), // blocks of one byte
		{0x50, 0x2a, 0x4d, 0x18, 5, 0, 0, 0, 1, 2, 3, 4, 5},
		zstdFrame(0x60),
		sums.EncodeAll(nil, nil),
	}
	for range 500 {
		var b []byte
		for range 1 + r.IntN(5) {
			b = append(b, frames[r.IntN(len(frames))]...)
		}
		switch r.IntN(3) {
		case 0:
			b[r.IntN(len(b))] ^= 1 << r.IntN(8)
		case 1:
			b = b[:r.IntN(len(b))]
		}
		u := &unpacking{budget: budget{limits: defaultLimits, in: func() int64 { return 0 }}}
		f := &zstdFrames{r: newStream().reset(bytes.NewReader(b)).Reader, l: &layer{stream: newStream(), u: u}, most: maxWindow}
		if got, err := io.ReadAll(f); err != nil || !bytes.Equal(got, b) {
			t.Fatalf("%d of %d bytes, %v", len(got), len(b), err)
		}
	}
	var all []byte
	for _, f := range frames {
		all = append(all, f...)
	}
	data, errs := outcome(all)
	if want := 7 + 500_000 + 300_000 + 1; len(data) != 1 || len(data[0]) != want || errs != nil {
		t.Errorf("%d, %v", len(data), errs)
	}
}
