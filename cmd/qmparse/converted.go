package main

import (
	"github.com/qmparse/qmparse/export"
	"github.com/qmparse/qmparse/parser"
)

// converted is what came of a frame.
type converted[T export.Row] struct {
	batches []keyed[T]
	aside   []packedRows
	packed  []byte
	errs    []error
	runs    []parser.Run
	kept    []T // with dedupe, rows that are not in a batch yet
	rows    int

	// With a manifest, of the frame:
	records     stateNumbers
	undecodable int64
}

// keyed is rows of a partition.
type keyed[T export.Row] struct {
	key   string
	batch export.Batch[T]
}

// packedRows are rows of a partition, in so many of the packed bytes. They are before those
// of the batches.
type packedRows struct {
	key         string
	n, from, to int
}

// mostBatches is how many partitions of a frame have a batch. One takes tens of KiB, and a
// log of forwarded events may have each row from another host; so when there are more, what
// they hold is packed.
const mostBatches = 8

// pack puts the rows in batches aside.
func (out *converted[T]) pack() {
	for i := range out.batches {
		k := &out.batches[i]
		from := len(out.packed)
		out.packed = export.AppendBatch(out.packed, k.batch)
		out.aside = append(out.aside, packedRows{k.key, k.batch.Rows(), from, len(out.packed)})
		k.batch.Reset()
	}
	out.batches = out.batches[:0]
}

// out returns where rows go next.
func (c *convert[T]) out() *converted[T] {
	out, _ := c.batch.Get().(*converted[T])
	if out == nil {
		out = &converted[T]{}
	}
	return out
}

// in returns the batch of a partition.
func (c *convert[T]) in(out *converted[T], key string) export.Batch[T] {
	for i := len(out.batches) - 1; i >= 0; i-- {
		if k := &out.batches[i]; k.key == key {
			return k.batch
		}
	}
	if len(out.batches) == mostBatches {
		out.pack()
	}
	// One that was used before, for another partition perhaps.
	if n := len(out.batches); n < cap(out.batches) {
		if k := &out.batches[:n+1][n]; k.batch != nil {
			k.key = key
			out.batches = out.batches[:n+1]
			return k.batch
		}
	}
	out.batches = append(out.batches, keyed[T]{key, c.to.newBatch()})
	return out.batches[len(out.batches)-1].batch
}
