package binxml

// SystemField is one field of an event's System element.
type SystemField uint8

// The fields, by element and attribute.
const (
	ProviderName SystemField = iota
	ProviderGUID
	ProviderEventSource
	EventID
	EventIDQualifiers
	Version
	Level
	Task
	Opcode
	Keywords
	TimeCreated
	EventRecordID
	CorrelationActivityID
	CorrelationRelatedActivityID
	ExecutionProcessID
	ExecutionThreadID
	Channel
	Computer
	SecurityUserID
	systemFields
)

// systemNames says where a field stands: the element, and the attribute unless
// it is the element's text.
var systemNames = [systemFields]struct{ element, attribute string }{
	ProviderName:                 {"Provider", "Name"},
	ProviderGUID:                 {"Provider", "Guid"},
	ProviderEventSource:          {"Provider", "EventSourceName"},
	EventID:                      {"EventID", ""},
	EventIDQualifiers:            {"EventID", "Qualifiers"},
	Version:                      {"Version", ""},
	Level:                        {"Level", ""},
	Task:                         {"Task", ""},
	Opcode:                       {"Opcode", ""},
	Keywords:                     {"Keywords", ""},
	TimeCreated:                  {"TimeCreated", "SystemTime"},
	EventRecordID:                {"EventRecordID", ""},
	CorrelationActivityID:        {"Correlation", "ActivityID"},
	CorrelationRelatedActivityID: {"Correlation", "RelatedActivityID"},
	ExecutionProcessID:           {"Execution", "ProcessID"},
	ExecutionThreadID:            {"Execution", "ThreadID"},
	Channel:                      {"Channel", ""},
	Computer:                     {"Computer", ""},
	SecurityUserID:               {"Security", "UserID"},
}

// String returns the path of the field: "Execution/ProcessID".
func (f SystemField) String() string {
	if f >= systemFields {
		return "unknown field"
	}
	if n := systemNames[f]; n.attribute != "" {
		return n.element + "/" + n.attribute
	}
	return systemNames[f].element
}

// systemFieldsOf returns the fields that stand in the element of that name.
func systemFieldsOf(element string) (all []SystemField) {
	for f := range systemFields {
		if systemNames[f].element == element {
			all = append(all, f)
		}
	}
	return all
}

// systemSlot says which nodes of a program hold a System field.
type systemSlot struct {
	field   SystemField
	i, end  int32 // the nodes of its value
	element int32 // the element that may be left out
}

// findSystem finds the System fields and the other parts of an Event.
func (p *program) findSystem() {
	event := &p.nodes[p.root]
	if event.name.local != "Event" {
		return
	}
	for m := event.attrs; m < event.end; m = p.nodes[m].end {
		n := &p.nodes[m]
		if n.kind == kindElement && n.name.local == "System" {
			for e := n.attrs; e < n.end; e = p.nodes[e].end {
				if p.nodes[e].kind == kindElement {
					p.findFields(e)
				}
			}
		} else if n.kind == kindElement || n.kind == kindSubstitution || n.kind == kindInstance {
			p.parts = append(p.parts, m)
		}
	}
}

// findFields adds the fields in element e of System.
func (p *program) findFields(e int32) {
	n := &p.nodes[e]
	for _, f := range n.name.system {
		where := &systemNames[f]
		if where.attribute == "" {
			p.system = append(p.system, systemSlot{f, n.attrs, n.end, e})
			continue
		}
		for a := e + 1; a < n.attrs; a = p.nodes[a].end {
			if p.nodes[a].name.local == where.attribute {
				p.system = append(p.system, systemSlot{f, a + 1, p.nodes[a].end, e})
			}
		}
	}
}

// System calls yield for each System field that the document has a value for, in
// document order. A literal is a String.
func (doc *Document) System(yield func(SystemField, *Value)) {
	for i := range doc.p.system {
		s := &doc.p.system[i]
		if doc.omitted(&doc.p.nodes[s.element]) {
			continue
		}
		if s.end == s.i {
			continue
		}
		if s.end != s.i+1 || doc.p.nodes[s.i].kind == kindEntity {
			text, err := doc.appendText(nil, s.i, s.end)
			if err != nil {
				doc.d.diagnose("system-field", "%v: %v", s.field, err)
				return
			}
			v := Value{Type: TypeString, Data: appendUTF16(nil, string(text))}
			yield(s.field, &v)
			continue
		}
		switch n := &doc.p.nodes[s.i]; n.kind {
		case kindText, kindCDATA:
			yield(s.field, &n.lit)
		case kindSubstitution:
			if v := doc.value(n); v.Type != TypeNull {
				yield(s.field, v)
			}
		}
	}
}

// HasSystem says whether the document is an Event with a System element.
func (doc *Document) HasSystem() bool { return len(doc.p.system) > 0 }
