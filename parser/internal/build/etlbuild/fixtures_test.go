package etlbuild

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/qmparse/qmparse/parser/internal/build/evtxbuild"
)

// TestCounterparts goes through the events of the logs of 1007: those left out
// are the ones that say why, and the values of the others can be read back.
func TestCounterparts(t *testing.T) {
	for version := range uint8(2) {
		log, err := evtxLog([]string{"wfp-1007-v0.evtx", "wfp-1007-v1.evtx"}[version])
		if err != nil {
			t.Fatal(err)
		}
		all, err := Counterparts(version)
		if err != nil {
			t.Fatal(err)
		}
		if left := len(log.Events) - len(all); left != 2 {
			t.Errorf("version %d: %d events of the log have no counterpart, want the one with NULL and the one with wrong lengths", version, left)
		}
		for _, c := range all {
			p := c.Event.Payload
			for _, d := range log.Events[c.Index].Data {
				raw := d.Value.Data
				if !bytes.HasPrefix(p, raw) {
					t.Fatalf("version %d, event %d: %s is not where it should be", version, c.Index, d.Name)
				}
				p = p[len(raw):]
				if d.Value.Type == evtxbuild.TypeString && !bytes.HasSuffix(raw, []byte{0, 0}) {
					p = p[2:]
				}
			}
			if len(p) != 0 {
				t.Errorf("version %d, event %d: %d bytes too many", version, c.Index, len(p))
			}
			if c.Event.Process != 1348 || c.Event.Thread != 5120 || c.Event.ID != 1007 || c.Event.Provider != WFP {
				t.Errorf("version %d, event %d: header %+v", version, c.Index, c.Event)
			}
		}
	}
}

// TestFailureTimes reads the times of the records back, by the clocks of the two
// traces, and compares them with those of the logs.
func TestFailureTimes(t *testing.T) {
	for version, f := range []Fixture{failuresV0, failuresV1} {
		im, err := f.Image()
		if err != nil {
			t.Fatal(err)
		}
		all, err := Counterparts(uint8(version))
		if err != nil {
			t.Fatal(err)
		}
		header := im.Bytes[bufferHeaderSize:]
		le := binary.LittleEndian
		start, t0 := le.Uint64(header[32+0x108:]), le.Uint64(header[16:])
		events := im.Records[2:]
		if len(events) != len(all) {
			t.Fatalf("%s: %d events, want %d", f.Name, len(events), len(all))
		}
		for i, r := range events {
			got := le.Uint64(im.Bytes[r.Offset+16:])
			if version == 0 {
				got = start + (got - t0) // 10 MHz
			}
			if got != uint64(all[i].Event.Time) {
				t.Errorf("%s: event %d at %d, want %d", f.Name, i, got, all[i].Event.Time)
			}
		}
	}
}

// TestNetEvent compares the event of a struct with the one that is made from the
// log's values.
func TestNetEvent(t *testing.T) {
	for version := range uint8(2) {
		all, err := Counterparts(version)
		if err != nil {
			t.Fatal(err)
		}
		n := failure(0, func(n *NetEvent) {
			n.Timestamp = Date(2024, 3, 5, 7, 59, 58) + 1_234_567
			n.FailureErrorCode, n.KeyingModule = 13805, 0
		})
		if got, want := n.Payload(version), all[version].Event.Payload; !bytes.Equal(got, want) {
			t.Errorf("version %d:\ngot  %x\nwant %x", version, got, want)
		}
	}
}

