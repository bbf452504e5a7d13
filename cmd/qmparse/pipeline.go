package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/qmparse/qmparse/parser"
	"github.com/qmparse/qmparse/parser/source"
)

// input is one source being read.
type input struct {
	source.Source
	log  parser.Log // nil if it is none
	read int64      // bytes, once it has ended
}

// visitor is what a command does with its inputs. work runs on several
// goroutines at once; the rest is called by one, in the order of the inputs and
// of the frames in them, whatever the number of workers.
type visitor[R any] interface {
	begin(*input)                                // a log
	work(*parser.Worker, *input, parser.Frame) R // a frame of it
	took(*input, R) error                        // what came of the frame; an error ends the run
	damaged(*input, error)                       // bytes of it that could not be read
	end(*input)                                  // of the log
	refused(*input, error)                       // no log, or not to be opened
	passed(n int64)                              // bytes of what was named, read or stepped over
}

// item is a step of the run, in order.
type item[R any] struct {
	step  func() error // what the ordered goroutine does
	frame parser.Frame // what a worker does first, if not nil
	in    *input
	out   R
	done  chan struct{} // closed when the worker is done
}

// read reads every source that paths name with the given number of workers.
// What is in flight is bounded by that number, not by the input.
func read[R any](ctx context.Context, paths []string, stdin io.Reader, workers int, newWorker func() *parser.Worker, v visitor[R]) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ahead := 4 * workers
	order := make(chan *item[R], ahead)
	todo := make(chan *item[R], ahead)

	for range workers {
		go func() {
			w := newWorker()
			for it := range todo {
				it.out = v.work(w, it.in, it.frame)
				close(it.done)
			}
		}()
	}

	go func() {
		defer close(order)
		defer close(todo)
		p := producer[R]{ctx: ctx, order: order, todo: todo, v: v}
		for src, err := range source.Walk(paths, stdin) {
			if !p.source(src, err) {
				return
			}
		}
	}()

	for it := range order {
		if it.frame != nil {
			select {
			case <-it.done:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if err := it.step(); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// producer opens the sources and cuts them into frames.
type producer[R any] struct {
	ctx         context.Context
	order, todo chan<- *item[R]
	v           visitor[R]
	passed      int64 // of the source being read
}

// send puts an item in order, and to a worker if it has a frame; false if the
// run is over.
func (p *producer[R]) send(it *item[R]) bool {
	if it.frame != nil {
		it.done = make(chan struct{})
		select {
		case p.todo <- it:
		case <-p.ctx.Done():
			return false
		}
	}
	select {
	case p.order <- it:
		return true
	case <-p.ctx.Done():
		return false
	}
}

// do puts a call in order.
func (p *producer[R]) do(call func()) bool {
	return p.send(&item[R]{step: func() error { call(); return nil }})
}

// source reads one source to its end, if it is an archive all that is in it;
// false if the run is over.
func (p *producer[R]) source(src source.Source, err error) bool {
	if err != nil {
		in := &input{Source: src}
		return p.do(func() { p.v.refused(in, err) })
	}
	p.passed = 0
	for c, err := range src.Contents(p.ctx) {
		if !p.content(&c, err) {
			return false
		}
	}
	n := p.pass(max(src.Size, p.passed)) // what an archive has behind its members
	return n == 0 || p.do(func() { p.v.passed(n) })
}

// content reads a log.
func (p *producer[R]) content(c *source.Content, err error) bool {
	in := &input{Source: c.Source}
	counted := &counter{r: c.Reader}
	if err == nil {
		in.log, err = parser.Open(counted)
	}
	if err != nil {
		n := p.pass(c.Consumed())
		return p.do(func() { p.v.refused(in, err); p.v.passed(n) })
	}
	if !p.do(func() { p.v.begin(in) }) {
		return false
	}
	for frame, err := range in.log.Frames() {
		if err != nil {
			if !p.do(func() { p.v.damaged(in, err) }) {
				return false
			}
			continue
		}
		it, n := &item[R]{frame: frame, in: in}, p.pass(c.Consumed())
		it.step = func() error { p.v.passed(n); return p.v.took(in, it.out) }
		if !p.send(it) {
			return false
		}
	}
	in.read = counted.n
	return p.do(func() { p.v.end(in) })
}

// pass returns how far the source was read since the last call.
func (p *producer[R]) pass(to int64) int64 {
	n := to - p.passed
	p.passed = to
	return n
}

// counter counts the bytes that are read.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n += int64(n)
	return n, err
}

// name returns how messages call an input.
func (in *input) name() string {
	name := in.Path
	if name == source.Stdin {
		name = "standard input"
	}
	if in.Member != "" {
		name += ": " + in.Member
	}
	return printable(name)
}

// printable returns a name as a terminal may see it: whoever made an archive or a
// file chose its name, and escape sequences and letters that turn the direction
// of writing are not to work. Those, and what is no UTF-8, are written as in Go.
func printable(name string) string {
	if strings.IndexFunc(name, func(r rune) bool { return !strconv.IsPrint(r) || r == utf8.RuneError }) < 0 {
		return name
	}
	var b strings.Builder
	for i, r := range name {
		_, n := utf8.DecodeRuneInString(name[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, name[i])
		case strconv.IsPrint(r):
			b.WriteRune(r)
		default:
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		}
	}
	return b.String()
}
