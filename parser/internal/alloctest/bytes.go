// Package alloctest says what code allocates, for tests of what hostile input may cost. It
// counts the whole program: tests that use it do not run in parallel.
package alloctest

import "runtime"

// Bytes returns how many bytes f allocates.
func Bytes(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
