package quickmode

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/qmparse/qmparse/model"
)

// mapper reads the fields of one event into a failure. Its readers return an
// unknown value for a field that is absent, without a diagnostic, and for one
// that cannot be read, with one.
type mapper struct {
	*mapping
	ev      *model.Event
	f       *model.QMFailure
	fields  []model.Field // all with names
	missing []string
	want    int // how many of the mapping's names must be there
}

func (m *mapper) say(code, detail string) {
	m.f.Diagnostics = append(m.f.Diagnostics, model.Diagnostic{Code: code, Detail: detail})
}

// open finds the fields' names. It is false if there is nothing to read.
func (m *mapper) open() bool {
	m.want = m.v0
	switch v := m.ev.Version; {
	case !v.OK:
		m.say("event-version-unknown", "none")
	case v.V == 1:
		m.want = len(m.names)
	case v.V > 1:
		m.say("event-version-unknown", strconv.Itoa(int(v.V)))
	}

	// A classic event may have Binary beside its texts, which have no names.
	fields := slices.DeleteFunc(slices.Clone(m.ev.Fields), func(f model.Field) bool { return f.Name == "Binary" })
	if len(fields) == 1 && fields[0].Kind == model.KindArray && (fields[0].Name == "" || fields[0].Name == "Data") {
		fields = fields[0].Items
	}
	if len(fields) == 0 {
		m.say("data-missing", "the event has no fields")
		return false
	}
	unnamed := 0
	for i := range fields {
		if fields[i].Name == "" {
			unnamed++
		}
	}
	switch {
	case unnamed == 0:
		m.fields = fields
		return !m.processingError()
	case unnamed < len(fields):
		m.say("fields-unnamed", fmt.Sprintf("%d of %d", unnamed, len(fields)))
		m.fields = fields
		return true
	case len(fields) != m.v0 && len(fields) != len(m.names):
		m.say("field-count-unexpected", fmt.Sprintf("%d unnamed fields, not %d or %d", len(fields), m.v0, len(m.names)))
		return false
	}
	if m.ev.Version.OK && m.ev.Version.V <= 1 && len(fields) != m.want {
		m.say("event-version-differs", fmt.Sprintf("version %d with %d unnamed fields", m.ev.Version.V, len(fields)))
		if len(fields) < m.want { // any may be left out, not the last ones alone
			return false
		}
	}
	m.want = len(fields)
	m.fields = make([]model.Field, len(fields))
	for i, f := range fields {
		f.Name = m.names[i]
		m.fields[i] = f
	}
	return true
}

// processingError says what Windows wrote in place of fields that did not fit their template:
// ProcessingErrorData with ErrorCode, DataItemName and EventPayload.
func (m *mapper) processingError() bool {
	var text []string
	for _, name := range []string{"ErrorCode", "DataItemName", "EventPayload"} {
		i := slices.IndexFunc(m.fields, func(f model.Field) bool { return f.Name == name })
		if i >= 0 {
			text = append(text, name+" "+valueText(&m.fields[i]))
		} else if name != "DataItemName" {
			return false
		}
	}
	for i := range m.fields {
		if slices.Contains(m.names, m.fields[i].Name) {
			return false
		}
	}
	m.say("processing-error", strings.Join(text, ", "))
	return true
}

// field returns the field of that name, in any case of its letters, or nil if
// there is none or it is null.
func (m *mapper) field(name string) *model.Field {
	var found *model.Field
	for i := range m.fields {
		f := &m.fields[i]
		if len(f.Name) != len(name) || f.Name != name && !strings.EqualFold(f.Name, name) {
			continue
		}
		if found != nil {
			m.say("field-repeated", name)
			return nil
		}
		found = f
	}
	if found == nil && m.expects(name) {
		m.missing = append(m.missing, name)
	}
	if found != nil && found.Kind == model.KindNull {
		return nil
	}
	return found
}

func (m *mapper) expects(name string) bool {
	for _, n := range m.names[:m.want] {
		if n == name {
			return true
		}
	}
	return false
}

func (m *mapper) reportMissing() {
	if len(m.missing) > 0 {
		m.say("field-missing", strings.Join(m.missing, ", "))
	}
}

// wrongKind says that a field's value is of a kind that it cannot have.
func (m *mapper) wrongKind(f *model.Field) {
	m.say("field-type-unexpected", f.Name+" "+valueText(f))
}

// valueText writes a value for a diagnostic, with its kind.
func valueText(f *model.Field) string {
	switch f.Kind {
	case model.KindNull:
		return "null"
	case model.KindText:
		return "text " + model.Quote(f.Text)
	case model.KindInt:
		return "int " + strconv.FormatInt(f.Int, 10)
	case model.KindUint:
		return "uint " + strconv.FormatUint(f.Uint, 10)
	case model.KindBool:
		return "bool " + strconv.FormatBool(f.Uint != 0)
	case model.KindFloat:
		return "float " + strconv.FormatFloat(f.Float, 'g', -1, 64)
	case model.KindTime:
		return "time " + model.FILETIME(f.Uint).String()
	case model.KindGUID:
		return "GUID " + f.GUID.String()
	case model.KindSID:
		return "SID " + f.Text
	case model.KindBinary:
		return "binary " + hexDetail(f.Bytes)
	case model.KindArray, model.KindStruct:
		kind := "array"
		if f.Kind == model.KindStruct {
			kind = "struct"
		}
		if len(f.Items) == 0 {
			return kind + " of 0"
		}
		if first := &f.Items[0]; first.Kind < model.KindArray {
			return fmt.Sprintf("%s of %d, the first %s", kind, len(f.Items), valueText(first))
		}
		return fmt.Sprintf("%s of %d", kind, len(f.Items))
	}
	return "kind " + strconv.Itoa(int(f.Kind))
}

