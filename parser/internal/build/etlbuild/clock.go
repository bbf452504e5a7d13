package etlbuild

import (
	"math/big"

	"github.com/qmparse/qmparse/model"
)

// Clock is what the times of records count.
type Clock uint32

// The clocks.
const (
	QPC        Clock = 1 // PerfFreq a second
	SystemTime Clock = 2 // FILETIME
	CPU        Clock = 3 // MHz a microsecond
)

// ratio is the clock's ticks in so many units of 100 ns.
func (o *Options) ratio() (ticks, units int64) {
	switch o.Clock {
	case QPC:
		return int64(o.PerfFreq), 10_000_000
	case CPU:
		return int64(o.MHz), 10
	}
	return 1, 1
}

// ticks is the clock at a time: the last tick that is not after it.
func (o *Options) ticks(at model.FILETIME) uint64 {
	ticks, units := o.ratio()
	return uint64(int64(o.StartTicks) + scale(int64(at-o.Start), ticks, units))
}

// time is the time of a clock value, to the full 100 ns before.
func (o *Options) time(at uint64) model.FILETIME {
	ticks, units := o.ratio()
	return o.Start + model.FILETIME(scale(int64(at-o.StartTicks), units, ticks))
}

// scale is ⌊v × mul / div⌋.
func scale(v, mul, div int64) int64 {
	p := new(big.Int).Mul(big.NewInt(v), big.NewInt(mul))
	if div == 0 {
		return 0
	}
	m := new(big.Int)
	p.DivMod(p, big.NewInt(div), m)
	return p.Int64()
}
