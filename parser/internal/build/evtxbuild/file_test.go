package evtxbuild

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// crc is CRC-32 of RFC 1952, bit by bit.
func crc(b ...[]byte) uint32 {
	c := ^uint32(0)
	for _, p := range b {
		for _, x := range p {
			c ^= uint32(x)
			for range 8 {
				c = c>>1 ^ 0xedb88320&-(c&1)
			}
		}
	}
	return ^c
}

func le(b []byte, at, n int) uint64 {
	var v uint64
	for i := n - 1; i >= 0; i-- {
		v = v<<8 | uint64(b[at+i])
	}
	return v
}

// sampleLog has n events of some 300 bytes each.
func sampleLog(opt Options, n int) *File {
	f := New(opt)
	for i := range n {
		f.Event(Event{Provider: "qmparse-test", EventID: uint16(100 + i%3), Data: []Data{
			D("Index", UInt32(uint32(i))), D(fmt.Sprintf("Name%d", i%3), String(strings.Repeat("x", 20+i%7)))}})
	}
	return f
}

func TestEmptyLog(t *testing.T) {
	b := New(Options{Minor: 2}).Bytes()
	if len(b) != 4096+65536 {
		t.Fatalf("%d bytes", len(b))
	}
	for _, c := range []struct {
		at, n int
		want  uint64
	}{
		{0, 8, 0x00656c6946666c45}, {8, 8, 0}, {16, 8, 0}, {24, 8, 1}, {32, 4, 128}, {36, 2, 2}, {38, 2, 3},
		{40, 2, 4096}, {42, 2, 1}, {120, 4, 0}, {124, 4, uint64(crc(b[:120]))},
		{4096, 8, 0x006b6e6843666c45}, {4096 + 16, 8, 1<<64 - 1}, {4096 + 40, 4, 128},
		{4096 + 44, 4, 0}, {4096 + 48, 4, 512}, {4096 + 52, 4, 0}, {4096 + 120, 4, 1},
		{4096 + 124, 4, uint64(crc(b[4096:4096+120], b[4096+128:4096+512]))},
	} {
		if got := le(b, c.at, c.n); got != c.want {
			t.Errorf("at %d: %#x, want %#x", c.at, got, c.want)
		}
	}
}

// One record of six tokens, every byte counted by hand.
func TestOneRecord(t *testing.T) {
	f := New(Options{FirstRecordID: 7, FirstRecordNumber: 3})
	f.Record(Record{Written: 0x0102030405060708, Body: Document(El("ab", Element{Name: "ab", Empty: true}))})
	b := f.Bytes()
	// "ab" hashes to 0x61*65599 + 0x62 = 0x611841.
	want := unhex(t, `2a2a0000 48000000 0700000000000000 0807060504030201
		0f010100
		01 1e000000 25020000 00000000 4118 0200 6100 6200 0000
		02 01 05000000 25020000 03
		04 00
		00000000 48000000`)
	rec := b[4096+512:]
	if !bytes.Equal(rec[:len(want)], want) {
		t.Errorf("got\n%x\nwant\n%x", rec[:len(want)], want)
	}
}

