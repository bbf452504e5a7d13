package main

import (
	"context"
	"fmt"
	"io"
	"iter"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/qmparse/qmparse/parser"
	"github.com/qmparse/qmparse/parser/evtx"
	"github.com/qmparse/qmparse/parser/source"
)

// input is one source being read.
type input struct {
	source.Source
	log  parser.Log // nil if it is none
	read int64      // bytes, and those that its file has and does not give; once it has ended
}

// visitor is what a command does with its inputs. What worker returns runs on one
// goroutine each, several at once; the rest is called by one at a time, in the
// order of the inputs and of the frames in them, whatever the number of workers.
type visitor[R any] interface {
	open(io.Reader) (parser.Log, error)
	worker() decode[R]     // decodes frames
	begin(*input)          // a log
	took(*input, R) error  // what came of a frame of it; an error ends the run
	damaged(*input, error) // bytes of it that could not be read
	end(*input)            // of the log
	refused(*input, error) // no log, or not to be opened
	passed(n int64)        // bytes of what was named, read or stepped over

	// skip says that a source is not to be read. It is called in the order of the
	// sources, ahead of the rest.
	skip(*source.Source) bool

	// finished says that a source, and all that is in it, is done with; an error ends
	// the run.
	finished(*source.Source) error
}

// decode makes something of a frame. Of a frame that makes much it may hand over
// parts as it goes; what it returns is the last.
type decode[R any] func(in *input, f parser.Frame, part func(R)) R

// item is a part of the run: frames, which are decoded before it is its turn, then
// a step.
type item[R any] struct {
	in     *input
	frames []parser.Frame
	out    []R
	step   func() error // after the frames; may be nil
	passed int64        // bytes of what was named since the item before
	done   bool         // decoded
}

const (
	// batchBytes is about how much one worker takes at once: enough that the
	// taking costs nothing beside the decoding, little enough to stay in the
	// cache of its processor.
	batchBytes = 512 << 10

	// batchFrames is the same for frames: old records come in some that count no bytes.
	batchFrames = 16

	// batchesAhead is how many batches a worker may be ahead of what is written.
	batchesAhead = 3
)

// spins is how often a worker asks for its turn before it sleeps: longer than expanding a
// batch takes, or reading one from a pipe, since waking up would take as long as that again.
const spins = 4000

// pipeline goes through the sources, one worker at a time; each decodes the frames that it
// has taken, and takes its turn at what goes in order if it is free. Of an event log in a
// file a frame is read when it is decoded; what can only be read forward was read when it
// was taken. So what was read is decoded by the processor that has it in its cache, and with
// one worker no goroutine waits for another.
type pipeline[R any] struct {
	v visitor[R]

	taking sync.Mutex // held to call next, and to put an item in order
	next   func() (*item[R], bool)

	mu       sync.Mutex
	free     *sync.Cond // of mu: there is room, or stepping has ended
	order    []*item[R] // not yet stepped
	most     int        // items in order
	stepping bool       // a worker does steps
	over     bool       // no more steps
	err      error      // of a step
	failed   chan struct{}
}

// read reads every source with the given number of workers.
// What is in flight is bounded by that number, not by the input. If it returns an
// error, a worker may still be decoding, but none takes a step.
func read[R any](ctx context.Context, sources iter.Seq2[source.Source, error], workers int, v visitor[R]) error {
	p := &pipeline[R]{v: v, most: batchesAhead * workers, failed: make(chan struct{})}
	p.free = sync.NewCond(&p.mu)
	next, stop := iter.Pull(p.items(ctx, sources))
	p.next = next
	var all sync.WaitGroup
	for range workers {
		work := v.worker()
		all.Go(func() { p.work(ctx, work) })
	}
	done := make(chan struct{})
	go func() {
		all.Wait()
		stop()
		close(done)
	}()
	select {
	case <-done:
	case <-p.failed:
	case <-ctx.Done():
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.over = true
	p.free.Broadcast()
	for p.stepping {
		p.free.Wait()
	}
	if p.err != nil {
		return p.err
	}
	return ctx.Err()
}

// work is one worker.
func (p *pipeline[R]) work(ctx context.Context, decode decode[R]) {
	for ctx.Err() == nil {
		it := p.take()
		if it == nil {
			return
		}
		it.out = make([]R, 0, len(it.frames))
		part := func(out R) { p.part(it, out) }
		for _, f := range it.frames {
			it.out = append(it.out, decode(it.in, f, part))
		}
		p.finish(it)
	}
}

// part takes a part of an item that is still being decoded, so that no item makes
// more than memory holds: it waits until it is the item's turn. Those before it are
// decoded by others, which wait for nothing but what is before theirs.
func (p *pipeline[R]) part(it *item[R], out R) {
	it.out = append(it.out, out)
	p.mu.Lock()
	defer p.mu.Unlock()
	for !p.over && (p.stepping || p.order[0] != it) {
		p.free.Wait()
	}
	if !p.over {
		p.stepping = true
		p.mu.Unlock()
		err := p.taken(it)
		p.mu.Lock()
		p.stepping = false
		p.failedWith(err)
	}
	it.out = it.out[:0]
	p.free.Broadcast()
}

// take takes the next item, which reads what can only be read forward, and puts it in order;
// nil if there is none.
func (p *pipeline[R]) take() *item[R] {
	for tries := 0; !p.taking.TryLock(); tries++ {
		if tries == spins {
			p.taking.Lock()
			break
		}
		runtime.Gosched()
	}
	defer p.taking.Unlock()
	if !p.room() {
		return nil
	}
	it, ok := p.next()
	if !ok {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.order = append(p.order, it)
	return it
}

// room waits until there is room in order; false if the run is over.
func (p *pipeline[R]) room() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.order) >= p.most && !p.over {
		p.free.Wait()
	}
	return !p.over
}

