// Command mklog writes a Security log of any size, to measure with:
//
//	go run ./parser/internal/build/mklog -size 2GiB -o big.evtx
//
// Package biglog says what is in it. The same options give the same bytes.
package main

import (
	"flag"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"

	"github.com/qmparse/qmparse/parser/internal/build/biglog"
)

func main() {
	size := flag.String("size", "64MiB", "size of the log: a number with KiB, MiB, GiB or nothing behind it")
	failures := flag.Float64("failures", 0.0001, "share of the records that are event 4654")
	distinct := flag.Int("distinct", 256, "chunks that are made before they repeat with other ids, times and numbers")
	minor := flag.Uint("minor", 1, "format version 3.`N`")
	output := flag.String("o", "", "write to `FILE`, which is overwritten")
	flag.Parse()
	if err := write(*output, *size, biglog.Options{Failures: *failures, Distinct: *distinct, Minor: uint16(*minor)}, flag.NArg()); err != nil {
		fmt.Fprintln(os.Stderr, "mklog:", err)
		os.Exit(1)
	}
}

func write(output, size string, opt biglog.Options, rest int) (err error) {
	switch {
	case output == "" || rest > 0:
		return fmt.Errorf("usage: mklog [options] -o FILE")
	case opt.Minor != 1 && opt.Minor != 2:
		return fmt.Errorf("-minor %d: 1 or 2", opt.Minor)
	}
	if opt.Size, err = parseSize(size); err != nil {
		return err
	}
	f, err := os.Create(output)
	if err != nil {
		return err
	}
	stats, err := biglog.Write(f, opt)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		fmt.Printf("%s: %d bytes, %d records, %d of them failures\n", output, stats.Bytes, stats.Records, stats.Failures)
	}
	return err
}

func parseSize(text string) (int64, error) {
	digits := strings.TrimRight(text, "KMGiB")
	unit, ok := map[string]int64{"": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}[text[len(digits):]]
	n, err := strconv.ParseInt(digits, 10, 64)
	if !ok || err != nil || n < 0 || n > math.MaxInt64/unit {
		return 0, fmt.Errorf("-size %s: a number with KiB, MiB, GiB or nothing behind it", text)
	}
	return n * unit, nil
}
