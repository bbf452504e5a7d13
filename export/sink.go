package export

import (
	"errors"
	"io"

	"github.com/qmparse/qmparse/model"
)

// Options say what a sink writes.
type Options struct {
	Raw      bool   // write the column raw
	Version  string // of the tool, for Parquet's metadata
	Encoders int    // goroutines that encode Parquet beside the one that writes it

	// GroupMemory bounds what a sink keeps of a row group of Parquet, in bytes, if it
	// is less than usual (32 MiB): row groups become smaller.
	GroupMemory int64
}

// Row is a row of a table: of events or of qm_failures.
type Row interface {
	model.Event | model.QMFailure
}

// Batch holds encoded rows. It is filled by one goroutine at a time.
type Batch[T Row] interface {
	Append(*T) // keeps nothing of its argument
	Rows() int
	Size() int // bytes held
	Reset()    // empties the batch for reuse
}

// Sink writes batches, in the order of the calls, from one goroutine at a time.
// NewBatch may be called from any; a batch may be written to any sink of the same format,
// table and Raw, once. Write has no use for the batch once it has
// returned. Close completes the output but does not close the underlying writer.
// After an error, every later call returns that error.
type Sink[T Row] interface {
	NewBatch() Batch[T]
	Write(Batch[T]) error
	Close() error
}

var (
	errClosed  = errors.New("export: sink is closed")
	errForeign = errors.New("export: batch of another kind of sink")
)

// NewSink returns a sink that writes rows of type T to w.
func NewSink[T Row](w io.Writer, f Format, o Options) (Sink[T], error) {
	m, err := NewMaker[T](f, o)
	if err != nil {
		return nil, err
	}
	return m.Sink(w)
}
