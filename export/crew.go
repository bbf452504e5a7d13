package export

import "sync"

// crew encodes pages on goroutines of its own, a bounded number at a time, and
// on that of its caller when they are all busy.
type crew struct {
	hands    chan struct{}
	encoders chan *pageEncoder // idle: one for each hand and one for the caller
	all      sync.WaitGroup
}

func newCrew(n int) (*crew, error) {
	c := &crew{hands: make(chan struct{}, n), encoders: make(chan *pageEncoder, n+1)}
	for range n + 1 {
		e, err := newPageEncoder()
		if err != nil {
			return nil, err
		}
		c.encoders <- e
	}
	return c, nil
}

func (c *crew) do(task func(*pageEncoder)) {
	select {
	case c.hands <- struct{}{}:
		c.all.Go(func() {
			c.run(task)
			<-c.hands
		})
	default:
		c.run(task)
	}
}

func (c *crew) run(task func(*pageEncoder)) {
	e := <-c.encoders
	task(e)
	c.encoders <- e
}

// wait returns when all is done that do was called for.
func (c *crew) wait() { c.all.Wait() }
