package parser

import (
	"bytes"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/netevent"
)

// isDump says whether a file that begins with head is a net-event dump, if only
// one that a transfer as text has damaged.
func isDump(head []byte) bool { return bytes.HasPrefix(head, []byte(netevent.Signature[:4])) }

type dumpLog struct{ r *netevent.Reader }

func openDump(r io.Reader) (Log, error) {
	f, err := netevent.NewReader(r)
	if err != nil {
		return nil, err
	}
	return &dumpLog{f}, nil
}

func (l *dumpLog) Format() model.SourceFormat { return model.FormatDump }

func (l *dumpLog) Frames() iter.Seq2[Frame, error] {
	return func(yield func(Frame, error) bool) {
		for f, err := range l.r.Frames() {
			if err != nil {
				if !yield(nil, err) {
					return
				}
				continue
			}
			if !yield(&dumpFrame{f}, nil) {
				return
			}
		}
	}
}

// Properties joins what several dumps in one file say differently.
func (l *dumpLog) Properties() []Property {
	s := l.r.Summary()
	each := func(name string, text func(*netevent.Dump) string) Property {
		var all []string
		for _, d := range s.Dumps {
			if t := text(d); t != "" && !slices.Contains(all, t) {
				all = append(all, t)
			}
		}
		return Property{name, strings.Join(all, ", ")}
	}
	meta := func(name string, of func(*netevent.Meta) model.Opt[string]) Property {
		return each(name, func(d *netevent.Dump) string { return plain(of(&d.Meta).V) })
	}
	all := []Property{
		{"dumps", len(s.Dumps) + s.More},
		each("version", func(d *netevent.Dump) string {
			return strconv.Itoa(int(d.Header.Major)) + "." + strconv.Itoa(int(d.Header.Minor))
		}),
		each("net_event_version", func(d *netevent.Dump) string { return strconv.Itoa(int(d.Header.NetEventVersion)) }),
		each("pointer_size", func(d *netevent.Dump) string { return strconv.Itoa(int(d.Header.PointerSize)) }),
		each("machine", func(d *netevent.Dump) string { return d.Header.Machine.String() }),
		meta("host_name", func(m *netevent.Meta) model.Opt[string] { return m.HostName }),
		meta("os_build", func(m *netevent.Meta) model.Opt[string] { return m.OSBuild }),
		meta("captured_at", func(m *netevent.Meta) model.Opt[string] { return m.CapturedAt }),
		meta("boot_time", func(m *netevent.Meta) model.Opt[string] { return m.BootTime }),
		meta("collector", func(m *netevent.Meta) model.Opt[string] { return m.Collector }),
		meta("api", func(m *netevent.Meta) model.Opt[string] { return m.API }),
		meta("note", func(m *netevent.Meta) model.Opt[string] { return m.Note }),
		each("meta_other", func(d *netevent.Dump) string { return plain(string(d.Meta.Other)) }),
	}
	all = slices.DeleteFunc(all, func(p Property) bool { return p.Value == "" })
	for _, name := range []string{"META", "EVENT", "SEGMENT", "ROOTS", "LOST", "END"} {
		if n := s.Blocks[name]; n > 0 {
			all = append(all, Property{"blocks_" + strings.ToLower(name), n})
		}
	}
	if s.Unknown > 0 {
		all = append(all, Property{"blocks_unknown", s.Unknown})
	}
	for t := model.NetEventType(0); t.Known(); t++ {
		if n := s.Events[t]; n > 0 {
			name := strings.TrimPrefix(t.String(), "FWPM_NET_EVENT_TYPE_")
			all = append(all, Property{"events_" + strings.ToLower(name), n})
		}
	}
	if s.Others > 0 {
		all = append(all, Property{"events_unknown", s.Others})
	}
	return append(all, Property{"events_lost", s.Lost})
}

// plain returns a text of a file as a person can be shown it: without control
// characters, and not too long.
func plain(text string) string {
	const limit = 256
	if len(text) <= limit && !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return text
	}
	return model.Quote(text)
}

// dumpWorker is what a worker keeps for dumps.
type dumpWorker struct {
	decoder *netevent.Decoder
	event   model.NetEvent
	record  *netevent.Record
}

type dumpFrame struct{ frame *netevent.Frame }

func (f *dumpFrame) Bytes() int { return f.frame.Bytes() }

func (f *dumpFrame) events(w *Worker) iter.Seq2[*model.Event, error] {
	return func(yield func(*model.Event, error) bool) {
		if w.dump == nil {
			w.dump = &dumpWorker{decoder: netevent.NewDecoder()}
		}
		d := w.dump
		var host model.Opt[string]
		if name := f.frame.Dump.Meta.HostName; name.V != "" {
			host = name
		}
		for r, err := range f.frame.Records() {
			if err != nil {
				if !yield(nil, &RecordError{ID: r.Sequence, Offset: r.Offset, State: model.StateLive, Err: err}) {
					return
				}
				continue
			}
			d.record, w.record = r, r.Bytes()
			d.event = model.NetEvent{Type: r.Type()}
			w.event = model.Event{
				Provenance: model.Provenance{
					Format:      model.FormatDump,
					Offset:      uint64(r.Offset),
					State:       model.StateLive,
					LayoutBasis: model.LayoutDocumented,
				},
				Host:        host,
				NetEvent:    &d.event,
				Diagnostics: w.event.Diagnostics[:0],
			}
			if t := r.TimeStamp(); t != 0 {
				w.event.Time = model.Some(t)
			}
			if !yield(&w.event, nil) {
				return
			}
		}
	}
}

func (f *dumpFrame) load(w *Worker, ev *model.Event) error {
	d := w.dump
	ev.Diagnostics = d.decoder.Decode(d.record, ev.NetEvent, ev.Diagnostics)
	w.data = netevent.AppendJSON(w.data[:0], ev.NetEvent)
	ev.Data = w.data[:len(w.data):len(w.data)]
	w.identify(ev)
	return nil
}
