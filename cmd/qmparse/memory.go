package main

import (
	"math"
	"runtime/debug"
	"strconv"
	"strings"
)

// memoryBudget is what --max-memory allows, divided.
type memoryBudget struct {
	groups     int64 // bytes of a row group of Parquet, 0 as usual
	partitions int   // open at once
	uids       int   // kept in memory by --dedupe, 0 as usual
}

// least is the least that works: what is decoded, in flight and encoded at once takes as
// much for each worker, and for the program itself.
func leastMemory(jobs int) int64 { return 48<<20 + int64(jobs)<<24 }

// budget reads --max-memory and tells the runtime. What decoders of archives need for their
// windows, as the archive says, comes on top.
func budget(text string, jobs int) (m memoryBudget, err error) {
	m.partitions = maxOpenPartitions
	if text == "" {
		return m, nil
	}
	size, ok := parseSize(text)
	if !ok {
		return m, usagef("--max-memory %s: a number with KiB, MiB or GiB behind it", text)
	}
	if least := leastMemory(jobs); size < least {
		return m, usagef("--max-memory %s: with --jobs %d at least %s", text, jobs, bytesText(least))
	}
	m.groups = size / 8
	m.partitions = int(min(maxOpenPartitions, max(2, size/8/partitionMemory)))
	const uid = 2 * 16 // in a table that grows
	m.uids = int(min(size/8/uid, 3<<20))
	// The runtime collects more often the closer it comes to the limit; what it does not
	// manage, as stacks and maps of the system, needs the rest.
	debug.SetMemoryLimit(size - size/8)
	return m, nil
}

// parseSize reads a size in bytes: "512MiB", "1GiB", "1073741824".
func parseSize(text string) (int64, bool) {
	unit := int64(1)
	for suffix, of := range map[string]int64{"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40} {
		if before, ok := strings.CutSuffix(text, suffix); ok {
			text, unit = before, of
			break
		}
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > math.MaxInt64/unit {
		return 0, false
	}
	return n * unit, true
}
