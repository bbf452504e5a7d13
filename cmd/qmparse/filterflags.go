package main

import (
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/qmparse/qmparse/model"
)

// filterHelp is what the help of a command says that has filters.
const filterHelp = `

Filters leave rows out: --event-id, --channel and --host by what the event says,
in any case of its letters, with * for any characters; --since and --until by
event_time. A time is a date, which is its first
moment, or as 2026-01-05T08:30:00Z; dates are in UTC. An event that does not say
its id, channel or host, as net events have neither id nor channel, is left out if
one is asked for. An event that does not say its time is kept. What was left out
is counted, and damage is reported all the same.`

// filterFlags are the options that leave rows out.
type filterFlags struct {
	ids, channels, hosts []string
	since, until         string
}

func (f *filterFlags) add(flags *pflag.FlagSet) {
	flags.StringArrayVar(&f.ids, "event-id", nil, "only events with one of these ids: `LIST` as 4654,5450-5460; may be repeated")
	flags.StringArrayVar(&f.channels, "channel", nil, "only events of the channel `NAME`, * is any characters; may be repeated")
	flags.StringArrayVar(&f.hosts, "host", nil, "only events of the computer `NAME`, * is any characters; may be repeated")
	flags.StringVar(&f.since, "since", "", "only events at `TIME` or later")
	flags.StringVar(&f.until, "until", "", "only events before `TIME`, which itself is left out")
}

// filter checks the options and returns the filter that they ask for.
func (f *filterFlags) filter(flags *pflag.FlagSet) (*filter, error) {
	var to filter
	for _, list := range f.ids {
		ids, err := parseIDs(list)
		if err != nil {
			return nil, err
		}
		to.ids = append(to.ids, ids...)
	}
	for _, of := range []struct {
		option string
		texts  []string
		to     *[]pattern
	}{{"--channel", f.channels, &to.channels}, {"--host", f.hosts, &to.hosts}} {
		for _, text := range of.texts {
			if text == "" {
				return nil, usagef("%s is empty", of.option)
			}
			*of.to = append(*of.to, newPattern(text))
		}
	}
	var err error
	if flags.Changed("since") {
		if to.since, err = parseTime("--since", f.since); err != nil {
			return nil, err
		}
	}
	if flags.Changed("until") {
		if to.until, err = parseTime("--until", f.until); err != nil {
			return nil, err
		}
	}
	if to.since.OK && to.until.OK && to.since.V >= to.until.V {
		return nil, usagef("--since %s is not before --until %s", f.since, f.until)
	}
	return &to, nil
}

// parseIDs reads a list of event ids and ranges of them.
func parseIDs(list string) (ids []idRange, err error) {
	for item := range strings.SplitSeq(list, ",") {
		first, last, isRange := strings.Cut(strings.TrimSpace(item), "-")
		if !isRange {
			last = first
		}
		from, err1 := strconv.ParseUint(first, 10, 32)
		to, err2 := strconv.ParseUint(last, 10, 32)
		if err1 != nil || err2 != nil || from > to {
			return nil, usagef("--event-id %q: %q is no id or range of ids, as 4654 or 5450-5460", list, item)
		}
		ids = append(ids, idRange{uint32(from), uint32(to)})
	}
	return ids, nil
}

// parseTime reads a time or a date, which is its first moment in UTC.
func parseTime(option, text string) (model.Opt[model.FILETIME], error) {
	t, ok := model.ParseFILETIME(text)
	if !ok {
		t, ok = model.ParseFILETIME(text + "T00:00:00Z")
	}
	if !ok {
		return model.Opt[model.FILETIME]{}, usagef("%s %q: a date as 2026-01-05, or a time with its zone as 2026-01-05T08:30:00Z", option, text)
	}
	return model.Some(t), nil
}
