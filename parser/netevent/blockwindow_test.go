package netevent

import (
	"bytes"
	"errors"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"testing"
	"testing/iotest"
)

// TestPrefixSums compares the sums of runs of a window that moves on with those
// of package crc32.
func TestPrefixSums(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	all := make([]byte, 40_000)
	for i := range all {
		all[i] = byte(rnd.Uint32())
	}
	for range 30 {
		offset := rnd.IntN(1000)
		p := newPrefixSums(int64(offset))
		for offset < len(all)-3*sumEvery {
			b := all[offset:]
			for range 3 {
				start := rnd.IntN(min(len(b)-2*sumEvery, 3000))
				end := start + 2*sumEvery + rnd.IntN(len(b)-start-2*sumEvery+1)
				sum := rnd.Uint32()
				if got, want := p.update(sum, b, int64(offset), start, end), crc32.Update(sum, castagnoli, b[start:end]); got != want {
					t.Fatalf("offset %d, %d to %d: %#x, want %#x", offset, start, end, got, want)
				}
			}
			offset += rnd.IntN(5000)
			p.forget(int64(offset))
		}
	}
}

// TestReadError: the error of reading ends the frames, behind what was read.
func TestReadError(t *testing.T) {
	broken := errors.New("the disk is gone")
	var b bytes.Buffer
	w, err := NewWriter(&b, Header{PointerSize: 8, NetEventVersion: 5, Machine: MachineAMD64})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := w.Event(make([]byte, 200)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.End(); err != nil {
		t.Fatal(err)
	}
	file := b.Bytes()
	for n := range file {
		r, err := NewReader(io.MultiReader(bytes.NewReader(file[:n]), iotest.ErrReader(broken)))
		if n < HeaderSize {
			if !errors.Is(err, broken) {
				t.Errorf("%d bytes: %v", n, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		events, last := 0, error(nil)
		for f, err := range r.Frames() {
			if last != nil {
				t.Errorf("%d bytes: more behind %v", n, last)
			}
			if last = err; err == nil {
				events += len(f.events)
			}
		}
		want := min((n-HeaderSize+0)/(24+200), 3)
		if events != want || !errors.Is(last, broken) {
			t.Errorf("%d bytes: %d events, want %d; %v", n, events, want, last)
		}
	}
	r, err := NewReader(iotest.TimeoutReader(iotest.OneByteReader(bytes.NewReader(file))))
	if r != nil || !errors.Is(err, iotest.ErrTimeout) {
		t.Errorf("got %v", err)
	}
}
