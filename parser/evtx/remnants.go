package evtx

import (
	"encoding/binary"
	"slices"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/binxml"
)

// Remnants are old records with the templates that they need, put together as one
// chunk, so that they decode as any records do.
type Remnants struct {
	Chunk   *Chunk
	Records []Remnant

	// Account is what is known by now of the slack of the chunks so far, all but
	// the records of this batch.
	Account Account

	placed  map[*binxml.Definition]uint32
	size    int // of definitions
	records int // as many as there may be
	bytes   int // the same
	refused refused
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

// Bounds of a batch: what one worker decodes without others having to wait long, and
// what a chunk may have of definitions.
const (
	maxRemnants         = 512
	maxRemnantBytes     = 512 << 10
	maxRemnantTemplates = 128 << 10
)

// newRemnants returns an empty batch that may come to have so many records and bytes.
func newRemnants(records, bytes int) *Remnants {
	return &Remnants{Chunk: &Chunk{Data: newChunk()}, records: min(records, maxRemnants), bytes: min(bytes, maxRemnantBytes)}
}

func (b *Remnants) full() bool {
	return len(b.Records) >= maxRemnants || len(b.Chunk.Data) >= maxRemnantBytes || b.size >= maxRemnantTemplates
}

// Refused yields why records were refused, and how many.
func (b *Remnants) Refused(yield func(Refusal, int64) bool) {
	for why, n := range b.refused {
		if n > 0 && !yield(Refusal(why), n) {
			return
		}
	}
}

// newChunk returns the start of a chunk that is being made; nothing stands at its
// position 0, which means none.
func newChunk() []byte { return make([]byte, recordAlign) }

// add adds an old record; it returns the memory at.
func (b *Remnants) add(p *pending, found *resolved, at []uint32) []uint32 {
	data := b.Chunk.Data
	if b.placed == nil {
		b.placed = map[*binxml.Definition]uint32{}
		b.Records = make([]Remnant, 0, b.records)
		data = slices.Grow(data, b.bytes)
	}
	for _, t := range found.definitions {
		pos, ok := b.placed[t]
		if !ok && t != nil {
			data, pos = t.AppendTo(data)
			b.placed[t] = pos
			b.size += len(t.Content())
		}
		at = append(at, pos)
	}
	pos := len(data)
	data = append(data, p.raw[:recordHeaderSize]...)
	data = p.xml.AppendTo(data, at)
	size := uint32(len(data) - pos + 4)
	data = binary.LittleEndian.AppendUint32(data, size)
	binary.LittleEndian.PutUint32(data[pos+4:], size)
	b.Chunk.Data = data
	b.Records = append(b.Records, Remnant{
		Record:      Record{Offset: p.offset, ID: p.id, Written: p.written, State: p.state, pos: pos},
		Raw:         p.raw,
		Template:    found.source,
		Lost:        p.lost,
		Stranded:    p.stranded,
		Diagnostics: found.diagnostics,
	})
	r := &b.Records[len(b.Records)-1]
	r.Data = data[pos:len(data):len(data)]
	return at
}
