package binxml

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"

	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// AppendJSON appends the data of an event as one JSON object: of EventData
// {name: value}, of UserData {RootElement: {…}}, of any other part of the event
// (DebugData, ProcessingErrorData, RenderingInfo …) {Part: {…}}. It appends
// nothing if the event has no such part.
//
// A name that repeats and an array value are arrays; Data without a name are the
// array Data. Elements within elements are objects of their attributes and
// members by local name, text beside them is #text, declarations of namespaces
// are left out. Numbers up to 32 bits and truth values are JSON's; wider numbers,
// hex integers (0x1f), GUIDs, SIDs and times are text, binary is upper-case hex,
// NULL is null.
func (doc *Document) AppendJSON(dst []byte) ([]byte, error) {
	doc.d.endWalks()
	if doc.cut != nil {
		return dst, doc.cut
	}
	parts := doc.p.parts
	w := jsonWriter{d: doc.d, limit: len(dst) + doc.d.mostText}
	if len(parts) == 1 {
		return doc.elements(dst, parts[0], w.only)
	}
	start, first := len(dst), len(w.d.members)
	dst = append(dst, '{')
	for _, i := range parts {
		var err error
		if dst, err = doc.elements(dst, i, w.part); err != nil {
			w.d.members = w.d.members[:first]
			return dst[:start], err
		}
	}
	if len(parts) == 0 || len(w.d.members) == first && len(dst) == start+1 && !doc.hasData() {
		return dst[:start], nil
	}
	return w.close(dst, start, first, false)
}

// only appends the object of an event that has one part.
func (w *jsonWriter) only(dst []byte, doc *Document, i int32) ([]byte, error) {
	switch doc.p.nodes[i].name.local {
	case "EventData":
		return w.object(dst, doc, i, asData)
	case "UserData":
		return w.object(dst, doc, i, asObject)
	}
	start, first := len(dst), len(w.d.members)
	dst, err := w.part(append(dst, '{'), doc, i)
	if err != nil {
		w.d.members = w.d.members[:first]
		return dst[:start], err
	}
	return w.close(dst, start, first, true)
}

// part appends the members that a child of Event has in the object of the data.
func (w *jsonWriter) part(dst []byte, doc *Document, i int32) ([]byte, error) {
	switch doc.p.nodes[i].name.local {
	case "EventData":
		return w.members(dst, doc, i, asData)
	case "UserData":
		return w.members(dst, doc, i, asObject)
	}
	return w.member(dst, doc, i, asValue)
}

// elements calls do for node i if it is an element, and for the element in the
// BinXML value if it is a substitution that has one.
func (doc *Document) elements(dst []byte, i int32, do func([]byte, *Document, int32) ([]byte, error)) ([]byte, error) {
	n := &doc.p.nodes[i]
	switch n.kind {
	case kindElement:
		if !doc.omitted(n) {
			return do(dst, doc, i)
		}
	case kindSubstitution, kindInstance:
		if v, ok := doc.binXML(n); ok && len(v.Data) > 0 {
			mark := doc.d.mark()
			defer doc.d.release(mark)
			inner := &doc.d.inner[doc.depth]
			var err error
			if *inner, err = doc.embedded(v, &doc.d.ofData); err != nil {
				return dst, err
			}
			return inner.elements(dst, inner.p.root, do)
		}
	}
	return dst, nil
}

// form says how an element becomes a member of an object.
type form uint8

const (
	asValue  form = iota // text alone as a value, else an object
	asObject             // always an object: the root of user data
	asData               // Data by its name
	asNamed              // as asValue, of a Data whose Name is the key already
)

// jsonWriter writes one record's data.
type jsonWriter struct {
	d     *Decoder
	limit int // of the buffer's length
}

// member is one written member of an object: where it stands in the buffer.
type member struct {
	key   string // with quotes and colon
	start int    // of the key
	end   int    // of the value
	list  bool   // the value is an array whose items are members of the same name
}

