package evtx_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/binxml"
	"github.com/qmparse/qmparse/parser/evtx"
	"github.com/qmparse/qmparse/parser/internal/build/evtxbuild"
	"github.com/qmparse/qmparse/parser/internal/build/fixtures"
	"github.com/qmparse/qmparse/parser/internal/cursor"
)

const (
	fileHeader  = 4096
	chunkHeader = 512
	chunkSize   = 64 << 10
	recordHead  = 24
	recordMin   = recordHead + 4
)

// logOf is a log of n small events, all in one chunk.
func logOf(t testing.TB, n int) *evtxbuild.Image {
	t.Helper()
	f := evtxbuild.New(evtxbuild.Options{})
	for i := range n {
		f.Event(numbered(i))
	}
	return image(t, f)
}

// numbered is a small event that tells its number.
func numbered(i int) evtxbuild.Event {
	return evtxbuild.Event{Provider: "P", ProviderGUID: "{00112233-4455-6677-8899-aabbccddeeff}", EventID: 4624,
		Data: []evtxbuild.Data{evtxbuild.D("n", evtxbuild.UInt32(uint32(i))), evtxbuild.D("s", evtxbuild.String("text"))}}
}

// image finishes a log.
func image(t testing.TB, f *evtxbuild.File) *evtxbuild.Image {
	t.Helper()
	im := f.Image()
	if im == nil {
		t.Fatal(f.Err())
	}
	return im
}

// fixture writes the fixture of that name anew.
func fixture(t testing.TB, name string) *fixtures.Log {
	t.Helper()
	for _, f := range fixtures.All() {
		if f.Name == name {
			l, err := f.Build()
			if err != nil {
				t.Fatal(err)
			}
			return l
		}
	}
	t.Fatalf("no fixture %s", name)
	return nil
}

// sealed gives every chunk of a log its checksums after it was changed.
func sealed(im *evtxbuild.Image) *evtxbuild.Image {
	for i := range im.Chunks {
		im.Seal(i)
	}
	return im
}

// row is all that the package says of one record, in a form that compares.
type row struct {
	offset      int64
	size        int
	id          uint64
	written     model.FILETIME
	state       model.RecordState
	torn        bool
	afterDamage bool

	system  system
	uid     model.GUID
	data    string // JSON; "" if null
	odd     string // diagnostics, a line each
	err     string // of System
	dataErr string // of Data
}

// system is the comparable part of model.Event.
type system struct {
	model.Provenance
	Time, Logged                        model.Opt[model.FILETIME]
	Host, Provider, Channel, UserSID    model.Opt[string]
	RecordID, EventRecordID, Keywords   model.Opt[uint64]
	ProviderGUID, ActivityID, RelatedID model.Opt[model.GUID]
	EventID, ProcessID, ThreadID        model.Opt[uint32]
	Qualifiers, Task                    model.Opt[uint16]
	Version, Level, Opcode              model.Opt[uint8]
}

func systemOf(ev *model.Event) system {
	return system{
		Provenance: ev.Provenance, Time: ev.Time, Logged: ev.Logged,
		Host: ev.Host, Provider: ev.Provider, Channel: ev.Channel, UserSID: ev.UserSID,
		RecordID: ev.RecordID, EventRecordID: ev.EventRecordID, Keywords: ev.Keywords,
		ProviderGUID: ev.ProviderGUID, ActivityID: ev.ActivityID, RelatedID: ev.RelatedActivityID,
		EventID: ev.EventID, ProcessID: ev.ProcessID, ThreadID: ev.ThreadID,
		Qualifiers: ev.Qualifiers, Task: ev.Task,
		Version: ev.Version, Level: ev.Level, Opcode: ev.Opcode,
	}
}

// String is the row in short.
func (r row) String() string {
	data := r.data
	if len(data) > 60 {
		data = data[:60] + "…"
	}
	return fmt.Sprintf("record %d at %#x, %d bytes, %s, torn %t, after damage %t, %s %q %q %q", r.id, r.offset, r.size, r.state, r.torn, r.afterDamage,
		data, r.odd, r.err, r.dataErr)
}

// bare is the row without what is said of the bytes around the record: that
// there is damage before it, that a checksum of its chunk is wrong.
func (r row) bare() row {
	r.afterDamage = false
	if r.odd != "" {
		var kept strings.Builder
		for line := range strings.Lines(r.odd) {
			if !strings.HasPrefix(line, "after-damage: ") && !strings.HasPrefix(line, "chunk-checksum: ") {
				kept.WriteString(line)
			}
		}
		r.odd = kept.String()
	}
	return r
}

// anyState is the bare row, live or past the free-space offset.
func (r row) anyState() row {
	r = r.bare()
	r.state, r.system.State = "", ""
	return r
}

func bareRow(r row) row     { return r.bare() }
func anyStateRow(r row) row { return r.anyState() }

// said says whether the row has a diagnostic of that code.
func (r row) said(code string) bool {
	return strings.HasPrefix(r.odd, code+": ") || strings.Contains(r.odd, "\n"+code+": ")
}

// reading is what reading a log gave.
type reading struct {
	header evtx.Header
	opened bool // NewReader did not fail
	chunks int
	empty  int
	size   int64
	rows   []row
	errs   []error // all, in order, those of System and Data too
}

// read reads a whole log with a decoder of its own.
func read(t testing.TB, log []byte) reading {
	t.Helper()
	return readWith(evtx.NewDecoder(), bytes.NewReader(log))
}

