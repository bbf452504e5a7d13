package export

import (
	"fmt"
	"io"
)

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
