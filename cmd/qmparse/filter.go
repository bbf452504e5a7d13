package main

import (
	"fmt"
	"strings"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser"
)

// filter says which events are let through: those that every condition is true of
// that was given. Of conditions on one thing (two hosts) one is enough. What an
// event does not say is not what was asked for, but for its time: an event without
// one may be from any time, and is let through.
type filter struct {
	ids      []idRange
	channels []pattern
	hosts    []pattern
	since    model.Opt[model.FILETIME] // not before
	until    model.Opt[model.FILETIME] // before
}

// idRange is a range of event ids, both ends included.
type idRange struct{ first, last uint32 }

// active says whether there is any condition.
func (f *filter) active() bool {
	return len(f.ids) > 0 || len(f.channels) > 0 || len(f.hosts) > 0 || f.timed()
}

// timed says whether there is a condition on the time.
func (f *filter) timed() bool { return f.since.OK || f.until.OK }

// kind says whether the conditions but those on the time are true.
func (f *filter) kind(ev *model.Event) bool {
	return f.id(ev.EventID) && anyOf(f.channels, ev.Channel) && anyOf(f.hosts, ev.Host)
}

// time says whether the conditions on the time are true.
func (f *filter) time(t model.Opt[model.FILETIME]) bool {
	return (&parser.Want{Since: f.since, Until: f.until}).Time(t)
}

func (f *filter) id(id model.Opt[uint32]) bool {
	if len(f.ids) == 0 {
		return true
	}
	for _, r := range f.ids {
		if id.OK && id.V >= r.first && id.V <= r.last {
			return true
		}
	}
	return false
}

func anyOf(patterns []pattern, text model.Opt[string]) bool {
	if len(patterns) == 0 {
		return true
	}
	for _, p := range patterns {
		if text.OK && p.match(text.V) {
			return true
		}
	}
	return false
}

// pattern is a text in which * stands for any characters, or none. Upper and lower
// case are the same.
type pattern []string // what stands between the stars, in lower case

func newPattern(text string) pattern { return strings.Split(strings.ToLower(text), "*") }

func (p pattern) match(text string) bool {
	text = strings.ToLower(text)
	if len(p) == 1 {
		return text == p[0]
	}
	first, last := p[0], p[len(p)-1]
	if len(text) < len(first)+len(last) || !strings.HasPrefix(text, first) || !strings.HasSuffix(text, last) {
		return false
	}
	text = text[len(first) : len(text)-len(last)]
	for _, part := range p[1 : len(p)-1] {
		_, after, found := strings.Cut(text, part)
		if !found {
			return false
		}
		text = after
	}
	return true
}

// filtered counts what a filter did.
type filtered struct {
	left     int64 // records that were left out
	rows     int64 // of them, those that would have been rows
	timeless int64 // rows let through although their time is unknown
}

func (f *filtered) add(o filtered) {
	f.left += o.left
	f.rows += o.rows
	f.timeless += o.timeless
}

// say says what the filter did. What is what the table has rows of; if all is set
// every record is one.
func (f *filter) say(con *console, n filtered, what string, all bool) {
	if !f.active() {
		return
	}
	among := ""
	if !all && n.left > 0 {
		among = fmt.Sprintf(", %s among them", plural(n.rows, what))
	}
	con.say("filter: left out %s%s", plural(n.left, "record"), among)
	if n.timeless > 0 {
		con.say("filter: kept %s of unknown time", plural(n.timeless, what))
	}
}
