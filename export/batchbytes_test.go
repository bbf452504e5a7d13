package export

import (
	"bytes"
	"testing"

	"github.com/qmparse/qmparse/export/internal/rowtest"
)

// Batches that went through bytes give the same file as those that did not.
func TestBatchBytes(t *testing.T) {
	events, failures := rowtest.Odd(300)
	for _, f := range []Format{Parquet, NDJSON, CSV} {
		batchBytesOf(t, f, events)
		batchBytesOf(t, f, failures)
	}
}

func batchBytesOf[T Row](t *testing.T, f Format, rows []T) {
	m, err := NewMaker[T](f, Options{Raw: true})
	if err != nil {
		t.Fatal(err)
	}
	var direct, through bytes.Buffer
	one, err := m.Sink(&direct)
	if err != nil {
		t.Fatal(err)
	}
	two, err := m.Sink(&through)
	if err != nil {
		t.Fatal(err)
	}
	b, loaded := m.NewBatch(), m.NewBatch()
	for at := 0; at < len(rows); {
		n := min(1+at%7, len(rows)-at)
		for i := range n {
			b.Append(&rows[at+i])
		}
		text := AppendBatch(nil, b)
		if err := LoadBatch(loaded, text); err != nil {
			t.Fatal(err)
		}
		if loaded.Rows() != n || loaded.Size() != b.Size() {
			t.Fatalf("%s: %d rows of size %d, want %d of %d", f, loaded.Rows(), loaded.Size(), n, b.Size())
		}
		if err := one.Write(b); err != nil {
			t.Fatal(err)
		}
		if err := two.Write(loaded); err != nil {
			t.Fatal(err)
		}
		b.Reset()
		loaded.Reset()
		if f == Parquet && at < 20 {
			for cut := range text {
				if err := LoadBatch(loaded, text[:cut]); err == nil || loaded.Rows() != 0 {
					t.Fatalf("%d of %d bytes: %v, %d rows", cut, len(text), err, loaded.Rows())
				}
			}
		}
		at += n
	}
	for _, s := range []Sink[T]{one, two} {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if direct.Len() < 1000 || !bytes.Equal(direct.Bytes(), through.Bytes()) {
		t.Errorf("%s: %d and %d bytes, not the same", f, direct.Len(), through.Len())
	}
}
