package carve

import (
	"io"

	"github.com/qmparse/qmparse/parser/etl"
	"github.com/qmparse/qmparse/parser/netevent"
)

// traceReader reads a trace as far as its buffers follow each other, up to where something
// else begins. If it is what the stream was said to be, it reads on behind what is none,
// and joined traces as one.
type traceReader struct {
	s      *Scanner
	extent etl.Extent
	own    bool
	begun  bool
	left   int // of a buffer, or of what is none
}

func (r *traceReader) Read(p []byte) (int, error) {
	if r.left == 0 {
		if r.left = r.next(); r.left == 0 {
			return 0, io.EOF
		}
	}
	return r.s.read(p, &r.left)
}

// next returns how many bytes of the trace come next.
func (r *traceReader) next() int {
	s := r.s
	b := s.ahead(etl.MaxHead)
	if len(b) == 0 {
		return 0
	}
	if e, ok := etl.NewExtent(b); ok && r.begun {
		if !r.own {
			return 0
		}
		r.extent = e
		s.traces.add(e, s.w.Offset())
	}
	size := r.extent.Next(b)
	if !r.begun {
		size = max(etl.BufferSize(b), etl.HeadSize)
	}
	r.begun = true
	if size == 0 {
		if !r.own {
			return 0
		}
		return r.none()
	}
	b = s.ahead(size + look)
	if size <= len(b) && r.extent.Regular(b[size:]) {
		return size
	}
	// What was cut does not end where it says.
	sure := 1
	if s.may(size) {
		h, looked, ok := s.buffers.Sound(b[:min(size, len(b))])
		switch {
		case !ok:
			s.work += int64(looked)
		case h.Compressed():
			sure = size
		default:
			sure = min(int(h.Filled), size)
		}
	}
	kinds := certain
	if r.own {
		kinds = noTraces
	}
	return s.within(b, sure, size, kinds)
}

// none returns how many bytes of an own trace are no buffer.
func (r *traceReader) none() int {
	b := r.s.ahead(stride + look)
	n := min(stride, len(b))
	for at := 1; at < n; at++ {
		if r.extent.Regular(b[at:]) {
			n = at
		}
	}
	return r.s.within(b, 0, n, noBuffers)
}

// dumpReader reads a dump as far as its blocks follow each other. If it is what the stream
// was said to be, it reads on behind what is none, up to where something else begins.
type dumpReader struct {
	s     *Scanner
	of    *dump
	own   bool
	left  int // of the header or a block, or of what is none
	last  bool
	broke bool // what follows is not looked at any more
}

func (r *dumpReader) Read(p []byte) (int, error) {
	if r.left == 0 {
		if r.left = r.next(); r.left == 0 {
			return 0, io.EOF
		}
	}
	return r.s.read(p, &r.left)
}

// next returns how many bytes of the dump come next.
func (r *dumpReader) next() int {
	s := r.s
	if r.last {
		if !r.own || !s.dumpHeader() {
			return 0
		}
		// Joined.
		r.last = false
		r.of = s.dumps.begin(s.ahead(netevent.HeaderSize)[:netevent.HeaderSize])
		return netevent.HeaderSize
	}
	if !r.broke {
		size := netevent.BlockSize(s.ahead(netevent.BlockHeaderSize))
		if !r.own && !s.may(size) {
			return 0
		}
		if k, ok := netevent.FindBlock(s.ahead); ok {
			r.of.saw(k, s.ahead(k.Size)[:k.Size])
			r.last = k.End
			return k.Size
		}
		if n := netevent.LongBlock(s.ahead(netevent.BlockHeaderSize)); n > 0 && r.own {
			return n
		}
		s.work += int64(size)
		r.broke = true
	}
	if !r.own {
		return 0
	}
	b := s.ahead(stride + look)
	return s.within(b, 0, min(stride, len(b)), noBlocks)
}

// read reads bytes of the stream into p, at most left.
func (s *Scanner) read(p []byte, left *int) (int, error) {
	n := min(len(p), *left)
	b := s.ahead(n)
	n = copy(p[:n], b)
	s.w.Pass(n)
	*left -= n
	if n == 0 && len(p) > 0 {
		*left = 0
		if err := s.w.Failure(); err != nil {
			return 0, err
		}
		return 0, io.EOF
	}
	return n, nil
}
