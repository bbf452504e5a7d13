package netsh

import (
	"encoding/binary"
	"net/netip"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/qmparse/qmparse/model"
)

// arms are the elements that hold the value of a type: the names of the union
// in FWP_VALUE0 and FWP_CONDITION_VALUE0 (fwptypes.h).
var arms = map[model.DataType][]string{
	model.DataTypeUint8:                  {"uint8"},
	model.DataTypeUint16:                 {"uint16"},
	model.DataTypeUint32:                 {"uint32"},
	model.DataTypeUint64:                 {"uint64"},
	model.DataTypeInt8:                   {"int8"},
	model.DataTypeInt16:                  {"int16"},
	model.DataTypeInt32:                  {"int32"},
	model.DataTypeInt64:                  {"int64"},
	model.DataTypeFloat:                  {"float32"},
	model.DataTypeDouble:                 {"double64"},
	model.DataTypeByteArray16:            {"byteArray16"},
	model.DataTypeByteBlob:               {"byteBlob"},
	model.DataTypeSID:                    {"sid"},
	model.DataTypeSecurityDescriptor:     {"sd"},
	model.DataTypeTokenInformation:       {"tokenInformation"},
	model.DataTypeTokenAccessInformation: {"tokenAccessInformation"},
	model.DataTypeUnicodeString:          {"unicodeString"},
	model.DataTypeByteArray6:             {"byteArray6"},
	model.DataTypeBitmapIndex:            {"bitmapIndex", "uint8"},
	model.DataTypeBitmapArray64:          {"bitmapArray64"},
	model.DataTypeV4AddrMask:             {"v4AddrMask"},
	model.DataTypeV6AddrMask:             {"v6AddrMask"},
	model.DataTypeRange:                  {"rangeValue"},
}

// condition reads FWP_CONDITION_VALUE0: <type> and an element named as the
// union's arm. It is nil if there is none or its type cannot be read; what is
// known of a type and not of its value is the type.
func (d *Decoder) condition(parent int32, name string) *model.ConditionValue {
	i := d.only(parent, name)
	if i == 0 || d.nodes[i].child == 0 {
		d.miss(name)
		return nil
	}
	v, ok := d.value(i, name, true)
	if !ok {
		return nil
	}
	return &v
}

// value reads FWP_VALUE0, or with masks and ranges FWP_CONDITION_VALUE0.
func (d *Decoder) value(i int32, name string, wide bool) (v model.ConditionValue, ok bool) {
	text := d.present(d.only(i, "type"), name+" type")
	if text == "" {
		return v, false
	}
	if v.Type, ok = model.ParseDataType(text); !ok {
		var n uint64
		if n, ok = model.ParseUint(text, 32); !ok {
			d.unreadable("condition-type", name, text)
			return v, false
		}
		v.Type = model.DataType(n)
	}
	names := arms[v.Type]
	switch {
	case v.Type == model.DataTypeEmpty:
		v.Value = model.Empty{}
		return v, true
	case names == nil, !wide && v.Type >= model.DataTypeV4AddrMask:
		d.say("condition-unreadable", name+" "+v.Type.String())
		return v, true
	}
	arm := d.only(i, names...)
	if arm == 0 {
		d.miss(name + " " + names[0])
		return v, true
	}
	v.Value = d.arm(v.Type, arm, name)
	return v, true
}

// arm reads the value of an element; nil if it cannot.
func (d *Decoder) arm(t model.DataType, i int32, name string) model.ConditionArm {
	switch t {
	case model.DataTypeV4AddrMask:
		addr, ok1 := part(d, i, name, "addr", ipv4)
		mask, ok2 := part(d, i, name, "mask", ipv4)
		if !ok1 || !ok2 {
			return nil
		}
		return model.V4AddrMask{Addr: hostOrder(addr), Mask: hostOrder(mask)}
	case model.DataTypeV6AddrMask:
		addr, ok1 := part(d, i, name, "addr", ipv6)
		length, ok2 := part(d, i, name, "prefixLength", func(text string) (uint8, bool) {
			n, ok := model.ParseUint(text, 8)
			return uint8(n), ok
		})
		if !ok1 || !ok2 {
			return nil
		}
		return model.V6AddrMask{Addr: addr.As16(), PrefixLength: length}
	case model.DataTypeRange:
		return d.rangeValue(i, name)
	case model.DataTypeByteBlob, model.DataTypeTokenAccessInformation:
		if b, ok := d.blob(i, name); ok {
			return model.ByteBlob(b)
		}
		return nil
	case model.DataTypeSecurityDescriptor:
		// As a rule it is in SDDL, which is no self-relative descriptor.
		if d.nodes[i].child != 0 {
			if b, ok := d.blob(i, name); ok {
				return model.SecurityDescriptor(b)
			}
			return nil
		}
	case model.DataTypeTokenInformation:
		d.say("condition-unreadable", name+" "+t.String())
		return nil
	}
	text, ok := d.leaf(i)
	if !ok {
		return nil
	}
	if v := scalar(t, text); v != nil {
		return v
	}
	d.unreadable("condition", name+" "+t.String(), text)
	return nil
}

