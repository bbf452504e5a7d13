package parser

import (
	"iter"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/evtx"
)

// remnantsFrame is old records of an event log. What they say nobody vouches for, so
// one that does not decode, or not without fault, is counted and not yielded.
type remnantsFrame struct{ *evtx.Remnants }

// Bytes returns 0: the frames of the chunks have counted them.
func (f *remnantsFrame) Bytes() int { return 0 }

func (f *remnantsFrame) events(w *Worker) iter.Seq2[*model.Event, error] {
	return func(yield func(*model.Event, error) bool) {
		decoder := w.evtxDecoder()
		decoder.Chunk(f.Chunk)
		w.account = f.Account
		undecodable := int64(0)
		for i := range f.Records {
			r, ev := &f.Records[i], &w.event
			sound := f.sound(w, r, ev)
			if !r.Stranded { // else its chunk has counted it, as damaged
				w.account.Old(int64(len(r.Raw)), sound, r.Lost)
			}
			if !sound {
				if !r.Stranded {
					undecodable++
				}
				continue
			}
			w.record = r.Raw
			if !yield(ev, nil) {
				return
			}
		}
		for why, n := range f.Refused {
			if why == evtx.Undecodable {
				undecodable += n
				continue
			}
			w.count("old_"+why.String(), n)
		}
		w.count("old_"+evtx.Undecodable.String(), undecodable)
	}
}

// sound decodes all of an old record into ev but the data, and says whether it is
// without fault.
func (f *remnantsFrame) sound(w *Worker, r *evtx.Remnant, ev *model.Event) bool {
	if err := w.evtx.System(&r.Record, ev); err != nil {
		return false
	}
	var err error
	if w.data, err = w.evtx.Data(w.data[:0], ev); err != nil || len(ev.Diagnostics) > 0 {
		return false
	}
	ev.Data, ev.TemplateSource = nil, r.Template
	ev.Diagnostics = append(ev.Diagnostics, r.Diagnostics...)
	return true
}

func (f *remnantsFrame) load(w *Worker, ev *model.Event) error { return loadRecord(w, ev) }
