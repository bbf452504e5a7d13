package netevent_test

import (
	"flag"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/qmparse/qmparse/parser/internal/build/rawbuild"
	"github.com/qmparse/qmparse/parser/netevent"
)

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }

// FuzzRaw: what is accepted is all in what it is decoded to, byte for byte.
func FuzzRaw(f *testing.F) {
	n := 0
	for _, s := range slices.Concat(rawbuild.Accepted(), rawbuild.Refused()) {
		f.Add(s.Payload, s.PointerSize == 4)
		n++
	}
	if n < 100 {
		f.Fatalf("%d seeds", n)
	}
	f.Fuzz(func(t *testing.T, b []byte, narrow bool) {
		if len(b) > 1<<16 {
			return
		}
		pointerSize := 8
		if narrow {
			pointerSize = 4
		}
		sameRaw(t, "fuzzed", b, pointerSize)
		netevent.AppendShape(nil, b, pointerSize)
	})
}

var rawPayloads = flag.Int("raw-payloads", 30_000, "how many payloads TestRawMany makes")

// TestRawMany is FuzzRaw over payloads that are the same every time: events as
// they were written, with bytes changed, cut, filled up and moved, and noise of
// zeros and small numbers.
func TestRawMany(t *testing.T) {
	n := *rawPayloads
	if testing.Short() {
		n = min(n, 10_000)
	}
	r := newRand(2)
	d := netevent.NewRawDecoder()
	var payload []byte
	accepted := map[string]int{}
	made := map[string]int{}
	for i := 0; i < n && !t.Failed(); i++ {
		pointerSize := 8 >> r.IntN(2)
		what := "noise"
		if i%4 == 0 {
			payload = noise(r, payload)
		} else {
			e := rawbuild.Random(r)
			payload = e.Payload()
			pointerSize = e.PointerSize
			what = "mutated"
			for range r.IntN(4) {
				payload = mutate(r, payload)
			}
		}
		made[what]++
		if sameRawWith(t, d, what, payload, pointerSize) {
			accepted[what]++
		}
	}
	t.Logf("accepted %v of %v", accepted, made)
	if accepted["mutated"] < made["mutated"]/4 {
		t.Error("hardly anything was accepted")
	}
}

// mutate changes something about a payload.
func mutate(r *rand.Rand, b []byte) []byte {
	if len(b) < 16 {
		return b
	}
	at := r.IntN(len(b))
	switch r.IntN(8) {
	case 0:
		b[at] ^= 1 << r.IntN(8)
	case 1:
		b[at] = byte(r.IntN(4))
	case 2:
		le.PutUint32(b[min(at&^3, len(b)-4):], r.Uint32N(24))
	case 3:
		b = b[:at]
	case 4:
		b = append(b, make([]byte, r.IntN(20))...)
	case 5:
		b = slices.Insert(b, at&^7, make([]byte, 8)...)
	case 6:
		b = slices.Delete(b, at&^7, min(at&^7+8, len(b)))
	default:
		clear(b[at:min(at+r.IntN(40), len(b))])
	}
	return b
}

// noise fills a payload with zeros, small numbers, and a few others.
func noise(r *rand.Rand, b []byte) []byte {
	b = append(b[:0], make([]byte, r.IntN(500))...)
	for at := 0; at+4 <= len(b); at += 4 {
		switch r.IntN(16) {
		case 0:
			le.PutUint32(b[at:], r.Uint32N(4))
		case 1:
			le.PutUint32(b[at:], r.Uint32N(1<<14))
		case 2:
			le.PutUint32(b[at:], r.Uint32())
		}
	}
	return b
}
