package export

import (
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"testing"

	"github.com/qmparse/qmparse/export/internal/rowtest"
	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser"
	"github.com/qmparse/qmparse/parser/source"
)

const benchBatch = 4096

func BenchmarkAppend(b *testing.B) {
	for _, f := range []Format{NDJSON, CSV, Parquet} {
		b.Run(fmt.Sprintf("%s/%s", f, Events), func(b *testing.B) { benchmarkAppend(b, f, rowtest.Events(benchBatch)) })
		b.Run(fmt.Sprintf("%s/%s", f, QMFailures), func(b *testing.B) { benchmarkAppend(b, f, rowtest.Failures(benchBatch)) })
	}
}

// benchmarkAppend measures what a worker does.
func benchmarkAppend[T Row](b *testing.B, f Format, rows []T) {
	s, err := NewSink[T](io.Discard, f, Options{})
	if err != nil {
		b.Fatal(err)
	}
	batch := s.NewBatch()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if i%len(rows) == 0 {
			batch.Reset()
		}
		batch.Append(&rows[i%len(rows)])
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

// logEvents are the events of the log, or directory, that QMPARSE_BENCH_LOG
// names; without it, rows like those of one.
var logEvents = sync.OnceValues(func() ([]model.Event, error) {
	name := os.Getenv("QMPARSE_BENCH_LOG")
	if name == "" {
		return rowtest.Events(2 * groupRows), nil
	}
	var rows []model.Event
	w := parser.NewWorker()
	for src, err := range source.Walk([]string{name}, nil) {
		if err != nil {
			return nil, err
		}
		r, err := src.Open()
		if err != nil {
			return nil, err
		}
		defer r.Close()
		log, err := parser.Open(r)
		if err != nil {
			continue
		}
		for frame, err := range log.Frames() {
			if err != nil {
				continue
			}
			for ev, err := range w.Events(frame) {
				if err != nil {
					continue
				}
				ev.Path = src.Path
				w.Load(ev)
				row := *ev
				row.Data, row.Raw = slices.Clone(ev.Data), nil
				row.Fields, row.NetEvent, row.Diagnostics = nil, nil, slices.Clone(ev.Diagnostics)
				rows = append(rows, row)
			}
		}
	}
	return rows, nil
})

func benchEvents(b *testing.B) []model.Event {
	b.Helper()
	rows, err := logEvents()
	if err != nil {
		b.Fatal(err)
	}
	return rows
}

// BenchmarkParquet writes whole files of the same events: as the sink does, on
// one goroutine and with others that encode, and as the library's GenericWriter
// alone does, given structs.
func BenchmarkParquet(b *testing.B) {
	for _, encoders := range []int{0, 1, 2} {
		b.Run(fmt.Sprintf("Sink/encoders=%d", encoders), func(b *testing.B) { benchmarkSink(b, encoders) })
	}
	b.Run("GenericWriter", func(b *testing.B) {
		events := benchEvents(b)
		rows := make([]eventStruct, len(events))
		for i := range events {
			rows[i] = structOf(&events[i])
		}
		var size counter
		b.ReportAllocs()
		for b.Loop() {
			w := newYardstick(&size)
			for batch := range slices.Chunk(rows, sinkBatch) {
				if _, err := w.Write(batch); err != nil {
					b.Fatal(err)
				}
			}
			if err := w.Close(); err != nil {
				b.Fatal(err)
			}
		}
		reportRows(b, len(rows), int64(size))
	})
}

func benchmarkSink(b *testing.B, encoders int) {
	rows := benchEvents(b)
	var size counter
	b.ReportAllocs()
	for b.Loop() {
		s, err := NewSink[model.Event](&size, Parquet, Options{Encoders: encoders})
		if err != nil {
			b.Fatal(err)
		}
		batch := s.NewBatch()
		for i := range rows {
			batch.Append(&rows[i])
			if batch.Rows() == sinkBatch || i == len(rows)-1 {
				if err := s.Write(batch); err != nil {
					b.Fatal(err)
				}
				batch.Reset()
			}
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
	reportRows(b, len(rows), int64(size))
}

// sinkBatch is about the number of records in a chunk of a log.
const sinkBatch = 80

func reportRows(b *testing.B, rows int, size int64) {
	b.ReportMetric(float64(b.N*rows)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(size)/float64(b.N*rows), "B/row")
}

func BenchmarkWrite(b *testing.B) {
	b.Run(string(Events), func(b *testing.B) { benchmarkWrite(b, rowtest.Events(groupRows)) })
	b.Run(string(QMFailures), func(b *testing.B) { benchmarkWrite(b, rowtest.Failures(groupRows)) })
}

// benchmarkWrite measures what the one collector does for Parquet: a row group.
func benchmarkWrite[T Row](b *testing.B, rows []T) {
	var size counter
	s, err := NewSink[T](&size, Parquet, Options{})
	if err != nil {
		b.Fatal(err)
	}
	var batches []Batch[T]
	for i := range rows {
		if i%benchBatch == 0 {
			batches = append(batches, s.NewBatch())
		}
		batches[len(batches)-1].Append(&rows[i])
	}
	b.ReportAllocs()
	for b.Loop() {
		for _, batch := range batches {
			if err := s.Write(batch); err != nil {
				b.Fatal(err)
			}
		}
	}
	reportRows(b, len(rows), int64(size))
}

type counter int64

func (c *counter) Write(b []byte) (int, error) {
	*c += counter(len(b))
	return len(b), nil
}
