package xpress_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/qmparse/qmparse/parser/etl/xpress"
	"github.com/qmparse/qmparse/parser/internal/build/etlbuild"
)

func unhex(t testing.TB, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The worked examples of [MS-XCA] 3.1, and streams put together by hand from 2.3.
func TestByHand(t *testing.T) {
	abc := strings.Repeat("abc", 100)
	for _, c := range []struct{ name, stream, want string }{
		{"example 1", "3f000000 6162636465666768696a6b6c6d6e6f707172737475767778797a", "abcdefghijklmnopqrstuvwxyz"},
		{"example 2", "ffffff1f 616263 1700 0f ff 2601", abc},
		{"nothing", "ffffffff", ""},
		{"no flags and nothing", "", ""},
		{"the shortest match", "ffffff7f 61 0000", "aaaa"},
		{"9, the longest without a half byte", "ffffff7f 61 0600", strings.Repeat("a", 10)},
		{"10 and 24 share a byte", "ffffff7f 61 0700 e0 0700", strings.Repeat("a", 1+10+24)},
		{"a literal between the halves", "ffffff5f 61 0700 e0 62 0700", strings.Repeat("a", 11) + strings.Repeat("b", 25)},
		{"a third half takes a byte of its own", "ffffff7f 61 0700 10 0700 0700 02", strings.Repeat("a", 1+10+11+12)},
		{"25 to 279 in a byte", "ffffff7f 61 0700 0f fe", strings.Repeat("a", 1+3+7+15+254)},
		{"280 in two bytes", "ffffff7f 61 0700 0f ff 1501", strings.Repeat("a", 1+0x115+3)},
		{"a length that two bytes hold, in four", "ffffff7f 61 0700 0f ff 0000 00000100", strings.Repeat("a", 1+0x10000+3)},
		{"32 literals and no more flags", "00000000" + strings.Repeat("61", 32), strings.Repeat("a", 32)},
		{"a second group", "00000000" + strings.Repeat("61", 32) + "ffffffff 0000", strings.Repeat("a", 35)},
		{"back 8192", "00000000", ""},
	} {
		if c.name == "back 8192" {
			// The farthest match: 8192 literals, and three of the first.
			var b []byte
			for i := range 8192 {
				if i%32 == 0 {
					b = append(b, 0, 0, 0, 0)
				}
				b = append(b, byte(i*7+i>>8))
				c.want += string([]byte{byte(i*7 + i>>8)})
			}
			b = append(b, 0xff, 0xff, 0xff, 0xff, 0xf8, 0xff)
			c.stream = hex.EncodeToString(b)
			c.want += c.want[:3]
		}
		src := unhex(t, c.stream)
		dst := make([]byte, len(c.want))
		n, read, err := xpress.Expand(dst, src)
		if err != nil || n != len(dst) || read != len(src) || string(dst) != c.want {
			t.Errorf("%s: %d bytes of %d, read %d of %d: %v", c.name, n, len(dst), read, len(src), err)
		}
	}
}

func TestHostile(t *testing.T) {
	for _, c := range []struct {
		name, stream string
		room, filled int
		err          error
	}{
		{"a match before the first byte", "ffffffff 0000", 10, 0, xpress.ErrOffset},
		{"a match one byte too far back", "ffffff7f 61 0800", 10, 1, xpress.ErrOffset},
		{"a bomb: 4 GiB", "ffffff7f 61 0700 0f ff 0000 ffffffff", 100, 1, xpress.ErrLength},
		{"one byte too many", "ffffff7f 61 0000", 3, 1, xpress.ErrLength},
		{"a length of two bytes that is too short for them", "ffffff7f 61 0700 0f ff 1500", 100, 1, xpress.ErrLength},
		{"a length of four bytes that is too short for them", "ffffff7f 61 0700 0f ff 0000 15000000", 100, 1, xpress.ErrLength},
		{"a length of 0", "ffffff7f 61 0700 0f ff 0000 00000000", 100, 1, xpress.ErrLength},
		{"literals behind the last byte", "00000000 616161", 2, 2, xpress.ErrTrailing},
		{"a match behind the last byte", "ffffff7f 61 0000", 1, 1, xpress.ErrTrailing},
		{"too little", "ffffff7f 61", 2, 1, xpress.ErrTruncated},
		{"nothing at all", "", 1, 0, xpress.ErrTruncated},
	} {
		src := unhex(t, c.stream)
		dst := bytes.Repeat([]byte{0xEE}, c.room+8)
		n, read, err := xpress.Expand(dst[:c.room], src)
		if !errors.Is(err, c.err) || n != c.filled || read > len(src) {
			t.Errorf("%s: %d bytes, read %d: %v", c.name, n, read, err)
		}
		if !bytes.Equal(dst[c.room:], bytes.Repeat([]byte{0xEE}, 8)) {
			t.Errorf("%s: written beyond the end", c.name)
		}
	}
}

// simple is the format once more, a byte at a time as [MS-XCA] 2.4.4 puts it; it
// knows no limit but that of want.
func simple(src []byte, want int) (out []byte, ok bool) {
	var flags uint32
	n, half := 0, 0
	in := 0
	byteAt := func() (int, bool) {
		if in >= len(src) {
			return 0, false
		}
		in++
		return int(src[in-1]), true
	}
	for {
		if n == 0 {
			if len(src)-in < 4 {
				return out, in == len(src) && len(out) == want
			}
			flags, in, n = binary.LittleEndian.Uint32(src[in:]), in+4, 32
		}
		n--
		if flags>>n&1 == 0 {
			b, ok := byteAt()
			if !ok {
				return out, len(out) == want
			}
			if len(out) == want {
				return out, false
			}
			out = append(out, byte(b))
			continue
		}
		if in == len(src) {
			return out, len(out) == want
		}
		lo, _ := byteAt()
		hi, ok := byteAt()
		if !ok {
			return out, false
		}
		length, back := lo&7, (hi<<8|lo)>>3+1
		if length == 7 {
			if half == 0 {
				half = in
				b, ok := byteAt()
				if !ok {
					return out, false
				}
				length = b & 15
			} else {
				length = int(src[half]) >> 4
				half = 0
			}
			if length == 15 {
				b, ok := byteAt()
				if !ok {
					return out, false
				}
				length = b
				if length == 255 {
					if len(src)-in < 2 {
						return out, false
					}
					length, in = int(binary.LittleEndian.Uint16(src[in:])), in+2
					if length == 0 {
						if len(src)-in < 4 {
							return out, false
						}
						v := binary.LittleEndian.Uint32(src[in:])
						in += 4
						if v > 1<<30 {
							return out, false
						}
						length = int(v)
					}
					if length < 15+7 {
						return out, false
					}
					length -= 15 + 7
				}
				length += 15
			}
			length += 7
		}
		length += 3
		if back > len(out) || length > want-len(out) {
			return out, false
		}
		for range length {
			out = append(out, out[len(out)-back])
		}
	}
}

// agree fails the test unless both say the same of a stream.
func agree(t testing.TB, src []byte, want int) {
	t.Helper()
	expect, ok := simple(src, want)
	dst := make([]byte, want)
	n, read, err := xpress.Expand(dst, src)
	if n < 0 || n > want || read < 0 || read > len(src) {
		t.Fatalf("%x into %d: filled %d, read %d", src, want, n, read)
	}
	if (err == nil) != ok || !bytes.Equal(dst[:n], expect) {
		t.Fatalf("%x into %d: %d bytes %v, want %d bytes %t", src, want, n, err, len(expect), ok)
	}
	if err == nil && (n != want || read != len(src)) {
		t.Fatalf("%x into %d: filled %d, read %d, no error", src, want, n, read)
	}
}

// texts are bytes that compress in every way: not at all, into long and short
// matches, near and far ones.
func texts() (all [][]byte) {
	r := rand.New(rand.NewPCG(7, 11))
	noise := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		return b
	}
	words := func(n int) (b []byte) {
		for len(b) < n {
			w := noise(1 + r.IntN(40))
			for range 1 + r.IntN(4) {
				b = append(b, w...)
			}
		}
		return b[:n]
	}
	for _, n := range []int{0, 1, 2, 3, 4, 31, 32, 33, 100, 5000} {
		all = append(all, noise(n), bytes.Repeat([]byte{'x'}, n), words(n))
	}
	far := noise(9000)
	return append(all, bytes.Repeat([]byte("ab"), 40_000), append(far, far...), bytes.Repeat([]byte{0}, 1<<18))
}

