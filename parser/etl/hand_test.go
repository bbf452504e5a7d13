package etl_test

import (
	"encoding/binary"
	"fmt"
	"reflect"
	"testing"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/etl"
	"github.com/qmparse/qmparse/parser/internal/build/etlbuild"
)

// bytesOf puts a log together by offsets, without the writer that other tests
// use: both could share a misunderstanding.
type bytesOf []byte

func (b bytesOf) u8(at int, v uint8)   { b[at] = v }
func (b bytesOf) u16(at int, v uint16) { binary.LittleEndian.PutUint16(b[at:], v) }
func (b bytesOf) u32(at int, v uint32) { binary.LittleEndian.PutUint32(b[at:], v) }
func (b bytesOf) u64(at int, v uint64) { binary.LittleEndian.PutUint64(b[at:], v) }
func (b bytesOf) utf16(at int, s string) int {
	for _, r := range s {
		b.u16(at, uint16(r))
		at += 2
	}
	return at + 2
}

const handStart = 133752672000000000 // 2024-11-05T08:00:00Z

// handTrace is a header buffer of 1024 bytes and one buffer of 512 with the
// records that put writes from 0x448 on; put returns where they end.
func handTrace(pointerSize int, put func(b bytesOf) int) bytesOf {
	b := make(bytesOf, 1024+512)
	header := func(at int, size, filled uint32, typ uint16, sequence uint64) {
		b.u32(at, size)
		b.u32(at+4, 0xAAAAAAAA) // SavedOffset, CurrentOffset: nothing
		b.u32(at+8, 0xBBBBBBBB)
		b.u64(at+0x10, 0x1111111111111111)
		b.u64(at+0x18, sequence)
		b.u64(at+0x20, 0x2222222222222222)
		b.u16(at+0x28, 0xFFFB) // with flag 0x20: processor 0x7FB
		b.u16(at+0x2A, 31)
		b.u32(at+0x2C, 3)
		b.u32(at+0x30, filled)
		b.u16(at+0x34, 0x21)
		b.u16(at+0x36, typ)
	}
	first := 0x48
	b.u16(first, 2)
	b.u8(first+2, 2)
	b.u8(first+3, 0xC0)
	b.u32(first+8, 17)
	b.u32(first+12, 18)
	b.u64(first+16, 1_000_000) // the origin of the clock
	p := first + 32
	b.u32(p, 512)
	b.u8(p+4, 10)
	b.u32(p+8, 19045)
	b.u32(p+12, 6)
	b.u64(p+16, handStart+600)
	b.u32(p+24, 156250)
	b.u32(p+28, 64)
	b.u32(p+32, 0x2)
	b.u32(p+36, 2)
	b.u32(p+40, 1)
	b.u32(p+44, uint32(pointerSize))
	b.u32(p+48, 3)
	b.u32(p+52, 2995)
	at := p + 0xF8
	if pointerSize == 4 {
		at = p + 0xF0
	}
	b.u64(at, handStart-9_000_000)
	b.u64(at+8, 1_000_000) // PerfFreq
	b.u64(at+16, handStart)
	b.u32(at+24, 1)
	b.u32(at+28, 5)
	end := b.utf16(at+32, "session é")
	end = b.utf16(end, `C:\t.etl`)
	b.u16(first+4, uint16(end-first))
	header(0, 1024, uint32(end), 4, 0)
	b.u32(end, 0xFFFFFFFF)

	end = put(b)
	header(1024, 512, uint32(end-1024), 0, 9)
	b.u32(end, 0xFFFFFFFF)
	return b
}

func TestHeaderByHand(t *testing.T) {
	for _, pointerSize := range []int{8, 4} {
		r := whole(t, handTrace(pointerSize, func(bytesOf) int { return 1024 + 0x48 }))
		want := etl.TraceHeader{
			BufferSize: 512, MajorVersion: 10, Build: 19045, Processors: 6, EndTime: handStart + 600, TimerResolution: 156250,
			MaximumFileSize: 64, LogFileMode: etl.ModeCircular, BuffersWritten: 2, StartBuffers: 1, PointerSize: uint32(pointerSize), EventsLost: 3,
			CPUMHz: 2995, BootTime: handStart - 9_000_000, PerfFreq: 1_000_000, StartTime: handStart, ClockType: etl.ClockQPC, BuffersLost: 5,
			SessionName: model.Some("session é"), LogFileName: model.Some(`C:\t.etl`),
		}
		if r.header != want {
			t.Errorf("%d-byte pointers: %+v", pointerSize, r.header)
		}
		if w := want.Windows(); w != "10.0.19045" {
			t.Error(w)
		}
		if c := r.counts; c.Buffers != 2 || c.Traces != 1 || c.Missing != 0 {
			t.Errorf("%+v", c)
		}
	}
}

