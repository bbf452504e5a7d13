package model

import "time"

// FILETIME counts 100 ns ticks since 1601-01-01 00:00 UTC (minwinbase.h).
type FILETIME uint64

const (
	ticksPerSecond = 10_000_000
	ticksPerDay    = 86_400 * ticksPerSecond

	// unixSeconds lie between the epochs of 1601 and 1970.
	unixSeconds = 11_644_473_600

	// lastCalendarTick is 9999-12-31T23:59:59.9999999Z.
	lastCalendarTick FILETIME = 2_650_467_743_999_999_999
)

// Time returns the time in UTC. It is false from the year 10000 on, which few
// programs read back; the value is then the zero Time.
func (f FILETIME) Time() (time.Time, bool) {
	if f > lastCalendarTick {
		return time.Time{}, false
	}
	return time.Unix(int64(f/ticksPerSecond)-unixSeconds, int64(f%ticksPerSecond)*100).UTC(), true
}

// UnixMicros returns microseconds since 1970, the last digit of the ticks cut
// off (towards the past). It is false from the year 10000 on.
func (f FILETIME) UnixMicros() (int64, bool) {
	if f > lastCalendarTick {
		return 0, false
	}
	return int64(f/10) - unixSeconds*1_000_000, true
}

// AppendISO appends the time as ISO 8601 with seven digits of the second,
// 2020-07-10T17:20:06.6871033Z. A year past 9999 has five digits and a plus
// sign before them, as ISO 8601 writes expanded years; the last tick of all is
// in the year 60056.
func (f FILETIME) AppendISO(dst []byte) []byte {
	days, ticks := uint64(f)/ticksPerDay, uint64(f)%ticksPerDay
	year, month, day := civil(days)

	var t [30]byte // +60056-05-28T05:36:10.9551615Z is 30
	n := 0
	if year > 9999 {
		t[0], t[1] = '+', '0'+byte(year/10_000)
		n = 2
	}
	put2(t[n:], year/100%100)
	put2(t[n+2:], year%100)
	t[n+4], t[n+7], t[n+10], t[n+13], t[n+16], t[n+19], t[n+27] = '-', '-', 'T', ':', ':', '.', 'Z'
	put2(t[n+5:], month)
	put2(t[n+8:], day)
	seconds, fraction := uint32(ticks/ticksPerSecond), uint32(ticks%ticksPerSecond)
	put2(t[n+11:], seconds/3600)
	put2(t[n+14:], seconds/60%60)
	put2(t[n+17:], seconds%60)
	put2(t[n+20:], fraction/100_000)
	put2(t[n+22:], fraction/1000%100)
	put2(t[n+24:], fraction/10%100)
	t[n+26] = '0' + byte(fraction%10)
	return append(dst, t[:n+28]...)
}

// String returns the text of [FILETIME.AppendISO].
func (f FILETIME) String() string {
	var t [30]byte
	return string(f.AppendISO(t[:0]))
}

// FILETIMEFromSystemTime converts a SYSTEMTIME (minwinbase.h), taken as UTC:
//
//	 0  2  wYear          1601 to 30827
//	 2  2  wMonth         1 to 12
//	 4  2  wDayOfWeek     not looked at, as Windows does
//	 6  2  wDay
//	 8  2  wHour
//	10  2  wMinute
//	12  2  wSecond
//	14  2  wMilliseconds
//
// all little-endian. It is false if a member is out of range or the date is in
// no calendar, as of a structure of zeros.
func FILETIMEFromSystemTime(b [16]byte) (FILETIME, bool) {
	u16 := func(i int) uint32 { return uint32(b[i]) | uint32(b[i+1])<<8 }
	const lastYear = 30827 // the highest that Windows takes
	year, month, day := u16(0), u16(2), u16(6)
	hour, minute, second, millisecond := u16(8), u16(10), u16(12), u16(14)
	if year < 1601 || year > lastYear || !validDate(year, month, day) ||
		hour > 23 || minute > 59 || second > 59 || millisecond > 999 {
		return 0, false
	}
	seconds := (uint64(daysSince1601(year, month, day))*24+uint64(hour))*3600 + uint64(minute)*60 + uint64(second)
	return FILETIME(seconds*ticksPerSecond + uint64(millisecond)*10_000), true
}

// Plausible says whether the time may be one that Windows wrote down: the clock of a PC
// starts in 1980, and the dates of its files end with 2107.
func (f FILETIME) Plausible() bool {
	const earliest, latest = 119_600_064_000_000_000, 159_992_927_999_999_999
	return f >= earliest && f <= latest
}
