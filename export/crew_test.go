package export

import (
	"sync/atomic"
	"testing"
)

// TestCrew checks that all is done, by no more than the crew and its caller, and
// with an encoder that nobody else has.
func TestCrew(t *testing.T) {
	for n := range 3 {
		c, err := newCrew(n)
		if err != nil {
			t.Fatal(err)
		}
		var done, busy, most atomic.Int64
		for range 100 {
			c.do(func(e *pageEncoder) {
				if b := busy.Add(1); b > most.Load() {
					most.Store(b)
				}
				e.numbers = append(e.numbers[:0], 1) // for the race detector
				busy.Add(-1)
				done.Add(1)
			})
		}
		c.wait()
		if done.Load() != 100 || most.Load() > int64(n+1) {
			t.Errorf("%d hands: %d of 100 done, %d at once", n, done.Load(), most.Load())
		}
	}
}
