package binxml_test

import (
	"testing"

	"github.com/qmparse/qmparse/parser/binxml"
)

// TestRootOfARemnant: its root is that of a value without template, not that of the record or
// of what a value has within.
func TestRootOfARemnant(t *testing.T) {
	const elements = `0f010100 01 00000000 'Root' 03 00 `
	outer := eventHand("0e 0000 21 ")
	for _, c := range []struct{ name, source, want string }{
		{"the record itself", elements, ""},
		{"a value", withBody(outer, elements) + " 00", "Root"},
		{"a value of a value", withBody(outer, withBody(outer, elements)+" 00") + " 00", ""},
	} {
		chunk, end := hand(t, c.source)
		d := binxml.NewDecoder()
		d.Chunk(chunk, chunkAt)
		r, err := d.Remnant(handAt, end, handAt)
		if err != nil || r.Root != c.want {
			t.Errorf("%s: root %q, %v, want %q", c.name, r.Root, err, c.want)
		}
	}
}
