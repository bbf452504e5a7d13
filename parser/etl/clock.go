package etl

import (
	"fmt"
	"math/bits"

	"github.com/qmparse/qmparse/model"
)

// ClockType says what the time of a record counts (WNODE_HEADER.ClientContext).
//
// https://learn.microsoft.com/windows/win32/etw/wnode-header
type ClockType uint32

// The clocks.
const (
	ClockQPC        ClockType = 1 // ticks of the performance counter, PerfFreq a second
	ClockSystemTime ClockType = 2 // FILETIME
	ClockCPU        ClockType = 3 // cycles of the processor, CpuSpeedInMHz a microsecond
)

// String returns the clock's name, or its number.
func (t ClockType) String() string {
	switch t {
	case ClockQPC:
		return "qpc"
	case ClockSystemTime:
		return "system_time"
	case ClockCPU:
		return "cpu"
	}
	return fmt.Sprintf("clock(%d)", uint32(t))
}

// ticksPerSecond is how many ticks of a FILETIME a second has.
const ticksPerSecond = 10_000_000

// clock turns the time of a record into a FILETIME: StartTime and what has
// passed since the record that describes the trace.
type clock struct {
	typ    ClockType
	origin uint64 // the time of that record
	start  model.FILETIME
	num    uint64 // ticks of FILETIME in den ticks of the clock; 0 if that is not known
	den    uint64
}

func newClock(h *TraceHeader, origin uint64) clock {
	c := clock{typ: h.ClockType, origin: origin, start: h.StartTime}
	switch h.ClockType {
	case ClockQPC:
		c.num, c.den = ticksPerSecond, h.PerfFreq
	case ClockCPU:
		c.num, c.den = ticksPerSecond/1_000_000, uint64(h.CPUMHz)
	}
	if c.den == 0 {
		c.num = 0
	}
	return c
}

// filetime converts the time of a record. It is false if the clock cannot be
// read, and for a time that a FILETIME cannot hold. Parts of a tick are cut off,
// towards the past. A time is never moved into the span of the header: EndTime may
// be stale, and records are written after it.
func (c *clock) filetime(t uint64) (model.FILETIME, bool) {
	if c.typ == ClockSystemTime {
		return model.FILETIME(t), true
	}
	if c.num == 0 {
		return 0, false
	}
	since := t - c.origin
	before := int64(since) < 0
	if before {
		since = -since
	}
	ticks, rest := since, uint64(0)
	if c.num != c.den { // they are the same on most machines: 10 MHz
		hi, lo := bits.Mul64(since, c.num)
		if hi >= c.den {
			return 0, false
		}
		ticks, rest = bits.Div64(hi, lo, c.den)
	}
	if !before {
		sum, carry := bits.Add64(uint64(c.start), ticks, 0)
		return model.FILETIME(sum), carry == 0
	}
	if rest != 0 {
		ticks++
	}
	diff, borrow := bits.Sub64(uint64(c.start), ticks, 0)
	return model.FILETIME(diff), borrow == 0
}
