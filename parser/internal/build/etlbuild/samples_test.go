package etlbuild

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"github.com/qmparse/qmparse/model"
)

// sample is a trace that Windows wrote.
func sample(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "..", "shared", "samples", "etl", name))
	if err != nil {
		t.Skipf("no sample: %v", err)
	}
	return b
}

// TestHeaderOfSample writes the first buffer of a trace of build 22621 with the
// values that stand in it: the same bytes come out.
func TestHeaderOfSample(t *testing.T) {
	want := sample(t, "s4_SIH.20230422.etl")[:0x1000]
	le := binary.LittleEndian
	payload := want[0x68:]
	tr := New(Options{
		Build: 22621, Processors: 1, MHz: 0x118B, Start: model.FILETIME(le.Uint64(payload[0x108:])), End: model.FILETIME(le.Uint64(payload[0x10:])),
		StartTicks: le.Uint64(want[0x58:]), Mode: 0x11002009, BuffersWritten: new(uint32(2)), Process: 0x190C, Thread: 0x0CA8,
		Session: "SIH_trace_log", File: `C:\Windows\Logs\SIH\SIH.20230422.034724.362.1.etl`,
		EditHeader: func(h *LogfileHeader) {
			h.MaximumFileSize = 128
			h.TimeZone = TimeZone(480, "@tzres.dll,-212", [8]uint16{0, 11, 0, 1, 2}, "@tzres.dll,-211", [8]uint16{0, 3, 0, 2, 2}, -60)
			h.BootTime = model.FILETIME(le.Uint64(payload[0xF8:]))
		},
	})
	got := tr.Bytes()
	if got == nil {
		t.Fatal(tr.Err())
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("byte %#x is %#x, want %#x", i, got[i], want[i])
		}
	}
}

// TestEventOfSample writes a TraceLogging event of AMSI, build 18362, with the
// names and values that it has: the same bytes come out.
func TestEventOfSample(t *testing.T) {
	b := sample(t, "airbus_AMSITrace.etl")
	le := binary.LittleEndian
	b = b[le.Uint32(b)+bufferHeaderSize:]
	want := b[:le.Uint16(b)]
	engine := Payload(nil).Text(`PowerShell_C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe_10.0.18362.1`)
	const items = 0x18 + 0x38
	script, raw, ok := cutText(want[80+items+len(engine):])
	if !ok || len(raw) < 2 {
		t.Fatal("no text in the payload")
	}
	fields := Fields{
		{Name: "Engine", In: InUnicodeString, Data: engine},
		{Name: "Script", In: InUnicodeString, Data: script},
		{Name: "Raw Script", In: InUInt16, Out: OutString, Counted: true, N: uint16(len(raw)-2) / 2, Data: raw[2:]},
	}
	ev := fields.Event(guid("{8E805EB3-6A8F-4A1E-90FA-A831D94E54A1}"), "AmsiTrace", "AmsiScript")
	ev.Stamp = Stamp{Process: 0x74AC, Thread: 0x6AB8, Ticks: le.Uint64(want[16:]), Bits: 64}
	ev.Level, ev.Keywords, ev.ProcessorTime = 5, 0, 3<<32|2
	ev.Activity = guid("{66931E3D-E311-0000-06D0-AF6611E3D501}")
	if got := ev.encode(&ev.Stamp); !bytes.Equal(got, want) {
		t.Errorf("got\n%x\nwant\n%x", got, want)
	}
}

// cutText cuts UTF-16 behind its NUL.
func cutText(b []byte) (text, rest []byte, ok bool) {
	for i := 0; i+2 <= len(b); i += 2 {
		if b[i] == 0 && b[i+1] == 0 {
			return b[:i+2], b[i+2:], true
		}
	}
	return nil, nil, false
}

// TestRecordsOfSample writes a PERFINFO and a FULL record of build 14393.
func TestRecordsOfSample(t *testing.T) {
	b := sample(t, "evtxattack_etw_ad_netlogon_provider_zerologon_mimikatz.etl")
	le := binary.LittleEndian
	want := b[0x1C8:][:le.Uint16(b[0x1CC:])]
	got := PerfInfo{Hook: 0x42, Payload: Payload(nil).ANSI("14393.3024.amd64fre.rs1_release.190530-2002")}.encode(&Stamp{Ticks: le.Uint64(want[8:])})
	if !bytes.Equal(got, want) {
		t.Errorf("got\n%x\nwant\n%x", got, want)
	}
	want = b[0x2048:][:le.Uint16(b[0x2048:])]
	got = Full{Opcode: 1, Class: guid("{393DA8C0-DBED-11D2-895B-00C04F79AB69}"), KernelTime: 42, UserTime: 205, Payload: want[48:]}.
		encode(&Stamp{Process: 0x23C, Thread: 0x26C, Ticks: le.Uint64(want[16:])})
	if !bytes.Equal(got, want) {
		t.Errorf("got\n%x\nwant\n%x", got, want)
	}
}

// TestCompressedSample decompresses what Windows compressed, compresses it again
// and decompresses that.
func TestCompressedSample(t *testing.T) {
	b := sample(t, "perfview_SelfDescribingSingleEvent.etl")
	le := binary.LittleEndian
	n := 0
	for len(b) > 0 {
		size, filled := le.Uint32(b), int(le.Uint32(b[0x30:]))
		if le.Uint16(b[0x34:])&FlagCompressed != 0 {
			data, err := decompress(b[bufferHeaderSize:size])
			if err != nil || len(data) != filled-bufferHeaderSize {
				t.Fatalf("%d bytes, want %d: %v", len(data), filled-bufferHeaderSize, err)
			}
			ours := Compress(data)
			if back, err := decompress(ours); err != nil || !bytes.Equal(back, data) {
				t.Errorf("does not come back: %v", err)
			}
			if theirs := int(size) - bufferHeaderSize; len(ours) > theirs*11/10 {
				t.Errorf("%d bytes, Windows needs %d", len(ours), theirs)
			}
			n++
		}
		b = b[size:]
	}
	if n != 2 {
		t.Errorf("%d compressed buffers, want 2", n)
	}
}
