package secondreader

// Line is one line of what a second reader prints, as JSON: a record, or one
// error of a record or chunk.
//
//	{"chunk_offset":4096,"offset":4608,"record_id":1,"event":{"Event":{…}}}
//	{"chunk_offset":4096,"offset":9000,"record_id":7,"error":"EOF","log":["ERROR - EOF"]}
//	{"chunk_offset":4096,"offset":4096,"error":"Bad event magic …"}
//
// Offsets are from the start of the file and ascend from line to line.
type Line struct {
	ChunkOffset int64 `json:"chunk_offset"`
	// Offset is the record's; if it is that of the chunk, Error is about the
	// chunk.
	Offset int64 `json:"offset"`
	// RecordID is that of the record's header, 0 where the header is bad.
	RecordID uint64 `json:"record_id,omitempty"`
	// Event is the reader's own form of the event; read back, decoded JSON with
	// json.Number for numbers.
	Event any    `json:"event,omitempty"`
	Error string `json:"error,omitempty"`
	// Panic says that Error is the value of a panic.
	Panic bool `json:"panic,omitempty"`
	// Log is what the reader logged meanwhile: it may log that a value could not
	// be read and return the event all the same.
	Log []string `json:"log,omitempty"`
}

// Chunk says whether the line is about a chunk: there is no record.
func (l *Line) Chunk() bool { return l.Offset == l.ChunkOffset }
