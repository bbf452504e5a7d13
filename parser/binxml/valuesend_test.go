package binxml_test

import (
	"testing"

	"github.com/qmparse/qmparse/parser/binxml"
)

// TestValuesEnd: what stands behind the values is not theirs, and if they are cut anywhere
// they have no end.
func TestValuesEnd(t *testing.T) {
	const size = 14 + 4 + 2*4 + 2 + 1 // of a template instance, a count, descriptors, values
	instance := func(definition string) string {
		return `0f010100 0c 01 1a2b3c4d =definition ` + definition + ` 02000000 0200 0100 0100 0400 6100 07 `
	}
	const definition = `:definition 00000000 1a2b3c4d 5e6f 7081 92a3b4c5d6e7f809 #fragment:end :fragment
		0f010100 01 ffff 00000000 'Event' 03 00 :end `
	_, at := hand(t, definition)
	within := at - handAt
	for _, c := range []struct {
		name, source string
		size         int
	}{
		{"defined within", instance(definition), size + within},
		{"defined behind", instance("") + definition, size},
	} {
		chunk, end := hand(t, c.source)
		for n := handAt; n <= end; n++ {
			want, ok := handAt, n >= handAt+c.size
			if ok {
				want = handAt + c.size
			}
			if got, known := binxml.ValuesEnd(chunk, handAt, n); got != want || known != ok {
				t.Errorf("%s, %d of %d bytes: %d, %t, want %d", c.name, n-handAt, end-handAt, got-handAt, known, want-handAt)
			}
		}
	}
	chunk, end := hand(t, `0f010100 01 00000000 'Event' 03 00`)
	if at, ok := binxml.ValuesEnd(chunk, handAt, end); ok || at != handAt {
		t.Errorf("elements have values up to %d", at)
	}
}

// TestElementsEnd is the same of elements without a template.
func TestElementsEnd(t *testing.T) {
	for _, head := range []string{"", "0f010100 "} {
		chunk, end := hand(t, head+`01 00000000 'Event' 02 05 01 "text" 04`)
		for n := handAt; n <= end+8; n++ {
			if at, ok := binxml.ElementsEnd(chunk, handAt, n); ok != (n >= end) || ok && at != end {
				t.Errorf("%q, %d of %d bytes: %d, %t", head, n-handAt, end-handAt, at-handAt, ok)
			}
		}
	}
	chunk, end := hand(t, templated(eventHand("")))
	if at, ok := binxml.ElementsEnd(chunk, handAt, end); ok || at != handAt {
		t.Errorf("an instance has elements up to %d", at)
	}
}
