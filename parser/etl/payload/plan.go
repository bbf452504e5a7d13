package payload

// field is one field of a template or a schema. Fields stand in the order of the
// payload; those of a structure follow it.
type field struct {
	name  string
	key   string // as JSON has it, with quotes and colon
	in    inType
	out   outType
	arity arity
	n     uint16 // arityFixed: how many; aritySize: bytes

	// In a schema, the index behind the field and those within it, and the bytes that
	// one of its values takes at least. Of a structure also how many it has, and whether
	// two of them have the same name.
	end     int32
	least   int32
	members uint8
	repeats bool

	// Of a field whose name repeats within its structure: the place of the next
	// among the structure's members, 0 if there is none, and whether this is not
	// the first.
	next  int32
	again bool
}

// arity says how many values a field has, or where their number stands.
type arity uint8

const (
	arityOne     arity = iota
	arityFixed         // n values
	arityCounted       // 2 bytes of a number, and so many values
	arityCustom        // 2 bytes of size, bytes

	// In templates alone.
	aritySize       // n bytes
	aritySizeBefore // as many bytes as the field before says
	arityBefore     // strings, as many as a field before says
)

// isText says whether an array of the field's values is text: of characters one
// by one, half a pair of surrogates would be lost.
func (f *field) isText() bool {
	return f.out == outString && (f.in == inInt8 || f.in == inUint8 || f.in == inUint16)
}
