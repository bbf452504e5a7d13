package evtx

// Gap is bytes that no record can be read from.
type Gap struct {
	Offset int64 // in the file
	Size   int64 // bytes
	Err    error // what is wrong with the first of them

	// Unread says that it is reading them that failed: what is wrong is none of the log's,
	// and the next gap goes on with it.
	Unread bool
}

func (g *Gap) Error() string { return g.Err.Error() }

// Unwrap returns the error within.
func (g *Gap) Unwrap() error { return g.Err }
