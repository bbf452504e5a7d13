package model

import (
	"fmt"
	"math"
	"testing"
	"time"
)

// Ticks and dates were computed with another program's calendar.
var filetimes = []struct {
	ticks FILETIME
	iso   string
}{
	{0, "1601-01-01T00:00:00.0000000Z"},
	{1, "1601-01-01T00:00:00.0000001Z"},
	{997056000000000, "1604-02-29T00:00:00.0000000Z"},
	{31292352000000000, "1700-03-01T00:00:00.0000000Z"},
	{31292352000000000 - 1, "1700-02-28T23:59:59.9999999Z"}, // 1700 is no leap year
	{116444736000000000, "1970-01-01T00:00:00.0000000Z"},
	{125962560000000000, "2000-02-29T00:00:00.0000000Z"}, // 2000 is one
	{132388752066871033, "2020-07-10T17:20:06.6871033Z"},
	{157519296000000000 + 864000000000, "2100-03-01T00:00:00.0000000Z"},
	{2650467743999999999, "9999-12-31T23:59:59.9999999Z"},
	{2650467744000000000, "+10000-01-01T00:00:00.0000000Z"},
	{1 << 63, "+30828-09-14T02:48:05.4775808Z"},
	{math.MaxUint64, "+60056-05-28T05:36:10.9551615Z"},
}

func TestFILETIMEText(t *testing.T) {
	for _, c := range filetimes {
		if got := string(c.ticks.AppendISO([]byte("at "))); got != "at "+c.iso {
			t.Errorf("%d: got %q, want %q", uint64(c.ticks), got, c.iso)
		}
		if got := c.ticks.String(); got != c.iso {
			t.Errorf("%d: String %q, want %q", uint64(c.ticks), got, c.iso)
		}
		if got, ok := ParseFILETIME(c.iso); !ok || got != c.ticks {
			t.Errorf("%s: parsed %d, %t, want %d", c.iso, uint64(got), ok, uint64(c.ticks))
		}
	}
}

func TestFILETIMETime(t *testing.T) {
	for _, c := range []struct {
		ticks  FILETIME
		micros int64
		ok     bool
	}{
		{0, -11644473600000000, true},
		{9, -11644473600000000, true}, // cut towards the past, on this side of 1970 too
		{10, -11644473599999999, true},
		{116444736000000000, 0, true},
		{116444735999999999, -1, true},
		{116444736000000019, 1, true},
		{2650467743999999999, 253402300799999999, true},
		{2650467744000000000, 0, false},
		{math.MaxUint64, 0, false},
	} {
		if got, ok := c.ticks.UnixMicros(); got != c.micros || ok != c.ok {
			t.Errorf("%d: UnixMicros %d, %t, want %d, %t", uint64(c.ticks), got, ok, c.micros, c.ok)
		}
		got, ok := c.ticks.Time()
		if ok != c.ok || !ok && !got.IsZero() {
			t.Errorf("%d: Time %v, %t, want ok %t", uint64(c.ticks), got, ok, c.ok)
		}
		if ok {
			// Microseconds since 1970 and the digit that they lack.
			back := got.Unix()*10_000_000 + int64(got.Nanosecond())/100 + 116444736000000000
			if back != int64(c.ticks) {
				t.Errorf("%d: Time %v is %d ticks", uint64(c.ticks), got, back)
			}
		}
	}
}

func TestParseFILETIME(t *testing.T) {
	for _, c := range []struct {
		text string
		want FILETIME
		ok   bool
	}{
		{"2020-07-10T17:20:06.687103300Z", 132388752066871033, true}, // as in EVTX rendered to XML
		{"2020-07-10T17:20:06.687103399Z", 132388752066871033, true},
		{"2020-07-10T17:20:06.687Z", 132388752066870000, true}, // as netsh
		{"2020-07-10T17:20:06Z", 132388752060000000, true},
		{"2020-07-10T19:20:06+02:00", 132388752060000000, true},
		{"2020-07-10T11:50:06-05:30", 132388752060000000, true},
		{"1600-12-31T23:00:00-01:00", 0, true},
		{"1601-01-01T00:00:00.000Z", 0, true},
		{"2000-02-29T00:00:00Z", 125962560000000000, true},

		{"", 0, false},
		{"2020-07-10", 0, false},
		{"2020-07-10 17:20:06Z", 0, false},
		{"2020-07-10T17:20:06", 0, false}, // of no zone: which time?
		{"2020-07-10T17:20:06.Z", 0, false},
		{"2020-07-10T17:20:06.1234567890Z", 0, false},
		{"2020-07-10T17:20:06Zx", 0, false},
		{"2020-07-10T17:20:06+0200", 0, false},
		{"2020-07-10T17:20:06+24:00", 0, false},
		{"2020-13-10T17:20:06Z", 0, false},
		{"2020-00-10T17:20:06Z", 0, false},
		{"2020-04-31T17:20:06Z", 0, false},
		{"2021-02-29T17:20:06Z", 0, false},
		{"1900-02-29T17:20:06Z", 0, false},
		{"2020-07-00T17:20:06Z", 0, false},
		{"2020-07-10T24:00:00Z", 0, false},
		{"2020-07-10T17:60:06Z", 0, false},
		{"2020-07-10T17:20:60Z", 0, false},
		{"2020-07-10T-7:20:06Z", 0, false},
		{"1600-12-31T23:59:59.9999999Z", 0, false},
		{"0000-01-01T00:00:00Z", 0, false},
		{"1601-01-01T00:00:00+00:01", 0, false},
		{"+09999-12-31T00:00:00Z", 0, false},
		{"10000-01-01T00:00:00Z", 0, false},
		{"+60056-05-28T05:36:10.9551616Z", 0, false}, // one tick too many
		{"+60056-05-28T05:36:11Z", 0, false},
		{"+99999-12-31T23:59:59Z", 0, false},
	} {
		got, ok := ParseFILETIME(c.text)
		if ok != c.ok || got != c.want {
			t.Errorf("%q: got %d, %t, want %d, %t", c.text, uint64(got), ok, uint64(c.want), c.ok)
		}
	}
	const whole = "2020-07-10T17:20:06.687103300+02:00"
	for n := range whole {
		if got, ok := ParseFILETIME(whole[:n]); ok {
			t.Errorf("prefix %q: got %d", whole[:n], uint64(got))
		}
	}
}

