package parser

import "github.com/qmparse/qmparse/model"

// ahead is events of a chunk that are loaded before they are yielded: two, since the UIDs of
// two events are made in less time than each by itself.
type ahead struct {
	of [2]loaded
	n  int
}

// loaded is an event with its data.
type loaded struct {
	event model.Event
	data  []byte // memory
	err   error  // of Load
}

// event returns the memory of the event that is decoded next.
func (a *ahead) event() *model.Event { return &a.of[a.n].event }

// loadAhead loads the event in that memory, whose record was decoded last, and says whether
// there is no room for another.
func (w *Worker) loadAhead() bool {
	a := &w.ahead
	l := &a.of[a.n]
	a.n++
	w.beforeLoad(&l.event)
	data, err := w.loadData(l.data, &l.event)
	l.data, l.err = data, w.afterLoad(&l.event, err)
	return a.n == len(a.of)
}

// yieldAhead yields what was loaded; false to stop.
func (w *Worker) yieldAhead(yield func(*model.Event, error) bool) bool {
	a := &w.ahead
	n := a.n
	a.n = 0
	one, two := &a.of[0].event, &a.of[1].event
	switch {
	case n == 1:
		w.identify(one)
	case n == 2 && !w.NoUID:
		one.UID, two.UID = w.uid.EventUIDs(one, two)
	}
	for i := range n {
		w.loaded = &a.of[i]
		if !yield(&w.loaded.event, nil) {
			return false
		}
	}
	w.loaded = nil
	return true
}
