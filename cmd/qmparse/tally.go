package main

import (
	"bytes"
	"cmp"
	"errors"
	"slices"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser"
)

// eventKey is a kind of event.
type eventKey struct {
	channel, provider string     // "" if unknown
	guid              model.GUID // of a provider whose name is unknown
	id                model.Opt[uint32]
}

// keyOf returns the kind of an event.
func keyOf(ev *model.Event) eventKey {
	key := eventKey{channel: ev.Channel.V, provider: ev.Provider.V, id: ev.EventID}
	if !ev.Provider.OK {
		key.guid = ev.ProviderGUID.V
	}
	return key
}

// number is the event id, -1 if it is unknown.
func (k *eventKey) number() int64 {
	if !k.id.OK {
		return -1
	}
	return int64(k.id.V)
}

// tally counts the records of a frame, a log or a run.
type tally struct {
	records     stateNumbers            // also those that could not be decoded
	undecodable int64                   // of all
	afterDamage int64                   // of the live ones, found behind bytes that are no record
	netEvents   int64                   // of dumps, of netsh's XML, and recognised in trace logs
	traceEvents int64                   // of trace logs
	beside      map[string]int64        // what frames held beside events, see parser.Worker.Counts
	kinds       map[eventKey]*kindTally // of those whose System part decoded
	span        span
	bytes       int64
	account     parser.Account // of event logs

	recent [64]*kindTally // by event id: a log repeats itself
}

// kindTally counts the records of one kind.
type kindTally struct {
	key  eventKey
	n    int64
	span span
}

// span is the time from the first record to the last.
type span struct{ first, last model.Opt[model.FILETIME] }

func newTally() *tally {
	return &tally{kinds: map[eventKey]*kindTally{}, beside: map[string]int64{}}
}

func (t *tally) total() int64 {
	n := &t.records
	return n.Live + n.PastFree + n.Slack + n.Carved
}

// event counts a record whose System part decoded.
func (t *tally) event(ev *model.Event) {
	*t.records.of(ev.State)++
	if len(ev.Diagnostics) > 0 && ev.State == model.StateLive && slices.ContainsFunc(ev.Diagnostics, func(d model.Diagnostic) bool { return d.Code == "after-damage" }) {
		t.afterDamage++
	}
	if ev.NetEvent != nil {
		t.netEvents++
	}
	if ev.Format == model.FormatETL {
		t.traceEvents++
	}
	k := t.kind(keyOf(ev))
	k.n++
	k.span.add(ev.Time)
	t.span.add(ev.Time)
}

// frame counts what the frame held beside the events that w has yielded; the bytes of an
// event log only if all of them are accounted for.
func (t *tally) frame(w *parser.Worker, o parser.Options) {
	for _, c := range w.Counts() {
		t.beside[c.Name] += c.N
	}
	if o.Recover != parser.RecoverCarve {
		t.account.Add(w.Account())
	}
}

// passed counts records that were stepped over.
func (t *tally) passed(p parser.Passed) {
	t.records.Live += p.Records
	k := t.kind(keyOf(p.Event))
	k.n += p.Records
	for _, at := range []model.Opt[model.FILETIME]{p.First, p.Last} {
		k.span.add(at)
		t.span.add(at)
	}
}

// error counts the record that err is about, if it is about one that no event
// came of.
func (t *tally) error(err error) {
	var r *parser.RecordError
	if !errors.As(err, &r) {
		return
	}
	*t.records.of(r.State)++
	t.undecodable++
	if r.AfterDamage && r.State == model.StateLive {
		t.afterDamage++
	}
}

// log counts what is in none of the log's frames.
func (t *tally) log(l parser.Log) {
	if a, ok := l.(parser.Accounted); ok {
		t.account.Add(a.Account())
	}
}

// cleared counts the records that say that a log was cleared: 1102 of the Security log,
// 104 of the others.
func (t *tally) cleared() (k kindTally) {
	for key, of := range t.kinds {
		if key.provider == "Microsoft-Windows-Eventlog" && (key.id.V == 1102 || key.id.V == 104) {
			k.n += of.n
			k.span.add(of.span.first)
			k.span.add(of.span.last)
		}
	}
	return k
}

func (t *tally) kind(key eventKey) *kindTally {
	slot := &t.recent[(key.id.V^key.id.V>>4)%uint32(len(t.recent))] // ids are often multiples of 16
	if k := *slot; k != nil && k.key == key {
		return k
	}
	k := t.kinds[key]
	if k == nil {
		k = &kindTally{key: key}
		t.kinds[key] = k
	}
	*slot = k
	return k
}

// add adds what o has counted.
func (t *tally) add(o *tally) {
	t.records.add(o.records, 1)
	for key, k := range o.kinds {
		mine := t.kind(key)
		mine.n += k.n
		mine.span.add(k.span.first)
		mine.span.add(k.span.last)
	}
	t.undecodable += o.undecodable
	t.netEvents += o.netEvents
	t.traceEvents += o.traceEvents
	for name, n := range o.beside {
		t.beside[name] += n
	}
	t.afterDamage += o.afterDamage
	t.bytes += o.bytes
	t.account.Add(o.account)
	t.span.add(o.span.first)
	t.span.add(o.span.last)
}

// sorted returns the kinds by channel, provider and event id.
func (t *tally) sorted() []eventKey {
	keys := make([]eventKey, 0, len(t.kinds))
	for k := range t.kinds {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b eventKey) int {
		return cmp.Or(cmp.Compare(a.channel, b.channel), cmp.Compare(a.provider, b.provider), bytes.Compare(a.guid[:], b.guid[:]), cmp.Compare(a.number(), b.number()))
	})
	return keys
}

func (s *span) add(t model.Opt[model.FILETIME]) {
	if !t.OK {
		return
	}
	if !s.first.OK || t.V < s.first.V {
		s.first = t
	}
	if !s.last.OK || t.V > s.last.V {
		s.last = t
	}
}
