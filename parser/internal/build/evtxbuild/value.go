package evtxbuild

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// The value types of BinXML. TypeArray is a flag on another type.
const (
	TypeNull       byte = 0x00
	TypeString     byte = 0x01
	TypeAnsiString byte = 0x02
	TypeInt8       byte = 0x03
	TypeUInt8      byte = 0x04
	TypeInt16      byte = 0x05
	TypeUInt16     byte = 0x06
	TypeInt32      byte = 0x07
	TypeUInt32     byte = 0x08
	TypeInt64      byte = 0x09
	TypeUInt64     byte = 0x0a
	TypeReal32     byte = 0x0b
	TypeReal64     byte = 0x0c
	TypeBool       byte = 0x0d
	TypeBinary     byte = 0x0e
	TypeGUID       byte = 0x0f
	TypeSizeT      byte = 0x10
	TypeFileTime   byte = 0x11
	TypeSysTime    byte = 0x12
	TypeSID        byte = 0x13
	TypeHexInt32   byte = 0x14
	TypeHexInt64   byte = 0x15
	TypeBinXML     byte = 0x21
	TypeArray      byte = 0x80
)

// Value is a substitution value: a type and its bytes.
type Value struct {
	Type byte
	Data []byte

	// XML is the content of a BinXML value, encoded where the value stands;
	// Data is then not used.
	XML []Node

	// Declared is the type the substitution token gives, in templates that
	// File.Event makes. 0: the value's own.
	Declared byte

	err error
}

// As is the value with another declared type: Windows declares SizeT and
// stores HexInt32 or HexInt64, and declares any type and stores NULL.
func (v Value) As(t byte) Value {
	v.Declared = t
	return v
}

func (v Value) declared() byte {
	if v.Declared != 0 {
		return v.Declared
	}
	return v.Type
}

// RawValue is any type with any bytes.
func RawValue(t byte, data []byte) Value { return Value{Type: t, Data: data} }

// Null is NULL without bytes.
func Null() Value { return Value{} }

// NullSized is NULL that has n bytes all the same, as Windows writes for
// unused Qualifiers and GUIDs.
func NullSized(n int) Value { return Value{Data: make([]byte, n)} }

// String is text without a terminating NUL, as newer Windows stores it.
func String(s string) Value { return StringUnits(units(s)) }

// StringNUL is text with its terminating NUL, as older Windows and many
// providers store it.
func StringNUL(s string) Value { return StringUnits(append(units(s), 0)) }

// StringUnits is text of these code units.
func StringUnits(u []uint16) Value {
	b := make([]byte, 0, 2*len(u))
	for _, c := range u {
		b = binary.LittleEndian.AppendUint16(b, c)
	}
	return Value{Type: TypeString, Data: b}
}

// AnsiString is text in the system's code page, whatever that is.
func AnsiString(b string) Value { return Value{Type: TypeAnsiString, Data: []byte(b)} }

// Int8 and those below are integers of so many bits. The hexadecimal ones print as 0x….
func Int8(v int8) Value       { return Value{Type: TypeInt8, Data: []byte{byte(v)}} }
func UInt8(v uint8) Value     { return Value{Type: TypeUInt8, Data: []byte{v}} }
func Int16(v int16) Value     { return Value{Type: TypeInt16, Data: le16(uint16(v))} }
func UInt16(v uint16) Value   { return Value{Type: TypeUInt16, Data: le16(v)} }
func Int32(v int32) Value     { return Value{Type: TypeInt32, Data: le32(uint32(v))} }
func UInt32(v uint32) Value   { return Value{Type: TypeUInt32, Data: le32(v)} }
func Int64(v int64) Value     { return Value{Type: TypeInt64, Data: le64(uint64(v))} }
func UInt64(v uint64) Value   { return Value{Type: TypeUInt64, Data: le64(v)} }
func HexInt32(v uint32) Value { return Value{Type: TypeHexInt32, Data: le32(v)} }
func HexInt64(v uint64) Value { return Value{Type: TypeHexInt64, Data: le64(v)} }

// Pointer is a HexInt64 declared as SizeT, as 64-bit Windows logs pointers and
// process ids of the Security log.
func Pointer(v uint64) Value { return HexInt64(v).As(TypeSizeT) }

// Real32 and Real64 are floating point.
func Real32(v float32) Value { return Value{Type: TypeReal32, Data: le32(math.Float32bits(v))} }
func Real64(v float64) Value { return Value{Type: TypeReal64, Data: le64(math.Float64bits(v))} }

// Bool is the 4-byte Boolean.
func Bool(v bool) Value {
	b := make([]byte, 4)
	if v {
		b[0] = 1
	}
	return Value{Type: TypeBool, Data: b}
}

// Binary is bytes.
func Binary(b []byte) Value { return Value{Type: TypeBinary, Data: b} }

// FileTime is a FILETIME: 100 ns ticks since 1601.
func FileTime(ticks uint64) Value { return Value{Type: TypeFileTime, Data: le64(ticks)} }

// SysTime is a SYSTEMTIME: year, month, day of week, day, hour, minute,
// second, millisecond.
func SysTime(parts [8]uint16) Value {
	var b []byte
	for _, p := range parts {
		b = binary.LittleEndian.AppendUint16(b, p)
	}
	return Value{Type: TypeSysTime, Data: b}
}

// GUID is a GUID from its text, with or without braces.
func GUID(s string) Value {
	g, err := ParseGUID(s)
	return Value{Type: TypeGUID, Data: g[:], err: err}
}

