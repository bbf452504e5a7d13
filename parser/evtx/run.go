package evtx

import "github.com/qmparse/qmparse/model"

// Run is records of a chunk whose ids follow each other.
type Run struct {
	First, Last uint64         // record ids
	Start, End  model.FILETIME // when those were written
	Back        Back           // within
}

// Back counts records that were written before the record before them.
type Back struct {
	N    int64
	Most model.FILETIME // the longest step back, in ticks
	ID   uint64         // of the record behind it
}

// Add adds what o counts.
func (b *Back) Add(o Back) {
	b.N += o.N
	if o.Most > b.Most {
		b.Most, b.ID = o.Most, o.ID
	}
}

// step counts the step from a record written at from to the one with that id. The last
// record of an exported log often has no time.
func (b *Back) step(from, to model.FILETIME, id uint64) {
	if to < from && to != 0 {
		b.Add(Back{1, from - to, id})
	}
}

// Follow counts the step from the end of run r to the beginning of o.
func (r *Run) Follow(o *Run) (b Back) {
	b.step(r.End, o.Start, o.First)
	return b
}

// runs notes how the ids of records follow each other.
type runs struct{ all []Run }

// goesOn is add of a record that goes on with the last run, and was not written before that;
// false, and nothing done, if it is another.
func (s *runs) goesOn(id uint64, written model.FILETIME) bool {
	n := len(s.all) - 1
	if n < 0 || s.all[n].Last+1 != id || id == 0 || written < s.all[n].End {
		return false
	}
	s.all[n].Last, s.all[n].End = id, written
	return true
}

func (s *runs) add(id uint64, written model.FILETIME) {
	if s.goesOn(id, written) {
		return
	}
	if n := len(s.all); n > 0 {
		if r := &s.all[n-1]; r.Last+1 == id && id != 0 { // written before the last one
			r.Back.step(r.End, written, id)
			r.Last, r.End = id, written
			return
		}
	}
	s.all = append(s.all, Run{First: id, Last: id, Start: written, End: written})
}
