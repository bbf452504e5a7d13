package evtx

import (
	"io"

	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// Claimer is a reader of which others may read parts in its place, and several at once: of
// a log in a file each worker reads the chunks that it decodes.
type Claimer interface {
	// Claim steps over the next n bytes and returns what reads them into a buffer of n
	// bytes, as [io.ReaderAt] does, at any time, once; with nil it gives them up. It returns
	// nil, and steps over nothing, if those bytes can only be read here, or there may be
	// fewer.
	Claim(n int) func([]byte) (int, error)
}

// Block is a place where a chunk may stand.
type Block struct {
	Offset int64 // in the file
	Size   int   // bytes, ChunkSize unless the file ends within; after Load none if it ended before

	// What Load has found: a chunk, a gap, nothing but zeros, or, if nothing of the block
	// could be read, none of these.
	Chunk *Chunk
	Gap   *Gap
	Empty bool

	// Cut says, after Load, that the file ends within the chunk; Unread is the rest of the
	// block that could not be read, all of it if that begins within the chunk header; and
	// Failed is the error of reading behind the block, with which the log ends.
	Cut    error
	Unread *Gap
	Failed error

	of     *Reader
	read   func([]byte) (int, error) // nil if the reader did that
	data   []byte                    // nil before, and once it is given back
	loaded bool
}

// Data returns the bytes of the block that could be read, after Load, until Recycle.
func (b *Block) Data() []byte { return b.data }

// Load finds out what stands in the block, once, and reads it if the reader has not. Several
// blocks may be loaded at once.
func (b *Block) Load() {
	if b.loaded {
		return
	}
	b.loaded = true
	if b.read != nil {
		b.fill()
	}
	switch {
	case len(b.data) == 0:
	case cursor.IsZero(b.data):
		b.Empty = b.Unread == nil
	default:
		b.Chunk, b.Gap = parseChunk(b.data, b.Offset, !b.of.Header.NoCRC())
		if b.Chunk != nil && b.Unread == nil && b.Failed == nil && b.Size < ChunkSize {
			b.Cut = CutError(b.Offset+int64(b.Size), b.Size)
		}
	}
}

// Errors returns what is to be said of the block, behind the records of its chunk.
func (b *Block) Errors() (all []error) {
	if b.Gap != nil {
		all = append(all, b.Gap)
	}
	if b.Cut != nil {
		all = append(all, b.Cut)
	}
	if b.Unread != nil {
		all = append(all, b.Unread)
	}
	if b.Failed != nil {
		all = append(all, b.Failed)
	}
	return all
}

// fill reads the block. That it fails says nothing of the next one.
func (b *Block) fill() {
	data := b.of.Memory.take()
	n, err := b.read(data)
	b.read = nil
	b.data = data[:n]
	switch err {
	case nil:
	case io.EOF: // it was longer when this was claimed
		b.Size = n
	default:
		gap := &Gap{Offset: b.Offset + int64(n), Unread: true, Err: readError(b.Offset+int64(n), err)}
		if n < chunkHeaderSize { // too little to say what it is
			b.data, gap.Offset = data[:0], b.Offset
		}
		gap.Size = b.Offset + int64(b.Size) - gap.Offset
		b.Unread = gap
	}
}

// Recycle gives the memory of the block back, and with it that of its chunk, or what it would
// have read up.
func (b *Block) Recycle() {
	if b.read != nil {
		b.read(nil)
		b.read = nil
	}
	b.of.Memory.recycle(b.data)
	b.data = nil
	if b.Chunk != nil {
		b.Chunk.Data = nil
	}
}