func TestRoundTrips(t *testing.T) {
	for i, text := range texts() {
		src := etlbuild.Compress(text)
		dst := make([]byte, len(text))
		n, read, err := xpress.Expand(dst, src)
		if err != nil || n != len(text) || read != len(src) || !bytes.Equal(dst, text) {
			t.Errorf("text %d of %d bytes: %d bytes, read %d of %d, %v", i, len(text), n, read, len(src), err)
		}
		if len(src) < 400 {
			agree(t, src, len(text))
		}
	}
}

// Every prefix of a stream expands to a prefix of the text, and says that it is
// cut.
func TestPrefixes(t *testing.T) {
	for i, text := range texts() {
		src := etlbuild.Compress(text)
		step := 1 + len(src)/500
		for cut := 0; cut < len(src); cut += step {
			dst := make([]byte, len(text))
			n, _, err := xpress.Expand(dst, src[:cut])
			switch {
			case !bytes.Equal(dst[:n], text[:n]):
				t.Fatalf("text %d cut at %d: wrong bytes", i, cut)
			case n < len(text) && err != xpress.ErrTruncated:
				t.Fatalf("text %d cut at %d: %d of %d bytes, %v", i, cut, n, len(text), err)
			}
		}
	}
}

// Flipped bits, in both decoders alike.
func TestFlips(t *testing.T) {
	for _, text := range texts() {
		src := etlbuild.Compress(text)
		if len(src) > 300 || len(text) > 5000 {
			continue
		}
		for bit := range 8 * len(src) {
			src[bit/8] ^= 1 << (bit % 8)
			agree(t, src, len(text))
			src[bit/8] ^= 1 << (bit % 8)
		}
	}
}

