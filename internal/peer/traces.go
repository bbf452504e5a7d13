package peer

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"testing"
)

//go:embed trace_reader.py
var traceReaderPy string

// TraceRecord is one record of a trace log, as another reader reports it.
type TraceRecord struct {
	Type     string  // the reader's: EventHeader, EventTraceHeader, SystemHeader …
	Provider string  // GUID, lower case
	ID       uint16  //
	Version  uint8   //
	Opcode   uint8   //
	Time     *uint64 // ticks of FILETIME; nil if the reader has none
	Payload  string  // hex
}

// TraceReader is another library that reads .etl files.
type TraceReader struct{ name, python string }

// DissectETL is dissect.etl. It gives every record of a trace with its time, in
// floating point, and believes the header's count of buffers.
func DissectETL(t testing.TB) *TraceReader {
	t.Helper()
	return &TraceReader{"dissect", python(t, "dissect.etl", "pip install dissect.etl")}
}

// ETLParser is etl-parser. It gives no time, of what stands behind the first
// buffer events and classic events alone, and nothing that is compressed.
func ETLParser(t testing.TB) *TraceReader {
	t.Helper()
	return &TraceReader{"etlparser", python(t, "etl.etl", "pip install etl-parser")}
}

// String is the reader's name for messages.
func (r *TraceReader) String() string { return r.name }

// TraceRun is what a reader gives of a file: the records from before Failed, which
// is how it ended, "" if well.
type TraceRun struct {
	Records []TraceRecord
	Failed  string
}

// Run reads files, in one process.
func (r *TraceReader) Run(t testing.TB, paths []string) map[string]*TraceRun {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), r.python, append([]string{"-c", traceReaderPy, r.name}, paths...)...)
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			err = fmt.Errorf("%w: %s", err, strings.TrimSpace(string(exit.Stderr)))
		}
		t.Fatalf("%s: %v", r.name, err)
	}
	runs := map[string]*TraceRun{}
	var run *TraceRun
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var line struct {
			TraceRecord
			File, Error string
		}
		err := dec.Decode(&line)
		switch {
		case err == io.EOF:
			return runs
		case err != nil:
			t.Fatalf("%s: %v", r.name, err)
		case line.File != "":
			run = &TraceRun{}
			runs[line.File] = run
		case line.Error != "":
			run.Failed = line.Error
		default:
			run.Records = append(run.Records, line.TraceRecord)
		}
	}
}
