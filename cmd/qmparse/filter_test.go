package main

import (
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/qmparse/qmparse/model"
)

func parseFilter(args ...string) (*filter, error) {
	var f filterFlags
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	f.add(flags)
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	return f.filter(flags)
}

func TestFilterMatch(t *testing.T) {
	at := func(text string) model.Opt[model.FILETIME] {
		v, ok := model.ParseFILETIME(text)
		if !ok {
			t.Fatal(text)
		}
		return model.Some(v)
	}
	ev := model.Event{EventID: model.Some(uint32(4654)), Channel: model.Some("Security"), Host: model.Some("GW-01.Example.net"),
		Time: at("2026-01-05T08:30:00Z")}
	for _, c := range []struct {
		args  string
		want  bool
		empty bool // of an event that says nothing
	}{
		{"", true, true},
		{"--event-id 4654", true, false},
		{"--event-id 4655", false, false},
		{"--event-id 1,2-4653,4655", false, false},
		{"--event-id 1,4654-4654", true, false},
		{"--event-id 1 --event-id 4600-4700", true, false},
		{"--channel Security", true, false},
		{"--channel SECURITY", true, false},
		{"--channel Secur", false, false},
		{"--channel *", true, false},
		{"--channel System --channel security", true, false},
		{"--host gw-01.example.net", true, false},
		{"--host gw-*", true, false},
		{"--host *.NET", true, false},
		{"--host gw*01*net", true, false},
		{"--host gw*02*net", false, false},
		{"--host gw-01", false, false},
		{"--since 2026-01-05T08:30:00Z", true, true},
		{"--since 2026-01-05T08:30:00.0000001Z", false, true},
		{"--since 2026-01-05T09:30:00+01:00", true, true},
		{"--since 2026-01-05", true, true},
		{"--since 2026-01-06", false, true},
		{"--until 2026-01-05T08:30:00Z", false, true},
		{"--until 2026-01-05T08:30:00.0000001Z", true, true},
		{"--until 2026-01-05", false, true},
		{"--until 1601-01-01", false, true},
		{"--since 2026-01-05 --until 2026-01-06", true, true},
		{"--event-id 4654 --host other", false, false},
		{"--event-id 4654 --until 2026-01-05", false, false},
	} {
		f, err := parseFilter(strings.Fields(c.args)...)
		if err != nil {
			t.Errorf("%s: %v", c.args, err)
			continue
		}
		match := func(ev *model.Event) bool { return f.kind(ev) && f.time(ev.Time) }
		if match(&ev) != c.want || match(&model.Event{}) != c.empty {
			t.Errorf("%s: %t, of an event that says nothing %t", c.args, match(&ev), match(&model.Event{}))
		}
		if f.active() != (c.args != "") {
			t.Errorf("%s: active %t", c.args, f.active())
		}
	}
}

func TestPattern(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{"a", "A", true}, {"a", "ab", false}, {"a", "", false},
		{"*", "", true}, {"*", "abc", true}, {"**", "abc", true},
		{"a*", "a", true}, {"a*", "abc", true}, {"a*", "ba", false},
		{"*c", "abc", true}, {"*c", "cb", false},
		{"a*a", "a", false}, {"a*a", "aa", true}, {"ab*ba", "aba", false},
		{"*b*", "abc", true}, {"*b*", "ac", false},
		{"a*b*b*c", "abc", false}, {"a*b*b*c", "abbc", true}, {"a*bc*bc", "abcbcbc", true},
		{"Microsoft-Windows-WFP/*", "microsoft-windows-wfp/Operational", true},
		{"[a]", "a", false}, {"?", "a", false}, {"Ä*", "äb", true},
	} {
		if got := newPattern(c.pattern).match(c.text); got != c.want {
			t.Errorf("%q, %q: %t", c.pattern, c.text, got)
		}
	}
}

func TestFilterErrors(t *testing.T) {
	for _, args := range [][]string{
		{"--event-id", ""}, {"--event-id", "x"}, {"--event-id", "-1"}, {"--event-id", "1-"}, {"--event-id", "1-2-3"}, {"--event-id", "2-1"},
		{"--event-id", "0x10"}, {"--event-id", "4294967296"}, {"--event-id", "1,,2"},
		{"--host", ""}, {"--channel", "a", "--channel", ""},
		{"--since", ""}, {"--since", "2026"}, {"--since", "2026-13-01"}, {"--since", "2026-01-05 08:30"}, {"--since", "1600-12-31"},
		{"--until", "08:30"}, {"--until", "2026-01-05T08:30Z"},
		{"--since", "2026-01-05T01:00:00Z", "--until", "2026-01-05T02:00:00+01:00"},
	} {
		if _, err := parseFilter(args...); err == nil {
			t.Errorf("%q: no error", args)
		} else if _, ok := err.(usageError); !ok {
			t.Errorf("%q: %v", args, err)
		}
	}
}