func TestChunkHeader(t *testing.T) {
	f := sampleLog(Options{FirstRecordID: 1000, FirstRecordNumber: 5}, 400)
	im := f.Image()
	if len(im.Chunks) < 2 {
		t.Fatal("no rollover")
	}
	number, id := uint64(5), uint64(1000)
	for i, at := range im.Chunks {
		c := im.Bytes[at : at+65536]
		var offs []int
		p := 512
		for ; p < int(le(c, 48, 4)); p += int(le(c, p+4, 4)) {
			offs = append(offs, p)
			if le(c, p, 4) != 0x2a2a || le(c, p+8, 8) != id || le(c, p+4, 4)%8 != 0 ||
				le(c, p+int(le(c, p+4, 4))-4, 4) != le(c, p+4, 4) {
				t.Fatalf("chunk %d: bad record at %#x", i, p)
			}
			id++
		}
		last := number + uint64(len(offs)) - 1
		for _, w := range []struct {
			at, n int
			want  uint64
		}{
			{8, 8, number}, {16, 8, last}, {24, 8, id - uint64(len(offs))}, {32, 8, id - 1},
			{44, 4, uint64(offs[len(offs)-1])}, {48, 4, uint64(p)}, {52, 4, uint64(crc(c[512:p]))},
			{124, 4, uint64(crc(c[:120], c[128:512]))},
		} {
			if got := le(c, w.at, w.n); got != w.want {
				t.Errorf("chunk %d at %d: %d, want %d", i, w.at, got, w.want)
			}
		}
		number = last + 1
		if names, definitions := checkChains(t, c); names != 28 || definitions != 4 {
			t.Errorf("chunk %d: %d names and %d definitions in chains", i, names, definitions)
		}
	}
	if id != 1400 || le(im.Bytes, 24, 8) != 1400 || le(im.Bytes, 42, 2) != uint64(len(im.Chunks)) {
		t.Errorf("last id %d, header says next %d in %d chunks", id-1, le(im.Bytes, 24, 8), le(im.Bytes, 42, 2))
	}
	if len(im.Records) != 400 {
		t.Errorf("%d places for 400 records", len(im.Records))
	}
	for _, r := range im.Records {
		if le(im.Bytes, r.Offset+8, 8) != r.ID || le(im.Bytes, r.Offset+4, 4) != uint64(r.Size) {
			t.Fatalf("no record %d at %d", r.ID, r.Offset)
		}
	}
	for _, d := range im.Definitions {
		if !bytes.Equal(im.Bytes[d.Offset+4:d.Offset+20], d.GUID[:]) {
			t.Fatalf("no definition %x at %d", d.GUID, d.Offset)
		}
	}
}

// checkChains follows every chain of a chunk and counts. The next one is always
// older.
func checkChains(t *testing.T, c []byte) (names, definitions int) {
	t.Helper()
	for i := range 64 {
		for h, prev := int(le(c, 128+4*i, 4)), 65536; h != 0; prev, h = h, int(le(c, h, 4)) {
			if h >= prev {
				t.Fatalf("bucket %d: name at %#x after %#x", i, h, prev)
			}
			n := int(le(c, h+6, 2))
			text := decodeUnits(c[h+8 : h+8+2*n])
			if uint64(NameHash(text)) != le(c, h+4, 2) || int(NameHash(text)%64) != i || le(c, h+8+2*n, 2) != 0 {
				t.Errorf("bucket %d: name %q at %#x", i, text, h)
			}
			names++
		}
	}
	for i := range 32 {
		for h, prev := int(le(c, 384+4*i, 4)), 65536; h != 0; prev, h = h, int(le(c, h, 4)) {
			if h >= prev {
				t.Fatalf("bucket %d: definition at %#x after %#x", i, h, prev)
			}
			var g [16]byte
			copy(g[:], c[h+4:])
			if templateBucket(g) != i || c[h+24] != 0x0f || c[h+24+int(le(c, h+20, 4))-1] != 0 {
				t.Errorf("bucket %d: definition %x at %#x", i, g, h)
			}
			definitions++
		}
	}
	return names, definitions
}

func TestSameCallsSameBytes(t *testing.T) {
	a, b := sampleLog(Options{}, 300), sampleLog(Options{}, 300)
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("two runs differ")
	}
	before := a.Bytes()
	keep := bytes.Clone(before)
	a.Event(Event{Provider: "later"})
	if !bytes.Equal(before, keep) {
		t.Error("an image changed when the log grew")
	}
}

// A record that did not fit must leave nothing of itself in the chunk it was
// tried in: its names would be found in the wrong place.
func TestRolloverForgetsTheRecordThatDidNotFit(t *testing.T) {
	f := sampleLog(Options{}, 1)
	f.Event(Event{Provider: "p", Data: []Data{D("v", Binary(make([]byte, 60000)))}})
	c := f.chunks[0]
	free := c.pos
	f.Event(Event{Provider: "p", Data: []Data{D("NeverSeen", Binary(make([]byte, 6000)))}})
	if len(f.chunks) != 2 {
		t.Fatalf("%d chunks, want 2", len(f.chunks))
	}
	if _, ok := c.names["NeverSeen"]; ok {
		t.Error("its name is known")
	}
	if c.pos != free || len(c.definitions) != 3 {
		t.Errorf("free %#x, want %#x; %d definitions", c.pos, free, len(c.definitions))
	}
	for _, b := range c.buf[free:] {
		if b != 0 {
			t.Fatal("bytes behind the last record")
		}
	}
	checkHeads(t, f.Image())
}

