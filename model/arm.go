package model

// ConditionArm is the value in a [ConditionValue]: one Go type for each arm of
// the union in FWP_CONDITION_VALUE0 (fwptypes.h). Slices are as in memory.
//
// https://learn.microsoft.com/windows/win32/api/fwptypes/ns-fwptypes-fwp_condition_value0
type ConditionArm interface{ conditionArm() }

// The arms without structure. Of a subnet, a Uint32 is an IPv4 host, its first
// byte the highest, and a ByteArray16 is an IPv6 host; the others mean nothing
// there and are kept as bytes.
type (
	Empty struct{} // FWP_EMPTY

	Uint8  uint8 // FWP_UINT8, FWP_BITMAP_INDEX_TYPE
	Uint16 uint16
	Uint32 uint32
	Uint64 uint64
	Int8   int8
	Int16  int16
	Int32  int32
	Int64  int64

	Float32 float32 // FWP_FLOAT
	Float64 float64 // FWP_DOUBLE

	ByteArray6  [6]byte
	ByteArray16 [16]byte

	ByteBlob           []byte // FWP_BYTE_BLOB_TYPE, FWP_TOKEN_ACCESS_INFORMATION_TYPE
	SID                []byte
	SecurityDescriptor []byte // self-relative
	TokenInformation   []byte // the structure alone; what it points to is not part of it
	UnicodeString      []byte // UTF-16LE without the NUL
)

// V4AddrMask is FWP_V4_ADDR_AND_MASK, 8 bytes, both members in host order:
//
//	0  4  addr  0x0A010203 is 10.1.2.3
//	4  4  mask  may have gaps
//
// Bits of addr outside the mask may be set.
type V4AddrMask struct{ Addr, Mask uint32 }

// V6AddrMask is FWP_V6_ADDR_AND_MASK, 17 bytes:
//
//	 0  16  addr          in the order of its text
//	16   1  prefixLength  at most 128
//
// Bits of addr behind the prefix may be set.
type V6AddrMask struct {
	Addr         [16]byte
	PrefixLength uint8
}

// Range is FWP_RANGE0: all values from Low to High, both included. Its ends
// are FWP_VALUE0, which has no masks and no ranges.
type Range struct{ Low, High ConditionValue }

// Unknown is the value of a type that has no arm here, as its bytes.
type Unknown struct{ Raw []byte }

func (Empty) conditionArm()              {}
func (Uint8) conditionArm()              {}
func (Uint16) conditionArm()             {}
func (Uint32) conditionArm()             {}
func (Uint64) conditionArm()             {}
func (Int8) conditionArm()               {}
func (Int16) conditionArm()              {}
func (Int32) conditionArm()              {}
func (Int64) conditionArm()              {}
func (Float32) conditionArm()            {}
func (Float64) conditionArm()            {}
func (ByteArray6) conditionArm()         {}
func (ByteArray16) conditionArm()        {}
func (ByteBlob) conditionArm()           {}
func (SID) conditionArm()                {}
func (SecurityDescriptor) conditionArm() {}
func (TokenInformation) conditionArm()   {}
func (UnicodeString) conditionArm()      {}
func (V4AddrMask) conditionArm()         {}
func (V6AddrMask) conditionArm()         {}
func (Range) conditionArm()              {}
func (Unknown) conditionArm()            {}
func (TextAddrMask) conditionArm()       {}
