package etl

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/qmparse/qmparse/model"
)

// Worked by hand: 2024-11-05T08:00:00Z is 133752672000000000 ticks.
func TestClockByHand(t *testing.T) {
	const start = 133752672000000000
	for _, c := range []struct {
		name   string
		header TraceHeader
		origin uint64
		time   uint64
		want   model.FILETIME
		ok     bool
	}{
		{"the origin", TraceHeader{ClockType: ClockQPC, PerfFreq: 10_000_000}, 5000, 5000, start, true},
		{"a second at 10 MHz", TraceHeader{ClockType: ClockQPC, PerfFreq: 10_000_000}, 5000, 10_005_000, start + 10_000_000, true},
		{"before the origin", TraceHeader{ClockType: ClockQPC, PerfFreq: 10_000_000}, 5000, 4000, start - 1000, true},
		{"a second at 2246095 Hz", TraceHeader{ClockType: ClockQPC, PerfFreq: 2_246_095}, 7, 2_246_102, start + 10_000_000, true},
		{"one tick of it is 4.45", TraceHeader{ClockType: ClockQPC, PerfFreq: 2_246_095}, 7, 8, start + 4, true},
		{"one before is 5 before, not 4", TraceHeader{ClockType: ClockQPC, PerfFreq: 2_246_095}, 7, 6, start - 5, true},
		{"a century at 3 GHz", TraceHeader{ClockType: ClockQPC, PerfFreq: 3_000_000_000}, 0, 3_000_000_000 * 3_155_760_000 / 2, start + 10_000_000*3_155_760_000/2, true},
		{"system time", TraceHeader{ClockType: ClockSystemTime, PerfFreq: 77}, 5000, start + 9, start + 9, true},
		{"system time 0", TraceHeader{ClockType: ClockSystemTime}, 5000, 0, 0, true},
		{"a microsecond of 2400 MHz", TraceHeader{ClockType: ClockCPU, CPUMHz: 2400}, 100, 2500, start + 10, true},
		{"half a tick of it", TraceHeader{ClockType: ClockCPU, CPUMHz: 2400}, 100, 100 + 359, start + 1, true},
		{"no frequency", TraceHeader{ClockType: ClockQPC}, 0, 1, 0, false},
		{"no MHz", TraceHeader{ClockType: ClockCPU}, 0, 1, 0, false},
		{"an unknown clock", TraceHeader{ClockType: 4, PerfFreq: 1, CPUMHz: 1}, 0, 1, 0, false},
		{"no clock", TraceHeader{PerfFreq: 1, CPUMHz: 1}, 0, 1, 0, false},
		{"before 1601", TraceHeader{ClockType: ClockQPC, PerfFreq: 1}, 1 << 62, 0, 0, false},
		{"past all ticks", TraceHeader{ClockType: ClockQPC, PerfFreq: 1}, 0, 1 << 62, 0, false},
	} {
		c.header.StartTime = start
		clock := newClock(&c.header, c.origin)
		got, ok := clock.filetime(c.time)
		if ok != c.ok || ok && got != c.want {
			t.Errorf("%s: %d %t, want %d %t", c.name, got, ok, c.want, c.ok)
		}
	}
}

// The arithmetic is exact: compared with numbers of any size.
func TestClockIsExact(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 5))
	floor := new(big.Int)
	for range 100_000 {
		h := TraceHeader{ClockType: ClockQPC, PerfFreq: r.Uint64() >> (r.Uint32() % 64), StartTime: model.FILETIME(r.Uint64() >> (r.Uint32() % 64))}
		if h.PerfFreq == 0 {
			continue
		}
		origin, at := r.Uint64(), r.Uint64()
		if r.Uint32()%2 == 0 {
			at = origin + r.Uint64()>>(r.Uint32()%64) - r.Uint64()>>(r.Uint32()%64)
		}
		clock := newClock(&h, origin)
		got, ok := clock.filetime(at)
		since := big.NewInt(int64(at - origin))
		since.Mul(since, big.NewInt(10_000_000))
		floor.Div(since, new(big.Int).SetUint64(h.PerfFreq)) // Euclidean: towards the past
		floor.Add(floor, new(big.Int).SetUint64(uint64(h.StartTime)))
		fits := floor.IsUint64()
		if ok && (!fits || floor.Uint64() != uint64(got)) || !ok && fits && int64(at-origin) != math.MinInt64 {
			t.Fatalf("%d Hz, start %d, %d after %d: %d %t, want %v", h.PerfFreq, h.StartTime, at, origin, got, ok, floor)
		}
	}
}
