package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/qmparse/qmparse/parser"
	"github.com/qmparse/qmparse/parser/source"
)

// carver opens what it gets to be carved, and does nothing with it.
type carver struct{}

func (carver) open(r io.Reader) (parser.Log, error) {
	return parser.Options{Recover: parser.RecoverCarve}.Open(r)
}
func (carver) worker() decode[int]           { return func(*input, parser.Frame, func(int)) int { return 0 } }
func (carver) begin(*input)                  {}
func (carver) took(*input, int) error        { return nil }
func (carver) damaged(*input, error)         {}
func (carver) end(*input)                    {}
func (carver) refused(*input, error)         {}
func (carver) passed(int64)                  {}
func (carver) skip(*source.Source) bool      { return false }
func (carver) finished(*source.Source) error { return nil }

// Frames of old records count no bytes. Whatever there is of them, few are in an item, so
// that what they hold does not wait for the end of the file.
func TestItemsOfFramesWithoutBytes(t *testing.T) {
	log, err := os.ReadFile("../../testdata/evtx/security-multi-chunk.evtx")
	if err != nil {
		t.Fatal(err)
	}
	var blob []byte // records in no chunk
	for at := 4096; at < len(log); at += 64 << 10 {
		blob = append(blob, log[at+512:at+64<<10]...)
	}
	path := filepath.Join(t.TempDir(), "blob")
	if err := os.WriteFile(path, bytes.Repeat(blob, 10), 0o600); err != nil {
		t.Fatal(err)
	}
	p := &pipeline[int]{v: carver{}}
	most, all := 0, 0
	for it := range p.items(context.Background(), source.Walk([]string{path}, nil)) {
		n := 0
		for _, f := range it.frames {
			if f.Bytes() == 0 {
				n++
			}
		}
		most, all = max(most, n), all+n
	}
	if all < 3*batchFrames || most > batchFrames {
		t.Errorf("%d of %d frames are in one item", most, all)
	}
}

// shrinking notes what is said of a log.
type shrinking struct {
	carver
	said *[]string
	read *int64
}

func (shrinking) open(r io.Reader) (parser.Log, error) { return parser.Open(r) }
func (v shrinking) damaged(_ *input, err error)        { *v.said = append(*v.said, err.Error()) }
func (v shrinking) end(in *input)                      { *v.read = in.read }
func (v shrinking) refused(_ *input, err error)        { *v.said = append(*v.said, err.Error()) }

// What a file had when its frames were taken, and has no more when they are read, is told: its
// records are gone without any other word.
func TestFileThatShrinksIsTold(t *testing.T) {
	log, err := os.ReadFile("../../testdata/evtx/security-multi-chunk.evtx")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "log.evtx")
	for _, left := range []int{len(log), 4096 + 64<<10} {
		if err := os.WriteFile(path, log, 0o600); err != nil {
			t.Fatal(err)
		}
		var said []string
		var read int64
		p := &pipeline[int]{v: shrinking{said: &said, read: &read}}
		var items []*item[int]
		for it := range p.items(t.Context(), source.Walk([]string{path}, nil)) {
			items = append(items, it)
		}
		if err := os.Truncate(path, int64(left)); err != nil {
			t.Fatal(err)
		}
		w := parser.NewWorker()
		for _, it := range items {
			for _, f := range it.frames {
				for _, err := range w.Events(f) {
					if err != nil {
						t.Error(err)
					}
				}
			}
			if err := p.step(it); err != nil {
				t.Fatal(err)
			}
		}
		var want []string
		if gone := len(log) - left; gone > 0 {
			want = []string{fmt.Sprintf("became shorter while it was read: %d bytes that it had are gone", gone)}
		}
		if !slices.Equal(said, want) || read != int64(left) {
			t.Errorf("%d bytes are left: %q, want %q; %d were read", left, said, want, read)
		}
	}
}
