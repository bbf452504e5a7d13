package compare

// Limit is a known reason why golang-evtx does not give a value; "" is none, a
// difference.
type Limit string

// The limits.
const (
	// ElementName: of an element that has an attribute Name and at most text
	// beside it golang-evtx keeps the Name in place of the element's own name.
	// Data is meant by that; others, ComplexData, lose their name.
	ElementName Limit = "element-name"

	// RepeatedName: of Data elements with the same Name the last is kept.
	RepeatedName Limit = "repeated-name"

	// UnsupportedType: instead of a value of type Real32, SizeT or an array of
	// UInt8, UInt32, HexInt32 and others there is a text that says the type is
	// unknown.
	UnsupportedType Limit = "unsupported-type"

	// ArrayType: an array whose type has an odd number (Int8, GUID, SID …) is read
	// as one of strings, one of Binary as one of UInt16: types are compared as
	// bit masks.
	ArrayType Limit = "array-type"

	// StringArray: empty strings in an array are dropped, and so is the last one
	// if no NUL ends it.
	StringArray Limit = "string-array"

	// ValueSize: how long a value is is not looked at. One that is shorter or
	// longer than its type is read with its type's length, and what follows it in
	// the record from where that ended.
	ValueSize Limit = "value-size"

	// RealDecimals: a Real64 has six decimals.
	RealDecimals Limit = "real-decimals"

	// BoolValue: a Bool that is neither 0 nor 1 is false.
	BoolValue Limit = "bool-value"

	// SystemTime: the milliseconds of a SYSTEMTIME are taken for microseconds, and
	// one that is no date is not noticed.
	SystemTime Limit = "systemtime"

	// FileTimeRange: a FILETIME is a signed number: from the year 30828 on it is
	// one before 1601.
	FileTimeRange Limit = "filetime-range"

	// PastFree is about a whole record: golang-evtx stops at the last record that
	// the chunk's header names, and does not see those that follow it unbroken.
	PastFree Limit = "past-free"
)

// Limits are all limits with a line about each, in the order of the help.
var Limits = []struct {
	Limit Limit
	About string
}{
	{ElementName, "an element with a Name and text alone loses its own name"},
	{RepeatedName, "of data with the same name the last is kept"},
	{UnsupportedType, "Real32, SizeT and most arrays are a text about their type"},
	{ArrayType, "an array of a type with an odd number is read as one of strings"},
	{StringArray, "empty strings in an array, and an unterminated last one, are dropped"},
	{ValueSize, "after a value whose size is not its type's the rest is read from the wrong place"},
	{RealDecimals, "a Real64 has six decimals"},
	{BoolValue, "a Bool that is neither 0 nor 1 is false"},
	{SystemTime, "milliseconds of a SYSTEMTIME are taken for microseconds"},
	{FileTimeRange, "a FILETIME from the year 30828 on is a time before 1601"},
	{PastFree, "records behind the space that the chunk calls used are not looked for"},
}
