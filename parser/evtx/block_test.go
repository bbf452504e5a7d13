package evtx_test

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"sync"
	"testing"

	"github.com/qmparse/qmparse/parser/evtx"
)

// claiming is a log of which all but its first bytes can be claimed.
type claiming struct{ *bytes.Reader }

func (c claiming) Claim(n int) func([]byte) (int, error) {
	at := c.Size() - int64(c.Len())
	if n > c.Len() {
		return nil
	}
	c.Seek(int64(n), io.SeekCurrent)
	return func(b []byte) (int, error) { return c.ReadAt(b, at) }
}

// Blocks that are loaded at once, behind the iteration and in any order, hold what Chunks
// yields; memory that was given back is used again, and no other.
func TestBlocks(t *testing.T) {
	log := slices.Concat(threeChunks(t).Bytes, make([]byte, 2*chunkSize), threeChunks(t).Bytes[fileHeader:])
	clear(log[fileHeader+chunkSize:][:8])
	for _, n := range []int{len(log), len(log) - 1, len(log) - chunkSize + 100, fileHeader + 1, fileHeader} {
		log := log[:n]
		plain, err := evtx.NewReader(bytes.NewReader(log))
		if err != nil {
			t.Fatal(err)
		}
		var want, got []string
		for c, err := range plain.Chunks() {
			if err != nil {
				want = append(want, err.Error())
			} else {
				want = append(want, fmt.Sprintf("%#x %x", c.Offset, c.Data))
			}
		}
		r, err := evtx.NewReader(claiming{bytes.NewReader(log)})
		if err != nil {
			t.Fatal(err)
		}
		var blocks []*evtx.Block
		size := int64(fileHeader)
		for b, err := range r.Blocks() {
			if err != nil {
				t.Fatal(err)
			}
			if b.Offset != size {
				t.Errorf("a block at %#x behind %#x", b.Offset, size)
			}
			size += int64(b.Size)
			blocks = append(blocks, b)
		}
		if size != int64(n) || r.Size() != size {
			t.Errorf("blocks end at %d of %d bytes, size %d", size, n, r.Size())
		}
		var all sync.WaitGroup
		for i := range blocks {
			all.Go(blocks[len(blocks)-1-i].Load)
		}
		all.Wait()
		empty := 0
		memory := map[*byte]bool{}
		for _, b := range blocks {
			memory[&b.Data()[0]] = true
			if b.Chunk != nil {
				got = append(got, fmt.Sprintf("%#x %x", b.Offset, b.Chunk.Data))
			}
			for _, err := range b.Errors() {
				got = append(got, err.Error())
			}
			if b.Empty {
				empty++
			}
			if !bytes.Equal(b.Data(), log[b.Offset:][:b.Size]) {
				t.Errorf("the block at %#x has other bytes", b.Offset)
			}
			b.Recycle()
			b.Recycle() // is nothing
			if b.Load(); b.Data() != nil || b.Chunk != nil && b.Chunk.Data != nil {
				t.Errorf("the block at %#x has bytes that it gave back", b.Offset)
			}
		}
		if !slices.Equal(got, want) || empty != plain.EmptyChunks() {
			t.Errorf("%d bytes: %d chunks and errors, %d empty ones; want %d, %d", n, len(got), empty, len(want), plain.EmptyChunks())
		}
		if len(memory) != len(blocks) {
			t.Errorf("%d blocks in %d places", len(blocks), len(memory))
		}
		again, err := evtx.NewReader(bytes.NewReader(log))
		if err != nil {
			t.Fatal(err)
		}
		again.Memory = r.Memory
		for b := range again.Blocks() {
			b.Load()
			if !memory[&b.Data()[0]] {
				t.Errorf("the block at %#x has new memory", b.Offset)
			}
		}
	}
}
