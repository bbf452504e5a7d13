package parser_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser"
	"github.com/qmparse/qmparse/parser/internal/build/evtxbuild"
	"github.com/qmparse/qmparse/parser/internal/build/fixtures"
)

// numbered is a small event that tells its number.
func numbered(i int) evtxbuild.Event {
	return evtxbuild.Event{Provider: "P", EventID: 4624,
		Data: []evtxbuild.Data{evtxbuild.D("n", evtxbuild.UInt32(uint32(i))), evtxbuild.D("s", evtxbuild.String("text"))}}
}

// evtxImage is an event log of n small events in one chunk.
func evtxImage(t testing.TB, n int) *evtxbuild.Image {
	t.Helper()
	f := evtxbuild.New(evtxbuild.Options{})
	for i := range n {
		f.Event(numbered(i))
	}
	im := f.Image()
	if im == nil {
		t.Fatal(f.Err())
	}
	return im
}

func evtxLog(t testing.TB, n int) []byte { return evtxImage(t, n).Bytes }

// evtxFixture writes the fixture of that name anew.
func evtxFixture(t testing.TB, name string) []byte {
	t.Helper()
	for _, f := range fixtures.All() {
		if f.Name == name {
			l, err := f.Build()
			if err != nil {
				t.Fatal(err)
			}
			return l.Bytes
		}
	}
	t.Fatalf("no fixture %s", name)
	return nil
}

// frames reads a log to its end: its frames, and the errors between them in
// their places.
func frames(t testing.TB, log []byte) (all []any) {
	t.Helper()
	l, err := parser.Open(bytes.NewReader(log))
	if err != nil {
		t.Fatal(err)
	}
	for f, err := range l.Frames() {
		if err != nil {
			all = append(all, err)
		} else {
			all = append(all, f)
		}
	}
	return all
}

// frameText returns a line for each event and error of a frame. load says which events,
// counted from 0, are loaded.
func frameText(w *parser.Worker, f parser.Frame, load func(i int) bool) string {
	var b bytes.Buffer
	i := 0
	for ev, err := range w.Events(f) {
		if err != nil {
			fmt.Fprintf(&b, "%T %v\n", err, err)
			continue
		}
		if load(i) {
			if err := w.Load(ev); err != nil {
				fmt.Fprintf(&b, "load: %T %v\n", err, err)
			}
		}
		i++
		fmt.Fprintf(&b, "%s\n", eventText(ev))
	}
	return b.String()
}

func always(int) bool { return true }

// eventText is all that an event says.
func eventText(ev *model.Event) string {
	e := *ev
	data, raw := e.Data, e.Raw
	e.Data, e.Raw = nil, nil
	return fmt.Sprintf("%+v data %s (%t) raw %x", e, data, data == nil, raw)
}

// errorOf returns the error of type T within err.
func errorOf[T error](t testing.TB, err error) (e T) {
	t.Helper()
	if !errors.As(err, &e) {
		t.Fatalf("%T %v", err, err)
	}
	return e
}
