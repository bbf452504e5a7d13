package binxml

// What a node of a document amounts to once the values are known.

// hasData says whether an Event has a part beside System.
func (doc *Document) hasData() bool {
	for _, i := range doc.p.parts {
		n := &doc.p.nodes[i]
		if v, ok := doc.binXML(n); ok && len(v.Data) > 0 || n.kind == kindElement && !doc.omitted(n) {
			return true
		}
	}
	return false
}

// attributeOmitted says whether attribute a is left out: its value is a
// substitution that may be absent, and is.
func (doc *Document) attributeOmitted(a int32) bool {
	n := &doc.p.nodes[a]
	return n.end == a+2 && doc.absent(&doc.p.nodes[a+1])
}

// absent says whether node n is a value that may be absent, and is.
func (doc *Document) absent(n *node) bool {
	return n.kind == kindSubstitution && n.optional && doc.value(n).Type == TypeNull
}

// arrayIn returns the array value among the content of element e, or nil. The
// element repeats for each of its items.
func (doc *Document) arrayIn(e *node) *Value {
	for i := e.attrs; i < e.end; i = doc.p.nodes[i].end {
		if n := &doc.p.nodes[i]; n.kind == kindSubstitution {
			if v := doc.value(n); v.Type.IsArray() {
				return v
			}
		}
	}
	return nil
}

// walk is a walk through an array, as far as it was gone.
type walk struct {
	of   Value // the array
	rest items
	n    int   // items taken
	item Value // the last of them, null if there are no more
	over bool  // there are no more
}

// on says whether the walk is through v and has the item at before it, or as the last.
func (w *walk) on(v *Value, at int) bool {
	return w.n > 0 && (w.n <= at || w.n == at+1 && !w.over) && w.of.Type == v.Type && len(w.of.Data) == len(v.Data) && &w.of.Data[0] == &v.Data[0]
}

// endWalks ends all walks: another record or rendering begins.
func (d *Decoder) endWalks() {
	if d.walked > 0 {
		d.walks, d.walked = [maxWalks]walk{}, 0
	}
}

// item returns an item of an array value; NULL if there is none. Those before it are gone
// through again only if it is not asked for items in order.
func (d *Decoder) item(v Value, at int) (Value, error) {
	if len(v.Data) == 0 {
		return null, d.step(1)
	}
	var w *walk
	for i := range d.walks {
		if d.walks[i].on(&v, at) {
			w = &d.walks[i]
		}
	}
	if w == nil {
		w = &d.walks[d.walked%maxWalks]
		*w = walk{of: v, rest: d.items(&v)}
		d.walked++
	}
	const bytesPerStep = 64
	n, size := w.n, len(w.rest.v.Data)
	for w.n <= at && !w.over {
		if item, ok := w.rest.next(); ok {
			w.item = item
			w.n++
		} else {
			w.item, w.over = null, true
		}
	}
	return w.item, d.step(1 + w.n - n + (size-len(w.rest.v.Data))/bytesPerStep)
}

// isBinXML says whether node n stands for BinXML, perhaps for none at all.
func (doc *Document) isBinXML(n *node) bool {
	_, ok := doc.binXML(n)
	return ok
}

// hasElements says whether element e holds elements, as such or in a BinXML
// value.
func (doc *Document) hasElements(e *node) bool {
	for i := e.attrs; i < e.end; i = doc.p.nodes[i].end {
		n := &doc.p.nodes[i]
		if v, ok := doc.binXML(n); ok && len(v.Data) > 0 || n.kind == kindElement {
			return true
		}
	}
	return false
}

// isScalar says whether element i is a value, not an object: it has no
// attributes but namespaces, and no elements.
// The Name of a Data counts as no attribute if byName is set.
func (doc *Document) isScalar(i int32, byName bool) bool {
	e := &doc.p.nodes[i]
	for a := i + 1; a < e.attrs; a = doc.p.nodes[a].end {
		n := doc.p.nodes[a].name
		if !n.isXMLNS() && !doc.attributeOmitted(a) && !(byName && n.local == "Name") {
			return false
		}
	}
	return !doc.hasElements(e)
}

// blank says whether a text node is white space, as between elements.
func (doc *Document) blank(n *node) bool {
	var text []byte
	switch n.kind {
	case kindText:
		text = trimNUL(n.lit.Data)
	case kindSubstitution:
		v := doc.value(n)
		if v.Type != TypeString {
			return v.Type == TypeNull
		}
		text = trimNUL(v.Data)
	default:
		return false
	}
	for i := 0; i+1 < len(text); i += 2 {
		if text[i+1] != 0 || text[i] != ' ' && text[i] != '\t' && text[i] != '\r' && text[i] != '\n' {
			return false
		}
	}
	return true
}

// dataKey returns the key of a Data element: its Name. Data without a name are
// the members of one list.
func (doc *Document) dataKey(i int32) (key string, list bool, err error) {
	e := &doc.p.nodes[i]
	if e.data != nil {
		return e.data.key, false, nil
	}
	text, err := doc.dataName(i)
	if err != nil || text == "" {
		return e.name.key, true, err
	}
	return string(append(appendJSONText(nil, text), ':')), false, nil
}

// dataName returns the Name of a Data element, "" if it has none.
func (doc *Document) dataName(i int32) (string, error) {
	for a := i + 1; a < doc.p.nodes[i].attrs; a = doc.p.nodes[a].end {
		if n := &doc.p.nodes[a]; n.name.local == "Name" {
			text, err := doc.appendText(nil, a+1, n.end)
			return string(text), err
		}
	}
	return "", nil
}

// appendText appends the text of the nodes from i to end; of an array its first
// item. It is bounded by what one record may expand to.
func (doc *Document) appendText(dst []byte, i, end int32) ([]byte, error) {
	for ; i < end; i = doc.p.nodes[i].end {
		before := len(dst)
		switch n := &doc.p.nodes[i]; n.kind {
		case kindText, kindCDATA:
			dst = AppendUTF8(dst, trimNUL(n.lit.Data))
		case kindEntity:
			dst = append(dst, entityText(n.name)...)
		case kindSubstitution:
			v := *doc.value(n)
			if v.Type.IsArray() {
				v, _ = doc.d.item(v, 0)
			}
			dst = doc.d.appendValueText(dst, &v)
		}
		if err := doc.d.wrote(1 + len(dst) - before); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

// appendValueText appends a value that is no array as text.
func (d *Decoder) appendValueText(dst []byte, v *Value) []byte {
	switch v.Type {
	case TypeNull, TypeBinXML:
		return dst
	case TypeString, TypeEvtXML:
		return AppendUTF8(dst, d.utf16(v))
	case TypeAnsiString:
		for _, c := range d.ansi(v) {
			dst = append(dst, string(ansiRune(c))...)
		}
		return dst
	}
	dst, _ = d.appendPlain(dst, v, false)
	return dst
}

// entityText returns what an entity stands for: one of XML's five, or the
// reference itself.
func entityText(n *name) string {
	switch n.text {
	case "lt":
		return "<"
	case "gt":
		return ">"
	case "amp":
		return "&"
	case "quot":
		return `"`
	case "apos":
		return "'"
	}
	return "&" + n.text + ";"
}

// mark remembers how much of the decoder's arenas is in use, release gives back
// what came after.
func (d *Decoder) mark() [2]int     { return [2]int{len(d.values), d.inlineUsed} }
func (d *Decoder) release(m [2]int) { d.values, d.inlineUsed = d.values[:m[0]], m[1] }
