package netsh

import (
	"fmt"

	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// fault is damage that is not reported yet: it grows until an event is found
// whole behind it, so that there are never more errors than events and one.
type fault struct {
	found      bool
	at         int64  // offset of what is malformed
	what       string // is wrong with it
	start, end int64  // offsets of what is not read for it
	open       int    // the element of the stack that holds it, or none: end is not known yet
}

// damage notes that something at an offset is malformed: all elements around
// it, the first depth of the stack, hold wrong values or none.
func (r *Reader) damage(at int64, depth int) *fault {
	f := &r.fault
	if !f.found {
		*f = fault{found: true, at: at, start: at, end: at, open: none}
	}
	f.start, f.end = min(f.start, at), max(f.end, at)
	for k := range r.stack[:depth] {
		r.stack[k].bad = true
	}
	for k := depth - 1; k >= 0; k-- {
		e := &r.stack[k]
		if e.header == none {
			continue
		}
		if !e.reported {
			e.reported = true
			f.start = min(f.start, e.header)
			if f.open == none || k < f.open {
				f.open = k
			}
		}
		break
	}
	return f
}

// says sets what is wrong, with the name in it if there is one, unless the fault
// began before.
func (f *fault) says(format string, name []byte) {
	switch {
	case f.what != "":
	case name == nil:
		f.what = format
	default:
		f.what = fmt.Sprintf(format, name)
	}
}

// lose notes that the event that t closes is not read.
func (r *Reader) lose(e *element, t *token) *fault {
	f := &r.fault
	if !f.found {
		*f = fault{found: true, at: e.offset, start: e.offset, open: none}
	}
	f.start, f.end = min(f.start, e.offset), max(f.end, r.s.offset(t.end))
	return f
}

// settle ends the fault whose element, at i of the stack or below it, is closed.
func (r *Reader) settle(i int, end int64) {
	if f := &r.fault; f.found && f.open >= i {
		f.open, f.end = none, max(f.end, end)
	}
}

// report returns the error of the fault, if there is one; next is the offset
// of what is read again.
func (r *Reader) report(next int64) error {
	f := r.fault
	if !f.found {
		return nil
	}
	r.fault = fault{}
	if f.open != none {
		f.end = next
	}
	if n := f.end - f.start; n > 0 {
		f.what += fmt.Sprintf(", %d bytes from offset %#x not read", n, f.start)
	}
	return &cursor.Error{Offset: f.at, Field: "XML", Detail: f.what, Err: cursor.ErrMalformed}
}
