package payload

import (
	"math"
	"net/netip"
	"strconv"
	"unicode/utf8"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/binxml"
	"github.com/qmparse/qmparse/parser/internal/cursor"
	"github.com/qmparse/qmparse/parser/internal/jsontext"
)

// appendJSON appends the items as one object.
func (d *Decoder) appendJSON(dst []byte, e *Event) ([]byte, error) {
	most := min(maxText, freeText+textPerByte*(len(e.Schema)+len(e.Payload)))
	d.limit = len(dst) + most
	dst = d.appendObject(dst, 0, len(d.items), d.repeats)
	if len(dst) > d.limit {
		c := cursor.New(e.Payload, e.Offset)
		c.Fail(cursor.ErrUnsupported, "payload", "expands to more than %d bytes", most)
		return nil, c.Err()
	}
	return dst, nil
}

// appendObject appends the items from i to end as an object.
func (d *Decoder) appendObject(dst []byte, i, end int, repeats bool) []byte {
	dst = append(dst, '{')
	first := len(d.places)
	if repeats {
		for m := i; m < end; m = d.items[m].end {
			d.places = append(d.places, int32(m))
		}
	}
	comma := false
	for ; i < end && len(dst) <= d.limit; i = d.items[i].end {
		f := d.items[i].f
		if repeats && f.again {
			continue
		}
		if comma {
			dst = append(dst, ',')
		}
		comma = true
		dst = append(dst, f.key...)
		if repeats && f.next != 0 {
			dst = d.appendRepeated(dst, i, first)
		} else {
			dst = d.appendValue(dst, i)
		}
	}
	d.places = d.places[:first]
	return append(dst, '}')
}

// appendRepeated appends the values of all members with the name of item i as an
// array. The places of the members begin at that index.
func (d *Decoder) appendRepeated(dst []byte, i, first int) []byte {
	dst = append(dst, '[')
	comma := false
	for {
		it := &d.items[i]
		if it.form != formArray {
			dst, comma = d.appendElements(dst, i, i+1, comma)
		} else {
			dst, comma = d.appendElements(dst, i+1, it.end, comma)
		}
		if it.f.next == 0 || len(dst) > d.limit {
			return append(dst, ']')
		}
		i = int(d.places[first+int(it.f.next)])
	}
}

// appendElements appends the items from i to end with commas between them, and
// one before them if there are others.
func (d *Decoder) appendElements(dst []byte, i, end int, comma bool) ([]byte, bool) {
	for ; i < end && len(dst) <= d.limit; i = d.items[i].end {
		if comma {
			dst = append(dst, ',')
		}
		comma = true
		dst = d.appendValue(dst, i)
	}
	return dst, comma
}

// appendValue appends item i.
func (d *Decoder) appendValue(dst []byte, i int) []byte {
	it := &d.items[i]
	switch it.form {
	case formNull:
		return append(dst, "null"...)
	case formBool:
		return strconv.AppendBool(dst, it.n != 0)
	case formArray:
		dst, _ = d.appendElements(append(dst, '['), i+1, it.end, false)
		return append(dst, ']')
	case formStruct:
		return d.appendObject(dst, i+1, it.end, it.f.repeats)
	case formInt:
		if it.size < 8 {
			return strconv.AppendInt(dst, int64(it.n), 10)
		}
	case formUint:
		if it.size < 8 {
			return strconv.AppendUint(dst, it.n, 10)
		}
	case formFloat:
		if f := it.float(); it.size < 8 && !math.IsNaN(f) && !math.IsInf(f, 0) {
			return jsontext.AppendFloat(dst, f, 32)
		}
	}
	return append(it.appendText(append(dst, '"')), '"')
}

// appendText appends what is text in JSON, as the inside of a string.
func (v *value) appendText(dst []byte) []byte {
	from := len(dst)
	switch v.form {
	case formInt:
		return strconv.AppendInt(dst, int64(v.n), 10)
	case formUint:
		return strconv.AppendUint(dst, v.n, 10)
	case formHex:
		return strconv.AppendUint(append(dst, "0x"...), v.n, 16)
	case formFloat:
		return jsontext.AppendFloat(dst, v.float(), 8*int(v.size))
	case formTime:
		return model.FILETIME(v.n).AppendISO(dst)
	case formGUID:
		return v.guid().AppendTo(dst)
	case formBinary:
		return jsontext.AppendHex(dst, v.b)
	case formUTF16, formANSI, formUTF8, formChar:
		return jsontext.Escape(v.appendUTF8(dst), from)
	}
	return v.appendUTF8(dst)
}

// appendUTF8 appends what is text in itself.
func (v *value) appendUTF8(dst []byte) []byte {
	switch v.form {
	case formUTF16:
		return binxml.AppendUTF8(dst, v.b)
	case formANSI:
		for _, c := range v.b {
			dst = utf8.AppendRune(dst, ansiRune(c))
		}
	case formUTF8:
		for _, r := range string(v.b) {
			dst = utf8.AppendRune(dst, r)
		}
	case formChar:
		return utf8.AppendRune(dst, rune(v.n))
	case formIPv4:
		return netip.AddrFrom4([4]byte{byte(v.n), byte(v.n >> 8), byte(v.n >> 16), byte(v.n >> 24)}).AppendTo(dst)
	case formIPv6:
		if len(v.b) == 16 {
			return netip.AddrFrom16([16]byte(v.b)).AppendTo(dst)
		}
	case formSocket:
		a, _ := socketAddress(v.b)
		return a.AppendTo(dst)
	case formSID:
		dst, _, _ = model.AppendSID(dst, v.b)
	}
	return dst
}

// float returns a float of either size.
func (v *value) float() float64 {
	if v.size == 4 {
		return float64(math.Float32frombits(uint32(v.n)))
	}
	return math.Float64frombits(v.n)
}

func (v *value) guid() model.GUID {
	var b [16]byte
	copy(b[:], v.b)
	return model.GUIDFromWindows(b)
}
