package etlbuild

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/qmparse/qmparse/model"
)

// unhex is bytes from text, in which what follows "#" in a line is a comment.
func unhex(t *testing.T, s string) []byte {
	t.Helper()
	var digits strings.Builder
	for line := range strings.Lines(s) {
		line, _, _ = strings.Cut(line, "#")
		digits.WriteString(strings.Join(strings.Fields(line), ""))
	}
	b, err := hex.DecodeString(digits.String())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// same compares with bytes put together by hand.
func same(t *testing.T, what string, got []byte, want string) {
	t.Helper()
	if w := unhex(t, want); !bytes.Equal(got, w) {
		t.Errorf("%s:\ngot  %x\nwant %x", what, got, w)
	}
}

func TestBufferHeader(t *testing.T) {
	h := BufferHeader{
		BufferSize: 0x1000, SavedOffset: 0xA60, CurrentOffset: 0x1A60, ReferenceCount: 1, TimeStamp: 0x1C4C5AA75AB, SequenceNumber: 9,
		Leftover: 0xFFFF9987DA1D7020, Processor: 3, Logger: 24, State: 5, Filled: 0xA58, Flags: FlagProcessorIndex | FlagFlushMarker,
		Type: TypeHeader, Tail: [16]byte{0: 0x38, 15: 0xFF},
	}
	same(t, "buffer header", h.encode(), `
		00100000 600a0000 601a0000 01000000 # sizes, reference count
		ab75aac5c4010000 0900000000000000   # time stamp, sequence number
		20701dda8799ffff                    # leftover
		0300 1800 05000000                  # processor, logger, state
		580a0000 2100 0400                  # filled, flags, type
		380000000000000000000000000000ff`)
}

// TestLogfileHeader looks for each field at the offset that the 64-bit and the
// 32-bit form give it.
func TestLogfileHeader(t *testing.T) {
	h := LogfileHeader{
		BufferSize: 0x11, Version: 0x12, Build: 0x13, Processors: 0x14, EndTime: 0x15, TimerResolution: 0x16, MaximumFileSize: 0x17,
		Mode: 0x18, BuffersWritten: 0x19, StartBuffers: 0x1A, PointerSize: 0x1B, EventsLost: 0x1C, MHz: 0x1D, LoggerName: 0x1E,
		LogFileName: 0x1F, TimeZone: TimeZone(-60, "S", [8]uint16{1: 10}, "D", [8]uint16{1: 3}, -61), BootTime: 0x20, PerfFreq: 0x21,
		StartTime: 0x22, Clock: 0x23, BuffersLost: 0x24, Session: "ab", File: "c",
	}
	type field struct {
		at, size int
		value    uint64
	}
	minus60, minus61 := uint64(0xFFFFFFC4), uint64(0xFFFFFFC3)
	for pointer, fields := range map[int][]field{
		8: {
			{0x00, 4, 0x11}, {0x04, 4, 0x12}, {0x08, 4, 0x13}, {0x0C, 4, 0x14}, {0x10, 8, 0x15}, {0x18, 4, 0x16}, {0x1C, 4, 0x17},
			{0x20, 4, 0x18}, {0x24, 4, 0x19}, {0x28, 4, 0x1A}, {0x2C, 4, 0x1B}, {0x30, 4, 0x1C}, {0x34, 4, 0x1D}, {0x38, 8, 0x1E},
			{0x40, 8, 0x1F}, {0x48, 4, minus60}, {0x4C, 4, 'S'}, {0x8C + 2, 2, 10}, {0xA0, 4, 'D'}, {0xE0 + 2, 2, 3}, {0xF0, 4, minus61},
			{0xF4, 4, 0}, {0xF8, 8, 0x20}, {0x100, 8, 0x21}, {0x108, 8, 0x22}, {0x110, 4, 0x23}, {0x114, 4, 0x24},
			{0x118, 8, 'a' | 'b'<<16}, {0x11E, 4, 'c'},
		},
		4: {
			{0x2C, 4, 0x1B}, {0x38, 4, 0x1E}, {0x3C, 4, 0x1F}, {0x40, 4, minus60}, {0x44, 4, 'S'}, {0x98, 4, 'D'}, {0xE8, 4, minus61},
			{0xEC, 4, 0}, {0xF0, 8, 0x20}, {0xF8, 8, 0x21}, {0x100, 8, 0x22}, {0x108, 4, 0x23}, {0x10C, 4, 0x24},
			{0x110, 4, 'a' | 'b'<<16}, {0x114, 2, 0}, {0x116, 4, 'c'},
		},
	} {
		b := h.encode(pointer)
		for _, f := range fields {
			var v uint64
			for i := f.size - 1; i >= 0; i-- {
				v = v<<8 | uint64(b[f.at+i])
			}
			if f.at == 0x118 && pointer == 8 {
				v &= 1<<48 - 1
			}
			if v != f.value {
				t.Errorf("pointers of %d: %#x at %#x, want %#x", pointer, v, f.at, f.value)
			}
		}
		if want := map[int]int{8: 0x118, 4: 0x110}[pointer] + 10; len(b) != want {
			t.Errorf("pointers of %d: %d bytes, want %d", pointer, len(b), want)
		}
	}
}

func TestRecords(t *testing.T) {
	class := guid("{00112233-4455-6677-8899-AABBCCDDEEFF}")
	const classBytes = "33221100 5544 7766 8899 aabbccddeeff"
	who := Stamp{Process: 0x0A, Thread: 0x0B, Ticks: 0x0102030405060708}
	const whoBytes = "0b000000 0a000000 0807060504030201"
	full := Full{Opcode: 1, Level: 2, Version: 3, Class: class, KernelTime: 4, UserTime: 5, Payload: []byte{0xEE}}
	message := Message{Number: 0x11, Sequence: 0x22, Component: 0x33, GUID: class, Payload: []byte{0xEE}}
	options := func(o uint16) Message {
		m := message
		m.Options = o
		return m
	}
	for _, c := range []struct {
		record     Record
		of64, of32 string
	}{
		{System{Hook: 0x0301, KernelTime: 4, UserTime: 5, Payload: []byte{0xEE}},
			"0200 02c0 2100 0103" + whoBytes + "04000000 05000000 ee", "0200 01c0 2100 0103" + whoBytes + "04000000 05000000 ee"},
		{Compact{Hook: 0x0524, Payload: []byte{0xEE}}, "0200 04c0 1900 2405" + whoBytes + "ee", "0200 03c0 1900 2405" + whoBytes + "ee"},
		{PerfInfo{Hook: 0x0F24, Payload: []byte{0xEE}}, "0200 11c0 1100 240f 0807060504030201 ee", "0200 10c0 1100 240f 0807060504030201 ee"},
		{full, "3100 14c0 01 02 0300" + whoBytes + classBytes + "04000000 05000000 ee", "3100 0ac0 01 02 0300" + whoBytes + classBytes + "04000000 05000000 ee"},
		{Instance{Full: full, Instance: 6, ParentInstance: 7, ParentClass: class},
			"4900 15c0 01 02 0300" + whoBytes + classBytes + "04000000 05000000 06000000 07000000" + classBytes + "ee",
			"4900 0bc0 01 02 0300" + whoBytes + classBytes + "04000000 05000000 06000000 07000000" + classBytes + "ee"},
		{ErrorRecord{Payload: []byte{0xEE}}, "0500 0dc0 ee", "0500 0dc0 ee"},
		{options(0), "0900 00 90 1100 0000 ee", "0900 00 90 1100 0000 ee"},
		{options(0x2B), "2d00 00 90 1100 2b00 22000000" + classBytes + "0807060504030201 0b000000 0a000000 ee",
			"2d00 00 90 1100 2b00 22000000" + classBytes + "0807060504030201 0b000000 0a000000 ee"},
		{options(0x04), "0d00 00 90 1100 0400 33000000 ee", "0d00 00 90 1100 0400 33000000 ee"},
		{Event{Property: 8, Provider: class, ID: 1007, Version: 1, Channel: 16, Level: 4, Opcode: 5, Task: 6, Keywords: 1 << 63, ProcessorTime: 7,
			Activity: class, Items: []Item{UserSID("S-1-5-19"), RelatedActivity(class)}, Payload: []byte{0xEE}},
			eventBytes("13", whoBytes, classBytes), eventBytes("12", whoBytes, classBytes)},
		{Raw{1, 2, 3}, "010203", "010203"},
	} {
		s := who
		s.Bits = 64
		same(t, "64 bits", c.record.encode(&s), c.of64)
		s.Bits = 32
		same(t, "32 bits", c.record.encode(&s), c.of32)
	}
}

func eventBytes(typ, who, class string) string {
	return "8100" + typ + "c0 0100 0800" + who + class + "ef03 01 10 04 05 0600 0000000000000080 0700000000000000" + class +
		"1800 0200 0100 0c00 010100000000000513000000 00000000" + // SID, another follows
		"1800 0100 0000 1000" + class + "ee"
}

// TestPadding has records of 1 to 8 bytes more than a multiple of 8 in a buffer,
// and looks at what is between them and behind them.
func TestPadding(t *testing.T) {
	tr := New(Options{Padding: 0xA5, BufferSize: 1024})
	for n := range 8 {
		tr.Record(Raw(bytes.Repeat([]byte{1}, 9+n)))
	}
	im := tr.Image()
	b := im.Bytes[im.Buffers[1].Offset:]
	for n := range 8 {
		r := b[bufferHeaderSize+16*n:][:16]
		if want := append(bytes.Repeat([]byte{1}, 9+n), bytes.Repeat([]byte{0xA5}, 7-n)...); !bytes.Equal(r, want) {
			t.Errorf("%x, want %x", r, want)
		}
	}
	if filled := binary.LittleEndian.Uint32(b[0x30:]); filled != bufferHeaderSize+8*16 {
		t.Errorf("filled %d", filled)
	}
	if tail := b[bufferHeaderSize+8*16:]; len(tail) != 1024-bufferHeaderSize-8*16 || bytes.ContainsFunc(tail, func(r rune) bool { return r != 0xFFFD }) {
		t.Errorf("behind the records: %x", tail)
	}
}

// TestTooLarge has a record that fits exactly and one that does not.
func TestTooLarge(t *testing.T) {
	tr := New(Options{BufferSize: 1024})
	tr.Record(Raw(make([]byte, 1024-bufferHeaderSize)))
	tr.Record(Raw(make([]byte, 8)))
	if im := tr.Image(); im == nil || len(im.Buffers) != 3 || tr.Err() != nil {
		t.Fatalf("a record of the size of a buffer: %v", tr.Err())
	}
	tr.Record(Raw(make([]byte, 1025-bufferHeaderSize)))
	if tr.Err() == nil || tr.Bytes() != nil {
		t.Error("a record larger than a buffer is no error")
	}
	if tr := New(Options{FirstBufferSize: 512, Session: strings.Repeat("x", 200)}); tr.Bytes() != nil || tr.Err() == nil {
		t.Error("a header larger than its buffer is no error")
	}
}

func TestPayload(t *testing.T) {
	p := Payload(nil).U8(1).U16(2).U32(3).U64(4).F32(1).F64(1).Bool(true).Bool(false)
	same(t, "numbers", p, "01 0200 03000000 0400000000000000 0000803f 000000000000f03f 01000000 00000000")
	p = Payload(nil).Text("aü\U0001F511").ANSI("b").Counted16([]byte{9}).Counted32([]byte{8, 7})
	same(t, "text and bytes", p, "6100 fc00 3dd8 11dd 0000 62 00 0100 09 02000000 0807")
	p = Payload(nil).SID("S-1-5-21-1-2-4294967295").SID("S-1-0x123456789abc").SID("no SID")
	same(t, "SIDs", p, "0104 000000000005 15000000 01000000 02000000 ffffffff 0100 123456789abc")
	p = Payload(nil).Time(model.FILETIME(1 << 56)).GUID(guid("{00112233-4455-6677-8899-AABBCCDDEEFF}")).SystemTime([8]uint16{2024, 11, 2, 5, 8, 9, 10, 250})
	same(t, "times and GUID", p, "0000000000000001 33221100554477668899aabbccddeeff e807 0b00 0200 0500 0800 0900 0a00 fa00")
}

// TestNetEventByHand has the bytes of 1007 from the manifest's list of fields.
func TestNetEventByHand(t *testing.T) {
	n := NetEvent{
		Timestamp: 1, LocalAddress: sockaddr4("192.0.2.10", 500), RemoteAddress: sockaddr6("2001:db8::20", 4500, 12), ScopeId: 2, AppId: "a",
		UserSID: "S-1-5-20", FailureErrorCode: 13868, FailurePoint: 3, KeyingModule: 4, QMState: 5, SaRole: 6, SaTrafficType: 7, QMFilterId: 8,
		MMSaLuid: 9, MMProviderContextKey: guid("{00112233-4455-6677-8899-AABBCCDDEEFF}"),
	}
	const v0 = `
		0100000000000000                                                        # Timestamp
		10000000 0200 01f4 c000020a 0000000000000000                            # LocalAddressLength, LocalAddress
		1c000000 1700 1194 00000000 20010db8000000000000000000000020 0c000000   # RemoteAddressLength, RemoteAddress
		02000000 6100 0000                                                      # ScopeId, AppId
		0101 000000000005 14000000                                              # UserSID
		2c360000 03000000 04000000 05000000 06000000 07000000                   # codes
		0800000000000000                                                        # QMFilterId`
	same(t, "version 0", n.Payload(0), v0)
	same(t, "version 1", n.Payload(1), v0+"\n0900000000000000 33221100554477668899aabbccddeeff")
}

func TestTraits(t *testing.T) {
	same(t, "a provider", Traits("Ab", model.GUID{}).Data, "0500 416200")
	same(t, "in a group", Traits("Ab", guid("{00112233-4455-6677-8899-AABBCCDDEEFF}")).Data, "1800 416200 1300 01 33221100554477668899aabbccddeeff")
	same(t, "a stack", Stack64(1, 2).Data, "0100000000000000 0200000000000000")
	same(t, "a stack of 32 bits", Stack32(1, 2, 3).Data, "0100000000000000 02000000 03000000")
}

func TestSchema(t *testing.T) {
	point := Fields{{Name: "X", In: InUInt8, Data: Payload{1}}, {Name: "Y", In: InUInt8, Out: OutHex, Data: Payload{2}}}
	for _, c := range []struct {
		name    string
		tags    uint32
		fields  Fields
		schema  string
		payload string
	}{
		{"E", 0, nil, "0500 00 4500", ""},
		{"E", 1 << 21, nil, "0500 01 4500", ""},
		{"E", 1<<21 | 1<<14, nil, "0600 81 01 4500", ""},
		{"E", 1, nil, "0800 80 80 80 01 4500", ""},
		{"E", 0, point, "0c00 00 4500 5800 04 5900 84 04", "01 02"},
		{"E", 0, Fields{{Name: "S", In: InStruct, Fields: point}}, "1000 00 4500 5300 98 02 5800 04 5900 84 04", "01 02"},
		{"E", 0, Fields{{Name: "S", In: InStruct, Tags: 3 << 21, Fields: point[:1]}}, "0d00 00 4500 5300 98 81 03 5800 04", "01"},
		{"E", 0, Fields{{Name: "C", In: InUInt16, Out: OutString, Counted: true, N: 2, Data: Payload{1, 2, 3, 4}}}, "0900 00 4500 4300 c6 02", "0200 01020304"},
		{"E", 0, Fields{{Name: "F", In: InUInt8, Fixed: true, N: 2, Data: Payload{1, 2}}}, "0a00 00 4500 4600 24 0200", "0102"},
		{"E", 0, Fields{{Name: "U", In: InBinary, Custom: true, N: 1, TypeInfo: []byte{9, 8}, Data: Payload{7}}}, "0c00 00 4500 5500 6e 0200 0908", "0100 07"},
		{"E", 0, Fields{{Name: "T", In: InUInt8, Tags: 1 << 21, Data: Payload{1}}}, "0a00 00 4500 5400 84 80 01", "01"},
	} {
		item := c.fields.Schema(c.name, c.tags)
		if item.Type != 11 {
			t.Errorf("type %d", item.Type)
		}
		same(t, "schema", item.Data, c.schema)
		same(t, "payload", c.fields.Payload(), c.payload)
	}
}

// TestClocks has times by hand: a second is PerfFreq ticks, or MHz million.
func TestClocks(t *testing.T) {
	start := Date(2024, 11, 5, 8, 0, 0)
	if start != 133752672000000000 {
		t.Fatalf("2024-11-05T08:00:00Z is %d", start)
	}
	for _, c := range []struct {
		opt   Options
		at    model.FILETIME
		ticks uint64
	}{
		{Options{PerfFreq: 3_579_545, StartTicks: 100}, start, 100},
		{Options{PerfFreq: 3_579_545, StartTicks: 100}, start + 10_000_000, 3_579_645},
		{Options{PerfFreq: 3_579_545, StartTicks: 4_000_000}, start - 10_000_000, 420_455},
		{Options{Clock: SystemTime}, start + 1, 133752672000000001},
		{Options{Clock: CPU, MHz: 2893, StartTicks: 7}, start + 10_000_000, 2_893_000_007},
	} {
		opt := c.opt.withDefaults()
		if got := opt.ticks(c.at); got != c.ticks {
			t.Errorf("clock %d: %d ticks, want %d", opt.Clock, got, c.ticks)
		}
		if got := opt.time(c.ticks); got != c.at {
			t.Errorf("clock %d: time %d, want %d", opt.Clock, got, c.at)
		}
	}
	// 1,000,003 of 3,579,545 ticks a second are 2,793,659.58… units of 100 ns.
	if got := (&Options{Clock: QPC, PerfFreq: 3_579_545}).time(1_000_003); got != 2_793_659 {
		t.Errorf("%d units of 100 ns", got)
	}
}
