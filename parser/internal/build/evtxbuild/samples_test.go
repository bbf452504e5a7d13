package evtxbuild

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// sample is a real log whose name begins with the number; the samples stand
// beside the repository and are optional.
func sample(t *testing.T, number string) []byte {
	t.Helper()
	dir := filepath.Join("..", "..", "..", "..", "..", "shared", "samples", "evtx")
	files, err := filepath.Glob(filepath.Join(dir, number+"__*.evtx"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 1 {
		t.Skipf("no sample %s in %s", number, dir)
	}
	b, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func guid(t *testing.T, stored string) (g [16]byte) {
	t.Helper()
	copy(g[:], unhex(t, stored))
	return g
}

// compareRecord says that the first record of a log is, but for its padding,
// what Windows wrote. Padding is what an older log shows through.
func compareRecord(t *testing.T, write func(Options) *File, real []byte) {
	t.Helper()
	f := write(Options{})
	b, over := f.Bytes(), write(Options{Over: bytes.Repeat([]byte{0xff}, 4096+65536)}).Bytes()
	if b == nil {
		t.Fatal(f.Err())
	}
	const at = 4096 + 512
	n := int(le(b, at+4, 4))
	padding := 0
	for i := at; i < at+n; i++ {
		if b[i] != over[i] {
			padding++
		} else if b[i] != real[i] {
			t.Fatalf("byte %#x of the record: %#02x, Windows has %#02x", i-at, b[i], real[i])
		}
	}
	if padding > 7 {
		t.Errorf("%d bytes of padding", padding)
	}
}

// A log of one record that Windows exported: but for the padding, and the
// record CRC it enters, the chunk is the same to the byte, all chain heads
// included.
func TestChunkOfTheSecurityLogAsWindowsWroteIt(t *testing.T) {
	real := sample(t, "089")
	ev := Event{
		Provider: "Microsoft-Windows-Security-Auditing", ProviderGUID: "54849625-5478-4994-A5BA-3E3B0328C30D",
		EventID: 4794, Task: 13824, Keywords: 0x8020000000000000,
		Time: le64at(t, "ab8d0a9755e1d201"), Written: le(real, 4096+512+16, 8),
		RecordID: 1, EventRecordID: 0x2fe913,
		ActivityID: "3b48c871-dfe6-0000-a5c8-483be6dfd201",
		ProcessID:  0x318, ThreadID: 0x670, Channel: "Security", Computer: "2016dc.hqcorp.local",
		Data: []Data{
			D("SubjectUserSid", RawValue(TypeSID, unhex(t, "010500000000000515000000fb540b7266280866d1a5950ff4010000"))),
			D("SubjectUserName", String("administrator")),
			D("SubjectDomainName", String("HQCORP")),
			D("SubjectLogonId", HexInt64(0x2f336f)),
			D("Workstation", String("2016DC")),
			D("Status", HexInt32(0)),
		},
	}
	data := ev.dataInstance()
	data.Template.GUID = guid(t, "c4c4871e24b36359f4ade6f84cf45e0b")
	ev.Body = BinXML(Document(data)...)
	system := ev.manifest()
	system.Template.GUID = guid(t, "c21f20e62599b85ecfcc546574937b7e")
	write := func(opt Options) *File {
		f := New(opt)
		f.Record(Record{Written: ev.Written, Body: Document(system)})
		return f
	}
	compareRecord(t, write, real)

	f := write(Options{})
	b := f.Bytes()
	if !bytes.Equal(b[:4096], real[:4096]) {
		t.Errorf("file header\n%x\nWindows has\n%x", b[:128], real[:128])
	}
	// The padding is not ours to know; with Windows' own the CRCs agree too.
	im := f.Image()
	copy(im.Bytes[4096+512:], real[4096+512:][:im.Records[0].Size])
	im.Seal(0)
	if got, want := im.Bytes[4096:4096+512], real[4096:4096+512]; !bytes.Equal(got, want) {
		t.Errorf("chunk header\n%x\nWindows has\n%x", got, want)
	}
}

func le64at(t *testing.T, s string) uint64 {
	t.Helper()
	return le(unhex(t, s), 0, 8)
}

// The first record of a log of ReportEvent.
func TestClassicRecordAsWindowsWroteIt(t *testing.T) {
	real := sample(t, "035")
	qualifiers := uint16(0x4000)
	ev := Event{
		Style: Classic, Provider: "MSSQLSERVER", EventID: 15457, Qualifiers: &qualifiers,
		Level: 4, Task: 2, Keywords: 0x80000000000000,
		Time: le64at(t, "73a72412f292d501"), Written: le(real, 4096+512+16, 8),
		EventRecordID: 9691, Channel: "Application", Computer: "MSEDGEWIN10",
		Strings: []string{"show advanced options", "0", "1"},
		Binary: unhex(t, `613c00000a0000000c0000004d0053004500440047004500570049004e00310030000000
			070000006d00610073007400650072000000`),
	}
	data := ev.stringsInstance()
	data.Template.GUID = guid(t, "77d82943d5d82d51ec99201a0fd92fc7")
	ev.Body = BinXML(Document(data)...)
	system := ev.classic()
	system.Template.GUID = guid(t, "a6d040b654095d504c5c12cca50be75f")
	compareRecord(t, func(opt Options) *File {
		f := New(opt)
		f.Record(Record{Written: ev.Written, Body: Document(system)})
		return f
	}, real)
}

// The first record of an exported log without templates.
func TestLiteralRecordAsWindowsWroteIt(t *testing.T) {
	real := sample(t, "014")
	ev := Event{
		Style: Literal, Provider: "Microsoft-Windows-TerminalServices-RemoteConnectionManager",
		ProviderGUID: "{C76BAA63-AE81-421C-B425-340B4B24157F}", EventID: 1149, Level: 4, Keywords: 0x1000000000000000,
		Time: 132841239323518358, Written: le(real, 4096+512+16, 8),
		EventRecordID: 6433, ActivityID: "{F4208CEC-4DF9-4D54-882A-4C115ABC0000}",
		ProcessID: 952, ThreadID: 5672, UserID: "S-1-5-20", Computer: "rootdc1.offsec.lan",
		Channel:  "Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational",
		UserData: true, Body: BinXML(Element{
			Name: "EventXML", Attributes: []Attribute{Attr("xmlns", Text("Event_NS"))},
			Content: []Node{El("Param1", Text("admmig")), El("Param2"), El("Param3", Text("10.23.123.11"))},
		}),
	}
	compareRecord(t, func(opt Options) *File {
		f := New(opt)
		f.Event(ev)
		return f
	}, real)
}

// Every name that a chunk of Windows chains hashes as ours does, and is in the
// bucket ours would be in, and so are the definitions of these chunks.
func TestHashesOfRealNames(t *testing.T) {
	for _, number := range []string{"019", "034", "089", "104", "115"} {
		c := sample(t, number)[4096:]
		if names, definitions := checkChains(t, c[:chunkSize]); names < 20 || definitions < 2 {
			t.Errorf("%s: %d names and %d definitions in chains", number, names, definitions)
		}
	}
}
