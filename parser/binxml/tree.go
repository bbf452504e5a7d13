package binxml

// Element is an element of a document with its values filled in.
type Element struct {
	Name     string // as written, with its prefix if it has one
	Attrs    []Attr
	Children []Node // in document order
}

// Attr is an attribute. Its value is mostly one item; literal text and values
// may stand beside each other.
type Attr struct {
	Name  string
	Value []Value
}

// Node is a child of an element: either Element or a value. Text is a value of
// type String, an array a value of an array type; [Value.Items] takes it apart.
type Node struct {
	Element *Element // nil for a value
	Value   Value
}

// Tree returns the document as a tree. An element that depends on an absent
// value is left out, an element that holds an array is there once. Values are
// bytes of the chunk and live as long as the document.
func (doc *Document) Tree() (*Element, error) {
	if doc.cut != nil {
		return nil, doc.cut
	}
	return doc.tree(doc.p.root)
}

// treeCost is what a node of a tree costs, against what the record may have: it takes more
// memory than a step of the other renderings.
const treeCost = 8

func (doc *Document) tree(i int32) (*Element, error) {
	if err := doc.d.step(treeCost); err != nil {
		return nil, err
	}
	n := &doc.p.nodes[i]
	e := &Element{Name: n.name.text}
	for a := i + 1; a < n.attrs; a = doc.p.nodes[a].end {
		if doc.attributeOmitted(a) {
			continue
		}
		attr := Attr{Name: doc.p.nodes[a].name.text}
		for v := a + 1; v < doc.p.nodes[a].end; v = doc.p.nodes[v].end {
			if err := doc.d.step(treeCost); err != nil {
				return nil, err
			}
			attr.Value = append(attr.Value, doc.nodeValue(&doc.p.nodes[v]))
		}
		e.Attrs = append(e.Attrs, attr)
	}
	for m := n.attrs; m < n.end; m = doc.p.nodes[m].end {
		c := &doc.p.nodes[m]
		if c.kind != kindElement && !doc.isBinXML(c) {
			if err := doc.d.step(treeCost); err != nil {
				return nil, err
			}
			if c.kind != kindPI && !doc.absent(c) {
				e.Children = append(e.Children, Node{Value: doc.nodeValue(c)})
			}
			continue
		}
		_, err := doc.elements(nil, m, func(dst []byte, doc *Document, i int32) ([]byte, error) {
			child, err := doc.tree(i)
			if err == nil {
				e.Children = append(e.Children, Node{Element: child})
			}
			return dst, err
		})
		if err != nil {
			return nil, err
		}
	}
	return e, nil
}

func (doc *Document) nodeValue(n *node) Value {
	switch n.kind {
	case kindSubstitution:
		return *doc.value(n)
	case kindEntity:
		return Value{Type: TypeString, Data: appendUTF16(nil, entityText(n.name))}
	}
	return n.lit
}

// Items returns the items of an array value; of another value, itself.
func (v Value) Items() []Value {
	if !v.Type.IsArray() {
		return []Value{v}
	}
	var all []Value
	it := (*Decoder)(nil).items(&v)
	for item, ok := it.next(); ok; item, ok = it.next() {
		all = append(all, item)
	}
	return all
}

// Text returns the text of a value as it stands in JSON; "" for NULL. Of an
// array, that of its first item.
func (v Value) Text() string {
	if v.Type.IsArray() {
		items := (*Decoder)(nil).items(&v) // what is odd is said elsewhere
		first, ok := items.next()
		if v = first; !ok {
			v = null
		}
	}
	d := Decoder{} // stays on the stack: it is large, and this is asked for each value of System
	return string(d.appendValueText(nil, &v))
}

// Child returns the first element of that name, or nil.
func (e *Element) Child(name string) *Element {
	if e != nil {
		for _, n := range e.Children {
			if n.Element != nil && n.Element.Name == name {
				return n.Element
			}
		}
	}
	return nil
}
