package evtx

import (
	"io"

	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// Claimer is a reader of which others may read parts in its place, and several at once: of
// a log in a file each worker reads the chunks that it decodes.
type Claimer interface {
	// Claim steps over the next n bytes and returns what reads them into a buffer of n
	// bytes, as [io.ReaderAt] does, at any time, once. It returns nil, and steps over nothing,
	// if those bytes can only be read here, or there may be fewer.
	Claim(n int) func([]byte) (int, error)
}

// Block is a place where a chunk may stand.
type Block struct {
	Offset int64 // in the file
	Size   int   // bytes, ChunkSize unless the file ends within

	// What Load has found: a chunk, a gap, nothing but zeros, or, if nothing of the block
	// could be read, none of these.
	Chunk *Chunk
	Gap   *Gap
	Empty bool

	// Unread is how many of the bytes could not be read, known after Load.
	Unread int

	// End is what to say behind all that the block has: that the file ends within the chunk,
	// or what kept the rest of the block from being read. Known after Load.
	End error

	of   *Reader
	read func([]byte) (int, error) // nil once it was
	data []byte                    // nil before, and once it is given back
}

// Data returns the bytes of the block, after Load, until Recycle.
func (b *Block) Data() []byte { return b.data }

// Load finds out what stands in the block, and reads it if the reader has not. It does not
// touch the reader: several blocks may be loaded at once, each once.
func (b *Block) Load() {
	if b.read != nil {
		data := b.of.Memory.take()
		n, err := b.read(data)
		b.data, b.read = data[:n], nil
		if b.Unread = b.Size - n; err != nil {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF // it was longer when it was claimed
			}
			b.End = b.of.readError(b.Offset+int64(n), err)
		}
	}
	switch {
	case len(b.data) == 0:
	case cursor.IsZero(b.data):
		b.Empty = true
	default:
		b.Chunk, b.Gap = parseChunk(b.data, b.Offset, !b.of.Header.NoCRC())
		if b.Chunk != nil && b.End == nil && b.Size < ChunkSize {
			b.End = CutError(b.Offset+int64(b.Size), b.Size)
		}
	}
}

// Recycle gives the memory of the block back, and with it that of its chunk.
func (b *Block) Recycle() {
	b.of.Memory.recycle(b.data)
	b.data = nil
}
