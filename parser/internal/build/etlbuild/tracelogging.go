package etlbuild

import "github.com/qmparse/qmparse/model"

// In-types of TraceLogging fields: how the value is packed.
const (
	InNull                = 0
	InUnicodeString       = 1 // NUL ends it
	InANSIString          = 2 // NUL ends it
	InInt8                = 3
	InUInt8               = 4
	InInt16               = 5
	InUInt16              = 6
	InInt32               = 7
	InUInt32              = 8
	InInt64               = 9
	InUInt64              = 10
	InFloat               = 11
	InDouble              = 12
	InBool32              = 13
	InBinary              = 14 // 2 bytes of length, bytes
	InGUID                = 15
	InPointer             = 16
	InFileTime            = 17
	InSystemTime          = 18
	InSID                 = 19
	InHexInt32            = 20
	InHexInt64            = 21
	InCountedString       = 22 // 2 bytes of length in bytes, UTF-16
	InCountedANSI         = 23 // 2 bytes of length, bytes
	InStruct              = 24
	InCountedBinary       = 25 // as InBinary
	inFixed         uint8 = 0x20
	inCounted       uint8 = 0x40
	inCustom        uint8 = 0x60
	more            uint8 = 0x80
)

// Out-types: how the value is shown.
const (
	OutNoPrint       = 1
	OutString        = 2
	OutBoolean       = 3
	OutHex           = 4
	OutPID           = 5
	OutTID           = 6
	OutPort          = 7
	OutIPv4          = 8
	OutIPv6          = 9
	OutSocketAddress = 10
	OutXML           = 11
	OutJSON          = 12
	OutWin32Error    = 13
	OutNTSTATUS      = 14
	OutHRESULT       = 15
	OutFileTime      = 16
	OutSigned        = 17
	OutUnsigned      = 18
	OutUTF8          = 35
)

// Field is a field of a TraceLogging event with its value.
type Field struct {
	Name string
	In   uint8
	Out  uint8
	Tags uint32 // 28 bits

	// Fixed is the length of an array that the schema gives, Counted an array
	// that has it in 2 bytes before the elements, both of N elements. Custom is
	// of a form that TypeInfo describes, and packed as an array of N bytes.
	Fixed, Counted, Custom bool
	N                      uint16
	TypeInfo               []byte

	Data   Payload // the value; of an array its elements
	Fields []Field // of InStruct; their values, unless Data has those
}

// Fields are the fields of an event.
type Fields []Field

// tags is 28 bits from the highest down, 7 in a byte whose bit 7 says that
// another follows; low bits that are 0 are left out.
func tags(v uint32) (b []byte) {
	for {
		seven := byte(v >> 21 & 0x7F)
		v = v << 7 & 0x0FFFFFFF
		if v == 0 {
			return append(b, seven)
		}
		b = append(b, seven|more)
	}
}

// schema of a field:
//
//	   name in UTF-8, NUL
//	1  in-type, kind of array; bit 7: an out-type follows
//	1  out-type, of a struct the number of fields; bit 7: tags follow
//	   tags
//	2  length of a fixed array; of a custom one size of TypeInfo
//	   TypeInfo
func (f *Field) schema(p Payload) Payload {
	in, out := f.In, f.Out
	switch {
	case f.Custom:
		in |= inCustom
	case f.Fixed:
		in |= inFixed
	case f.Counted:
		in |= inCounted
	}
	if f.In == InStruct {
		out = uint8(len(f.Fields))
	}
	p = p.ANSI(f.Name)
	switch {
	case f.Tags != 0:
		p = p.U8(in | more).U8(out | more).Raw(tags(f.Tags))
	case out != 0:
		p = p.U8(in | more).U8(out)
	default:
		p = p.U8(in)
	}
	switch {
	case f.Custom:
		p = p.Counted16(f.TypeInfo)
	case f.Fixed:
		p = p.U16(f.N)
	}
	for i := range f.Fields {
		p = f.Fields[i].schema(p)
	}
	return p
}

func (f *Field) payload(p Payload) Payload {
	if f.Counted || f.Custom {
		p = p.U16(f.N)
	}
	if f.Data == nil {
		return Fields(f.Fields).payload(p)
	}
	return p.Raw(f.Data)
}

func (fs Fields) payload(p Payload) Payload {
	for i := range fs {
		p = fs[i].payload(p)
	}
	return p
}

// Schema is the item that names event and fields: size in 2 bytes, tags of the
// event, its name in UTF-8 with NUL, fields.
func (fs Fields) Schema(name string, eventTags uint32) Item {
	p := Payload(nil).U16(0).Raw(tags(eventTags)).ANSI(name)
	for i := range fs {
		p = fs[i].schema(p)
	}
	return Item{ItemSchema, sized(p, 0)}
}

// Payload is the values.
func (fs Fields) Payload() Payload { return fs.payload(nil) }

// channelTraceLogging is the channel of all TraceLogging events.
const channelTraceLogging = 11

// Event is the fields as an event of a provider, with level 4, items for the
// provider's name and the schema.
func (fs Fields) Event(provider model.GUID, providerName, name string) Event {
	return Event{
		Provider: provider, Channel: channelTraceLogging, Level: 4, Keywords: 1 << 46,
		Items: []Item{Traits(providerName, model.GUID{}), fs.Schema(name, 0)}, Payload: fs.Payload(),
	}
}
