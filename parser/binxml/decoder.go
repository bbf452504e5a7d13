package binxml

import (
	"fmt"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// Decoder decodes the BinXML of one chunk after another. It is not safe for
// concurrent use; each worker has its own. Nothing that it decodes depends on
// what it decoded before.
type Decoder struct {
	chunk       []byte
	chunkNumber uint64        // counts them from 1
	whole       cursor.Cursor // over chunk

	// Counted apart: what records there are does not depend on whose data is asked for, nor
	// on whether old records are.
	ofRecords, ofData, ofOld definitions

	growth int               // of the remnants of the chunk
	named  [namedSlots]named // names, by where they stand

	cache     map[templateKey][]*program // of all chunks so far
	cached    int                        // bytes of them, about
	names     cache[*name]               // by UTF-16 text
	dataNames cache[*name]               // the same, of Data
	texts     cache[string]              // UTF-8 by UTF-16
	sids      cache[string]              // text by bytes
	domains   domains                    // of SIDs
	kinds     int                        // remembered in the layouts of programs

	// Of the document being decoded, reused from one to the next:
	values      []Value
	inline      []*program // programs of fragments without a template
	inlineUsed  int
	diagnostics []model.Diagnostic
	spent       int                    // nodes, values and items looked at
	mostNodes   int                    // of those
	written     int                    // bytes of text made beside JSON and XML, or made anew in JSON
	mostText    int                    // of those, and of JSON and XML each
	walks       [maxWalks]walk         // through arrays
	walked      int                    // how many there were
	given       Value                  // to who asked for System fields
	inner       [MaxDepth + 1]Document // in a value of a document of that depth
	members     []member
	scratch     []byte
	remnant     []byte     // XML of one
	instances   []Instance // of that
	badNames    bool       // said already
	missing     bool       // said already
}

// NewDecoder returns a decoder without a chunk.
func NewDecoder() *Decoder {
	d := &Decoder{cache: map[templateKey][]*program{}}
	for _, set := range []*definitions{&d.ofRecords, &d.ofData, &d.ofOld} {
		set.at = map[uint32]compiled{}
	}
	return d
}

// Chunk makes chunk, whose first byte stands at file offset offset, the one that
// names and template definitions are looked up in. Documents of the chunk before
// end here.
func (d *Decoder) Chunk(chunk []byte, offset int64) {
	d.chunk, d.whole = chunk, cursor.New(chunk, offset)
	d.chunkNumber++
	d.ofRecords.forget()
	d.ofData.forget()
	d.ofOld.forget()
	d.growth = 0
}

// Text returns the text of a UTF-16 string without its terminating NUL. Equal
// texts share one string, for fields that repeat from record to record.
func (d *Decoder) Text(utf16 []byte) string {
	s, ok := d.texts.m[string(utf16)]
	if !ok {
		s = string(AppendUTF8(nil, trimNUL(utf16)))
		d.texts.put(utf16, s, len(s))
	}
	return s
}

// SID returns the text of a SID that fills b. Equal SIDs share one string.
func (d *Decoder) SID(b []byte) (string, bool) {
	if s, ok := d.sids.m[string(b)]; ok {
		return s, true
	}
	v := Value{Type: TypeSID, Data: b}
	text, ok := v.appendSID(nil)
	if !ok {
		return "", false
	}
	s := string(text)
	d.sids.put(b, s, len(s))
	return s, true
}

// diagnose adds a diagnostic about the current document.
func (d *Decoder) diagnose(code, format string, args ...any) {
	if len(d.diagnostics) < maxDiagnostics {
		d.diagnostics = append(d.diagnostics, model.Diagnostic{Code: code, Detail: fmt.Sprintf(format, args...)})
	}
}

// TakeDiagnostics returns what of the current document decoded but looks wrong
// and was not taken yet: of the instance, and of what was rendered since. The
// slice is reused.
func (d *Decoder) TakeDiagnostics() []model.Diagnostic {
	taken := d.diagnostics
	d.diagnostics = d.diagnostics[len(d.diagnostics):]
	return taken
}

// bound sets what a document of so many bytes may expand to.
func (d *Decoder) bound(size int) {
	d.spent, d.written = 0, 0
	size = min(size, MaxNodes)
	d.mostNodes = min(freeNodes+nodesPerByte*size, MaxNodes)
	d.mostText = min(freeText+textPerByte*size, MaxText)
}

// step counts n nodes of the current document.
func (d *Decoder) step(n int) error {
	if d.spent += n; d.spent <= d.mostNodes {
		return nil
	}
	return d.tooMuch("expands to more than %d nodes", d.mostNodes)
}

// wrote counts n bytes of text of the current document.
func (d *Decoder) wrote(n int) error {
	if d.written += n; d.written <= d.mostText {
		return nil
	}
	return d.tooMuch("expands to more than %d bytes", d.mostText)
}

func (d *Decoder) tooMuch(format string, limit int) error {
	return &cursor.Error{Offset: d.whole.Offset(), Field: "record", Detail: fmt.Sprintf(format, limit), Err: cursor.ErrUnsupported}
}
