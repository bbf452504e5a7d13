package main

import "sync"

// maxQueued is how many bytes of events wait to be written before new ones are
// dropped: seconds of a flood on the slowest disk.
const maxQueued = 64 << 20

// arrival is a net event that the engine handed over: the payload of an EVENT
// block, or why it could not be copied.
type arrival struct {
	payload []byte
	err     error
}

// arrivals takes net events from threads of the system, which must not wait, to
// the one that writes.
type arrivals struct {
	some chan struct{} // has an item if there is something to take
	max  int           // bytes

	mu      sync.Mutex
	queue   []arrival
	bytes   int
	dropped uint64
}

func newArrivals(limit int) *arrivals { return &arrivals{some: make(chan struct{}, 1), max: limit} }

// put queues an event or, if there is no room, counts it. After a dropped one all
// are dropped until take: so those missing are missing at one place.
func (a *arrivals) put(v arrival) {
	const overhead = 64 // of an item with no payload
	a.mu.Lock()
	if n := len(v.payload) + overhead; a.dropped > 0 || a.bytes+n > a.max {
		a.dropped++
	} else {
		a.queue = append(a.queue, v)
		a.bytes += n
	}
	a.mu.Unlock()
	select {
	case a.some <- struct{}{}:
	default:
	}
}

// take empties the queue. After its events, so many were dropped.
func (a *arrivals) take() (events []arrival, dropped uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	events, dropped = a.queue, a.dropped
	a.queue, a.bytes, a.dropped = nil, 0, 0
	return events, dropped
}
