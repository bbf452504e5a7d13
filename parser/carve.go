package parser

import (
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/carve"
	"github.com/qmparse/qmparse/parser/evtx"
	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// FormatBlob is the format of bytes of any kind that are searched for logs. No event has
// it.
const FormatBlob model.SourceFormat = "blob"

// carveLog is what is found among bytes of any kind.
type carveLog struct {
	s       *carve.Scanner
	salvage *evtx.Salvage
	format  model.SourceFormat // that it begins as
	gaps    []error            // to be said before the next frame
}

// openCarve opens what begins with head, as a log of that format does or as none.
func openCarve(r io.Reader, head []byte, format model.SourceFormat, o Options) Log {
	l := &carveLog{s: carve.NewScanner(r), salvage: evtx.NewSalvage(), format: format}
	l.salvage.KeepRepeats = o.KeepRepeats
	l.s.Accept = l.salvage.Orphan
	if format == model.FormatEVTX {
		l.s.Grid, l.s.Gap = true, l.gap
		if _, _, odd := evtx.LooksAt(head[:min(len(head), evtx.HeaderSize)]); odd != nil {
			l.gaps = append(l.gaps, odd)
		}
	}
	return l
}

func (l *carveLog) Format() model.SourceFormat { return l.format }

// gap notes bytes of an event log that are none of its own. In other bytes nobody expects
// any.
func (l *carveLog) gap(offset, size int64) {
	l.gaps = append(l.gaps, &evtx.Gap{Offset: offset, Size: size, Err: &cursor.Error{
		Offset: offset, Field: "chunk", Err: cursor.ErrMalformed, Detail: fmt.Sprintf("%d bytes are of no chunk and no record", size)}})
}

func (l *carveLog) Frames() iter.Seq2[Frame, error] {
	return func(yield func(Frame, error) bool) {
		for f, err := range l.s.Finds() {
			for _, gap := range l.gaps {
				if !yield(nil, gap) {
					return
				}
			}
			l.gaps = l.gaps[:0]
			if err != nil {
				yield(nil, err)
				return
			}
			if !l.found(&f, yield) || l.salvage.Full() && !yieldRemnants(l.salvage, yield) {
				return
			}
		}
		for _, gap := range l.gaps {
			if !yield(nil, gap) {
				return
			}
		}
		yieldRemnants(l.salvage, yield)
	}
}

// found yields the frames of what was found.
func (l *carveLog) found(f *carve.Find, yield func(Frame, error) bool) bool {
	var inner Log
	var err error
	switch f.Kind {
	case carve.Chunk, carve.Compressed:
		l.salvage.Chunk(f.Chunk)
		n := len(f.Chunk.Data)
		return yield(&evtxFrame{chunk: f.Chunk, salvaged: true}, nil) &&
			(!f.Cut || yield(nil, evtx.CutError(f.Offset+int64(n), n)))
	case carve.Lost:
		l.salvage.Lost(f.Data, f.Offset)
		return true
	case carve.Record:
		return true // it waits in salvage
	case carve.Trace:
		inner, err = openETL(f.Log)
	case carve.Dump:
		inner, err = openDump(f.Log)
	}
	if err != nil {
		return yield(nil, shifted(err, f.Offset))
	}
	for frame, err := range inner.Frames() {
		if err != nil {
			frame, err = nil, shifted(err, f.Offset)
		} else {
			frame = &carvedFrame{frame, f.Offset, f.Offset > 0 || l.format == FormatBlob}
		}
		if !yield(frame, err) {
			return false
		}
	}
	return true
}

func (l *carveLog) Properties() []Property {
	n := l.s.Counts()
	all := []Property{{"searched_bytes", uint64(l.s.Size())}}
	for _, p := range []Property{
		{"chunks", n.Chunks}, {"chunks_compressed", n.Compressed}, {"single_records", n.Records}, {"chunks_lost", n.Lost},
		{"traces", n.Traces}, {"dumps", n.Dumps}, {"zero_bytes", n.Zero}, {"bytes_passed_over", n.Passed},
	} {
		if p.Value.(int64) > 0 {
			all = append(all, Property{p.Name, uint64(p.Value.(int64))})
		}
	}
	return all
}

// carvedFrame is a frame of a log that was found among other bytes, from base on.
type carvedFrame struct {
	Frame
	base   int64
	carved bool // else it is the log that the bytes begin with
}

func (f *carvedFrame) events(w *Worker) iter.Seq2[*model.Event, error] {
	return func(yield func(*model.Event, error) bool) {
		for ev, err := range f.Frame.events(w) {
			if err != nil {
				err = shifted(err, f.base)
			} else {
				ev.Offset += uint64(f.base)
				if f.carved {
					ev.State = model.StateCarved
				}
			}
			if !yield(ev, err) {
				return
			}
		}
	}
}

func (f *carvedFrame) load(w *Worker, ev *model.Event) error {
	return shifted(f.Frame.load(w, ev), f.base)
}

func (f *carvedFrame) shape(w *Worker, dst []byte) []byte {
	if inner, ok := f.Frame.(interface {
		shape(*Worker, []byte) []byte
	}); ok {
		return inner.shape(w, dst)
	}
	return nil
}

// shifted returns err with offsets that count from base bytes before.
func shifted(err error, base int64) error {
	var e *cursor.Error
	var r *RecordError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &r):
		said := *r
		said.Offset += base
		said.Err = shifted(r.Err, base)
		return &said
	case errors.As(err, &e):
		said := *e
		said.Offset += base
		return &said
	}
	return err
}
