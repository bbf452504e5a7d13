package main

import (
	"fmt"
	"io"
	"os"
	"sync/atomic"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"

	"github.com/qmparse/qmparse/parser/source"
)

// console is standard error: messages, and a progress bar if a person watches.
type console struct {
	w       io.Writer
	verbose bool

	progress *mpb.Progress
	bar      *mpb.Bar
	total    atomic.Int64
}

// newConsole returns a console on stderr; with a progress bar over the sizes of
// what paths name, if stderr is a terminal and quiet is not set.
func newConsole(stderr io.Writer, verbose, quiet bool, paths []string) *console {
	c := &console{w: stderr, verbose: verbose}
	if f, ok := stderr.(*os.File); !quiet && ok && term.IsTerminal(int(f.Fd())) {
		c.progress = mpb.New(mpb.WithOutput(f), mpb.WithWidth(40))
		c.bar = c.progress.AddBar(0,
			mpb.PrependDecorators(decor.CountersKibiByte("% .1f / % .1f")),
			mpb.AppendDecorators(decor.Percentage(), decor.Name(" "), decor.AverageETA(decor.ET_STYLE_GO)),
			mpb.BarRemoveOnComplete())
		go c.measure(paths)
		c.w = c.progress
	}
	return c
}

// measure finds out, while reading goes on, how much there is.
func (c *console) measure(paths []string) {
	for s, err := range source.Walk(paths, nil) {
		if err == nil && s.Size > 0 {
			c.bar.SetTotal(c.total.Add(s.Size), false)
		}
	}
}

// read says that n more bytes are done with.
func (c *console) read(n int) {
	if c.bar != nil {
		c.bar.IncrBy(n)
	}
}

// say prints a message.
func (c *console) say(format string, args ...any) {
	fmt.Fprintf(c.w, "qmparse: "+format+"\n", args...)
}

// close ends the progress bar; messages still get through.
func (c *console) close(stderr io.Writer) {
	if c.progress != nil {
		c.bar.Abort(true)
		c.progress.Wait()
		c.progress, c.bar, c.w = nil, nil, stderr
	}
}
