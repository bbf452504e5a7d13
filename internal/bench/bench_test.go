package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// The ratio is that of one round, whatever the machine did in another.
func TestRatios(t *testing.T) {
	m := measured{
		runs:   []cost{{wall: 20}, {wall: 300}, {wall: 50}},
		beside: []cost{{wall: 10}, {wall: 100}, {wall: 10}},
	}
	if mid, least, most := m.ratios(wall); mid != 3 || least != 2 || most != 5 {
		t.Error(mid, least, most)
	}
	if got := of(m.runs, wall); got != 50 {
		t.Error(got)
	}
}

// A command's cost is that of its process; what it says on failing is not lost.
func TestOnce(t *testing.T) {
	b := &bench{ctx: context.Background(), dir: t.TempDir(), rounds: 2}
	path := filepath.Join(b.dir, "log")
	if err := os.WriteFile(path, bytes.Repeat([]byte("x"), 1<<20), 0o666); err != nil {
		t.Fatal(err)
	}
	if n, err := size(path); n != 1<<20 || err != nil {
		t.Error(n, err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := command{name: "a test", args: []string{self, "-test.run", "^TestRatios$"}}
	all, err := b.measure(&c, []command{c})
	if err != nil || len(all) != 1 || len(all[0].runs) != 2 || len(all[0].beside) != 2 {
		t.Fatalf("%+v, %v", all, err)
	}
	if r := all[0].runs[0]; r.wall <= 0 || r.wall > time.Hour || r.cpu <= 0 {
		t.Errorf("%+v", r)
	}
	bad := command{name: "a mistake", args: []string{self, "-test.no-such-flag"}}
	if _, err := b.once(&bad); err == nil || !bytes.Contains([]byte(err.Error()), []byte("no-such-flag")) {
		t.Error(err)
	}
	bad.lenient = true
	if _, err := b.once(&bad); err != nil {
		t.Error(err)
	}
}

// A log made of real ones has a header and whole chunks.
func TestJoinSamples(t *testing.T) {
	b := &bench{dir: t.TempDir()}
	if _, err := b.joinSamples(b.dir); err == nil {
		t.Error("a folder without logs gives a log")
	}
	path, err := b.joinSamples("../../testdata/evtx")
	if err != nil {
		t.Fatal(err)
	}
	n, err := size(path)
	if err != nil || n < sampleSize || (n-4096)%(64<<10) != 0 {
		t.Error(n, err)
	}
}
