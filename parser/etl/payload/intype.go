package payload

// inType says how a value stands in the payload. The numbers are those of
// TlgIn_t (TraceLoggingProvider.h); up to 21 they are TDH_INTYPE_* (tdh.h) too.
type inType uint8

const (
	inNull          inType = iota // nothing
	inUnicodeString               // UTF-16 with NUL
	inANSIString                  // 8-bit text with NUL
	inInt8
	inUint8
	inInt16
	inUint16
	inInt32
	inUint32
	inInt64
	inUint64
	inFloat
	inDouble
	inBool32
	inBinary // TraceLogging: as inCountedBinary; in a template the length stands elsewhere
	inGUID
	inPointer // 4 or 8 bytes, as the process has it; providers log inHexInt32 or inHexInt64 instead
	inFiletime
	inSystemtime
	inSID // its own count says how long it is
	inHexInt32
	inHexInt64
	inCountedString     // 2 bytes of size in bytes, UTF-16
	inCountedANSIString // the same, 8-bit text
	inStruct            // the fields behind it
	inCountedBinary     // 2 bytes of size, bytes
	inTypes             // how many there are
)

// The flags beside an inType in a schema (TraceLoggingProvider.h).
const (
	inTypeMask   = 0x1f
	countMask    = 0x60
	countFixed   = 0x20 // the schema says how many
	countCounted = 0x40 // 2 bytes in the payload say how many
	countCustom  = 0x60 // bytes of a serialiser of the provider's own
	chain        = 0x80 // another byte follows
)

// smallest are the bytes that a value takes at least. A structure is as long as
// its fields, which may have none: see [compiler.nest].
var smallest = [inTypes]int{
	inUnicodeString: 2, inANSIString: 1,
	inInt8: 1, inUint8: 1, inInt16: 2, inUint16: 2, inInt32: 4, inUint32: 4, inInt64: 8, inUint64: 8,
	inFloat: 4, inDouble: 8, inBool32: 4, inBinary: 2, inGUID: 16, inPointer: 4, inFiletime: 8, inSystemtime: 16,
	inSID: 8, inHexInt32: 4, inHexInt64: 8, inCountedString: 2, inCountedANSIString: 2, inCountedBinary: 2,
}

// outType says how a value is meant. The numbers are those of TlgOut_t
// (TraceLoggingProvider.h). What changes nothing here is left out: process and
// thread numbers and Win32 errors are numbers, and times are times.
type outType uint8

const (
	outString        outType = 2  // of a number of 1 or 2 bytes: a character
	outBoolean       outType = 3  // of a number of 1 byte
	outHex           outType = 4  // of a number
	outPort          outType = 7  // of a number of 2 bytes: big-endian
	outIPv4          outType = 8  // of a number of 4 bytes: in network order
	outIPv6          outType = 9  // of binary
	outSocketAddress outType = 10 // of binary
	outXML           outType = 11 // of 8-bit text: UTF-8
	outJSON          outType = 12 // of 8-bit text: UTF-8
	outNTStatus      outType = 14 // of a number of 4 bytes
	outHResult       outType = 15 // of a number of 4 bytes
	outUTF8          outType = 35 // of 8-bit text
	outCodePointer   outType = 37 // of a number
)
