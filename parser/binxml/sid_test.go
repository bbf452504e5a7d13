package binxml

import (
	"math/rand/v2"
	"testing"

	"github.com/qmparse/qmparse/model"
)

// A SID has the text that it has alone, whatever the SIDs before it were.
func TestDomains(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	var s domains
	for range 20_000 {
		sid := []byte{1, byte(rng.IntN(16)), 0, 0, 0, 0, 0, byte(4 + rng.IntN(2))}
		if rng.IntN(20) == 0 {
			sid[2+rng.IntN(2)] = 1 // an authority beyond 32 bits
		}
		for range int(sid[1]) {
			sid = append(sid, byte(rng.IntN(2)), 0, byte(rng.IntN(2)), byte(rng.IntN(2)*0xff))
		}
		want, _, ok := model.AppendSID([]byte("x"), sid)
		if got := s.append([]byte("x"), sid); !ok || string(got) != string(want) {
			t.Fatalf("% x: %s, want %s", sid, got, want)
		}
	}
}
