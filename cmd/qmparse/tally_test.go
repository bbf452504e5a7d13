package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/qmparse/qmparse/export"
	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/quickmode"
	"github.com/qmparse/qmparse/parser/source"
)

// What export counts, which steps over most records, is what inspect counts,
// which decodes every one: by file, with one worker and with several.
func TestTallyOfExportIsThatOfInspect(t *testing.T) {
	var paths []string
	for _, pattern := range []string{
		"../../testdata/evtx/*.evtx", "../../testdata/wfpnev/*.wfpnev", "../../testdata/netsh/*.xml", "../../testdata/etl/*.etl", "../../../shared/samples/evtx/*.evtx",
	} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, names...)
	}
	for _, path := range paths {
		if info, err := os.Stat(path); err != nil || testing.Short() && info.Size() > 1<<20 {
			continue
		}
		for _, workers := range []int{1, 3} {
			quiet := func() *ledger { return newLedger(newConsole(io.Discard, false, true, nil)) }
			v := &inspection{ledger: quiet(), out: io.Discard, asJSON: true}
			if err := read(context.Background(), source.Walk([]string{path}, nil), workers, v); err != nil {
				t.Fatal(err)
			}
			c := &convert[model.QMFailure]{
				ledger: quiet(), filter: &filter{}, want: quickmode.Wants, fields: quickmode.Wants,
				row: func(*model.Event) *model.QMFailure { return nil },
			}
			maker, err := export.NewMaker[model.QMFailure](export.NDJSON, export.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if c.to, err = newOneFile(maker, "-", io.Discard, false); err != nil {
				t.Fatal(err)
			}
			if err := read(context.Background(), source.Walk([]string{path}, nil), workers, c); err != nil {
				t.Fatal(err)
			}
			c.addCounts()
			got, want := *c.tally, *v.tally
			got.recent, want.recent = [64]*kindTally{}, [64]*kindTally{}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s, %d workers: %+v\nwant %+v", path, workers, got, want)
			}
		}
	}
	if len(paths) < 20 {
		t.Errorf("%d files", len(paths))
	}
}

// Kinds are told in one order, whatever that of a map.
func TestKindsAreSorted(t *testing.T) {
	want := []eventKey{
		{channel: "System", provider: "a"},
		{channel: "System", provider: "a", id: model.Some[uint32](0)},
		{channel: "System", provider: "a", id: model.Some[uint32](7)},
		{channel: "System", provider: "b", id: model.Some[uint32](0)},
	}
	for range 50 {
		all := newTally()
		for _, key := range want {
			all.kind(key)
		}
		if got := all.sorted(); !slices.Equal(got, want) {
			t.Fatalf("%+v", got)
		}
	}
}
