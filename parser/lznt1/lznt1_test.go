package lznt1_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/qmparse/qmparse/parser/internal/build/lznt1build"
	"github.com/qmparse/qmparse/parser/internal/cursor"
	"github.com/qmparse/qmparse/parser/lznt1"
)

// The example of [MS-XCA] 3.3.
func TestBlockOfTheDocument(t *testing.T) {
	const want = "F# F# G A A G F# E D D E F# F# E E F# F# G A A G F# E D D E F# E D D E E F# D E F# G F# D E F# G F# E D E A F# F# G A A G F# E D D E F# E D D\x00"
	block, err := hex.DecodeString("38b08846232000204720410010a24701a045204400084501507900c045200524138805b4024a44ef0358028c091601484500be009e0004011890" + "00")
	if err != nil {
		t.Fatal(err)
	}
	if out, n, err := lznt1.Block(nil, block); string(out) != want || n != len(block) || err != nil {
		t.Errorf("%q, %d of %d bytes, %v", out, n, len(block), err)
	}
}

// Blocks put together by hand from the document.
func TestBlockByHand(t *testing.T) {
	for name, x := range map[string]struct {
		block string
		want  string
	}{
		// Header: 3 bytes behind it, less 1, signature 3, not compressed.
		"as it is": {"\x02\x30abc", "abc"},
		// Compressed; flags 0: three literals.
		"literals": {"\x03\xb0\x00abc", "abc"},
		// "abc", then bit 3: back 3 (2<<12) and length 6 (6-3): a copy of the copy.
		"phrase": {"\x05\xb0\x08abc\x03\x20", "abcabcabc"},
		// One byte and a phrase of length 15+3: the longest is 0xfff+3 there.
		"run": {"\x03\xb0\x02a\x0f\x00", strings.Repeat("a", 19)},
		// Behind 16 bytes 4 bits say how far back, behind 17 it is 5.
		"16 bytes": {"\x14\xb0\x00abcdefgh\x00ijklmnop\x01\x00\xf0", "abcdefghijklmnopabc"},
		"17 bytes": {"\x15\xb0\x00abcdefgh\x00ijklmnop\x02q\x00\x80", "abcdefghijklmnopqabc"},
	} {
		out, n, err := lznt1.Block([]byte("before"), []byte(x.block+"rest"))
		if string(out) != "before"+x.want || n != len(x.block) || err != nil {
			t.Errorf("%s: %q, %d of %d bytes, %v", name, out, n, len(x.block), err)
		}
	}
}

func TestBlockRefuses(t *testing.T) {
	for name, block := range map[string]string{
		"nothing":                  "",
		"half a header":            "\x02",
		"another signature":        "\x02\xa0abc",
		"phrase before the start":  "\x05\xb0\x08abc\x03\x30",
		"phrase at the start":      "\x02\xb0\x01\x00\x00",
		"half a phrase":            "\x04\xb0\x08abc\x03",
		"more than 4 KiB":          "\x03\xb0\x02a\xff\x0f", // 1 + 0xfff + 3
		"more than the bytes left": "\x09\x30abc",
	} {
		out, n, err := lznt1.Block([]byte("before"), []byte(block))
		if string(out) != "before" || n != 0 || !errors.Is(err, cursor.ErrMalformed) && !errors.Is(err, cursor.ErrTruncated) {
			t.Errorf("%s: %q, %d bytes, %v", name, out, n, err)
		}
	}
	if out, n, err := lznt1.Block(nil, []byte{0, 0, 1}); len(out) != 0 || n != lznt1.HeaderSize || err != lznt1.ErrEnd {
		t.Errorf("end mark: %q, %d bytes, %v", out, n, err)
	}
}

func datas() map[string][]byte {
	rng := rand.New(rand.NewPCG(1, 2))
	random := make([]byte, 4096)
	for i := range random {
		random[i] = byte(rng.Uint32())
	}
	mixed := make([]byte, 4096)
	for i := range mixed {
		if mixed[i] = byte(rng.Uint32N(4)); i > 50 && rng.IntN(10) > 0 {
			mixed[i] = mixed[i-1-rng.IntN(50)]
		}
	}
	return map[string][]byte{"random": random, "mixed": mixed, "zero": make([]byte, 4096), "short": []byte("abcabcabcabcabc"),
		"text": []byte(strings.Repeat("the quick brown fox ", 204))}
}

// What is compressed expands to what it was; no strict prefix does, nor does one panic.
func TestRoundTrip(t *testing.T) {
	for name, data := range datas() {
		block := lznt1build.Block(data)
		out, n, err := lznt1.Block(nil, block)
		if !bytes.Equal(out, data) || n != len(block) || err != nil {
			t.Errorf("%s: %d bytes of %d in %d, %v", name, len(out), len(data), n, err)
		}
		for cut := range block {
			if _, _, err := lznt1.Block(nil, block[:cut]); err == nil {
				t.Errorf("%s: %d of %d bytes are a block", name, cut, len(block))
			}
		}
	}
}

func FuzzBlock(f *testing.F) {
	for _, data := range datas() {
		f.Add(lznt1build.Block(data))
	}
	f.Add([]byte("\x05\xb0\x08abc\x03\x20"))
	f.Add([]byte("\x03\xb0\x02a\xff\x0f"))
	f.Fuzz(func(t *testing.T, data []byte) {
		out, n, err := lznt1.Block([]byte("x"), data)
		if len(out) > 1+lznt1.BlockSize || n > len(data) || out[0] != 'x' || err != nil && err != lznt1.ErrEnd && len(out) != 1 {
			t.Errorf("%d bytes of %d, %v", len(out), n, err)
		}
		data = data[:min(len(data), lznt1.BlockSize)]
		if len(data) == 0 {
			return
		}
		if out, _, err := lznt1.Block(nil, lznt1build.Block(data)); !bytes.Equal(out, data) || err != nil {
			t.Errorf("%d bytes became %d, %v", len(data), len(out), err)
		}
	})
}

func BenchmarkBlock(b *testing.B) {
	block := lznt1build.Block(datas()["mixed"])
	out := make([]byte, 0, lznt1.BlockSize)
	b.SetBytes(lznt1.BlockSize)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := lznt1.Block(out, block); err != nil {
			b.Fatal(err)
		}
	}
}
