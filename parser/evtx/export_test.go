package evtx

import "github.com/qmparse/qmparse/model"

// SystemByField is System without what the decoder knows of kinds: every field, and then
// the data, is read from the document.
func (d *Decoder) SystemByField(r *Record, ev *model.Event) error {
	d.begin(r, ev)
	return d.decode(r, ev)
}
