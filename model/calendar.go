package model

// daysToMarch1601 lie between 0000-03-01 of the proleptic Gregorian
// calendar, where the year of civil begins, and 1601-01-01.
const daysToMarch1601 = 584_694

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
