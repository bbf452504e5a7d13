package main

import (
	"context"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
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

// crowd is more kinds than a tally keeps, each of many sizes.
func crowd() []model.Event {
	all := make([]model.Event, 60_000)
	for i := range all {
		all[i] = model.Event{
			EventID: model.Some(uint32(i)), Channel: model.Some(strings.Repeat("c", i%250)), Provider: model.Some("p"),
			Time: model.Some(model.FILETIME(i)), Provenance: model.Provenance{State: model.StateLive},
		}
		switch i % 1000 {
		case 0:
			all[i].Channel.V = "Security"
		case 1:
			all[i].Provider.V = "microsoft-windows-wfp"
		case 2: // each in a channel of its own
			all[i].Provider.V, all[i].EventID.V, all[i].Channel.V = "Microsoft-Windows-Eventlog", 1102, strings.Repeat("x", i/1000)
		}
	}
	return all
}

// The kinds that are kept are the same in whatever order and in how many tallies they were
// counted, each with all of its records; the rest is a sum, which what matters is told from.
func TestKindsAreBounded(t *testing.T) {
	all := crowd()
	var ranked []*kindTally
	for i := range all {
		key := keyOf(&all[i])
		ranked = append(ranked, &kindTally{key: key, rank: key.rank()})
	}
	slices.SortFunc(ranked, byRank)
	var want []eventKey
	for n := 0; ; {
		k := ranked[len(want)]
		if n += k.bytes(); n > maxKindBytes {
			break
		}
		want = append(want, k.key)
	}
	slices.SortFunc(want, byName)

	for round := range uint64(6) {
		rng := rand.New(rand.NewPCG(round, 1))
		parts := []*tally{newTally(), newTally(), newTally()}
		for pass := range 2 {
			rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
			for i := range all {
				switch part := rng.IntN(len(parts)); {
				case round > 2 && pass == 0: // one has them all, another few
					parts[0].event(&all[i])
				case round > 2 && i >= 100:
					parts[1].event(&all[i])
				default:
					parts[part].event(&all[i])
				}
			}
		}
		got := newTally()
		for i, part := range parts {
			if part.kindBytes > maxKindBytes/8*9+2*kindBytes+8*maxName {
				t.Errorf("round %d: part %d keeps %d bytes", round, i, part.kindBytes)
			}
			got.add(part)
		}
		if keys := got.sorted(); !slices.Equal(keys, want) {
			t.Errorf("round %d: %d kinds, want %d", round, len(keys), len(want))
		}
		n := got.other.n
		for key, k := range got.kinds {
			if n += k.n; k.n != 2 {
				t.Fatalf("round %d: %v: %d records", round, key, k.n)
			}
		}
		if total := int64(2 * len(all)); n != total || got.total() != total {
			t.Errorf("round %d: %d records, want %d", round, n, total)
		}
		sum := got.sum()
		if cleared := sum.cleared; sum.n != n || sum.security != 120 || sum.wfp != 120 || cleared.n != 120 || cleared.span.first.V != 2 || cleared.span.last.V != 59_002 {
			t.Errorf("round %d: %+v", round, sum)
		}
	}
}

// A kind beyond one that was left out is not told, however much room there is: one tally may
// have left out some of its records.
func TestKindLeftOutStaysOut(t *testing.T) {
	limit := &kindTally{rank: 1 << 63}
	limited, other := newTally(), newTally()
	limited.limitBy(limit)
	all := crowd()[:1000]
	for i := range all {
		for _, of := range []*tally{limited, other} {
			of.event(&all[i])
			of.trim()
			of.event(&all[i])
		}
	}
	for _, parts := range [][]*tally{{limited}, {limited, other}, {other, limited}} {
		sum := newTally()
		for _, part := range parts {
			sum.add(part)
		}
		keys := sum.sorted()
		for _, key := range keys {
			if k := sum.kinds[key]; k.rank >= limit.rank || k.n != int64(2*len(parts)) {
				t.Errorf("%v, rank %x: %d records", key, k.rank, k.n)
			}
		}
		if n := sum.sum().n; n != int64(2*len(all)*len(parts)) || len(keys) < 300 || len(keys) > 700 {
			t.Errorf("%d kinds, %d records", len(keys), n)
		}
	}
}

// A record of a few bytes may have a name of millions: what tells it stays.
func TestLongNamesAreCut(t *testing.T) {
	for _, name := range []string{"", "Security", strings.Repeat("n", maxName), strings.Repeat("名", maxName)} {
		if got := shortName(name); got != name {
			t.Errorf("%q: %q", name, got)
		}
	}
	for _, c := range []string{"n", "名"} {
		long := strings.Repeat(c, maxName+1)
		a, b := shortName(long), shortName(long+"b")
		if a == b || !strings.HasPrefix(a, long[:maxName*len(c)]+"…~") || len(a) > maxName*len(c)+30 {
			t.Errorf("%q and %q", a, b)
		}
	}
}
