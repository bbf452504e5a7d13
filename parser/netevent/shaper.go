package netevent

import (
	"encoding/binary"
	"strconv"

	"github.com/qmparse/qmparse/model"
)

// shaper writes the units of a payload.
type shaper struct {
	dst         []byte
	payload     []byte
	pointerSize int

	token []byte // of the units from start on that were not written yet
	start int
	count int
}

func (s *shaper) number(name string, n int) {
	s.dst = strconv.AppendInt(append(s.dst, name...), int64(n), 10)
}

// unit adds a unit with that token.
func (s *shaper) unit(at int, token string) {
	if s.count > 0 && string(s.token) == token {
		s.count++
		return
	}
	s.flush()
	s.token, s.start, s.count = append(s.token[:0], token...), at, 1
}

func (s *shaper) flush() {
	if s.count == 0 {
		return
	}
	s.number(" ", s.start)
	s.dst = append(append(s.dst, ':'), s.token...)
	if s.count > 1 {
		s.number("*", s.count)
	}
	s.count = 0
}

// run adds what takes more than a unit, with its size.
func (s *shaper) run(at int, name string, n int) {
	s.flush()
	s.unit(at, name+"("+strconv.Itoa(n)+")")
	s.flush()
}

// units writes units up to end.
func (s *shaper) units(at, end int) int {
	for ; at+8 <= min(end, len(s.payload)); at += 8 {
		s.unit(at, s.whole(at))
	}
	return at
}

// whole returns the token of a unit of which no number is shown.
func (s *shaper) whole(at int) string {
	v := binary.LittleEndian.Uint64(s.payload[at:])
	switch {
	case model.FILETIME(v).Plausible():
		return "time"
	case s.pointerSize == 8 && v >= 1<<32 && v < 1<<47 && uint32(v) >= 1<<16 && v%4 == 0:
		return "ptr"
	}
	return s.class(at) + s.class(at+4)
}

// halves writes units up to end, half by half as half names them; a unit of which it names
// neither is written as a whole.
func (s *shaper) halves(at, end int, half func(at int) string) int {
	for ; at+8 <= end; at += 8 {
		switch low, high := half(at), half(at+4); {
		case len(low) == 1 && len(high) == 1:
			s.unit(at, s.whole(at))
		case low == high:
			s.unit(at, low)
		default:
			s.unit(at, low+","+high)
		}
	}
	return at
}

// class returns x or . for a half.
func (s *shaper) class(at int) string {
	if image(s.payload).u32(at) == 0 {
		return "."
	}
	return "x"
}
