package carve

import (
	"bytes"
	"io"

	"github.com/qmparse/qmparse/parser/etl"
	"github.com/qmparse/qmparse/parser/evtx"
	"github.com/qmparse/qmparse/parser/internal/window"
	"github.com/qmparse/qmparse/parser/netevent"
)

// maxGap is how far a log goes on behind bytes of it that are damaged. Its own reader says
// what is wrong with them.
const maxGap = 1 << 20

// searched counts the bytes that were searched in vain for how logs go on. They may be a
// few times those of the input, not more: heads of logs can be made to stand close together.
type searched int64

func (n *searched) may(offset int64) bool { return int64(*n) <= 4*offset+16*maxGap }

// traceReader reads a trace as far as its buffers follow each other.
type traceReader struct {
	w       *window.Window
	extent  etl.Extent
	vain    *searched
	left    int  // of a buffer, or up to the next one
	started bool // behind the first buffer
}

func (r *traceReader) Read(p []byte) (int, error) {
	if r.left == 0 {
		b := r.w.Ahead(etl.HeadSize)
		if r.started && isTrace(b) {
			return 0, io.EOF // another one
		}
		r.left = r.extent.Next(b)
		if r.left == 0 {
			r.left = r.gap()
		}
		if r.left == 0 {
			return 0, io.EOF
		}
		// What was cut does not end where it says.
		r.left = begins(r.w.Ahead(r.left+evtx.HeaderSize), 1, r.left)
		r.started = true
	}
	return take(r.w, p, &r.left)
}

// gap returns how far on the next buffer of the trace stands, 0 if none does.
func (r *traceReader) gap() int {
	if !r.vain.may(r.w.Offset()) {
		return 0
	}
	b := r.w.Ahead(maxGap + evtx.HeaderSize)
	limit := begins(b, 0, min(maxGap, len(b)))
	for at := 1; at < limit; at++ {
		if r.extent.Next(b[at:]) > 0 {
			return at
		}
	}
	*r.vain += maxGap
	return 0
}

// dumpReader reads a dump as far as its blocks follow each other.
type dumpReader struct {
	w    *window.Window
	vain *searched
	left int // of the header or a block, or up to the next one
	last bool
}

func (r *dumpReader) Read(p []byte) (int, error) {
	if r.left == 0 {
		if r.last {
			return 0, io.EOF
		}
		if r.left, r.last = netevent.BlockLength(r.w.Ahead); r.left == 0 {
			if r.left = r.gap(); r.left == 0 {
				r.last = true
				return 0, io.EOF
			}
		}
	}
	return take(r.w, p, &r.left)
}

// gap returns how far on the next block stands, 0 if none does before another file begins.
func (r *dumpReader) gap() int {
	if !r.vain.may(r.w.Offset()) {
		return 0
	}
	b := r.w.Ahead(maxGap + evtx.HeaderSize)
	limit := begins(b, 0, min(maxGap, len(b)))
	if limit > 1 {
		// That it is whole is seen when it is its turn.
		if next := bytes.Index(b[1:limit], []byte(netevent.BlockSync)); next >= 0 {
			return 1 + next
		}
	}
	*r.vain += maxGap
	return 0
}

// take reads bytes of w into p, at most left.
func take(w *window.Window, p []byte, left *int) (int, error) {
	n := min(len(p), *left)
	b := w.Ahead(n)
	n = copy(p[:n], b)
	w.Pass(n)
	*left -= n
	if n == 0 && len(p) > 0 {
		*left = 0
		if err := w.Failure(); err != nil {
			return 0, err
		}
		return 0, io.EOF
	}
	return n, nil
}
