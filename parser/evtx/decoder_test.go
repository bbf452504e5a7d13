package evtx_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/evtx"
)

// decoded calls do with every record of a log, System decoded.
func decoded(t *testing.T, log []byte, do func(d *evtx.Decoder, ev *model.Event)) {
	t.Helper()
	r, err := evtx.NewReader(bytes.NewReader(log))
	if err != nil {
		t.Fatal(err)
	}
	d := evtx.NewDecoder()
	for c, err := range r.Chunks() {
		if err != nil {
			t.Fatal(err)
		}
		d.Chunk(c)
		for rec, err := range c.Records() {
			if err != nil {
				t.Fatal(err)
			}
			var ev model.Event
			if err := d.System(&rec, &ev); err != nil {
				t.Fatal(err)
			}
			do(d, &ev)
		}
	}
}

// Data appends, and what it gives an event does not reach into what comes behind.
func TestDataAppends(t *testing.T) {
	var buf []byte
	var all []string
	var events [][]byte
	decoded(t, logOf(t, 4).Bytes, func(d *evtx.Decoder, ev *model.Event) {
		out, err := d.Data(buf, ev)
		if err != nil || !bytes.HasPrefix(out, buf) || !bytes.Equal(out[len(buf):], ev.Data) || cap(ev.Data) != len(ev.Data) {
			t.Errorf("%v: %s", err, out)
		}
		buf = out
		all = append(all, string(ev.Data))
		events = append(events, ev.Data)
	})
	if got := string(buf); got != strings.Join(all, "") || len(all) != 4 {
		t.Errorf("%s\nwant %s", got, all)
	}
	for i, e := range events {
		if string(e) != fmt.Sprintf(`{"n":%d,"s":"text"}`, i) {
			t.Errorf("event %d: %s", i, e)
		}
	}
}

// On an error the buffer is as it was.
func TestDataOnAnErrorAppendsNothing(t *testing.T) {
	im := logOf(t, 2)
	r := im.Records[1]
	at := bytes.LastIndex(im.Bytes[r.Offset:r.Offset+r.Size], []byte{0x0f, 1, 1, 0, 0x0c, 1}) // of EventData
	im.PutUint32(r.Offset+at+10, 0xfffffff0)
	failed := 0
	decoded(t, im.Bytes, func(d *evtx.Decoder, ev *model.Event) {
		out, err := d.Data([]byte("before"), ev)
		if err != nil {
			failed++
			if string(out) != "before" || ev.Data != nil {
				t.Errorf("%q, data %q", out, ev.Data)
			}
		}
	})
	if failed != 1 {
		t.Errorf("%d failed", failed)
	}
}

// A definition that another has taken the place of is told by its id, which each
// instance repeats. The record is read with what is there, and says so.
func TestTemplateOfAnotherID(t *testing.T) {
	im := logOf(t, 3)
	want := read(t, im.Bytes)
	im.Flip(im.Definitions[0].Offset+4, 1) // the first byte of the GUID: of System
	im.Seal(0)
	got := read(t, im.Bytes)
	wantErrors(t, got.errs)
	for i, r := range got.rows {
		if !r.said("template-id") || r.data != want.rows[i].data || r.system != want.rows[i].system || want.rows[i].said("template-id") {
			t.Errorf("%v\nwant %v", r, want.rows[i])
		}
	}
}

// The same of the template of the event's data, where it would put values under
// the names of another event.
func TestTemplateOfAnotherIDWithinTheEvent(t *testing.T) {
	im := logOf(t, 3)
	want := read(t, im.Bytes)
	im.Flip(im.Definitions[1].Offset+4, 1) // of EventData
	im.Seal(0)
	got := read(t, im.Bytes)
	wantErrors(t, got.errs)
	for i, r := range got.rows {
		if !r.said("template-id") || r.data != want.rows[i].data || r.system != want.rows[i].system {
			t.Errorf("%v\nwant %v", r, want.rows[i])
		}
	}
}