// A record of each header, by the offsets of the public structures.
func TestRecordsByHand(t *testing.T) {
	guid := []byte{0x5B, 0x8C, 0x47, 0x0C, 0x51, 0x03, 0xB1, 0x41, 0x8C, 0x58, 0x4A, 0x67, 0x37, 0xDA, 0x32, 0xE3}
	const guidText = "0c478c5b-0351-41b1-8c58-4a6737da32e3"
	var at []int
	log := handTrace(8, func(b bytesOf) int {
		p := 1024 + 0x48
		record := func(size int) int {
			start := p
			at = append(at, p)
			p += (size + 7) &^ 7
			return start
		}
		// EVENT_HEADER with three items and 5 bytes of payload: 80 + 24 + 24 + 16 + 5.
		e := record(149)
		b.u16(e, 149)
		b.u8(e+2, 0x13)
		b.u8(e+3, 0xC0)
		b.u16(e+4, 1)
		b.u16(e+6, 0)
		b.u32(e+8, 1001)
		b.u32(e+12, 1002)
		b.u64(e+16, 1_000_000+2_500_000) // 2.5 s
		copy(b[e+24:], guid)
		b.u16(e+40, 1007)
		b.u8(e+42, 1)
		b.u8(e+43, 17)
		b.u8(e+44, 4)
		b.u8(e+45, 9)
		b.u16(e+46, 12)
		b.u64(e+48, 0x8000000000000001)
		b.u64(e+56, 0x3333333333333333)
		copy(b[e+64:], guid)
		i := e + 80
		b.u16(i, 24)
		b.u16(i+2, 1)
		b.u16(i+4, 1)
		b.u16(i+6, 16)
		copy(b[i+8:], guid)
		i += 24
		b.u16(i, 24)
		b.u16(i+2, 2)
		b.u16(i+4, 0xFFFD|1)
		b.u16(i+6, 12)
		copy(b[i+8:], []byte{1, 1, 0, 0, 0, 0, 0, 5, 19, 0, 0, 0})
		i += 24
		b.u16(i, 16)
		b.u16(i+2, 6)
		b.u16(i+4, 0xFFFE)
		b.u16(i+6, 8)
		copy(b[i+16:], "abcde")
		// SYSTEM, hook 0x1405.
		s := record(36)
		b.u16(s, 2)
		b.u8(s+2, 2)
		b.u8(s+3, 0xC0)
		b.u16(s+4, 36)
		b.u16(s+6, 0x1405)
		b.u32(s+8, 1003)
		b.u32(s+12, 1004)
		b.u64(s+16, 1_000_001)
		b.u64(s+24, 0x4444444444444444)
		copy(b[s+32:], "SYST")
		// PERFINFO, 32 bits.
		r := record(18)
		b.u16(r, 2)
		b.u8(r+2, 0x10)
		b.u8(r+3, 0xC0)
		b.u16(r+4, 18)
		b.u16(r+6, 0x0F22)
		b.u64(r+8, 1_000_002)
		copy(b[r+16:], "PI")
		// WPP: a message is passed over.
		w := record(20)
		at = at[:len(at)-1]
		b.u16(w, 20)
		b.u8(w+3, 0x90)
		b.u64(w+4, 0x5555555555555555)
		// FULL.
		f := record(51)
		b.u16(f, 51)
		b.u8(f+2, 0x14)
		b.u8(f+3, 0xC0)
		b.u8(f+4, 33)
		b.u8(f+5, 5)
		b.u16(f+6, 300)
		b.u32(f+8, 1005)
		b.u32(f+12, 1006)
		b.u64(f+16, 999_999) // before the origin
		copy(b[f+24:], guid)
		copy(b[f+48:], "CLA")
		// COMPACT.
		c := record(25)
		b.u16(c, 2)
		b.u8(c+2, 4)
		b.u8(c+3, 0xC0)
		b.u16(c+4, 25)
		b.u16(c+6, 0x0301)
		b.u32(c+8, 1)
		b.u32(c+12, 2)
		b.u64(c+16, 1_000_003)
		b[c+24] = 'C'
		return p
	})
	var got []string
	f, err := etl.NewReader(bytesReader(log))
	if err != nil {
		t.Fatal(err)
	}
	d := etl.NewDecoder()
	for buf, err := range f.Buffers() {
		if err != nil {
			t.Fatal(err)
		}
		if buf.Offset == 0 {
			continue
		}
		if h := buf.Header; h.Processor != 0x7FB || h.LoggerID != 31 || h.State != 3 || h.SequenceNumber != 9 || h.Flags != 0x21 || h.Type != 0 {
			t.Errorf("%+v", h)
		}
		for r, err := range d.Records(buf) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, fmt.Sprintf("%d %v %v %v %v id %v v%v ch %v lv %v op %v task %v kw %v act %v rel %x sid %x payload %q at %d %v",
				r.Offset, r.Type, r.Time.V, r.Thread, r.Process, r.ID, r.Version, r.Channel, r.Level, r.Opcode, r.Task, r.Keywords, r.Activity,
				r.Items.RelatedActivity, r.Items.SID, r.Payload, r.PayloadOffset(), r.Err))
			if p := r.Provider; p.OK && p.V.String() != guidText {
				t.Errorf("provider %v", p.V)
			}
		}
	}
	const none = "00000000-0000-0000-0000-000000000000"
	want := []string{
		fmt.Sprintf("%d event_header64 2024-11-05T08:00:02.5000000Z {1001 true} {1002 true} id {1007 true} v{1 true} ch {17 true} lv {4 true} op {9 true} task {12 true} kw {9223372036854775809 true} act %s rel %x sid 010100000000000513000000 payload \"abcde\" at %d <nil>",
			at[0], guidText, guid, at[0]+144),
		fmt.Sprintf("%d system64 2024-11-05T08:00:00.0000010Z {1003 true} {1004 true} id {5125 true} v{2 true} ch {0 false} lv {0 false} op {5 true} task {0 false} kw {0 false} act %s rel  sid  payload \"SYST\" at %d <nil>", at[1], none, at[1]+32),
		fmt.Sprintf("%d perfinfo32 2024-11-05T08:00:00.0000020Z {0 false} {0 false} id {3874 true} v{2 true} ch {0 false} lv {0 false} op {34 true} task {0 false} kw {0 false} act %s rel  sid  payload \"PI\" at %d <nil>", at[2], none, at[2]+16),
		fmt.Sprintf("%d full64 2024-11-05T07:59:59.9999990Z {1005 true} {1006 true} id {0 false} v{300 true} ch {0 false} lv {5 true} op {33 true} task {0 false} kw {0 false} act %s rel  sid  payload \"CLA\" at %d <nil>", at[3], none, at[3]+48),
		fmt.Sprintf("%d compact64 2024-11-05T08:00:00.0000030Z {1 true} {2 true} id {769 true} v{2 true} ch {0 false} lv {0 false} op {1 true} task {0 false} kw {0 false} act %s rel  sid  payload \"C\" at %d <nil>", at[4], none, at[4]+24),
	}
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Fatalf("record %d of %d:\n got %v\nwant %v", i, len(want), get(got, i), get(want, i))
		}
	}
	if n := d.Messages(); n != 1 {
		t.Errorf("%d messages", n)
	}
}

