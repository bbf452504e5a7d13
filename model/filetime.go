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

	// daysToMarch1601 lie between 0000-03-01 of the proleptic Gregorian
	// calendar, where the year of civil begins, and 1601-01-01.
	daysToMarch1601 = 584_694
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

// ParseFILETIME reads an ISO 8601 time: date, T, time to the second, up to
// nine digits of a fraction, and Z or an offset as +02:00. Digits of the
// fraction below the tick of 100 ns are cut off. A year past 9999 has a plus
// sign and five digits. It is false for another form, for a date that no
// calendar has, and for a time outside what a FILETIME can hold.
func ParseFILETIME(text string) (FILETIME, bool) {
	p := isoParser{rest: text}
	yearDigits := 4
	if p.take('+') {
		yearDigits = 5
	}
	year := p.digits(yearDigits)
	p.want('-')
	month := p.digits(2)
	p.want('-')
	day := p.digits(2)
	p.want('T')
	hour := p.digits(2)
	p.want(':')
	minute := p.digits(2)
	p.want(':')
	second := p.digits(2)
	var fraction uint32
	if p.take('.') {
		fraction = p.fraction()
	}
	offset := p.zone()
	if p.bad || p.rest != "" || yearDigits == 5 && year < 10_000 ||
		hour > 23 || minute > 59 || second > 59 || !validDate(year, month, day) {
		return 0, false
	}
	// All in signed 64 bits: year 99999 is 3.1e12 seconds past 1601.
	seconds := (daysSince1601(year, month, day)*24+int64(hour))*3600 + int64(minute)*60 + int64(second) - offset
	if seconds < 0 {
		return 0, false
	}
	const lastSecond = (1<<64 - 1) / ticksPerSecond
	const lastFraction = (1<<64 - 1) % ticksPerSecond
	if uint64(seconds) > lastSecond || uint64(seconds) == lastSecond && uint64(fraction) > lastFraction {
		return 0, false
	}
	return FILETIME(uint64(seconds)*ticksPerSecond + uint64(fraction)), true
}

// isoParser reads a text from left to right; bad stays true after the first
// thing that is not as asked.
type isoParser struct {
	rest string
	bad  bool
}

func (p *isoParser) take(c byte) bool {
	if p.rest == "" || p.rest[0] != c {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

func (p *isoParser) want(c byte) {
	if !p.take(c) {
		p.bad = true
	}
}

func (p *isoParser) digits(n int) uint32 {
	if len(p.rest) < n {
		p.bad = true
		return 0
	}
	var v uint32
	for i := range n {
		c := p.rest[i] - '0'
		if c > 9 {
			p.bad = true
			return 0
		}
		v = v*10 + uint32(c)
	}
	p.rest = p.rest[n:]
	return v
}

// fraction reads one to nine digits and returns them in ticks.
func (p *isoParser) fraction() uint32 {
	n := 0
	var v uint32
	for ; n < len(p.rest) && p.rest[n]-'0' <= 9; n++ {
		if n < 7 {
			v = v*10 + uint32(p.rest[n]-'0')
		}
	}
	if n == 0 || n > 9 {
		p.bad = true
		return 0
	}
	p.rest = p.rest[n:]
	for ; n < 7; n++ {
		v *= 10
	}
	return v
}

// zone reads Z or an offset and returns the seconds east of UTC.
func (p *isoParser) zone() int64 {
	if p.take('Z') {
		return 0
	}
	sign := int64(1)
	if p.take('-') {
		sign = -1
	} else {
		p.want('+')
	}
	hour := p.digits(2)
	p.want(':')
	minute := p.digits(2)
	if hour > 23 || minute > 59 {
		p.bad = true
	}
	return sign * (int64(hour)*3600 + int64(minute)*60)
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

// civil converts days since 1601-01-01 to a date. It counts years from March,
// so that a leap day is the last of its year, and in eras of 400 years, which
// all have the same number of days.
func civil(days uint64) (year, month, day uint32) {
	const daysPerEra = 146_097
	days += daysToMarch1601
	era, doe := days/daysPerEra, uint32(days%daysPerEra)
	yoe := (doe - doe/1460 + doe/36_524 - doe/146_096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	m := (5*doy + 2) / 153 // 0 is March
	day = doy - (153*m+2)/5 + 1
	year, month = yoe+uint32(era)*400, m+3
	if month > 12 {
		year, month = year+1, month-12
	}
	return year, month, day
}

// daysSince1601 is the inverse of civil for a valid date, negative before 1601.
func daysSince1601(year, month, day uint32) int64 {
	y, m := int64(year), int64(month)
	if m <= 2 {
		y, m = y-1, m+12
	}
	if y < 0 { // January and February of the year 0: one era later, and back
		return daysSince1601(year+400, month, day) - 146_097
	}
	return y*365 + y/4 - y/100 + y/400 + (153*(m-3)+2)/5 + int64(day) - 1 - daysToMarch1601
}

func validDate(year, month, day uint32) bool {
	if month < 1 || month > 12 || day < 1 {
		return false
	}
	last := uint32(31)
	switch month {
	case 4, 6, 9, 11:
		last = 30
	case 2:
		last = 28
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			last = 29
		}
	}
	return day <= last
}

// Plausible says whether the time may be one that Windows wrote down: the clock of a PC
// starts in 1980, and the dates of its files end with 2107.
func (f FILETIME) Plausible() bool {
	const earliest, latest = 119_600_064_000_000_000, 159_992_927_999_999_999
	return f >= earliest && f <= latest
}
