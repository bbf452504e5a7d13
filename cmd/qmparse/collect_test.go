package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/qmparse/qmparse/cmd/qmparse/internal/fwpuclnt"
	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/netevent"
)

func TestCollectElsewhere(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("this is Windows")
	}
	for _, args := range [][]string{{"collect"}, {"collect", "-o", filepath.Join(t.TempDir(), "x")}} {
		var stdout, stderr bytes.Buffer
		if code := run(context.Background(), args, nil, &stdout, &stderr); code != exitUsage {
			t.Errorf("%q: exit code %d", args, code)
		}
		if !strings.Contains(stderr.String(), "runs on Windows only") || stdout.Len() > 0 {
			t.Errorf("%q: %s%s", args, &stdout, &stderr)
		}
	}
}

func TestExplain(t *testing.T) {
	for _, c := range []struct {
		code         model.Win32Error
		name, advice string // parts of the message; no advice if empty
	}{
		{5, "ERROR_ACCESS_DENIED (0x00000005)", "FWPM_ACTRL_ENUM"},
		{0x80070005, "ERROR_ACCESS_DENIED (0x80070005)", "administrator"},
		{0x80320013, "FWP_E_NET_EVENTS_DISABLED (0x80320013)", "netsh wfp set options netevents=on"},
		{1753, "EPT_S_NOT_REGISTERED", "Base Filtering Engine"},
		{1722, "RPC_S_SERVER_UNAVAILABLE", "Base Filtering Engine"},
		{1062, "ERROR_SERVICE_NOT_ACTIVE", "Base Filtering Engine"},
		{1058, "ERROR_SERVICE_DISABLED", "Base Filtering Engine"},
		{0x80320010, "FWP_E_SESSION_ABORTED (0x80320010)", ""},
		{0xE0001234, "error 0xE0001234", ""},
	} {
		call := &fwpuclnt.Error{Call: "FwpmNetEventEnum5", Code: c.code}
		err := explain(call)
		if !errors.Is(err, call) {
			t.Errorf("%v: lost the cause", err)
		}
		s := err.Error()
		if !strings.HasPrefix(s, "FwpmNetEventEnum5: "+c.name) || !strings.Contains(s, c.advice) {
			t.Errorf("%s: want %q and %q", s, c.name, c.advice)
		}
		if c.advice == "" && s != call.Error() {
			t.Errorf("%s: want no advice", s)
		}
	}
	if err := errors.New("other"); explain(err) != err {
		t.Error("changed an error of another kind")
	}
}

// TestArrivals fills the queue: what does not fit is counted, and once one event
// is dropped no later one slips in before those that are missing.
func TestArrivals(t *testing.T) {
	a := newArrivals(500)
	for _, n := range []int{100, 200, 100, 1} { // and 64 each: the third is too much
		a.put(arrival{payload: make([]byte, n)})
	}
	select {
	case <-a.some:
	default:
		t.Fatal("says that there is nothing")
	}
	events, dropped := a.take()
	if len(events) != 2 || len(events[0].payload) != 100 || len(events[1].payload) != 200 || dropped != 2 {
		t.Fatalf("%d events, %d dropped", len(events), dropped)
	}
	if events, dropped := a.take(); len(events) != 0 || dropped != 0 {
		t.Fatalf("taken twice: %d events, %d dropped", len(events), dropped)
	}
	a.put(arrival{payload: make([]byte, 400)})
	if events, dropped := a.take(); len(events) != 1 || dropped != 0 {
		t.Fatalf("after take: %d events, %d dropped", len(events), dropped)
	}
	// Events that could not be copied fill it, too.
	for range 10 {
		a.put(arrival{err: io.ErrUnexpectedEOF})
	}
	if events, dropped := a.take(); len(events) != 7 || dropped != 3 {
		t.Fatalf("errors: %d events, %d dropped", len(events), dropped)
	}
}

// memoryMap is memory of a 64-bit machine: bytes at addresses.
type memoryMap map[uint64][]byte

func (m memoryMap) Read(address uint64, n int) ([]byte, bool) {
	for base, b := range m {
		if address >= base && address-base <= uint64(len(b)) && n <= len(b)-int(address-base) {
			return bytes.Clone(b[address-base:][:n]), true
		}
	}
	return nil, false
}

const wild = 0x666DEAD0000

// put lays out an FWPM_NET_EVENT5 of a Quick Mode failure with transport traffic,
// known by its filter id.
func (m memoryMap) put(at, filter uint64) uint64 {
	const headerSize, eventSize, bodySize = 136, 152, 88
	b := make([]byte, eventSize+bodySize)
	base := uint64(0x10000 * (len(m) + 1))
	binary.LittleEndian.PutUint64(b, at)
	b[headerSize] = 1 // FWPM_NET_EVENT_TYPE_IKEEXT_QM_FAILURE
	binary.LittleEndian.PutUint64(b[headerSize+8:], base+eventSize)
	binary.LittleEndian.PutUint64(b[eventSize+56:], filter)
	m[base] = b
	return base
}

