package evtx

// Gap is bytes that no record can be read from.
type Gap struct {
	Offset int64 // in the file
	Size   int64 // bytes
	Err    error // what is wrong with the first of them
}

func (g *Gap) Error() string { return g.Err.Error() }

// Unwrap returns the error within.
func (g *Gap) Unwrap() error { return g.Err }
