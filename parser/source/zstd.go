package source

import (
	"bufio"
	"bytes"
	"io"
	"math"

	"github.com/klauspost/compress/zstd"
)

// isZstd knows a frame of Zstandard (RFC 8878).
func isZstd(head []byte) bool { return bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}) }

func openZstd(l *layer) (io.Reader, error) {
	if err := l.window("zstd", 1); err != nil {
		return nil, err
	}
	return l.zstd(&l.u.decoders.zstd, l.Reader, maxWindow)
}

// zstdReader decodes what frames passes on.
type zstdReader struct {
	*zstd.Decoder
	frames zstdFrames
	pool   *pool[zstdReader]
}

// zstd returns what decodes r, from the pool if it can; all in that have the same
// largest window.
func (l *layer) zstd(p *pool[zstdReader], r *bufio.Reader, window uint64) (*zstdReader, error) {
	d := p.take()
	if d == nil {
		// One decoder at a time works in the goroutine that reads: none is left
		// behind, and damage comes after the bytes before it.
		z, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(window))
		if err != nil {
			return nil, l.broken("zstd", err)
		}
		d = &zstdReader{Decoder: z, pool: p}
	}
	d.frames = zstdFrames{r: r, l: l, most: window, window: d.frames.window}
	return d, d.Reset(&d.frames)
}

// Close gives the decoder back.
func (d *zstdReader) Close() error {
	d.Reset(nil)
	d.frames.r, d.frames.l = nil, nil
	d.pool.put(d)
	return nil
}

// zstdFrames passes frames on, and before one that makes the decoder take a larger
// window than it has, claims that: each of many frames in a row can ask for a little
// more.
type zstdFrames struct {
	r      *bufio.Reader
	l      *layer
	most   uint64 // no larger window is allocated
	window uint64 // the largest so far

	left int64 // bytes to pass on before the next header
	in   bool  // a frame, behind its header
	sum  int64 // bytes behind the last block
}

func (f *zstdFrames) Read(b []byte) (int, error) {
	for f.left == 0 {
		if err := f.next(); err != nil {
			return 0, err
		}
	}
	n, err := f.r.Read(b[:min(int64(len(b)), f.left)])
	f.left -= int64(n)
	return n, err
}

// next reads the header of a frame or a block, as far as to know where the one after
// it is. What is none is passed on, for the decoder to tell.
func (f *zstdFrames) next() error {
	if f.in {
		head, _ := f.r.Peek(3)
		if len(head) < 3 {
			f.left = math.MaxInt64
			return nil
		}
		block := int64(head[0]) | int64(head[1])<<8 | int64(head[2])<<16
		last, kind, size := block&1 != 0, block>>1&3, block>>3
		if kind == 1 { // a byte that is repeated
			size = 1
		}
		f.left = 3 + size
		if f.in = !last; last {
			f.left += f.sum
		}
		return nil
	}
	head, err := f.r.Peek(zstd.HeaderMaxSize)
	var h zstd.Header
	switch {
	case len(head) == 0:
		return err
	case h.Decode(head) != nil:
		f.left = math.MaxInt64
		return nil
	case h.Skippable:
		f.left = int64(h.HeaderSize) + int64(h.SkippableSize)
		return nil
	}
	window := h.WindowSize
	if h.SingleSegment {
		window = h.FrameContentSize
	}
	if window > f.window && window <= f.most {
		if err := f.l.claim("zstd", int64(window)); err != nil {
			return err
		}
		f.window = window
	}
	f.left, f.in, f.sum = int64(h.HeaderSize), true, 0
	if h.HasCheckSum {
		f.sum = 4
	}
	return nil
}
