package binxml

import "fmt"

// Type is the type of a value, [MS-EVEN6] 2.2.12 (BinXmlValueType, the winevt.h
// names are EVT_VARIANT_TYPE).
type Type uint8

// The value types. An array has TypeArray set.
const (
	TypeNull       Type = 0x00
	TypeString     Type = 0x01 // UTF-16LE, with or without a terminating NUL
	TypeAnsiString Type = 0x02 // in the code page of the machine that logged
	TypeInt8       Type = 0x03
	TypeUInt8      Type = 0x04
	TypeInt16      Type = 0x05
	TypeUInt16     Type = 0x06
	TypeInt32      Type = 0x07
	TypeUInt32     Type = 0x08
	TypeInt64      Type = 0x09
	TypeUInt64     Type = 0x0a
	TypeReal32     Type = 0x0b
	TypeReal64     Type = 0x0c
	TypeBool       Type = 0x0d // 4 bytes; 1 occurs
	TypeBinary     Type = 0x0e
	TypeGUID       Type = 0x0f
	TypeSizeT      Type = 0x10 // 4 or 8 bytes
	TypeFileTime   Type = 0x11
	TypeSysTime    Type = 0x12
	TypeSID        Type = 0x13
	TypeHexInt32   Type = 0x14
	TypeHexInt64   Type = 0x15
	TypeEvtHandle  Type = 0x20
	TypeBinXML     Type = 0x21
	TypeEvtXML     Type = 0x23

	TypeArray Type = 0x80
)

var typeNames = map[Type]string{
	TypeNull: "Null", TypeString: "String", TypeAnsiString: "AnsiString", TypeInt8: "Int8", TypeUInt8: "UInt8",
	TypeInt16: "Int16", TypeUInt16: "UInt16", TypeInt32: "Int32", TypeUInt32: "UInt32", TypeInt64: "Int64",
	TypeUInt64: "UInt64", TypeReal32: "Real32", TypeReal64: "Real64", TypeBool: "Bool", TypeBinary: "Binary",
	TypeGUID: "Guid", TypeSizeT: "SizeT", TypeFileTime: "FileTime", TypeSysTime: "SysTime", TypeSID: "Sid",
	TypeHexInt32: "HexInt32", TypeHexInt64: "HexInt64", TypeEvtHandle: "EvtHandle", TypeBinXML: "BinXml", TypeEvtXML: "EvtXml",
}

// String returns Microsoft's name: "UInt32", "UInt32 array", "type 0x7f".
func (t Type) String() string {
	n, ok := typeNames[t&^TypeArray]
	switch {
	case !ok:
		return fmt.Sprintf("type %#02x", uint8(t))
	case t&TypeArray != 0:
		return n + " array"
	}
	return n
}

// IsArray says whether a value of this type is an array.
func (t Type) IsArray() bool { return t&TypeArray != 0 }

// size returns the bytes of one value of a type of fixed size, else 0. SizeT,
// whose size is the logging machine's, and Bool, which occurs with 1, are told by
// the value's own size.
func (t Type) size() int {
	switch t {
	case TypeInt8, TypeUInt8:
		return 1
	case TypeInt16, TypeUInt16:
		return 2
	case TypeInt32, TypeUInt32, TypeReal32, TypeHexInt32, TypeBool:
		return 4
	case TypeInt64, TypeUInt64, TypeReal64, TypeFileTime, TypeHexInt64:
		return 8
	case TypeGUID, TypeSysTime:
		return 16
	}
	return 0
}