// asciiSpace is what counts as white space around a logged value.
const asciiSpace = " \t\n\v\f\r"

func trim(text string) string { return strings.Trim(text, asciiSpace) }

// none reports whether a text of the Security log stands for no value.
func none(text string) bool {
	text = trim(text)
	return text == "" || text == "-"
}

// text returns a text as it was logged, unknown if it is "" or "-".
func (m *mapper) text(name string) model.Opt[string] {
	f := m.field(name)
	switch {
	case f == nil:
	case f.Kind != model.KindText:
		m.wrongKind(f)
	case !none(f.Text):
		return model.Some(f.Text)
	}
	return model.Opt[string]{}
}

// number returns an unsigned number of at most that many bits. A text is one
// too, in decimal or hexadecimal with 0x.
func (m *mapper) number(name string, bits int) model.Opt[uint64] {
	var unknown model.Opt[uint64]
	f := m.field(name)
	if f == nil {
		return unknown
	}
	var v uint64
	switch f.Kind {
	case model.KindUint:
		v = f.Uint
	case model.KindInt:
		if f.Int < 0 {
			m.say("number-out-of-range", name+" "+strconv.FormatInt(f.Int, 10))
			return unknown
		}
		v = uint64(f.Int)
	case model.KindText:
		if none(f.Text) {
			return unknown
		}
		var ok bool
		if v, ok = model.ParseUint(trim(f.Text), 64); !ok {
			m.say("number-unreadable", name+" "+model.Quote(f.Text))
			return unknown
		}
	default:
		m.wrongKind(f)
		return unknown
	}
	if bits < 64 && v>>bits != 0 {
		m.say("number-out-of-range", name+" "+strconv.FormatUint(v, 10))
		return unknown
	}
	return model.Some(v)
}

// number8 to number32 are number in the type of a column.
func (m *mapper) number8(name string) model.Opt[uint8] {
	v := m.number(name, 8)
	return model.Opt[uint8]{V: uint8(v.V), OK: v.OK}
}

func (m *mapper) number16(name string) model.Opt[uint16] {
	v := m.number(name, 16)
	return model.Opt[uint16]{V: uint16(v.V), OK: v.OK}
}

func (m *mapper) number32(name string) model.Opt[uint32] {
	v := m.number(name, 32)
	return model.Opt[uint32]{V: uint32(v.V), OK: v.OK}
}

// guid returns a GUID; a text is one too, with braces or without.
func (m *mapper) guid(name string) model.Opt[model.GUID] {
	f := m.field(name)
	switch {
	case f == nil:
	case f.Kind == model.KindGUID:
		return model.Some(f.GUID)
	case f.Kind != model.KindText:
		m.wrongKind(f)
	case none(f.Text):
	default:
		if g, ok := model.ParseGUID(trim(f.Text)); ok {
			return model.Some(g)
		}
		m.say("guid-unreadable", name+" "+model.Quote(f.Text))
	}
	return model.Opt[model.GUID]{}
}

// time returns a FILETIME; a text is one in ISO 8601.
func (m *mapper) time(name string) model.Opt[model.FILETIME] {
	f := m.field(name)
	switch {
	case f == nil:
	case f.Kind == model.KindTime || f.Kind == model.KindUint:
		return model.Some(model.FILETIME(f.Uint))
	case f.Kind != model.KindText:
		m.wrongKind(f)
	case none(f.Text):
	default:
		if t, ok := model.ParseFILETIME(trim(f.Text)); ok {
			return model.Some(t)
		}
		m.say("time-unreadable", name+" "+model.Quote(f.Text))
	}
	return model.Opt[model.FILETIME]{}
}

// sid returns a SID as text, unknown if it is S-1-0-0.
func (m *mapper) sid(name string) model.Opt[string] {
	f := m.field(name)
	if f == nil {
		return model.Opt[string]{}
	}
	text := ""
	switch f.Kind {
	case model.KindSID:
		text = f.Text
	case model.KindText:
		if none(f.Text) {
			return model.Opt[string]{}
		}
		if text = trim(f.Text); !model.ValidSID(text) {
			m.say("sid-unreadable", name+" "+model.Quote(f.Text))
			return model.Opt[string]{}
		}
	case model.KindBinary:
		if len(f.Bytes) == 0 {
			return model.Opt[string]{}
		}
		b, n, ok := model.AppendSID(nil, f.Bytes)
		if !ok || n != len(f.Bytes) {
			m.say("sid-unreadable", name+" "+hexDetail(f.Bytes))
			return model.Opt[string]{}
		}
		text = string(b)
	default:
		m.wrongKind(f)
		return model.Opt[string]{}
	}
	if text == "" || strings.EqualFold(text, model.NullSID) {
		return model.Opt[string]{}
	}
	return model.Some(text)
}

// hexDetail writes bytes for a diagnostic, at most 128 of them.
func hexDetail(b []byte) string {
	const limit = 128
	if len(b) > limit {
		return fmt.Sprintf("%X… (%d bytes)", b[:limit], len(b))
	}
	return fmt.Sprintf("%X", b)
}
