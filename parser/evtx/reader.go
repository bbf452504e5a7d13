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

	// Lost, if it is set, is given what stands where a chunk should and has not its
	// signature, before Chunks yields the error. It keeps nothing of the memory.
	Lost func(data []byte, offset int64)

	// Memory is where chunks take theirs from. Before Chunks it may be set to one that
	// other readers have used.
	Memory *Memory

	r      io.Reader
	offset int64
	odd    error // about the file header
	empty  int
	zero   int64 // bytes of empty chunks
	lost   int64 // bytes of what is no chunk
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

// Size returns how many bytes were read so far: the file's size once Chunks has
// ended.
func (f *Reader) Size() int64 { return f.offset }

// EmptyChunks returns how many chunks without any content were passed over.
func (f *Reader) EmptyChunks() int { return f.empty }

// Account says what the bytes are that Chunks has neither yielded nor given to Lost.
func (f *Reader) Account() Account {
	return Account{Headers: headerSize, Zero: f.zero, Damaged: f.lost}
}

// Chunks yields every chunk that has content, each with memory of its own: a
// caller may keep it, and decode several at once, until it gives it back with
// [Reader.Recycle]. An error is about one chunk or
// the file header, or, if it does not wrap one of the parser's sentinels, is that of reading,
// which ends the iteration.
func (f *Reader) Chunks() iter.Seq2[*Chunk, error] {
	return func(yield func(*Chunk, error) bool) {
		if f.odd != nil && !yield(nil, f.odd) {
			return
		}
		var data []byte
		defer func() {
			if data != nil {
				f.Memory.back(data)
			}
		}()
		for {
			if data == nil {
				data = f.Memory.take()
			}
			n, err := readFull(f.r, data)
			offset := f.offset
			f.offset += int64(n)
			switch b := data[:n]; {
			case n == 0:
			case cursor.IsZero(b):
				f.empty++
				f.zero += int64(n)
			default:
				data = nil
				chunk, bad := parseChunk(b, offset, !f.Header.NoCRC())
				switch {
				case bad == nil:
				case f.Lost != nil:
					f.Lost(b, offset)
					data = b[:cap(b)]
				default:
					f.lost += int64(n)
				}
				if !yield(chunk, bad) { // who may give it back at once
					return
				}
				if chunk != nil && err == io.EOF && n < ChunkSize && !yield(nil, CutError(f.offset, n)) {
					return
				}
			}
			if err == io.EOF {
				return
			}
			if err != nil {
				yield(nil, fmt.Errorf("read at offset %#x: %w", f.offset, err))
				return
			}
		}
	}
}

// Recycle gives the memory of a chunk back for chunks to come. The caller uses
// nothing of it any more, nor of its records, and does not call this twice. It may
// be called while Chunks goes on.
func (f *Reader) Recycle(c *Chunk) {
	data := c.Data[:cap(c.Data)]
	c.Data = nil
	if len(data) == ChunkSize {
		f.Memory.back(data)
	}
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
