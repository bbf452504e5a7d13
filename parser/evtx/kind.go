package evtx

import (
	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/binxml"
)

// kind is what the decoder knows of a kind of record.
type kind struct {
	event  model.Event // with the fields of the kind only
	plain  bool        // nothing is odd about them
	wanted bool
	passed tally
}

// remember remembers the kind of the document, if it is of one.
func (d *Decoder) remember() {
	known := d.doc.Kind()
	if known == nil {
		return
	}
	if _, ok := known.Of.(*kind); !ok {
		k := &kind{event: model.Event{Provenance: model.Provenance{Format: model.FormatEVTX}}}
		d.ev = &k.event
		d.doc.System(func(f binxml.SystemField, v *binxml.Value) {
			if f.OfKind() {
				d.field(f, v)
			}
		})
		d.ev = nil
		k.plain = len(k.event.Diagnostics) == 0 && !known.Whole()
		k.event.Diagnostics = nil
		k.wanted = d.Want == nil || d.Want.Kind == nil || d.Want.Kind(&k.event)
		known.Of = k
	}
}
