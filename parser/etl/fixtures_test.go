package etl_test

import (
	"errors"
	"testing"

	"github.com/qmparse/qmparse/parser/internal/build/etlbuild"
	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// Every record that was written is read, in its place and with its time, and no
// other.
func TestFixtures(t *testing.T) {
	names := map[string]bool{}
	for _, f := range etlbuild.All() {
		names[f.Name] = true
		if f.Damaged {
			continue
		}
		t.Run(f.Name, func(t *testing.T) {
			im, err := f.Image()
			if err != nil {
				t.Fatal(err)
			}
			got, err := read(t, im.Bytes)
			if err != nil {
				t.Fatal(err)
			}
			if got.counts.Buffers != len(im.Buffers) || got.size != int64(len(im.Bytes)) {
				t.Errorf("%d buffers, %d bytes", got.counts.Buffers, got.size)
			}
			var want []etlbuild.RecordAt
			messages, unknown := int64(0), 0
			for _, r := range im.Records {
				switch r.Record.(type) {
				case etlbuild.Message:
					messages++
				case etlbuild.Raw: // of a type that no document has
					unknown++
				default:
					want = append(want, r)
				}
			}
			if len(got.errs) != unknown || unknown > 0 && !errors.Is(got.errs[0], cursor.ErrUnsupported) {
				t.Errorf("%d records of unknown types: %v", unknown, got.errs)
			}
			if len(got.records) != len(want) || got.messages != messages {
				t.Fatalf("%d records and %d messages, want %d and %d", len(got.records), got.messages, len(want), messages)
			}
			for i, r := range got.records {
				w := want[i]
				offset := int64(w.Offset)
				if w.Offset < 0 {
					offset = int64(im.Buffers[w.Buffer].Offset)
				}
				if r.offset != offset || r.pos != w.Inner || len(r.bytes) != w.Size || r.after && unknown == 0 {
					t.Errorf("record %d: %+v, want %+v", i, r, w)
				}
				if _, none := w.Record.(etlbuild.ErrorRecord); none {
					continue
				}
				if !r.time.OK || r.time.V != w.Time {
					t.Errorf("record %d: time %v, want %v", i, r.time, w.Time)
				}
			}
		})
	}
	if len(names) < 10 {
		t.Fatalf("%d fixtures", len(names))
	}
}

// A fixture that is called damaged is.
func TestDamagedFixtures(t *testing.T) {
	for _, f := range etlbuild.All() {
		if !f.Damaged {
			continue
		}
		b, err := f.Build()
		if err != nil {
			t.Fatal(err)
		}
		r, err := read(t, b)
		if err != nil {
			t.Fatal(err)
		}
		if len(r.errs) == 0 || len(r.records) < 3 {
			t.Errorf("%s: %d records, %v", f.Name, len(r.records), r.errs)
		}
		for _, err := range r.errs {
			t.Logf("%s: %v", f.Name, err)
		}
	}
}
