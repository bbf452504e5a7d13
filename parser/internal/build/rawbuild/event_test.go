package rawbuild

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/qmparse/qmparse/model"
)

// TestSizes has the sizes of images and bodies by hand: those of Windows'
// structures, and 240.
func TestSizes(t *testing.T) {
	for pointerSize, all := range bases {
		for _, base := range all {
			for typ := model.NetEventType(0); typ <= 10; typ++ {
				for _, size := range sizesOf(typ, pointerSize) {
					e := ofType(typ)
					e.PointerSize, e.Base, e.BodySize = pointerSize, base, size
					if n := len(e.outer()); n != base {
						t.Errorf("an image of %d bytes, not %d, pointers of %d", n, base, pointerSize)
					}
					if n := len(e.body()); n != size {
						t.Errorf("%v: a body of %d bytes, not %d, pointers of %d", typ, n, size, pointerSize)
					}
				}
			}
		}
	}
}

// TestPlaces finds values where the description of the payloads has them.
func TestPlaces(t *testing.T) {
	le := binary.LittleEndian
	e := TunnelV6()
	e.Header = full()
	b := e.Payload()
	for _, c := range []struct {
		name      string
		at        int
		got, want uint32
	}{
		{"flags", 8, le.Uint32(b[8:]), 0x3FFF},
		{"localAddrV4 in host order", 20, le.Uint32(b[20:]), 0xC0000201},
		{"localPort", 52, uint32(le.Uint16(b[52:])), 500},
		{"appId.size", 64, le.Uint32(b[64:]), 106},
		{"policyFlags", 112, le.Uint32(b[112:]), 5},
		{"effectiveName.size", 120, le.Uint32(b[120:]), 8},
		{"type", 136, le.Uint32(b[136:]), 1},
		{"appId", 240, uint32(le.Uint16(b[240:])), '\\'},
		{"userId behind 106 bytes and 6 of padding", 352, le.Uint32(b[352:]), 0x0501},
		{"packageSid behind 28 and 4", 384, le.Uint32(b[384:]), 0x0301},
		{"enterpriseId behind 20 and 4", 408, uint32(le.Uint16(b[408:])), 'c'},
		{"effectiveName behind 26 and 6", 440, uint32(le.Uint16(b[440:])), 'v'},
		{"failureErrorCode", 448, le.Uint32(b[448:]), 13868},
		{"localSubNet.type", 472, le.Uint32(b[472:]), 0x101},
		{"remoteSubNet.type", 488, le.Uint32(b[488:]), 0x101},
		{"local prefix length", 536 + 16, uint32(b[536+16]), 48},
		{"remote prefix length", 560 + 16, uint32(b[560+16]), 64},
	} {
		if c.got != c.want {
			t.Errorf("%s at %d: %#x, want %#x", c.name, c.at, c.got, c.want)
		}
	}
	if len(b) != 584 {
		t.Errorf("%d bytes, want 584", len(b))
	}
}

// TestSamples: a name is there once for a size of pointers, and the sets are the
// same from call to call.
func TestSamples(t *testing.T) {
	for _, set := range [][]Sample{Accepted(), Refused()} {
		seen := map[sampleKey]bool{}
		for _, s := range set {
			k := sampleKey{s.Name, s.PointerSize}
			if s.Name == "" || seen[k] {
				t.Errorf("%q comes twice", s.Name)
			}
			seen[k] = true
		}
		if len(set) < 40 {
			t.Errorf("%d samples", len(set))
		}
	}
	if !slices.EqualFunc(Accepted(), Accepted(), func(a, b Sample) bool { return a.Name == b.Name && slices.Equal(a.Payload, b.Payload) }) {
		t.Error("the samples differ from call to call")
	}
}

// sampleKey is what tells samples apart.
type sampleKey struct {
	name        string
	pointerSize int
}

// TestRandom: the same source makes the same events.
func TestRandom(t *testing.T) {
	a, b := rand.New(rand.NewPCG(1, 2)), rand.New(rand.NewPCG(1, 2))
	for range 100 {
		if !slices.Equal(Random(a).Payload(), Random(b).Payload()) {
			t.Fatal("two events of one source differ")
		}
	}
}
