package bunzip_test

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/qmparse/qmparse/parser/internal/alloctest"
	"github.com/qmparse/qmparse/parser/source/bunzip"
)

func unhex(text string) []byte {
	b, err := hex.DecodeString(text)
	if err != nil {
		panic(err)
	}
	return b
}

// Streams as bzip2 1.0.8 writes them.
var (
	x     = unhex("425a6839314159265359774bb01400000000800040200021184682ee48a70a120ee9760280")
	empty = unhex("425a683117724538509000000000")
	zeros = unhex("425a6839314159265359a53d9dba000088c000c0020008200030cc0529a68436110f177245385090a53d9dba") // 69,632

	// Of a and b by turns, four at a time, which is what a block has most bytes for: one
	// of exactly 100,000 bytes, one of 5 more, one of 900,000.
	fours = map[int][]byte{
		80_000:  unhex("425a6839314159265359142012b500752fc10040003000200050660294d3042a3010a8c10a8c14495c10a8f177245385090142012b50"),
		80_004:  unhex("425a683931415926535922be21e9007532410040003000200050660294d3042a3108546842a3051257042a3c5dc914e142408af887a4"),
		720_000: unhex("425a68393141592653599361043b041eac4100400030002000506604d534d0a8096a0a80960a809692482aae85404bcc50564994d65da233bec00001b04010000c000800082a9b50662453b3c5dc914e14241412b1a300"),
	}
)

func free(int64) error { return nil }

func decode(b []byte, size int64, claim func(int64) error) ([]byte, error) {
	return io.ReadAll(bunzip.NewReader(bufio.NewReader(bytes.NewReader(b)), size, claim))
}

// What comes out is what the library alone makes of the same bytes, if the size is right
// or said to be unknown.
func TestAsTheLibrary(t *testing.T) {
	streams := [][]byte{x, empty, zeros, slices.Concat(empty, x, zeros), slices.Concat(x, empty, x)}
	for n, b := range fours {
		streams = append(streams, b)
		if got, err := decode(b, int64(n), free); err != nil || len(got) != n {
			t.Errorf("%d of %d bytes, %v", len(got), n, err)
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	whole := len(streams)
	for range 150 {
		b := bytes.Clone(streams[r.IntN(whole)])
		b[r.IntN(len(b))] ^= 1 << r.IntN(8)
		streams = append(streams, b, b[:r.IntN(len(b))])
	}
	for i, b := range streams {
		want, wantErr := io.ReadAll(bzip2.NewReader(bytes.NewReader(b)))
		sizes := []int64{math.MaxInt64}
		if i < whole && wantErr == nil {
			sizes = append(sizes, int64(len(want)))
		}
		for _, size := range sizes {
			if got, err := decode(b, size, free); !bytes.Equal(got, want) || fmt.Sprint(err) != fmt.Sprint(wantErr) {
				t.Errorf("%x of %d: %d bytes, %v; want %d, %v", b, size, len(got), err, len(want), wantErr)
			}
		}
	}
}

// A decoder takes memory for what comes out, not for what its stream says, and claims it
// before.
func TestRoom(t *testing.T) {
	for name, c := range map[string]struct {
		b       []byte
		size    int64
		claimed int64
	}{
		"a byte":             {x, 1, 0},
		"header alone":       {x[:4], 1, 0},
		"zeros":              {zeros, 69_632, 0},
		"just a unit":        {fours[80_000], 80_000, 0},
		"more than a unit":   {fours[80_004], 80_004, 100_000},
		"unknown":            {x, math.MaxInt64, 800_000},
		"smaller than asked": {empty, math.MaxInt64, 0},
		"none":               {empty, 0, 0},
		"negative":           {x, -1, 0},
		"one after another":  {slices.Concat(empty, empty, empty), 0, 0},
		"a larger one":       {slices.Concat(empty, x), 1, 800_000},
		"no stream":          {[]byte("BZh0 BZ"), 1, 0},
	} {
		claimed := int64(0)
		claim := func(n int64) error { claimed += n; return nil }
		got := alloctest.Bytes(func() { decode(c.b, c.size, claim) })
		if claimed != c.claimed {
			t.Errorf("%s: %d bytes are claimed, want %d", name, claimed, c.claimed)
		}
		if most := uint64(4*(c.claimed+100_000) + 500_000); got > most {
			t.Errorf("%s: %d bytes are allocated", name, got)
		}
		if c.claimed == 0 {
			continue
		}
		refused := errors.New("refused")
		var err error
		got = alloctest.Bytes(func() {
			left := c.claimed - 1
			_, err = decode(c.b, c.size, func(n int64) error {
				if left -= n; left < 0 {
					return refused
				}
				return nil
			})
		})
		if err != refused || got > 900_000 { // a small one before it, at most
			t.Errorf("%s: %v, %d bytes are allocated", name, err, got)
		}
	}
}

// More than was said comes out up to a block that is too large.
func TestMoreThanSaid(t *testing.T) {
	if got, err := decode(fours[80_000], 1, free); len(got) != 80_000 || err != nil {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	var bad bzip2.StructuralError
	if got, err := decode(fours[80_004], 1, free); len(got) != 0 || !errors.As(err, &bad) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}