// check counts a node and the bytes written so far.
func (w *jsonWriter) check(dst []byte) error {
	if len(dst) > w.limit {
		return w.d.tooMuch("expands to more than %d bytes", w.d.mostText)
	}
	return w.d.step(1)
}

// object appends element i as an object with members of the given form.
func (w *jsonWriter) object(dst []byte, doc *Document, i int32, members form) ([]byte, error) {
	start, first := len(dst), len(w.d.members)
	dst, err := w.members(append(dst, '{'), doc, i, members)
	if err != nil {
		w.d.members = w.d.members[:first]
		return dst[:start], err
	}
	// Which members are distinct was worked out for EventData by Name.
	e := &doc.p.nodes[i]
	return w.close(dst, start, first, e.distinct && (members == asData) == (e.name.local == "EventData"))
}

// members appends the members that element i gives an object: its attributes,
// its elements, and its text.
func (w *jsonWriter) members(dst []byte, doc *Document, i int32, as form) ([]byte, error) {
	if err := w.check(dst); err != nil {
		return dst, err
	}
	e := &doc.p.nodes[i]
	var err error
	for a := i + 1; a < e.attrs; a = doc.p.nodes[a].end {
		n := &doc.p.nodes[a]
		if n.name.isXMLNS() || doc.attributeOmitted(a) || as == asNamed && n.name.local == "Name" {
			continue
		}
		start := len(dst)
		if dst, err = w.text(append(dst, n.name.key...), doc, a+1, n.end, -1); err != nil {
			return dst, err
		}
		if err = w.checkLonger(doc, a+1, n.end, 1); err != nil {
			return dst, err
		}
		dst = w.add(dst, n.name.key, start, false)
	}
	hasText := false
	for m := e.attrs; m < e.end; m = doc.p.nodes[m].end {
		switch n := &doc.p.nodes[m]; {
		case n.kind == kindElement:
			dst, err = w.member(dst, doc, m, as)
		case doc.isBinXML(n):
			dst, err = doc.elements(dst, m, func(dst []byte, doc *Document, i int32) ([]byte, error) {
				return w.member(dst, doc, i, as)
			})
		case n.kind != kindPI:
			hasText = hasText || !doc.blank(n)
		}
		if err != nil {
			return dst, err
		}
	}
	if hasText {
		const key = `"#text":`
		start, array := len(dst), doc.arrayIn(e)
		if dst, err = w.scalar(append(dst, key...), doc, e.attrs, e.end, array); err != nil {
			return dst, err
		}
		dst = w.add(dst, key, start, array != nil)
	}
	return dst, nil
}

// member appends element i with its key.
func (w *jsonWriter) member(dst []byte, doc *Document, i int32, as form) ([]byte, error) {
	e := &doc.p.nodes[i]
	if doc.omitted(e) {
		return dst, nil
	}
	var err error
	key, list, isData := e.name.key, false, as == asData && e.name.local == "Data"
	if isData {
		if key, list, err = doc.dataKey(i); err != nil {
			return dst, err
		}
	}
	scalar := as != asObject && doc.isScalar(i, isData)
	start := len(dst)
	dst = append(dst, key...)
	var array *Value
	if scalar {
		array = doc.arrayIn(e)
	}
	if list && array == nil {
		dst = append(dst, '[')
	}
	if scalar {
		dst, err = w.scalar(dst, doc, e.attrs, e.end, array)
	} else {
		inner := asValue
		if isData && !list {
			inner = asNamed
		}
		dst, err = w.object(dst, doc, i, inner)
	}
	if err != nil {
		return dst, err
	}
	if list && array == nil {
		dst = append(dst, ']')
	}
	return w.add(dst, key, start, list || array != nil), nil
}

