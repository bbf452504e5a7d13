package carve

import (
	"bytes"
	"io"

	"github.com/qmparse/qmparse/parser/etl"
	"github.com/qmparse/qmparse/parser/internal/window"
	"github.com/qmparse/qmparse/parser/netevent"
)

// traceReader reads a trace as far as its buffers follow each other.
type traceReader struct {
	w      *window.Window
	extent etl.Extent
	left   int // of a buffer
}

func (r *traceReader) Read(p []byte) (int, error) {
	if r.left == 0 {
		if r.left = r.extent.Next(r.w.Ahead(etl.HeadSize)); r.left == 0 {
			return 0, io.EOF
		}
		r.left = beforeTrace(r.w.Ahead(r.left+etl.HeadSize), r.left)
	}
	return take(r.w, p, &r.left)
}

// beforeTrace returns how many of the n bytes of a buffer, which b begins with, stand
// before another trace: what was cut does not end where it says.
func beforeTrace(b []byte, n int) int {
	for _, mark := range etl.RecordMarks {
		for at := 1; at < n; {
			i := bytes.Index(b[min(at+etl.MarkOffset, len(b)):], []byte(mark))
			if i < 0 || at+i >= n {
				break
			}
			if at += i; beginsTrace(b[at:]) {
				n = at
			}
			at++
		}
	}
	return n
}

func beginsTrace(b []byte) bool {
	_, ok := etl.NewExtent(b)
	return ok
}

// dumpReader reads a dump as far as its blocks follow each other.
type dumpReader struct {
	w    *window.Window
	left int // of the header or a block
	last bool
}

func (r *dumpReader) Read(p []byte) (int, error) {
	if r.left == 0 {
		if r.last {
			return 0, io.EOF
		}
		if r.left, r.last = netevent.BlockLength(r.w.Ahead); r.left == 0 {
			r.last = true
			return 0, io.EOF
		}
	}
	return take(r.w, p, &r.left)
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
