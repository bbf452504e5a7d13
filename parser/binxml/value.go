package binxml

import (
	"encoding/binary"
	"math"
	"math/bits"
	"strconv"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/internal/jsontext"
)

// Value is one typed value. Data are its bytes as they stand in the chunk or, of
// literal text, in the template; they live as long as the document.
type Value struct {
	Type Type
	Pos  int32 // in the chunk, of a substitution
	Data []byte
}

// Uint returns an unsigned integer, hex integer, bool or time (FILETIME). The
// value's own size decides how much is read; false if it has not 1, 2, 4 or 8
// bytes, or another type.
func (v *Value) Uint() (uint64, bool) {
	switch v.Type {
	case TypeUInt8, TypeUInt16, TypeUInt32, TypeUInt64, TypeBool, TypeSizeT, TypeHexInt32, TypeHexInt64:
		return littleEndian(v.Data)
	case TypeFileTime:
		if len(v.Data) == 8 {
			return binary.LittleEndian.Uint64(v.Data), true
		}
	case TypeSysTime:
		if len(v.Data) == 16 {
			t, ok := model.FILETIMEFromSystemTime([16]byte(v.Data))
			return uint64(t), ok
		}
	}
	return 0, false
}

// Int returns a signed integer, sign-extended from the value's own size.
func (v *Value) Int() (int64, bool) {
	switch v.Type {
	case TypeInt8, TypeInt16, TypeInt32, TypeInt64:
		u, ok := littleEndian(v.Data)
		shift := 64 - 8*uint(len(v.Data))
		return int64(u<<shift) >> shift, ok
	}
	return 0, false
}

// Float returns a Real32 or Real64, told by the value's own size.
func (v *Value) Float() (float64, bool) {
	if v.Type == TypeReal32 || v.Type == TypeReal64 {
		switch len(v.Data) {
		case 4:
			return float64(math.Float32frombits(binary.LittleEndian.Uint32(v.Data))), true
		case 8:
			return math.Float64frombits(binary.LittleEndian.Uint64(v.Data)), true
		}
	}
	return 0, false
}

// GUID returns a GUID.
func (v *Value) GUID() (model.GUID, bool) {
	if v.Type != TypeGUID || len(v.Data) != 16 {
		return model.GUID{}, false
	}
	return model.GUIDFromWindows([16]byte(v.Data)), true
}

// appendSID appends the text of a SID that fills the value.
func (v *Value) appendSID(dst []byte) ([]byte, bool) {
	if !v.isSID() {
		return dst, false
	}
	dst, _, _ = model.AppendSID(dst, v.Data)
	return dst, true
}

// isSID says whether a SID fills the value.
func (v *Value) isSID() bool {
	n, ok := model.SIDSize(v.Data)
	return v.Type == TypeSID && ok && n == len(v.Data)
}

func littleEndian(b []byte) (uint64, bool) {
	switch len(b) {
	case 1:
		return uint64(b[0]), true
	case 2:
		return uint64(binary.LittleEndian.Uint16(b)), true
	case 4:
		return uint64(binary.LittleEndian.Uint32(b)), true
	case 8:
		return binary.LittleEndian.Uint64(b), true
	}
	return 0, false
}

// items takes an array value apart.
type items struct {
	d    *Decoder // to say what is odd; may be nil
	v    Value    // what is left
	size int      // of an item; 0 if each tells its own
}

func (d *Decoder) items(v *Value) items {
	it := items{d: d, v: *v, size: (v.Type &^ TypeArray).size()}
	if v.Type&^TypeArray == TypeSizeT {
		// 4 or 8 bytes, as on the machine that logged.
		it.size = 8
		if len(v.Data)%8 != 0 {
			it.size = 4
		}
	}
	return it
}

// next takes the first item off. Strings end at a NUL, or where the value ends;
// SIDs tell their own size; the rest have that of their type. What is left over at
// the end, too short for an item, comes as Binary, with a diagnostic.
func (it *items) next() (item Value, ok bool) {
	v := &it.v
	if len(v.Data) == 0 {
		return Value{}, false
	}
	t := v.Type &^ TypeArray
	n, skip := len(v.Data), 0
	switch t {
	case TypeString:
		for i := 0; i+1 < len(v.Data); i += 2 {
			if v.Data[i] == 0 && v.Data[i+1] == 0 {
				n, skip = i, 2
				break
			}
		}
	case TypeAnsiString:
		for i, c := range v.Data {
			if c == 0 {
				n, skip = i, 1
				break
			}
		}
	case TypeSID:
		if len(v.Data) >= 8 {
			n = min(n, 8+4*int(v.Data[1]))
		}
	default:
		if it.size > 0 {
			n = it.size
		}
	}
	if n > len(v.Data) || t == TypeString && len(v.Data) == 1 {
		if it.d != nil {
			it.d.diagnose("value-size", "%d bytes are left over of %v at offset %#x", len(v.Data), v.Type, it.d.whole.Offset()+int64(v.Pos))
		}
		t, n = TypeBinary, len(v.Data)
	}
	item = Value{Type: t, Pos: v.Pos, Data: v.Data[:n:n]}
	v.Data = v.Data[n+skip:]
	return item, true
}