// fakeEngine has events, and gives others to a subscriber.
type fakeEngine struct {
	mem    memoryMap
	off    bool
	events []uint64
	err    error // after the events

	atOnce   []uint64 // happens before Subscribe returns
	happen   []uint64 // after it, on another thread
	late     []uint64 // while the subscription ends
	happened func()
	stopped  bool
}

func (e *fakeEngine) header() netevent.Header {
	return netevent.Header{PointerSize: 8, NetEventVersion: 5, Machine: netevent.MachineAMD64}
}

func (e *fakeEngine) meta(now time.Time) netevent.Meta { return netevent.Meta{} }
func (e *fakeEngine) memory() netevent.Memory          { return e.mem }
func (e *fakeEngine) Collecting() (on, known bool)     { return !e.off, true }
func (e *fakeEngine) Close() error                     { return nil }

func (e *fakeEngine) Enumerate(each func(uint64) error) error {
	for _, ev := range e.events {
		if err := each(ev); err != nil {
			return err
		}
	}
	return e.err
}

func (e *fakeEngine) Subscribe(each func(uint64)) (func() error, error) {
	all := func(events []uint64) {
		for _, ev := range events {
			each(ev)
		}
	}
	all(e.atOnce)
	done := make(chan struct{})
	go func() {
		defer close(done)
		all(e.happen)
		if e.happened != nil {
			e.happened()
		}
	}()
	return sync.OnceValue(func() error {
		<-done
		all(e.late)
		e.stopped = true
		return nil
	}), nil
}

// collected runs a collection into a file and returns what is in it, block by
// block; nil if there is no file.
func collected(t *testing.T, ctx context.Context, c *collection) ([]string, string, error) {
	t.Helper()
	target := filepath.Join(t.TempDir(), "out.wfpnev")
	out, err := createOut(target, nil, false)
	if err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	c.out, c.con = out, newConsole(&stderr, false, true, nil)
	err = c.run(ctx)
	c.out.discard()
	b, readErr := os.ReadFile(target)
	entries, _ := os.ReadDir(filepath.Dir(target))
	switch {
	case errors.Is(readErr, os.ErrNotExist) && len(entries) == 0:
		return nil, stderr.String(), err
	case readErr != nil || len(entries) != 1:
		t.Fatalf("%v, %v: want one file or none", readErr, entries)
	}
	var got []string
	for _, d := range dumpBlocks(t, b) {
		switch d.kind {
		case blockEvent:
			p := binary.LittleEndian.Uint64(d.payload[16+144:])
			got = append(got, fmt.Sprint(binary.LittleEndian.Uint64(d.payload[p+56:])))
		case blockLost:
			got = append(got, fmt.Sprintf("lost %d", binary.LittleEndian.Uint64(d.payload)))
		}
	}
	return got, stderr.String(), err
}

// dumpBlock is a block of a dump. dumpBlocks finds them by the specification,
// not by the reader.
type dumpBlock struct {
	kind    uint16
	payload []byte
}

const (
	blockMeta  = 1
	blockEvent = 2
	blockLost  = 5
	blockEnd   = 6
)

func dumpBlocks(t *testing.T, b []byte) []dumpBlock {
	t.Helper()
	if len(b) < 32 || string(b[:8]) != "\x89WNE\r\n\x1a\n" {
		t.Fatalf("no dump: %x", b[:min(32, len(b))])
	}
	var blocks []dumpBlock
	for b = b[32:]; len(b) > 0; {
		if len(b) < 24 || string(b[:4]) != "WNEB" {
			t.Fatalf("block %d: %x", len(blocks), b[:min(24, len(b))])
		}
		n := int(binary.LittleEndian.Uint32(b[8:]))
		if seq := binary.LittleEndian.Uint64(b[16:]); seq != uint64(len(blocks)) {
			t.Errorf("block %d has sequence %d", len(blocks), seq)
		}
		if n > len(b)-24 {
			t.Fatalf("block %d: %d bytes of payload, %d left", len(blocks), n, len(b)-24)
		}
		blocks = append(blocks, dumpBlock{binary.LittleEndian.Uint16(b[4:]), b[24 : 24+n]})
		b = b[min(len(b), 24+(n+7)&^7):]
	}
	if len(blocks) < 2 || blocks[0].kind != blockMeta || blocks[len(blocks)-1].kind != blockEnd {
		t.Fatalf("%d blocks: want META first and END last", len(blocks))
	}
	return blocks
}

