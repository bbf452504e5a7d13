package evtxbuild

import (
	"bytes"
	"encoding/binary"
	"testing"
)

// name is a name as the network form has it.
func name(s string) []byte {
	u := units(s)
	b := binary.LittleEndian.AppendUint16(nil, NameHash(s))
	b = binary.LittleEndian.AppendUint16(b, uint16(len(u)))
	for _, c := range u {
		b = binary.LittleEndian.AppendUint16(b, c)
	}
	return append(b, 0, 0)
}

// The elements and attributes of System as Windows' template has them: which
// value, of which type, and on which value the element depends (-1: none).
func TestSystemTemplate(t *testing.T) {
	ev := Event{Provider: "p", EventID: 1}
	manifest, err := Wire([]Node{ev.manifest()})
	if err != nil {
		t.Fatal(err)
	}
	ev.ProviderGUID = securityGUID
	classic, err := Wire([]Node{ev.classic()})
	if err != nil {
		t.Fatal(err)
	}
	for _, form := range []struct {
		name string
		b    []byte
		rel  byte // value of RelatedActivityID
		body byte // value of EventData
	}{{"manifest", manifest, 13, 17}, {"classic", classic, 18, 19}} {
		for _, c := range []struct {
			name  string
			value byte
			t     byte
		}{
			{"Version", 11, 0x04}, {"Level", 0, 0x04}, {"Task", 2, 0x06}, {"Opcode", 1, 0x04}, {"Keywords", 5, 0x15}, {"EventRecordID", 10, 0x0a},
		} {
			content := append(name(c.name), 0x02, 0x0e, c.value, 0, c.t, 0x04)
			head := []byte{0x01, c.value, 0, byte(len(content)), 0, 0, 0}
			if !bytes.Contains(form.b, append(head, content...)) {
				t.Errorf("%s: no %s that depends on value %d", form.name, c.name, c.value)
			}
		}
		for _, c := range []struct {
			name  string
			value byte
			t     byte
			end   byte // the token behind it
		}{
			{"Qualifiers", 4, 0x06, 0x02}, {"SystemTime", 6, 0x11, 0x03}, {"ActivityID", 7, 0x0f, 0x06}, {"RelatedActivityID", form.rel, 0x0f, 0x03},
			{"ProcessID", 8, 0x08, 0x06}, {"ThreadID", 9, 0x08, 0x03}, {"UserID", 12, 0x13, 0x03},
		} {
			if !bytes.Contains(form.b, append(name(c.name), 0x0e, c.value, 0, c.t, c.end)) {
				t.Errorf("%s: no %s of value %d", form.name, c.name, c.value)
			}
		}
		if !bytes.Contains(form.b, []byte{0x02, 0x0e, 3, 0, 0x06, 0x04}) {
			t.Errorf("%s: no EventID of value 3", form.name)
		}
		// Event depends on EventData, the last thing before its end and the end of the template.
		if !bytes.Contains(form.b, []byte{0x04, 0x0e, form.body, 0, 0x21, 0x04, 0x00}) || !bytes.Contains(form.b, []byte{0x41, form.body, 0}) {
			t.Errorf("%s: no EventData of value %d", form.name, form.body)
		}
	}
	for n, snippet := range map[string][]byte{
		"Name":    append(name("Name"), 0x0e, 14, 0, 0x01, 0x06),
		"Guid":    append(name("Guid"), 0x0e, 15, 0, 0x0f, 0x03),
		"Channel": append(name("Channel"), 0x02, 0x0e, 16, 0, 0x01, 0x04),
	} {
		if !bytes.Contains(manifest, snippet) {
			t.Errorf("manifest: no %s by substitution", n)
		}
	}

	ev.UserData = true
	user, err := Wire([]Node{ev.manifest()})
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(user, append(name("UserData"), 0x02, 0x0e, 17, 0, 0x21, 0x04, 0x04, 0x00)) {
		t.Error("no UserData of value 17")
	}
	const event = 1 + 1 + 16 + 4 + 4 // token, 0, GUID, size, fragment header
	if !bytes.Equal(user[event:event+3], []byte{0x41, 0xff, 0xff}) {
		t.Errorf("with UserData, Event depends on a value: %x", user[event:event+3])
	}
}

const securityGUID = "{54849625-5478-4994-A5BA-3E3B0328C30D}"

// The 18 values of System, by hand.
func TestSystemValues(t *testing.T) {
	ev := Event{
		Provider: "p", ProviderGUID: securityGUID, EventID: 0x0102, Qualifiers: new(uint16(0x0304)), Version: 5, Level: 6, Task: 0x0708,
		Opcode: 9, Keywords: 0x0a0b0c0d0e0f1011, Time: 0x1213141516171819, EventRecordID: 0x1a1b1c1d1e1f2021,
		ActivityID: "00000022-0000-0000-0000-000000000000", RelatedActivityID: "00000023-0000-0000-0000-000000000000",
		ProcessID: 0x24252627, ThreadID: 0x28292a2b, Channel: "c", UserID: "S-1-5-18", Body: BinXML(EOF{}),
	}
	b, err := Wire([]Node{ev.manifest()})
	if err != nil {
		t.Fatal(err)
	}
	want := unhex(t, `12000000
		0100 04 00  0100 04 00  0200 06 00  0200 06 00  0200 06 00  0800 15 00  0800 11 00  1000 0f 00  0400 08 00  0400 08 00
		0800 0a 00  0100 04 00  0c00 13 00  1000 0f 00  0200 01 00  1000 0f 00  0200 01 00  0100 21 00
		06 09 0807 0201 0403 11100f0e0d0c0b0a 1918171615141312 22000000000000000000000000000000 27262524 2b2a2928
		21201f1e1d1c1b1a 05 010100000000000512000000 23000000000000000000000000000000 7000
		259684547854 9449 a5ba3e3b0328c30d 6300 00`)
	if !bytes.HasSuffix(b, want) {
		t.Errorf("got\n%x\nwant at its end\n%x", b, want)
	}
}

func TestDefaults(t *testing.T) {
	f := New(Options{FirstRecordID: 10, Start: 1000, Step: 7})
	f.Event(Event{})
	f.Event(Event{RecordID: 90, Time: 5})
	f.Event(Event{Written: 6})
	f.Record(Record{Body: Document(El("e"))})
	b := f.Bytes()
	for i, w := range []struct{ id, written uint64 }{{10, 1000}, {90, 5}, {91, 6}, {92, 1021}} {
		r := f.Image().Records[i]
		if r.ID != w.id || le(b, r.Offset+8, 8) != w.id || le(b, r.Offset+16, 8) != w.written {
			t.Errorf("record %d: id %d, written %d; want %d, %d", i, r.ID, le(b, r.Offset+16, 8), w.id, w.written)
		}
	}
	if got := le(b, 24, 8); got != 93 {
		t.Errorf("next record id %d", got)
	}
}
