package main

import (
	"github.com/qmparse/qmparse/export"
	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser"
)

// convertWorker makes rows of frames. Its tally is its own until the run is over:
// the order of what is counted does not matter.
type convertWorker[T export.Row] struct {
	*convert[T]
	w        *parser.Worker
	tally    *tally
	filtered filtered
	frames   int

	// What the current frame makes: of the worker, since variables that the loop over
	// events changes would be allocated for every frame.
	piece *converted[T]
	data  int // bytes of data in it
}

func (c *convert[T]) worker() decode[*converted[T]] {
	w := &convertWorker[T]{convert: c, w: parser.NewWorker(), tally: newTally()}
	w.w.Fields, w.w.Raw = c.fields, c.raw
	if c.want != nil || c.filter.active() {
		w.w.Want = &parser.Want{Kind: w.wanted, Since: c.filter.since, Until: c.filter.until, AnyTime: c.time != nil}
	} else {
		w.w.LoadAll = true
	}
	c.workers = append(c.workers, w)
	return w.work
}

// countEvery is after how many frames what was stepped over is counted.
const countEvery = 64

// What a frame makes is handed over in parts of so many rows, bytes of data, or
// errors. A chunk of a log makes far less; a buffer of a trace can make much more, and so
// can a frame that counts no bytes, of old records: of those there are fewer rows in a part,
// since the memory of parts is used again for what is small.
const (
	pieceRows    = 16 << 10
	pieceOldRows = 512
	pieceData    = 8 << 20
	pieceErrors  = 4 << 10
)

func (w *convertWorker[T]) work(in *input, f parser.Frame, part func(*converted[T])) *converted[T] {
	w.piece, w.data = w.out(), 0
	before, undecodable := w.tally.records, w.tally.undecodable
	most := pieceRows
	if f.Bytes() == 0 {
		most = pieceOldRows
	}
	for ev, err := range w.w.Events(f) {
		out := w.piece
		if out.rows >= most || w.data >= pieceData || len(out.errs) >= pieceErrors {
			part(out)
			out = w.out()
			w.piece, w.data = out, 0
		}
		if err != nil {
			w.tally.error(err)
			out.errs = append(out.errs, err)
			continue
		}
		w.tally.event(ev)
		if !w.takes(ev) {
			continue
		}
		ev.Path, ev.Member = in.Path, in.Member
		if err := w.w.Load(ev); err != nil {
			out.errs = append(out.errs, err)
		}
		w.data += len(ev.Data)
		if row := w.row(ev); row != nil && w.inTime(row) {
			out.rows++
			if w.dedupe != nil {
				out.kept = append(out.kept, owned(row))
			} else {
				w.put(out, row)
			}
		}
	}
	out := w.piece
	w.tally.frame(w.w, w.options)
	out.runs = append(out.runs, w.w.Runs()...)
	if w.frames++; w.keep || w.frames%countEvery == 0 {
		w.count()
	}
	if w.keep {
		out.records = w.tally.records
		out.records.add(before, -1)
		out.undecodable = w.tally.undecodable - undecodable
	}
	return out
}

// put appends a row to the batch that it belongs to.
func (c *convert[T]) put(out *converted[T], row *T) {
	folder := ""
	if c.partition.active() {
		folder = key(c.partition, row)
	}
	c.in(out, folder).Append(row)
}

// mayBeRow says whether an event may become a row if the filter lets it through.
func (c *convert[T]) mayBeRow(ev *model.Event) bool { return c.want == nil || c.want(ev) }

// wanted says so by what kind of event it is, whatever its time.
func (c *convert[T]) wanted(ev *model.Event) bool { return c.mayBeRow(ev) && c.filter.kind(ev) }

// takes says whether an event may become a row, and counts what the filter did.
func (w *convertWorker[T]) takes(ev *model.Event) bool {
	row := w.mayBeRow(ev)
	if !w.filter.kind(ev) || !w.filter.time(ev.Time) && (w.time == nil || !row) {
		w.leave(row)
		return false
	}
	if row && w.time == nil {
		w.countTimeless(ev.Time)
	}
	return row
}

// inTime says whether the time of a row is what was asked for, if it is its own.
func (w *convertWorker[T]) inTime(row *T) bool {
	if w.time == nil {
		return true
	}
	t := w.time(row)
	if !w.filter.time(t) {
		w.leave(true)
		return false
	}
	w.countTimeless(t)
	return true
}

// leave counts a record that is left out.
func (w *convertWorker[T]) leave(row bool) {
	w.filtered.left++
	if row {
		w.filtered.rows++
	}
}

func (w *convertWorker[T]) countTimeless(t model.Opt[model.FILETIME]) {
	if !t.OK && w.filter.timed() {
		w.filtered.timeless++
	}
}

// count counts what was stepped over.
func (w *convertWorker[T]) count() {
	for p := range w.w.Passed() {
		w.tally.passed(p)
		left := p.Records
		if w.filter.kind(p.Event) {
			left -= p.Within
		}
		w.filtered.left += left
		if w.mayBeRow(p.Event) {
			w.filtered.rows += left
		}
	}
}
