package parser

import (
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/carve"
	"github.com/qmparse/qmparse/parser/etl"
	"github.com/qmparse/qmparse/parser/evtx"
	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// FormatBlob is the format of bytes of any kind that are searched for logs. No event has
// it.
const FormatBlob model.SourceFormat = "blob"

// carveLog is what is found among bytes of any kind.
type carveLog struct {
	s       *carve.Scanner
	salvage *salvage           // nil behind the last frame
	format  model.SourceFormat // what it begins as
	own     Log                // that log, unless it is an event log
	gaps    []error            // to be said before the next frame
}

// openCarve opens what begins with head; format is what that is, FormatBlob if it is no log.
func openCarve(r io.Reader, head []byte, format model.SourceFormat, o Options) Log {
	l := &carveLog{s: carve.NewScanner(r), salvage: newSalvage(&o), format: format}
	l.s.Accept = l.salvage.orphan
	known := true
	switch format {
	case model.FormatEVTX:
		_, _, odd := evtx.CheckFileHeader(head[:min(len(head), evtx.FileHeaderSize)])
		if l.s.Grid = true; odd != nil {
			l.gaps = append(l.gaps, odd)
		}
	case model.FormatETL:
		known = l.s.OwnTrace()
	case model.FormatDump:
		known = l.s.OwnDump()
	default:
		known = false
	}
	if known {
		l.s.Gap = l.gap
	} else {
		l.format = FormatBlob
	}
	return l
}

func (l *carveLog) Format() model.SourceFormat { return l.format }

// gap notes bytes of a log that are none of its own. In other bytes nobody expects any.
func (l *carveLog) gap(offset, size int64) {
	err := &cursor.Error{Offset: offset, Field: "log", Err: cursor.ErrMalformed, Detail: fmt.Sprintf("%d bytes behind it are of no log", size)}
	if l.format != model.FormatEVTX {
		l.gaps = append(l.gaps, err)
		return
	}
	err.Field, err.Detail = "chunk", fmt.Sprintf("%d bytes are of no chunk and no record", size)
	l.gaps = append(l.gaps, &evtx.Gap{Offset: offset, Size: size, Err: err})
}

func (l *carveLog) Frames() iter.Seq2[Frame, error] {
	return func(yield func(Frame, error) bool) {
		if l.salvage == nil {
			return // that was all
		}
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
			if !l.found(&f, yield) || l.salvage.due() && !yield(l.salvage.step(false), nil) {
				return
			}
		}
		if n := l.s.Counts().Unsearched; n > 0 {
			l.gaps = append(l.gaps, &cursor.Error{Offset: l.s.Size(), Field: "search", Err: cursor.ErrUnsupported,
				Detail: fmt.Sprintf("%d places were not looked at, or not wholly: logs seem to begin nearly everywhere", n)})
		}
		if n := l.s.Counts().Unexpanded; n > 0 {
			l.gaps = append(l.gaps, &cursor.Error{Offset: l.s.Size(), Field: "search", Err: cursor.ErrUnsupported,
				Detail: fmt.Sprintf("%d places may be buffers of traces and were not expanded: those before them took what the bytes allow", n)})
		}
		for _, gap := range l.gaps {
			if !yield(nil, gap) {
				return
			}
		}
		last := l.salvage.step(true)
		l.salvage, l.s.Accept = nil, nil
		yield(last, nil)
	}
}

// found yields the frames of what was found.
func (l *carveLog) found(f *carve.Find, yield func(Frame, error) bool) bool {
	switch f.Kind {
	case carve.Chunk, carve.Compressed:
		n := len(f.Chunk.Data)
		return yield(&chunkFrame{chunk: f.Chunk, salvage: l.salvage, slack: l.salvage.chunk(f.Chunk)}, nil) &&
			(!f.Cut || yield(nil, evtx.CutError(f.Offset+int64(n), n)))
	case carve.Lost:
		l.salvage.lost(f.Data, f.Offset)
	case carve.Buffer:
		note := model.Diagnostic{Code: "buffer-alone", Detail: "its trace is not described before it, or more than one may be it: no time is known"}
		if f.From >= 0 {
			note.Detail = fmt.Sprintf("times are those of the trace at offset %#x, by its logger and buffer size", f.From)
		}
		frame := &etlFrame{[]*etl.Buffer{f.Buffer}}
		return yield(&carvedFrame{Frame: frame, note: note}, nil)
	case carve.Trace:
		r, err := etl.NewReader(f.Log)
		if err == nil {
			r.Share(l.s.Expansion())
		}
		return l.inner(f, &etlLog{r}, err, model.Diagnostic{}, yield)
	case carve.Dump:
		inner, err := openDump(f.Log)
		return l.inner(f, inner, err, model.Diagnostic{}, yield)
	case carve.Blocks:
		inner, err := openDump(f.Log)
		note := model.Diagnostic{Code: "block-alone", Detail: "found apart from the header of its dump, which is taken to be one before it"}
		return l.inner(f, inner, err, note, yield)
	}
	return true // a record waits in salvage
}

// inner yields the frames of a log that was found.
func (l *carveLog) inner(f *carve.Find, inner Log, err error, note model.Diagnostic, yield func(Frame, error) bool) bool {
	if err != nil {
		return yield(nil, shifted(err, f.Offset))
	}
	if f.Own {
		l.own = inner
	}
	for frame, err := range inner.Frames() {
		var e *cursor.Error
		switch {
		case f.Own:
		case errors.As(err, &e) && (e.Offset < f.Before || e.Offset == f.Before && e.Field == "block sequence"):
			continue // it was said where that stands, and that these stand apart
		case err != nil:
			frame, err = nil, shifted(err, f.Offset)
		default:
			frame = &carvedFrame{frame, f.Offset, note}
		}
		if !yield(frame, err) {
			return false
		}
	}
	return true
}

// Properties tells those of the log that the bytes are, and of what is found what there is.
func (l *carveLog) Properties() (all []Property) {
	n := l.s.Counts()
	if l.own != nil {
		all = l.own.Properties()
		switch l.format {
		case model.FormatETL:
			n.Traces--
		case model.FormatDump:
			n.Dumps--
		}
	}
	all = append(all, Property{"searched_bytes", uint64(l.s.Size())})
	for _, p := range []struct {
		name string
		n    int64
	}{
		{"chunks", n.Chunks}, {"chunks_compressed", n.Compressed}, {"single_records", n.Records}, {"chunks_lost", n.Lost},
		{"traces_found", n.Traces}, {"buffers_alone", n.Buffers}, {"buffers_without_time", n.Timeless},
		{"dumps_found", n.Dumps}, {"block_runs_alone", n.Blocks}, {"blocks_without_header", n.Headless},
		{"zero_bytes", n.Zero}, {"bytes_passed_over", n.Passed}, {"places_not_searched", n.Unsearched}, {"places_not_expanded", n.Unexpanded},
	} {
		if p.n > 0 {
			all = append(all, Property{p.name, uint64(p.n)})
		}
	}
	return all
}

// carvedFrame is a frame of a log that was found among other bytes, from base on.
type carvedFrame struct {
	Frame
	base int64
	note model.Diagnostic // of each event, if it is one
}

func (f *carvedFrame) events(w *Worker) iter.Seq2[*model.Event, error] {
	return func(yield func(*model.Event, error) bool) {
		for ev, err := range f.Frame.events(w) {
			if err != nil {
				err = shifted(err, f.base)
			} else {
				ev.Offset += uint64(f.base)
				ev.State = model.StateCarved
				if f.note.Code != "" {
					ev.Diagnostics = append(ev.Diagnostics, f.note)
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
