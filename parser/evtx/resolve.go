package evtx

import (
	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/binxml"
)

// resolved is an old record with all that is needed to decode it.
type resolved struct {
	definitions []*binxml.Definition // of its instances; nil for a value that is left out
	source      model.TemplateSource
	diagnostics []model.Diagnostic
}

func (r *resolved) say(code, detail string) {
	r.diagnostics = append(r.diagnostics, model.Diagnostic{Code: code, Detail: detail})
}

// origin is where the definition of an instance was found, and what speaks against it.
type origin struct {
	*binxml.Definition // nil if there is none
	source             model.TemplateSource
	why                Refusal // that there is none

	doubtful bool // its names may not be its own
	damaged  bool // the checksums of the chunk that it is from are wrong
}

// resolve finds the definitions of the instances of an old record. why is Refusals
// unless the record cannot be had. What it returns is valid until the next call.
func (s *Salvage) resolve(p *pending) (found *resolved, why Refusal) {
	r := &p.xml
	found = &s.scratch.resolved
	*found = resolved{definitions: found.definitions[:0]}
	doubtful, missing, why := r.Doubtful, -1, Refusals
	whyData := why // the same of the data
	for i := range r.Instances {
		in := &r.Instances[i]
		o := s.origin(in)
		found.definitions = append(found.definitions, o.Definition)
		if o.Definition == nil {
			if missing < 0 {
				missing, why = i, o.why
			}
			if i > 0 && whyData == Refusals {
				whyData = o.why
			}
			continue
		}
		if found.source == "" || o.source == model.TemplateOtherChunk {
			found.source = o.source
		}
		doubtful = doubtful || o.doubtful
		switch {
		case o.damaged:
			found.say("chunk-checksum", "a template is that of a chunk whose checksums are wrong")
		case p.odd != "" && o.source == model.TemplateChunk && in.Current:
			found.say("chunk-checksum", p.odd)
		}
	}
	if missing >= 0 && !s.supply(r, found, missing) {
		if found.definitions[0] == nil {
			return nil, why
		}
		text := "the template of the data is gone"
		if whyData == TemplateVague {
			text = "several templates may be that of the data"
		}
		found.say("data-template", text)
	}
	if doubtful {
		found.say("old-names", "names of elements stand where newer records are, and may be theirs")
	}
	return found, Refusals
}

// origin finds the definition of an instance: in its chunk, or among those of all.
func (s *Salvage) origin(in *binxml.Instance) origin {
	if in.Own != nil && (!in.Doubtful || s.templates.has(in.Own)) {
		return origin{Definition: in.Own, source: model.TemplateChunk}
	}
	e, several := s.templates.find(in.ID, in.GUID)
	switch {
	case e != nil:
		return origin{Definition: e.Definition, source: model.TemplateOtherChunk, damaged: !e.sound}
	case several:
		return origin{why: TemplateVague}
	case in.Own != nil:
		return origin{Definition: in.Own, source: model.TemplateChunk, doubtful: true}
	}
	return origin{why: TemplateGone}
}

// supply supplies what is missing, from the instance with that index on, from what
// is known of Windows. If it returns false and there is a definition of the record, found or
// supplied, the data is left out.
func (s *Salvage) supply(r *binxml.Remnant, found *resolved, missing int) bool {
	data := len(r.Instances) - 1 // index of the instance that is the data
	if data > 1 || data == 1 && r.Instances[1].Depth != 1 {
		return false // no event that is known has templates in its data
	}
	var h head
	var layout *systemLayout
	if missing == 0 {
		values := s.values(r, &r.Instances[0])
		if layout = layoutOf(values); layout == nil || r.Instances[0].Depth != 0 {
			return false
		}
		h.read(layout, values)
	} else if !s.head(r, found.definitions, &h) {
		return false
	}
	root, told := r.Root, layout == nil || layout.named // who wrote it
	if data == 1 {
		in, t := &r.Instances[1], found.definitions[1]
		if t == nil || !told {
			list := listOf(h.provider, h.event, h.version, s.values(r, in))
			told = told || list != nil
			if t == nil && list != nil {
				t = s.composed.data(in.ID, list)
			}
		}
		found.definitions[1], root = t, "EventData"
		if t != nil {
			root = t.Root
		}
	}
	if layout != nil {
		found.definitions[0] = s.composed.event(r.Instances[0].ID, layout, root)
		if !told {
			found.say(model.ProviderUnknown, "provider and channel stood in the template, which is gone")
		}
	}
	whole := data == 0 || found.definitions[1] != nil
	if layout != nil || whole {
		found.source = model.TemplateBuiltIn
	}
	return whole
}

// values returns the values of an instance, valid until the next call.
func (s *Salvage) values(r *binxml.Remnant, in *binxml.Instance) []binxml.Value {
	s.scratch.values = r.AppendValues(s.scratch.values[:0], in)
	return s.scratch.values
}

// head is what tells which event a record is of.
type head struct {
	provider string // "" if unknown
	event    uint32
	version  uint8
}

// read reads it from the values of a record that has the layout.
func (h *head) read(l *systemLayout, values []binxml.Value) {
	for i, v := range l.values {
		if !v.none {
			h.set(v.field, &values[i])
		}
	}
}

func (h *head) set(f binxml.SystemField, v *binxml.Value) {
	switch f {
	case binxml.ProviderName:
		h.provider = string(binxml.AppendUTF8(nil, v.Data))
	case binxml.EventID:
		u, _ := v.Uint()
		h.event = uint32(u)
	case binxml.Version:
		u, _ := v.Uint()
		h.version = uint8(u)
	}
}

// head decodes System of an old record whose own template is found.
func (s *Salvage) head(r *binxml.Remnant, definitions []*binxml.Definition, h *head) bool {
	data, pos := definitions[0].AppendTo(appendNewChunk(s.scratch.head[:0]))
	at := append(s.scratch.positions[:0], pos)
	at = append(at, make([]uint32, len(definitions)-1)...)
	start := len(data)
	data = r.AppendTo(data, at)
	s.scratch.positions, s.scratch.head = at, data
	s.heads.Chunk(data, 0)
	doc, err := s.heads.Document(start, len(data))
	if err != nil {
		return false
	}
	doc.System(h.set)
	return h.provider != ""
}
