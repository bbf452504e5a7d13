package main

import (
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
