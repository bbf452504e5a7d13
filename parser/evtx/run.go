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

// runs notes how the ids of records follow each other.
type runs struct{ all []Run }

func (s *runs) add(id uint64, written model.FILETIME) {
	if n := len(s.all); n > 0 {
		if r := &s.all[n-1]; r.Last+1 == id && id != 0 {
			if written < r.End {
				r.Back.step(r.End, written, id)
			}
			r.Last, r.End = id, written
			return
		}
	}
	s.all = append(s.all, Run{First: id, Last: id, Start: written, End: written})
}

// wholeAt returns the size of the record at position pos of a chunk, 0 unless it is whole.
func wholeAt(chunk []byte, pos int) int {
	head, _ := cursor.Uint64(chunk, pos)
	size := int(head >> 32 & 0xffff)
	if head&0xffff_0000_ffff_ffff != 0x2a2a || size < recordMinSize || size > len(chunk)-pos {
		return 0
	}
	if copied, _ := cursor.Uint32(chunk, pos+size-4); uint64(copied) != head>>32 {
		return 0
	}
	return size
}

// headAt returns what the head of the record at position pos says.
func headAt(chunk []byte, pos int) (id uint64, written model.FILETIME) {
	id, _ = cursor.Uint64(chunk, pos+8)
	t, _ := cursor.Uint64(chunk, pos+16)
	return id, model.FILETIME(t)
}
