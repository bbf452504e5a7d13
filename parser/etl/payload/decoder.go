package payload

import (
	"fmt"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// Decoder decodes payloads. It keeps schemas that it has seen, and memory from
// event to event, so it is for one goroutine. What it returns owns its memory.
type Decoder struct {
	c       cursor.Cursor // over the payload
	pointer int           // size, as in the event
	items   []item        // what was read
	most    int           // items that the event may have
	repeats bool          // among the fields of the event itself
	places  []int32       // of members whose names repeat, while JSON is written
	limit   int           // of the JSON, as a length of its buffer
	said    []model.Diagnostic
	schemas map[string]*schema
	cached  int // bytes of schemas
}

// NewDecoder returns a Decoder.
func NewDecoder() *Decoder { return &Decoder{} }

// AppendData appends the event's data as one JSON object in UTF-8 without white
// space, the text of the column data, and to diags what looks wrong. With an
// error, which is about the payload or the schema as a whole, it appends nothing.
//
// A name that repeats and an array value are arrays, a structure is an object.
// Numbers up to 32 bits and truth values are JSON's; wider numbers, hex integers
// (0x1f), addresses, GUIDs, SIDs and times are text, binary is upper-case hex. An
// array of characters is one text. A TraceLogging event's name is the first
// member, #name, since the table has no column for it.
//
// Where an event and version have several templates, it is the one that takes the
// payload to its last byte: of those that the build is expected to have, or else of
// the others, with the diagnostic template-of-other-build. If two do that and differ in names alone, the fields that both know are there
// and the others' values are in the diagnostic template-ambiguous; if they differ
// in more, it is an error.
func (d *Decoder) AppendData(dst []byte, e *Event, diags []model.Diagnostic) ([]byte, []model.Diagnostic, error) {
	if err := d.read(e); err != nil {
		return dst, diags, err
	}
	out, err := d.appendJSON(dst, e)
	if err != nil {
		return dst, diags, err
	}
	return out, append(diags, d.said...), nil
}

// Fields appends the event's fields with their types, in order: the same data
// that AppendData writes. Names that repeat stand one by one.
func (d *Decoder) Fields(dst []model.Field, e *Event) ([]model.Field, error) {
	if err := d.read(e); err != nil {
		return dst, err
	}
	return d.appendFields(dst, 0, len(d.items)), nil
}

// read reads the payload into items.
func (d *Decoder) read(e *Event) error {
	if cap(d.items) > maxKept {
		d.items = nil
	}
	d.pointer = e.PointerSize
	d.begin(e)
	if len(e.Schema) > 0 {
		s, err := d.schema(e)
		if err != nil {
			return err
		}
		return d.traceLogging(s)
	}
	return d.template(e)
}

// begin goes to the start of the payload.
func (d *Decoder) begin(e *Event) {
	d.c = cursor.New(e.Payload, e.Offset)
	d.most = min(maxItems, freeItems+itemsPerByte*(len(e.Schema)+len(e.Payload)))
	d.items, d.said, d.repeats = d.items[:0], d.said[:0], false
}

// finish returns the cursor's error; bytes that no field took are one.
func (d *Decoder) finish() error {
	if n := d.c.Len(); n > 0 {
		d.c.Fail(cursor.ErrMalformed, "payload", "%d bytes are left over", n)
	}
	return d.c.Err()
}

// say adds a diagnostic about the event.
func (d *Decoder) say(code, format string, args ...any) {
	if len(d.said) < maxDiagnostics {
		d.said = append(d.said, model.Diagnostic{Code: code, Detail: fmt.Sprintf(format, args...)})
	}
}
