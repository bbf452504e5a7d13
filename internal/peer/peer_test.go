package peer

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"
)

// Every reader is asked for the same hand-made file, so that the differential
// tests do not compare with a reader that silently reads nothing.
func TestReadersReadOneRecord(t *testing.T) {
	path := write(t, oneRecord())

	t.Run("golang-evtx", func(t *testing.T) {
		records, crashed := GolangEvtx(t).Run(t, path)
		if crashed != nil {
			t.Fatal(crashed)
		}
		rec := only(t, records)
		if rec.Offset != 4096+512 || rec.Chunk || rec.RecordID != 42 || rec.Err != "" || rec.Log != nil {
			t.Errorf("got %+v", rec)
		}
		wantJSON(t, rec.Event, `{"Event":{"System":{"P":"","EventID":"4654","EventRecordID":"7"},"EventData":{"a":"x < y"}}}`)
	})
	t.Run("Rust evtx", func(t *testing.T) {
		records, crashed := RustEvtx(t).Run(t, path)
		if crashed != nil {
			t.Fatal(crashed)
		}
		rec := only(t, records)
		if rec.Offset != -1 || rec.RecordID != 42 || rec.Err != "" {
			t.Errorf("got %+v", rec)
		}
		wantJSON(t, rec.Event, `{"Event":{"#attributes":{"xmlns":"n"},"System":{"Provider":{"#attributes":{"Name":"P"}},"EventID":4654,"EventRecordID":7},"EventData":{"a":"x < y"}}}`)
	})
	t.Run("python-evtx", func(t *testing.T) {
		records, crashed := PythonEvtx(t).Run(t, path)
		if crashed != nil {
			t.Fatal(crashed)
		}
		rec := only(t, records)
		if rec.Offset != 4096+512 || rec.RecordID != 42 || rec.Err != "" {
			t.Errorf("got %+v", rec)
		}
		wantXML(t, rec.XML, "<EventRecordID>7</EventRecordID>", `<Data Name="a">x &lt; y</Data>`)
	})
	t.Run("evtxexport", func(t *testing.T) {
		records, crashed := EvtxExport(t).Run(t, path)
		if crashed != nil {
			t.Fatal(crashed)
		}
		rec := only(t, records)
		if rec.Offset != -1 || rec.Err != "" {
			t.Errorf("got %+v", rec)
		}
		wantXML(t, rec.XML, "<EventRecordID>7</EventRecordID>", `<Data Name="a">x &lt; y</Data>`)
	})
}

// A reader that dies is a value, not the end of the test.
func TestCrashIsReported(t *testing.T) {
	path := write(t, nil)
	for name, open := range map[string]func(testing.TB) *Reader{
		"golang-evtx": GolangEvtx, "Rust evtx": RustEvtx, "python-evtx": PythonEvtx, "evtxexport": EvtxExport,
	} {
		t.Run(name, func(t *testing.T) {
			r := open(t)
			records, crashed := r.Run(t, path)
			if len(records) != 0 || crashed == nil {
				t.Errorf("%v on an empty file: %d records, crashed = %v", r, len(records), crashed)
			}
		})
	}
}

func TestChunkErrorKeepsRecords(t *testing.T) {
	data := oneRecord()
	// The last record is said to stand where there is none.
	binary.LittleEndian.PutUint32(data[4096+44:], 40000)
	records, crashed := GolangEvtx(t).Run(t, write(t, data))
	if crashed != nil {
		t.Fatal(crashed)
	}
	if len(records) < 2 || !records[0].Chunk || records[0].Err == "" || records[0].Offset != 4096 {
		t.Fatalf("want an error of the chunk first, got %+v", records)
	}
	if rec := records[1]; rec.RecordID != 42 || rec.Event == nil {
		t.Errorf("the record before the bad one: got %+v", rec)
	}
}

