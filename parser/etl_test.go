package parser_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser"
	"github.com/qmparse/qmparse/parser/internal/build/etlbuild"
	"github.com/qmparse/qmparse/parser/quickmode"
)

// etlFixture writes the trace of that name anew.
func etlFixture(t testing.TB, name string) []byte {
	t.Helper()
	for _, f := range etlbuild.All() {
		if f.Name == name {
			b, err := f.Build()
			if err != nil {
				t.Fatal(err)
			}
			return b
		}
	}
	t.Fatalf("no fixture %s", name)
	return nil
}

// logRows is all that a log gives: its events, the failures among them by the
// number of the event, errors, and what was counted beside events.
type logRows struct {
	log      parser.Log
	events   []model.Event
	sizes    []uint64 // of their records
	failures map[int]*model.QMFailure
	errs     []error
	counts   map[string]int64
}

func rowsOf(t testing.TB, file []byte) *logRows {
	t.Helper()
	log, err := parser.Open(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	r := &logRows{log: log, failures: map[int]*model.QMFailure{}, counts: map[string]int64{}}
	w := parser.NewWorker()
	w.Fields, w.Raw = quickmode.Wants, true
	for frame, err := range log.Frames() {
		if err != nil {
			r.errs = append(r.errs, err)
			continue
		}
		for ev, err := range w.Events(frame) {
			if err != nil {
				r.errs = append(r.errs, err)
				continue
			}
			if err := w.Load(ev); err != nil {
				r.errs = append(r.errs, err)
			}
			if f, ok := quickmode.Map(ev); ok {
				f.Diagnostics, f.Raw = slices.Clone(f.Diagnostics), nil
				r.failures[len(r.events)] = f
			}
			e := *ev
			e.Data, e.Diagnostics, e.Fields = bytes.Clone(e.Data), slices.Clone(e.Diagnostics), nil
			if e.NetEvent != nil {
				n := *e.NetEvent
				e.NetEvent = &n
			}
			r.sizes = append(r.sizes, uint64(len(e.Raw)))
			e.Raw = nil
			r.events = append(r.events, e)
		}
		for _, c := range w.Counts() {
			r.counts[c.Name] += c.N
		}
	}
	return r
}

// A failure is the same whether it was logged to a channel or traced: the rows of
// 1007 differ only in what says where they were read.
func TestTraceAndLogAgree(t *testing.T) {
	for version := range uint8(2) {
		name := "wfp-1007-v" + string('0'+rune(version))
		trace, log := rowsOf(t, etlFixture(t, name+".etl")), rowsOf(t, evtxFixture(t, name+".evtx"))
		counterparts, err := etlbuild.Counterparts(version)
		if err != nil {
			t.Fatal(err)
		}
		if len(trace.errs)+len(log.errs) > 0 || len(counterparts) < 40 {
			t.Fatal(trace.errs, log.errs, len(counterparts))
		}
		ours := slices.Sorted(maps.Keys(trace.failures))
		if len(ours) != len(counterparts) {
			t.Fatalf("%s: %d failures, %d counterparts", name, len(ours), len(counterparts))
		}
		for i, at := range ours {
			a, b := trace.failures[at], log.failures[counterparts[i].Index]
			if b == nil {
				t.Fatalf("%s: event %d of the log is no failure", name, counterparts[i].Index)
			}
			dataA, dataB := trace.events[at].Data, log.events[counterparts[i].Index].Data
			if !bytes.Equal(dataA, dataB) {
				t.Errorf("%s: event %d: data\n%s\n%s", name, i, dataA, dataB)
			}
			x, y := *a, *b
			if x.TimeSource == model.TimeETW && y.TimeSource == model.TimeEvent {
				x.TimeSource, x.FailureTime = y.TimeSource, y.FailureTime // each has its own clock
			}
			for _, f := range []*model.QMFailure{&x, &y} {
				f.Provenance, f.UID, f.Host, f.Channel, f.RecordID, f.EventRecordID = model.Provenance{}, model.GUID{}, model.Opt[string]{}, model.Opt[string]{}, model.Opt[uint64]{}, model.Opt[uint64]{}
				f.Time, f.Logged = model.Opt[model.FILETIME]{}, model.Opt[model.FILETIME]{}
			}
			if !reflect.DeepEqual(x, y) {
				t.Errorf("%s: failure %d:\n%+v\n%+v", name, i, x, y)
			}
			if a.LayoutBasis != model.LayoutDocumented || a.Format != model.FormatETL || a.Host.OK || a.Channel.OK || a.RecordID.OK {
				t.Errorf("%s: failure %d: %+v", name, i, a)
			}
		}
	}
}

// Raw net events become failures that say how their layout is known; everything
// else in the trace is counted and left alone.
func TestRawNetEvents(t *testing.T) {
	for _, name := range []string{"raw-net-events.etl", "raw-net-events-x86.etl"} {
		r := rowsOf(t, etlFixture(t, name))
		if len(r.errs) > 0 {
			t.Fatal(r.errs)
		}
		recognised, alone := int64(0), int64(0)
		for c, n := range r.counts {
			switch {
			case strings.HasPrefix(c, "raw_net_events_"):
				recognised += n
			case strings.HasPrefix(c, "payloads_left_alone_"):
				alone += n
			default:
				t.Errorf("%s: counted %s", name, c)
			}
		}
		events := int64(0)
		for i, e := range r.events {
			derived := e.LayoutBasis == model.LayoutDerived
			if derived != (e.NetEvent != nil) || derived != (e.Data != nil) {
				t.Errorf("%s: event %d: %+v", name, i, e)
			}
			if e.NetEvent == nil {
				continue
			}
			events++
			// The fixture numbers near misses from 900 on.
			if e.EventID.V >= 900 {
				t.Errorf("%s: event id %d was recognised: %s", name, e.EventID.V, e.Data)
			}
			if !slices.ContainsFunc(e.Diagnostics, func(d model.Diagnostic) bool { return d.Code == "layout-derived" }) {
				t.Errorf("%s: event %d does not say that its layout is derived: %v", name, i, e.Diagnostics)
			}
			f := r.failures[i]
			if (f != nil) != (e.NetEvent.Type == model.NetEventIKEExtQMFailure) {
				t.Errorf("%s: event %d of type %v: failure %v", name, i, e.NetEvent.Type, f)
			}
			if f == nil {
				continue
			}
			if f.LayoutBasis != model.LayoutDerived || f.NetEventVersion.OK || !f.StructVersion.OK || !f.FailureTime.OK {
				t.Errorf("%s: failure %d: %+v", name, i, f)
			}
			stamp := e.NetEvent.Header.TimeStamp
			want := model.TimeNetEvent
			if stamp.V == 0 {
				want = model.TimeETW
			}
			if f.TimeSource != want || want == model.TimeETW && f.FailureTime != e.Time {
				t.Errorf("%s: failure %d: time of %s, %v", name, i, f.TimeSource, f.FailureTime)
			}
		}
		if events != recognised || events == 0 || alone == 0 && name == "raw-net-events.etl" {
			t.Errorf("%s: %d events, %d recognised, %d left alone", name, events, recognised, alone)
		}
	}
}

// An event that has a template is never tried as anything else.
func TestNothingIsAcceptedTwice(t *testing.T) {
	for _, f := range etlbuild.All() {
		b, err := f.Build()
		if err != nil {
			t.Fatal(err)
		}
		uids := map[model.GUID]int{}
		r := rowsOf(t, b)
		for i, e := range r.events {
			if e.NetEvent != nil && e.Provider.OK {
				t.Errorf("%s: event %d of %s is a raw net event", f.Name, i, e.Provider.V)
			}
			if at, ok := uids[e.UID]; ok && e.UID != (model.GUID{}) {
				t.Errorf("%s: events %d and %d have the same id", f.Name, at, i)
			}
			uids[e.UID] = i
			if e.Data != nil && !json.Valid(e.Data) {
				t.Errorf("%s: event %d: %s", f.Name, i, e.Data)
			}
		}
	}
}

// What the system itself lost is on the rows beside the gap, and is no error.
func TestLostEvents(t *testing.T) {
	r := rowsOf(t, etlFixture(t, "lost.etl"))
	if len(r.errs) > 0 {
		t.Fatal(r.errs)
	}
	codes := map[string]int{}
	for _, e := range r.events {
		for _, d := range e.Diagnostics {
			codes[d.Code]++
		}
	}
	if codes["events-lost"] == 0 || codes["buffer-lost"] == 0 || codes["events-lost"] >= len(r.events) {
		t.Errorf("%v of %d events", codes, len(r.events))
	}
	names := map[string]any{}
	for _, p := range r.log.Properties() {
		names[p.Name] = p.Value
	}
	if names["buffers_saying_events_lost"] == nil || names["buffers_saying_buffer_lost"] == nil {
		t.Errorf("%v", names)
	}
}

// TestTraceProperties: a trace that is open has no end, and one may have no names.
func TestTraceProperties(t *testing.T) {
	const (
		names = "{session s} {log_file C:\\t.etl} "
		head  = "{windows 10.0.22631} {processors 2} {pointer_size 8} {clock qpc} {boot_time 2024-11-04T08:00:00.0000000Z} {start_time 2024-11-05T08:00:00.0000000Z} "
		end   = "{end_time 2024-11-05T09:00:00.0000000Z} "
		tail  = "{circular false} {buffer_size 4096} {buffers_written 2} {buffers 2} {buffers_compressed 0} {events_lost 3} {buffers_lost 4}]"
	)
	for _, c := range []struct {
		live, nameless bool
		want           string
	}{
		{false, false, "[" + names + head + end + "{closed true} " + tail},
		{true, false, "[" + names + head + "{closed false} " + tail},
		{false, true, "[" + head + end + "{closed true} " + tail},
	} {
		b := etlbuild.New(etlbuild.Options{
			Session: "s", File: `C:\t.etl`, End: etlbuild.Date(2024, 11, 5, 9, 0, 0), Live: c.live, EventsLost: 3, BuffersLost: 4,
			EditHeader: func(h *etlbuild.LogfileHeader) {
				if c.nameless {
					h.Session, h.File = "", ""
				}
			},
		})
		b.Event(etlbuild.Event{Provider: model.GUID{1}})
		if got := fmt.Sprint(rowsOf(t, b.Bytes()).log.Properties()); got != c.want {
			t.Errorf("%s\nwant %s", got, c.want)
		}
	}
}

// Buffers decode in any order, by any worker.
func TestTraceFrames(t *testing.T) {
	b := etlbuild.New(etlbuild.Options{BufferSize: 4096, Compressed: true})
	for i := range 20_000 {
		b.Event(etlbuild.Event{Provider: model.GUID{1}, ID: uint16(i), Payload: []byte("some bytes that do not change")})
	}
	file := b.Bytes()
	if file == nil {
		t.Fatal(b.Err())
	}
	want := rowsOf(t, file)
	log, err := parser.Open(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	var frames []parser.Frame
	for f, err := range log.Frames() {
		if err != nil {
			t.Fatal(err)
		}
		frames = append(frames, f)
	}
	if len(frames) < 2 {
		t.Fatalf("%d frames", len(frames))
	}
	// Their size is what there is to decode, by which workers take them.
	for i, f := range frames[:len(frames)-1] {
		if n := f.Bytes(); n < 256<<10 || n > 300<<10 {
			t.Errorf("frame %d has %d bytes", i, n)
		}
	}
	uids := map[model.GUID]bool{}
	for i := range frames {
		w := parser.NewWorker()
		for ev, err := range w.Events(frames[len(frames)-1-i]) {
			if err != nil || w.Load(ev) != nil {
				t.Fatal(err)
			}
			uids[ev.UID] = true
		}
	}
	for _, e := range want.events {
		if !uids[e.UID] {
			t.Fatalf("event %d has another id", e.EventID.V)
		}
	}
	if len(uids) != len(want.events) {
		t.Errorf("%d ids of %d events", len(uids), len(want.events))
	}
}

// No event that is stepped over costs an allocation.
func TestTraceEventAllocates(t *testing.T) {
	b := etlbuild.New(etlbuild.Options{BufferSize: 64 << 10, FirstBufferSize: 4096})
	for i := range 300 {
		b.Event(etlbuild.Event{Provider: model.GUID{1}, ID: uint16(i), Payload: bytes.Repeat([]byte{7}, 60),
			Items: []etlbuild.Item{etlbuild.UserSID("S-1-5-18"), etlbuild.Traits("Some.Provider", model.GUID{})}})
	}
	all := frames(t, b.Bytes())
	frame, ok := all[0].(parser.Frame)
	if !ok {
		t.Fatal(all[0])
	}
	w := parser.NewWorker()
	walk := func() {
		for ev, err := range w.Events(frame) {
			if err != nil || ev.Provider.V != "Some.Provider" && ev.Provider.OK {
				t.Fatal(err, ev.Provider)
			}
		}
	}
	walk() // names are kept
	if n := testing.AllocsPerRun(20, walk); n > 10 {
		t.Errorf("%v allocations for 300 events", n)
	}
}

// Over real traces nothing is recognised that is none, everything that says its
// schema is decoded, and nothing is damaged.
func TestRealTraces(t *testing.T) {
	paths, err := filepath.Glob("../../shared/samples/etl/*.etl")
	if err != nil || len(paths) == 0 {
		t.Skip("no samples in ../../shared/samples/etl")
	}
	decoded := 0
	for _, path := range paths {
		file, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		r := rowsOf(t, file)
		if len(r.errs) > 0 || len(r.events) == 0 || len(r.failures) > 0 {
			t.Errorf("%s: %d events, %d failures, %v", path, len(r.events), len(r.failures), r.errs)
		}
		for _, e := range r.events {
			if e.NetEvent != nil || e.LayoutBasis != model.LayoutDocumented {
				t.Errorf("%s: event at %d is taken for a net event", path, e.Offset)
			}
			if e.Provider.OK && e.Data == nil {
				t.Errorf("%s: event at %d of %s has no data", path, e.Offset, e.Provider.V)
			}
			if e.Data != nil {
				decoded++
			}
		}
	}
	if decoded < 100 {
		t.Errorf("%d events were decoded", decoded)
	}
}

// A prefix of a trace gives the rows that are whole in it.
func TestTracePrefixes(t *testing.T) {
	file := etlFixture(t, "raw-net-events.etl")
	all := rowsOf(t, file)
	step := 61
	if testing.Short() {
		step = 997
	}
	for n := 0; n < len(file); n += step {
		if _, err := parser.Open(bytes.NewReader(file[:n])); err != nil {
			if !errors.Is(err, parser.ErrUnknownFormat) && !errors.Is(err, parser.ErrTruncated) {
				t.Fatalf("%d bytes: %v", n, err)
			}
			continue
		}
		r := rowsOf(t, file[:n])
		whole := 0
		for whole < len(all.events) && all.events[whole].Offset+all.sizes[whole] <= uint64(n) {
			whole++
		}
		if len(r.events) != whole {
			t.Fatalf("%d bytes: %d events, %d are whole", n, len(r.events), whole)
		}
		for i := range r.events {
			if r.events[i].UID != all.events[i].UID {
				t.Fatalf("%d bytes: event %d is another", n, i)
			}
		}
		if len(r.failures) > len(all.failures) {
			t.Fatalf("%d bytes: %d failures", n, len(r.failures))
		}
	}
}

// The bytes of a SID and those of a provider's traits are never taken for each
// other, though one event has them as the one and the next as the other.
func TestTraceNamesAreNotMixed(t *testing.T) {
	traits := etlbuild.Traits("Some.Provider", model.GUID{})
	b := etlbuild.New(etlbuild.Options{})
	b.Event(etlbuild.Event{Provider: model.GUID{1}, Items: []etlbuild.Item{traits}})
	b.Event(etlbuild.Event{Provider: model.GUID{1}, Items: []etlbuild.Item{{Type: etlbuild.ItemSID, Data: traits.Data}}})
	r := rowsOf(t, b.Bytes())
	events := r.events[len(r.events)-2:]
	if events[0].Provider != model.Some("Some.Provider") || events[0].UserSID.OK {
		t.Errorf("%+v", events[0])
	}
	if events[1].Provider.OK || events[1].UserSID.OK || len(events[1].Diagnostics) != 1 || events[1].Diagnostics[0].Code != "sid-unreadable" {
		t.Errorf("%+v", events[1])
	}
}
