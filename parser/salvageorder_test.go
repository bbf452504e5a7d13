package parser_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser"
)

// manyChunks is a log of some hundred chunks with old records, of which most repeat others;
// some chunks are lost.
func manyChunks(t testing.TB) []byte {
	const header, chunk, n = 4096, 64 << 10, 580
	old := evtxFixture(t, "security-multi-chunk.evtx")
	makeOld(old)
	log := slices.Concat(evtxFixture(t, "slack.evtx")[:header+2*chunk], old[header:][:chunk])
	all := bytes.Clone(log[:header])
	for i := 0; len(all) < header+n*chunk; i++ {
		at := header + i*chunk%(len(log)-header)
		all = append(all, log[at:at+chunk]...)
		if i%50 == 49 {
			all[len(all)-chunk] = 0
		}
	}
	return all
}

// isChunk says whether a frame is a chunk; it holds until the frame is given back.
func isChunk(f parser.Frame) bool { return f.Bytes() > 0 }

// What is recovered does not depend on who decodes what first, or whether anybody does.
func TestOldRecordsWhoeverReadsTheChunks(t *testing.T) {
	logs := map[string][]byte{"slack.evtx": evtxFixture(t, "slack.evtx"), "damaged.evtx": evtxFixture(t, "damaged.evtx"), "many chunks": manyChunks(t)}
	for name, log := range logs {
		o := slackOptions
		o.KeepRepeats = name == "many chunks" // so that it is full now and then
		// text of the frames, in their order
		open := func(reuse *parser.Reuse) (all []parser.Frame) {
			o.Reuse = reuse
			l, err := o.Open(bytes.NewReader(log))
			if err != nil {
				t.Fatal(err)
			}
			for f, err := range l.Frames() {
				if err == nil {
					all = append(all, f)
				}
			}
			return all
		}
		l, err := o.Open(bytes.NewReader(log))
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		old, w := 0, parser.NewWorker()
		for f, err := range l.Frames() {
			if err != nil {
				continue
			}
			chunk, said := isChunk(f), frameSays(w, f)
			if want = append(want, said); !chunk && strings.Contains(said, string(model.StateSlack)) {
				old++
			}
			parser.Release(f)
		}
		if old == 0 || name == "many chunks" && old < 3 {
			t.Errorf("%s: %d frames have old records", name, old)
		}
		reuse := &parser.Reuse{}
		check := func(how string, got []string) {
			t.Helper()
			for i := range max(len(got), len(want)) {
				if i >= len(got) || i >= len(want) || got[i] != want[i] && got[i] != "not asked" {
					t.Errorf("%s, %s: frame %d of %d differs, of %d", name, how, i, len(got), len(want))
					return
				}
			}
		}
		says := func(frames []parser.Frame, asked []bool) []string {
			got := make([]string, len(frames))
			w := parser.NewWorker()
			for i, f := range slices.Backward(frames) {
				if got[i] = "not asked"; asked[i] {
					got[i] = frameSays(w, f)
				}
			}
			return got
		}
		frames := open(reuse)
		every, steps := slices.Repeat([]bool{true}, len(frames)), make([]bool, len(frames))
		for i, f := range frames {
			steps[i] = !isChunk(f)
		}
		check("the last frame first", says(frames, every))
		check("no chunk decoded", says(open(reuse), steps))
		frames = open(reuse)
		for i, f := range frames {
			if !steps[i] {
				parser.Release(f)
			}
		}
		check("no chunk decoded, all given back", says(frames, steps))

		frames = open(reuse)
		got := make([]string, len(frames))
		var all sync.WaitGroup
		for worker := range 3 {
			all.Go(func() {
				w := parser.NewWorker()
				for i := worker; i < len(frames); i += 3 {
					got[i] = frameSays(w, frames[i])
					parser.Release(frames[i])
				}
			})
		}
		all.Wait()
		check("three workers", got)
	}
}

// frameSays is what a frame says: all of its old records, of others where they are.
func frameSays(w *parser.Worker, f parser.Frame) string {
	var b bytes.Buffer
	w.Raw = true
	for ev, err := range w.Events(f) {
		switch {
		case err != nil:
			fmt.Fprintln(&b, err)
		case ev.State == model.StateSlack:
			fmt.Fprintln(&b, w.Load(ev), ev.Offset, ev.State, ev.UID, ev.TemplateSource, ev.Diagnostics, len(ev.Raw))
		default:
			fmt.Fprintln(&b, ev.Offset)
		}
	}
	fmt.Fprintln(&b, w.Account(), w.Counts())
	return b.String()
}

// Who decodes old records only when the whole log was read gets the same: steps that were too
// far ahead of him were done by the reading, and keep what came of them.
func TestStepsAskedForAtTheEnd(t *testing.T) {
	log := manyChunks(t)
	rows, _ := readRows(t, log, slackOptions)
	l, err := slackOptions.Open(bytes.NewReader(log))
	if err != nil {
		t.Fatal(err)
	}
	var steps []parser.Frame
	for f, err := range l.Frames() {
		if err == nil && !isChunk(f) {
			steps = append(steps, f)
		}
	}
	var got []uint64
	w := parser.NewWorker()
	for _, f := range steps {
		for ev, err := range w.Events(f) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, ev.Offset)
		}
	}
	var want []uint64
	for _, r := range slackOf(rows) {
		want = append(want, r.Offset)
	}
	if len(steps) < 18 || len(want) == 0 || !slices.Equal(got, want) {
		t.Errorf("%d steps: old records at %x, want %x", len(steps), got, want)
	}
}

// Frames is to be called once: what is called again yields nothing, and takes nothing that
// another log uses by then.
func TestFramesAgain(t *testing.T) {
	for _, how := range []parser.Recover{parser.RecoverSlack, parser.RecoverCarve} {
		o := parser.Options{Recover: how, Reuse: &parser.Reuse{}}
		open := func() parser.Log {
			l, err := o.Open(bytes.NewReader(evtxFixture(t, "slack.evtx")))
			if err != nil {
				t.Fatal(err)
			}
			return l
		}
		say := func(l parser.Log, between func()) (all []string) {
			w := parser.NewWorker()
			for f, err := range l.Frames() {
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, frameSays(w, f))
				parser.Release(f)
				between()
			}
			return all
		}
		first := open()
		want := say(first, func() {})
		again := 0
		got := say(open(), func() { again += len(say(first, func() {})) })
		if len(want) < 3 || !slices.Equal(got, want) || again > 0 {
			t.Errorf("%s: %d frames, %d again, or another log says something else", how, len(want), again)
		}
		var all sync.WaitGroup
		for range 2 {
			all.Go(func() {
				if got := say(open(), func() {}); !slices.Equal(got, want) {
					t.Errorf("%s: with others something else is said", how)
				}
			})
		}
		all.Wait()
	}
}
