package main

import (
	"io"

	"github.com/qmparse/qmparse/export"
)

// destination is where rows go. Batches are made by any goroutine; the rest is called by
// one at a time, in the order of the inputs.
type destination[T export.Row] interface {
	newBatch() export.Batch[T]
	write(key string, r portion[T]) error // key is the partition, "" if there are none
	finished(*inputRecord) error          // an input, all of whose rows were written
	close() error                         // makes what was written whole
	discard()                             // removes what was not made whole
}

// portion is rows of one partition: a batch, or the bytes that export.AppendBatch made of
// one, good until they are written.
type portion[T export.Row] struct {
	n      int
	batch  export.Batch[T]
	packed []byte
}

// oneFile is a file, or standard output.
type oneFile[T export.Row] struct {
	*export.Maker[T]
	out      *outFile
	sink     export.Sink[T]
	manifest *manifest // nil for none
}

func newOneFile[T export.Row](m *export.Maker[T], name string, stdout io.Writer, force bool) (*oneFile[T], error) {
	out, err := createOut(name, stdout, force)
	if err != nil {
		return nil, err
	}
	f := &oneFile[T]{Maker: m, out: out}
	if f.sink, err = m.Sink(out); err != nil {
		out.discard()
		return nil, err
	}
	return f, nil
}

func (f *oneFile[T]) newBatch() export.Batch[T] { return f.NewBatch() }

// write writes a batch: rows are packed for partitions only, which need a folder.
func (f *oneFile[T]) write(_ string, r portion[T]) error { return f.sink.Write(r.batch) }

func (f *oneFile[T]) finished(r *inputRecord) error {
	if f.manifest != nil {
		f.manifest.add(r)
	}
	return nil
}

func (f *oneFile[T]) close() error {
	if err := f.sink.Close(); err != nil {
		return err
	}
	if err := f.out.commit(); err != nil {
		return err
	}
	if f.manifest != nil {
		return f.manifest.start(f.manifest.pending)
	}
	return nil
}

func (f *oneFile[T]) discard() { f.out.discard() }
