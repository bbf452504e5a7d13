package secondreader

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync/atomic"
	"time"
	"unicode"
)

const (
	// maxLine bounds one line. A record has less than 64 KiB, and what it expands
	// to is bounded in qmparse by half of this.
	maxLine = 16 << 20

	// maxStderr is how much of standard error is kept, and maxCause how many
	// lines of it tell why a process died: the first ones of a panic.
	maxStderr = 4096
	maxCause  = 4

	// grace is how long the standard error of a process that is gone may be held
	// open by another that it has started.
	grace = 5 * time.Second
)

// Process is a second reader at work on one log.
type Process struct {
	ctx    context.Context
	cmd    *exec.Cmd
	stdin  io.Closer
	stdout io.ReadCloser
	lines  *bufio.Reader // of stdout
	stderr head

	detach  func() bool // from ctx
	silence time.Duration
	timer   *time.Timer
	silent  atomic.Bool // too long, and was killed for it

	last  int64 // offset
	wrong error // with its output
	over  bool  // it has closed its output
	torn  bool  // within a line

	closed bool
	failed error // what Close returned
}

// Start starts cmd, whose standard streams are not set yet. It is killed when ctx
// ends, and when it prints nothing for as long as silence while it is waited for.
// Its standard input stays open as long as this process lives, so that it can end
// when that does not. The caller calls [Process.Close].
func Start(ctx context.Context, cmd *exec.Cmd, silence time.Duration) (*Process, error) {
	p := &Process{ctx: ctx, cmd: cmd, silence: silence, last: -1}
	cmd.Stderr = &p.stderr
	cmd.WaitDelay = grace
	var err error
	if p.stdin, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if p.stdout, err = cmd.StdoutPipe(); err != nil {
		return nil, err
	}
	p.lines = bufio.NewReaderSize((*watched)(p), 64<<10)
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p.timer = time.AfterFunc(silence, func() { p.silent.Store(true); p.kill() })
	p.timer.Stop()
	p.detach = context.AfterFunc(ctx, p.kill)
	return p, nil
}

// kill ends the process, and the reading of its output even if a process that it
// has started keeps that open.
func (p *Process) kill() {
	p.cmd.Process.Kill()
	p.stdout.Close()
}

// watched reads the process's output and does not wait for ever.
type watched Process

func (w *watched) Read(b []byte) (int, error) {
	w.timer.Reset(w.silence)
	defer w.timer.Stop()
	return w.stdout.Read(b)
}

// Next returns the next line, or nil when there is none: [Process.Close] says why.
func (p *Process) Next() *Line {
	if p.wrong != nil || p.over {
		return nil
	}
	text, err := p.line()
	if err != nil {
		p.wrong = err
		return nil
	}
	if p.over {
		return nil
	}
	l, err := parse(text)
	switch {
	case err != nil:
	case l.Offset <= p.last:
		err = fmt.Errorf("offset %#x comes after %#x", l.Offset, p.last)
	case l.Chunk() && l.Error == "" && l.Log == nil:
		err = fmt.Errorf("nothing is said of the chunk at offset %#x", l.Offset)
	}
	if err != nil {
		p.wrong = fmt.Errorf("printed what is not to be understood: %w", err)
		return nil
	}
	p.last = l.Offset
	return l
}

// line returns the next line as it was printed. An output that breaks off within
// a line is over: it is the process that has something to say about that.
func (p *Process) line() ([]byte, error) {
	var long []byte
	for {
		part, err := p.lines.ReadSlice('\n')
		switch {
		case err == nil && long == nil:
			return part, nil
		case err == nil:
			return append(long, part...), nil
		case !errors.Is(err, bufio.ErrBufferFull):
			p.over, p.torn = true, len(long)+len(part) > 0
			return nil, nil
		case len(long)+len(part) > maxLine:
			return nil, fmt.Errorf("printed a line of more than %d MiB", maxLine>>20)
		}
		long = append(long, part...)
	}
}

func parse(text []byte) (*Line, error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	l := &Line{ChunkOffset: -1, Offset: -1}
	if err := dec.Decode(l); err != nil {
		return nil, err
	}
	if rest := bytes.TrimSpace(text[dec.InputOffset():]); len(rest) > 0 {
		return nil, fmt.Errorf("%d bytes behind a line's object", len(rest))
	}
	if l.ChunkOffset < 0 || l.Offset < l.ChunkOffset {
		return nil, errors.New("a line without its offsets")
	}
	return l, nil
}

// Close ends the process if it has not ended, and returns how it failed: nil if
// it came to its end well and every line of it was taken.
func (p *Process) Close() error {
	if !p.closed {
		p.closed, p.failed = true, p.close()
	}
	return p.failed
}

func (p *Process) close() error {
	if !p.over {
		p.kill()
	}
	p.stdin.Close()
	err := p.wait()
	p.detach()
	switch {
	case p.ctx.Err() != nil:
		return p.ctx.Err()
	case p.silent.Load():
		return fmt.Errorf("printed nothing for %v and was stopped", p.silence)
	case p.wrong != nil:
		return p.wrong
	case !p.over:
		return errors.New("was stopped")
	case err == nil && p.torn:
		return errors.New("broke off within a line")
	case err == nil:
		return nil
	}
	if cause := p.stderr.cause(); cause != "" {
		return fmt.Errorf("died: %v: %s", err, cause)
	}
	return fmt.Errorf("died: %v", err)
}

// wait waits for the end. A process that has closed its output may live on, for as
// long as it may be silent.
func (p *Process) wait() error {
	p.timer.Reset(p.silence)
	defer p.timer.Stop()
	return p.cmd.Wait()
}

// head keeps the first maxStderr bytes written to it.
type head struct{ kept []byte }

func (h *head) Write(b []byte) (int, error) {
	h.kept = append(h.kept, b[:min(len(b), maxStderr-len(h.kept))]...)
	return len(b), nil
}

// cause is the lines that say why: up to the first goroutine's stack, in one
// line, without what could control a terminal.
func (h *head) cause() string {
	var kept []string
	for l := range strings.Lines(string(h.kept)) {
		l = strings.TrimSpace(strings.Map(func(r rune) rune {
			if !unicode.IsPrint(r) {
				return ' '
			}
			return r
		}, l))
		if strings.HasPrefix(l, "goroutine ") || len(kept) == maxCause {
			break
		}
		if l != "" {
			kept = append(kept, l)
		}
	}
	return strings.Join(kept, "; ")
}
