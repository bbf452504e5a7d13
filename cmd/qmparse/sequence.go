package main

import (
	"cmp"
	"slices"

	"github.com/qmparse/qmparse/parser"
)

// sequence is how the ids of records follow each other, in whatever order they are met:
// the chunks of a log that has wrapped are not in the order of their ids.
type sequence struct {
	runs []parser.Run

	// more says that there are too many runs, and no new ones are kept. Of those left out
	// there is one from the lowest of their ids to the highest: which of those are missing
	// is not known.
	more bool
	out  []parser.Run
}

// maxRuns is how many runs of a log are kept: each is a gap between records, of which a
// log has few. One that was filtered when it was exported has a gap for each record.
const maxRuns = 64 << 10

// add adds runs.
func (s *sequence) add(runs []parser.Run) {
	for i := range runs {
		n := len(s.runs)
		if n > 0 && s.runs[n-1].Last+1 == runs[i].First && runs[i].First != 0 {
			s.runs[n-1] = joined(s.runs[n-1], runs[i])
			continue
		}
		if n >= maxRuns && !s.more {
			s.sort()
			s.more = len(s.runs) > maxRuns/2
		}
		if s.more {
			s.leaveOut(&runs[i])
		} else {
			s.runs = append(s.runs, runs[i])
		}
	}
}

// leaveOut notes a run that is not kept.
func (s *sequence) leaveOut(r *parser.Run) {
	if len(s.out) == 0 {
		s.out = []parser.Run{{First: r.First, Last: r.Last}}
	}
	s.out[0].First, s.out[0].Last = min(s.out[0].First, r.First), max(s.out[0].Last, r.Last)
}

// joined returns one run of two that follow each other.
func joined(r, o parser.Run) parser.Run {
	r.Back.Add(r.Follow(&o))
	r.Back.Add(o.Back)
	r.Last, r.End = o.Last, o.End
	return r
}

// sort sorts the runs by id and joins those that follow each other or overlap.
func (s *sequence) sort() {
	slices.SortFunc(s.runs, func(a, b parser.Run) int { return cmp.Or(cmp.Compare(a.First, b.First), cmp.Compare(a.Last, b.Last)) })
	kept := s.runs[:0]
	for _, r := range s.runs {
		n := len(kept)
		switch {
		case n > 0 && kept[n-1].Last+1 == r.First && r.First != 0:
			kept[n-1] = joined(kept[n-1], r)
		case n > 0 && r.First <= kept[n-1].Last: // ids that are there twice
			if r.Last > kept[n-1].Last {
				kept[n-1].Last, kept[n-1].End = r.Last, r.End
			}
			kept[n-1].Back.Add(r.Back)
		default:
			kept = append(kept, r)
		}
	}
	s.runs = kept
}

// idsReport says which ids there are, and which are missing between them.
type idsReport struct {
	First   uint64      `json:"first"`
	Last    uint64      `json:"last"`
	Missing uint64      `json:"missing"`
	Gaps    [][2]uint64 `json:"gaps,omitempty"` // the first and the last of those that are missing
	More    bool        `json:"gaps_not_listed,omitempty"`

	// Incomplete says that there were too many gaps to keep: those that are listed and counted
	// are sure, and there may be others.
	Incomplete bool `json:"incomplete,omitempty"`
}

// maxGaps is how many gaps a report lists.
const maxGaps = 1000

// report reports the sequence, nil if there are no ids.
func (s *sequence) report() *idsReport {
	s.sort()
	known := *s
	if len(s.out) > 0 { // of these none is known to be missing
		known.runs = slices.Concat(s.runs, s.out)
		known.sort()
	}
	n := len(known.runs)
	if n == 0 {
		return nil
	}
	r := &idsReport{First: known.runs[0].First, Last: known.runs[n-1].Last, More: len(s.out) > 0, Incomplete: len(s.out) > 0}
	for i := 1; i < n; i++ {
		from, to := known.runs[i-1].Last+1, known.runs[i].First-1
		r.Missing += to - from + 1
		if len(r.Gaps) < maxGaps {
			r.Gaps = append(r.Gaps, [2]uint64{from, to})
		} else {
			r.More = true
		}
	}
	return r
}

// back counts the records that were written before the record before them.
func (s *sequence) back() (b parser.Back) {
	for i := range s.runs {
		b.Add(s.runs[i].Back)
	}
	return b
}
