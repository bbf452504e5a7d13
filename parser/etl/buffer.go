package etl

// Buffer is one buffer of a trace, as it stands in the file.
type Buffer struct {
	Offset int64 // in the file
	Header BufferHeader
	Data   []byte // with the header; fewer than BufferSize if the file ends within

	trace *Trace
	cut   int   // the size that it should have, if the file ends within
	most  int64 // bytes that it may expand to
}

// Build returns the build of Windows that wrote the buffer.
func (b *Buffer) Build() uint32 { return b.trace.Header.Build }

// Size returns how many bytes the buffer takes, expanded if it is compressed.
func (b *Buffer) Size() int {
	if b.Header.Compressed() {
		return max(len(b.Data), int(min(b.Header.Filled, MaxBufferSize)))
	}
	return len(b.Data)
}
