package parser

import (
	"sync"

	"github.com/qmparse/qmparse/parser/evtx"
)

// Reuse hands what one log has made on to the next: memory, and compiled templates. Nothing
// that comes out depends on it. It is safe for concurrent use; the zero Reuse is empty.
type Reuse struct {
	chunks evtx.Memory

	mu       sync.Mutex
	salvages free[evtx.Salvage]
	slacks   free[evtx.Slack]
}

// free is what nobody needs, the last first.
type free[T any] []*T

func (f *free[T]) take() *T {
	n := len(*f) - 1
	if n < 0 {
		return nil
	}
	t := (*f)[n]
	*f = (*f)[:n]
	return t
}

// salvage returns a Salvage that has seen nothing.
func (r *Reuse) salvage() *evtx.Salvage {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s := r.salvages.take(); s != nil {
		return s
	}
	return evtx.NewSalvage()
}

// salvageBack takes a Salvage that nobody needs any more.
func (r *Reuse) salvageBack(s *evtx.Salvage) {
	s.Forget()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.salvages = append(r.salvages, s)
}

// slack returns an empty Slack.
func (r *Reuse) slack() *evtx.Slack {
	r.mu.Lock()
	defer r.mu.Unlock()
	if k := r.slacks.take(); k != nil {
		return k
	}
	return &evtx.Slack{}
}

// slackBack takes a Slack that nobody needs any more.
func (r *Reuse) slackBack(k *evtx.Slack) {
	k.Forget()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.slacks = append(r.slacks, k)
}
