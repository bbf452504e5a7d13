package evtx

import "github.com/qmparse/qmparse/model"

// Want says which events are wanted, by what can be known of an event before it is
// decoded.
type Want struct {
	// Kind says so by Format, Provider, ProviderGUID, Channel, EventID and Host;
	// nil wants all. It is asked once for many events and must answer the same
	// for the same; no other field is set.
	Kind func(*model.Event) bool

	// Since and Until bound the time of an event: not before Since, before
	// Until. An event whose time is unknown is within any bounds.
	Since, Until model.Opt[model.FILETIME]

	// AnyTime wants events of these kinds whatever their time, which their data may tell
	// better: the bounds are for what is stepped over alone, [Passed.Within].
	AnyTime bool
}

// Time says whether t is within the bounds.
func (w *Want) Time(t model.Opt[model.FILETIME]) bool {
	return !t.OK || (!w.Since.OK || t.V >= w.Since.V) && (!w.Until.OK || t.V < w.Until.V)
}

// bounds returns the ticks that wanted times lie between, the second included.
func (w *Want) bounds() (first, last model.FILETIME) {
	last = 1<<64 - 1
	if w == nil {
		return first, last
	}
	if w.Since.OK {
		first = w.Since.V
	}
	if w.Until.OK {
		if w.Until.V == 0 {
			return 1, 0
		}
		last = w.Until.V - 1
	}
	return first, last
}
