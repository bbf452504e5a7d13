package netsh

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// space is the white space of XML.
const space = " \t\r\n"

// node is an element of one event.
type node struct {
	name              string
	tag, inner        string // attributes and all; what is between its tags
	child, last, next int32  // the first, the last; the one behind it; 0 is none
	children          int32
	from              int32 // where inner begins in the text
}

// parse builds the tree of an element, whose root is node 0. The text may be
// any: what no Reader yields is an error.
func (d *Decoder) parse(text string) error {
	d.text = append(d.text[:0], text...)
	s := scanner{src: &d.src, buf: d.text, err: io.EOF}
	d.nodes, d.open = d.nodes[:0], d.open[:0]
	for {
		t := s.next()
		closed := false
		switch t.kind {
		case tokenStart, tokenEmpty:
			if len(d.nodes) > 0 && len(d.open) == 0 {
				return malformed("more than one element")
			}
			if len(d.nodes) == maxElements {
				return malformed("more than %d elements", maxElements)
			}
			if len(d.open) == maxDepth {
				return malformed("more than %d elements in each other", maxDepth)
			}
			d.add(text, &t)
			closed = t.kind == tokenEmpty
		case tokenEnd:
			n := len(d.open)
			if n == 0 || d.nodes[d.open[n-1]].name != string(t.name) {
				return malformed("</%s> without a start tag", t.name)
			}
			x := &d.nodes[d.open[n-1]]
			x.inner = text[x.from:t.pos]
			closed = true
		case tokenText, tokenComment, tokenPI:
		case tokenEOF:
			if len(d.nodes) == 0 || len(d.open) > 0 {
				return malformed("no element, or not a whole one")
			}
			return nil
		default:
			return malformed("%s", t.detail)
		}
		if closed {
			d.open = d.open[:len(d.open)-1]
		}
	}
}

func malformed(format string, args ...any) error {
	return &cursor.Error{Field: "net event", Detail: fmt.Sprintf(format, args...), Err: cursor.ErrMalformed}
}

// add appends the element of a start tag and opens it.
func (d *Decoder) add(text string, t *token) {
	i := int32(len(d.nodes))
	name := int(t.pos) + 1
	d.nodes = append(d.nodes, node{
		name: text[name : name+len(t.name)],
		tag:  text[name+len(t.name) : t.end],
		from: int32(t.end),
	})
	if n := len(d.open); n > 0 {
		p := &d.nodes[d.open[n-1]]
		if p.child == 0 {
			p.child = i
		} else {
			d.nodes[p.last].next = i
		}
		p.last = i
		p.children++
	}
	d.open = append(d.open, i)
}

// only returns the child of that name, in any case, or of one of its other
// names; 0 is none. If there are several none is taken.
func (d *Decoder) only(parent int32, names ...string) int32 {
	found := int32(0)
	for i := d.nodes[parent].child; i != 0; i = d.nodes[i].next {
		if !isOneOf(d.nodes[i].name, names) {
			continue
		}
		if found != 0 {
			d.say("field-repeated", names[0])
			return 0
		}
		found = i
	}
	return found
}

// isOneOf says whether name is one of the names, in any case.
func isOneOf(name string, names []string) bool {
	for _, n := range names {
		if len(n) == len(name) && (n == name || strings.EqualFold(n, name)) {
			return true
		}
	}
	return false
}

// leaf returns the text of an element without white space around it, "" if there
// is no such element. It is not ok if it cannot be read, and then said.
func (d *Decoder) leaf(i int32) (text string, ok bool) {
	if i == 0 {
		return "", true
	}
	n := &d.nodes[i]
	if n.child != 0 {
		d.say("field-type-unexpected", n.name+" holds elements")
		return "", false
	}
	if len(n.inner) > maxText {
		d.say("text-too-long", fmt.Sprintf("%s %d bytes", n.name, len(n.inner)))
		return "", false
	}
	text, escaped := plainText(n.inner)
	if !escaped {
		d.say("text-not-escaped", n.name+" "+model.Quote(text))
	}
	if !utf8.ValidString(text) {
		d.say("text-not-utf8", n.name+" "+model.Quote(text))
		text = strings.ToValidUTF8(text, "\uFFFD")
	}
	return text, true
}

// numItems returns the number of items that the tag of a list gives.
func (n *node) numItems() (int, bool) {
	_, rest, ok := strings.Cut(n.tag, `numItems="`)
	if !ok {
		return 0, false
	}
	digits, _, _ := strings.Cut(rest, `"`)
	v, err := strconv.ParseUint(digits, 10, 31)
	return int(v), err == nil
}
