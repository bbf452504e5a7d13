package binxml

import (
	"unicode"
	"unicode/utf8"
)

// AppendXML appends the document as XML in the form that Windows renders it in:
// no white space between elements, single quotes, <Empty/> for an element
// without content, GUIDs in braces, times with seven digits of the second.
// NULL is empty; an element with an array repeats for each item. A character
// that XML cannot hold becomes U+FFFD.
func (doc *Document) AppendXML(dst []byte) ([]byte, error) {
	doc.d.endWalks()
	if doc.cut != nil {
		return dst, doc.cut
	}
	w := xmlWriter{d: doc.d, limit: len(dst) + doc.d.mostText}
	return w.once(dst, doc, doc.p.root, 0)
}

type xmlWriter struct {
	d     *Decoder
	limit int
}

func (w *xmlWriter) check(dst []byte) error {
	if len(dst) > w.limit {
		return w.d.tooMuch("expands to more than %d bytes", w.d.mostText)
	}
	return w.d.step(1)
}

// element appends element i, once for each item of an array in it.
func (w *xmlWriter) element(dst []byte, doc *Document, i int32) ([]byte, error) {
	e := &doc.p.nodes[i]
	if doc.omitted(e) {
		return dst, nil
	}
	array := doc.arrayIn(e)
	if array == nil {
		return w.once(dst, doc, i, 0)
	}
	var err error
	items := w.d.items(array)
	for at := 0; err == nil; at++ {
		if _, ok := items.next(); !ok {
			break
		}
		dst, err = w.once(dst, doc, i, at)
	}
	return dst, err
}

func (w *xmlWriter) once(dst []byte, doc *Document, i int32, at int) ([]byte, error) {
	if err := w.check(dst); err != nil {
		return dst, err
	}
	e := &doc.p.nodes[i]
	dst = appendXMLName(append(dst, '<'), e.name)
	for a := i + 1; a < e.attrs; a = doc.p.nodes[a].end {
		if doc.attributeOmitted(a) {
			continue
		}
		n := &doc.p.nodes[a]
		dst = append(appendXMLName(append(dst, ' '), n.name), '=', '\'')
		for v := a + 1; v < n.end; v = doc.p.nodes[v].end {
			var err error
			if dst, err = w.text(dst, doc, v, 0); err != nil {
				return dst, err
			}
		}
		dst = append(dst, '\'')
	}
	open := len(dst)
	dst = append(dst, '>')
	for m := e.attrs; m < e.end; m = doc.p.nodes[m].end {
		n := &doc.p.nodes[m]
		var err error
		if n.kind == kindElement || doc.isBinXML(n) {
			dst, err = doc.elements(dst, m, w.element)
		} else {
			dst, err = w.text(dst, doc, m, at)
		}
		if err != nil {
			return dst, err
		}
	}
	if len(dst) == open+1 {
		return append(dst[:open], '/', '>'), nil
	}
	return append(appendXMLName(append(dst, '<', '/'), e.name), '>'), nil
}

// text appends a node that is no element. at is the item to take of an array.
func (w *xmlWriter) text(dst []byte, doc *Document, i int32, at int) ([]byte, error) {
	switch n := &doc.p.nodes[i]; n.kind {
	case kindText, kindCDATA:
		dst = appendXMLUTF16(dst, trimNUL(n.lit.Data))
	case kindEntity:
		dst = appendXMLText(dst, entityText(n.name))
	case kindPI:
		dst = append(appendXMLName(append(dst, '<', '?'), n.name), ' ')
		dst = append(appendXMLUTF16(dst, trimNUL(n.lit.Data)), '?', '>')
	case kindSubstitution:
		v := *doc.value(n)
		if v.Type.IsArray() {
			var err error
			if v, err = w.d.item(v, at); err != nil {
				return dst, err
			}
		}
		dst = w.d.appendXMLValue(dst, &v)
	}
	return dst, w.check(dst)
}

// appendXMLName appends a name; what cannot stand in one becomes an underscore. A
// colon may stand once, between a prefix and a local name.
func appendXMLName(dst []byte, n *name) []byte {
	start := true
	for i, r := range n.text {
		switch {
		case r == '_' || unicode.IsLetter(r) && (r < 0x80 || r >= 0xc0) || !start && (r == '-' || r == '.' || unicode.IsDigit(r)):
			start = false
		case r == ':' && !start && i+1 < len(n.text) && len(n.text)-len(n.local) == i+1:
			start = true
		default:
			r, start = '_', false
		}
		dst = utf8.AppendRune(dst, r)
	}
	if n.text == "" {
		dst = append(dst, '_')
	}
	return dst
}

func (d *Decoder) appendXMLValue(dst []byte, v *Value) []byte {
	switch v.Type {
	case TypeNull, TypeBinXML:
		return dst
	case TypeString, TypeEvtXML:
		return appendXMLUTF16(dst, d.utf16(v))
	case TypeAnsiString:
		for _, c := range d.ansi(v) {
			dst = appendXMLRune(dst, ansiRune(c))
		}
		return dst
	}
	dst, _ = d.appendPlain(dst, v, true)
	return dst
}
