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
	salvages []*evtx.Salvage
}

// salvage returns a Salvage that has seen nothing; r may be nil.
func (r *Reuse) salvage() *evtx.Salvage {
	if r == nil {
		return evtx.NewSalvage()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	n := len(r.salvages) - 1
	if n < 0 {
		return evtx.NewSalvage()
	}
	s := r.salvages[n]
	r.salvages = r.salvages[:n]
	return s
}

// back takes a Salvage that nobody needs any more.
func (r *Reuse) back(s *evtx.Salvage) {
	if r == nil {
		return
	}
	s.Forget()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.salvages = append(r.salvages, s)
}
