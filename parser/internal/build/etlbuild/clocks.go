package etlbuild

import "github.com/qmparse/qmparse/model"

// failure is a quick mode failure between two IPv4 hosts, edited.
func failure(at model.FILETIME, edit func(*NetEvent)) *NetEvent {
	n := &NetEvent{
		Timestamp: at, LocalAddress: sockaddr4("192.0.2.10", 500), RemoteAddress: sockaddr4("198.51.100.20", 500),
		AppId: `\device\harddiskvolume3\windows\system32\svchost.exe`, UserSID: "S-1-5-20",
		FailureErrorCode: 13868, FailurePoint: 1, KeyingModule: 2, QMState: 1, QMFilterId: 74201, MMSaLuid: 311,
		MMProviderContextKey: guid("{A9D7F2C4-1B3E-4D5F-8A6B-7C8D9E0F1A2B}"),
	}
	if edit != nil {
		edit(n)
	}
	return n
}

// wfpEvent is an event of Microsoft-Windows-WFP.
func wfpEvent(s Stamp, id uint16, version uint8, payload []byte) Event {
	or(&s.Process, 1348)
	or(&s.Thread, 5120)
	return Event{
		Stamp: s, Provider: WFP, ID: id, Version: version, Channel: 16, Level: 4, Keywords: 1 << 63,
		Items: []Item{UserSID("S-1-5-19")}, Payload: payload,
	}
}

// clocked adds failures at some seconds after the start, whose Timestamp is the
// time that the record has by the clock.
func clocked(t *Trace, seconds ...int64) {
	for _, s := range seconds {
		at := t.opt.Start + model.FILETIME(s*10_000_000)
		ticks := t.opt.ticks(at)
		t.Event(wfpEvent(Stamp{Ticks: ticks}, 1007, 1, failure(t.opt.time(ticks), nil).Payload(1)))
	}
}

// afterHours fills a trace of two processors: time goes back where the buffers
// of the second begin, one event is before the trace's start, one after its end.
func afterHours(t *Trace) {
	t.Buffer(Buffer{Processor: 1})
	clocked(t, 1, 2, 7, 3600)
	t.Buffer(Buffer{Flags: FlagFlushMarker})
	clocked(t, -1, 0, 3, 86_400, 86_401)
	t.Buffer(Buffer{Processor: 1, Flags: FlagFlushMarker})
	clocked(t, 3601, 2_000_000_000)
}

var clockQPC = Fixture{
	Name: "qpc.etl",
	Contains: `The performance counter at 3,579,545 ticks a second as clock; events of two processors, so that time goes back
between buffers; one event before StartTime, some after EndTime, one 63 years later. All are event 1007 version 1, and the
Timestamp in their payload is the time that the record has by the clock, to the full 100 ns before.`,
	write: trace(Options{PerfFreq: 3_579_545, StartTicks: 35_795_450_123, End: Date(2024, 11, 6, 8, 0, 0)}, func(t *Trace) {
		afterHours(t)
		t.Buffer(Buffer{Flags: FlagFlushMarker})
		for i := range uint64(4) { // ticks that fall between two units of 100 ns
			ticks := t.opt.StartTicks + 1 + i*1_000_003
			t.Event(wfpEvent(Stamp{Ticks: ticks}, 1007, 1, failure(t.opt.time(ticks), nil).Payload(1)))
		}
	}),
}

var clockSystem = Fixture{
	Name:     "systemtime.etl",
	Contains: `The same with the system time as clock: records have a FILETIME.`,
	write:    trace(Options{Clock: SystemTime, End: Date(2024, 11, 6, 8, 0, 0), Session: "WFP-IKE Diagnostics"}, afterHours),
}

var clockCPU = Fixture{
	Name:     "cpu.etl",
	Contains: `The same with the processor's cycles as clock, 2,893 MHz.`,
	write:    trace(Options{Clock: CPU, MHz: 2893, StartTicks: 77_777_777_777, End: Date(2024, 11, 6, 8, 0, 0)}, afterHours),
}

var x86 = Fixture{
	Name: "x86.etl",
	Contains: `A trace of a 32-bit Windows 7: pointers of 4 bytes in the trace header, headers of the 32-bit types. Event 1007
version 0, a FULL, a PERFINFO and a COMPACT record.`,
	write: trace(Options{PointerSize: 4, Build: 7601, Processors: 1, PerfFreq: 14_318_180, File: `C:\traces\x86.etl`}, func(t *Trace) {
		for i := range uint32(5) {
			t.Event(wfpEvent(Stamp{}, 1007, 0, failure(t.now, func(n *NetEvent) { n.QMFilterId += uint64(i) }).Payload(0)))
		}
		t.Record(Full{Opcode: 10, Level: 4, Version: 1, Class: unknownProvider, Payload: Payload(nil).Text("full")})
		t.Record(PerfInfo{Hook: 0x0F24, Payload: Payload(nil).U32(0x80001234)})
		t.Record(Compact{Hook: 0x0524, Payload: make([]byte, 24)})
	}),
}
