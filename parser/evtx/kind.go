package evtx

import (
	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/binxml"
)

// kind is what the decoder knows of a kind of record.
type kind struct {
	known  *binxml.Kind
	event  model.Event // with the fields of the kind only
	plain  bool        // nothing is odd about them
	wanted bool
	passed tally
}

// kindOf returns the kind of the document, nil if it is of none.
func (d *Decoder) kindOf() *kind {
	known := d.doc.Kind()
	if known == nil {
		return nil
	}
	k, ok := known.Of.(*kind)
	if !ok {
		k = &kind{known: known, event: model.Event{Provenance: model.Provenance{Format: model.FormatEVTX}}}
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
	return k
}
