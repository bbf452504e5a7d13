package netsh

import (
	"bytes"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// Element is the XML element of one net event, whole.
type Element struct {
	Offset int64             // in the file
	Size   int64             // bytes in the file
	Text   string            // in UTF-8, whatever the file is in
	Host   model.Opt[string] // the computer that wfpdiag.xml names before it
}

// Reader finds the net events of a dump.
type Reader struct {
	s     scanner
	stack []element // the open ones, outermost first
	fault fault
	seen  bool // any element at all
	lost  bool // the structure was given up once: end tags no longer agree
	host  model.Opt[string]

	events int
	types  map[model.NetEventType]int // of those whose type has a known name
}

// NewReader returns a reader of the dump that r reads from its start.
func NewReader(r io.Reader) *Reader {
	return &Reader{s: scanner{src: &source{r: r}}, types: make(map[model.NetEventType]int)}
}

// element is an open element.
type element struct {
	name   [maxName]byte
	length uint8
	start  int64 // position of its tag
	inner  int64 // and behind it
	offset int64 // of its tag in the file

	header           int64 // offset of its first child named header, or none
	typed            bool  // it has a child named type
	body             bool  // it has one named as the structure of a failure
	typeFrom, typeTo int64 // positions of that one's content

	child, text bool // it has elements, it has text
	bad         bool // something within it is malformed
	reported    bool // a fault tells of it
}

const none = -1

func (e *element) is(name string) bool { return string(e.name[:e.length]) == name }

// isEvent: whatever element has a header and one of the others is a net event, and so is an
// item with both of these.
func (e *element) isEvent() bool {
	if e.header == none {
		return e.typed && e.body && e.is("item")
	}
	return e.typed || e.body
}

func sameName(a, b *element) bool {
	return bytes.Equal(a.name[:a.length], b.name[:b.length])
}

// Elements yields the events in the order of the file, once. An error is about
// one stretch of bytes, and iteration goes on with the next event that is whole;
// or it is that of reading, which ends it. So does a document type, for it can
// redefine all that follows.
func (r *Reader) Elements() iter.Seq2[*Element, error] {
	return func(yield func(*Element, error) bool) {
		for {
			r.s.pin = r.s.at
			for i := range r.stack {
				if r.s.at-r.stack[i].start <= maxEvent {
					r.s.pin = r.stack[i].start
					break
				}
			}
			t := r.s.next()
			if t.bad >= 0 {
				r.damage(t.bad, len(r.stack)).says("control character", nil)
			}
			var e *Element
			switch t.kind {
			case tokenText:
				r.text(&t)
			case tokenStart, tokenEmpty:
				r.open(&t)
			case tokenEnd:
				e = r.close(&t)
			case tokenMalformed:
				r.damage(t.offset, len(r.stack)).says(t.detail, nil)
			case tokenPI:
				if err := r.declaration(&t); err != nil && !yield(nil, err) {
					return
				}
			case tokenDoctype:
				if err := r.report(t.offset); err != nil && !yield(nil, err) {
					return
				}
				yield(nil, &cursor.Error{Offset: t.offset, Field: "<!" + string(t.name), Err: cursor.ErrUnsupported,
					Detail: "document types and entities are refused, nothing from here on is read"})
				return
			case tokenEOF, tokenCut:
				r.end(&t, yield)
				return
			}
			if e != nil {
				if err := r.report(e.Offset); err != nil && !yield(nil, err) {
					return
				}
				if !yield(e, nil) {
					return
				}
			}
		}
	}
}

// Encoding returns the encoding of the file, UTF-8, UTF-16LE or UTF-16BE, by its
// first bytes: known once Elements has begun.
func (r *Reader) Encoding() string { return r.s.src.enc.String() }

// Host returns the computer that the dump names, if it does.
func (r *Reader) Host() model.Opt[string] { return r.host }

// Count returns how many events were yielded, and how many of them by type;
// those of a type without a name that is known here are in the first alone.
func (r *Reader) Count() (events int, byType map[model.NetEventType]int) { return r.events, r.types }

// text looks at text between tags.
func (r *Reader) text(t *token) {
	if !t.solid {
		return
	}
	if len(r.stack) == 0 {
		if !r.lost {
			r.damage(t.offset, 0).says("text outside of elements", nil)
		}
		return
	}
	e := &r.stack[len(r.stack)-1]
	e.text = true
	if e.child {
		r.damage(t.offset, len(r.stack)).says("text between elements", nil)
	}
}

func (r *Reader) open(t *token) {
	r.seen = true
	offset := t.offset
	if len(r.stack) == maxDepth {
		r.damage(offset, len(r.stack)).says("too many elements in each other", nil)
		r.stack, r.lost = r.stack[:0], true
		r.settle(0, offset)
	}
	if len(r.stack) > 0 {
		p := &r.stack[len(r.stack)-1]
		if p.text && !p.child {
			r.damage(offset, len(r.stack)).says("text between elements", nil)
		}
		p.child = true
		wasEvent := p.isEvent()
		switch {
		case p.header == none && string(t.name) == "header":
			p.header = offset
		case !p.typed && string(t.name) == "type":
			p.typed = true
		case !p.body && isBody(t.name):
			p.body = true
		}
		if !wasEvent && p.isEvent() {
			r.unclosed(len(r.stack) - 1)
		}
	}
	if t.kind == tokenEmpty {
		return
	}
	r.stack = append(r.stack, element{length: uint8(len(t.name)), start: t.pos, inner: t.end, offset: offset, header: none})
	copy(r.stack[len(r.stack)-1].name[:], t.name)
}

// unclosed looks for an event around the event at i of the stack. If it has the
// same name, its end tag is missing: events do not hold events.
func (r *Reader) unclosed(i int) {
	for k := range i {
		if q := &r.stack[k]; q.header != none && !q.bad && sameName(q, &r.stack[i]) {
			r.damage(q.offset, i).says("<%s> is not closed", q.name[:q.length])
			return
		}
	}
}

// close closes the element of an end tag, and returns it if it is an event.
func (r *Reader) close(t *token) *Element {
	i := len(r.stack) - 1
	for i >= 0 && string(t.name) != string(r.stack[i].name[:r.stack[i].length]) {
		i--
	}
	if i < 0 {
		if !r.lost {
			r.damage(t.offset, len(r.stack)).says("</%s> without a start tag", t.name)
		}
		return nil
	}
	for k := i + 1; k < len(r.stack); k++ {
		if q := &r.stack[k]; !q.bad {
			r.damage(q.offset, len(r.stack)).says("<%s> is not closed", q.name[:q.length])
			break
		}
	}
	e := &r.stack[i]
	r.stack = r.stack[:i] // e stays as it is until the next append
	var x *Element
	if i > 0 {
		p := &r.stack[i-1]
		if p.typed && p.typeTo == 0 && e.is("type") {
			p.typeFrom, p.typeTo = e.inner, t.pos
		}
		if p.is("sysInfo") && !e.bad && !e.child {
			r.sysInfo(e, t)
		}
	}
	switch {
	case e.isEvent():
		x = r.event(e, t)
	case i > 0 && e.is("item") && r.stack[i-1].is("netEvents") && !e.bad:
		r.lose(e, t).says("<%s> that is no event: without header, type or failure", e.name[:e.length])
	}
	r.settle(i, r.s.offset(t.end))
	return x
}

// event returns the event that t closes, unless it is damaged or a part of
// another one.
func (r *Reader) event(e *element, t *token) *Element {
	switch {
	case e.bad:
		if !e.reported {
			r.lose(e, t).says("<%s> is malformed", e.name[:e.length])
		}
		return nil
	case t.end-e.start > maxEvent:
		r.lose(e, t).says("an event too large: <%s>", e.name[:e.length])
		return nil
	}
	for k := range r.stack {
		if q := &r.stack[k]; q.isEvent() && !q.bad {
			return nil
		}
	}
	x := &Element{Offset: e.offset, Host: r.host}
	x.Text = string(r.s.buf[e.start-r.s.from : t.end-r.s.from])
	x.Size = r.s.offset(t.end) - e.offset
	r.events++
	name := ""
	if e.typeTo != 0 {
		name = x.Text[e.typeFrom-e.start : e.typeTo-e.start]
	}
	if typ, ok := eventType(strings.Trim(name, space)); ok && typ.Known() {
		r.types[typ]++
	}
	return x
}

// hostNames are children of sysInfo that name the computer.
var hostNames = [...]string{"computerName", "hostName", "machineName"}

// sysInfo reads what wfpdiag.xml says of the computer.
func (r *Reader) sysInfo(e *element, t *token) {
	for _, name := range hostNames {
		if !strings.EqualFold(string(e.name[:e.length]), name) || e.inner < r.s.from || t.pos-e.inner > maxHost {
			continue
		}
		text := string(r.s.buf[e.inner-r.s.from : t.pos-r.s.from])
		if host, ok := plainText(text); ok && host != "" {
			r.host = model.Some(host)
		}
	}
}

// end yields what is left to say at the end of the file.
func (r *Reader) end(t *token, yield func(*Element, error) bool) {
	size := r.s.offset(r.s.from + int64(len(r.s.buf)))
	if err := r.report(size); err != nil && !yield(nil, err) {
		return
	}
	if !r.s.ended() {
		yield(nil, fmt.Errorf("read at offset %#x: %w", size, r.s.err))
		return
	}
	cut := &cursor.Error{Offset: size, Field: "XML", Err: cursor.ErrTruncated}
	switch {
	case len(r.stack) > 0:
		e := &r.stack[len(r.stack)-1]
		for k := range r.stack {
			if r.stack[k].header != none {
				e = &r.stack[k]
			}
		}
		cut.Detail = fmt.Sprintf("the file ends within <%s> of offset %#x", e.name[:e.length], e.offset)
		if t.kind == tokenCut {
			cut.Detail += fmt.Sprintf(", in a %s of offset %#x", t.detail, t.offset)
		}
	case t.kind == tokenCut:
		cut.Detail = fmt.Sprintf("the file ends within a %s of offset %#x", t.detail, t.offset)
	case !r.seen:
		cut.Detail = "no element"
	case r.s.src.half():
		cut.Detail = "half a unit of UTF-16"
	default:
		return
	}
	if r.s.src.half() {
		cut.Offset++
	}
	yield(nil, cut)
}
