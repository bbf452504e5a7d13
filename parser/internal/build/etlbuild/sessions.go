package etlbuild

import "github.com/qmparse/qmparse/model"

// unknownProvider is a provider that nobody has a manifest of.
var unknownProvider = guid("{5D3A9C1E-7B24-4F60-9E81-2C4D6F8A0B13}")

// Bits of Options.Mode.
const (
	modeSequential = 0x0000_0001
	modeCircular   = 0x0000_0002
	modeRealTime   = 0x0000_0100
	modeCompressed = 0x0400_0000
)

var compressed = Fixture{
	Name: "compressed.etl",
	Contains: `A relogged trace: the first buffer is smaller than the header says, the others are compressed and so begin
anywhere. Events of three providers: 1007, TraceLogging, and an unknown one with payloads that compress to long matches, and
one that does not compress at all. The last buffer is not compressed.`,
	write: trace(Options{
		BufferSize: 16384, FirstBufferSize: 1024, Compressed: true, Session: "Relogger", File: "[multiple files]", Mode: modeSequential | modeCompressed,
	}, func(t *Trace) {
		for i := range 48 {
			t.Event(wfpEvent(Stamp{}, 1007, 1, failure(t.now, func(n *NetEvent) { n.QMFilterId += uint64(i) }).Payload(1)))
			t.Event(Fields{
				{Name: "Text", In: InUnicodeString, Data: Payload(nil).Text("compressed")},
				{Name: "Number", In: InUInt32, Data: Payload(nil).U32(uint32(i))},
			}.Event(unknownProvider, "Qmparse.Fixture", "Compressed"))
		}
		t.Buffer(Buffer{Processor: 1, Compressed: true})
		for _, n := range []int{1, 9, 10, 24, 25, 279, 280, 281, 4000} {
			t.Event(Event{Provider: unknownProvider, ID: uint16(n), Payload: make([]byte, n)})
		}
		t.Buffer(Buffer{Compressed: true})
		t.Event(Event{Provider: unknownProvider, ID: 1, Payload: noise(600)})
		t.Buffer(Buffer{Size: 2048, Flags: FlagFlushMarker})
		t.Event(wfpEvent(Stamp{}, 1007, 1, failure(t.now, nil).Payload(1)))
	}),
}

// noise is bytes that do not compress.
func noise(n int) (b []byte) {
	state := uint32(0x2545F491)
	for range n {
		state ^= state << 13
		state ^= state >> 17
		state ^= state << 5
		b = append(b, byte(state))
	}
	return b
}

// numbered adds a buffer of three failures whose times follow from its sequence
// number.
func numbered(t *Trace, b Buffer, sequence int64) {
	b.Sequence = new(sequence)
	t.Buffer(b)
	for i := range int64(3) {
		at := t.opt.Start + model.FILETIME((sequence*60+i)*10_000_000)
		n := failure(at, func(n *NetEvent) { n.QMFilterId = uint64(sequence*10 + i) })
		t.Event(wfpEvent(Stamp{Time: at}, 1007, 1, n.Payload(1)))
	}
}

var circular = Fixture{
	Name: "circular.etl",
	Contains: `A circular trace that has wrapped and is still being written: the buffers have the sequence numbers 9 to 12, then 5
to 8. EndTime is 0 and BuffersWritten 3, though nine are there. QMFilterId in the payloads of event 1007 is ten times the
sequence number and the place in the buffer.`,
	write: trace(Options{Live: true, BuffersWritten: new(uint32(3)), Mode: modeCircular, BufferSize: 2048, Session: "WFP-IPsec Diagnostics"}, func(t *Trace) {
		for _, sequence := range []int64{9, 10, 11, 12, 5, 6, 7, 8} {
			numbered(t, Buffer{}, sequence)
		}
	}),
}

var lost = Fixture{
	Name: "lost.etl",
	Contains: `Losses: the header counts 17 events and 3 buffers, one buffer has the flag for lost events, one that for a lost
buffer, one both. Sequence number 4 is missing.`,
	write: trace(Options{EventsLost: 17, BuffersLost: 3, BufferSize: 2048}, func(t *Trace) {
		numbered(t, Buffer{}, 1)
		numbered(t, Buffer{Flags: FlagEventsLost}, 2)
		numbered(t, Buffer{Flags: FlagBufferLost}, 3)
		numbered(t, Buffer{Flags: FlagEventsLost | FlagBufferLost | FlagFlushMarker}, 5)
	}),
}

var rtBackup = Fixture{
	Name: "rtbackup.etl",
	Contains: `The backup of a real-time session, as it lies in LogFiles\WMI\RtBackup: live, system time, each buffer with the flag
of a backup, one also with that of a corrupt one.`,
	write: trace(Options{
		Live: true, Clock: SystemTime, Mode: modeRealTime, BuffersWritten: new(uint32(1)), BufferSize: 2048,
		Session: "WFP-IPsec Diagnostics", File: `C:\Windows\System32\LogFiles\WMI\RtBackup\EtwRTWFP-IPsec Diagnostics.etl`,
		EditBuffer: func(h *BufferHeader) { h.Flags |= FlagRTBackup },
	}, func(t *Trace) {
		numbered(t, Buffer{Flags: FlagRTBackup}, 1)
		numbered(t, Buffer{Flags: FlagRTBackup | FlagRTBackupCorrupt}, 2)
		numbered(t, Buffer{Flags: FlagRTBackup}, 3)
	}),
}
