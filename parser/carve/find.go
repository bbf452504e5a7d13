package carve

import (
	"io"

	"github.com/qmparse/qmparse/parser/etl"
	"github.com/qmparse/qmparse/parser/evtx"
)

// Kind is what was found.
type Kind uint8

// The kinds.
const (
	Chunk      Kind = iota // of an event log
	Compressed             // the same, which NTFS has compressed
	Record                 // of an event log, in no chunk
	Lost                   // where an event log should have a chunk, whose signature is lost
	Trace                  // a trace log
	Buffer                 // of a trace log, apart from where the trace is described
	Dump                   // a net-event dump
	Blocks                 // of a net-event dump, apart from its header
)

// Find is something that was found.
type Find struct {
	Kind   Kind
	Offset int64 // in the stream

	Chunk *evtx.Chunk // of Chunk and Compressed
	Cut   bool        // the stream ends within the chunk
	Data  []byte      // of Record and Lost; valid until the next find

	// Log is to be read to its end before the next find: of Trace, Dump and Blocks.
	// Own says that it is what the stream was said to be, to be read as any log. What
	// Blocks belong to stands in front of them, Before bytes of another place, and Offset
	// is where those would begin.
	Log    io.Reader
	Own    bool
	Before int64

	// Buffer is of Buffer, and From where its trace was found; -1 if that is not known.
	Buffer *etl.Buffer
	From   int64
}

// Counts says what was found and what was passed over.
type Counts struct {
	Chunks, Compressed, Records, Lost, Traces, Buffers, Dumps, Blocks int64

	Timeless   int64 // of the buffers: those whose trace is not known
	Headless   int64 // blocks of a dump whose header is not known; not of those that are found
	Unsearched int64 // places where something seemed to begin, and that were not looked at, or not wholly
	Unexpanded int64 // places where a buffer seemed to begin, of which what was before took the room
	Zero       int64 // bytes
	Passed     int64 // bytes that are not zero, and of nothing that is found
}
