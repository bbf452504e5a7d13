package etl_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/etl"
	"github.com/qmparse/qmparse/parser/internal/build/etlbuild"
	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// found is what a test keeps of a record.
type found struct {
	typ      etl.RecordType
	offset   int64 // of the buffer, if it was compressed
	pos      int
	time     model.Opt[model.FILETIME]
	provider model.GUID
	id       uint16
	after    bool
	bytes    string
	payload  string
	err      string
}

// reading is all that a log gives.
type reading struct {
	header   etl.TraceHeader
	counts   etl.Counts
	records  []found
	errs     []error
	messages int64
	size     int64
}

// read reads a log to its end. The only error that it returns is that of
// opening; each error within must say where it is.
func read(t testing.TB, log []byte) (r reading, err error) {
	t.Helper()
	f, err := etl.NewReader(bytes.NewReader(log))
	if err != nil {
		return r, err
	}
	d := etl.NewDecoder()
	fail := func(err error) {
		var e *cursor.Error
		if !errors.As(err, &e) || e.Offset < 0 || e.Offset > int64(len(log)) || e.Field == "" ||
			!errors.Is(err, cursor.ErrTruncated) && !errors.Is(err, cursor.ErrMalformed) && !errors.Is(err, cursor.ErrUnsupported) {
			t.Fatalf("an error without a place or a reason: %v", err)
		}
		r.errs = append(r.errs, err)
	}
	for b, err := range f.Buffers() {
		if err != nil {
			fail(err)
			continue
		}
		for rec, err := range d.Records(b) {
			if err != nil {
				fail(err)
				continue
			}
			r.records = append(r.records, keep(rec))
		}
		r.messages += d.Messages()
	}
	r.header, r.counts, r.size = f.Header, f.Counts(), f.Size()
	return r, nil
}

func keep(r *etl.Record) found {
	f := found{typ: r.Type, offset: r.Offset, pos: r.Pos, time: r.Time, provider: r.Provider.V, id: r.ID.V,
		after: r.AfterDamage, bytes: string(r.Bytes), payload: string(r.Payload)}
	if r.Err != nil {
		f.err = r.Err.Error()
	}
	return f
}

// whole reads a log that must have no damage.
func whole(t testing.TB, log []byte) reading {
	t.Helper()
	r, err := read(t, log)
	if err != nil || len(r.errs) > 0 {
		t.Fatalf("%v %v", err, r.errs)
	}
	return r
}

// small is a trace of n events in buffers of 1 KiB.
func small(t testing.TB, n int, opt etlbuild.Options) *etlbuild.Image {
	t.Helper()
	if opt.BufferSize == 0 {
		opt.BufferSize, opt.FirstBufferSize = 1024, 1024
	}
	b := etlbuild.New(opt)
	for i := range n {
		b.Event(numbered(i))
	}
	im := b.Image()
	if im == nil {
		t.Fatal(b.Err())
	}
	return im
}

var provider = model.GUID{0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x47, 0x88, 0x99, 0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF, 0x01}

// numbered is an event that tells its number.
func numbered(i int) etlbuild.Event {
	return etlbuild.Event{Provider: provider, ID: uint16(i), Payload: []byte(fmt.Sprintf("payload of event %04d, with some more bytes", i))}
}

// numbers returns the ids of the events among the records.
func (r *reading) numbers() (ids []int) {
	for _, f := range r.records {
		if f.provider == provider {
			ids = append(ids, int(f.id))
		}
	}
	return ids
}

func bytesReader(b []byte) *bytes.Reader { return bytes.NewReader(b) }
