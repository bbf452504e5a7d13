package parser

import (
	"io"
	"iter"
	"strings"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/netevent"
	"github.com/qmparse/qmparse/parser/netsh"
)

// netshFrameSize is how much text of events makes a frame.
const netshFrameSize = 64 << 10

type netshLog struct{ r *netsh.Reader }

func openNetsh(r io.Reader) (Log, error) { return &netshLog{netsh.NewReader(r)}, nil }

func (l *netshLog) Format() model.SourceFormat { return model.FormatNetshXML }

func (l *netshLog) Frames() iter.Seq2[Frame, error] {
	return func(yield func(Frame, error) bool) {
		frame, size := &netshFrame{}, 0
		flush := func() bool {
			f := frame
			frame, size = &netshFrame{}, 0
			return len(f.elements) == 0 || yield(f, nil)
		}
		for x, err := range l.r.Elements() {
			if err != nil {
				if !flush() || !yield(nil, err) {
					return
				}
				continue
			}
			frame.elements = append(frame.elements, x)
			frame.bytes += int(x.Size) // at most twice the largest event
			if size += len(x.Text); size >= netshFrameSize && !flush() {
				return
			}
		}
		flush()
	}
}

func (l *netshLog) Properties() []Property {
	ps := []Property{{"encoding", l.r.Encoding()}}
	if host := l.r.Host(); host.OK {
		ps = append(ps, Property{"host_name", plain(host.V)})
	}
	events, byType := l.r.Count()
	ps = append(ps, Property{"events", events})
	for t := model.NetEventType(0); t.Known(); t++ {
		if n := byType[t]; n > 0 {
			name := strings.TrimPrefix(t.String(), "FWPM_NET_EVENT_TYPE_")
			ps = append(ps, Property{"events_" + strings.ToLower(name), n})
			events -= n
		}
	}
	if events > 0 {
		ps = append(ps, Property{"events_unknown", events})
	}
	return ps
}

// netshFrame is a run of events.
type netshFrame struct {
	elements []*netsh.Element
	bytes    int
}

func (f *netshFrame) Bytes() int { return f.bytes }

func (f *netshFrame) events(w *Worker) iter.Seq2[*model.Event, error] {
	return func(yield func(*model.Event, error) bool) {
		d := netsh.NewDecoder()
		for _, x := range f.elements {
			e, err := d.Decode(x)
			if err != nil {
				if !yield(nil, err) {
					return
				}
				continue
			}
			ev := &w.event
			*ev = model.Event{
				Provenance: model.Provenance{
					Format:      model.FormatNetshXML,
					Offset:      uint64(e.Offset),
					State:       model.StateLive,
					LayoutBasis: model.LayoutDocumented,
				},
				Host:        e.Host,
				NetEvent:    e.NetEvent,
				Diagnostics: e.Diagnostics,
			}
			if t := e.NetEvent.Header.TimeStamp; t.OK && t.V != 0 {
				ev.Time = t
			}
			if w.Raw {
				w.record = []byte(x.Text)
			}
			if !yield(ev, nil) {
				return
			}
		}
	}
}

func (f *netshFrame) load(w *Worker, ev *model.Event) error {
	w.data = netevent.AppendJSON(w.data[:0], ev.NetEvent)
	ev.Data = w.data[:len(w.data):len(w.data)]
	w.identify(ev)
	return nil
}