// A record whose element needs a substitution that is not there panics in
// golang-evtx.
func TestPanicIsOneRecord(t *testing.T) {
	data := oneRecord()
	i := bytes.Index(data, []byte{0x0e, 2, 0, 0x01}) // optional substitution 2, string
	if i < 0 {
		t.Fatal("substitution not found")
	}
	data[i+1] = 9
	records, crashed := GolangEvtx(t).Run(t, write(t, data))
	if crashed != nil {
		t.Fatal(crashed)
	}
	if rec := only(t, records); !rec.Panic || rec.Err == "" || rec.Event != nil || rec.RecordID != 42 {
		t.Errorf("got %+v", rec)
	}
}

func TestDecodeNDJSONRefusesTornLine(t *testing.T) {
	var n int
	var last error
	for _, err := range decodeNDJSON(strings.NewReader("{\"offset\":1,\"chunk_offset\":0}\n{\"offset\":")) {
		n, last = n+1, err
	}
	if n != 2 || last == nil {
		t.Errorf("%d records, last error %v; want a record and an error", n, last)
	}
}

func TestDecodeEvents(t *testing.T) {
	const one = "<Event xmlns=\"n\">\n  <System/>\n</Event>\n"
	for _, c := range []struct {
		name, in string
		events   int
		bad      bool
	}{
		{"banner only", "evtxexport 20181227\n\n", 0, false},
		{"one", "evtxexport 20181227\n\n" + one + "\n", 1, false},
		{"two", one + "\n" + one, 2, false},
		{"torn", one + "\n<Event xmlns=\"n\">\n  <System/>\n", 1, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			var events int
			var bad error
			for rec, err := range decodeEvents(strings.NewReader(c.in)) {
				if err != nil {
					bad = err
					continue
				}
				events++
				if rec.XML != one {
					t.Errorf("got %q", rec.XML)
				}
			}
			if events != c.events || (bad != nil) != c.bad {
				t.Errorf("%d events, error %v", events, bad)
			}
		})
	}
}

func only(t *testing.T, records []Record) Record {
	t.Helper()
	if len(records) != 1 {
		t.Fatalf("got %d records, want 1: %+v", len(records), records)
	}
	return records[0]
}

func wantJSON(t *testing.T, got map[string]any, want string) {
	t.Helper()
	g, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	var v map[string]any
	if err := json.Unmarshal([]byte(want), &v); err != nil {
		t.Fatal(err)
	}
	if w, _ := json.Marshal(v); !bytes.Equal(g, w) {
		t.Errorf("got  %s\nwant %s", g, w)
	}
}

func wantXML(t *testing.T, got string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(got, p) {
			t.Errorf("no %s in\n%s", p, got)
		}
	}
}

