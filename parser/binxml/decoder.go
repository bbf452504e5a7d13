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
	chunk []byte
	whole cursor.Cursor // over chunk

	templates  map[uint32]compiled        // of this chunk, by position
	cache      map[templateKey][]*program // of all chunks so far
	cached     int
	names      map[string]*name  // by UTF-16 text
	texts      map[string]string // UTF-8 by UTF-16
	sids       map[string]string // text by bytes
	chunkNodes int

	// Of the document being decoded, reused from one to the next:
	values      []Value
	inline      []*program // programs of fragments without a template
	inlineUsed  int
	diagnostics []model.Diagnostic
	nodes       int // walked
	members     []member
	scratch     []byte
	badNames    bool // said already
	missing     bool // said already
}

// NewDecoder returns a decoder without a chunk.
func NewDecoder() *Decoder {
	return &Decoder{
		templates: map[uint32]compiled{},
		cache:     map[templateKey][]*program{},
		names:     map[string]*name{},
		texts:     map[string]string{},
		sids:      map[string]string{},
	}
}

// Chunk makes chunk, whose first byte stands at file offset offset, the one that
// names and template definitions are looked up in. Documents of the chunk before
// end here.
func (d *Decoder) Chunk(chunk []byte, offset int64) {
	d.chunk, d.whole = chunk, cursor.New(chunk, offset)
	d.chunkNodes = 0
	clear(d.templates)
}

// Text returns the text of a UTF-16 string without its terminating NUL. Equal
// texts share one string, for fields that repeat from record to record.
func (d *Decoder) Text(utf16 []byte) string {
	if s, ok := d.texts[string(utf16)]; ok {
		return s
	}
	if len(d.texts) >= maxCachedNames {
		clear(d.texts)
	}
	s := string(AppendUTF8(nil, trimNUL(utf16)))
	d.texts[string(utf16)] = s
	return s
}

// SID returns the text of a SID that fills b. Equal SIDs share one string.
func (d *Decoder) SID(b []byte) (string, bool) {
	if s, ok := d.sids[string(b)]; ok {
		return s, true
	}
	v := Value{Type: TypeSID, Data: b}
	text, ok := v.appendSID(nil)
	if !ok {
		return "", false
	}
	if len(d.sids) >= maxCachedNames {
		clear(d.sids)
	}
	d.sids[string(b)] = string(text)
	return d.sids[string(b)], true
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

// step counts a node of the current document against [MaxNodes].
func (d *Decoder) step() error {
	if d.nodes++; d.nodes > MaxNodes {
		return &cursor.Error{Offset: d.whole.Offset(), Field: "record", Err: cursor.ErrUnsupported,
			Detail: fmt.Sprintf("expands to more than %d nodes", MaxNodes)}
	}
	return nil
}
