package parser

import (
	"io"
	"iter"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/etl"
	"github.com/qmparse/qmparse/parser/netevent"
)

// etlFrameSize is how much of a trace, expanded, makes a frame: buffers may be of
// 4 KiB.
const etlFrameSize = 256 << 10

type etlLog struct{ r *etl.Reader }

func openETL(r io.Reader) (Log, error) {
	f, err := etl.NewReader(r)
	if err != nil {
		return nil, err
	}
	return &etlLog{f}, nil
}

func (l *etlLog) Format() model.SourceFormat { return model.FormatETL }

func (l *etlLog) Frames() iter.Seq2[Frame, error] {
	return func(yield func(Frame, error) bool) {
		frame, size := &etlFrame{}, 0
		flush := func() bool {
			f := frame
			frame, size = &etlFrame{}, 0
			return len(f.buffers) == 0 || yield(f, nil)
		}
		for b, err := range l.r.Buffers() {
			if err != nil {
				if !flush() || !yield(nil, err) {
					return
				}
				continue
			}
			frame.buffers = append(frame.buffers, b)
			if size += b.Size(); size >= etlFrameSize && !flush() {
				return
			}
		}
		flush()
	}
}

func (l *etlLog) Properties() []Property {
	h, n := &l.r.Header, l.r.Counts()
	var all []Property
	add := func(name string, value any) { all = append(all, Property{name, value}) }
	if h.SessionName.V != "" {
		add("session", plain(h.SessionName.V))
	}
	if h.LogFileName.V != "" {
		add("log_file", plain(h.LogFileName.V))
	}
	add("windows", h.Windows())
	add("processors", int(h.Processors))
	add("pointer_size", int(h.PointerSize))
	add("clock", h.ClockType.String())
	add("boot_time", h.BootTime.String())
	add("start_time", h.StartTime.String())
	if h.EndTime != 0 {
		add("end_time", h.EndTime.String())
	}
	add("closed", h.EndTime != 0)
	add("circular", h.LogFileMode&etl.ModeCircular != 0)
	add("buffer_size", int(h.BufferSize))
	add("buffers_written", int(h.BuffersWritten))
	add("buffers", n.Buffers)
	add("buffers_compressed", n.Compressed)
	if n.Traces > 1 {
		add("traces", n.Traces)
	}
	if n.Repeated > 0 {
		add("buffers_repeated", n.Repeated)
	}
	if n.Missing > 0 {
		add("buffers_missing", n.Missing)
	}
	if n.Zero > 0 {
		add("bytes_zero", uint64(n.Zero))
	}
	add("events_lost", int(h.EventsLost))
	add("buffers_lost", int(h.BuffersLost))
	if n.EventsLost > 0 {
		add("buffers_saying_events_lost", n.EventsLost)
	}
	if n.BufferLost > 0 {
		add("buffers_saying_buffer_lost", n.BufferLost)
	}
	return all
}

// etlFrame is a run of buffers.
type etlFrame struct{ buffers []*etl.Buffer }

func (f *etlFrame) Bytes() (n int) {
	for _, b := range f.buffers {
		n += b.Size()
	}
	return n
}

func (f *etlFrame) events(w *Worker) iter.Seq2[*model.Event, error] {
	return func(yield func(*model.Event, error) bool) {
		if w.etl == nil {
			w.etl = newETLWorker()
		}
		e := w.etl
		defer e.finish(w)
		for _, b := range f.buffers {
			notes := bufferNotes(b.Header.Flags)
			for r, err := range e.decoder.Records(b) {
				if err != nil {
					if !yield(nil, err) {
						return
					}
					continue
				}
				ev := &w.event
				*ev = model.Event{Diagnostics: append(ev.Diagnostics[:0], notes...)}
				w.record = r.Bytes
				e.head(ev, r, b.Build())
				if !yield(ev, nil) {
					return
				}
			}
		}
	}
}

func (f *etlFrame) load(w *Worker, ev *model.Event) (err error) {
	e := w.etl
	switch {
	case e.record.Err != nil:
		err = e.record.Err
	case ev.NetEvent != nil:
		ev.Diagnostics = e.raw.Decode(e.record.Payload, e.match, ev.NetEvent, ev.Diagnostics)
		w.data = netevent.AppendJSON(w.data[:0], ev.NetEvent)
		ev.Data = w.data[:len(w.data):len(w.data)]
	case e.known:
		w.data, ev.Diagnostics, err = e.payload.AppendData(w.data[:0], &e.event, ev.Diagnostics)
		if err == nil {
			ev.Data = w.data[:len(w.data):len(w.data)]
			if w.Fields != nil && w.Fields(ev) {
				w.fields, err = e.payload.Fields(w.fields[:0], &e.event)
				ev.Fields = w.fields
			}
		}
	}
	if ev.Data != nil {
		w.identify(ev)
		return err
	}
	// What could not be decoded tells events of one moment apart all the same.
	ev.Data = e.record.Payload
	w.identify(ev)
	ev.Data = nil
	return err
}

// shape describes a payload that has no documented layout.
func (f *etlFrame) shape(w *Worker, dst []byte) []byte {
	e := w.etl
	if e.known || e.record.Err != nil || e.record.Type != etl.TypeEventHeader32 && e.record.Type != etl.TypeEventHeader64 {
		return nil
	}
	return netevent.AppendShape(dst, e.record.Payload, e.event.PointerSize)
}

// bufferNotes is what the flags of a buffer say of each event in it.
func bufferNotes(flags etl.BufferFlags) (notes []model.Diagnostic) {
	if flags&etl.FlagEventsLost != 0 {
		notes = append(notes, model.Diagnostic{Code: "events-lost", Detail: "the system lost events while it filled this buffer of the trace"})
	}
	if flags&etl.FlagBufferLost != 0 {
		notes = append(notes, model.Diagnostic{Code: "buffer-lost", Detail: "the system lost a buffer of the trace beside this one"})
	}
	if flags&etl.FlagBackupCorrupt != 0 {
		notes = append(notes, model.Diagnostic{Code: "backup-corrupt", Detail: "the trace says that its copy on disk is damaged"})
	}
	return notes
}
