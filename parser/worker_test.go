package parser_test

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser"
	"github.com/qmparse/qmparse/parser/internal/build/evtxbuild"
	"github.com/qmparse/qmparse/parser/internal/build/fixtures"
)

// newWorker asks for everything that a worker can give.
func newWorker() *parser.Worker {
	w := parser.NewWorker()
	w.Raw = true
	w.Fields = func(ev *model.Event) bool { return ev.EventID.V != 4688 }
	return w
}

// Several workers that decode the frames of a log at once, in any order, give
// what one gives that decodes them in the order of the file.
func TestSeveralWorkersGiveWhatOneGives(t *testing.T) {
	for _, f := range fixtures.All() {
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			all := frames(t, evtxFixture(t, f.Name))
			var want, got []string
			one := newWorker()
			for _, f := range all {
				if frame, ok := f.(parser.Frame); ok {
					want = append(want, frameText(one, frame, always))
				}
			}
			// Anew: what a frame says when it was decoded before is not asked.
			all = frames(t, evtxFixture(t, f.Name))
			const workers = 4
			var mu sync.Mutex
			var wg sync.WaitGroup
			results := make([]string, len(all))
			next := len(all) // from the last to the first
			for range workers {
				wg.Go(func() {
					w := newWorker()
					for {
						mu.Lock()
						next--
						i := next
						mu.Unlock()
						if i < 0 {
							return
						}
						if frame, ok := all[i].(parser.Frame); ok {
							results[i] = frameText(w, frame, always)
						}
					}
				})
			}
			wg.Wait()
			for i, f := range all {
				if _, ok := f.(parser.Frame); ok {
					got = append(got, results[i])
				}
			}
			if g, w := strings.Join(got, "---\n"), strings.Join(want, "---\n"); g != w {
				t.Errorf("%d workers\n%s\none\n%s", workers, g, w)
			}
			if f.Name == "security-multi-chunk.evtx" && (len(want) != 3 || strings.Count(strings.Join(want, ""), "\n") != 210) {
				t.Errorf("%d frames", len(want))
			}
		})
	}
}

// Whether an event is loaded changes nothing of the others.
func TestLoadingIsOptional(t *testing.T) {
	for _, name := range []string{"security-neighbours.evtx", "oddities-xml.evtx", "oddities-values.evtx", "damaged.evtx"} {
		log := evtxFixture(t, name)
		var whole []string
		w := newWorker()
		for _, f := range frames(t, log) {
			if f, ok := f.(parser.Frame); ok {
				whole = append(whole, strings.Split(frameText(w, f, always), "\n")...)
			}
		}
		for skip := range 3 {
			var some []string
			for _, f := range frames(t, log) {
				if f, ok := f.(parser.Frame); ok {
					some = append(some, strings.Split(frameText(w, f, func(i int) bool { return i%3 != skip }), "\n")...)
				}
			}
			same := 0
			known := map[string]bool{}
			for _, line := range whole {
				known[line] = true
			}
			for _, line := range some {
				if known[line] {
					same++
				} else if !strings.Contains(line, " data  (true) raw ") {
					t.Errorf("%s: %s", name, line)
				}
			}
			if same < len(whole)/2 {
				t.Errorf("%s: %d of %d lines are the same", name, same, len(whole))
			}
		}
	}
}

// A record whose data cannot be decoded is a row all the same: System, null for
// the data, a diagnostic, a uid, and an error that says which.
func TestLoadErrorKeepsTheRow(t *testing.T) {
	im := evtxImage(t, 3)
	r := im.Records[1]
	at := bytes.LastIndex(im.Bytes[r.Offset:r.Offset+r.Size], []byte{0x0f, 1, 1, 0, 0x0c, 1}) // of EventData
	im.PutUint32(r.Offset+at+10, 0xfffffff0)                                                  // where its definition is
	im.Seal(0)
	w := newWorker()
	rows := 0
	for _, f := range frames(t, im.Bytes) {
		for ev, err := range w.Events(f.(parser.Frame)) {
			if err != nil {
				t.Fatal(err)
			}
			if ev.Data != nil || ev.Fields != nil || ev.UID != (model.GUID{}) {
				t.Errorf("record %d: data before Load", ev.RecordID.V)
			}
			err := w.Load(ev)
			if ev.UID == (model.GUID{}) || !bytes.Equal(ev.Raw, im.Bytes[ev.Offset:][:im.Records[rows].Size]) {
				t.Errorf("record %d: uid %v, %d raw bytes", ev.RecordID.V, ev.UID, len(ev.Raw))
			}
			if ev.EventID != model.Some(uint32(4624)) || ev.Provider != model.Some("P") || ev.RecordID != model.Some(uint64(rows+1)) {
				t.Errorf("record %d: %+v", ev.RecordID.V, ev)
			}
			if rows == 1 {
				e := errorOf[*parser.RecordError](t, err)
				if e.ID != 2 || e.Offset != int64(r.Offset) || e.State != model.StateLive || e.AfterDamage || !errors.Is(err, parser.ErrMalformed) {
					t.Errorf("%+v", e)
				}
				if inner := errorOf[*parser.Error](t, err); inner.Offset < int64(r.Offset) || inner.Offset >= int64(r.Offset+r.Size) {
					t.Errorf("%v: not in the record at %#x", inner, r.Offset)
				}
				if ev.Data != nil || ev.Fields != nil || len(ev.Diagnostics) != 1 || ev.Diagnostics[0].Code != "data-undecodable" ||
					!strings.Contains(err.Error(), ev.Diagnostics[0].Detail) {
					t.Errorf("%s", eventText(ev))
				}
			} else if want := fmt.Sprintf(`{"n":%d,"s":"text"}`, rows); err != nil || string(ev.Data) != want || len(ev.Fields) != 2 || len(ev.Diagnostics) != 0 {
				t.Errorf("%v: %s", err, eventText(ev))
			}
			rows++
		}
	}
	if rows != 3 {
		t.Errorf("%d rows", rows)
	}
}