// appendPlain appends the text of a value that is neither text itself nor an
// array: what JSON and XML have in common. It says whether the text is a number
// or truth value as JSON has them. A value that its type does not explain comes
// as upper-case hex, with a diagnostic.
func (d *Decoder) appendPlain(dst []byte, v *Value, xml bool) (text []byte, bare bool) {
	switch v.Type {
	case TypeInt8, TypeInt16, TypeInt32, TypeInt64:
		if i, ok := v.Int(); ok {
			d.checkSize(v)
			return strconv.AppendInt(dst, i, 10), v.Type != TypeInt64 && len(v.Data) <= 4
		}
	case TypeUInt8, TypeUInt16, TypeUInt32, TypeUInt64:
		if u, ok := v.Uint(); ok {
			d.checkSize(v)
			return strconv.AppendUint(dst, u, 10), v.Type != TypeUInt64 && len(v.Data) <= 4
		}
	case TypeHexInt32, TypeHexInt64, TypeSizeT:
		if u, ok := v.Uint(); ok {
			d.checkSize(v)
			return appendHexUint(append(dst, '0', 'x'), u), false
		}
	case TypeBool:
		if u, ok := v.Uint(); ok {
			d.checkSize(v)
			return strconv.AppendBool(dst, u != 0), true
		}
	case TypeReal32, TypeReal64:
		if f, ok := v.Float(); ok {
			d.checkSize(v)
			return jsontext.AppendFloat(dst, f, 8*len(v.Data)), v.Type == TypeReal32 && len(v.Data) == 4 && !math.IsNaN(f) && !math.IsInf(f, 0)
		}
	case TypeGUID:
		if g, ok := v.GUID(); ok {
			if xml {
				return append(g.AppendTo(append(dst, '{')), '}'), false
			}
			return g.AppendTo(dst), false
		}
	case TypeFileTime, TypeSysTime:
		if t, ok := v.Uint(); ok {
			dst = model.FILETIME(t).AppendISO(dst)
			if xml && v.Type == TypeSysTime {
				dst = append(dst[:len(dst)-5], 'Z') // milliseconds
			}
			return dst, false
		}
	case TypeSID:
		if text, ok := v.appendSID(dst); ok {
			return text, false
		}
	case TypeBinary:
		return appendHex(dst, v.Data), false
	}
	d.diagnose("value-undecodable", "%v of %d bytes at offset %#x", v.Type, len(v.Data), d.whole.Offset()+int64(v.Pos))
	return appendHex(dst, v.Data), false
}

// checkSize says so if a value has not the size of its type. A Bool of one byte
// occurs, and the size of a SizeT is that of the machine.
func (d *Decoder) checkSize(v *Value) {
	n := len(v.Data)
	switch v.Type {
	case TypeBool:
		if n == 1 || n == 4 {
			return
		}
	case TypeSizeT:
		if n == 4 || n == 8 {
			return
		}
	case TypeString, TypeEvtXML:
		if n%2 == 0 {
			return
		}
	default:
		if n == v.Type.size() {
			return
		}
	}
	d.diagnose("value-size", "%v of %d bytes at offset %#x", v.Type, n, d.whole.Offset()+int64(v.Pos))
}

// utf16 returns the text of a string without its terminating NULs.
func (d *Decoder) utf16(v *Value) []byte {
	n := len(v.Data)
	if n%2 != 0 {
		d.checkSize(v)
	}
	if n >= 2 && n%2 == 0 && v.Data[n-1]|v.Data[n-2] != 0 { // as nearly all: no call
		return v.Data
	}
	return trimNUL(v.Data)
}

// appendHexUint appends u in lower-case hex without leading zeros.
func appendHexUint(dst []byte, u uint64) []byte {
	n := max(1, (bits.Len64(u)+3)/4)
	for shift := 4 * (n - 1); shift >= 0; shift -= 4 {
		dst = append(dst, lowerHex[u>>shift&15])
	}
	return dst
}

func appendHex(dst, b []byte) []byte {
	const digits = "0123456789ABCDEF"
	for _, c := range b {
		dst = append(dst, digits[c>>4], digits[c&15])
	}
	return dst
}
