package model

// Kind is the type of a [Field]'s value.
type Kind uint8

// The kinds. Each names the member of Field that holds the value.
const (
	KindNull   Kind = iota // nothing
	KindText               // Text
	KindInt                // Int: signed, 8 to 64 bits
	KindUint               // Uint: unsigned, 8 to 64 bits, and hex integers
	KindBool               // Uint: 0 or 1
	KindFloat              // Float
	KindTime               // Uint: FILETIME
	KindGUID               // GUID
	KindSID                // Text: S-1-…
	KindBinary             // Bytes
	KindArray              // Items, without names
	KindStruct             // Items, with names
)

// Field is one named value of an event's data.
type Field struct {
	Name  string
	Kind  Kind
	Text  string
	Int   int64
	Uint  uint64
	Float float64
	GUID  GUID
	Bytes []byte
	Items []Field // of an array or a structure
}