// scalar appends the text or value of the nodes from i to end; of an array among
// them, one item after the other as a JSON array.
func (w *jsonWriter) scalar(dst []byte, doc *Document, i, end int32, array *Value) ([]byte, error) {
	if array == nil {
		return w.text(dst, doc, i, end, -1)
	}
	dst = append(dst, '[')
	items, comma := w.d.items(array), false
	for at := 0; ; at++ {
		item, ok := items.next()
		if !ok {
			return append(dst, ']'), w.checkLonger(doc, i, end, at)
		}
		if comma {
			dst = append(dst, ',')
		}
		comma = true
		var err error
		if end == i+1 {
			dst, err = w.d.appendJSONValue(dst, &item), w.check(dst)
		} else {
			dst, err = w.text(dst, doc, i, end, at)
		}
		if err != nil {
			return dst, err
		}
	}
}

// checkLonger says so if an array among the nodes has more than n items: of two
// arrays in one element the first decides how often it repeats.
func (w *jsonWriter) checkLonger(doc *Document, i, end int32, n int) error {
	for ; i < end; i = doc.p.nodes[i].end {
		if s := &doc.p.nodes[i]; s.kind == kindSubstitution {
			if v := doc.value(s); v.Type.IsArray() && len(v.Data) > 0 {
				it := (*Decoder)(nil).items(v) // what is odd was said before
				for range n {
					it.next()
				}
				if len(it.v.Data) > 0 {
					w.d.diagnose("array-cut", "%v at offset %#x has more than %d items", v.Type, w.d.whole.Offset()+int64(v.Pos), n)
				}
				if err := w.d.step(n); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// text appends the nodes from i to end as one JSON value: a substitution alone
// with its type, anything else as a string. at is the item to take of arrays.
func (w *jsonWriter) text(dst []byte, doc *Document, i, end int32, at int) ([]byte, error) {
	if err := w.check(dst); err != nil {
		return dst, err
	}
	if end == i+1 && at < 0 {
		if n := &doc.p.nodes[i]; n.kind == kindSubstitution {
			if v := doc.value(n); !v.Type.IsArray() && v.Type != TypeBinXML {
				return w.d.appendJSONValue(dst, v), nil
			}
		}
	}
	dst = append(dst, '"')
	for ; i < end; i = doc.p.nodes[i].end {
		switch n := &doc.p.nodes[i]; n.kind {
		case kindText, kindCDATA:
			dst = appendJSONUTF16(dst, trimNUL(n.lit.Data))
		case kindEntity:
			dst = appendJSONRunes(dst, entityText(n.name))
		case kindSubstitution:
			v := *doc.value(n)
			if v.Type.IsArray() {
				var err error
				if v, err = w.d.item(v, max(at, 0)); err != nil {
					return dst, err
				}
			}
			dst = w.d.appendJSONText(dst, &v)
		}
		if err := w.check(dst); err != nil {
			return dst, err
		}
	}
	return append(dst, '"'), nil
}

// add ends a member.
func (w *jsonWriter) add(dst []byte, key string, start int, list bool) []byte {
	w.d.members = append(w.d.members, member{key: key, start: start, end: len(dst), list: list})
	return append(dst, ',')
}

// close ends the object that began at start with the members from first on, and
// joins those of the same name. What it writes anew counts as text.
func (w *jsonWriter) close(dst []byte, start, first int, distinct bool) ([]byte, error) {
	members := w.d.members[first:]
	w.d.members = w.d.members[:first]
	if len(members) == 0 {
		return append(dst, '}'), nil
	}
	if distinct {
		dst[len(dst)-1] = '}' // instead of the last comma
		return dst, nil
	}
	const perStep = 512 // bytes of keys that are compared
	keys := 0
	for i := range members {
		keys += len(members[i].key)
	}
	if err := w.d.step(min(len(members), maxCompared) * keys / perStep); err != nil {
		return dst[:start], err
	}
	if !repeats(members) {
		dst[len(dst)-1] = '}'
		return dst, nil
	}
	if err := w.d.wrote(len(dst) - start); err != nil {
		return dst[:start], err
	}
	// Written anew: each key where it first stood, with all its values.
	order := slices.Clone(members)
	slices.SortStableFunc(order, func(a, b member) int { return cmp.Compare(a.key, b.key) })
	groups := [][]member{}
	for i := 0; i < len(order); {
		end := i + 1
		for end < len(order) && order[end].key == order[i].key {
			end++
		}
		groups = append(groups, order[i:end])
		i = end
	}
	slices.SortFunc(groups, func(a, b []member) int { return cmp.Compare(a[0].start, b[0].start) })
	old := append(w.d.scratch[:0], dst[start:]...)
	w.d.scratch = old
	dst = append(dst[:start], '{')
	for _, g := range groups {
		dst = append(dst, g[0].key...)
		if len(g) == 1 {
			dst = append(dst, old[g[0].start+len(g[0].key)-start:g[0].end-start]...)
		} else {
			dst = append(dst, '[')
			for _, m := range g {
				v := old[m.start+len(m.key)-start : m.end-start]
				if m.list {
					v = bytes.TrimSpace(v[1 : len(v)-1])
				}
				if len(v) > 0 {
					dst = append(append(dst, v...), ',')
				}
			}
			if dst[len(dst)-1] == ',' {
				dst = dst[:len(dst)-1]
			}
			dst = append(dst, ']')
		}
		dst = append(dst, ',')
	}
	dst[len(dst)-1] = '}'
	return dst, nil
}

// repeats says whether two members have the same key.
func repeats(members []member) bool {
	if len(members) <= maxCompared {
		for i := range members {
			for j := range i {
				if members[i].key == members[j].key {
					return true
				}
			}
		}
		return false
	}
	keys := make([]string, len(members))
	for i := range members {
		keys[i] = members[i].key
	}
	slices.Sort(keys)
	return len(slices.Compact(keys)) < len(members)
}

// appendJSONValue appends a value that is no array and no BinXML.
func (d *Decoder) appendJSONValue(dst []byte, v *Value) []byte {
	// The types that most values have, if their size is right, first.
	switch v.Type {
	case TypeNull:
		return append(dst, "null"...)
	case TypeString:
		return appendJSONString(dst, d.utf16(v))
	case TypeSID:
		if v.isSID() {
			return append(d.domains.append(append(dst, '"'), v.Data), '"')
		}
	case TypeUInt32:
		if u, ok := cursor.Uint32(v.Data, 0); ok && len(v.Data) == 4 {
			return strconv.AppendUint(dst, uint64(u), 10)
		}
	case TypeHexInt64:
		if u, ok := cursor.Uint64(v.Data, 0); ok && len(v.Data) == 8 {
			return append(appendHexUint(append(dst, `"0x`...), u), '"')
		}
	case TypeHexInt32:
		if u, ok := cursor.Uint32(v.Data, 0); ok && len(v.Data) == 4 {
			return append(appendHexUint(append(dst, `"0x`...), uint64(u)), '"')
		}
	}
	dst = append(dst, '"')
	if v.Type == TypeEvtXML || v.Type == TypeAnsiString {
		return append(d.appendJSONText(dst, v), '"')
	}
	n := len(dst)
	dst, bare := d.appendPlain(dst, v, false)
	if !bare {
		return append(dst, '"')
	}
	copy(dst[n-1:], dst[n:])
	return dst[:len(dst)-1]
}

// appendJSONText appends a value as part of a JSON string.
func (d *Decoder) appendJSONText(dst []byte, v *Value) []byte {
	switch v.Type {
	case TypeNull, TypeBinXML: // of BinXML the elements are members beside the text
		return dst
	case TypeString, TypeEvtXML:
		return appendJSONUTF16(dst, d.utf16(v))
	case TypeAnsiString:
		for _, c := range d.ansi(v) {
			dst = appendJSONRune(dst, ansiRune(c))
		}
		return dst
	}
	dst, _ = d.appendPlain(dst, v, false)
	return dst
}

func appendJSONRunes(dst []byte, text string) []byte {
	for _, r := range text {
		dst = appendJSONRune(dst, r)
	}
	return dst
}
