package export

import (
	"fmt"
	"io"
	"testing"

	"github.com/qmparse/qmparse/export/internal/rowtest"
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
	b.ReportMetric(float64(b.N*len(rows))/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(size)/float64(b.N*len(rows)), "B/row")
}

type counter int64

func (c *counter) Write(b []byte) (int, error) {
	*c += counter(len(b))
	return len(b), nil
}
