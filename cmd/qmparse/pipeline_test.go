package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
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
