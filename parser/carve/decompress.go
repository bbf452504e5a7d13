package carve

import (
	"bytes"
	"encoding/binary"

	"github.com/qmparse/qmparse/parser/evtx"
	"github.com/qmparse/qmparse/parser/lznt1"
)

// NTFS compresses 64 KiB at a time, a unit, and stores it as it is if it does not get
// smaller. The first chunk stands 4 KiB behind the start of the file, so 15 blocks of a
// chunk are in one unit, and the last is at the start of the next.

const (
	// unitAlign is what clusters, and with them units, are aligned to in the image of a
	// volume or disk.
	unitAlign = 512

	// unitPart is how much of a chunk is in the first of its two units.
	unitPart = evtx.ChunkSize - lznt1.BlockSize
)

// decompress expands the chunk that b, at offset of the stream, begins with; nil if it is
// none. size is that of its first part.
func (s *Scanner) decompress(b []byte, offset int64) (c *evtx.Chunk, size int) {
	data := make([]byte, 0, evtx.ChunkSize+lznt1.BlockSize)
	starts := make([]int, 0, evtx.ChunkSize/lznt1.BlockSize) // of the blocks, in b
	for len(data) < evtx.ChunkSize {
		out, n, err := lznt1.Block(data, b[size:])
		if err != nil {
			data = cutBlock(data, b[size:])
			break
		}
		whole := len(out)-len(data) == lznt1.BlockSize
		data = out
		starts = append(starts, size)
		size += n
		if !whole {
			break
		}
		if len(data) == lznt1.BlockSize && !evtx.BeginsChunk(data) {
			s.work += lznt1.BlockSize
			return nil, 0
		}
	}
	c, whole := evtx.Carve(data, evtx.Place{Offset: offset})
	s.work += int64(len(data))
	if c == nil {
		return nil, 0
	}
	if !whole && len(data) == unitPart {
		if joined := s.join(data, b, size, offset); joined != nil {
			return packed(joined), size
		}
	}
	// What was cut does not end where it says.
	sure := lznt1.HeaderSize + 1
	if whole {
		sure = starts[min((int(c.Header.FreeOffset)-1)/lznt1.BlockSize, len(starts)-1)] + 1
	}
	if n := s.within(b, sure, size, inChunk); n < size {
		if s.work += int64(size); whole {
			c.Data = c.Data[:c.Header.FreeOffset]
			return packed(c), n
		}
		return s.decompress(b[:n], offset)
	}
	return packed(c), size
}

// cutBlock appends what can be expanded of a block that b ends within.
func cutBlock(data, b []byte) []byte {
	if len(b) <= lznt1.HeaderSize || len(b) >= lznt1.MaxBlock {
		return data
	}
	short := bytes.Clone(b)
	for n := len(b); n > max(lznt1.HeaderSize, len(b)-2); n-- { // the last token may be cut, too
		header := binary.LittleEndian.Uint16(b)
		binary.LittleEndian.PutUint16(short, header&0xf000|uint16(n-lznt1.HeaderSize-1))
		if out, _, err := lznt1.Block(data, short[:n]); err == nil {
			return out
		}
	}
	return data
}

func packed(c *evtx.Chunk) *evtx.Chunk {
	c.Compressed = true
	return c
}

// join returns the chunk that begins with data, the part of it in its first unit, and goes
// on in the next, which begins somewhere in b from from on: the part there is the one that
// makes the checksums right. It returns nil if none does.
func (s *Scanner) join(data, b []byte, from int, offset int64) *evtx.Chunk {
	if offset < s.joined {
		return nil
	}
	part, ok := evtx.NewPart(data)
	if !ok {
		return nil
	}
	s.joined = offset + lznt1.BlockSize // it costs too much to be done for every byte
	b = b[:min(len(b), from+look)]
	if !s.may((len(b) - from) / unitAlign * lznt1.BlockSize) {
		return nil
	}
	for at := int((offset+int64(from)+unitAlign-1)/unitAlign*unitAlign - offset); at < len(b); at += unitAlign {
		s.work += lznt1.BlockSize
		last := b[at:min(at+lznt1.BlockSize, len(b))]
		if out, _, err := lznt1.Block(s.block[:0], b[at:]); err == nil && len(out) == lznt1.BlockSize {
			s.block = out[:0]
			if part.CompletedBy(out) {
				last = out
			}
		}
		if part.CompletedBy(last) {
			c, _ := evtx.Carve(bytes.Join([][]byte{data, last}, nil), evtx.Place{Offset: offset})
			return c
		}
	}
	return nil
}
