// Package peer runs other EVTX readers on a file and hands back what they read,
// for differential tests. Only tests import it.
//
// Every reader is a process of its own, so a crash or a hang of one is something
// to compare and not the end of the test:
//
//	                 offset  record id  event
//	GolangEvtx       yes     header     JSON, as GoEvtxMap shapes it
//	RustEvtx         no      header     JSON
//	PythonEvtx       yes     header     XML
//	EvtxExport       no      no         XML; libevtx
//
// golang-evtx is built from this module's requirements. The others are used if
// they are installed; a test that asks for one that is not is skipped, or fails
// if QMPARSE_REQUIRE_PEERS=1 is set. QMPARSE_PYTHON names the interpreter that
// has the Python modules; without it python3 and /usr/bin/python3 are tried.
//
// What golang-evtx does to values is written in internal/golangevtx.
package peer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

const (
	// timeLimit is for one file. The slowest reader, PythonEvtx, needs 15 s for
	// 5,000 records on one slow core; beyond this it is a hang.
	timeLimit = 3 * time.Minute

	// maxStderr is how much of a reader's standard error an error quotes: enough
	// for the first lines of a panic or a Python traceback.
	maxStderr = 4096
)

// A Record is one record, or one error, as a reader reports it. The table in the
// package's documentation says which fields a reader knows; unknown ones are
// zero, Offset is -1.
type Record struct {
	// Offset is the record's, from the start of the file; if Chunk is set, the
	// chunk's.
	Offset int64
	// Chunk says that Err is about a chunk: there is no record.
	Chunk bool
	// RecordID is the one in the record's header, not EventRecordID.
	RecordID uint64
	// Event is decoded JSON with json.Number for numbers; its only key is
	// "Event". Nil for readers that give XML, and with most errors.
	Event map[string]any
	// XML is one Event element.
	XML string
	// Err is the reader's message about a record that it could not read.
	Err string
	// Panic says that Err is a panic's value.
	Panic bool
	// Log is what golang-evtx logged while it read the record.
	Log []string
}

// A Reader is another program or library that reads .evtx files.
type Reader struct {
	name   string
	args   []string // command line; the path follows
	decode func(io.Reader) iter.Seq2[Record, error]
}

// String is the reader's name for messages.
func (r *Reader) String() string { return r.name }

// Run reads the file at path. The records are in the reader's order, those from
// before a crash included; crashed is how its process ended, if not well. An
// output that is not what it should be fails the test, unless the process died
// in the middle of it.
func (r *Reader) Run(t testing.TB, path string) (records []Record, crashed error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), timeLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, r.args[0], append(r.args[1:len(r.args):len(r.args)], path)...)
	cmd.WaitDelay = time.Second
	var stderr head
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatalf("%s: %v", r.name, err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("%s: %v", r.name, err)
	}
	var bad error
	for rec, err := range r.decode(stdout) {
		if err != nil {
			bad = err
			break
		}
		records = append(records, rec)
	}
	// Let it end by itself: a process that writes to a closed pipe dies of that.
	_, drain := io.Copy(io.Discard, stdout)
	err = cmd.Wait()
	switch {
	case ctx.Err() != nil:
		return records, fmt.Errorf("%s: stopped: %w", r.name, ctx.Err())
	case err != nil:
		return records, fmt.Errorf("%s: %w: %s", r.name, err, strings.TrimSpace(stderr.String()))
	case bad != nil || drain != nil:
		t.Fatalf("%s on %s: output after %d records: %v", r.name, path, len(records), errors.Join(bad, drain))
	}
	return records, nil
}

// missing ends a test that asked for a reader which is not there.
func missing(t testing.TB, name string, hint string) {
	t.Helper()
	if os.Getenv("QMPARSE_REQUIRE_PEERS") == "1" {
		t.Fatalf("%s is not installed, and QMPARSE_REQUIRE_PEERS=1 asks for it (%s)", name, hint)
	}
	t.Skipf("%s is not installed (%s)", name, hint)
}

// head keeps the first maxStderr bytes written to it.
type head struct{ bytes.Buffer }

func (h *head) Write(p []byte) (int, error) {
	h.Buffer.Write(p[:min(len(p), maxStderr-h.Len())])
	return len(p), nil
}
