package netevent

import (
	"net/netip"
	"strconv"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/internal/jsontext"
)

// jsonWriter appends members of objects.
type jsonWriter struct{ b []byte }

// key begins a member.
func (w *jsonWriter) key(name string) {
	if w.b[len(w.b)-1] != '{' {
		w.b = append(w.b, ',')
	}
	w.b = append(w.b, '"')
	w.b = append(w.b, name...)
	w.b = append(w.b, '"', ':')
}

// open begins an object, of that name unless it is an element's.
func (w *jsonWriter) open(name string) {
	if name != "" {
		w.key(name)
	}
	w.b = append(w.b, '{')
}

func (w *jsonWriter) close() { w.b = append(w.b, '}') }

// enum appends text that needs no escapes.
func (w *jsonWriter) enum(name, text string) {
	w.key(name)
	w.b = append(w.b, '"')
	w.b = append(w.b, text...)
	w.b = append(w.b, '"')
}

func (w *jsonWriter) text(name string, text model.Opt[string]) {
	if text.OK {
		w.key(name)
		w.string(text.V)
	}
}

func (w *jsonWriter) texts(name string, texts []string) {
	if texts == nil {
		return
	}
	w.key(name)
	w.b = append(w.b, '[')
	for i, t := range texts {
		if i > 0 {
			w.b = append(w.b, ',')
		}
		w.string(t)
	}
	w.b = append(w.b, ']')
}

// string appends text as a JSON string.
func (w *jsonWriter) string(text string) { w.b = jsontext.AppendText(w.b, text) }

func (w *jsonWriter) bytes(name string, b []byte) {
	if b == nil {
		return
	}
	w.key(name)
	w.b = append(w.b, '"')
	w.b = jsontext.AppendHex(w.b, b)
	w.b = append(w.b, '"')
}

func (w *jsonWriter) uint(name string, v uint64) {
	w.key(name)
	w.b = strconv.AppendUint(w.b, v, 10)
}

func (w *jsonWriter) int(name string, v int64) {
	w.key(name)
	w.b = strconv.AppendInt(w.b, v, 10)
}

// wide appends a 64-bit number, as text.
func (w *jsonWriter) wide(name string, v model.Opt[uint64]) {
	if v.OK {
		w.key(name)
		w.b = append(w.b, '"')
		w.b = strconv.AppendUint(w.b, v.V, 10)
		w.b = append(w.b, '"')
	}
}

func (w *jsonWriter) guid(name string, v model.Opt[model.GUID]) {
	if v.OK {
		w.key(name)
		w.b = append(w.b, '"')
		w.b = v.V.AppendTo(w.b)
		w.b = append(w.b, '"')
	}
}

// addr appends an address under the name of its family.
func (w *jsonWriter) addr(v4, v6 string, a model.Opt[netip.Addr]) {
	if !a.OK || !a.V.IsValid() {
		return
	}
	if a.V.Is4() {
		w.key(v4)
	} else {
		w.key(v6)
	}
	if a.V.Zone() != "" {
		w.string(a.V.String())
		return
	}
	w.plainAddr(a.V)
}

// plainAddr appends an address without a zone.
func (w *jsonWriter) plainAddr(a netip.Addr) {
	w.b = append(w.b, '"')
	w.b = a.AppendTo(w.b)
	w.b = append(w.b, '"')
}

// number appends a number of at most 32 bits.
func number[T ~uint8 | ~uint16 | ~uint32](w *jsonWriter, name string, v model.Opt[T]) {
	if v.OK {
		w.uint(name, uint64(v.V))
	}
}

// enumerator appends Microsoft's constant.
func enumerator[T interface{ String() string }](w *jsonWriter, name string, v model.Opt[T]) {
	if v.OK {
		w.enum(name, v.V.String())
	}
}