func TestAllocations(t *testing.T) {
	text := bytes.Repeat([]byte("event "), 1000)
	src, dst := etlbuild.Compress(text), make([]byte, len(text))
	if n := testing.AllocsPerRun(10, func() { _, _, _ = xpress.Expand(dst, src) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func seeds(t testing.TB) (all [][]byte) {
	for _, text := range texts() {
		if src := etlbuild.Compress(text); len(src) < 1000 {
			all = append(all, src)
		}
	}
	return append(all, unhex(t, "ffffff1f 616263 1700 0f ff 2601"), unhex(t, "ffffff7f 61 0700 0f ff 0000 ffffffff"))
}

func TestFuzzHasSeeds(t *testing.T) {
	if n := len(seeds(t)); n < 10 {
		t.Fatalf("%d seeds", n)
	}
}

func FuzzExpand(f *testing.F) {
	for _, s := range seeds(f) {
		f.Add(s, uint16(300))
	}
	f.Fuzz(func(t *testing.T, src []byte, want uint16) { agree(t, src, int(want)) })
}

func BenchmarkExpand(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	// As in a trace: headers alike, some bytes of each record new.
	var text []byte
	for len(text) < 64<<10 {
		text = append(text, bytes.Repeat([]byte{0x13, 0xC0, 1, 0}, 20)...)
		for range 24 {
			text = append(text, byte(r.Uint32()))
		}
		text = append(text, "M\x00i\x00c\x00r\x00o\x00s\x00o\x00f\x00t\x00"...)
	}
	src, dst := etlbuild.Compress(text), make([]byte, len(text))
	b.SetBytes(int64(len(dst)))
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := xpress.Expand(dst, src); err != nil {
			b.Fatal(err)
		}
	}
}
