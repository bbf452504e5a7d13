package netsh

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// FuzzEvents: whatever the bytes are, events lie in the file, errors say where,
// and what encoding/xml takes for well-formed is read to the last event.
func FuzzEvents(f *testing.F) {
	seeds := 0
	add := func(text string) {
		f.Add([]byte(text))
		seeds++
	}
	for _, text := range fixtures(f) {
		add(text)
	}
	add(dump(plain(), plain()))
	add(plain())
	add(strings.Replace(dump(plain(), plain()), "</item>", "", 1))
	add("\xff\xfe" + toUTF16(dump(plain())))
	add("<netEvents><!-- x --><![CDATA[y]]><?z?><item><header/><type/></item></netEvents>")
	add(strings.Repeat("<a>", 70) + plain())
	if seeds < 12 {
		f.Fatalf("%d seeds", seeds)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		text := string(data)
		var elements []*Element
		var errs []error
		d := NewDecoder()
		for x, err := range NewReader(strings.NewReader(text)).Elements() {
			if err != nil {
				var e *cursor.Error
				if !errors.As(err, &e) || e.Offset < 0 || e.Offset > int64(len(text)) {
					t.Errorf("error %v of %d bytes", err, len(text))
				}
				errs = append(errs, err)
				continue
			}
			elements = append(elements, x)
			if x.Offset < 0 || x.Size <= 0 || x.Offset+x.Size > int64(len(text)) || len(x.Text) > maxEvent {
				t.Errorf("element of offset %d, %d bytes, of %d", x.Offset, x.Size, len(text))
			}
			e, err := d.Decode(x)
			if err != nil {
				t.Fatalf("%q: %v", x.Text, err)
			}
			if len(e.Diagnostics) > 2*maxDiagnostics {
				t.Errorf("%d diagnostics", len(e.Diagnostics))
			}
			for _, g := range e.Diagnostics {
				if g.Code == "" || g.Detail == "" || len(g.Detail) > 4000 {
					t.Errorf("diagnostic %.200q", g.String())
				}
			}
			// The well-formed part must be the same tree to both.
			if want, err := oracle(x.Text); err == nil {
				if err := d.parse(x.Text); err != nil || len(want) != 1 || !reflect.DeepEqual(d.treeOf(0), want[0]) {
					t.Errorf("%q: another tree: %v", x.Text, err)
				}
			}
		}
		if len(errs) > len(elements)+3 {
			t.Errorf("%d errors with %d events", len(errs), len(elements))
		}
		n := 0
		for x := range NewReader(iotest.OneByteReader(strings.NewReader(text))).Elements() {
			if x != nil {
				if n >= len(elements) || *x != *elements[n] {
					t.Fatalf("element %d differs byte by byte", n)
				}
				n++
			}
		}
		if n != len(elements) {
			t.Errorf("%d elements, byte by byte %d", len(elements), n)
		}
	})
}

// FuzzSniff: it agrees with itself on a longer head, and does not panic.
func FuzzSniff(f *testing.F) {
	f.Add([]byte("<netEvents/>"))
	f.Add([]byte("\xff\xfe" + toUTF16("<wfpdiag>")))
	f.Add([]byte("<!DOCTYPE x><netEvents>"))
	f.Add([]byte("<a><!-- "))
	f.Fuzz(func(t *testing.T, head []byte) {
		if Sniff(head) && head[0] != 0xEF && head[0] != 0xFF && head[0] != 0xFE && !strings.HasSuffix(string(head), "\xff") {
			if !Sniff(append(append([]byte{}, head...), " <x/> "...)) {
				t.Errorf("%q: not with more behind it", head)
			}
		}
	})
}