func get(all []string, i int) string {
	if i < len(all) {
		return all[i]
	}
	return "none"
}

// TestItemsTwice: of an item that comes twice the first counts, with its place.
func TestItemsTwice(t *testing.T) {
	other := model.GUID{15: 1}
	b := etlbuild.New(etlbuild.Options{})
	b.Event(etlbuild.Event{Provider: provider, Items: []etlbuild.Item{
		etlbuild.RelatedActivity(provider), etlbuild.RelatedActivity(other), // at 80, 24 bytes each
		{Type: etlbuild.ItemSID, Data: []byte("sid")}, {Type: etlbuild.ItemSID, Data: []byte("other")}, // at 128, 16 each
		{Type: etlbuild.ItemSchema, Data: []byte("schema")}, {Type: etlbuild.ItemSchema, Data: []byte("other")}, // at 160
		{Type: etlbuild.ItemTraits, Data: []byte("traits")}, {Type: etlbuild.ItemTraits, Data: []byte("other")},
	}})
	f, err := etl.NewReader(bytesReader(b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	want := etl.Items{RelatedActivity: etlbuild.Payload(nil).GUID(provider), SID: []byte("sid"), Schema: []byte("schema"), SchemaAt: 168, ProviderTraits: []byte("traits")}
	n := 0
	for buf, err := range f.Buffers() {
		if err != nil {
			t.Fatal(err)
		}
		for r, err := range etl.NewDecoder().Records(buf) {
			if err != nil || r.Err != nil {
				t.Fatal(err, r.Err)
			}
			if r.Provider.V != provider {
				continue
			}
			n++
			if !reflect.DeepEqual(r.Items, want) {
				t.Errorf("%+v, want %+v", r.Items, want)
			}
		}
	}
	if n != 1 {
		t.Errorf("%d events", n)
	}
}
