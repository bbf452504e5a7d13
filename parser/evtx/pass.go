package evtx

import (
	"iter"

	"github.com/qmparse/qmparse/model"
)

// Passed counts records of one kind that were stepped over.
type Passed struct {
	Event       *model.Event // Provider, ProviderGUID, Channel, EventID and Host
	Records     int64
	Within      int64 // of them, within the bounds of Want, or of unknown time
	First, Last model.Opt[model.FILETIME]
}

// tally counts what was passed of a kind.
type tally struct {
	records, within int64
	timed           bool
	first, last     model.FILETIME
}

// Records yields the records of the current chunk as [Chunk.Records] does, but
// steps over those that Want does not want, if it can be sure of them: they are
// whole and live, in a chunk that was not carved, nothing is wrong before them in the chunk, System would succeed,
// and of their kind System has succeeded before. What it has stepped over [Decoder.Passed]
// says. The caller looks at the others.
func (d *Decoder) Records() iter.Seq2[Record, error] {
	d.runs.all = d.runs.all[:0]
	return func(yield func(Record, error) bool) {
		for r, err := range d.chunk.records(d.passing) {
			if err == nil {
				d.runs.add(r.ID, r.Written)
			}
			if !yield(r, err) {
				return
			}
		}
	}
}

// Runs says how the ids of the records of the current chunk follow each other: of those
// that Records has yielded or stepped over. Valid until the next chunk.
func (d *Decoder) Runs() []Run { return d.runs.all }

// Passed yields what Records has stepped over and Passed has not yielded yet, by
// kind. The events may be kept, not changed.
func (d *Decoder) Passed() iter.Seq[Passed] {
	return func(yield func(Passed) bool) {
		for i, k := range d.touched {
			t := k.passed
			k.passed = tally{}
			p := Passed{Event: &k.event, Records: t.records, Within: t.within}
			if t.timed {
				p.First, p.Last = model.Some(t.first), model.Some(t.last)
			}
			if !yield(p) {
				d.touched = d.touched[i+1:]
				return
			}
		}
		d.touched = d.touched[:0]
	}
}

// pass steps over records from pos on as long as it is sure of them, and returns
// the position of the first that it is not sure of or that is wanted, or end or what is behind
// it. Whether that record hides none it knows if the record is of a known kind.
func (d *Decoder) pass(pos, end int) (next int, open bool) {
	first, last := d.Want.bounds()
	anyTime := d.Want != nil && d.Want.AnyTime
	data := d.chunk.Data
	for pos < end {
		size := wholeAt(data, pos)
		if size == 0 {
			return pos, false
		}
		known := d.xml.Glance(pos+recordHeaderSize, pos+size-4)
		if known.Kind == nil {
			return pos, false
		}
		k, ok := known.Kind.Of.(*kind)
		t := model.FILETIME(known.Time)
		within := !known.Kind.Timed || t >= first && t <= last
		if !ok || k.wanted && (within || anyTime) || d.chunk.Carved {
			d.glanced, d.glancedAt = known, pos
			return pos, true
		}
		if k.passed.records == 0 {
			d.touched = append(d.touched, k)
		}
		k.passed.count(t, known.Kind.Timed, within)
		if id, written := headAt(data, pos); !d.runs.goesOn(id, written) {
			d.runs.add(id, written)
		}
		pos += size
	}
	return pos, false
}

func (t *tally) count(at model.FILETIME, timed, within bool) {
	t.records++
	if within {
		t.within++
	}
	if !timed {
		return
	}
	if !t.timed {
		t.timed, t.first, t.last = true, at, at
		return
	}
	t.first, t.last = min(t.first, at), max(t.last, at)
}