// SID is a security identifier from its text: S-1-5-18.
func SID(s string) Value {
	b, err := ParseSID(s)
	return Value{Type: TypeSID, Data: b, err: err}
}

// BinXML is a BinXML value. Windows ends it with an EOF token in all its
// forms: [Document] of an instance, or an instance or an element and EOF.
func BinXML(nodes ...Node) Value { return Value{Type: TypeBinXML, XML: nodes} }

// Array is an array of values of one type: their bytes one after the other.
// Strings must be [StringNUL], the NUL separates them.
func Array(t byte, members ...Value) Value {
	a := Value{Type: t | TypeArray}
	for _, m := range members {
		if m.Type != t && a.err == nil {
			a.err = fmt.Errorf("evtxbuild: member of type %#x in an array of %#x", m.Type, t)
		}
		a.Data = append(a.Data, m.Data...)
	}
	return a
}

// Strings is an array of strings.
func Strings(s ...string) Value {
	var m []Value
	for _, t := range s {
		m = append(m, StringNUL(t))
	}
	return Array(TypeString, m...)
}

// Text is the value as a literal event has it, of the types that the audits
// and net events here use.
func (v Value) Text() (string, error) {
	if v.err != nil {
		return "", v.err
	}
	if n, ok := textSizes[v.Type]; ok && n != len(v.Data) || v.Type == TypeSID && !v.wholeSID() {
		return "", fmt.Errorf("evtxbuild: %d bytes of type %#x", len(v.Data), v.Type)
	}
	switch v.Type {
	case TypeNull:
		return "", nil
	case TypeString:
		return strings.TrimSuffix(decodeUnits(v.Data), "\x00"), nil
	case TypeUInt8, TypeUInt16, TypeUInt32, TypeUInt64:
		return strconv.FormatUint(v.number(), 10), nil
	case TypeHexInt32, TypeHexInt64:
		return fmt.Sprintf("0x%x", v.number()), nil
	case TypeBinary:
		return strings.ToUpper(hex.EncodeToString(v.Data)), nil
	case TypeGUID:
		d := v.Data
		return fmt.Sprintf("{%08X-%04X-%04X-%X-%X}", binary.LittleEndian.Uint32(d), binary.LittleEndian.Uint16(d[4:]),
			binary.LittleEndian.Uint16(d[6:]), d[8:10], d[10:]), nil
	case TypeSID:
		auth := uint64(binary.BigEndian.Uint16(v.Data[2:]))<<32 | uint64(binary.BigEndian.Uint32(v.Data[4:]))
		s := fmt.Sprintf("S-%d-%d", v.Data[0], auth)
		for sub := v.Data[8:]; len(sub) >= 4; sub = sub[4:] {
			s += fmt.Sprintf("-%d", binary.LittleEndian.Uint32(sub))
		}
		return s, nil
	}
	return "", fmt.Errorf("evtxbuild: no text for type %#x", v.Type)
}

// textSizes are the sizes of the types of one size that Text prints.
var textSizes = map[byte]int{
	TypeUInt8: 1, TypeUInt16: 2, TypeUInt32: 4, TypeUInt64: 8, TypeHexInt32: 4, TypeHexInt64: 8, TypeGUID: 16,
}

func (v Value) wholeSID() bool { return len(v.Data) >= 8 && len(v.Data) == 8+4*int(v.Data[1]) }

// number is the little-endian integer of whatever size.
func (v Value) number() (n uint64) {
	for i := len(v.Data) - 1; i >= 0; i-- {
		n = n<<8 | uint64(v.Data[i])
	}
	return n
}

func le16(v uint16) []byte { return binary.LittleEndian.AppendUint16(nil, v) }
func le32(v uint32) []byte { return binary.LittleEndian.AppendUint32(nil, v) }
func le64(v uint64) []byte { return binary.LittleEndian.AppendUint64(nil, v) }

// ParseGUID is the stored form of a GUID: its first three parts are
// little-endian.
func ParseGUID(s string) (g [16]byte, err error) {
	t := strings.TrimSuffix(strings.TrimPrefix(s, "{"), "}")
	b, err := hex.DecodeString(strings.ReplaceAll(t, "-", ""))
	if err != nil || len(b) != 16 || len(t) != 36 {
		return g, fmt.Errorf("evtxbuild: GUID %q", s)
	}
	for i, from := range [16]int{3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15} {
		g[i] = b[from]
	}
	return g, nil
}

// ParseSID is the stored form of a SID: revision, number of sub-authorities,
// authority in 48 big-endian bits, sub-authorities.
func ParseSID(s string) ([]byte, error) {
	part := strings.Split(s, "-")
	if len(part) < 3 || part[0] != "S" || part[1] != "1" || len(part) > 3+15 {
		return nil, fmt.Errorf("evtxbuild: SID %q", s)
	}
	auth, err := strconv.ParseUint(part[2], 10, 48)
	if err != nil {
		return nil, fmt.Errorf("evtxbuild: SID %q: %w", s, err)
	}
	b := []byte{1, byte(len(part) - 3), byte(auth >> 40), byte(auth >> 32), byte(auth >> 24), byte(auth >> 16), byte(auth >> 8), byte(auth)}
	for _, p := range part[3:] {
		sub, err := strconv.ParseUint(p, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("evtxbuild: SID %q: %w", s, err)
		}
		b = binary.LittleEndian.AppendUint32(b, uint32(sub))
	}
	return b, nil
}
