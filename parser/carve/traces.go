package carve

import "github.com/qmparse/qmparse/parser/etl"

// maxTraces bounds the traces that are remembered for buffers that are found apart from
// them. If there are more, it is not known any more of a buffer that it is of no other.
const maxTraces = 1 << 10

// traces are those found so far.
type traces struct {
	all  []trace
	more bool
}

type trace struct {
	etl.Extent
	offset int64
}

func (t *traces) add(e etl.Extent, offset int64) {
	if len(t.all) >= maxTraces {
		t.more = true
		return
	}
	t.all = append(t.all, trace{e, offset})
}

// mostTried is with how many descriptions the times of a buffer are read; if more may be its
// own, it is not known which.
const mostTried = 16

// buffer makes a buffer of data, and returns where its trace was found. Traces may have the
// same number of logger and size of buffers: if it can be of two whose times differ, it is
// of none, and from is -1. looked is how many bytes that took.
func (t *traces) buffer(h *etl.BufferHeader, data []byte, offset int64) (b *etl.Buffer, from int64, looked int) {
	alone := etl.Extent{}.NewBuffer(data, offset)
	b, from = alone, -1
	if t.more {
		return b, -1, 0
	}
	var of *trace
	tried := 0
	for i := range t.all {
		e := &t.all[i]
		if !e.MayOwn(h) {
			continue
		}
		if tried++; tried > mostTried {
			return alone, -1, looked
		}
		looked += int(h.Filled)
		with := e.NewBuffer(data, offset)
		switch {
		case !e.Fits(with):
		case of == nil:
			of, b, from = e, with, e.offset
		case !of.Same(e.Extent):
			return alone, -1, looked
		}
	}
	return b, from, looked
}