func write(t *testing.T, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "test.evtx")
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// oneRecord is a file of one chunk with record 42, which is
//
//	<Event xmlns="n"><System><Provider Name="P"/><EventID>4654</EventID>
//	<EventRecordID>7</EventRecordID></System>
//	<EventData><Data Name="a">x &lt; y</Data></EventData></Event>
//
// with the last three values substituted into a template.
func oneRecord() []byte {
	le := binary.LittleEndian
	file := make([]byte, 4096+65536)

	copy(file, "ElfFile\x00")
	le.PutUint64(file[24:], 43)   // next record id
	le.PutUint32(file[32:], 128)  // header size
	le.PutUint16(file[36:], 1)    // version 3.1
	le.PutUint16(file[38:], 3)    //
	le.PutUint16(file[40:], 4096) // header block
	le.PutUint16(file[42:], 1)    // chunks
	le.PutUint32(file[124:], crc32.ChecksumIEEE(file[:120]))

	w := &binXML{base: 512 + 24}
	w.bytes(0x0f, 1, 1, 0)                      // fragment header
	w.bytes(0x0c, 1, 0xdd, 0xcc, 0xbb, 0xaa)    // template instance, id
	w.u32(uint32(w.pos() + 4))                  // the definition follows
	w.u32(0)                                    // no next one
	w.bytes(0xdd, 0xcc, 0xbb, 0xaa)             // GUID, begins with the id
	w.bytes(1, 2, 3, 4, 5, 6, 7, 8, 9, 8, 7, 6) //
	size := w.hole()
	w.bytes(0x0f, 1, 1, 0)
	w.element("Event", "xmlns", "n", func() {
		w.element("System", "", "", func() {
			w.element("Provider", "Name", "P", nil)
			w.element("EventID", "", "", func() { w.bytes(0x0e, 0, 0, 0x06) })
			w.element("EventRecordID", "", "", func() { w.bytes(0x0e, 1, 0, 0x0a) })
		})
		w.element("EventData", "", "", func() {
			w.element("Data", "Name", "a", func() { w.bytes(0x0e, 2, 0, 0x01) })
		})
	})
	w.bytes(0) // end of the definition
	w.fill(size)
	w.u32(3) // values
	w.bytes(2, 0, 0x06, 0, 8, 0, 0x0a, 0, 10, 0, 0x01, 0)
	w.bytes(0x2e, 0x12, 7, 0, 0, 0, 0, 0, 0, 0)
	w.utf16("x < y")
	w.bytes(0) // end of the fragment
	for len(w.b)%8 != 4 {
		w.bytes(0) // the size's copy ends on a multiple of 8
	}

	chunk := file[4096:]
	record := chunk[512:]
	n := uint32(24 + len(w.b) + 4)
	copy(record, "\x2a\x2a\x00\x00")
	le.PutUint32(record[4:], n)
	le.PutUint64(record[8:], 42)
	le.PutUint64(record[16:], 133_000_000_000_000_000)
	copy(record[24:], w.b)
	le.PutUint32(record[n-4:], n)

	copy(chunk, "ElfChnk\x00")
	le.PutUint64(chunk[8:], 1)
	le.PutUint64(chunk[16:], 1)
	le.PutUint64(chunk[24:], 42)
	le.PutUint64(chunk[32:], 42)
	le.PutUint32(chunk[40:], 128)
	le.PutUint32(chunk[44:], 512)   // last record
	le.PutUint32(chunk[48:], 512+n) // free space
	le.PutUint32(chunk[52:], crc32.ChecksumIEEE(record[:n]))
	sum := crc32.NewIEEE()
	sum.Write(chunk[:120])
	sum.Write(chunk[128:512])
	le.PutUint32(chunk[124:], sum.Sum32())
	return file
}

// binXML writes tokens of a template definition at base within a chunk.
type binXML struct {
	base int
	b    []byte
}

func (w *binXML) pos() int        { return w.base + len(w.b) }
func (w *binXML) bytes(b ...byte) { w.b = append(w.b, b...) }
func (w *binXML) u32(v uint32)    { w.b = binary.LittleEndian.AppendUint32(w.b, v) }
func (w *binXML) u16(v uint16)    { w.b = binary.LittleEndian.AppendUint16(w.b, v) }

// hole leaves room for a u32 that fill sets to the number of bytes after it.
func (w *binXML) hole() int {
	w.u32(0)
	return len(w.b)
}

func (w *binXML) fill(hole int) {
	binary.LittleEndian.PutUint32(w.b[hole-4:], uint32(len(w.b)-hole))
}

func (w *binXML) utf16(s string) {
	for _, u := range utf16.Encode([]rune(s)) {
		w.u16(u)
	}
}

func (w *binXML) name(s string) {
	w.u32(uint32(w.pos() + 4)) // the name follows
	w.u32(0)
	var h uint32
	for _, u := range utf16.Encode([]rune(s)) {
		h = h*65599 + uint32(u)
	}
	w.u16(uint16(h))
	w.u16(uint16(len(s)))
	w.utf16(s)
	w.u16(0)
}

// element writes an element with at most one attribute; without content it is an
// empty-element tag.
func (w *binXML) element(name, attr, value string, content func()) {
	token := byte(0x01)
	if attr != "" {
		token = 0x41
	}
	w.bytes(token, 0xff, 0xff) // no dependency
	size := w.hole()
	w.name(name)
	if attr != "" {
		list := w.hole()
		w.bytes(0x06)
		w.name(attr)
		w.bytes(0x05, 0x01)
		w.u16(uint16(len(value)))
		w.utf16(value)
		w.fill(list)
	}
	if content == nil {
		w.bytes(0x03)
	} else {
		w.bytes(0x02)
		content()
		w.bytes(0x04)
	}
	w.fill(size)
}
