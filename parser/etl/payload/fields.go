package payload

import (
	"github.com/qmparse/qmparse/model"
)

// appendFields appends the items from i to end, each with all within it.
func (d *Decoder) appendFields(dst []model.Field, i, end int) []model.Field {
	for ; i < end; i = d.items[i].end {
		f := d.modelField(i)
		f.Name = d.items[i].f.name
		dst = append(dst, f)
	}
	return dst
}

// modelField returns item i without its name.
func (d *Decoder) modelField(i int) model.Field {
	it := &d.items[i]
	switch it.form {
	case formInt:
		return model.Field{Kind: model.KindInt, Int: int64(it.n)}
	case formUint, formHex:
		return model.Field{Kind: model.KindUint, Uint: it.n}
	case formBool:
		return model.Field{Kind: model.KindBool, Uint: min(it.n, 1)}
	case formFloat:
		return model.Field{Kind: model.KindFloat, Float: it.float()}
	case formTime:
		return model.Field{Kind: model.KindTime, Uint: it.n}
	case formGUID:
		return model.Field{Kind: model.KindGUID, GUID: it.guid()}
	case formSID:
		return model.Field{Kind: model.KindSID, Text: string(it.appendUTF8(nil))}
	case formBinary:
		return model.Field{Kind: model.KindBinary, Bytes: append([]byte{}, it.b...)}
	case formStruct:
		return model.Field{Kind: model.KindStruct, Items: d.appendFields([]model.Field{}, i+1, it.end)}
	case formArray:
		f := model.Field{Kind: model.KindArray, Items: []model.Field{}}
		for j := i + 1; j < it.end; j = d.items[j].end {
			f.Items = append(f.Items, d.modelField(j))
		}
		return f
	case formNull:
		return model.Field{Kind: model.KindNull}
	}
	return model.Field{Kind: model.KindText, Text: string(it.appendUTF8(nil))}
}