func TestCollection(t *testing.T) {
	mem := memoryMap{}
	one, two, three := mem.put(100, 1), mem.put(200, 2), mem.put(300, 3)

	t.Run("events", func(t *testing.T) {
		c := &collection{engine: &fakeEngine{mem: mem, events: []uint64{one, two, two}}}
		got, said, err := collected(t, t.Context(), c)
		if want := []string{"1", "2", "2"}; err != nil || !reflect.DeepEqual(got, want) || !strings.Contains(said, "wrote 3 net events") {
			t.Errorf("%q, %v: %s", got, err, said)
		}
	})
	t.Run("quiet", func(t *testing.T) {
		c := &collection{engine: &fakeEngine{mem: mem, events: []uint64{one}}, quiet: true}
		if _, said, err := collected(t, t.Context(), c); err != nil || said != "" {
			t.Errorf("%v: %s", err, said)
		}
	})
	t.Run("none", func(t *testing.T) {
		c := &collection{engine: &fakeEngine{off: true}}
		got, said, err := collected(t, t.Context(), c)
		if err != nil || len(got) > 0 || !strings.Contains(said, "netsh wfp set options netevents=on") ||
			!strings.Contains(said, "none across a restart") {
			t.Errorf("%q, %v: %s", got, err, said)
		}
	})
	// What could not be copied is missing where it was, and the run says so.
	t.Run("torn", func(t *testing.T) {
		c := &collection{engine: &fakeEngine{mem: mem, events: []uint64{one, wild, 0, two, wild}}}
		got, said, err := collected(t, t.Context(), c)
		if want := []string{"1", "lost 2", "2", "lost 1"}; err != errDamaged || !reflect.DeepEqual(got, want) ||
			!strings.Contains(said, "3 net events could not be copied") {
			t.Errorf("%q, %v: %s", got, err, said)
		}
	})
	t.Run("failed", func(t *testing.T) {
		broken := &fwpuclnt.Error{Call: "FwpmNetEventEnum5", Code: 5}
		c := &collection{engine: &fakeEngine{mem: mem, events: []uint64{one}, err: broken}}
		if got, _, err := collected(t, t.Context(), c); got != nil || !errors.Is(err, broken) {
			t.Errorf("%q, %v", got, err)
		}
	})
	t.Run("interrupted", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		c := &collection{engine: &fakeEngine{mem: mem, events: []uint64{one}}}
		if got, _, err := collected(t, ctx, c); got != nil || !errors.Is(err, context.Canceled) {
			t.Errorf("%q, %v", got, err)
		}
	})
	// The subscription gives two of the enumerated events again: one is dropped,
	// the other, without a time, may be another one.
	t.Run("follow", func(t *testing.T) {
		timeless := mem.put(0, 9)
		ctx, cancel := context.WithCancel(t.Context())
		e := &fakeEngine{
			mem: mem, events: []uint64{one, two, timeless}, happened: cancel,
			happen: []uint64{two, timeless, two, three, wild},
		}
		got, said, err := collected(t, ctx, &collection{engine: e, follow: true, room: maxQueued})
		if want := []string{"1", "2", "9", "9", "2", "3", "lost 1"}; err != errDamaged || !reflect.DeepEqual(got, want) || !e.stopped {
			t.Errorf("%q, %v: %s", got, err, said)
		}
	})
}

// TestFollowedTooFast has more events happen than there is room for: the dump says
// how many are missing, and where.
func TestFollowedTooFast(t *testing.T) {
	mem := memoryMap{}
	e := &fakeEngine{mem: mem, events: []uint64{mem.put(1, 100)}}
	for i := range uint64(20) {
		e.atOnce = append(e.atOnce, mem.put(2, i))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	got, said, err := collected(t, ctx, &collection{engine: e, follow: true, room: 2000})
	if err != nil || len(got) < 3 || len(got) > 21 {
		t.Fatalf("%q, %v: %s", got, err, said)
	}
	fit := len(got) - 2
	want := []string{"100"}
	for i := range fit {
		want = append(want, fmt.Sprint(i))
	}
	want = append(want, fmt.Sprintf("lost %d", 20-fit))
	if !reflect.DeepEqual(got, want) || !strings.Contains(said, fmt.Sprintf("%d net events came too fast", 20-fit)) {
		t.Errorf("%q, want %q: %s", got, want, said)
	}
}

// TestFollowedToTheEnd has an event arrive while the subscription is ended.
func TestFollowedToTheEnd(t *testing.T) {
	mem := memoryMap{}
	e := &fakeEngine{mem: mem, late: []uint64{mem.put(1, 7)}}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	got, said, err := collected(t, ctx, &collection{engine: e, follow: true, room: maxQueued})
	if want := []string{"7"}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%q, %v: %s", got, err, said)
	}
}

// TestCollectionOutputFails lets the file fail at every kind of block.
func TestCollectionOutputFails(t *testing.T) {
	mem := memoryMap{}
	events := []uint64{mem.put(1, 1), wild, mem.put(2, 2)}
	for n := 0; ; n += 100 {
		out, err := createOut("-", &fullDisk{n}, false)
		if err != nil {
			t.Fatal(err)
		}
		c := &collection{engine: &fakeEngine{mem: mem, events: events}, out: out, con: newConsole(io.Discard, false, true, nil)}
		err = c.run(t.Context())
		if err == errDamaged {
			if n == 0 {
				t.Fatal("nothing failed")
			}
			return
		}
		if err == nil || err.Error() != "standard output: no space left on device" {
			t.Fatalf("%d bytes: %v", n, err)
		}
	}
}
