package main

import (
	"encoding/json"
	"io"
	"slices"
	"strings"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser"
)

// maxShapes is how many shapes of a file its report lists.
const maxShapes = 1000

// shapeKey is one shape of the payload of one kind of event.
type shapeKey struct {
	guid     model.GUID
	id       uint32
	version  uint8
	netEvent string // the type that it was recognised as
	shape    string
}

// shapes counts the shapes of payloads, the first maxShapes of them in the order
// in which they came.
type shapes struct {
	order []shapeKey
	n     map[shapeKey]int64
	more  int64 // payloads of other shapes
	text  []byte
}

// shapeReport is a shape as the report has it.
type shapeReport struct {
	Provider string `json:"provider_guid"`
	EventID  uint32 `json:"event_id"`
	Version  uint8  `json:"event_version"`
	NetEvent string `json:"net_event,omitempty"`
	Shape    string `json:"shape"`
	Records  int64  `json:"records"`
}

func newShapes() *shapes { return &shapes{n: map[shapeKey]int64{}} }

// add counts the event that w has yielded last.
func (s *shapes) add(w *parser.Worker, ev *model.Event) {
	text := w.Shape(s.text[:0])
	if text == nil {
		return
	}
	s.text = text
	key := shapeKey{guid: ev.ProviderGUID.V, id: ev.EventID.V, version: ev.Version.V, shape: string(text)}
	if ev.NetEvent != nil {
		key.netEvent = ev.NetEvent.Type.String()
	}
	s.count(key, 1)
}

func (s *shapes) count(key shapeKey, n int64) {
	if s.n[key] == 0 {
		if len(s.order) == maxShapes {
			s.more += n
			return
		}
		s.order = append(s.order, key)
	}
	s.n[key] += n
}

// join adds what o has counted.
func (s *shapes) join(o *shapes) {
	for _, key := range o.order {
		s.count(key, o.n[key])
	}
	s.more += o.more
}

func (s *shapes) report() (all []shapeReport) {
	for _, k := range s.order {
		all = append(all, shapeReport{k.guid.String(), k.id, k.version, k.netEvent, k.shape, s.n[k]})
	}
	return all
}

// shapesReport is what inspect --shape says of a file: nothing that names a
// machine, a person or a moment.
type shapesReport struct {
	Format     string           `json:"format"`
	Size       int64            `json:"size"`
	Properties map[string]any   `json:"properties"`
	Beside     map[string]int64 `json:"beside_events,omitempty"`
	Damaged    int64            `json:"damaged_places"`
	Shapes     []shapeReport    `json:"shapes"`
	More       int64            `json:"shapes_not_listed,omitempty"`
}

// windowsSessions are the sessions that Windows itself names.
var windowsSessions = []string{"WFP-IPsec Diagnostics", "WFP-IKE Diagnostics"}

// shapesOnly takes out of a report what may be sent to others.
func (r *fileReport) shapesOnly() *shapesReport {
	s := &shapesReport{Format: r.Format, Size: *r.Size, Properties: map[string]any{}, Beside: r.Beside,
		Damaged: int64(len(r.Damage)) + r.More, Shapes: r.Shapes, More: r.MoreShapes}
	if s.Shapes == nil {
		s.Shapes = []shapeReport{}
	}
	for name, value := range r.Properties {
		switch name {
		case "windows", "processors", "pointer_size", "clock", "closed", "circular", "traces", "events_lost":
		case "session":
			if text, _ := value.(string); !slices.Contains(windowsSessions, text) {
				continue
			}
		default:
			if !strings.HasPrefix(name, "buffer") { // counts and sizes
				continue
			}
		}
		s.Properties[name] = value
	}
	return s
}

func (s *shapesReport) json(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(s)
}