// finish says that an item is decoded, and does the steps whose turn it is unless
// another worker does.
func (p *pipeline[R]) finish(it *item[R]) {
	p.mu.Lock()
	defer p.mu.Unlock()
	it.done = true
	if p.stepping {
		return
	}
	p.stepping = true
	for !p.over && len(p.order) > 0 && p.order[0].done {
		it := p.order[0]
		p.mu.Unlock()
		err := p.step(it)
		p.mu.Lock()
		p.order = append(p.order[:0], p.order[1:]...)
		p.failedWith(err)
		p.free.Broadcast()
	}
	p.stepping = false
	p.free.Broadcast()
}

// failedWith ends the run if there is an error; mu is held.
func (p *pipeline[R]) failedWith(err error) {
	if err != nil && !p.over {
		p.err, p.over = err, true
		close(p.failed)
	}
}

// step does what goes in order.
func (p *pipeline[R]) step(it *item[R]) error {
	if err := p.taken(it); err != nil {
		return err
	}
	for _, f := range it.frames {
		parser.Release(f)
	}
	if it.step != nil {
		if err := it.step(); err != nil {
			return err
		}
	}
	if it.passed != 0 {
		p.v.passed(it.passed)
	}
	return nil
}

// taken hands over what has come of an item.
func (p *pipeline[R]) taken(it *item[R]) error {
	for _, out := range it.out {
		if err := p.v.took(it.in, out); err != nil {
			return err
		}
	}
	return nil
}

// items yields what the sources are made of.
func (p *pipeline[R]) items(ctx context.Context, sources iter.Seq2[source.Source, error]) iter.Seq[*item[R]] {
	return func(yield func(*item[R]) bool) {
		for src, err := range sources {
			if p.v.skip(&src) {
				if src.Size > 0 && !yield(&item[R]{passed: src.Size}) {
					return
				}
				continue
			}
			done := &item[R]{step: func() error { return p.v.finished(&src) }}
			if !p.source(ctx, src, err, yield) || !yield(done) {
				return
			}
		}
	}
}

// source yields what one source is made of, if it is an archive all that is in it;
// false if the run is over.
func (p *pipeline[R]) source(ctx context.Context, src source.Source, err error, yield func(*item[R]) bool) bool {
	if err != nil {
		in := &input{Source: src}
		return yield(&item[R]{in: in, step: func() error { p.v.refused(in, err); return nil }})
	}
	passed := int64(0)
	upTo := func(to int64, it *item[R]) bool {
		it.passed, passed = to-passed, to
		return yield(it)
	}
	for c, err := range src.Contents(ctx) {
		if !p.content(&c, err, func(it *item[R]) bool { return upTo(c.Consumed(), it) }) {
			return false
		}
	}
	// What an archive has behind its members, too.
	return passed >= src.Size || upTo(src.Size, &item[R]{})
}

// content yields what a log is made of; false if the run is over.
func (p *pipeline[R]) content(c *source.Content, err error, yield func(*item[R]) bool) bool {
	in := &input{Source: c.Source}
	do := func(step func()) bool {
		return yield(&item[R]{in: in, step: func() error { step(); return nil }})
	}
	counted := &counter{r: c.Reader}
	if err == nil {
		in.log, err = p.v.open(counted)
	}
	if err != nil {
		return do(func() { p.v.refused(in, err) })
	}
	if !do(func() { p.v.begin(in) }) {
		return false
	}
	const usual = 8 // frames of a batch of chunks
	newBatch := func() *item[R] { return &item[R]{in: in, frames: make([]parser.Frame, 0, usual)} }
	batch, bytes := newBatch(), 0
	for frame, err := range in.log.Frames() {
		if err != nil {
			batch.step = func() error { p.v.damaged(in, err); return nil }
		} else {
			batch.frames = append(batch.frames, frame)
			bytes += frame.Bytes()
		}
		if err != nil || bytes >= batchBytes || len(batch.frames) >= batchFrames {
			if !yield(batch) {
				return false
			}
			batch, bytes = newBatch(), 0
		}
	}
	batch.step = func() error {
		in.read = counted.n.Load()
		if gone := counted.gone.Load(); gone > 0 {
			p.v.damaged(in, fmt.Errorf("became shorter while it was read: %d bytes that it had are gone", gone))
		}
		p.v.end(in)
		return nil
	}
	return yield(batch)
}

// counter counts the bytes that are read, and those that a file has and does not give.
type counter struct {
	r    io.Reader
	n    atomic.Int64
	gone atomic.Int64 // bytes that the file had when they were claimed, and has no more
}

func (c *counter) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n.Add(int64(n))
	return n, err
}

// Claim claims bytes of what lies below, if that lets others read some.
func (c *counter) Claim(n int) func([]byte) (int, error) {
	below, ok := c.r.(evtx.Claimer)
	if !ok {
		return nil
	}
	read := below.Claim(n)
	if read == nil {
		return nil
	}
	return func(b []byte) (int, error) {
		m, err := read(b)
		if err == io.EOF {
			c.n.Add(int64(m))
			c.gone.Add(int64(n - m))
		} else {
			c.n.Add(int64(n))
		}
		return m, err
	}
}

// name returns how messages call an input. Whoever made a file or an archive chose
// its name, and what controls a terminal is not to work.
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
