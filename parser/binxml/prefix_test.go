package binxml_test

import (
	"errors"
	"testing"

	"github.com/qmparse/qmparse/parser/binxml"
	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// wholes are documents of all forms; what is optional at their end (EOF) is left
// out, so that no strict prefix is whole.
var wholes = map[string]string{
	"element":         `0f010100 01 00000000 'Event' 02 01 00000000 'UserData' 02 01 00000000 'R' 02 05 01 "x" 04 04 04`,
	"attributes":      `41 00000000 'Event' 00000000 46 'a' 45 01 "x" 49 'amp' 08 2100 06 'b' 05 01 "y" 03`,
	"all of the text": `01 00000000 'Event' 02 45 01 "x" 47 "y" 48 2100 49 'lt' 0a 'p' 0b "d" 04`,
	"instance": templated(eventDataHand(dataHand("a", "0d 0000 08")+dataHand("b", "0e 0100 81")),
		value{binxml.TypeUInt32, "07000000"}, value{binxml.TypeString | binxml.TypeArray, "610000006200"}),
	"instance in a value": withBody(userDataHand(`0e 0000 21`), templated(element("R", "02 0d 0000 08 04", false), value{binxml.TypeUInt32, "07000000"})),
	"instance among the tokens": `01 00000000 'Event' 02 0c 01 00000000 =d :d 00000000` + guid + `#f:g :f 01 ffff 00000000 'I' 02 0d 0000 01 04 :g
		01000000 0200 01 00 4100 04`,
}

// Every strict prefix of a document, in a record that ends there and in a chunk
// that ends there, fails: at once, or, if nothing but the event's data is cut,
// when they are asked for. The error is that of bytes that end too early, and
// points into them.
func TestEveryStrictPrefix(t *testing.T) {
	for name, source := range wholes {
		t.Run(name, func(t *testing.T) {
			chunk, end := hand(t, source)
			check := func(what string, n int, chunk []byte) {
				t.Helper()
				d := binxml.NewDecoder()
				d.Chunk(chunk, chunkAt)
				doc, err := d.Document(handAt, n)
				errs := []error{err}
				if err == nil {
					errs = nil
					for _, r := range renderings {
						if r.name != "Fields" || name != "instance among the tokens" { // which it does not go into
							errs = append(errs, r.render(&doc))
						}
					}
				}
				for _, err := range errs {
					var e *cursor.Error
					if !errors.As(err, &e) {
						t.Fatalf("%s of %d bytes: %v", what, n-handAt, err)
					}
					if e.Offset < chunkAt+512 || e.Offset > int64(chunkAt+n) {
						t.Errorf("%s of %d bytes, which end at %#x: %v", what, n-handAt, chunkAt+n, err)
					}
					if !errors.Is(err, cursor.ErrTruncated) && !errors.Is(err, cursor.ErrMalformed) {
						t.Errorf("%s of %d bytes: %v", what, n-handAt, err)
					}
				}
			}
			for n := handAt; n < end; n++ {
				check("record", n, chunk)
				check("chunk", n, chunk[:n:n])
			}
			// And the whole is whole.
			d := binxml.NewDecoder()
			d.Chunk(chunk[:end:end], chunkAt)
			doc, err := d.Document(handAt, end)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range renderings {
				if err := r.render(&doc); err != nil {
					t.Errorf("%s: %v", r.name, err)
				}
			}
		})
	}
}

// Places that are none in the chunk.
func TestPlaceOutsideTheChunk(t *testing.T) {
	chunk, end := hand(t, wholes["element"])
	d := binxml.NewDecoder()
	d.Chunk(chunk[:end], chunkAt)
	for _, place := range [][2]int{{handAt, end + 1}, {handAt, handAt - 1}, {handAt, -1}, {-1, end}, {end + 1, end + 1}, {end + 1, end}, {end, end}, {1 << 20, 1<<20 + 10}} {
		if _, err := d.Document(place[0], place[1]); !errors.Is(err, cursor.ErrTruncated) && !errors.Is(err, cursor.ErrMalformed) {
			t.Errorf("%d to %d: %v", place[0], place[1], err)
		}
	}
	empty := binxml.NewDecoder()
	if _, err := empty.Document(0, 0); err == nil {
		t.Error("a document without a chunk")
	}
}