// A record without a System that can be read is an error with all that its head
// says; those beside it are rows.
func TestRecordErrors(t *testing.T) {
	im := evtxImage(t, 5)
	im.WipeRecordMagic(1)
	im.Put(im.Records[2].Offset+24+4, 0xee) // the first token
	im.EndBefore(4)
	im.Put(im.Records[4].Offset+24+4, 0xee)
	im.Seal(0)
	var got []string
	w := newWorker()
	for _, f := range frames(t, im.Bytes) {
		for ev, err := range w.Events(f.(parser.Frame)) {
			if err == nil {
				got = append(got, fmt.Sprintf("row %d %s", ev.RecordID.V, ev.State))
				continue
			}
			var e *parser.RecordError
			if !errors.As(err, &e) {
				got = append(got, "stretch at "+fmt.Sprint(errorOf[*parser.Error](t, err).Offset == int64(im.Records[1].Offset)))
				continue
			}
			if e.Offset != int64(im.Records[e.ID-1].Offset) || !errors.Is(err, parser.ErrMalformed) || !strings.Contains(err.Error(), fmt.Sprintf("record %d at offset %#x", e.ID, e.Offset)) {
				t.Error(err)
			}
			got = append(got, fmt.Sprintf("error %d %s after damage %t", e.ID, e.State, e.AfterDamage))
		}
	}
	want := []string{"row 1 live", "stretch at true", "error 3 live after damage true", "row 4 live", "error 5 past_free after damage true"}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%q\nwant %q", got, want)
	}
}

// A torn record that decodes is a row, and then an error.
func TestTornRecordIsARowAndAnError(t *testing.T) {
	im := evtxImage(t, 3)
	im.SetSizeCopy(1, 0)
	im.Seal(0)
	w := newWorker()
	var got []string
	for _, f := range frames(t, im.Bytes) {
		for ev, err := range w.Events(f.(parser.Frame)) {
			if err != nil {
				e := errorOf[*parser.SizeError](t, err)
				if e.Offset != int64(im.Records[1].Offset) || !errors.Is(err, parser.ErrMalformed) {
					t.Errorf("%+v", e)
				}
				got = append(got, fmt.Sprintf("torn %d", e.ID))
				continue
			}
			if err := w.Load(ev); err != nil {
				t.Error(err)
			}
			got = append(got, fmt.Sprintf("%d %s %v", ev.RecordID.V, ev.Data, ev.Diagnostics))
		}
	}
	want := []string{`1 {"n":0,"s":"text"} []`, `2 {"n":1,"s":"text"} [record-torn: the copy of the record's size differs]`, "torn 2", `3 {"n":2,"s":"text"} []`}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%q\nwant %q", got, want)
	}
}

// A time past the year 9999 is null in its column, so that the row says it; when the record
// was written stands in no other.
func TestTimesOutOfRangeAreSaid(t *testing.T) {
	const last, past = 2650467743999999999, 2650467744000000000
	f := evtxbuild.New(evtxbuild.Options{})
	for _, times := range [][2]uint64{{last, last}, {last, past}, {past, last}, {past, 1<<64 - 1}} {
		ev := numbered(1)
		ev.Time, ev.Written = times[0], times[1]
		f.Event(ev)
	}
	var got []string
	w := newWorker()
	for _, f := range frames(t, f.Image().Bytes) {
		for ev, err := range w.Events(f.(parser.Frame)) {
			if err == nil {
				err = w.Load(ev)
			}
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, fmt.Sprint(ev.Diagnostics))
		}
	}
	want := []string{
		"[]",
		"[logged-time-out-of-range: +10000-01-01T00:00:00.0000000Z]",
		"[time-out-of-range: +10000-01-01T00:00:00.0000000Z]",
		"[time-out-of-range: +10000-01-01T00:00:00.0000000Z logged-time-out-of-range: +60056-05-28T05:36:10.9551615Z]",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%q\nwant %q", got, want)
	}
}

