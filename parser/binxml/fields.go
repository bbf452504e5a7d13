package binxml

import (
	"github.com/qmparse/qmparse/model"
)

// Fields returns the event's data by name: of EventData and ProcessingErrorData the
// elements within, of UserData those within its root element. They own their memory.
// Elements within those are left out: no event that a mapping wants has any.
func (doc *Document) Fields() ([]model.Field, error) {
	if doc.cut != nil {
		return nil, doc.cut
	}
	said := len(doc.d.diagnostics)
	defer func() { doc.d.diagnostics = doc.d.diagnostics[:said] }() // AppendJSON says the same
	var fields []model.Field
	collect := func(dst []byte, doc *Document, i int32) ([]byte, error) {
		n := &doc.p.nodes[i]
		if doc.omitted(n) || doc.hasElements(n) {
			return dst, nil
		}
		name, err := n.name.local, doc.d.step(1)
		if name == "Data" && err == nil {
			name, err = doc.dataName(i)
		}
		if err == nil {
			var f model.Field
			f, err = doc.field(name, n)
			fields = append(fields, f)
		}
		return dst, err
	}
	children := func(dst []byte, doc *Document, i int32, do func([]byte, *Document, int32) ([]byte, error)) ([]byte, error) {
		n := &doc.p.nodes[i]
		var err error
		for m := n.attrs; m < n.end && err == nil; m = doc.p.nodes[m].end {
			dst, err = doc.elements(dst, m, do)
		}
		return dst, err
	}
	for _, i := range doc.p.parts {
		_, err := doc.elements(nil, i, func(dst []byte, doc *Document, i int32) ([]byte, error) {
			switch doc.p.nodes[i].name.local {
			case "EventData", "ProcessingErrorData":
				return children(dst, doc, i, collect)
			case "UserData":
				return children(dst, doc, i, func(dst []byte, doc *Document, i int32) ([]byte, error) {
					return children(dst, doc, i, collect)
				})
			}
			return dst, nil
		})
		if err != nil {
			return nil, err
		}
	}
	return fields, nil
}

// field returns the content of element n.
func (doc *Document) field(name string, n *node) (model.Field, error) {
	if n.end == n.attrs+1 {
		if s := &doc.p.nodes[n.attrs]; s.kind == kindSubstitution {
			v := doc.value(s)
			f := doc.d.field(*v)
			f.Name = name
			return f, doc.d.wrote(len(v.Data) + 128*len(f.Items)) // an item takes more than its bytes
		}
	}
	text, err := doc.appendText(nil, n.attrs, n.end)
	return model.Field{Name: name, Kind: model.KindText, Text: string(text)}, err
}

// field returns a value with its type. One that its type does not explain is
// Binary.
func (d *Decoder) field(v Value) model.Field {
	if v.Type.IsArray() {
		f := model.Field{Kind: model.KindArray, Items: []model.Field{}}
		it := d.items(&v)
		for item, ok := it.next(); ok; item, ok = it.next() {
			f.Items = append(f.Items, d.field(item))
		}
		return f
	}
	switch v.Type {
	case TypeNull:
		return model.Field{Kind: model.KindNull}
	case TypeString, TypeAnsiString, TypeEvtXML:
		return model.Field{Kind: model.KindText, Text: string(d.appendValueText(nil, &v))}
	case TypeInt8, TypeInt16, TypeInt32, TypeInt64:
		if i, ok := v.Int(); ok {
			return model.Field{Kind: model.KindInt, Int: i}
		}
	case TypeUInt8, TypeUInt16, TypeUInt32, TypeUInt64, TypeHexInt32, TypeHexInt64, TypeSizeT:
		if u, ok := v.Uint(); ok {
			return model.Field{Kind: model.KindUint, Uint: u}
		}
	case TypeBool:
		if u, ok := v.Uint(); ok {
			return model.Field{Kind: model.KindBool, Uint: min(u, 1)}
		}
	case TypeReal32, TypeReal64:
		if r, ok := v.Float(); ok {
			return model.Field{Kind: model.KindFloat, Float: r}
		}
	case TypeFileTime, TypeSysTime:
		if t, ok := v.Uint(); ok {
			return model.Field{Kind: model.KindTime, Uint: t}
		}
	case TypeGUID:
		if g, ok := v.GUID(); ok {
			return model.Field{Kind: model.KindGUID, GUID: g}
		}
	case TypeSID:
		if text, ok := v.appendSID(nil); ok {
			return model.Field{Kind: model.KindSID, Text: string(text)}
		}
	}
	return model.Field{Kind: model.KindBinary, Bytes: append([]byte{}, v.Data...)}
}
