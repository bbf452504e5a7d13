package model

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
