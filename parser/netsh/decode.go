package netsh

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/internal/cursor"
	"github.com/qmparse/qmparse/parser/netevent"
)

// Event is one net event.
type Event struct {
	Offset      int64             // of its element in the file
	Host        model.Opt[string] // as the dump has it
	NetEvent    *model.NetEvent   // with no version: the text does not have it
	Diagnostics []model.Diagnostic
}

// UnknownType is the type of an event whose type has no name or number that is
// known here; a diagnostic has its text. FWPM_NET_EVENT_TYPE does not reach
// this far.
const UnknownType model.NetEventType = 1<<32 - 1

// Events yields the events of the dump that r reads from its start, as
// [Reader.Elements] and [Decoder.Decode] do.
func Events(r io.Reader) iter.Seq2[*Event, error] {
	return func(yield func(*Event, error) bool) {
		d := NewDecoder()
		for x, err := range NewReader(r).Elements() {
			var e *Event
			if err == nil {
				e, err = d.Decode(x)
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

// Decoder decodes elements, one after the other. It is not safe for concurrent
// use.
type Decoder struct {
	src   source
	text  []byte
	nodes []node
	open  []int32

	event   *Event
	missing []string
}

// NewDecoder returns a decoder.
func NewDecoder() *Decoder { return &Decoder{} }

// Decode decodes the element of a net event. It fails only on a text that is no
// whole element, or one of too many; what cannot be read of an event is unknown
// there and has a diagnostic. The event is the caller's.
func (d *Decoder) Decode(x *Element) (*Event, error) {
	if err := d.parse(x.Text); err != nil {
		var e *cursor.Error
		if errors.As(err, &e) {
			e.Offset = x.Offset
		}
		return nil, err
	}
	e := &Event{Offset: x.Offset, Host: x.Host, NetEvent: &model.NetEvent{}}
	d.event, d.missing = e, d.missing[:0]
	d.netEvent(e.NetEvent)
	if len(d.missing) > 0 {
		d.say("field-missing", strings.Join(d.missing, ", "))
	}
	d.event = nil
	values := *e.NetEvent
	if values.Type == UnknownType {
		values.Type = 0 // what it is was said above
	}
	e.Diagnostics = netevent.AppendDiagnostics(e.Diagnostics, &values)
	return e, nil
}

// netEvent reads FWPM_NET_EVENT: header, type, and the body for the type.
func (d *Decoder) netEvent(e *model.NetEvent) {
	e.Type = UnknownType
	if text := d.required(0, "type"); text != "" {
		if typ, ok := eventType(text); ok {
			e.Type = typ
		} else {
			d.unreadable("enumerator", "type", text)
		}
	}
	if i := d.only(0, "header"); i != 0 {
		d.header(i, &e.Header)
	} else {
		d.miss("header")
	}
	if !e.Type.Known() {
		if typ := d.typeByBody(); typ != UnknownType {
			e.Type = typ
		}
	}
	names := bodies[e.Type]
	if names == nil {
		return
	}
	i := d.body(names...)
	if i == 0 {
		return
	}
	switch e.Type {
	case model.NetEventIKEExtQMFailure:
		e.QM = d.qmFailure(i)
	case model.NetEventIKEExtMMFailure:
		e.MM = d.mmFailure(i)
	case model.NetEventIKEExtEMFailure:
		e.EM = d.emFailure(i)
	}
}

// bodies are the names that the structures of IKE's failures may have. The first is that
// of the union in FWPM_NET_EVENT0 to 5; that netsh uses it is seen of other types alone, so
// near ones are taken too.
var bodies = map[model.NetEventType][]string{
	model.NetEventIKEExtQMFailure: {"ikeQmFailure", "ikeextQmFailure", "qmFailure"},
	model.NetEventIKEExtMMFailure: {"ikeMmFailure", "ikeextMmFailure", "mmFailure"},
	model.NetEventIKEExtEMFailure: {"ikeEmFailure", "ikeextEmFailure", "emFailure"},
}

// isBody says whether an element has the name of such a structure.
func isBody(name []byte) bool {
	const end = "Failure" // of all of them, and of few others
	if n := len(name) - len(end); n < 0 || name[n]|0x20 != 'f' || !strings.EqualFold(string(name[n:]), end) {
		return false
	}
	for _, names := range bodies {
		if isOneOf(string(name), names) {
			return true
		}
	}
	return false
}

// typeByBody returns the type that the only structure of such a failure is of, since no
// failure is to be lost for a type that cannot be read.
func (d *Decoder) typeByBody() model.NetEventType {
	found := UnknownType
	for typ, names := range bodies {
		for i := d.nodes[0].child; i != 0; i = d.nodes[i].next {
			if !isOneOf(d.nodes[i].name, names) {
				continue
			}
			if found != UnknownType && found != typ {
				return UnknownType
			}
			found = typ
		}
	}
	if found != UnknownType {
		d.say("type-by-body", bodies[found][0])
	}
	return found
}

// body returns the element of the type's structure.
func (d *Decoder) body(names ...string) int32 {
	i := d.only(0, names...)
	if i == 0 || d.nodes[i].child == 0 {
		d.say("body-missing", names[0])
		return 0
	}
	return i
}

// eventType reads the name of a type as either kind of Windows writes it, or
// its number.
func eventType(text string) (model.NetEventType, bool) {
	const prefix, public = "FWPM_NET_EVENT_TYPE_", "PUBLIC_"
	if rest, ok := strings.CutPrefix(text, prefix); ok {
		if rest, ok = strings.CutPrefix(rest, public); ok {
			text = prefix + rest
		}
	}
	if typ, ok := model.ParseNetEventType(text); ok {
		return typ, typ != UnknownType
	}
	v, ok := model.ParseUint(text, 32)
	return model.NetEventType(v), ok && model.NetEventType(v) != UnknownType
}

func (d *Decoder) say(code, detail string) {
	to := &d.event.Diagnostics
	switch n := len(*to); {
	case n < maxDiagnostics:
		*to = append(*to, model.Diagnostic{Code: code, Detail: detail})
	case n == maxDiagnostics:
		*to = append(*to, model.Diagnostic{Code: "diagnostics-cut", Detail: fmt.Sprintf("more than %d", maxDiagnostics)})
	}
}

// miss notes that a field is absent or empty.
func (d *Decoder) miss(name string) {
	if len(d.missing) < maxDiagnostics {
		d.missing = append(d.missing, name)
	}
}
