package evtx

import (
	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/internal/cursor"
)

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

// AppendRuns appends the runs of the chunk's records: the live ones and those past
// the free-space offset.
func (c *Chunk) AppendRuns(runs []Run) []Run {
	n := len(runs)
	add := func(id uint64, written model.FILETIME) {
		if len(runs) > n {
			if r := &runs[len(runs)-1]; r.Last+1 == id && id != 0 {
				r.Back.step(r.End, written, id)
				r.Last, r.End = id, written
				return
			}
		}
		runs = append(runs, Run{First: id, Last: id, Start: written, End: written})
	}
	for r, err := range c.records(func(pos, end int) int { return wholeRecords(c.Data, pos, end, add) }) {
		if err == nil {
			add(r.ID, r.Written)
		}
	}
	return runs
}

// wholeRecords calls each for the records from position pos of a chunk on, as long as
// they are whole, and returns the position of the first that is not, or end or what is
// behind it.
func wholeRecords(chunk []byte, pos, end int, each func(id uint64, written model.FILETIME)) int {
	for pos < end {
		head, _ := cursor.Uint64(chunk, pos)
		size := int(head >> 32 & 0xffff)
		if head&0xffff_0000_ffff_ffff != 0x2a2a || size < recordMinSize || size > len(chunk)-pos {
			return pos
		}
		if copied, _ := cursor.Uint32(chunk, pos+size-4); uint64(copied) != head>>32 {
			return pos
		}
		id, _ := cursor.Uint64(chunk, pos+8)
		written, _ := cursor.Uint64(chunk, pos+16)
		each(id, model.FILETIME(written))
		pos += size
	}
	return pos
}
