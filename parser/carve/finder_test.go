package carve

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// Every place is found once and in order, whatever the windows are and however much of
// them is passed.
func TestFinder(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 2000 {
		text := make([]byte, 1+rng.IntN(200))
		for i := range text {
			text[i] = "ab"[rng.IntN(2)]
		}
		pattern, back := []string{"a", "ab", "aab", "abab"}[rng.IntN(4)], rng.IntN(4)
		var want []int64
		for i := back; i+len(pattern) <= len(text); i++ {
			if strings.HasPrefix(string(text[i:]), pattern) {
				want = append(want, int64(i-back))
			}
		}
		f := finder{pattern: pattern, back: back}
		var got []int64
		for offset := 0; offset < len(text); {
			limit := min(1+rng.IntN(40), len(text)-offset)
			look := min(limit+10, len(text)-offset)
			at := f.next(text[offset:][:look], int64(offset), limit)
			if at < 0 {
				offset += limit
				continue
			}
			if at >= limit {
				t.Fatalf("%d of %d", at, limit)
			}
			got = append(got, int64(offset+at))
			offset += at + 1
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%q, %q %d back: %v, want %v", text, pattern, back, got, want)
		}
	}
}
