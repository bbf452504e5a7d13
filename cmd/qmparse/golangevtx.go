package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime/debug"
	"runtime/metrics"
	"time"

	"github.com/spf13/cobra"

	"github.com/qmparse/qmparse/internal/golangevtx"
)

const (
	// secondCommand is the hidden command that is the second reader.
	secondCommand = "golang-evtx"

	// secondMemory is what it may use. Chunk by chunk it needs some 20 MiB; a
	// damaged count can make it ask for much more.
	secondMemory = 1 << 30
)

// newGolangEvtx is the process in which verify lets golang-evtx read one log:
// its panics cannot all be caught. It prints lines for internal/secondreader.
func newGolangEvtx(s streams) *cobra.Command {
	return &cobra.Command{
		Use:    secondCommand + " FILE",
		Short:  "Print what golang-evtx reads in one log; verify runs it",
		Hidden: true,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("%s takes one file", secondCommand)
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			debug.SetMaxStack(golangevtx.MaxStack)
			debug.SetMemoryLimit(secondMemory)
			go endWithMemory(s.err, secondMemory)
			go endWithParent(s.in)
			return golangevtx.Dump(s.out, args[0])
		},
	}
}

// endWithParent ends the process when the one that started it is gone: that holds
// the other end of standard input.
func endWithParent(stdin io.Reader) {
	io.Copy(io.Discard, stdin)
	os.Exit(exitInterrupted)
}

// endWithMemory ends the process when its memory has grown past limit bytes, which
// the garbage collector alone cannot prevent.
func endWithMemory(stderr io.Writer, limit uint64) {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/stacks:bytes"}}
	for range time.Tick(20 * time.Millisecond) {
		metrics.Read(sample)
		if sample[0].Value.Uint64()+sample[1].Value.Uint64() > limit {
			fmt.Fprintf(stderr, "needs more than %s of memory\n", bytesText(int64(limit)))
			os.Exit(exitFailed)
		}
	}
}

// second returns the command that reads the log at path with golang-evtx: this
// program again. Tests put others in its place.
var second = func(path string) (*exec.Cmd, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self, secondCommand, "--", path)
	// One goroutine's stack tells enough, and no core is wanted.
	cmd.Env = append(os.Environ(), "GOTRACEBACK=single")
	return cmd, nil
}