// The errors of the file and of its chunks stand where they belong.
func TestErrorsBetweenFrames(t *testing.T) {
	f := evtxbuild.New(evtxbuild.Options{})
	for range 3 {
		f.NewChunk()
		f.Event(numbered(1))
	}
	im := f.Image()
	im.BreakFileCRC()
	im.WipeChunkMagic(1)
	im.BreakRecordsCRC(2)
	im.Cut(len(im.Bytes) - 1000)
	var got []string
	w := newWorker()
	for _, f := range frames(t, im.Bytes) {
		frame, ok := f.(parser.Frame)
		if !ok {
			got = append(got, errorOf[*parser.Error](t, f.(error)).Field)
			continue
		}
		for ev, err := range w.Events(frame) {
			if err != nil {
				got = append(got, errorOf[*parser.Error](t, err).Field)
			} else {
				got = append(got, fmt.Sprint("row ", ev.RecordID.V))
			}
		}
	}
	want := []string{"file header CRC", "row 1", "chunk signature", "records CRC", "row 3", "chunk"}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%q\nwant %q", got, want)
	}
}

// Nothing is kept that was not asked for.
func TestRawAndFieldsAreOptional(t *testing.T) {
	w := parser.NewWorker()
	asked := 0
	for _, f := range frames(t, evtxLog(t, 4)) {
		for ev := range w.Events(f.(parser.Frame)) {
			if err := w.Load(ev); err != nil || ev.Raw != nil || (ev.Fields != nil) != (asked == 3) {
				t.Errorf("%v: %s", err, eventText(ev))
			}
			if asked++; asked == 3 {
				w.Fields = func(ev *model.Event) bool { return ev.RecordID.V == 4 }
			}
		}
	}
	if asked != 4 {
		t.Errorf("%d events", asked)
	}
}

// What is odd about a value is said once, with Fields too.
func TestFieldsRepeatNoDiagnostics(t *testing.T) {
	f := evtxbuild.New(evtxbuild.Options{})
	f.Event(evtxbuild.Event{Provider: "P", EventID: 1, Data: []evtxbuild.Data{evtxbuild.D("a", evtxbuild.AnsiString("caf\xe9"))}})
	w := parser.NewWorker()
	w.Fields = func(*model.Event) bool { return true }
	for _, f := range frames(t, f.Bytes()) {
		for ev, err := range w.Events(f.(parser.Frame)) {
			if err != nil {
				t.Fatal(err)
			}
			if err := w.Load(ev); err != nil {
				t.Fatal(err)
			}
			if len(ev.Diagnostics) != 1 || !strings.HasPrefix(ev.Diagnostics[0].Code, "ansi") {
				t.Errorf("%v", ev.Diagnostics)
			}
		}
	}
}

// An iteration may be left, and the worker used for another frame.
func TestEventsStop(t *testing.T) {
	im := evtxImage(t, 4)
	im.BreakRecordsCRC(0)
	im.SetSizeCopy(1, 0)
	im.WipeRecordMagic(2)
	w := newWorker()
	all := frames(t, im.Bytes)
	want := frameText(newWorker(), all[0].(parser.Frame), always)
	for stop := 1; stop <= 6; stop++ { // two errors of checks, three rows, the stretch
		n := 0
		for ev, err := range w.Events(frames(t, im.Bytes)[0].(parser.Frame)) {
			if err == nil {
				if err := w.Load(ev); err != nil {
					t.Error(err)
				}
			}
			if n++; n == stop {
				break
			}
		}
		if n != stop {
			t.Errorf("%d instead of %d", n, stop)
		}
		if got := frameText(w, frames(t, im.Bytes)[0].(parser.Frame), always); got != want {
			t.Errorf("after %d: %s\nwant %s", stop, got, want)
		}
	}
	l, err := parser.Open(bytes.NewReader(evtxFixture(t, "damaged.evtx")))
	if err != nil {
		t.Fatal(err)
	}
	for range l.Frames() {
		break
	}
}

// What a worker keeps does not grow with what it has read.
func TestWorkerKeepsNothingOfEvents(t *testing.T) {
	var all []parser.Frame
	for _, f := range frames(t, evtxFixture(t, "security-multi-chunk.evtx")) {
		all = append(all, f.(parser.Frame))
	}
	for _, ahead := range []bool{false, true} {
		w := newWorker()
		w.LoadAll = ahead
		keepsNothing(t, w, all)
	}
}

func keepsNothing(t *testing.T, w *parser.Worker, all []parser.Frame) {
	t.Helper()
	pass := func() (data int) {
		for _, f := range all {
			for ev, err := range w.Events(f) {
				if err == nil {
					err = w.Load(ev)
				}
				if err != nil {
					t.Fatal(err)
				}
				data += len(ev.Data)
			}
		}
		return data
	}
	inUse := func() int64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	pass()
	before, data := inUse(), 0
	for range 20 {
		data += pass()
	}
	after := inUse()
	runtime.KeepAlive(w)
	if data < 2<<20 || after-before > 512<<10 {
		t.Errorf("%d KiB more in use after %d KiB of data", (after-before)>>10, data>>10)
	}
}
