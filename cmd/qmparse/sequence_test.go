package main

import (
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser"
)

// Whatever the order in which runs are met, the ids between them that nobody has are
// missing, and a clock that was set back shows.
func TestSequence(t *testing.T) {
	run := func(first, last, start, end uint64) parser.Run {
		return parser.Run{First: first, Last: last, Start: model.FILETIME(start), End: model.FILETIME(end)}
	}
	runs := []parser.Run{run(10, 19, 100, 190), run(20, 29, 150, 290), run(40, 49, 400, 490), run(45, 52, 450, 520), run(60, 60, 10, 10)}
	for range 20 {
		rand.Shuffle(len(runs), func(i, j int) { runs[i], runs[j] = runs[j], runs[i] })
		var s sequence
		for i := range runs {
			s.add(runs[i : i+1])
		}
		want := &idsReport{First: 10, Last: 60, Missing: 10 + 7, Gaps: [][2]uint64{{30, 39}, {53, 59}}}
		if got := s.report(); !reflect.DeepEqual(got, want) {
			t.Fatalf("%+v, want %+v", got, want)
		}
		if b := s.back(); b.N != 1 || b.Most != 40 || b.ID != 20 {
			t.Fatalf("%+v", b)
		}
	}
	var none sequence
	if none.report() != nil {
		t.Error("a report of no ids")
	}
	// More runs than are kept are said to be.
	var many sequence
	for id := range uint64(2 * maxRuns) {
		many.add([]parser.Run{run(2*id+1, 2*id+1, id, id)})
	}
	if r := many.report(); !r.More || !r.Incomplete || len(many.runs) > maxRuns || len(r.Gaps) != maxGaps || r.Missing != uint64(len(many.runs)) || r.Last != 4*maxRuns-1 {
		t.Errorf("%d runs, %d gaps, %d missing, last %d, more %v", len(many.runs), len(r.Gaps), r.Missing, r.Last, r.More)
	}
}

// However many runs there are, none of the ids that is there is said to be missing, and the
// first and the last are those that are there.
func TestSequenceOfMany(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 8))
	for range 3 {
		there := make([]bool, 10*maxRuns)
		var s sequence
		first, last := len(there), 0
		for range 2 * maxRuns {
			id := 1 + rnd.IntN(len(there)-1)
			there[id] = true
			first, last = min(first, id), max(last, id)
			s.add([]parser.Run{{First: uint64(id), Last: uint64(id)}})
		}
		r := s.report()
		if !r.Incomplete || r.First != uint64(first) || r.Last != uint64(last) {
			t.Errorf("%d to %d, want %d to %d", r.First, r.Last, first, last)
		}
		for _, g := range r.Gaps {
			for id := g[0]; id <= g[1]; id++ {
				if there[id] {
					t.Fatalf("%d is there, and said to be missing", id)
				}
			}
		}
	}
}
