package parser

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"iter"
	"sync/atomic"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/evtx"
)

// isEVTX says whether a file that begins with head is an event log: by its own
// signature, or by that of the first chunk if the header was wiped.
func isEVTX(head []byte) bool {
	return bytes.HasPrefix(head, []byte("ElfFile\x00")) ||
		len(head) >= 4096+8 && bytes.HasPrefix(head[4096:], []byte("ElfChnk\x00"))
}

type evtxLog struct {
	r       *evtx.Reader
	salvage *salvage     // nil if old records are not wanted, and behind the last frame
	chunks  atomic.Int64 // of the frames that were decoded
	empty   atomic.Int64
}

// opened is a reader of which the first bytes were looked at.
type opened struct {
	*bufio.Reader
	from io.Reader
}

// Claim claims bytes of what lies below, once nothing of it waits here.
func (o opened) Claim(n int) func([]byte) (int, error) {
	if c, ok := o.from.(evtx.Claimer); ok && o.Buffered() == 0 {
		return c.Claim(n)
	}
	return nil
}

func openEVTX(r io.Reader, o Options) (Log, error) {
	f, err := evtx.NewReader(r)
	if err != nil {
		return nil, err
	}
	if o.Reuse != nil {
		f.Memory = &o.Reuse.chunks
	}
	l := &evtxLog{r: f}
	if o.Recover == RecoverSlack {
		l.salvage = newSalvage(&o)
	}
	return l, nil
}

func (l *evtxLog) Format() model.SourceFormat { return model.FormatEVTX }

func (l *evtxLog) Frames() iter.Seq2[Frame, error] {
	return func(yield func(Frame, error) bool) {
		for b, err := range l.r.Blocks() {
			if err != nil {
				if !yield(nil, err) {
					return
				}
				continue
			}
			f := &blockFrame{log: l, block: b, size: b.Size}
			if l.salvage != nil {
				f.salvage = l.salvage
				f.slack = l.salvage.teller(f.tell)
			}
			if !yield(f, nil) || l.salvage != nil && l.salvage.due() && !yield(l.salvage.step(false), nil) {
				return
			}
		}
		if l.salvage != nil {
			last := l.salvage.step(true)
			l.salvage = nil
			yield(last, nil)
		}
	}
}

// Account says what the file header is; the frames account for the rest.
func (l *evtxLog) Account() Account { return Account{Headers: evtx.FileHeaderSize} }

func (l *evtxLog) Properties() []Property {
	h := &l.r.Header
	return []Property{
		{"version", fmt.Sprintf("%d.%d", h.Major, h.Minor)},
		{"dirty", h.Dirty()},
		{"full", h.Full()},
		{"checksums", !h.NoCRC()},
		{"header_chunks", int(h.Chunks)},
		{"header_next_record_id", h.NextRecordID},
		{"chunks", int(l.chunks.Load())},
		{"chunks_empty", int(l.empty.Load())},
	}
}

// blockFrame is a block of an event log. What stands there is not known before it is decoded,
// for it is then that it is read, if the log is in a file.
type blockFrame struct {
	chunkFrame // of its chunk, if it has one
	log        *evtxLog
	block      *evtx.Block
	size       int
}

func (f *blockFrame) Bytes() int { return f.size }

// tell loads the block and tells what its old records are.
func (f *blockFrame) tell(d *evtx.Decoder, told *evtx.Slack) {
	b := f.block
	b.Load()
	switch {
	case b.Chunk != nil:
		d.Slack(b.Chunk, told)
	case b.Gap != nil:
		d.Lost(b.Data(), b.Offset, told)
	}
}

func (f *blockFrame) events(w *Worker) iter.Seq2[*model.Event, error] {
	return func(yield func(*model.Event, error) bool) {
		b, l := f.block, f.log
		if f.salvage != nil {
			f.salvage.read(f.slack, w.evtxDecoder())
		} else {
			b.Load()
		}
		switch {
		case b.Chunk != nil:
			l.chunks.Add(1)
			if f.chunk = b.Chunk; !f.decode(w, yield) {
				return
			}
		case b.Gap == nil: // what could be read is zero
			w.account.Zero = int64(len(b.Data()))
			if b.Empty {
				l.empty.Add(1)
			}
		case f.salvage == nil:
			w.account.Damaged = int64(len(b.Data()))
		}
		if b.Unread != nil {
			w.account.Damaged += b.Unread.Size
		}
		for _, err := range b.Errors() {
			if !yield(nil, err) {
				return
			}
		}
	}
}

