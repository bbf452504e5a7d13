package netevent

import (
	"math"

	"github.com/qmparse/qmparse/model"
)

// Summary counts what a file has, all its dumps together.
type Summary struct {
	Dumps []*Dump // with the META that came last; at most the first 64
	More  int     // dumps beyond those

	Blocks  map[string]uint64             // that are whole, by the name of their type
	Unknown uint64                        // blocks of unknown type
	Events  map[model.NetEventType]uint64 // of known types
	Others  uint64                        // events of unknown types
	Lost    uint64                        // as the system reported
}

const maxKeptDumps = 64

func (s *Summary) begin(d *Dump) {
	if len(s.Dumps) < maxKeptDumps {
		s.Dumps = append(s.Dumps, d)
	} else {
		s.More++
	}
	if s.Blocks == nil {
		s.Blocks = map[string]uint64{}
		s.Events = map[model.NetEventType]uint64{}
	}
}

func (s *Summary) meta(d *Dump) {
	if s.More == 0 {
		s.Dumps[len(s.Dumps)-1] = d
	}
}

func (s *Summary) block(t blockType) {
	if t == 0 || t >= blockTypes {
		s.Unknown++
		return
	}
	s.Blocks[t.String()]++
}

func (s *Summary) event(t model.NetEventType) {
	if !t.Known() {
		s.Others++
		return
	}
	s.Events[t]++
}

func (s *Summary) lost(n uint64) {
	if s.Lost += n; s.Lost < n {
		s.Lost = math.MaxUint64
	}
}
