package main

import (
	"bytes"
	"context"
	"hash/crc32"
	"io"
	"os"
	"strings"
	"testing"
)

// benchPaths are the logs that the benchmarks read: a fixture of three chunks,
// named many times, some 16 MiB in all; or what QMPARSE_BENCH_LOG names, which
// parser/internal/build/mklog can write.
func benchPaths(b *testing.B) (paths []string, size int64) {
	path, times := "../../testdata/evtx/security-multi-chunk.evtx", 80
	if named := os.Getenv("QMPARSE_BENCH_LOG"); named != "" {
		path, times = named, 1
	}
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	for range times {
		paths = append(paths, path)
	}
	return paths, info.Size() * int64(times)
}

// BenchmarkFloor is what the others are to be compared with: reading the same
// files, and taking the CRC-32 of every 64 KiB, on one goroutine.
func BenchmarkFloor(b *testing.B) {
	floor := func(name string, do func([]byte)) {
		b.Run(name, func(b *testing.B) {
			paths, size := benchPaths(b)
			buf := make([]byte, 64<<10)
			b.SetBytes(size)
			for b.Loop() {
				for _, path := range paths {
					f, err := os.Open(path)
					if err != nil {
						b.Fatal(err)
					}
					for err == nil {
						var n int
						n, err = io.ReadFull(f, buf)
						do(buf[:n])
					}
					f.Close()
				}
			}
		})
	}
	floor("read", func([]byte) {})
	floor("read+crc", func(b []byte) { crc32.ChecksumIEEE(b) })
}

func BenchmarkExportNDJSON(b *testing.B) { benchRun(b, "export", "-q", "--recover", "none") }
func BenchmarkExportSlack(b *testing.B)  { benchRun(b, "export", "-q", "--recover", "slack") }
func BenchmarkExportHost(b *testing.B) {
	benchRun(b, "export", "-q", "--recover", "none", "--host", "nobody")
}
func BenchmarkEventsNDJSON(b *testing.B)  { benchRun(b, "events", "-q") }
func BenchmarkEventsParquet(b *testing.B) { benchRun(b, "events", "-q", "-f", "parquet") }

// benchRun is a whole command, its output thrown away.
func benchRun(b *testing.B, args ...string) {
	paths, size := benchPaths(b)
	for _, jobs := range []string{"1", "2"} {
		b.Run("jobs="+jobs, func(b *testing.B) {
			args := append(append([]string{}, args...), "-j", jobs)
			args = append(args, paths...)
			b.SetBytes(size)
			b.ReportAllocs()
			for b.Loop() {
				var stderr bytes.Buffer
				if code := run(context.Background(), args, strings.NewReader(""), io.Discard, &stderr); code != exitOK {
					b.Fatalf("exit code %d: %s", code, &stderr)
				}
			}
		})
	}
}
