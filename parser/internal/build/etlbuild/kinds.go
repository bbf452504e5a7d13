package etlbuild

import "github.com/qmparse/qmparse/model"

// everyItem is an item of every known type, and one of none.
func everyItem() []Item {
	activity := guid("{6F1D2C3B-4A59-4E68-8776-95A4B3C2D1E0}")
	u64 := func(typ uint16, v uint64) Item { return Item{typ, Payload(nil).U64(v)} }
	return []Item{
		RelatedActivity(activity),
		UserSID("S-1-5-21-1111111111-2222222222-3333333333-1104"),
		{ItemSession, Payload(nil).U32(2)},
		{ItemInstance, Payload(nil).U32(7).U32(8).GUID(activity)},
		Stack32(0, 0x77001000, 0x77002000, 0x401000),
		Stack64(99, 0xFFFFF80000001000, 0x7FF6_0000_2000),
		u64(ItemPEBSIndex, 3),
		{ItemCounters, Payload(nil).U64(10).U64(20)},
		u64(ItemPSMKey, 4),
		u64(ItemEventKey, 5),
		Fields{{Name: "N", In: InUInt8}}.Schema("Every", 0),
		Traits("Qmparse.Fixture", activity),
		u64(ItemProcessStartKey, 6),
		{ItemControlGUID, Payload(nil).GUID(activity)},
		u64(ItemQPCDelta, 7),
		{ItemContainer, Payload(nil).GUID(activity)},
		u64(ItemStackKey32, 8),
		u64(ItemStackKey64, 9),
		{4242, []byte("unknown")},
		{4243, nil},
	}
}

var kinds = Fixture{
	Name: "kinds.etl",
	Contains: `Every type of record, of 32 and of 64 bits, with a payload and without: SYSTEM, COMPACT, FULL, INSTANCE, ERROR,
PERFINFO, EVENT_HEADER; WPP messages with each of their parts, with none and with several; events of an unknown provider with
payloads of 0 to 9 bytes, so with all paddings, which are filled with A5; an event with every known extended item and two
unknown ones, and events with one of them each; an event with the largest value in most fields of its header; a buffer whose
processor is in 8 bits; last, a record of a type that does not exist.`,
	write: trace(Options{
		Padding: 0xA5,
		First:   []Record{PerfInfo{Hook: 0x42, Payload: Payload(nil).ANSI("22621.1.amd64fre.ni_release.220506-1250")}},
	}, func(t *Trace) {
		class, parent := guid("{68FDD900-4A3E-11D1-84F4-0000F80464E3}"), guid("{3D6FA8D0-FE05-11D0-9DDA-00C04FD7BA7C}")
		who := Stamp{Process: 4, Thread: 8}
		for _, bits := range []int{64, 32} {
			who.Bits = bits
			for _, p := range []Payload{nil, Payload(nil).Text("payload")} {
				t.Record(System{Stamp: who, Hook: 0x0301, KernelTime: 1, UserTime: 2, Payload: p})
				t.Record(Compact{Stamp: who, Hook: 0x0524, Payload: p})
				t.Record(PerfInfo{Stamp: who, Hook: 0x0F24, Payload: p})
				full := Full{Stamp: who, Opcode: 10, Level: 4, Version: 2, Class: class, KernelTime: 3, UserTime: 4, Payload: p}
				t.Record(full)
				t.Record(Instance{Full: full, Instance: 21, ParentInstance: 20, ParentClass: parent})
				t.Record(Event{Stamp: who, Provider: unknownProvider, ID: 1, Payload: p})
			}
		}
		t.Record(ErrorRecord{Payload: make([]byte, 92)})

		t.Buffer(Buffer{Processor: 3, Edit: func(h *BufferHeader) {
			h.Flags &^= FlagProcessorIndex
			h.Processor = 8<<8 | 3 // alignment, processor
			h.Leftover = 0xFFFF9987DA1D7020
		}})
		message := Message{Number: 17, Sequence: 5, Component: 6, GUID: guid("{106B464A-8043-46B1-8CB8-E92A0CD7A560}")}
		message.Process, message.Thread = 1348, 5120
		for _, options := range []uint16{
			0, MessageSequence, MessageGUID, MessageComponent, MessageTimestamp, MessageSystemInfo,
			MessageGUID | MessageTimestamp | MessageSystemInfo,
			MessageSequence | MessageGUID | MessageTimestamp | MessagePerfTime | MessageSystemInfo,
		} {
			message.Options = options
			message.Payload = Payload(nil).U32(13868)
			t.Record(message)
		}

		t.Buffer(Buffer{Processor: 0x7FF})
		for n := range 10 {
			t.Event(Event{Provider: unknownProvider, ID: uint16(n), Payload: make([]byte, n)})
		}
		t.Event(Event{
			Stamp: Stamp{Process: 1 << 31, Thread: 1<<32 - 1}, Flags: 0x0010, Property: 0x0008, Provider: unknownProvider, ID: 0xFFFF,
			Version: 0xFF, Channel: 0xFF, Level: 0xFF, Opcode: 0xFF, Task: 0xFFFF, Keywords: 1<<64 - 1, ProcessorTime: 1<<63 + 1,
			Activity: model.GUID{15: 1},
		})
		t.Event(Event{Provider: unknownProvider, ID: 100, Items: everyItem(), Payload: Payload(nil).U8(1)})
		for i, item := range everyItem() {
			t.Event(Event{Provider: unknownProvider, ID: uint16(101 + i), Items: []Item{item}, Payload: Payload(nil).U8(1)})
		}
		t.Record(Raw("\x10\x00\x77\xC0ABCDEFGHIJKL"))
	}),
}
