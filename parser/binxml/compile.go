package binxml

import (
	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// compiler turns tokens into a program.
type compiler struct {
	d *Decoder
	p *program
	c *cursor.Cursor
}

// fragment compiles elements and what may stand between them up to the EOF
// token or the end of the bytes.
func (k *compiler) fragment() {
	k.p.root = -1
	for k.c.Err() == nil {
		token, ok := k.c.Peek()
		if !ok || token == tokenEOF {
			break
		}
		if k.p.root >= 0 && token != tokenPITarget {
			k.p.trailing = true // the grammar has one element, nothing behind it
			break
		}
		if token == tokenFragmentHeader {
			k.c.Skip(4, "fragment header")
			continue
		}
		if k.p.root < 0 && (token&^tokenMore == tokenOpenStartElement || token == tokenTemplateInstance) {
			k.p.root = int32(len(k.p.nodes))
		}
		k.content(0)
	}
	if k.c.Err() == nil && k.p.root >= 0 && k.p.nodes[k.p.root].kind == kindElement {
		k.p.findSystem()
	}
}

// content compiles the token at the cursor, and all that belongs to it.
func (k *compiler) content(depth int) {
	c := k.c
	token := c.U8("token")
	switch token &^ tokenMore {
	case tokenOpenStartElement:
		k.element(token&tokenMore != 0, depth)
	case tokenValue:
		if t := Type(c.U8("value type")); t != TypeString {
			c.Fail(cursor.ErrUnsupported, "value type", "%v as literal text", t)
			return
		}
		k.literal(kindText, nil, "value text length", "value text")
	case tokenCDATASection:
		k.literal(kindCDATA, nil, "CDATA section length", "CDATA section")
	case tokenCharRef:
		pos := c.Pos()
		c.Skip(2, "character reference")
		k.add(node{kind: kindText, lit: k.value(TypeString, pos, 2)})
	case tokenEntityRef:
		n := k.d.readName(c, k.p, "entity name")
		k.add(node{kind: kindEntity, name: n})
	case tokenPITarget:
		target := k.d.readName(c, k.p, "PI target")
		if t, ok := c.Peek(); ok && t == tokenPIData {
			c.U8("token")
			k.literal(kindPI, target, "PI data length", "PI data")
			return
		}
		k.add(node{kind: kindPI, name: target})
	case tokenNormalSubstitution, tokenOptionalSubstitution:
		index := c.U16("substitution id")
		c.U8("substitution type") // the value's own type wins
		if !k.p.isTemplate {
			c.Fail(cursor.ErrMalformed, "substitution", "outside a template definition")
			return
		}
		k.add(node{kind: kindSubstitution, sub: index, optional: token&^tokenMore == tokenOptionalSubstitution})
	case tokenTemplateInstance:
		k.instance()
	default:
		c.Fail(cursor.ErrMalformed, "token", "%#02x is not expected here", token)
	}
}

// instance steps over a template instance behind its token. It is decoded when
// it is walked, as a value of type BinXml is.
func (k *compiler) instance() {
	c := k.c
	start := c.Pos() - 1
	c.Skip(5, "template instance")
	if pos := c.U32("template definition offset"); c.Err() == nil && int64(pos) == int64(c.Pos()) {
		c.Skip(definitionHeader-4, "template definition")
		c.Skip(c.Count(c.U32("template size"), 1, "template size"), "template definition")
	}
	count := c.Count(c.U32("number of values"), 4, "number of values")
	for specs := c.Bytes(4*count, "value types"); len(specs) >= 4; specs = specs[4:] {
		c.Skip(int(specs[0])|int(specs[1])<<8, "value")
	}
	if c.Err() == nil {
		k.p.bound = true
		k.add(node{kind: kindInstance, lit: Value{Type: TypeBinXML, Pos: int32(start), Data: k.d.chunk[start:c.Pos()]}})
	}
}

// element compiles an element behind its first token.
//
//	0  2  dependency id, in template definitions only
//	.  4  size of the element; not needed
//	.  4  name
//	.  4  size of the attribute list, if there is one; not needed
//	.  …  attributes, 0x02 content 0x04 or 0x03
func (k *compiler) element(hasAttributes bool, depth int) {
	c := k.c
	if depth >= MaxElementDepth {
		c.Fail(cursor.ErrUnsupported, "element", "nested deeper than %d", MaxElementDepth)
		return
	}
	e := node{kind: kindElement, sub: noDependency}
	if k.p.isTemplate {
		e.sub = c.U16("dependency id")
	}
	k.size("element size")
	e.name = k.d.readName(c, k.p, "element name")
	if hasAttributes {
		k.size("attribute list size")
	}
	i := k.add(e)
	for {
		token, _ := c.Peek()
		if token&^tokenMore != tokenAttribute || c.Err() != nil {
			break
		}
		k.attribute()
	}
	if c.Err() != nil {
		return
	}
	k.p.nodes[i].attrs = int32(len(k.p.nodes))
	switch token := c.U8("token"); token {
	case tokenCloseEmptyElement:
	case tokenCloseStartElement:
		for c.Err() == nil {
			if t, _ := c.Peek(); t == tokenEndElement {
				c.U8("token")
				break
			}
			k.content(depth + 1)
		}
	default:
		c.Fail(cursor.ErrMalformed, "token", "%#02x is not expected in a start tag", token)
	}
	if c.Err() == nil {
		k.p.nodes[i].end = int32(len(k.p.nodes))
		k.finish(i)
	}
}

// size steps over a size that is not needed, and differs with where names stand.
func (k *compiler) size(field string) {
	if k.p.isTemplate || k.p.moving {
		k.p.sizes = append(k.p.sizes, int32(k.c.Pos()-k.p.start))
	}
	k.c.U32(field)
}

// attribute compiles an attribute with the text, references and substitutions of
// its value.
func (k *compiler) attribute() {
	k.c.U8("token")
	i := k.add(node{kind: kindAttribute, name: k.d.readName(k.c, k.p, "attribute name")})
	for k.c.Err() == nil {
		token, _ := k.c.Peek()
		switch token &^ tokenMore {
		case tokenValue, tokenCharRef, tokenEntityRef, tokenNormalSubstitution, tokenOptionalSubstitution:
			k.content(0)
			continue
		}
		break
	}
	if k.c.Err() == nil {
		k.p.nodes[i].end = int32(len(k.p.nodes))
	}
}

// literal compiles a text with its length in characters before it.
func (k *compiler) literal(kind kind, target *name, length, field string) {
	n := 2 * int(k.c.U16(length))
	pos := k.c.Pos()
	k.c.Skip(n, field)
	if k.c.Err() == nil {
		k.add(node{kind: kind, name: target, lit: k.value(TypeString, pos, n)})
	}
}

// value returns the n bytes at pos, which were read, as a literal value: those
// of the definition's own copy if there is one, since it outlives the chunk.
func (k *compiler) value(t Type, pos, n int) Value {
	if k.c.Err() != nil {
		return Value{}
	}
	v := Value{Type: t, Pos: int32(pos)}
	if k.p.isTemplate {
		v.Data = k.p.source[pos-k.p.start:][:n]
	} else {
		v.Data = k.d.chunk[pos:][:n]
	}
	return v
}

// add appends a node and returns its index.
func (k *compiler) add(n node) int {
	if k.c.Err() != nil {
		return 0
	}
	n.end = int32(len(k.p.nodes) + 1)
	k.p.nodes = append(k.p.nodes, n)
	return len(k.p.nodes) - 1
}

// finish works out, once, what every record would ask of element i.
func (k *compiler) finish(i int) {
	p := k.p
	e := &p.nodes[i]
	if e.name.local == "Data" {
		e.data = k.dataName(int32(i))
	}
	if p.isTemplate { // else the members are compared when they are written
		e.distinct = p.distinctMembers(e, int32(i))
	}
}

// dataName returns the Name of Data element i if it is literal, as it is in
// every template, else nil.
func (k *compiler) dataName(i int32) *name {
	p := k.p
	for a := i + 1; a < p.nodes[i].attrs; a = p.nodes[a].end {
		if p.nodes[a].name.local == "Name" && p.nodes[a].end == a+2 && p.nodes[a+1].kind == kindText {
			if text := trimNUL(p.nodes[a+1].lit.Data); len(text) > 0 && len(text) <= 2*MaxName {
				if k.p.isTemplate {
					p.nameBytes += len(text)
				}
				return intern(&k.d.dataNames, text, newDataName)
			}
		}
	}
	return nil
}

// distinctMembers says whether the members of a JSON object made of element e,
// at i, are known to have distinct keys whatever the values are.
func (p *program) distinctMembers(e *node, i int32) bool {
	for a := i + 1; a < e.attrs; a = p.nodes[a].end {
		if !p.nodes[a].name.isXMLNS() {
			return false
		}
	}
	byName := e.name.local == "EventData"
	members := 0
	for m := e.attrs; m < e.end; m = p.nodes[m].end {
		n := &p.nodes[m]
		if members++; n.kind != kindElement || members > maxCompared || byName && n.name.local == "Data" && n.data == nil {
			return false
		}
		for o := e.attrs; o < m; o = p.nodes[o].end {
			if p.nodes[o].memberKey(byName) == n.memberKey(byName) {
				return false
			}
		}
	}
	return true
}

// memberKey returns the key of element n as a member of an object.
func (n *node) memberKey(byName bool) string {
	if byName && n.data != nil {
		return n.data.key
	}
	return n.name.key
}
