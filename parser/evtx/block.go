package evtx

import (
	"errors"
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
	// block that could not be read; and Failed is the error of reading behind the block,
	// with which the log ends.
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
	case len(b.data) == 0, b.Unread != nil && len(b.data) < chunkHeaderSize:
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

// maxFailures is how many blocks in a row cannot be read before no more are tried: a disk may
// take half a minute for each, and one that is gone has none.
const maxFailures = 16

var errNotTried = errors.New("not tried, as reading fails again and again")

// fill reads the block.
func (b *Block) fill() {
	data := b.of.Memory.take()
	var n int
	err := errNotTried
	if b.of.failures.Load() < maxFailures {
		n, err = b.read(data)
	} else {
		b.read(nil)
	}
	b.read = nil
	b.data = data[:n]
	switch err {
	case nil:
		b.of.failures.Store(0)
	case io.EOF: // it was longer when this was claimed
		b.Size = n
	default:
		b.of.failures.Add(1)
		at := b.Offset + int64(n)
		b.Unread = &Gap{Offset: at, Size: int64(b.Size - n), Unread: true, Err: readError(at, err)}
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
