package source

import (
	"bufio"
	"context"
	"errors"
	"io"
)

// stream is bytes read forward, from a file, a pipe or a member of an archive.
// Decoders that read a byte at a time leave it exactly where they ended.
type stream struct {
	*bufio.Reader
	raw raw
}

// raw counts what is read below the buffer, and keeps its first error, which a
// bufio.Reader tells once only.
type raw struct {
	r    io.Reader
	n    int64
	err  error
	file file // nil if r cannot be read at any place
	size int64
	over int64 // bytes of the file that were stepped over since the last Read; n has them
}

// file is what can be read at any place.
type file interface {
	io.ReaderAt
	io.Seeker
}

const streamBuffer = 32 << 10

func newStream() *stream {
	s := &stream{}
	s.Reader = bufio.NewReaderSize(&s.raw, streamBuffer)
	return s
}

// reset makes s read r from now on.
func (s *stream) reset(r io.Reader) *stream {
	s.raw = raw{r: r}
	s.Reader.Reset(&s.raw)
	return s
}

// offset returns how far s was read.
func (s *stream) offset() int64 { return s.raw.n - int64(s.Buffered()) }

func (r *raw) Read(b []byte) (int, error) {
	if r.err != nil {
		return 0, r.err
	}
	if r.over > 0 {
		if _, r.err = r.file.Seek(r.over, io.SeekCurrent); r.err != nil {
			return 0, r.err
		}
		r.over = 0
	}
	n, err := r.r.Read(b)
	r.n += int64(n)
	r.err = err
	return n, err
}

// skip steps over n bytes; io.ErrUnexpectedEOF if there are fewer.
func (s *stream) skip(n int64) error {
	if beyond := n - int64(s.Buffered()); s.raw.file != nil && beyond > 0 && beyond <= s.raw.size-s.raw.n {
		s.raw.over += beyond
		s.raw.n += beyond
		n -= beyond
	}
	_, err := io.CopyN(io.Discard, s.Reader, n)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// reading is the file or pipe that a source is, until its context is done.
type reading struct {
	ctx context.Context
	r   io.Reader
}

func (r reading) Read(b []byte) (int, error) {
	if err := context.Cause(r.ctx); err != nil {
		return 0, err
	}
	return r.r.Read(b)
}

// isEnd says whether err is that of bytes that end too early, as decoders report
// it.
func isEnd(err error) bool { return errors.Is(err, io.ErrUnexpectedEOF) || err == io.EOF }
