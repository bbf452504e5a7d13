package evtx

import (
	"fmt"
	"io"
	"iter"

	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// Reader reads the chunks of a file in order.
type Reader struct {
	Header Header

	// Memory is where chunks take theirs from. Before Blocks it may be set to one that
	// other readers have used.
	Memory *Memory

	r      io.Reader
	ahead  Claimer // r, if it is one
	offset int64
	odd    error // about the file header
	empty  int
}

// NewReader reads the file header. It fails on another major version, on bytes
// that end within the header, and with r's own error.
func NewReader(r io.Reader) (*Reader, error) {
	block := make([]byte, headerSize)
	n, err := readFull(r, block)
	if err != nil && err != io.EOF {
		return nil, fmt.Errorf("file header: %w", err)
	}
	f := &Reader{r: r, offset: int64(n), Memory: &Memory{}}
	f.ahead, _ = r.(Claimer)
	f.Header, f.odd, err = parseHeader(block[:n])
	if err != nil {
		return nil, err
	}
	if n < headerSize {
		return nil, &cursor.Error{Offset: int64(n), Field: "file header", Err: cursor.ErrTruncated,
			Detail: fmt.Sprintf("need %d bytes, have %d", headerSize, n)}
	}
	return f, nil
}

// Size returns how many bytes were read or claimed so far: the file's size once Blocks or
// Chunks has ended.
func (f *Reader) Size() int64 { return f.offset }

// EmptyChunks returns how many chunks without any content Chunks has passed over.
func (f *Reader) EmptyChunks() int { return f.empty }

// Blocks yields the places of the grid where chunks may stand, in order. What stands there
// [Block.Load] tells, also while the iteration goes on. An error is about the file header, or,
// if it does not wrap one of the parser's sentinels, is that of reading, which ends the
// iteration.
func (f *Reader) Blocks() iter.Seq2[*Block, error] {
	return func(yield func(*Block, error) bool) {
		if f.odd != nil && !yield(nil, f.odd) {
			return
		}
		for {
			b := &Block{Offset: f.offset, Size: ChunkSize, of: f}
			if f.ahead != nil {
				if b.read = f.ahead.Claim(ChunkSize); b.read != nil {
					if f.offset += ChunkSize; !yield(b, nil) {
						return
					}
					continue
				}
			}
			data := f.Memory.take()
			n, err := readFull(f.r, data)
			f.offset += int64(n)
			b.Size, b.data = n, data[:n]
			if err != nil && err != io.EOF {
				b.Failed = readError(f.offset, err)
			}
			switch {
			case n > 0:
				if !yield(b, nil) {
					return
				}
			case b.Failed != nil:
				b.Recycle()
				yield(nil, b.Failed)
			default:
				b.Recycle()
			}
			if err != nil {
				return
			}
		}
	}
}

func readError(offset int64, err error) error {
	return fmt.Errorf("read at offset %#x: %w", offset, err)
}

// Chunks yields every chunk that has content, each with memory of its own: a
// caller may keep it, and decode several at once, until it gives it back with
// [Reader.Recycle]. An error is about one chunk or as those of Blocks.
func (f *Reader) Chunks() iter.Seq2[*Chunk, error] {
	return func(yield func(*Chunk, error) bool) {
		for b, err := range f.Blocks() {
			if err != nil {
				if !yield(nil, err) {
					return
				}
				continue
			}
			b.Load()
			if b.Chunk == nil {
				b.Recycle()
			}
			if b.Empty {
				f.empty++
			}
			if b.Chunk != nil && !yield(b.Chunk, nil) {
				return
			}
			for _, err := range b.Errors() {
				if !yield(nil, err) {
					return
				}
			}
		}
	}
}

// Recycle gives the memory of a chunk back for chunks to come. The caller uses
// nothing of it any more, nor of its records, and does not call this twice. It may
// be called while Chunks goes on.
func (f *Reader) Recycle(c *Chunk) {
	f.Memory.recycle(c.Data)
	c.Data = nil
}

// readFull fills b, or returns how much it got and why there is no more. Unlike
// io.ReadFull it leaves the reader's error as it is: an io.ErrUnexpectedEOF from
// below, as of a compressed file that was cut, is not the end of the log.
func readFull(r io.Reader, b []byte) (n int, err error) {
	for idle := 0; n < len(b) && err == nil; {
		var m int
		m, err = r.Read(b[n:])
		if n += m; m > 0 {
			idle = 0
		} else if idle++; idle == 100 && err == nil {
			err = io.ErrNoProgress
		}
	}
	if n == len(b) {
		err = nil
	}
	return n, err
}

// CutError is the error of a chunk that the file ends in, at end, after n bytes of it.
func CutError(end int64, n int) error {
	return &cursor.Error{Offset: end, Field: "chunk", Err: cursor.ErrTruncated,
		Detail: fmt.Sprintf("the file ends after %d of %d bytes", n, ChunkSize)}
}
