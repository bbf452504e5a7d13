package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A frame that makes more rows than a part may have gives them all, in order,
// whatever the number of workers.
func TestParts(t *testing.T) {
	trace, err := os.ReadFile("../../testdata/etl/empty.etl")
	if err != nil {
		t.Fatal(err)
	}
	// A buffer of records of 8 bytes, three parts of them and some.
	const header, records = 0x48, 3*pieceRows + 100
	buffer := make([]byte, header+8*records)
	binary.LittleEndian.PutUint32(buffer, uint32(len(buffer)))
	binary.LittleEndian.PutUint32(buffer[0x30:], uint32(len(buffer)))
	for at := header; at < len(buffer); at += 8 {
		copy(buffer[at:], []byte{8, 0, 0x0D, 0xC0})
	}
	path := filepath.Join(t.TempDir(), "large.etl")
	if err := os.WriteFile(path, append(trace, buffer...), 0o666); err != nil {
		t.Fatal(err)
	}
	var first []byte
	for _, jobs := range []string{"1", "2", "3"} {
		var stdout, stderr bytes.Buffer
		// Twice the same file: what is in flight at once are parts of both.
		args := []string{"events", "-q", "-j", jobs, path, path}
		if code := run(context.Background(), args, strings.NewReader(""), &stdout, &stderr); code != exitOK {
			t.Fatalf("exit code %d: %s", code, &stderr)
		}
		if n := bytes.Count(stdout.Bytes(), []byte("\n")); n != 2*(records+2) {
			t.Errorf("%s workers: %d rows, want %d", jobs, n, 2*(records+2))
		}
		if first == nil {
			first = bytes.Clone(stdout.Bytes())
		} else if !bytes.Equal(first, stdout.Bytes()) {
			t.Errorf("%s workers give other bytes", jobs)
		}
	}
	// The output breaks in the middle of a part.
	if code := run(context.Background(), []string{"events", "-q", "-j", "2", path, path}, strings.NewReader(""), &failingWriter{1 << 20}, &bytes.Buffer{}); code != exitFailed {
		t.Errorf("exit code %d of a run that cannot write", code)
	}
}

// failingWriter takes so many bytes.
type failingWriter struct{ room int }

func (w *failingWriter) Write(b []byte) (int, error) {
	if w.room -= len(b); w.room < 0 {
		return 0, os.ErrClosed
	}
	return len(b), nil
}
