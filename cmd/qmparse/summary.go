package main

import (
	"fmt"
	"strings"

	"github.com/qmparse/qmparse/model"
)

// states are all record states in the order in which they are counted out.
var states = []model.RecordState{model.StateLive, model.StatePastFree, model.StateSlack, model.StateCarved}

// sayRead says what was read.
func (l *ledger) sayRead() {
	var counts []string
	for _, s := range states {
		if n := *l.tally.records.of(s); n > 0 {
			counts = append(counts, fmt.Sprintf("%d %s", n, s))
		}
	}
	text := ""
	if len(counts) > 0 {
		text = " (" + strings.Join(counts, ", ") + ")"
	}
	other := ""
	if l.searched > 0 {
		other = ", searched " + plural(int64(l.searched), "other file")
	}
	l.con.say("read %s%s, %s, %s%s", plural(int64(l.logs), "log"), other, bytesText(l.tally.bytes), plural(l.tally.total(), "record"), text)
	if l.missing > 0 || l.missingMore {
		least := ""
		if l.missingMore {
			least = "at least "
		}
		l.con.say("missing among the current records: %s%s, in %s", least, plural(int64(l.missing), "record id"), plural(int64(l.missingLogs), "log"))
	}
	if k := l.tally.cleared(); k.n > 0 {
		last := ""
		if t := timeText(k.span.last); t != nil {
			last = ", the last at " + *t
		}
		l.con.say("cleared: %s (1102, 104) say that a log was cleared%s", plural(k.n, "record"), last)
	}
	if l.back.N > 0 {
		l.con.say("time goes back before %s, at most %s s", plural(l.back.N, "record"), backOf(l.back).Seconds)
	}
	if l.passedOver > 0 {
		l.con.say("passed over %s, not of a format that is read (-v names them)", plural(int64(l.passedOver), "file"))
	}
}

// sayDamage says how much could not be read; each place was said when it was
// found.
func (l *ledger) sayDamage(quiet bool) {
	if l.damages > 0 && !quiet {
		l.con.say("damaged: %s of %s", plural(l.damages, "place"), plural(int64(l.damagedLogs), "input"))
	}
	if l.before > 0 && !quiet {
		l.con.say("damaged, or not to be read, in an earlier run: %s", plural(l.before, "input"))
	}
	if l.tally.undecodable > 0 && !quiet {
		l.con.say("not decoded: %s", plural(l.tally.undecodable, "record"))
	}
}

// whyNone says why there may be no Quick Mode failure among what was read.
func (l *ledger) whyNone() (why []string) {
	say := func(format string, args ...any) { why = append(why, fmt.Sprintf(format, args...)) }
	if l.logs == 0 && l.tally.total() == 0 {
		say("no log was found")
		return why
	}
	if l.tally.total() == 0 {
		say("the logs hold no records")
		return why
	}
	var channels []string
	for _, k := range l.tally.sorted() {
		if n := len(channels); k.channel != "" && (n == 0 || channels[n-1] != k.channel) {
			channels = append(channels, k.channel)
		}
	}
	sum := l.tally.sum()
	security, wfp := sum.security, sum.wfp
	if security > 0 {
		say("no event 4654 among %s of channel Security: auditing of IPsec Quick Mode is off by default "+
			`(auditpol /set /subcategory:"IPsec Quick Mode" /failure:enable turns it on)`, plural(security, "record"))
	}
	if wfp > 0 {
		say("no event 1007 among %s of Microsoft-Windows-WFP", plural(wfp, "record"))
	}
	if n := l.tally.netEvents; n > 0 {
		say("no failure of Quick Mode among %s", plural(n, "net event"))
	}
	if n := l.tally.traceEvents; n > 0 && wfp == 0 {
		say("no event 1007 of Microsoft-Windows-WFP and no raw net event of Quick Mode among %s of trace logs", plural(n, "record"))
	}
	if security == 0 && wfp == 0 && len(channels) > 0 {
		const most = 5
		more := ""
		if len(channels) > most {
			channels, more = channels[:most], fmt.Sprintf(" and %d more", len(channels)-most)
		}
		if l.tally.other.n > 0 {
			more += ", and perhaps of others"
		}
		say("no event 4654 or 1007: they are written to Security and to the channels of Microsoft-Windows-WFP, the records here are of %s%s",
			strings.Join(channels, ", "), more)
	}
	return why
}

func plural(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func bytesText(n int64) string {
	units := []string{"bytes", "KiB", "MiB", "GiB", "TiB"}
	f, u := float64(n), 0
	for f >= 1024 && u < len(units)-1 {
		f, u = f/1024, u+1
	}
	if u == 0 {
		return fmt.Sprintf("%d bytes", n)
	}
	return fmt.Sprintf("%.1f %s", f, units[u])
}
