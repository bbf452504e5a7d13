package binxml

import (
	"encoding/binary"
	"unicode/utf16"

	"github.com/qmparse/qmparse/model"
)

// Definitions that are made here, not found: of templates that Windows is known to
// have had, for records that have lost theirs.

// composer writes the tokens of a definition.
type composer struct {
	b     []byte
	names []int32 // where positions of names stand
}

// compose returns the definition that write writes, for instances with that id.
func compose(id uint32, root string, write func(*composer)) *Definition {
	w := &composer{b: make([]byte, 20)} // GUID, size
	binary.LittleEndian.PutUint32(w.b, id)
	w.b = append(w.b, tokenFragmentHeader, 1, 1, 0)
	write(w)
	w.b = append(w.b, tokenEOF)
	binary.LittleEndian.PutUint32(w.b[16:], uint32(len(w.b)-20))
	return &Definition{GUID: model.GUIDFromWindows([16]byte(w.b[:16])), ID: id, Root: root, content: string(w.b), names: w.names}
}

func (w *composer) u16(v uint16) { w.b = binary.LittleEndian.AppendUint16(w.b, v) }
func (w *composer) u32(v uint32) { w.b = binary.LittleEndian.AppendUint32(w.b, v) }

func (w *composer) text(s string) {
	for _, u := range utf16.Encode([]rune(s)) {
		w.u16(u)
	}
}

// name writes a name where it is referred to.
func (w *composer) name(s string) {
	w.names = append(w.names, int32(len(w.b)))
	w.u32(0)
	w.u32(0)
	at := len(w.b)
	w.u32(0)
	w.text(s)
	binary.LittleEndian.PutUint16(w.b[at:], nameHash(w.b[at+4:]))
	binary.LittleEndian.PutUint16(w.b[at+2:], uint16((len(w.b)-at-4)/2))
	w.u16(0)
}

// attribute is an attribute with a literal text or, if that is "", a value.
type attribute struct {
	name, text string
	value      uint16
}

// element writes an element with what content writes; without any if that is nil.
func (w *composer) element(name string, attributes []attribute, content func()) {
	token := byte(tokenOpenStartElement)
	if len(attributes) > 0 {
		token |= tokenMore
	}
	w.b = append(w.b, token)
	w.u16(noDependency)
	w.u32(0)
	w.name(name)
	if len(attributes) > 0 {
		w.u32(0)
	}
	for i, a := range attributes {
		token := byte(tokenAttribute)
		if i < len(attributes)-1 {
			token |= tokenMore
		}
		w.b = append(w.b, token)
		w.name(a.name)
		if a.text == "" {
			w.value(tokenOptionalSubstitution, a.value)
			continue
		}
		w.b = append(w.b, tokenValue, byte(TypeString))
		at := len(w.b)
		w.u16(0)
		w.text(a.text)
		binary.LittleEndian.PutUint16(w.b[at:], uint16((len(w.b)-at-2)/2))
	}
	if content == nil {
		w.b = append(w.b, tokenCloseEmptyElement)
		return
	}
	w.b = append(w.b, tokenCloseStartElement)
	content()
	w.b = append(w.b, tokenEndElement)
}

// value writes a substitution; an optional one is left out if the value is NULL.
func (w *composer) value(token byte, index uint16) {
	w.b = append(w.b, token)
	w.u16(index)
	w.b = append(w.b, byte(TypeNull)) // the value's own type counts
}

// EventDataDefinition returns the definition of EventData whose Data have these
// names and the values of an instance in that order, also those that are NULL.
func EventDataDefinition(id uint32, names []string) *Definition {
	return compose(id, "EventData", func(w *composer) {
		w.element("EventData", nil, func() {
			for i, name := range names {
				w.element("Data", []attribute{{name: "Name", text: name}}, func() { w.value(tokenNormalSubstitution, uint16(i)) })
			}
		})
	})
}

// EventDefinition returns the definition of an Event in which the System fields are
// the values with these indices, and the data is the value data, whose root element
// has that name.
func EventDefinition(id uint32, fields map[SystemField]uint16, data uint16, root string) *Definition {
	return compose(id, "Event", func(w *composer) {
		w.element("Event", nil, func() {
			w.element("System", nil, func() {
				// Attributes of an element follow each other in the order of the fields.
				for f := SystemField(0); f < systemFields; {
					element := systemNames[f].element
					var attributes []attribute
					var content func()
					for ; f < systemFields && systemNames[f].element == element; f++ {
						index, ok := fields[f]
						switch {
						case !ok:
						case systemNames[f].attribute == "":
							content = func() { w.value(tokenOptionalSubstitution, index) }
						default:
							attributes = append(attributes, attribute{name: systemNames[f].attribute, value: index})
						}
					}
					if attributes != nil || content != nil {
						w.element(element, attributes, content)
					}
				}
			})
			if eventParts[root] {
				w.value(tokenOptionalSubstitution, data)
			} else {
				w.element("UserData", nil, func() { w.value(tokenOptionalSubstitution, data) })
			}
		})
	})
}

// eventParts are the elements that stand beside System; any other stands in
// UserData. (event.xsd of the Windows SDK, EventType.)
var eventParts = map[string]bool{"EventData": true, "UserData": true, "BinaryEventData": true, "DebugData": true, "ProcessingErrorData": true, "RenderingInfo": true}