// TestBuffers steps through every fixture that is not damaged, as a reader does.
func TestBuffers(t *testing.T) {
	le := binary.LittleEndian
	for _, f := range All() {
		if f.Damaged {
			continue
		}
		im, err := f.Image()
		if err != nil {
			t.Fatal(err)
		}
		next := 0 // of im.Records
		at := 0
		for i := 0; at < len(im.Bytes); i++ {
			b := im.Bytes[at:]
			size, filled := int(le.Uint32(b)), int(le.Uint32(b[0x30:]))
			if at != im.Buffers[i].Offset {
				t.Fatalf("%s: buffer %d at %d, want %d", f.Name, i, at, im.Buffers[i].Offset)
			}
			body := b[bufferHeaderSize:size]
			if le.Uint16(b[0x34:])&FlagCompressed != 0 {
				if body, err = decompress(body); err != nil {
					t.Fatalf("%s: buffer %d: %v", f.Name, i, err)
				}
				if len(body) != filled-bufferHeaderSize {
					t.Fatalf("%s: buffer %d: %d bytes, want %d", f.Name, i, len(body), filled-bufferHeaderSize)
				}
			} else if tail := body[filled-bufferHeaderSize:]; len(tail) > 0 && !bytes.Equal(tail[:4], []byte{0xFF, 0xFF, 0xFF, 0xFF}) {
				t.Errorf("%s: buffer %d: %x behind the records", f.Name, i, tail[:4])
			}
			body = body[:filled-bufferHeaderSize]
			for off := 0; off < len(body); next++ {
				r := im.Records[next]
				if r.Buffer != i || r.Inner != bufferHeaderSize+off {
					t.Fatalf("%s: record %d in buffer %d at %d, want %d at %d", f.Name, next, i, bufferHeaderSize+off, r.Buffer, r.Inner)
				}
				n := int(le.Uint16(body[off:]))
				switch body[off+2] {
				case 1, 2, 3, 4, 0x10, 0x11:
					if body[off+3] == 0xC0 {
						n = int(le.Uint16(body[off+4:]))
					}
				}
				if n != r.Size {
					t.Fatalf("%s: record %d has size %d, want %d", f.Name, next, n, r.Size)
				}
				off += (n + 7) &^ 7
			}
			at += size
		}
		if next != len(im.Records) || at != len(im.Bytes) {
			t.Errorf("%s: %d records in %d bytes, want %d in %d", f.Name, next, at, len(im.Records), len(im.Bytes))
		}
	}
}

// TestTimesInBuffers holds the fixtures to what every trace of Windows keeps:
// inside a buffer time does not go back.
func TestTimesInBuffers(t *testing.T) {
	for _, f := range All() {
		im, err := f.Image()
		if err != nil {
			t.Fatal(err)
		}
		buffer, last := -1, uint64(0)
		for _, r := range im.Records {
			if r.Ticks == 0 {
				continue
			}
			if r.Buffer == buffer && r.Ticks < last {
				t.Errorf("%s: time goes back at %#x in buffer %d", f.Name, r.Inner, buffer)
			}
			buffer, last = r.Buffer, r.Ticks
		}
	}
}

// TestDamage looks at what the damaged fixtures say of themselves.
func TestDamage(t *testing.T) {
	im, err := damaged.Image()
	if err != nil {
		t.Fatal(err)
	}
	le := binary.LittleEndian
	at := func(buffer int) []byte { return im.Bytes[im.Buffers[buffer].Offset:] }
	if n := le.Uint32(at(3)); n != 0 {
		t.Errorf("buffer 3 has BufferSize %d", n)
	}
	if size, filled := le.Uint32(at(5)), le.Uint32(at(5)[0x30:]); filled <= size {
		t.Errorf("buffer 5: %d filled of %d", filled, size)
	}
	six := at(6)
	if _, err := decompress(six[bufferHeaderSize:le.Uint32(six)]); err == nil {
		t.Error("buffer 6 decompresses")
	}
	if n := le.Uint16(im.Bytes[im.Records[im.recordIn(2, 1)].Offset:]); n != 0 {
		t.Errorf("second event of buffer 2 has size %d", n)
	}
	if n := le.Uint16(im.Bytes[im.Records[im.recordIn(4, 1)].Offset:]); n != 0x7000 {
		t.Errorf("second event of buffer 4 has size %d", n)
	}
	cut, err := truncated.Image()
	if err != nil {
		t.Fatal(err)
	}
	if r := cut.Records[cut.recordIn(3, 1)]; len(cut.Bytes) <= r.Offset || len(cut.Bytes) >= r.Offset+r.Size {
		t.Errorf("cut at %d, the event is %d bytes at %d", len(cut.Bytes), r.Size, r.Offset)
	}
}
