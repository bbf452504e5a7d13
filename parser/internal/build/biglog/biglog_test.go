package biglog_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"math"
	"testing"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/evtx"
	"github.com/qmparse/qmparse/parser/internal/build/biglog"
)

// What Write says it wrote is what the reader finds, with right checksums, ids
// and times that go on from chunk to chunk, and no event like another.
func TestWrite(t *testing.T) {
	for _, opt := range []biglog.Options{
		{Size: 1},
		{Size: 2 << 20, Failures: 0.001, Distinct: 3},
		{Size: 1 << 20, Failures: 0.3, Distinct: 4, Minor: 2},
		{Size: 300_000, Failures: 1, Distinct: 2},
	} {
		var log bytes.Buffer
		stats, err := biglog.Write(&log, opt)
		if err != nil {
			t.Fatal(err)
		}
		if stats.Bytes != int64(log.Len()) || stats.Bytes > max(opt.Size, 4096+64<<10) || stats.Bytes < opt.Size-64<<10 {
			t.Errorf("%+v: %d bytes, said to be %d", opt, log.Len(), stats.Bytes)
		}
		r, err := evtx.NewReader(&log)
		if err != nil {
			t.Fatal(err)
		}
		var records, failures int64
		var before model.FILETIME
		seen := map[model.GUID]bool{}
		d := evtx.NewDecoder()
		for c, err := range r.Chunks() {
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Verify(); err != nil {
				t.Fatal(err)
			}
			if first := c.Header.FirstRecordID; first != uint64(records)+1 {
				t.Errorf("%+v: a chunk begins with record %d behind record %d", opt, first, records)
			}
			d.Chunk(c)
			for rec, err := range c.Records() {
				var ev model.Event
				if err == nil {
					err = d.System(&rec, &ev)
				}
				if err == nil {
					_, err = d.Data(nil, &ev)
				}
				if err != nil {
					t.Fatal(err)
				}
				records++
				if ev.EventID.V == 4654 {
					failures++
				}
				if rec.ID != uint64(records) || ev.EventRecordID != model.Some(rec.ID) || ev.Time != model.Some(rec.Written) || rec.Written <= before {
					t.Fatalf("%+v: record %d of time %v behind one of %v: %+v", opt, rec.ID, rec.Written, before, ev)
				}
				before = rec.Written
				ev.UID = model.EventUID(&ev)
				if seen[ev.UID] {
					t.Errorf("%+v: record %d is like another", opt, rec.ID)
				}
				seen[ev.UID] = true
			}
		}
		if records != stats.Records || failures != stats.Failures || r.Header.NextRecordID != uint64(records)+1 {
			t.Errorf("%+v: %d records, %d failures, next %d; said to be %+v", opt, records, failures, r.Header.NextRecordID, stats)
		}
		if off := math.Abs(float64(failures) - opt.Failures*float64(records)); off > 2+0.1*float64(failures) {
			t.Errorf("%+v: %d of %d are failures", opt, failures, records)
		}
	}
}

func TestWriteIsTheSameTwice(t *testing.T) {
	var sums [2][sha256.Size]byte
	for i := range sums {
		var log bytes.Buffer
		if _, err := biglog.Write(&log, biglog.Options{Size: 400_000, Failures: 0.01}); err != nil {
			t.Fatal(err)
		}
		sums[i] = sha256.Sum256(log.Bytes())
	}
	if sums[0] != sums[1] {
		t.Error("two logs of the same options differ")
	}
}

// failing writes n bytes, then fails.
type failing struct{ n int }

var errFull = errors.New("full")

func (f *failing) Write(b []byte) (int, error) {
	if f.n -= len(b); f.n < 0 {
		return 0, errFull
	}
	return len(b), nil
}

func TestWriteFails(t *testing.T) {
	for _, room := range []int{0, 4096, 100_000} {
		if _, err := biglog.Write(&failing{room}, biglog.Options{Size: 300_000}); !errors.Is(err, errFull) {
			t.Errorf("room for %d bytes: %v", room, err)
		}
	}
	for _, share := range []float64{-0.1, 1.1, math.NaN()} {
		if _, err := biglog.Write(&failing{}, biglog.Options{Size: 1, Failures: share}); err == nil || errors.Is(err, errFull) {
			t.Errorf("a share of %v: %v", share, err)
		}
	}
}
