package peer

import (
	"encoding/json"
	"io"
	"iter"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

// GolangEvtx builds internal/peer/golangevtx. The program lives as long as t, so
// call it in the test and use the Reader in its subtests: it is linked once.
func GolangEvtx(t testing.TB) *Reader {
	t.Helper()
	if _, err := exec.LookPath("go"); err != nil {
		missing(t, "the go command", "golang-evtx is built from source")
	}
	exe := filepath.Join(t.TempDir(), "golangevtx")
	if runtime.GOOS == "windows" {
		exe += ".exe"
	}
	cmd := exec.Command("go", "build", "-buildvcs=false", "-o", exe, "github.com/qmparse/qmparse/internal/peer/golangevtx")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", cmd, err, out)
	}
	return &Reader{"golang-evtx", []string{exe}, decodeNDJSON}
}

// decodeNDJSON reads the lines that golangevtx and reader.py print.
func decodeNDJSON(r io.Reader) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		dec := json.NewDecoder(r)
		dec.UseNumber()
		for {
			var l struct {
				ChunkOffset *int64         `json:"chunk_offset"`
				Offset      *int64         `json:"offset"`
				RecordID    uint64         `json:"record_id"`
				Event       map[string]any `json:"event"`
				XML         string         `json:"xml"`
				Error       string         `json:"error"`
				Panic       bool           `json:"panic"`
				Log         []string       `json:"log"`
			}
			err := dec.Decode(&l)
			if err == io.EOF {
				return
			}
			if err != nil {
				yield(Record{}, err)
				return
			}
			rec := Record{Offset: -1, RecordID: l.RecordID, Event: l.Event, XML: l.XML, Err: l.Error, Panic: l.Panic, Log: l.Log}
			if l.Offset != nil {
				rec.Offset = *l.Offset
				rec.Chunk = l.ChunkOffset != nil && *l.ChunkOffset == *l.Offset
			}
			if !yield(rec, nil) {
				return
			}
		}
	}
}
