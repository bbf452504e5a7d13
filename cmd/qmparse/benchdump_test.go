package main

import (
	"bufio"
	"bytes"
	"context"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/qmparse/qmparse/parser/netevent"
)

// benchEvents is how many net events the dump of the benchmark holds.
const benchEvents = 1_000_000

// benchDump writes a dump of a million failures, those of a fixture over and
// over.
func benchDump(b *testing.B) string {
	b.Helper()
	fixture, err := os.ReadFile("../../testdata/wfpnev/tunnel-x64-v5.wfpnev")
	if err != nil {
		b.Fatal(err)
	}
	r, err := netevent.NewReader(bytes.NewReader(fixture))
	if err != nil {
		b.Fatal(err)
	}
	var payloads [][]byte
	var header netevent.Header
	for f, err := range r.Frames() {
		if err != nil {
			b.Fatal(err)
		}
		header = f.Dump.Header
		for e, err := range f.Records() {
			if err != nil {
				b.Fatal(err)
			}
			payloads = append(payloads, bytes.Clone(e.Bytes()))
		}
	}
	path := filepath.Join(b.TempDir(), "million.wfpnev")
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	out := bufio.NewWriterSize(f, 1<<20)
	w, err := netevent.NewWriter(out, header)
	for i := 0; i < benchEvents && err == nil; i++ {
		err = w.Event(payloads[i%len(payloads)])
	}
	if err == nil {
		err = w.End()
	}
	if err == nil {
		err = out.Flush()
	}
	if err != nil {
		b.Fatal(err)
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	return path
}

// BenchmarkDump reads a dump of a million Quick Mode failures: its bytes with
// their CRC-32C alone, and whole commands that write a row of each.
func BenchmarkDump(b *testing.B) {
	path := benchDump(b)
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	perSecond := func(b *testing.B) {
		b.SetBytes(info.Size())
		b.ReportMetric(benchEvents*float64(b.N)/b.Elapsed().Seconds(), "events/s")
	}
	b.Run("floor", func(b *testing.B) {
		table, buf := crc32.MakeTable(crc32.Castagnoli), make([]byte, 1<<16)
		for b.Loop() {
			f, err := os.Open(path)
			if err != nil {
				b.Fatal(err)
			}
			for err == nil {
				var n int
				n, err = io.ReadFull(f, buf)
				crc32.Checksum(buf[:n], table)
			}
			f.Close()
		}
		perSecond(b)
	})
	for _, format := range []string{"ndjson", "parquet"} {
		b.Run(format, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				var stderr bytes.Buffer
				if code := run(context.Background(), []string{"export", "-q", "-f", format, path}, nil, io.Discard, &stderr); code != exitOK {
					b.Fatalf("exit code %d: %s", code, &stderr)
				}
			}
			perSecond(b)
		})
	}
}
