package evtx

import (
	"encoding/binary"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/binxml"
)

// Batch is old records with the templates that they need, put together as one chunk, so that
// they decode as any records do. The zero Batch is empty.
type Batch struct {
	Chunk   *Chunk
	Records []Remnant

	placed   map[*binxml.Definition]uint32
	contents map[string]uint32 // the same: several workers have one definition each, of one content
	size     int               // of definitions
	at       []uint32
}

// Remnant is an old record. The positions of the Record are those of the chunk it is
// put into; its Offset is that of the file.
type Remnant struct {
	Record
	Raw      []byte // as it stands in the file
	Template model.TemplateSource
	Lost     bool // its chunk has lost its signature
	Stranded bool // it is a current record that does not decode in its chunk

	// Diagnostics says what is not certain about it, or not known.
	Diagnostics []model.Diagnostic
}

// Bounds of a batch: what a chunk may have of definitions, and what is little enough to stay
// in the cache of a processor.
const (
	maxBatch          = 512
	maxBatchBytes     = 512 << 10
	maxBatchTemplates = 128 << 10
)

func (b *Batch) full() bool {
	return len(b.Records) >= maxBatch || len(b.Chunk.Data) >= maxBatchBytes || b.size >= maxBatchTemplates
}

// begin makes the batch empty.
func (b *Batch) begin() {
	if b.Chunk == nil {
		b.Chunk, b.placed, b.contents = &Chunk{}, map[*binxml.Definition]uint32{}, map[string]uint32{}
	}
	clear(b.placed)
	clear(b.contents)
	clear(b.Records)
	b.Chunk = &Chunk{Data: appendNewChunk(b.Chunk.Data[:0])}
	b.Records, b.size = b.Records[:0], 0
}

// appendNewChunk appends the start of a chunk that is being made; nothing stands at its
// position 0, which means none.
func appendNewChunk(b []byte) []byte { return append(b, make([]byte, recordAlign)...) }

// add adds an old record, the instances of which have these definitions.
func (b *Batch) add(old *recovered, definitions []*binxml.Definition) {
	at := b.at[:0]
	for _, t := range definitions {
		at = append(at, b.place(t))
	}
	b.at = at
	data := b.Chunk.Data
	pos := len(data)
	data = append(data, old.raw[:recordHeaderSize]...)
	data = old.xml.AppendTo(data, at)
	size := uint32(len(data) - pos + 4)
	data = binary.LittleEndian.AppendUint32(data, size)
	binary.LittleEndian.PutUint32(data[pos+4:], size)
	b.Chunk.Data = data
	b.Records = append(b.Records, Remnant{
		Record:      Record{Offset: old.offset, ID: old.id, Written: old.written, State: old.state, pos: pos},
		Raw:         old.raw,
		Template:    old.source,
		Lost:        old.lost,
		Stranded:    old.stranded,
		Diagnostics: old.diagnostics,
	})
	r := &b.Records[len(b.Records)-1]
	r.Data = data[pos:len(data):len(data)]
}

// place returns the position of a definition, which it adds if there is none like it; 0 for
// nil.
func (b *Batch) place(t *binxml.Definition) uint32 {
	if t == nil {
		return 0
	}
	pos, ok := b.placed[t]
	if !ok {
		if pos, ok = b.contents[t.Content()]; !ok {
			b.Chunk.Data, pos = t.AppendTo(b.Chunk.Data)
			b.contents[t.Content()] = pos
			b.size += len(t.Content())
		}
		b.placed[t] = pos
	}
	return pos
}
