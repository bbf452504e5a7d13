package evtx

import (
	"fmt"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/binxml"
	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// Decoder turns records into events. It is not safe for concurrent use, each
// worker has its own; what it decodes does not depend on what it decoded before.
type Decoder struct {
	// Want lets Records step over what is not wanted; nil wants all. It is set
	// before the first record and does not change.
	Want *Want

	xml       *binxml.Decoder
	chunk     *Chunk
	checksums string // what is wrong with those of the chunk
	doc       binxml.Document
	known     binxml.Known // instead of doc, as long as that is not asked for
	pos, end  int          // of the BinXML that System decoded last
	ev        *model.Event
	set       func(binxml.SystemField, *binxml.Value) // d.field, made once
	setNumber func(binxml.SystemField, uint64) bool   // d.number, the same

	glanced   binxml.Known                   // of the record at the position glancedAt of the chunk,
	glancedAt int                            // if that is not 0
	passing   func(pos, end int) (int, bool) // d.pass, made once
	touched   []*kind                        // passed, not yet told
	runs      runs                           // of the records of the chunk
	pending   pendings                       // of the chunk
	begun     *Chunk                         // by Slack: its templates need not be found anew
	alone     []byte                         // a chunk that is zero but for one record
}

// NewDecoder returns a decoder without a chunk.
func NewDecoder() *Decoder {
	d := &Decoder{xml: binxml.NewDecoder()}
	d.set, d.setNumber, d.passing = d.field, d.number, d.pass
	return d
}

// Chunk makes c the chunk whose records are decoded next.
func (d *Decoder) Chunk(c *Chunk) {
	d.chunk, d.checksums, d.glancedAt = c, "", 0
	if c.odd != nil {
		d.checksums = c.odd.Error()
	}
	if d.begun != c {
		d.xml.Chunk(c.Data, c.Offset)
	}
	d.begun = nil
}

// System decodes the head of record r of the current chunk and its System
// element into ev, all but the provenance that only the caller knows. What is
// wrong with the record but left it readable is in ev.Diagnostics; strings are
// shared between events. It fails if the record has no readable System element.
func (d *Decoder) System(r *Record, ev *model.Event) error {
	d.begin(r, ev)
	if d.glance(r, ev) {
		return nil
	}
	return d.decode(r, ev)
}

// begin makes ev what the head of the record says.
func (d *Decoder) begin(r *Record, ev *model.Event) {
	diagnostics := ev.Diagnostics[:0]
	*ev = model.Event{
		Provenance: model.Provenance{
			Format:      model.FormatEVTX,
			Offset:      uint64(r.Offset),
			State:       r.State,
			LayoutBasis: model.LayoutDocumented,
		},
		RecordID:    model.Some(r.ID),
		Logged:      model.Some(r.Written),
		Diagnostics: diagnostics,
	}
	d.known = binxml.Known{}
	d.pos, d.end = r.pos+recordHeaderSize, r.pos+len(r.Data)
	if r.whole() {
		d.end -= 4 // the copy of the size
	}
}

// decode decodes the System element of any record.
func (d *Decoder) decode(r *Record, ev *model.Event) error {
	var err error
	if d.doc, err = d.xml.Document(d.pos, d.end); err != nil {
		return err
	}
	if !d.doc.HasSystem() {
		return &cursor.Error{Offset: r.Offset + recordHeaderSize, Field: "Event", Err: cursor.ErrMalformed, Detail: "no System element"}
	}
	if d.chunk.Carved && d.doc.Templated && !d.doc.TemplateMatches {
		// What was a chunk may go on with bytes of another.
		return &cursor.Error{Offset: r.Offset + recordHeaderSize, Field: "template instance", Err: cursor.ErrMalformed,
			Detail: fmt.Sprintf("names template %08x, another stands in its place", d.doc.TemplateID)}
	}
	if d.doc.Templated {
		ev.TemplateSource = model.TemplateChunk
	}
	d.remember()
	d.label(r, ev)
	if d.doc.Templated && !d.doc.TemplateMatches {
		ev.Diagnostics = append(ev.Diagnostics, model.Diagnostic{Code: "template-id",
			Detail: fmt.Sprintf("the record names template %08x, another stands in its place", d.doc.TemplateID)})
	}
	d.ev = ev
	d.doc.System(d.set)
	d.ev = nil
	return nil
}

// glance decodes the System element of a record of a kind that is known; false if it is of
// none.
func (d *Decoder) glance(r *Record, ev *model.Event) bool {
	if !r.whole() {
		return false
	}
	known := d.glanced
	if d.glancedAt != r.pos {
		known = d.xml.Glance(d.pos, d.end)
	}
	if known.Kind == nil {
		return false
	}
	k, ok := known.Kind.Of.(*kind)
	if !ok || !k.plain {
		return false
	}
	d.known = known
	ev.TemplateSource = model.TemplateChunk
	ev.Provider, ev.ProviderGUID, ev.Channel, ev.EventID, ev.Host =
		k.event.Provider, k.event.ProviderGUID, k.event.Channel, k.event.EventID, k.event.Host
	d.label(r, ev)
	d.ev = ev
	d.xml.Rest(d.known, d.setNumber, d.set)
	d.ev = nil
	return true
}

// label adds what is known to be wrong around the record.
func (d *Decoder) label(r *Record, ev *model.Event) {
	add := func(code, detail string) {
		ev.Diagnostics = append(ev.Diagnostics, model.Diagnostic{Code: code, Detail: detail})
	}
	if r.Torn {
		add("record-torn", "the copy of the record's size differs")
	}
	if d.chunk.Compressed {
		add("compressed", fmt.Sprintf("at position %#x of a chunk that was compressed", r.pos))
	}
	if r.Covers {
		add(coversCode, coversText)
	}
	if r.Covered {
		add(coveredCode, coveredText)
	}
	if r.AfterDamage {
		add("after-damage", "bytes before it in its chunk are no record")
	}
	if d.chunk.odd != nil {
		add("chunk-checksum", d.checksums)
	}
}

// Data renders the data of the event that System decoded last, appending its
// JSON to dst, and adds what it found odd to ev.Diagnostics. ev.Data is nil if
// the event has none. On an error ev.Data is nil and dst as it was.
func (d *Decoder) Data(dst []byte, ev *model.Event) ([]byte, error) {
	out, ok := dst, false
	if d.known.Kind != nil {
		out, ok = d.xml.AppendJSON(dst, d.known)
	}
	if !ok {
		doc, err := d.Document()
		if err == nil {
			out, err = doc.AppendJSON(dst)
		}
		if err != nil {
			d.adopt(ev)
			return dst, err
		}
	}
	d.adopt(ev)
	if len(out) > len(dst) {
		ev.Data = out[len(dst):len(out):len(out)]
	}
	return out, nil
}

// Fields sets ev.Fields to the data of the event that System decoded last.
func (d *Decoder) Fields(ev *model.Event) error {
	doc, err := d.Document()
	if err == nil {
		ev.Fields, err = doc.Fields()
	}
	d.adopt(ev)
	return err
}

// Document returns the BinXML of the record that System decoded last. It fails for none
// that System succeeds for.
func (d *Decoder) Document() (*binxml.Document, error) {
	if d.known.Kind != nil {
		doc, err := d.xml.Document(d.pos, d.end)
		if err != nil {
			return nil, err
		}
		d.known, d.doc = binxml.Known{}, doc
	}
	return &d.doc, nil
}

// adopt moves the document's diagnostics to the event.
func (d *Decoder) adopt(ev *model.Event) {
	ev.Diagnostics = append(ev.Diagnostics, d.xml.TakeDiagnostics()...)
}
