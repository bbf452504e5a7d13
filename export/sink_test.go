package export

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/qmparse/qmparse/export/internal/rowtest"
	"github.com/qmparse/qmparse/model"
)

func TestFormatByName(t *testing.T) {
	for _, c := range []struct {
		name string
		want Format
		ok   bool
	}{
		{"a.parquet", Parquet, true},
		{"dir.csv/A.PARQUET", Parquet, true},
		{"a.ndjson", NDJSON, true},
		{"a.jsonl", NDJSON, true},
		{"a.b.csv", CSV, true},
		{".csv", CSV, true},
		{"a.json", "", false},
		{"csv", "", false},
		{"a.csv/b", "", false},
		{"", "", false},
		{"-", "", false},
	} {
		if got, ok := FormatByName(c.name); got != c.want || ok != c.ok {
			t.Errorf("%q: got %q, %v", c.name, got, ok)
		}
	}
}

func TestUnknownFormat(t *testing.T) {
	if s, err := NewSink[model.Event](io.Discard, "xlsx", Options{}); err == nil || s != nil {
		t.Errorf("got %v, %v", s, err)
	}
}

var errFull = errors.New("disk is full")

// limitedWriter fails after n bytes.
type limitedWriter struct{ n int }

func (w *limitedWriter) Write(b []byte) (int, error) {
	if len(b) > w.n {
		n := w.n
		w.n = 0
		return n, errFull
	}
	w.n -= len(b)
	return len(b), nil
}

// TestWriterErrors lets the writer fail at every place of the output.
func TestWriterErrors(t *testing.T) {
	events, failures := rowtest.Odd(40)
	for _, f := range []Format{Parquet, NDJSON, CSV} {
		failAt(t, f, events)
		failAt(t, f, failures)
	}
}

func failAt[T Row](t *testing.T, f Format, rows []T) {
	size := len(encode(t, rows, f, Options{}, 10))
	for n := 0; n < size; n += 1 + size/25 {
		s, err := NewSink[T](&limitedWriter{n}, f, Options{Encoders: n % 3})
		if err != nil {
			if !errors.Is(err, errFull) || s != nil {
				t.Fatalf("%s: %v, %v", f, s, err)
			}
			continue
		}
		if p, ok := s.(*parquetSink[T]); ok {
			p.limits.groupRows = 15
		}
		b := s.NewBatch()
		for i := range rows {
			b.Append(&rows[i])
			if b.Rows() == 10 {
				next := s.Write(b)
				if err != nil && next != err {
					t.Fatalf("%s, %d bytes: %v after %v", f, n, next, err)
				}
				err = next
				b.Reset()
			}
		}
		for range 2 {
			next := s.Close()
			if err != nil && next != err || !errors.Is(next, errFull) {
				t.Fatalf("%s, %d bytes: close returns %v after %v", f, n, next, err)
			}
			err = next
		}
		if got := s.Write(b); got != err {
			t.Fatalf("%s, %d bytes: write returns %v after %v", f, n, got, err)
		}
	}
}

func TestMisuse(t *testing.T) {
	for _, f := range []Format{Parquet, NDJSON, CSV} {
		var out bytes.Buffer
		s, err := NewSink[model.Event](&out, f, Options{})
		if err != nil {
			t.Fatal(err)
		}
		other, err := NewSink[model.Event](io.Discard, f, Options{Raw: true})
		if err != nil {
			t.Fatal(err)
		}
		b := other.NewBatch()
		b.Append(&rowtest.FullEvent)
		if err := s.Write(b); !errors.Is(err, errForeign) {
			t.Errorf("%s: a batch of another sink: %v", f, err)
		}
		if err := other.Close(); err != nil {
			t.Error(err)
		}
		if err := other.Write(b); !errors.Is(err, errClosed) {
			t.Errorf("%s: write after close: %v", f, err)
		}
	}
}

// TestAppendKeepsNothing changes a row's bytes after it was appended.
func TestAppendKeepsNothing(t *testing.T) {
	for _, f := range []Format{Parquet, NDJSON, CSV} {
		o := Options{Raw: true}
		r := rowtest.FullEvent
		r.Raw = []byte{1, 2, 3}
		want := encode(t, []model.Event{r}, f, o, 1)
		var out bytes.Buffer
		s, err := NewSink[model.Event](&out, f, o)
		if err != nil {
			t.Fatal(err)
		}
		r.Data, r.Raw = bytes.Clone(r.Data), bytes.Clone(r.Raw)
		r.Diagnostics = []model.Diagnostic{r.Diagnostics[0]}
		b := s.NewBatch()
		b.Append(&r)
		clear(r.Data)
		clear(r.Raw)
		clear(r.Diagnostics)
		r = model.Event{}
		if err := s.Write(b); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(out.Bytes(), want) {
			t.Errorf("%s: the batch changed with the row", f)
		}
	}
}

func TestBatchSize(t *testing.T) {
	for _, f := range []Format{Parquet, NDJSON, CSV} {
		s, err := NewSink[model.Event](io.Discard, f, Options{})
		if err != nil {
			t.Fatal(err)
		}
		b := s.NewBatch()
		if b.Size() != 0 || b.Rows() != 0 {
			t.Errorf("%s: new batch: %d rows, %d bytes", f, b.Rows(), b.Size())
		}
		r := model.Event{Data: []byte(`{"a":"` + string(make([]byte, 100_000)) + `"}`)}
		for range 3 {
			b.Append(&r)
		}
		if b.Rows() != 3 || b.Size() < 300_000 || b.Size() > 310_000 {
			t.Errorf("%s: %d rows, %d bytes", f, b.Rows(), b.Size())
		}
		b.Reset()
		if b.Size() != 0 || b.Rows() != 0 {
			t.Errorf("%s: after reset: %d rows, %d bytes", f, b.Rows(), b.Size())
		}
	}
}