func TestSystemTime(t *testing.T) {
	for _, c := range []struct {
		name string
		b    [16]byte
		want string // "" is refused
	}{
		{"usual", [16]byte{0xE4, 7, 7, 0, 5, 0, 10, 0, 17, 0, 20, 0, 6, 0, 0xAF, 2}, "2020-07-10T17:20:06.6870000Z"},
		{"a wrong day of the week", [16]byte{0xE4, 7, 7, 0, 99, 0, 10, 0, 17, 0, 20, 0, 6, 0, 0xAF, 2}, "2020-07-10T17:20:06.6870000Z"},
		{"the first", [16]byte{0x41, 6, 1, 0, 0, 0, 1, 0}, "1601-01-01T00:00:00.0000000Z"},
		{"leap day", [16]byte{0xD0, 7, 2, 0, 0, 0, 29, 0}, "2000-02-29T00:00:00.0000000Z"},
		{"the last year", [16]byte{0x6B, 0x78, 12, 0, 0, 0, 31, 0, 23, 0, 59, 0, 59, 0, 0xE7, 3}, "+30827-12-31T23:59:59.9990000Z"},
		{"zeros", [16]byte{}, ""},
		{"before 1601", [16]byte{0x40, 6, 12, 0, 0, 0, 31, 0}, ""},
		{"after the last year", [16]byte{0x6C, 0x78, 1, 0, 0, 0, 1, 0}, ""},
		{"month 13", [16]byte{0xE4, 7, 13, 0, 0, 0, 1, 0}, ""},
		{"month 257", [16]byte{0xE4, 7, 1, 1, 0, 0, 1, 0}, ""},
		{"day 0", [16]byte{0xE4, 7, 1, 0}, ""},
		{"February 30", [16]byte{0xE4, 7, 2, 0, 0, 0, 30, 0}, ""},
		{"hour 24", [16]byte{0xE4, 7, 1, 0, 0, 0, 1, 0, 24, 0}, ""},
		{"minute 60", [16]byte{0xE4, 7, 1, 0, 0, 0, 1, 0, 0, 0, 60, 0}, ""},
		{"second 60", [16]byte{0xE4, 7, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 60, 0}, ""},
		{"millisecond 1000", [16]byte{0xE4, 7, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0xE8, 3}, ""},
	} {
		got, ok := FILETIMEFromSystemTime(c.b)
		if ok != (c.want != "") || ok && got.String() != c.want {
			t.Errorf("%s: got %v, %t, want %q", c.name, got, ok, c.want)
		}
	}
}

// FuzzFILETIME compares with package time, which has its own calendar.
func FuzzFILETIME(f *testing.F) {
	for _, c := range filetimes {
		f.Add(uint64(c.ticks))
	}
	f.Fuzz(func(t *testing.T, ticks uint64) {
		ft := FILETIME(ticks)
		want := time.Unix(int64(ticks/10_000_000)-11644473600, int64(ticks%10_000_000)*100).UTC()
		text := fmt.Sprintf("%04d%s", want.Year(), want.Format("-01-02T15:04:05.0000000Z"))
		if want.Year() > 9999 {
			text = "+" + text
		}
		if got := ft.String(); got != text {
			t.Errorf("%d: got %s, want %s", ticks, got, text)
		}
		got, ok := ft.Time()
		if ok != (want.Year() <= 9999) || ok && !got.Equal(want) {
			t.Errorf("%d: Time %v, %t, want %v", ticks, got, ok, want)
		}
		if micros, ok := ft.UnixMicros(); ok && micros != want.UnixMicro() {
			t.Errorf("%d: UnixMicros %d, want %d", ticks, micros, want.UnixMicro())
		}
		if back, ok := ParseFILETIME(text); !ok || back != ft {
			t.Errorf("%s: parsed %d, %t, want %d", text, uint64(back), ok, ticks)
		}
	})
}

// FuzzParseFILETIME: what is accepted is a time that package time reads alike.
func FuzzParseFILETIME(f *testing.F) {
	for _, c := range filetimes {
		f.Add(c.iso)
	}
	f.Add("2020-07-10T11:50:06.687103399-05:30")
	f.Fuzz(func(t *testing.T, text string) {
		got, ok := ParseFILETIME(text)
		if !ok || text[0] == '+' {
			return // package time has no expanded years
		}
		want, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			t.Fatalf("%q: accepted, but %v", text, err)
		}
		if s, ns := want.Unix()+11644473600, want.Nanosecond(); uint64(s)*10_000_000+uint64(ns/100) != uint64(got) {
			t.Errorf("%q: got %v, want %v", text, got, want)
		}
	})
}

func BenchmarkFILETIMEAppendISO(b *testing.B) {
	b.ReportAllocs()
	buf := make([]byte, 0, 64)
	for i := range b.N {
		buf = FILETIME(132388752066871033 + uint64(i)*7_777_777).AppendISO(buf[:0])
	}
}

func BenchmarkParseFILETIME(b *testing.B) {
	b.ReportAllocs()
	for range b.N {
		if _, ok := ParseFILETIME("2020-07-10T17:20:06.687103300Z"); !ok {
			b.Fatal("refused")
		}
	}
}