// readWith reads a whole log with a decoder that may have read others.
func readWith(d *evtx.Decoder, r io.Reader) (got reading) {
	f, err := evtx.NewReader(r)
	if err != nil {
		got.errs = append(got.errs, err)
		return got
	}
	got.header, got.opened = f.Header, true
	var ev model.Event
	var data []byte
	for c, err := range f.Chunks() {
		if err != nil {
			got.errs = append(got.errs, err)
			continue
		}
		got.chunks++
		if err := c.Verify(); err != nil {
			got.errs = append(got.errs, err)
		}
		d.Chunk(c)
		for rec, err := range c.Records() {
			if err != nil {
				got.errs = append(got.errs, err)
				continue
			}
			r := row{offset: rec.Offset, size: len(rec.Data), id: rec.ID, written: rec.Written, state: rec.State,
				torn: rec.Torn, afterDamage: rec.AfterDamage}
			if err := d.System(&rec, &ev); err != nil {
				r.err = err.Error()
				got.errs = append(got.errs, err)
			} else {
				if data, err = d.Data(data[:0], &ev); err != nil {
					r.dataErr = err.Error()
					got.errs = append(got.errs, err)
				}
				ev.UID = model.EventUID(&ev)
				r.system, r.uid, r.data = systemOf(&ev), ev.UID, string(ev.Data)
				for _, o := range ev.Diagnostics {
					r.odd += o.Code + ": " + o.Detail + "\n"
				}
			}
			got.rows = append(got.rows, r)
		}
	}
	got.size, got.empty = f.Size(), f.EmptyChunks()
	return got
}

// ids returns the record ids in order.
func (g *reading) ids() []uint64 {
	ids := make([]uint64, len(g.rows))
	for i, r := range g.rows {
		ids[i] = r.id
	}
	return ids
}

// check says what must hold of any input of n bytes: errors wrap a sentinel and
// are inside the input, records are in order, none twice, none within another,
// and there are no more of both than the bytes can hold.
func (g *reading) check(n int) error {
	for _, err := range g.errs {
		var e *cursor.Error
		switch {
		case !errors.As(err, &e):
			return fmt.Errorf("%w: no Error", err)
		case e.Offset < 0 || e.Offset > int64(n):
			return fmt.Errorf("%w: outside the %d bytes of the input", err, n)
		case e.Err != cursor.ErrTruncated && e.Err != cursor.ErrMalformed && e.Err != cursor.ErrUnsupported:
			return fmt.Errorf("%w: no sentinel", err)
		}
	}
	end := int64(fileHeader + chunkHeader)
	for i, r := range g.rows {
		if r.offset < end {
			return fmt.Errorf("row %d at %#x begins before %#x", i, r.offset, end)
		}
		if end = r.offset + int64(r.size); end > int64(n) || r.size < recordMin {
			return fmt.Errorf("row %d at %#x has %d bytes, the input ends at %#x", i, r.offset, r.size, n)
		}
		if len(r.data) > binxml.MaxText+1 {
			return fmt.Errorf("row %d at %#x: data of %d bytes", i, r.offset, len(r.data))
		}
	}
	// Of the chunk one that it ends early and one of its checksums, of a record one
	// of its System or data, and one of what stands before it.
	if limit := 2 + 4*(n/chunkSize+1) + 2*len(g.rows); len(g.errs) > limit {
		return fmt.Errorf("%d errors, at most %d expected of %d records", len(g.errs), limit, len(g.rows))
	}
	return nil
}

// diff compares rows after both were put through view, and returns the first
// difference or "".
func diff(got, want []row, view func(row) row) string {
	for i := range max(len(got), len(want)) {
		switch {
		case i >= len(got):
			return fmt.Sprintf("row %d of %d is missing: %v", i, len(want), want[i])
		case i >= len(want):
			return fmt.Sprintf("row %d, behind the last: %v", i, got[i])
		case got[i] != want[i] && view(got[i]) != view(want[i]):
			g, w := view(got[i]), view(want[i])
			text := fmt.Sprintf("row %d:\n got %v\nwant %v", i, g, w)
			if g.offset == w.offset { // else it is another record
				text += fmt.Sprintf("\n got %+v %s\nwant %+v %s", g.system, g.data, w.system, w.data)
			}
			return text
		}
	}
	return ""
}

// sameRow is the view of diff that changes nothing.
func sameRow(r row) row { return r }

// wantErrors says that these errors, and no other, came, in this order.
func wantErrors(t *testing.T, got []error, want ...cursor.Error) {
	t.Helper()
	ok := len(got) == len(want)
	for i := range min(len(got), len(want)) {
		var e *cursor.Error
		ok = ok && errors.As(got[i], &e) && e.Offset == want[i].Offset && e.Field == want[i].Field && errors.Is(e, want[i].Err)
	}
	if !ok {
		t.Errorf("errors\n\t%s\nwant\n\t%s", joined(got), joined(pointers(want)))
	}
}

func pointers(want []cursor.Error) (errs []error) {
	for i := range want {
		errs = append(errs, &want[i])
	}
	return errs
}

func joined(errs []error) string {
	if len(errs) == 0 {
		return "none"
	}
	return strings.ReplaceAll(errors.Join(errs...).Error(), "\n", "\n\t")
}

// without leaves out the rows of these indices.
func without(rows []row, out ...int) (left []row) {
	for i, r := range rows {
		if !slices.Contains(out, i) {
			left = append(left, r)
		}
	}
	return left
}

// offsetOf returns where an error is, -1 if it does not say.
func offsetOf(err error) int64 {
	var e *cursor.Error
	if !errors.As(err, &e) {
		return -1
	}
	return e.Offset
}
