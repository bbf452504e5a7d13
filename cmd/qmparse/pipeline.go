package main

import (
	"context"
	"fmt"
	"io"

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

// source reads one source to its end; false if the run is over.
func (p *producer[R]) source(src source.Source, err error) bool {
	in := &input{Source: src}
	if err != nil {
		return p.do(func() { p.v.refused(in, err) })
	}
	r, err := src.Open()
	if err != nil {
		return p.do(func() { p.v.refused(in, err) })
	}
	defer r.Close()
	counted := &counter{r: r}
	if in.log, err = parser.Open(counted); err != nil {
		return p.do(func() { p.v.refused(in, err) })
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
		it := &item[R]{frame: frame, in: in}
		it.step = func() error { return p.v.took(in, it.out) }
		if !p.send(it) {
			return false
		}
	}
	in.read = counted.n
	return p.do(func() { p.v.end(in) })
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
	switch {
	case in.Path == source.Stdin:
		return "standard input"
	case in.Member != "":
		return fmt.Sprintf("%s: %s", in.Path, in.Member)
	}
	return in.Path
}
