package etl_test

import (
	"testing"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/etl"
	"github.com/qmparse/qmparse/parser/internal/build/etlbuild"
)

// TestFits: a buffer found apart is of a trace if all of its times are, give or take a minute.
func TestFits(t *testing.T) {
	const minute = 600_000_000
	start := etlbuild.Date(2024, 11, 5, 8, 0, 0)
	end := start + 3600*10_000_000
	at := func(at model.FILETIME) etlbuild.Record {
		return etlbuild.Event{Provider: provider, Stamp: etlbuild.Stamp{Time: at}}
	}
	untimed, damage := etlbuild.ErrorRecord{Payload: make([]byte, 4)}, etlbuild.Raw("no record")
	for _, c := range []struct {
		name    string
		live    bool
		records []etlbuild.Record
		want    bool
	}{
		{"within", false, []etlbuild.Record{at(start), at(end)}, true},
		{"a minute before", false, []etlbuild.Record{at(start - minute)}, true},
		{"more before", false, []etlbuild.Record{at(start - minute - 1)}, false},
		{"a minute behind", false, []etlbuild.Record{at(end + minute)}, true},
		{"more behind", false, []etlbuild.Record{at(end + minute + 1)}, false},
		{"one of two outside", false, []etlbuild.Record{at(start), at(end + minute + 1)}, false},
		{"one of two without time", false, []etlbuild.Record{untimed, at(start)}, true},
		{"one of two damaged", false, []etlbuild.Record{at(start), damage}, true},
		{"no time", false, []etlbuild.Record{untimed}, false},
		{"no record", false, []etlbuild.Record{damage}, false},
		{"no end", true, []etlbuild.Record{at(start)}, false},
	} {
		b := etlbuild.New(etlbuild.Options{Start: start, End: end, Live: c.live})
		for _, r := range c.records {
			b.Record(r)
		}
		im := b.Image()
		if im == nil {
			t.Fatal(b.Err())
		}
		e, ok := etl.NewExtent(im.Bytes)
		if !ok {
			t.Fatal("no trace")
		}
		offset := im.Buffers[1].Offset
		if got := e.Fits(e.NewBuffer(im.Bytes[offset:], int64(offset))); got != c.want {
			t.Errorf("%s: %t", c.name, got)
		}
	}
}
