package quickmode

import (
	"slices"
	"strings"

	"github.com/qmparse/qmparse/model"
)

const (
	auditFailureID = 4654
	wfpFailureID   = 1007

	auditProvider = "Microsoft-Windows-Security-Auditing"
	wfpProvider   = "Microsoft-Windows-WFP"
)

var (
	// {54849625-5478-4994-A5BA-3E3B0328C30D}
	auditGUID = model.GUID{0x54, 0x84, 0x96, 0x25, 0x54, 0x78, 0x49, 0x94, 0xA5, 0xBA, 0x3E, 0x3B, 0x03, 0x28, 0xC3, 0x0D}
	// {0C478C5B-0351-41B1-8C58-4A6737DA32E3}
	wfpGUID = model.GUID{0x0C, 0x47, 0x8C, 0x5B, 0x03, 0x51, 0x41, 0xB1, 0x8C, 0x58, 0x4A, 0x67, 0x37, 0xDA, 0x32, 0xE3}
)

// Wants reports whether ev tells of a Quick Mode failure: whether it has the
// event id and its provider's name, in any case, or its provider's GUID. One of
// the two suffices, but in a trace the GUID alone decides; channel and version do not
// matter. Of a net event its type decides alone. Only system fields and that
// type are looked at, so a parser can ask before it decodes the data and fill
// [model.Event.Fields] for these events alone.
func Wants(ev *model.Event) bool { return mappingOf(ev) != nil }

// mapping is what to do with the fields of one event.
type mapping struct {
	names []string // in template order
	v0    int      // how many of them version 0 has; version 1 has all
	apply func(*mapper)
}

var (
	auditMapping = mapping{auditNames, 19, (*mapper).audit}
	wfpMapping   = mapping{wfpNames, 15, (*mapper).wfp}

	netEventMapping = mapping{apply: (*mapper).netEvent} // without fields
)

func mappingOf(ev *model.Event) *mapping {
	switch {
	case isNetEvent(ev):
		return &netEventMapping
	case !ev.EventID.OK:
		return nil
	case ev.EventID.V == auditFailureID && isFrom(ev, auditProvider, auditGUID):
		return &auditMapping
	case ev.EventID.V == wfpFailureID && isFrom(ev, wfpProvider, wfpGUID):
		return &wfpMapping
	}
	return nil
}

// isFrom goes by name or GUID, for a log may lack either. A trace has the GUID
// always, and a TraceLogging provider there calls itself what it likes.
func isFrom(ev *model.Event, name string, guid model.GUID) bool {
	if ev.TemplateSource == model.TemplateBuiltIn && !ev.Provider.OK && !ev.ProviderGUID.OK {
		// The values told, where the name was lost with the template, if they did.
		return !slices.ContainsFunc(ev.Diagnostics, func(d model.Diagnostic) bool { return d.Code == model.ProviderUnknown })
	}
	return ev.ProviderGUID.OK && ev.ProviderGUID.V == guid ||
		ev.Format != model.FormatETL && ev.Provider.OK && strings.EqualFold(ev.Provider.V, name)
}

// Map returns the failure that ev tells of, and false if [Wants] is false. It
// reads the fields by their names; only if none has a name, by their places, and
// then only if there are exactly as many as one version has. Whatever cannot be
// read, there is a failure: of an event without fields it holds the system
// fields alone.
//
// The failure shares strings and Raw with ev, which Map does not change.
func Map(ev *model.Event) (*model.QMFailure, bool) {
	mp := mappingOf(ev)
	if mp == nil {
		return nil, false
	}
	f := &model.QMFailure{Event: *ev}
	f.Data, f.Fields, f.NetEvent = nil, nil, nil
	if f.LayoutBasis != model.LayoutDerived {
		f.LayoutBasis = model.LayoutDocumented
	}
	f.Diagnostics = slices.Clip(ev.Diagnostics)

	m := &mapper{ev: ev, f: f, mapping: mp}
	if mp == &netEventMapping {
		m.netEvent()
	} else if m.open() {
		mp.apply(m)
		m.reportMissing()
	} else {
		m.setTime(model.Opt[model.FILETIME]{})
	}
	return f, true
}

const timeOutOfRange = "time-out-of-range"

// setTime sets the failure's time: of the payload unless it is unknown or 0,
// else of the event.
func (m *mapper) setTime(payload model.Opt[model.FILETIME]) {
	switch {
	case payload.OK && payload.V != 0:
		m.f.FailureTime, m.f.TimeSource = payload, model.TimeNetEvent
		// What was said of the event's time is not true of this one.
		m.f.Diagnostics = slices.DeleteFunc(slices.Clone(m.f.Diagnostics), func(d model.Diagnostic) bool {
			return d.Code == timeOutOfRange && payload.V != m.ev.Time.V
		})
	case m.ev.Time.OK:
		m.f.FailureTime, m.f.TimeSource = m.ev.Time, model.TimeEvent
		if m.ev.Format == model.FormatETL {
			m.f.TimeSource = model.TimeETW
		}
	default:
		m.say("time-missing", "neither the event nor its data has one")
		return
	}
	if _, ok := m.f.FailureTime.V.UnixMicros(); !ok {
		d := model.Diagnostic{Code: timeOutOfRange, Detail: m.f.FailureTime.V.String()}
		if !slices.Contains(m.f.Diagnostics, d) { // who decoded the event may have said it of the event's
			m.say(d.Code, d.Detail)
		}
	} else if m.f.TimeSource == model.TimeNetEvent && !m.f.FailureTime.V.Plausible() {
		m.say("time-implausible", m.f.FailureTime.V.String())
	}
}
