package export

import "sync"

// crew does work on goroutines of its own, a bounded number at a time, and on
// that of its caller when they are all busy.
type crew struct {
	hands chan struct{}
	all   sync.WaitGroup
}

func newCrew(n int) *crew { return &crew{hands: make(chan struct{}, n)} }

func (c *crew) do(task func()) {
	select {
	case c.hands <- struct{}{}:
		c.all.Go(func() {
			task()
			<-c.hands
		})
	default:
		task()
	}
}

// wait returns when all is done that do was called for.
func (c *crew) wait() { c.all.Wait() }
