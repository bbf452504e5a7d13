package netevent

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"github.com/qmparse/qmparse/model"
)

// Meta is what a dump says of its origin: the JSON object of a META block. A
// field that the object lacks is unknown.
type Meta struct {
	HostName   model.Opt[string] // host_name
	OSBuild    model.Opt[string] // os_build: "10.0.22631.4460"
	CapturedAt model.Opt[string] // captured_at, RFC 3339
	BootTime   model.Opt[string] // boot_time, RFC 3339
	Collector  model.Opt[string] // collector: name and version of the program
	API        model.Opt[string] // api: the function that gave the events
	Note       model.Opt[string] // note

	// Other are the members with other names, as one JSON object with its
	// members in the order of their names; nil if there are none.
	Other []byte
}

// members returns the fields with their names in JSON.
func (m *Meta) members() []metaMember {
	return []metaMember{
		{"host_name", &m.HostName}, {"os_build", &m.OSBuild}, {"captured_at", &m.CapturedAt}, {"boot_time", &m.BootTime},
		{"collector", &m.Collector}, {"api", &m.API}, {"note", &m.Note},
	}
}

type metaMember struct {
	name  string
	value *model.Opt[string]
}

// appendJSON appends the object. It fails if Other is none.
func (m *Meta) appendJSON(dst []byte) ([]byte, error) {
	other := map[string]json.RawMessage{}
	if m.Other != nil {
		if err := json.Unmarshal(m.Other, &other); err != nil {
			return dst, fmt.Errorf("other members of META: %w", err)
		}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	b.WriteByte('{')
	for _, f := range m.members() {
		delete(other, f.name)
		if !f.value.OK {
			continue
		}
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%q:", f.name)
		if err := e.Encode(f.value.V); err != nil {
			return dst, err
		}
		b.Truncate(b.Len() - 1) // the line feed
	}
	if len(other) > 0 {
		text, err := json.Marshal(other)
		if err != nil {
			return dst, err
		}
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		b.Write(text[1 : len(text)-1])
	}
	b.WriteByte('}')
	return append(dst, b.Bytes()...), nil
}

// parseMeta reads the object. A member of a wrong type is left unknown and named
// in odd.
func parseMeta(payload []byte) (m Meta, odd []string, err error) {
	if !utf8.Valid(payload) {
		return m, nil, fmt.Errorf("is not UTF-8")
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(payload, &all); err != nil {
		return m, nil, fmt.Errorf("is no JSON object: %w", err)
	}
	if all == nil {
		return m, nil, fmt.Errorf("is no JSON object but null")
	}
	for _, f := range m.members() {
		raw, ok := all[f.name]
		if !ok {
			continue
		}
		delete(all, f.name)
		var text *string
		if err := json.Unmarshal(raw, &text); err != nil {
			odd = append(odd, f.name+" is no string")
			continue
		}
		if text != nil {
			*f.value = model.Some(*text)
		}
	}
	if len(all) > 0 {
		if m.Other, err = json.Marshal(all); err != nil {
			return m, odd, fmt.Errorf("cannot be kept: %w", err)
		}
	}
	return m, odd, nil
}
