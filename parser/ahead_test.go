package parser_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser"
	"github.com/qmparse/qmparse/parser/internal/build/fixtures"
)

// logText is all that a worker says of a log.
func logText(w *parser.Worker, log []byte) string {
	l, err := parser.Options{Recover: parser.RecoverSlack}.Open(bytes.NewReader(log))
	if err != nil {
		return err.Error()
	}
	var b strings.Builder
	for f, err := range l.Frames() {
		if err != nil {
			fmt.Fprintf(&b, "%T %v\n", err, err)
			continue
		}
		b.WriteString(frameText(w, f, always))
		fmt.Fprintf(&b, "%+v %+v\n", w.Account(), w.Runs())
	}
	return b.String()
}

// sameAhead compares what is said of a log with and without events loaded ahead.
func sameAhead(t *testing.T, one, ahead *parser.Worker, log []byte) string {
	t.Helper()
	want, got := logText(one, log), logText(ahead, log)
	if got == want {
		return got
	}
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			t.Fatalf("line %d: %s\nwant %s", i, g[i], w[i])
		}
	}
	t.Fatalf("%d lines, want %d", len(g), len(w))
	return ""
}

// aheadWorkers returns one that loads an event when it is asked to, and one that does before.
func aheadWorkers() (one, ahead *parser.Worker) {
	one = newWorker()
	ahead = &parser.Worker{Raw: one.Raw, Fields: one.Fields, LoadAll: true} // the zero Worker will do
	return one, ahead
}

// Events that are loaded ahead are what they are otherwise, and stand where they do: of every
// fixture, and of one with each of its bytes inverted, which puts errors anywhere.
func TestLoadAllIsLoad(t *testing.T) {
	one, ahead := aheadWorkers()
	covers := 0
	for _, f := range fixtures.All() {
		text := sameAhead(t, one, ahead, evtxFixture(t, f.Name))
		covers += strings.Count(text, "*parser.SizeError")
	}
	if covers == 0 {
		t.Error("no record of a wrong size among the fixtures")
	}
	log := evtxFixture(t, "security-neighbours.evtx")
	step := 3
	if testing.Short() {
		step = 41
	}
	failed := 0
	for p := 4096; p < min(len(log), 4096+12<<10); p += step {
		log[p] ^= 0xff
		failed += strings.Count(sameAhead(t, one, ahead, log), "load: ")
		log[p] ^= 0xff
	}
	if failed == 0 {
		t.Error("no record whose data cannot be decoded")
	}
}

func TestLoadAllOfSamples(t *testing.T) {
	names, _ := filepath.Glob("../../shared/samples/evtx/*.evtx")
	if len(names) == 0 {
		t.Skip("no samples")
	}
	one, ahead := aheadWorkers()
	for _, name := range names {
		log, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if testing.Short() && len(log) > 1<<20 {
			continue
		}
		t.Run(filepath.Base(name), func(t *testing.T) { sameAhead(t, one, ahead, log) })
	}
}

// Nobody need load what was loaded ahead, and an iteration may be left between two that were.
func TestLoadAllStops(t *testing.T) {
	log := evtxLog(t, 5)
	_, ahead := aheadWorkers()
	for stop := 1; stop <= 5; stop++ {
		n := 0
		for ev, err := range ahead.Events(frames(t, log)[0].(parser.Frame)) {
			if err != nil || string(ev.Data) != fmt.Sprintf(`{"n":%d,"s":"text"}`, n) || ev.RecordID.V != uint64(n+1) {
				t.Fatalf("%v %s", err, eventText(ev))
			}
			if n++; n == stop {
				break
			}
		}
		one, _ := aheadWorkers()
		sameAhead(t, one, ahead, log)
	}
}

// Without UIDs everything else is the same, of every format.
func TestNoUID(t *testing.T) {
	names, _ := filepath.Glob("../testdata/*/*")
	formats := map[model.SourceFormat]int{}
	for _, name := range names {
		log, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parser.Open(bytes.NewReader(log)); err != nil {
			continue // a golden
		}
		for _, all := range []bool{false, true} {
			with, without := newWorker(), newWorker()
			with.LoadAll, without.LoadAll, without.NoUID = all, all, true
			as, bs := frames(t, log), frames(t, log)
			for i := range as {
				a, ok := as[i].(parser.Frame)
				if !ok {
					continue
				}
				var want []string
				for ev, err := range with.Events(a) {
					if err != nil {
						continue
					}
					_ = with.Load(ev)
					if ev.UID == (model.GUID{}) {
						t.Fatalf("%s: no UID: %s", name, eventText(ev))
					}
					ev.UID, ev.NetEvent = model.GUID{}, nil // a pointer; Data says what it does
					want = append(want, eventText(ev))
					formats[ev.Format]++
				}
				for ev, err := range without.Events(bs[i].(parser.Frame)) {
					if err != nil {
						continue
					}
					_ = without.Load(ev)
					ev.NetEvent = nil
					if len(want) == 0 || eventText(ev) != want[0] {
						t.Fatalf("%s: %s\nwant %q", name, eventText(ev), want)
					}
					want = want[1:]
				}
				if len(want) > 0 {
					t.Fatalf("%s: %d events are missing", name, len(want))
				}
			}
		}
	}
	if len(formats) != 4 {
		t.Errorf("events of %v", formats)
	}
}
