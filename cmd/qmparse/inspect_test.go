package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser"
)

// A frame whose records have a kind each is handed over in parts.
func TestKindsOfFrameAreHandedOver(t *testing.T) {
	live := model.Provenance{State: model.StateLive}
	out, records := newInspected(), uint32(0)
	for ; !out.full() && records < 10_000; records++ {
		out.tally.event(&model.Event{Provenance: live, EventID: model.Some(records), Channel: model.Some(strings.Repeat("c", 16_000))})
	}
	if records < 100 || records > pieceKinds/kindBytes {
		t.Errorf("a part has %d kinds", records)
	}
	usual := newInspected()
	for i := range uint32(10_000) {
		usual.tally.event(&model.Event{Provenance: live, EventID: model.Some(4600 + i%90), Channel: model.Some("Security")})
	}
	if usual.full() {
		t.Error("a frame with few kinds is in parts")
	}
}

// Of channels and of gaps between EventRecordIDs so many are followed; that there are more
// is said.
func TestEventRecordIDsAreBounded(t *testing.T) {
	following := func() *inspection {
		v := &inspection{ledger: newLedger(newConsole(io.Discard, false, true, nil))}
		v.channel = map[string]*sequence{}
		return v
	}
	v := following()
	for i := range maxChannels + 10 {
		v.follow(fmt.Sprint("channel ", i), []parser.Run{{First: 1, Last: 2}})
		if over := i >= maxChannels; v.others != over {
			t.Fatalf("channel %d: others %v", i, v.others)
		}
	}
	v.follow("channel 7", []parser.Run{{First: 3, Last: 4}})
	if r := v.channel["channel 7"].report(); len(v.channel) != maxChannels || r.Last != 4 || r.Incomplete {
		t.Errorf("%d channels, of one %+v", len(v.channel), r)
	}

	v = following()
	const each = maxChannelRuns / 10
	for c := range 12 {
		for i := range uint64(each) {
			v.follow(fmt.Sprint("channel ", c), []parser.Run{{First: 10 * i, Last: 10 * i}})
		}
	}
	kept := 0
	for _, s := range v.channel {
		kept += len(s.runs)
	}
	if kept > maxChannelRuns || kept != v.runs || !v.others || len(v.channel) > 11 {
		t.Errorf("%d runs kept, %d counted, of %d channels", kept, v.runs, len(v.channel))
	}
	if r := v.channel["channel 0"].report(); r.Incomplete || r.Missing != 9*(each-1) {
		t.Errorf("the first channel: %+v", r.Missing)
	}
	if r := v.channel["channel 10"].report(); r == nil || !r.Incomplete {
		t.Errorf("the last channel: %+v", r)
	}
}

// Events that two machines have forwarded in turn make a run each, until they are joined: no id
// that is there is said to be missing.
func TestEventRecordIDsOfForwardedEvents(t *testing.T) {
	v := &inspection{ledger: newLedger(newConsole(io.Discard, false, true, nil)), channel: map[string]*sequence{}}
	const each, channels = 40_000, 10
	for i := range uint64(each) {
		for c := range channels {
			for _, machine := range []uint64{1, 1_000_001} {
				v.follow(fmt.Sprint("channel ", c), []parser.Run{{First: machine + i, Last: machine + i}})
			}
		}
	}
	for channel, s := range v.channel {
		if r := s.report(); r.Incomplete || fmt.Sprint(r.Gaps) != fmt.Sprint([][2]uint64{{each + 1, 1_000_000}}) || r.Last != 1_000_000+each {
			t.Errorf("%s: %+v", channel, r)
		}
	}
	if v.others || v.runs > maxChannelRuns || len(v.channel) != channels {
		t.Errorf("%d runs, others %v", v.runs, v.others)
	}
}

// A report says what it leaves out, and nothing of it where it is whole.
func TestInspectSaysWhatItLeavesOut(t *testing.T) {
	for _, less := range []bool{false, true} {
		r := &fileReport{Size: new(int64), Path: "a", Bytes: &parser.Account{}, MoreIDs: less}
		if less {
			r.MoreEvents = 7
		}
		var b strings.Builder
		if err := r.json(&b); err != nil {
			t.Fatal(err)
		}
		b.WriteString(r.text())
		for _, want := range []string{
			`"events_not_listed":7`, `"event_record_ids_not_listed":true`,
			"  7 records of kinds that are not listed\n", "  EventRecordIDs of further channels: not looked at\n",
		} {
			if strings.Contains(b.String(), want) != less {
				t.Errorf("left out %t: %s", less, b.String())
			}
		}
	}
}

// What cannot be written is no success, also if it is the last file's.
func TestInspectCannotWrite(t *testing.T) {
	for _, args := range [][]string{
		{"inspect", multiChunk}, {"inspect", "--json", multiChunk}, {"inspect", filepath.Join(t.TempDir(), "missing"), multiChunk},
	} {
		var stderr bytes.Buffer
		if code := run(context.Background(), args, nil, &fullDisk{0}, &stderr); code != exitFailed || !strings.Contains(stderr.String(), "standard output: ") {
			t.Errorf("%q: exit code %d, %s", args, code, &stderr)
		}
	}
}
