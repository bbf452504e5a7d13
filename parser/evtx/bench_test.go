package evtx_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/evtx"
	"github.com/qmparse/qmparse/parser/internal/build/evtxbuild"
)

const benchSize = 8 << 20

// benchLog is a log as a busy machine's Security log is: connections allowed,
// logons, processes, now and then a Quick Mode failure.
var benchLog = sync.OnceValue(func() []byte { return securityLog(benchSize) })

func securityLog(size int) []byte {
	const system = "S-1-5-18"
	s, u32, d := evtxbuild.String, evtxbuild.UInt32, evtxbuild.D
	hex, pointer := evtxbuild.HexInt64, evtxbuild.Pointer
	event := func(id uint16, version uint8, task uint16, data ...evtxbuild.Data) evtxbuild.Event {
		return evtxbuild.Event{Provider: "Microsoft-Windows-Security-Auditing", ProviderGUID: "{54849625-5478-4994-A5BA-3E3B0328C30D}",
			EventID: id, Version: version, Task: task, Keywords: 0x8020000000000000, ProcessID: 716, ThreadID: 2104, Data: data}
	}
	kinds := []func(i int) evtxbuild.Event{
		func(i int) evtxbuild.Event { // a connection was allowed
			return event(5156, 1, 12810, d("ProcessID", evtxbuild.UInt64(uint64(1000+i%50))),
				d("Application", s(`\device\harddiskvolume3\windows\system32\svchost.exe`)), d("Direction", s("%%14593")),
				d("SourceAddress", s("192.0.2.10")), d("SourcePort", s(fmt.Sprint(49152+i%16000))),
				d("DestAddress", s(fmt.Sprintf("198.51.100.%d", i%250))), d("DestPort", s("443")), d("Protocol", u32(6)),
				d("FilterRTID", evtxbuild.UInt64(uint64(70000+i%900))), d("LayerName", s("%%14611")), d("LayerRTID", evtxbuild.UInt64(48)),
				d("RemoteUserID", evtxbuild.SID("S-1-0-0")), d("RemoteMachineID", evtxbuild.SID("S-1-0-0")))
		},
		func(i int) evtxbuild.Event { // a logon
			return event(4624, 2, 12544, d("SubjectUserSid", evtxbuild.SID(system)), d("SubjectUserName", s("QM-LAB-01$")),
				d("SubjectDomainName", s("EXAMPLE")), d("SubjectLogonId", hex(0x3e7)),
				d("TargetUserSid", evtxbuild.SID(fmt.Sprintf("S-1-5-21-1111111111-2222222222-3333333333-%d", 1100+i%40))),
				d("TargetUserName", s(fmt.Sprintf("user-%d", i%40))), d("TargetDomainName", s("EXAMPLE")), d("TargetLogonId", hex(uint64(0x50000+16*i))),
				d("LogonType", u32(3)), d("LogonProcessName", s("Kerberos")), d("AuthenticationPackageName", s("Kerberos")), d("WorkstationName", s("-")),
				d("LogonGuid", evtxbuild.GUID("{5ba2b3c4-0d1e-4f20-8132-435465768798}")), d("TransmittedServices", s("-")), d("LmPackageName", s("-")),
				d("KeyLength", u32(0)), d("ProcessId", pointer(0)), d("ProcessName", s("-")), d("IpAddress", s("198.51.100.20")), d("IpPort", s(fmt.Sprint(50000+i%9000))),
				d("ImpersonationLevel", s("%%1833")), d("RestrictedAdminMode", s("-")), d("TargetOutboundUserName", s("-")),
				d("TargetOutboundDomainName", s("-")), d("VirtualAccount", s("%%1843")), d("TargetLinkedLogonId", hex(0)), d("ElevatedToken", s("%%1842")))
		},
		func(i int) evtxbuild.Event { // a process
			return event(4688, 2, 13312, d("SubjectUserSid", evtxbuild.SID(system)), d("SubjectUserName", s("QM-LAB-01$")), d("SubjectDomainName", s("EXAMPLE")),
				d("SubjectLogonId", hex(0x3e7)), d("NewProcessId", pointer(uint64(0x1000+4*i))), d("NewProcessName", s(`C:\Windows\System32\backgroundTaskHost.exe`)),
				d("TokenElevationType", s("%%1936")), d("ProcessId", pointer(0x2cc)),
				d("CommandLine", s(`"C:\Windows\system32\backgroundTaskHost.exe" -ServerName:App.AppXmtcan0h2tfbfy7k9kn8hbxb6dmzz1zh0.mca`)),
				d("TargetUserSid", evtxbuild.SID("S-1-0-0")), d("TargetUserName", s("-")), d("TargetDomainName", s("-")), d("TargetLogonId", hex(0)),
				d("ParentProcessName", s(`C:\Windows\System32\services.exe`)), d("MandatoryLabel", evtxbuild.SID("S-1-16-16384")))
		},
	}
	failure := func(i int) evtxbuild.Event {
		ev := event(4654, 1, 12549, d("LocalAddress", s("192.0.2.10")), d("LocalAddressMask", s("255.255.255.255")), d("LocalPort", u32(0)),
			d("LocalTunnelEndpoint", s("-")), d("RemoteAddress", s("198.51.100.20")), d("RemoteAddressMask", s("255.255.255.255")), d("RemotePort", u32(0)),
			d("RemoteTunnelEndpoint", s("-")), d("Protocol", u32(0)), d("RemotePrivateAddress", s("-")), d("KeyModName", s("%%8222")),
			d("FailurePoint", s("%%8199")), d("FailureReason", s("Negotiation timed out")), d("Mode", s("%%8212")), d("State", s("%%8208")),
			d("Role", s("%%8205")), d("MessageID", u32(uint32(i))), d("QMFilterID", evtxbuild.UInt64(74201)), d("MMSAID", evtxbuild.UInt64(uint64(i))),
			d("TunnelId", evtxbuild.UInt64(0)), d("TrafficSelectorId", evtxbuild.UInt64(0)))
		ev.Keywords = 0x8010000000000000
		return ev
	}
	f := evtxbuild.New(evtxbuild.Options{Minor: 2, Channel: "Security"})
	const perChunk = 95 // about; a chunk is full before it ends
	for i := range perChunk * (size / chunkSize) {
		switch {
		case i%500 == 499:
			f.Event(failure(i))
		case i%4 == 3:
			f.Event(kinds[1+i/4%2](i))
		default:
			f.Event(kinds[0](i))
		}
	}
	return f.Bytes()
}

