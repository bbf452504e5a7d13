package etlbuild

import "github.com/qmparse/qmparse/model"

// scalars is a field of every in-type.
func scalars() Fields {
	p := Payload(nil)
	at := Date(2024, 11, 5, 8, 0, 0)
	return Fields{
		{Name: "Null", In: InNull, Data: Payload{}},
		{Name: "UnicodeString", In: InUnicodeString, Data: p.Text("büro \U0001F511")},
		{Name: "ANSIString", In: InANSIString, Data: p.ANSI("ansi")},
		{Name: "Int8", In: InInt8, Data: p.U8(0x80)},
		{Name: "UInt8", In: InUInt8, Data: p.U8(0xFF)},
		{Name: "Int16", In: InInt16, Data: p.U16(0x8000)},
		{Name: "UInt16", In: InUInt16, Data: p.U16(0xFFFF)},
		{Name: "Int32", In: InInt32, Data: p.U32(1 << 31)},
		{Name: "UInt32", In: InUInt32, Data: p.U32(1<<32 - 1)},
		{Name: "Int64", In: InInt64, Data: p.U64(1 << 63)},
		{Name: "UInt64", In: InUInt64, Data: p.U64(1<<64 - 1)},
		{Name: "Float", In: InFloat, Data: p.F32(-1.5)},
		{Name: "Double", In: InDouble, Data: p.F64(0.1)},
		{Name: "Bool32", In: InBool32, Data: p.Bool(true)},
		{Name: "Binary", In: InBinary, Data: p.Counted16([]byte{1, 2, 3})},
		{Name: "GUID", In: InGUID, Data: p.GUID(unknownProvider)},
		{Name: "FileTime", In: InFileTime, Data: p.Time(at)},
		{Name: "SystemTime", In: InSystemTime, Data: p.SystemTime([8]uint16{2024, 11, 2, 5, 8, 0, 0, 250})},
		{Name: "SID", In: InSID, Data: p.SID("S-1-5-32-544")},
		{Name: "HexInt32", In: InHexInt32, Data: p.U32(0xCAFE)},
		{Name: "HexInt64", In: InHexInt64, Data: p.U64(0xCAFEF00D)},
		{Name: "CountedString", In: InCountedString, Data: p.Counted16(p.Units('a', 0, 'b'))},
		{Name: "CountedANSI", In: InCountedANSI, Data: p.Counted16([]byte("counted"))},
		{Name: "CountedBinary", In: InCountedBinary, Data: p.Counted16(nil)},
	}
}

// shown is a field for each out-type.
func shown() Fields {
	p := Payload(nil)
	return Fields{
		{Name: "NoPrint", In: InUInt32, Out: OutNoPrint, Data: p.U32(1)},
		{Name: "Char", In: InUInt8, Out: OutString, Data: p.U8('q')},
		{Name: "Char16", In: InUInt16, Out: OutString, Data: p.U16('ü')},
		{Name: "Boolean", In: InUInt8, Out: OutBoolean, Data: p.U8(1)},
		{Name: "Hex", In: InUInt16, Out: OutHex, Data: p.U16(0xBEEF)},
		{Name: "PID", In: InUInt32, Out: OutPID, Data: p.U32(1348)},
		{Name: "TID", In: InUInt32, Out: OutTID, Data: p.U32(5120)},
		{Name: "Port", In: InUInt16, Out: OutPort, Data: Payload{0x01, 0xF4}},
		{Name: "IPv4", In: InUInt32, Out: OutIPv4, Data: addr("192.0.2.10")},
		{Name: "IPv6", In: InBinary, Out: OutIPv6, Data: p.Counted16(addr("2001:db8::10"))},
		{Name: "SocketAddress", In: InBinary, Out: OutSocketAddress, Data: p.Counted16(sockaddr6("fe80::10", 500, 12))},
		{Name: "XML", In: InUnicodeString, Out: OutXML, Data: p.Text("<a>&amp;</a>")},
		{Name: "JSON", In: InANSIString, Out: OutJSON, Data: p.ANSI(`{"a":1}`)},
		{Name: "UTF8", In: InANSIString, Out: OutUTF8, Data: p.ANSI("büro")},
		{Name: "Win32Error", In: InUInt32, Out: OutWin32Error, Data: p.U32(13868)},
		{Name: "NTSTATUS", In: InUInt32, Out: OutNTSTATUS, Data: p.U32(0xC0000022)},
		{Name: "HRESULT", In: InInt32, Out: OutHRESULT, Data: p.U32(0x80070005)},
		{Name: "FileTime", In: InUInt64, Out: OutFileTime, Data: p.Time(Date(2024, 11, 5, 8, 0, 0))},
		{Name: "Signed", In: InUInt8, Out: OutSigned, Data: p.U8(0xFF)},
		{Name: "Unsigned", In: InInt8, Out: OutUnsigned, Data: p.U8(0xFF)},
		{Name: "Unknown", In: InUInt32, Out: 99, Data: p.U32(7)},
	}
}

