package etl

import "fmt"

// RecordType is the type of a record's header, TRACE_HEADER_TYPE_*.
type RecordType uint8

// The types. Those of 32 bits have the same layout.
const (
	TypeSystem32      RecordType = 0x01
	TypeSystem64      RecordType = 0x02
	TypeCompact32     RecordType = 0x03
	TypeCompact64     RecordType = 0x04
	TypeFull32        RecordType = 0x0A
	TypeInstance32    RecordType = 0x0B
	TypeError         RecordType = 0x0D
	TypePerfInfo32    RecordType = 0x10
	TypePerfInfo64    RecordType = 0x11
	TypeEventHeader32 RecordType = 0x12
	TypeEventHeader64 RecordType = 0x13
	TypeFull64        RecordType = 0x14
	TypeInstance64    RecordType = 0x15

	// TypeWPP is a message of WPP: no value of the byte that holds the others.
	TypeWPP RecordType = 0xFF
)

// form says how records of a type are laid out.
type form struct {
	name   string // without the number of bits; "" if the type is not known
	header int    // size of the header, bytes
	size   int    // where the u16 with the record's size stands
}

// formOf returns the form of a type.
func formOf(t RecordType) form {
	switch t {
	case TypeSystem32, TypeSystem64:
		return form{"system", 32, 4}
	case TypeCompact32, TypeCompact64:
		return form{"compact", 24, 4}
	case TypePerfInfo32, TypePerfInfo64:
		return form{"perfinfo", 16, 4}
	case TypeFull32, TypeFull64:
		return form{"full", 48, 0}
	case TypeInstance32, TypeInstance64:
		return form{"instance", 48, 0}
	case TypeError:
		return form{"error", 8, 0}
	case TypeEventHeader32, TypeEventHeader64:
		return form{"event_header", eventHeaderSize, 0}
	case TypeWPP:
		return form{"wpp", 8, 0}
	}
	return form{}
}

// String returns the type's name with its bits, or its number.
func (t RecordType) String() string {
	name := formOf(t).name
	switch t {
	case TypeError, TypeWPP:
		return name
	case TypeSystem32, TypeCompact32, TypeFull32, TypeInstance32, TypePerfInfo32, TypeEventHeader32:
		return name + "32"
	}
	if name == "" {
		return fmt.Sprintf("type %#02x", uint8(t))
	}
	return name + "64"
}

// PointerSize returns the size of the pointers in what the process that wrote
// the record logged, 8 or 4 bytes.
func (t RecordType) PointerSize() int {
	switch t {
	case TypeSystem32, TypeCompact32, TypeFull32, TypeInstance32, TypePerfInfo32, TypeEventHeader32:
		return 4
	}
	return 8
}