// checkHeads says that no chain head points behind the free-space offset.
func checkHeads(t *testing.T, im *Image) {
	t.Helper()
	for i, at := range im.Chunks {
		c := im.Bytes[at:]
		for p := 128; p < 512; p += 4 {
			if le(c, p, 4) >= le(c, 48, 4) {
				t.Errorf("chunk %d: head %#x behind free space %#x", i, le(c, p, 4), le(c, 48, 4))
			}
		}
	}
}

func TestOverAnOlderLog(t *testing.T) {
	old := sampleLog(Options{Computer: "old.example.net"}, 40).Image()
	im := sampleLog(Options{FirstRecordID: 500, Over: old.Bytes}, 4).Image()
	free := int(le(im.Bytes, 4096+48, 4))
	whole := 0
	for _, r := range old.Records {
		if r.Offset >= 4096+free {
			if !bytes.Equal(im.Bytes[r.Offset:r.Offset+r.Size], old.Bytes[r.Offset:r.Offset+r.Size]) {
				t.Errorf("record %d did not survive", r.ID)
			}
			whole++
		}
	}
	if whole < 20 {
		t.Errorf("%d older records in slack", whole)
	}
	checkHeads(t, im)
	if bytes.Contains(im.Bytes[4096:4096+512], []byte("**")) {
		t.Error("header holds a record")
	}
}

func TestResidue(t *testing.T) {
	im := sampleLog(Options{Residue: true}, 300).Image()
	clean := sampleLog(Options{}, 300).Image()
	free := int(le(im.Bytes, im1+48, 4))
	if len(im.Chunks) != 2 || free > 60000 {
		t.Fatalf("%d chunks, free space at %#x", len(im.Chunks), free)
	}
	if !bytes.Equal(im.Bytes[im1+free:im1+65536], im.Bytes[4096+free:4096+65536]) {
		t.Error("the slack of the second chunk is not the first's records")
	}
	for i, r := range im.Records {
		got, want := im.Bytes[r.Offset:r.Offset+r.Size], clean.Bytes[r.Offset:r.Offset+r.Size]
		padding := 0
		for j := range got {
			if got[j] != want[j] {
				padding++
				if j < r.Size-11 || j >= r.Size-4 {
					t.Fatalf("record %d: byte %d of %d differs", i, j, r.Size)
				}
			}
		}
		if r.Chunk == 0 && padding > 0 {
			t.Errorf("record %d: padding from nowhere", i)
		}
	}
	if bytes.Equal(im.Bytes[im1:im1+free], clean.Bytes[im1:im1+free]) {
		t.Error("no padding shows what was there before")
	}
}

// A record that fills the chunk to its last byte fits, one of 8 more does not.
func TestLastByteOfAChunk(t *testing.T) {
	for more, chunks := range []int{1, 2} {
		f := New(Options{})
		f.Record(Record{Body: []Node{Raw(make([]byte, 1000-28))}})
		f.Record(Record{Body: []Node{Raw(make([]byte, 65536-512-1000-28+8*more))}})
		if f.Err() != nil || len(f.chunks) != chunks {
			t.Errorf("%d bytes more: %d chunks, %v", 8*more, len(f.chunks), f.Err())
		}
	}
}

// Enough definitions for every chain to have more than one.
func TestTemplateChains(t *testing.T) {
	f := New(Options{})
	for i := range 150 {
		f.Record(Record{Body: Document(Instance{Template: Definition(El("e", Text(string(rune('a'+i)))))})})
	}
	im := f.Image()
	if len(im.Chunks) != 1 {
		t.Fatalf("%d chunks", len(im.Chunks))
	}
	if names, definitions := checkChains(t, im.Bytes[4096:][:65536]); names != 1 || definitions != 150 {
		t.Errorf("%d names and %d definitions in chains", names, definitions)
	}
}

func TestRoomForChunks(t *testing.T) {
	im := sampleLog(Options{Chunks: 3}, 1).Image()
	if len(im.Bytes) != 4096+3*65536 || len(im.Chunks) != 1 {
		t.Errorf("%d bytes, %d chunks", len(im.Bytes), len(im.Chunks))
	}
	if le(im.Bytes, 42, 2) != 1 || !bytes.Equal(im.Bytes[4096+65536:], make([]byte, 2*65536)) {
		t.Error("unused chunks are not zeros")
	}
}
