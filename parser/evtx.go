package parser

import (
	"bytes"
	"fmt"
	"io"
	"iter"

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
	chunks  int
	salvage *salvage // nil if old records are not wanted, and behind the last frame
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
		f.Lost = l.salvage.lost
	}
	return l, nil
}

func (l *evtxLog) Format() model.SourceFormat { return model.FormatEVTX }

func (l *evtxLog) Frames() iter.Seq2[Frame, error] {
	return func(yield func(Frame, error) bool) {
		for c, err := range l.r.Chunks() {
			if err != nil {
				if !yield(nil, err) {
					return
				}
			} else {
				l.chunks++
				f := &evtxFrame{r: l.r, chunk: c, salvage: l.salvage}
				if l.salvage != nil {
					f.slack = l.salvage.chunk(c)
				}
				if !yield(f, nil) {
					return
				}
			}
			if l.salvage != nil && l.salvage.due() && !yield(l.salvage.step(false), nil) {
				return
			}
		}
		if l.salvage != nil {
			last := l.salvage.step(true)
			l.salvage, l.r.Lost = nil, nil
			yield(last, nil)
		}
	}
}

func (l *evtxLog) Account() Account { return l.r.Account() }

func (l *evtxLog) Properties() []Property {
	h := &l.r.Header
	return []Property{
		{"version", fmt.Sprintf("%d.%d", h.Major, h.Minor)},
		{"dirty", h.Dirty()},
		{"full", h.Full()},
		{"checksums", !h.NoCRC()},
		{"header_chunks", int(h.Chunks)},
		{"header_next_record_id", h.NextRecordID},
		{"chunks", l.chunks},
		{"chunks_empty", l.r.EmptyChunks()},
	}
}

type evtxFrame struct {
	r     *evtx.Reader
	chunk *evtx.Chunk

	salvage *salvage // what takes its old records, and accounts for its slack; nil if nothing does
	slack   *slack
}

func (f *evtxFrame) Bytes() int { return len(f.chunk.Data) }

func (f *evtxFrame) events(w *Worker) iter.Seq2[*model.Event, error] {
	return func(yield func(*model.Event, error) bool) {
		w.evtxDecoder()
		if f.salvage != nil {
			f.salvage.read(f.slack, w.evtx)
		}
		if err := f.chunk.Verify(); err != nil && !yield(nil, err) {
			return
		}
		w.evtx.Chunk(f.chunk)
		ev := &w.event
		var lost, lostPast int64 // bytes of records that cannot be decoded
		for r, err := range w.evtx.Records() {
			if err == nil {
				if err = w.evtx.System(&r, ev); err != nil {
					err = recordError(&r, err)
					if r.State == model.StatePastFree {
						lostPast += int64(len(r.Data))
					} else {
						lost += int64(len(r.Data))
					}
				}
			}
			if err != nil {
				if !yield(nil, err) {
					return
				}
				continue
			}
			w.record = r.Data
			if !yield(ev, nil) {
				return
			}
			if (r.Torn || r.Covers) && !yield(nil, &SizeError{Offset: r.Offset, ID: r.ID, Covers: r.Covers}) {
				return
			}
		}
		if f.chunk.Carved {
			return // of no log whose bytes and ids could be counted
		}
		w.account = f.chunk.Account(lost, lostPast, f.salvage != nil)
		w.runs = append(w.runs, w.evtx.Runs()...)
	}
}

func (f *evtxFrame) release() {
	if f.r == nil {
		return // it was carved
	}
	if f.salvage != nil {
		f.salvage.read(f.slack, nil) // nobody has, if the frame was not decoded
	}
	f.r.Recycle(f.chunk)
}

func recordError(r *evtx.Record, err error) error {
	return &RecordError{ID: r.ID, Offset: r.Offset, Size: int64(len(r.Data)), State: r.State, AfterDamage: r.AfterDamage, Err: err}
}

func (f *evtxFrame) load(w *Worker, ev *model.Event) error { return loadRecord(w, ev) }

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
	if w.data, err = w.evtx.Data(w.data[:0], ev); err == nil && w.Fields != nil && w.Fields(ev) {
		err = w.evtx.Fields(ev)
	}
	w.evtx.UID(ev)
	return err
}
