package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const multiChunk = "../../testdata/evtx/security-multi-chunk.evtx"

// stopAfter calls stop once n bytes of r were read, and gives no more until the
// run has ended.
type stopAfter struct {
	r    io.Reader
	n    int
	stop func()
	done <-chan struct{}
}

func (s *stopAfter) Read(b []byte) (int, error) {
	if s.n <= 0 {
		s.stop()
		<-s.done
		return 0, io.ErrUnexpectedEOF
	}
	n, err := s.r.Read(b[:min(len(b), s.n)])
	s.n -= n
	return n, err
}

// TestInterrupted stops a run in the middle of its input: nothing is left of the
// output, and what was there before is as it was.
func TestInterrupted(t *testing.T) {
	log, err := os.ReadFile(multiChunk)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	target := filepath.Join(dir, "out.ndjson")
	const before = `{"event_uid":"of an earlier run"}`
	if err := os.WriteFile(target, []byte(before), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	stdin := &stopAfter{r: bytes.NewReader(log), n: len(log) / 2, stop: cancel, done: ctx.Done()}
	var stderr bytes.Buffer
	if code := run(ctx, []string{"events", "--force", "-o", target, "-"}, stdin, io.Discard, &stderr); code != exitInterrupted {
		t.Fatalf("exit code %d: %s", code, &stderr)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Fatalf("%v, %v: want the old file alone", entries, err)
	}
	if b, err := os.ReadFile(target); err != nil || string(b) != before {
		t.Fatalf("%q, %v: want the old content", b, err)
	}
	if !strings.Contains(stderr.String(), "interrupted") {
		t.Errorf("standard error: %s", &stderr)
	}
}

// fullDisk fails after n bytes.
type fullDisk struct{ n int }

func (f *fullDisk) Write(b []byte) (int, error) {
	if f.n -= len(b); f.n < 0 {
		return 0, errors.New("no space left on device")
	}
	return len(b), nil
}

// TestOutputFails lets the output fail at several points: the run says so and
// ends with 1, however little was left to write.
func TestOutputFails(t *testing.T) {
	for _, format := range []string{"ndjson", "parquet", "csv"} {
		var whole bytes.Buffer
		args := []string{"events", "-q", "-f", format, multiChunk}
		if code := run(context.Background(), args, nil, &whole, io.Discard); code != exitOK {
			t.Fatalf("%s: exit code %d", format, code)
		}
		for _, n := range []int{0, 1, whole.Len() / 2, whole.Len() - 1} {
			var stderr bytes.Buffer
			if code := run(context.Background(), args, nil, &fullDisk{n}, &stderr); code != exitFailed {
				t.Errorf("%s, %d bytes: exit code %d", format, n, code)
			}
			if !strings.Contains(stderr.String(), "standard output: no space left on device") {
				t.Errorf("%s, %d bytes: standard error: %s", format, n, &stderr)
			}
		}
	}
}

// TestInputFails reads from something that fails in the middle: what came before
// is written, the failure is said, and it is not taken for the end of the log.
func TestInputFails(t *testing.T) {
	log, err := os.ReadFile(multiChunk)
	if err != nil {
		t.Fatal(err)
	}
	stdin := io.MultiReader(bytes.NewReader(log[:4096+65536]), failing{})
	var stdout, stderr bytes.Buffer
	if code := run(context.Background(), []string{"events", "-q", "-"}, stdin, &stdout, &stderr); code != exitDamaged {
		t.Fatalf("exit code %d", code)
	}
	if n := bytes.Count(stdout.Bytes(), []byte("\n")); n < 10 {
		t.Errorf("%d rows", n)
	}
	if !strings.Contains(stderr.String(), "standard input: read at offset 0x11000: bad sector") {
		t.Errorf("standard error: %s", &stderr)
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("bad sector") }
