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

// buffer makes a buffer of data, and returns where its trace was found. Traces may have the
// same number of logger and size of buffers: if it can be of two whose times differ, it is
// of none, and from is -1.
func (t *traces) buffer(h *etl.BufferHeader, data []byte, offset int64) (b *etl.Buffer, from int64) {
	b, from = etl.Extent{}.NewBuffer(data, offset), -1
	if t.more {
		return b, -1
	}
	var of *trace
	for i := range t.all {
		e := &t.all[i]
		if !e.Has(h) {
			continue
		}
		with := e.NewBuffer(data, offset)
		switch {
		case !e.Fits(with):
		case of == nil:
			of, b, from = e, with, e.offset
		case !of.Same(e.Extent):
			return etl.Extent{}.NewBuffer(data, offset), -1
		}
	}
	return b, from
}
