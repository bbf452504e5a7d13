package main

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser"
)

const (
	// maxKindBytes bounds the kinds of a tally, each of which takes kindBytes beside its
	// names: some 24,000 with names as Windows has them. A case of many machines has a few
	// thousand; a log may have been made to have one for each record.
	maxKindBytes = 8 << 20
	kindBytes    = 256

	// maxName is how many characters of a name are told. Windows allows 255; a record of a
	// few bytes may expand to millions.
	maxName = 255
)

// eventKey is a kind of event.
type eventKey struct {
	channel, provider string     // "" if unknown
	guid              model.GUID // of a provider whose name is unknown
	id                model.Opt[uint32]
}

// keyOf returns the kind of an event.
func keyOf(ev *model.Event) eventKey {
	key := eventKey{channel: shortName(ev.Channel.V), provider: shortName(ev.Provider.V), id: ev.EventID}
	if !ev.Provider.OK {
		key.guid = ev.ProviderGUID.V
	}
	return key
}

// shortName returns a name as it is told: a longer one is cut, with a hash of the whole.
func shortName(name string) string {
	if len(name) <= maxName || utf8.RuneCountInString(name) <= maxName {
		return name
	}
	end, n := 0, 0
	for end = range name {
		if n == maxName {
			break
		}
		n++
	}
	sum := sha256.Sum256([]byte(name))
	return fmt.Sprintf("%s…~%x", name[:end], sum[:8])
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
	kindBytes   int                     // of kinds
	limit       *kindTally              // the first by rank that was left out of kinds, nil for none
	other       kindSum                 // of what was left out
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
	rank uint64
}

func (k *kindTally) add(o *kindTally) {
	k.n += o.n
	k.span.add(o.span.first)
	k.span.add(o.span.last)
}

// bytes is about what the kind takes.
func (k *kindTally) bytes() int { return kindBytes + len(k.key.channel) + len(k.key.provider) }

// kindSum counts the records of several kinds.
type kindSum struct {
	n        int64
	security int64     // of that channel
	wfp      int64     // of Microsoft-Windows-WFP, in other channels
	cleared  kindTally // that say that a log was cleared: 1102 of the Security log, 104 of the others
}

func (s *kindSum) add(k *kindTally) {
	s.n += k.n
	switch {
	case strings.EqualFold(k.key.channel, "Security"):
		s.security += k.n
	case strings.EqualFold(k.key.provider, "Microsoft-Windows-WFP"):
		s.wfp += k.n
	}
	if k.key.provider == "Microsoft-Windows-Eventlog" && (k.key.id.V == 1102 || k.key.id.V == 104) {
		s.cleared.add(k)
	}
}

func (s *kindSum) join(o *kindSum) {
	s.n += o.n
	s.security += o.security
	s.wfp += o.wfp
	s.cleared.add(&o.cleared)
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

// sum sums up all kinds, also those that were left out.
func (t *tally) sum() kindSum {
	sum := t.other
	for _, k := range t.kinds {
		sum.add(k)
	}
	return sum
}

// cleared counts the records that say that a log was cleared.
func (t *tally) cleared() kindTally { return t.sum().cleared }

func (t *tally) kind(key eventKey) *kindTally {
	slot := &t.recent[(key.id.V^key.id.V>>4)%uint32(len(t.recent))] // ids are often multiples of 16
	if k := *slot; k != nil && k.key == key {
		return k
	}
	k := t.kinds[key]
	if k == nil {
		if t.kindBytes > maxKindBytes/8*9 {
			t.trim()
		}
		k = &kindTally{key: key, rank: key.rank()}
		t.kinds[key] = k
		t.kindBytes += k.bytes()
	}
	*slot = k
	return k
}

// trim leaves out kinds until the rest is within maxKindBytes: the last ones by a rank that
// depends on the kind alone. So what stays does not depend on the order in which kinds come,
// nor on the tallies that are added: the limit only falls, a kind that stays in the end was
// never left out, and what came back beyond the limit is left out again.
func (t *tally) trim() {
	if t.limit == nil && t.kindBytes <= maxKindBytes {
		return
	}
	for _, k := range slices.Backward(slices.SortedFunc(maps.Values(t.kinds), byRank)) {
		if t.kindBytes <= maxKindBytes && byRank(k, t.limit) < 0 {
			break
		}
		delete(t.kinds, k.key)
		t.kindBytes -= k.bytes()
		t.other.add(k)
		t.limitBy(k)
	}
	t.recent = [64]*kindTally{}
}

// limitBy says that a kind was left out.
func (t *tally) limitBy(k *kindTally) {
	if t.limit == nil || byRank(k, t.limit) < 0 {
		t.limit = &kindTally{key: k.key, rank: k.rank}
	}
}

// byRank compares kinds by rank.
func byRank(a, b *kindTally) int {
	if c := cmp.Compare(a.rank, b.rank); c != 0 {
		return c
	}
	return byName(a.key, b.key)
}

// rank is a number as good as random.
func (k *eventKey) rank() uint64 {
	h := fnv.New64a()
	io.WriteString(h, k.channel+"\x00"+k.provider+"\x00")
	h.Write(binary.LittleEndian.AppendUint64(k.guid[:], uint64(k.number())))
	return h.Sum64()
}

// add adds what o has counted.
func (t *tally) add(o *tally) {
	t.records.add(o.records, 1)
	if o.limit != nil {
		t.limitBy(o.limit)
	}
	for key, k := range o.kinds {
		t.kind(key).add(k)
	}
	t.other.join(&o.other)
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

// sorted returns the kinds by channel, provider and event id, within maxKindBytes: the rest
// is other from then on.
func (t *tally) sorted() []eventKey {
	t.trim()
	return slices.SortedFunc(maps.Keys(t.kinds), byName)
}

// byName compares kinds by channel, provider and event id.
func byName(a, b eventKey) int {
	return cmp.Or(cmp.Compare(a.channel, b.channel), cmp.Compare(a.provider, b.provider), bytes.Compare(a.guid[:], b.guid[:]), cmp.Compare(a.number(), b.number()))
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