// part reads a member of a mask.
func part[T any](d *Decoder, i int32, name, member string, parse func(string) (T, bool)) (v T, ok bool) {
	text := d.present(d.only(i, member), name+" "+member)
	if text == "" {
		return v, false
	}
	if v, ok = parse(text); !ok {
		d.unreadable("condition", name+" "+member, text)
	}
	return v, ok
}

// rangeValue reads FWP_RANGE0. Both ends must be there to be a range.
func (d *Decoder) rangeValue(i int32, name string) model.ConditionArm {
	low, high := d.only(i, "valueLow"), d.only(i, "valueHigh")
	if low == 0 || high == 0 {
		d.miss(name + " valueLow, valueHigh")
		return nil
	}
	l, ok1 := d.value(low, name+" valueLow", false)
	h, ok2 := d.value(high, name+" valueHigh", false)
	if !ok1 || !ok2 {
		return nil
	}
	return model.Range{Low: l, High: h}
}

// scalar reads the text of a type without structure; nil if it cannot.
func scalar(t model.DataType, text string) model.ConditionArm {
	unsigned := func(bits int) (uint64, bool) { return model.ParseUint(text, bits) }
	signed := func(bits int) (int64, bool) {
		v, err := strconv.ParseInt(text, 10, bits)
		return v, err == nil
	}
	switch t {
	case model.DataTypeUint8, model.DataTypeBitmapIndex:
		if v, ok := unsigned(8); ok {
			return model.Uint8(v)
		}
	case model.DataTypeUint16:
		if v, ok := unsigned(16); ok {
			return model.Uint16(v)
		}
	case model.DataTypeUint32:
		if a, ok := ipv4(text); ok {
			return model.Uint32(hostOrder(a))
		}
		if v, ok := unsigned(32); ok {
			return model.Uint32(v)
		}
	case model.DataTypeUint64:
		if v, ok := unsigned(64); ok {
			return model.Uint64(v)
		}
	case model.DataTypeInt8:
		if v, ok := signed(8); ok {
			return model.Int8(v)
		}
	case model.DataTypeInt16:
		if v, ok := signed(16); ok {
			return model.Int16(v)
		}
	case model.DataTypeInt32:
		if v, ok := signed(32); ok {
			return model.Int32(v)
		}
	case model.DataTypeInt64:
		if v, ok := signed(64); ok {
			return model.Int64(v)
		}
	case model.DataTypeFloat:
		if v, err := strconv.ParseFloat(text, 32); err == nil {
			return model.Float32(v)
		}
	case model.DataTypeDouble:
		if v, err := strconv.ParseFloat(text, 64); err == nil {
			return model.Float64(v)
		}
	case model.DataTypeByteArray16:
		if a, ok := ipv6(text); ok {
			return model.ByteArray16(a.As16())
		}
		if b, ok := bytesOf(text, 16); ok {
			return model.ByteArray16(b)
		}
	case model.DataTypeByteArray6:
		if b, ok := bytesOf(text, 6); ok {
			return model.ByteArray6(b)
		}
	case model.DataTypeBitmapArray64:
		if b, ok := bytesOf(text, 8); ok {
			return model.Unknown{Raw: b}
		}
	case model.DataTypeSID:
		if b, ok := sidBytes(text); ok {
			return model.SID(b)
		}
	case model.DataTypeUnicodeString:
		b := []byte{}
		for _, u := range utf16.Encode([]rune(text)) {
			b = binary.LittleEndian.AppendUint16(b, u)
		}
		return model.UnicodeString(b)
	}
	return nil
}

// hostOrder returns an IPv4 address as the structures have it.
func hostOrder(a netip.Addr) uint32 {
	b := a.As4()
	return binary.BigEndian.Uint32(b[:])
}

// sidBytes returns the SID ([MS-DTYP] 2.4.2) that a text stands for.
func sidBytes(text string) ([]byte, bool) {
	if !model.ValidSID(text) {
		return nil, false
	}
	parts := strings.Split(text, "-")[2:]
	authority, _ := model.ParseUint(parts[0], 48)
	b := binary.BigEndian.AppendUint64([]byte{}, authority)
	b[0], b[1] = 1, byte(len(parts)-1)
	for _, p := range parts[1:] {
		v, _ := model.ParseUint(p, 32)
		b = binary.LittleEndian.AppendUint32(b, uint32(v))
	}
	return b, true
}
