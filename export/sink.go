package export

import (
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/qmparse/qmparse/model"
)

// Format is a file format.
type Format string

// The formats.
const (
	Parquet Format = "parquet"
	NDJSON  Format = "ndjson"
	CSV     Format = "csv"
)

// FormatByName returns the format that the suffix of a file's name stands for;
// .jsonl is NDJSON. The case of the suffix does not matter.
func FormatByName(name string) (Format, bool) {
	switch strings.ToLower(path.Ext(name)) {
	case ".parquet":
		return Parquet, true
	case ".ndjson", ".jsonl":
		return NDJSON, true
	case ".csv":
		return CSV, true
	}
	return "", false
}

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

// Maker makes sinks that share what encodes, for several files open at a time. Its sinks
// are written from one goroutine.
type Maker[T Row] struct {
	format  Format
	options Options
	codec   codec[T]
	work    *crew
	batches Sink[T] // to make them
}

// NewMaker returns a maker of sinks for rows of type T.
func NewMaker[T Row](f Format, o Options) (*Maker[T], error) {
	m := &Maker[T]{format: f, options: o, codec: codecOf[T]()}
	var err error
	if f == Parquet {
		if m.work, err = newCrew(max(o.Encoders, 0)); err != nil {
			return nil, err
		}
	}
	m.batches, err = m.Sink(io.Discard)
	return m, err
}

// NewBatch returns a batch for any of the sinks. It may be called from any goroutine.
func (m *Maker[T]) NewBatch() Batch[T] { return m.batches.NewBatch() }

// Sink returns a sink that writes to w.
func (m *Maker[T]) Sink(w io.Writer) (Sink[T], error) {
	switch f, o := m.format, m.options; f {
	case Parquet:
		return newParquetSink(w, m.codec, o, m.work)
	case NDJSON:
		return &textSink[T]{w: w, rows: m.codec.json, raw: o.Raw, of: f}, nil
	case CSV:
		header := m.codec.csvHeader
		if o.Raw {
			header += ",raw"
		}
		s := &textSink[T]{w: w, rows: m.codec.csv, raw: o.Raw, of: f}
		if err := s.write([]byte(header + "\r\n")); err != nil {
			return nil, err
		}
		return s, nil
	}
	return nil, fmt.Errorf("export: unknown format %q", m.format)
}

// codec is the generated code of a table.
type codec[T Row] struct {
	table     Table
	json      func() rowText[T]
	csv       func() rowText[T]
	csvHeader string // without raw
	put       func(c []leaf, r *T, raw bool)
}

// rowText appends a row as text. One that keeps something from row to row is for one batch.
type rowText[T Row] func(b []byte, r *T, raw bool) []byte

func stateless[T Row](f rowText[T]) func() rowText[T] { return func() rowText[T] { return f } }

func codecOf[T Row]() codec[T] {
	var c any
	switch any((*T)(nil)).(type) {
	case *model.Event:
		json := func() rowText[model.Event] { return new(jsonEvent).appendEventJSON }
		c = codec[model.Event]{Events, json, stateless(appendEventCSV), headerEventCSV, putEvent}
	case *model.QMFailure:
		c = codec[model.QMFailure]{QMFailures, stateless(appendQMFailureJSON), stateless(appendQMFailureCSV), headerQMFailureCSV, putQMFailure}
	}
	return c.(codec[T])
}