func (f *blockFrame) release() {
	f.chunkFrame.release() // which may load it
	f.block.Recycle()
}

// chunkFrame is a chunk.
type chunkFrame struct {
	chunk *evtx.Chunk

	salvage *salvage // what takes its old records, and accounts for its slack; nil if nothing does
	slack   *slack
}

func (f *chunkFrame) Bytes() int { return len(f.chunk.Data) }

func (f *chunkFrame) events(w *Worker) iter.Seq2[*model.Event, error] {
	return func(yield func(*model.Event, error) bool) {
		if f.salvage != nil {
			f.salvage.read(f.slack, w.evtxDecoder())
		}
		f.decode(w, yield)
	}
}

// decode yields the events of the chunk; false to stop.
func (f *chunkFrame) decode(w *Worker, yield func(*model.Event, error) bool) bool {
	if err := f.chunk.Verify(); err != nil && !yield(nil, err) {
		return false
	}
	d := w.evtxDecoder()
	d.Chunk(f.chunk)
	ev := &w.event
	var lost, lostPast int64 // bytes of records that cannot be decoded
	for r, err := range d.Records() {
		if w.LoadAll {
			ev = w.ahead.event()
		}
		if err == nil {
			if err = d.System(&r, ev); err != nil {
				err = recordError(&r, err)
				if r.State == model.StatePastFree {
					lostPast += int64(len(r.Data))
				} else {
					lost += int64(len(r.Data))
				}
			}
		}
		if err != nil {
			if !w.yieldAhead(yield) || !yield(nil, err) {
				return false
			}
			continue
		}
		w.record = r.Data
		odd := r.Torn || r.Covers
		switch {
		case !w.LoadAll:
			if !yield(ev, nil) {
				return false
			}
		case w.loadAhead() || odd:
			if !w.yieldAhead(yield) {
				return false
			}
		}
		if odd && !yield(nil, &SizeError{Offset: r.Offset, ID: r.ID, Covers: r.Covers}) {
			return false
		}
	}
	if !w.yieldAhead(yield) {
		return false
	}
	if !f.chunk.Carved { // else it is of no log whose bytes and ids could be counted
		w.account = f.chunk.Account(lost, lostPast, f.salvage != nil)
		w.runs = append(w.runs, d.Runs()...)
	}
	return true
}

func (f *chunkFrame) release() {
	if f.salvage != nil {
		f.salvage.read(f.slack, nil) // nobody has, if the frame was not decoded
	}
}

func recordError(r *evtx.Record, err error) error {
	return &RecordError{ID: r.ID, Offset: r.Offset, Size: int64(len(r.Data)), State: r.State, AfterDamage: r.AfterDamage, Err: err}
}

func (f *chunkFrame) load(w *Worker, ev *model.Event) error { return loadRecord(w, ev) }

// evtxDecoder returns the worker's decoder of records.
func (w *Worker) evtxDecoder() *evtx.Decoder {
	if w.evtx == nil {
		w.evtx = evtx.NewDecoder()
		w.evtx.Want = w.Want
	}
	return w.evtx
}

// loadRecord loads the data of the record that was decoded last.
func loadRecord(w *Worker, ev *model.Event) (err error) {
	w.data, err = w.loadData(w.data, ev)
	w.identify(ev)
	return err
}

// loadData is that without the UID, in that memory, which it returns.
func (w *Worker) loadData(memory []byte, ev *model.Event) ([]byte, error) {
	memory, err := w.evtx.Data(memory[:0], ev)
	if err == nil && w.Fields != nil && w.Fields(ev) {
		err = w.evtx.Fields(ev)
	}
	return memory, err
}
