package parser

import (
	"iter"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/evtx"
)

// salvage recovers the old records of an event log. What a chunk tells of them is read by
// whoever needs it first, as a rule the worker that decodes the chunk. What becomes of them
// depends on all that was read before, and is decided step by step, in the order of the log
// and at places that depend on nothing else.
type salvage struct {
	of      *evtx.Salvage
	reuse   *Reuse
	waiting []*slack        // what is told since the last step
	n       int             // chunks, and records by themselves, that tell it
	loose   *slack          // the last of waiting if it is of no one chunk
	steps   []*salvageFrame // those that may not be done
	helper  *evtx.Decoder   // of the reading
}

const (
	// tellersPerStep is how many chunks there are from one step to the next.
	tellersPerStep = 32

	// stepsAhead is how many steps the reading may be ahead of the decoding; then it does
	// them itself: what nobody decodes does not pile up.
	stepsAhead = 8
)

// newSalvage returns a salvage for a log.
func newSalvage(o *Options) *salvage {
	s := &salvage{reuse: o.Reuse}
	if s.reuse == nil {
		s.reuse = &Reuse{}
	}
	s.of = s.reuse.salvage()
	s.of.KeepRepeats = o.KeepRepeats
	return s
}

// slack is what a chunk tells.
type slack struct {
	once sync.Once
	tell func(*evtx.Decoder, *evtx.Slack) // until it has
	told *evtx.Slack
}

// teller takes what a chunk will tell; read is to be called before its memory is given back.
func (s *salvage) teller(tell func(*evtx.Decoder, *evtx.Slack)) *slack {
	k := &slack{tell: tell}
	s.waiting, s.loose = append(s.waiting, k), nil
	s.n++
	return k
}

// chunk is teller of a chunk that is there.
func (s *salvage) chunk(c *evtx.Chunk) *slack {
	return s.teller(func(d *evtx.Decoder, told *evtx.Slack) { d.Slack(c, told) })
}

// read reads what a chunk tells, unless that was done; d may be nil.
func (s *salvage) read(k *slack, d *evtx.Decoder) {
	k.once.Do(func() {
		if d == nil {
			d = evtx.NewDecoder()
		}
		k.told = s.reuse.slack()
		k.tell(d, k.told)
		k.tell = nil
	})
}

// lost takes what stands where the next chunk should, and has lost its signature.
func (s *salvage) lost(data []byte, offset int64) {
	s.n++
	s.decoder().Lost(data, offset, s.open())
}

// orphan takes a record that stands in no chunk; false if it is none.
func (s *salvage) orphan(data []byte, offset int64) bool {
	ok := s.decoder().Orphan(data, offset, s.open())
	if ok {
		s.n++
	}
	return ok
}

// open returns what is told last, to add to it.
func (s *salvage) open() *evtx.Slack {
	if s.loose == nil {
		s.loose = &slack{told: s.reuse.slack()}
		s.loose.once.Do(func() {}) // there is no chunk to read
		s.waiting = append(s.waiting, s.loose)
	}
	return s.loose.told
}

func (s *salvage) decoder() *evtx.Decoder {
	if s.helper == nil {
		s.helper = evtx.NewDecoder()
	}
	return s.helper
}

// due says that it is time for a step.
func (s *salvage) due() bool { return s.n >= tellersPerStep }

// step returns the next step; behind the last one s is not used any more.
func (s *salvage) step(last bool) *salvageFrame {
	f := &salvageFrame{s: s, waiting: s.waiting, last: last}
	s.waiting, s.loose, s.n = nil, nil, 0
	if len(s.steps) == stepsAhead {
		s.steps[0].do(s.decoder())
	}
	s.steps = slices.DeleteFunc(s.steps, func(f *salvageFrame) bool { return f.done.Load() })
	if n := len(s.steps); n > 0 {
		f.before = s.steps[n-1]
	}
	s.steps = append(s.steps, f)
	return f
}

// salvageFrame is a step, and the old records that come of it. What they say nobody vouches
// for, so one that does not decode, or not without fault, is counted and not yielded.
type salvageFrame struct {
	s       *salvage
	waiting []*slack
	before  *salvageFrame // nil once it is done
	last    bool          // of the log

	once sync.Once
	old  []*evtx.Remnants
	done atomic.Bool
}

// do does the step and those before it, unless that was done.
func (f *salvageFrame) do(d *evtx.Decoder) {
	f.once.Do(func() {
		if f.before != nil {
			f.before.do(d)
		}
		for _, k := range f.waiting {
			f.s.read(k, d)
			f.s.of.Add(k.told)
			f.s.reuse.slackBack(k.told)
			if f.s.of.Full() {
				f.old = append(f.old, f.s.of.Remnants())
			}
		}
		if f.last {
			f.old = append(f.old, f.s.of.Remnants())
			f.s.reuse.salvageBack(f.s.of)
		}
		f.waiting, f.before = nil, nil
		f.done.Store(true)
	})
}

// Bytes returns 0: the frames of the chunks have counted them.
func (f *salvageFrame) Bytes() int { return 0 }

func (f *salvageFrame) events(w *Worker) iter.Seq2[*model.Event, error] {
	return func(yield func(*model.Event, error) bool) {
		f.do(w.evtxDecoder())
		undecodable := int64(0)
		var refused [evtx.Refusals]int64
		for _, old := range f.old {
			w.account.Add(old.Account)
			for why, n := range old.Refused {
				refused[why] += n
			}
			for b := range old.Batches(&w.batch) {
				w.evtx.Chunk(b.Chunk)
				for i := range b.Records {
					r, ev := &b.Records[i], &w.event
					sound := w.sound(r, ev)
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
			}
		}
		refused[evtx.Undecodable] += undecodable
		for why, n := range refused {
			w.count("old_"+evtx.Refusal(why).String(), n)
		}
	}
}

// sound decodes all of an old record into ev but the data, and says whether it is
// without fault.
func (w *Worker) sound(r *evtx.Remnant, ev *model.Event) bool {
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

func (f *salvageFrame) release() { f.old = nil }

func (f *salvageFrame) load(w *Worker, ev *model.Event) error { return loadRecord(w, ev) }
