package parser_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser"
	"github.com/qmparse/qmparse/parser/internal/build/evtxbuild"
)

// What is odd about a value is said once, with Fields too.
func TestFieldsRepeatNoDiagnostics(t *testing.T) {
	f := evtxbuild.New(evtxbuild.Options{})
	f.Event(evtxbuild.Event{Provider: "P", EventID: 1, Data: []evtxbuild.Data{evtxbuild.D("a", evtxbuild.AnsiString("caf\xe9"))}})
	log, err := parser.Open(bytes.NewReader(f.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	w := parser.NewWorker()
	w.Fields = func(*model.Event) bool { return true }
	for frame, err := range log.Frames() {
		if err != nil {
			t.Fatal(err)
		}
		for ev, err := range w.Events(frame) {
			if err != nil {
				t.Fatal(err)
			}
			if err := w.Load(ev); err != nil {
				t.Fatal(err)
			}
			n := 0
			for _, d := range ev.Diagnostics {
				if strings.HasPrefix(d.Code, "ansi") {
					n++
				}
			}
			if n != 1 {
				t.Errorf("%d times: %v", n, ev.Diagnostics)
			}
		}
	}
}
