package binxml_test

import (
	"fmt"
	"testing"

	"github.com/qmparse/qmparse/parser/binxml"
	"github.com/qmparse/qmparse/parser/internal/build/evtxbuild"
)

// ordinary is one chunk of what a Security log is full of: logons and processes,
// each with the templates and the kinds of values that Windows gives them.
func ordinary(t testing.TB) (chunk []byte, at int64, places []body, size int64) {
	t.Helper()
	f := evtxbuild.New(evtxbuild.Options{Minor: 2, Channel: "Security"})
	d := evtxbuild.D
	for i := range 60 {
		ev := evtxbuild.Event{
			Provider: "Microsoft-Windows-Security-Auditing", ProviderGUID: "{54849625-5478-4994-a5ba-3e3b0328c30d}",
			Keywords: 0x8020000000000000, ProcessID: 716, ThreadID: uint32(3000 + i%4),
			ActivityID: "{2d1c7e90-44b5-4f6a-9c3d-0a1b2c3d4e5f}",
		}
		if i%2 == 0 {
			ev.EventID, ev.Version, ev.Task = 4624, 2, 12544
			ev.Data = []evtxbuild.Data{
				d("SubjectUserSid", evtxbuild.SID("S-1-5-18")), d("SubjectUserName", evtxbuild.StringNUL("QM-LAB-01$")),
				d("SubjectDomainName", evtxbuild.StringNUL("EXAMPLE")), d("SubjectLogonId", evtxbuild.HexInt64(0x3e7)),
				d("TargetUserSid", evtxbuild.SID("S-1-5-21-1111111111-2222222222-3333333333-1104")), d("TargetUserName", evtxbuild.StringNUL("alice")),
				d("TargetDomainName", evtxbuild.StringNUL("EXAMPLE")), d("TargetLogonId", evtxbuild.HexInt64(0x5a1f00+uint64(i))),
				d("LogonType", evtxbuild.UInt32(3)), d("LogonProcessName", evtxbuild.StringNUL("Kerberos")),
				d("AuthenticationPackageName", evtxbuild.StringNUL("Kerberos")), d("WorkstationName", evtxbuild.StringNUL("-")),
				d("LogonGuid", evtxbuild.GUID("{14147ed4-ea5c-3e84-6276-ee296e6357b4}")), d("TransmittedServices", evtxbuild.StringNUL("-")),
				d("KeyLength", evtxbuild.UInt32(0)), d("ProcessId", evtxbuild.Pointer(0)), d("ProcessName", evtxbuild.StringNUL("-")),
				d("IpAddress", evtxbuild.StringNUL("192.0.2.10")), d("IpPort", evtxbuild.StringNUL(fmt.Sprint(49152+i))),
			}
		} else {
			ev.EventID, ev.Version, ev.Task = 4688, 2, 13312
			ev.Data = []evtxbuild.Data{
				d("SubjectUserSid", evtxbuild.SID("S-1-5-18")), d("SubjectUserName", evtxbuild.StringNUL("QM-LAB-01$")),
				d("SubjectDomainName", evtxbuild.StringNUL("EXAMPLE")), d("SubjectLogonId", evtxbuild.HexInt64(0x3e7)),
				d("NewProcessId", evtxbuild.Pointer(0x1f40+uint64(i))), d("NewProcessName", evtxbuild.StringNUL(`C:\Windows\System32\svchost.exe`)),
				d("TokenElevationType", evtxbuild.StringNUL("%%1936")), d("ProcessId", evtxbuild.Pointer(0x2cc)),
				d("CommandLine", evtxbuild.StringNUL(`C:\Windows\system32\svchost.exe -k netsvcs -p -s "IKEEXT"`)),
				d("ParentProcessName", evtxbuild.StringNUL(`C:\Windows\System32\services.exe`)),
			}
		}
		f.Event(ev)
	}
	im := image(t, f)
	for _, b := range bodies(im) {
		if b.chunk == 0 {
			places = append(places, b)
			size += int64(recordHead + b.end - b.pos + sizeCopy)
		}
	}
	chunk, at = chunkOf(im, 0)
	return chunk, at, places, size
}

func BenchmarkDocumentAndSystem(b *testing.B) {
	benchmark(b, func(doc *binxml.Document, dst []byte) ([]byte, error) { return dst, nil })
}

func BenchmarkJSON(b *testing.B) {
	benchmark(b, (*binxml.Document).AppendJSON)
}

func BenchmarkXML(b *testing.B) {
	benchmark(b, (*binxml.Document).AppendXML)
}

// benchmark decodes a chunk of ordinary events, their System fields, and what
// render makes of them.
func benchmark(b *testing.B, render func(*binxml.Document, []byte) ([]byte, error)) {
	chunk, at, places, size := ordinary(b)
	d := binxml.NewDecoder()
	var doc binxml.Document
	var buffer []byte
	fields := 0
	count := func(binxml.SystemField, *binxml.Value) { fields++ }
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		d.Chunk(chunk, at)
		for _, p := range places {
			var err error
			if doc, err = d.Document(p.pos, p.end); err != nil {
				b.Fatal(err)
			}
			doc.System(count)
			if buffer, err = render(&doc, buffer[:0]); err != nil {
				b.Fatal(err)
			}
		}
	}
	if fields == 0 {
		b.Fatal("no System fields")
	}
}

// An ordinary event whose templates are known costs no allocation, nor does the
// next chunk that has the same templates.
func TestOrdinaryEventsAllocateNothing(t *testing.T) {
	chunk, at, places, _ := ordinary(t)
	if len(places) < 20 {
		t.Fatalf("%d events in a chunk", len(places))
	}
	d := binxml.NewDecoder()
	var doc binxml.Document
	var buffer []byte
	fields := 0
	count := func(binxml.SystemField, *binxml.Value) { fields++ }
	decode := func() {
		d.Chunk(chunk, at)
		for _, p := range places {
			var err error
			if doc, err = d.Document(p.pos, p.end); err != nil {
				t.Fatal(err)
			}
			doc.System(count)
			if buffer, err = doc.AppendJSON(buffer[:0]); err != nil || len(buffer) < 100 {
				t.Fatalf("%s %v", buffer, err)
			}
		}
	}
	decode()
	if fields != len(places)*15 {
		t.Errorf("%d System fields of %d events", fields, len(places))
	}
	if n := testing.AllocsPerRun(20, decode); n != 0 {
		t.Errorf("%v allocations for %d events", n, len(places))
	}
}
