package evtx

import (
	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/binxml"
)

// SystemByField is System with nothing known of kinds: every field, and then the data, is
// read from the document.
func (d *Decoder) SystemByField(r *Record, ev *model.Event) error {
	d.xml = binxml.NewDecoder()
	d.xml.Chunk(d.chunk.Data, d.chunk.Offset)
	return d.System(r, ev)
}