// Each benchmark does what the one before it does and something more, but that
// Pass is beside Records.
func BenchmarkChunks(b *testing.B)  { bench(b, decodeChunks) }
func BenchmarkRecords(b *testing.B) { bench(b, decodeRecords) }
func BenchmarkPass(b *testing.B)    { bench(b, decodePass) }
func BenchmarkSystem(b *testing.B)  { bench(b, decodeSystem) }
func BenchmarkData(b *testing.B)    { bench(b, decodeData) }
func BenchmarkUID(b *testing.B)     { bench(b, decodeUID) }

const (
	decodeChunks  = iota // read, checksums
	decodeRecords        // the walk from record to record
	decodePass           // the same, nothing wanted: each is stepped over
	decodeSystem         // System
	decodeData           // and the data as JSON
	decodeUID            // and the event's uid
)

func bench(b *testing.B, depth int) {
	run := func(name string, log []byte) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(log)))
			d := evtx.NewDecoder()
			if depth == decodePass {
				d.Want = &evtx.Want{Kind: func(*model.Event) bool { return false }}
			}
			var buf []byte
			records := 0
			for b.Loop() {
				records, buf = decodeLog(b, d, log, depth, buf)
			}
			if depth > decodeChunks && records == 0 {
				b.Error("no records")
			}
			b.ReportMetric(float64(records*b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
	run("made", benchLog())
	if files, _ := filepath.Glob(filepath.Join(sampleDir, "088__*.evtx")); len(files) == 1 {
		log, err := os.ReadFile(files[0])
		if err != nil {
			b.Fatal(err)
		}
		run("sample", log)
	}
}

var uids = model.NewUIDHasher()

func decodeLog(tb testing.TB, d *evtx.Decoder, log []byte, depth int, buf []byte) (records int, _ []byte) {
	r, err := evtx.NewReader(bytes.NewReader(log))
	if err != nil {
		tb.Fatal(err)
	}
	var ev model.Event
	for c, err := range r.Chunks() {
		if err != nil {
			tb.Fatal(err)
		}
		if err := c.Verify(); err != nil {
			tb.Fatal(err)
		}
		if depth == decodeChunks {
			r.Recycle(c)
			continue
		}
		d.Chunk(c)
		for rec, err := range d.Records() {
			if err != nil {
				tb.Fatal(err)
			}
			records++
			if depth >= decodePass {
				if err := d.System(&rec, &ev); err != nil {
					tb.Fatal(err)
				}
			}
			if depth >= decodeData {
				if buf, err = d.Data(buf[:0], &ev); err != nil {
					tb.Fatal(err)
				}
			}
			if depth >= decodeUID {
				ev.UID = uids.EventUID(&ev)
			}
		}
		for p := range d.Passed() {
			records += int(p.Records)
		}
		r.Recycle(c)
	}
	return records, buf
}

// The log of the benchmarks is of the size and has the records it should.
func TestBenchLog(t *testing.T) {
	size := benchSize
	if testing.Short() {
		size = 1 << 20
	}
	log := securityLog(size)
	records, _ := decodeLog(t, evtx.NewDecoder(), log, decodeUID, nil)
	if len(log) < size*9/10 || len(log) > size*12/10 || records < size/1000 {
		t.Errorf("%d bytes, %d records", len(log), records)
	}
}

// A decoder that has seen the templates and names of a log allocates nothing for
// an event: what is left is what goes with a chunk.
func TestDecodingAllocatesByTheChunk(t *testing.T) {
	log := securityLog(1 << 20)
	chunks := float64(len(log)-fileHeader) / chunkSize
	d := evtx.NewDecoder()
	records, buf := decodeLog(t, d, log, decodeUID, nil)
	n := testing.AllocsPerRun(5, func() { records, buf = decodeLog(t, d, log, decodeUID, buf) })
	if n > 8*chunks+20 {
		t.Errorf("%v allocations for %d records in %v chunks", n, records, chunks)
	}
}
