package main

import (
	"sync"

	"github.com/qmparse/qmparse/export"
	"github.com/qmparse/qmparse/model"
)

// tableOf returns the table whose rows are T.
func tableOf[T export.Row]() export.Table {
	if _, ok := any((*T)(nil)).(*model.Event); ok {
		return export.Events
	}
	return export.QMFailures
}

// convert writes one table.
type convert[T export.Row] struct {
	*ledger
	to      destination[T]
	rows    int64
	batch   sync.Pool
	workers []*convertWorker[T]

	partition partitioning
	record    *inputRecord // of the source being stepped through; nil if none is kept
	keep      bool         // records
	hash      bool         // in records
	dedupe    *dedupe      // nil unless copies are left out
	earlier   earlier      // what a run has done that this one goes on with
	folder    string       // that paths are relative to
	written   []string     // files beside the rows
	skipped   int64        // inputs that it has done

	what     string // that a row is: "event"
	filter   *filter
	filtered filtered

	// fields says whose data a row is made of by name, nil for none.
	fields func(*model.Event) bool
	// want says, by its System fields, whether an event may become a row; nil if
	// any may.
	want func(*model.Event) bool
	// row makes a row of an event with its data; nil for none.
	row func(*model.Event) *T
	// time is that of a row, if it may differ from that of the event; nil if it does not.
	time func(*T) model.Opt[model.FILETIME]
	raw  bool
}

func (c *convert[T]) took(in *input, out *converted[T]) error {
	for _, err := range out.errs {
		c.damaged(in, err)
	}
	c.ids.add(out.runs)
	err := c.unique(in, out)
	c.note(out)
	for _, k := range out.aside {
		if err == nil {
			c.rows += int64(k.n)
			err = c.to.write(k.key, portion[T]{n: k.n, packed: out.packed[k.from:k.to]})
		}
	}
	for i := range out.batches {
		k := &out.batches[i]
		if n := k.batch.Rows(); n > 0 && err == nil {
			c.rows += int64(n)
			err = c.to.write(k.key, portion[T]{n: n, batch: k.batch})
		}
		k.batch.Reset()
	}
	clear(out.aside)
	out.aside, out.packed = out.aside[:0], out.packed[:0]
	clear(out.errs)
	clear(out.kept)
	out.kept = out.kept[:0]
	out.batches, out.errs, out.runs = out.batches[:0], out.errs[:0], out.runs[:0]
	out.rows, out.records, out.undecodable = 0, stateNumbers{}, 0
	c.batch.Put(out)
	return err
}

// unique puts the rows that were not written before into batches.
func (c *convert[T]) unique(in *input, out *converted[T]) error {
	for i := range out.kept {
		row := &out.kept[i]
		takes, err := c.dedupe.takes(in, eventOf(row))
		if err != nil {
			return err
		}
		if takes {
			c.put(out, row)
		} else {
			out.rows--
			if r := c.noted(); r != nil {
				r.Duplicates++
			}
		}
	}
	return nil
}

// addCounts adds what the workers have counted to the counts of the run.
func (c *convert[T]) addCounts() {
	for _, w := range c.workers {
		w.count()
		c.tally.add(w.tally)
		c.filtered.add(w.filtered)
	}
}

func (c *convert[T]) damaged(in *input, err error) {
	c.noteDamage(err, c.damage(in, err) == 0)
}

func (c *convert[T]) refused(in *input, err error) {
	c.refuse(in, err)
	c.noteRefused(err)
}