// nested is arrays and structures.
func nested() Fields {
	p := Payload(nil)
	point := Fields{{Name: "X", In: InInt32, Data: p.U32(1)}, {Name: "Y", In: InInt32, Data: p.U32(2)}}
	return Fields{
		{Name: "FixedUInt16", In: InUInt16, Fixed: true, N: 3, Data: p.U16(1).U16(2).U16(3)},
		{Name: "CountedUInt32", In: InUInt32, Counted: true, N: 2, Data: p.U32(4).U32(5)},
		{Name: "CountedStrings", In: InUnicodeString, Counted: true, N: 2, Data: p.Text("a").Text("")},
		{Name: "CountedSIDs", In: InSID, Counted: true, N: 2, Data: p.SID("S-1-1-0").SID("S-1-5-18")},
		{Name: "CountedNone", In: InUInt64, Counted: true, Data: Payload{}},
		{Name: "FixedNone", In: InUInt64, Fixed: true, Data: Payload{}},
		{Name: "Struct", In: InStruct, Fields: point},
		{Name: "Outer", In: InStruct, Tags: 0x12345, Fields: Fields{
			{Name: "Inner", In: InStruct, Fields: point},
			{Name: "After", In: InUInt8, Data: p.U8(3)},
		}},
		{Name: "Points", In: InStruct, Counted: true, N: 2, Fields: point, Data: p.U32(10).U32(20).U32(11).U32(21)},
		{Name: "Pair", In: InStruct, Fixed: true, N: 2, Fields: point, Data: p.U32(30).U32(40).U32(31).U32(41)},
		{Name: "EmptyStruct", In: InStruct},
		{Name: "Custom", In: InBinary, Custom: true, N: 4, TypeInfo: []byte{9, 8, 7}, Data: Payload{1, 2, 3, 4}},
		{Name: "Tagged", In: InUInt8, Tags: 0x0FFFFFFF, Data: p.U8(4)},
		{Name: "TaggedHex", In: InUInt8, Out: OutHex, Tags: 1 << 27, Data: p.U8(5)},
		{Name: "", In: InUInt8, Data: p.U8(6)},
	}
}

var traceLogging = Fixture{
	Name: "tracelogging.etl",
	Contains: `TraceLogging events: fields of every in-type, fields with every out-type, arrays of given and of counted length,
structures, nested and in arrays, a custom array, tags of one to four bytes; an event without fields, some with tags, one of a
provider in a group, one without traits; then schemas that do not fit: a payload one byte short and one long, no payload, an
in-type that does not exist, a structure with more fields than there are, a schema cut in a name, one without a name.`,
	write: trace(Options{}, func(t *Trace) {
		const provider = "Qmparse.Fixture"
		t.Event(scalars().Event(unknownProvider, provider, "Scalars"))
		t.Event(shown().Event(unknownProvider, provider, "Shown"))
		t.Event(nested().Event(unknownProvider, provider, "Nested"))
		t.Event(Fields{}.Event(unknownProvider, provider, "NoFields"))

		one := Fields{{Name: "Number", In: InUInt32, Data: Payload(nil).U32(1)}}
		event := func(edit func(*Event)) {
			ev := one.Event(unknownProvider, provider, "One")
			edit(&ev)
			t.Event(ev)
		}
		for _, v := range []uint32{1 << 21, 1 << 14, 1 << 7, 1, 0x0FFFFFFF} {
			event(func(ev *Event) { ev.Items[1] = one.Schema("Tagged", v) })
		}
		group := guid("{4F50731A-89CF-4782-B3E0-DCE8C90476BA}")
		event(func(ev *Event) { ev.Items[0] = Traits(provider, group) })
		event(func(ev *Event) { ev.Items = ev.Items[1:] })
		event(func(ev *Event) { ev.Items[1] = one.Schema("Prüfung", 0) })
		event(func(ev *Event) {
			ev.Activity = model.GUID{15: 7}
			ev.Items = append(ev.Items, RelatedActivity(model.GUID{15: 8}))
		})

		event(func(ev *Event) { ev.Payload = short(ev.Payload) })
		event(func(ev *Event) { ev.Payload = long(ev.Payload) })
		event(func(ev *Event) { ev.Payload = nil })
		event(func(ev *Event) { ev.Items[1] = Fields{{Name: "What", In: 0x1F}}.Schema("UnknownType", 0) })
		event(func(ev *Event) {
			ev.Items[1].Data = Payload(nil).U16(12).U8(0).ANSI("Few").ANSI("S").U8(InStruct | more).U8(2)
		})
		event(func(ev *Event) { ev.Items[1].Data = Payload(nil).U16(9).U8(0).ANSI("Cut").Raw([]byte("Na")) })
		event(func(ev *Event) { ev.Items[1].Data = Payload(nil).U16(3).U8(0) })
		event(func(ev *Event) { ev.Items[1].Data = nil })
	}),
}
