package binxml_test

import (
	"testing"

	"github.com/qmparse/qmparse/parser/binxml"
)

// By hand: an instance that its definition stands in, with one value, which is an instance of
// a definition in front of both.
func TestReplaced(t *testing.T) {
	const begin, outer, inner = 24, 24 + 6, 24 + 4 + 10 + 24 + 4 + 4 + 2
	whole := []byte{
		0, 0, 0, 0, 0xA1, 0xA2, 0xA3, 0xA4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 0, 0, 0, 0, // definition at 0
		0x0f, 1, 1, 0, // fragment header
		0x0c, 1, 0xB1, 0xB2, 0xB3, 0xB4, 38, 0, 0, 0, // instance; its definition follows
		0, 0, 0, 0, 0xB1, 0xB2, 0xB3, 0xB4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 0, 0, 0, 0,
		1, 0, 0, 0, 14, 0, 0x21, 0, // one value
		0x0c, 1, 0xA1, 0xA2, 0xA3, 0xA4, 0, 0, 0, 0, 0, 0, 0, 0, // instance of the definition at 0, no values
		0, // end of the fragment
	}
	changed := func(at int, v byte) []byte {
		b := append([]byte(nil), whole...)
		b[at] = v
		return b
	}
	for _, s := range []struct {
		what  string
		chunk []byte
		want  bool
	}{
		{"as it was written", whole, false},
		{"id of the record", changed(outer, 0), true},
		{"id of the value", changed(inner, 0), true},
		{"definition of the record", changed(38+4+3, 0), true},
		{"definition of the value", changed(4+3, 0), true},
		{"behind the first bytes of the GUID", changed(8, 0), false},
		{"position of the definition outside the chunk", changed(inner+4+3, 0xff), false},
		{"type of the value", changed(inner-4, 0x0e), false},
		{"number of values", changed(inner-10+3, 0xff), false},
		{"an element", changed(begin+4, 0x01), false},
	} {
		if got := binxml.Replaced(s.chunk, begin, len(s.chunk)); got != s.want {
			t.Errorf("%s: %t", s.what, got)
		}
		for end := begin; end < len(s.chunk); end++ { // an id that is cut off is none
			if binxml.Replaced(s.chunk[:end], begin, end) && !s.want {
				t.Errorf("%s, %d bytes: true", s.what, end)
			}
		}
	}
}
