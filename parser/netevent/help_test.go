package netevent_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/internal/cursor"
	"github.com/qmparse/qmparse/parser/netevent"
)

// read is one event as it was read.
type read struct {
	event  model.NetEvent
	diags  []string
	offset int64
	host   string
	raw    []byte
}

// readDump reads a file to its end. What is wrong is in errs, in order; each is
// an Error whose offset is in the file.
func readDump(t testing.TB, file []byte) (events []read, errs []string) {
	t.Helper()
	r, err := netevent.NewReader(bytes.NewReader(file))
	if err != nil {
		return nil, []string{checked(t, err, len(file))}
	}
	events, errs, _ = readAll(t, r, len(file))
	return events, errs
}

func readAll(t testing.TB, r *netevent.Reader, size int) (events []read, errs []string, bytes int) {
	t.Helper()
	d := netevent.NewDecoder()
	for f, err := range r.Frames() {
		if err != nil {
			errs = append(errs, checked(t, err, size))
			continue
		}
		bytes += f.Bytes()
		for rec, err := range f.Records() {
			if err != nil {
				errs = append(errs, checked(t, err, size))
				continue
			}
			g := read{offset: rec.Offset, host: f.Dump.Meta.HostName.V, raw: rec.Bytes()}
			for _, diag := range d.Decode(rec, &g.event, nil) {
				g.diags = append(g.diags, diag.String())
			}
			if text := netevent.AppendJSON(nil, &g.event); !json.Valid(text) {
				t.Errorf("no JSON: %s", text)
			}
			events = append(events, g)
		}
	}
	return events, errs, bytes
}

func checked(t testing.TB, err error, size int) string {
	t.Helper()
	var e *cursor.Error
	if !errors.As(err, &e) {
		t.Errorf("%v is no cursor.Error", err)
	} else if e.Offset < 0 || e.Offset > int64(size) {
		t.Errorf("%v: offset outside the %d bytes", err, size)
	}
	return err.Error()
}

// dump collects what a Writer writes.
type dump struct {
	t testing.TB
	bytes.Buffer
	*netevent.Writer
}

func newDump(t testing.TB, version, pointerSize int) *dump {
	t.Helper()
	d := &dump{t: t}
	h := netevent.Header{PointerSize: uint8(pointerSize), NetEventVersion: uint8(version), Machine: netevent.MachineAMD64}
	if pointerSize == 4 {
		h.Machine = netevent.MachineI386
	}
	var err error
	if d.Writer, err = netevent.NewWriter(&d.Buffer, h); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *dump) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

// finish writes END and returns the file.
func (d *dump) finish() []byte {
	d.t.Helper()
	d.must(d.End())
	return d.Bytes()
}

func layout(t testing.TB, version, pointerSize int) *netevent.Layout {
	t.Helper()
	l, err := netevent.LayoutFor(version, pointerSize)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// equal compares two events, by their values and not by their pointers.
func equal(t *testing.T, what string, got, want model.NetEvent) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\n got %s\nwant %s", what, text(&got), text(&want))
	}
}

func text(ev *model.NetEvent) string {
	// The Go value too: AppendJSON leaves out what it takes for unknown.
	b, _ := json.Marshal(ev)
	return string(netevent.AppendJSON(nil, ev)) + "\n     " + string(b)
}

func wantTexts(t *testing.T, what string, got, want []string) {
	t.Helper()
	if len(got) == 0 && len(want) == 0 {
		return
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\n got %s\nwant %s", what, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
	}
}

// contain checks that there are as many errors as wants, and each contains its
// own.
func contain(t *testing.T, what string, got []string, wants ...string) {
	t.Helper()
	ok := len(got) == len(wants)
	for i := 0; ok && i < len(got); i++ {
		ok = strings.Contains(got[i], wants[i])
	}
	if !ok {
		t.Errorf("%s:\n got %s\nwant %s", what, strings.Join(got, "\n     "), strings.Join(wants, "\n     "))
	}
}

var _ io.Writer = (*dump)(nil)
