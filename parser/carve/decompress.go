package carve

import (
	"github.com/qmparse/qmparse/parser/evtx"
	"github.com/qmparse/qmparse/parser/lznt1"
)

// unitAlign is what clusters, and with them the units that NTFS compresses, are aligned
// to in the image of a volume or disk.
const unitAlign = 512

// decompress expands the chunk that b, at offset of the stream, begins with; nil if it is
// none. NTFS compresses 64 KiB at a time, and the first chunk stands 4 KiB behind the
// start of the file: 15 blocks of a chunk are in one unit, the last is at the start of the
// next. It is taken from there if it makes the checksums right. size is that of the first
// part.
func (s *Scanner) decompress(b []byte, offset int64) (c *evtx.Chunk, size int) {
	data := make([]byte, 0, evtx.ChunkSize+lznt1.BlockSize)
	for len(data) < evtx.ChunkSize {
		out, n, err := lznt1.Block(data, b[size:])
		if err != nil {
			break
		}
		whole := len(out)-len(data) == lznt1.BlockSize
		data = out
		size += n
		if !whole {
			break
		}
	}
	c, whole := evtx.Carve(data, evtx.Place{Offset: offset})
	if c == nil {
		return nil, 0
	}
	if missing := evtx.ChunkSize - len(data); !whole && missing == lznt1.BlockSize && offset >= s.joined {
		s.joined = offset + lznt1.BlockSize // it costs too much to be done for every byte
		for at := int((offset+int64(size)+unitAlign-1)/unitAlign*unitAlign - offset); at < len(b); at += unitAlign {
			out, _, err := lznt1.Block(data, b[at:])
			if err != nil || len(out) != evtx.ChunkSize {
				continue
			}
			if joined, whole := evtx.Carve(out, evtx.Place{Offset: offset}); whole {
				c = joined
				break
			}
		}
	}
	c.Compressed = true
	return c, size
}
