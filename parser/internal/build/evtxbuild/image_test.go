package evtxbuild

import (
	"bytes"
	"testing"
)

func TestEndBefore(t *testing.T) {
	f := sampleLog(Options{FirstRecordID: 50, FirstRecordNumber: 10}, 6)
	im := f.Image()
	im.EndBefore(4)
	want := sampleLog(Options{FirstRecordID: 50, FirstRecordNumber: 10}, 4).Image()
	c, w := im.Bytes[4096:], want.Bytes[4096:]
	// All but the chain heads is as if the last two had not been written.
	if !bytes.Equal(c[:124], w[:124]) {
		t.Errorf("header %x\nwant   %x", c[:124], w[:124])
	}
	if uint32(le(c, 124, 4)) != crc(c[:120], c[128:512]) {
		t.Error("header CRC")
	}
	for _, r := range im.Records[4:] {
		if le(im.Bytes, r.Offset, 4) != 0x2a2a {
			t.Error("a record is gone")
		}
	}
}

func TestTakeChunkHeader(t *testing.T) {
	f := sampleLog(Options{}, 3)
	earlier := f.Image()
	f.Event(Event{Provider: "p"})
	im := f.Image()
	im.TakeChunkHeader(0, earlier)
	c := im.Bytes[4096:]
	free := int(le(c, 48, 4))
	if free != im.Records[3].Offset-4096 || uint32(le(c, 52, 4)) != crc(c[512:free]) {
		t.Errorf("free space %#x", free)
	}
}

func TestDamage(t *testing.T) {
	fresh := func() *Image { return sampleLog(Options{}, 300).Image() }
	whole := fresh()
	r := whole.Records[5]
	for _, c := range []struct {
		name string
		do   func(im *Image)
		at   []int // the bytes that may differ: pairs of start, end
	}{
		{"file CRC", (*Image).BreakFileCRC, []int{124, 128}},
		{"header CRC", func(im *Image) { im.BreakHeaderCRC(1) }, []int{im1 + 124, im1 + 128}},
		{"records CRC", func(im *Image) { im.BreakRecordsCRC(1) }, []int{im1 + 52, im1 + 56, im1 + 124, im1 + 128}},
		{"size", func(im *Image) { im.SetSize(5, 0) }, []int{r.Offset + 4, r.Offset + 8}},
		{"size copy", func(im *Image) { im.SetSizeCopy(5, 1) }, []int{r.Offset + r.Size - 4, r.Offset + r.Size}},
		{"record magic", func(im *Image) { im.WipeRecordMagic(5) }, []int{r.Offset, r.Offset + 4}},
		{"chunk magic", func(im *Image) { im.WipeChunkMagic(1) }, []int{im1, im1 + 8}},
		{"flip", func(im *Image) { im.Flip(777, 1) }, []int{777, 778}},
		{"put", func(im *Image) { im.Put(777, 1, 2) }, []int{777, 779}},
	} {
		im := fresh()
		c.do(im)
		if bytes.Equal(im.Bytes, whole.Bytes) {
			t.Errorf("%s: no damage", c.name)
		}
		for i := 0; i < len(c.at); i += 2 {
			copy(im.Bytes[c.at[i]:c.at[i+1]], whole.Bytes[c.at[i]:])
		}
		if !bytes.Equal(im.Bytes, whole.Bytes) {
			t.Errorf("%s: damage elsewhere", c.name)
		}
	}

	im := fresh()
	im.BreakRecordsCRC(1)
	if c := im.Bytes[im1:]; uint32(le(c, 124, 4)) != crc(c[:120], c[128:512]) {
		t.Error("records CRC: the header's own is wrong too")
	}
	im.Seal(1)
	if !bytes.Equal(im.Bytes, whole.Bytes) {
		t.Error("Seal does not restore the checksums")
	}
	im.SwapChunks(0, 1)
	if le(im.Bytes, 4096+24, 8) == 1 || le(im.Bytes, im1+24, 8) != 1 {
		t.Error("chunks not swapped")
	}
	im.SwapChunks(0, 1)
	if !bytes.Equal(im.Bytes, whole.Bytes) {
		t.Error("chunks not swapped back")
	}
	im.Cut(5000)
	if !bytes.Equal(im.Bytes, whole.Bytes[:5000]) {
		t.Error("not cut")
	}
	h := FileHeader{First: 1, Last: 2, NextRecordID: 3, Minor: 2, Major: 3, Chunks: 9, Flags: FlagDirty}
	im = fresh()
	im.SetHeader(h)
	if uint32(le(im.Bytes, 124, 4)) != crc(im.Bytes[:120]) || le(im.Bytes, 120, 4) != 1 {
		t.Error("header")
	}
}

// im1 is where the second chunk stands.
const im1 = 4096 + 65536
