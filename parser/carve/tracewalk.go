package carve

import "github.com/qmparse/qmparse/parser/etl"

// traceWalk goes through a trace as far as its buffers follow each other, up to where something
// else begins. If it is what the stream was said to be, it goes on behind what is none,
// and joined traces as one.
type traceWalk struct {
	s      *Scanner
	extent etl.Extent
	own    bool
	begun  bool
}

// next returns how many bytes the next buffer has, or what is none; 0 at the end.
func (r *traceWalk) next() int {
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
func (r *traceWalk) none() int {
	b := r.s.ahead(stride + look)
	n := min(stride, len(b))
	for at := 1; at < n; at++ {
		if r.extent.Regular(b[at:]) {
			n = at
		}
	}
	return r.s.within(b, 0, n, noBuffers)
}
