package evtx

import "github.com/qmparse/qmparse/model"

// SystemByField is System without what the decoder knows of kinds: every field is
// read from the document.
func (d *Decoder) SystemByField(r *Record, ev *model.Event) error {
	if err := d.System(r, ev); err != nil {
		return err
	}
	end := r.pos + len(r.Data)
	if !r.Torn && !r.Covers {
		end -= 4
	}
	var err error
	if d.doc, err = d.xml.Document(r.pos+recordHeaderSize, end); err != nil {
		return err
	}
	*ev = model.Event{Provenance: ev.Provenance, RecordID: ev.RecordID, Logged: ev.Logged}
	d.label(r, ev)
	d.ev = ev
	d.doc.System(d.set)
	d.ev = nil
	return nil
}
