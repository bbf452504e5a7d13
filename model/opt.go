package model

// Opt is a value that the source may not know. The zero Opt is unknown, which
// every output writes as null; it is never written as 0 or "".
type Opt[T any] struct {
	V  T    // meaningful only if OK
	OK bool // false: unknown
}

// Some returns a known value.
func Some[T any](v T) Opt[T] { return Opt[T]{V: v, OK: true} }
