package parser

import (
	"strconv"
	"strings"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/etl"
	"github.com/qmparse/qmparse/parser/etl/payload"
	"github.com/qmparse/qmparse/parser/netevent"
)

// etlWorker is what a worker keeps for trace logs.
type etlWorker struct {
	decoder *etl.Decoder
	payload *payload.Decoder
	raw     *netevent.RawDecoder
	names   map[string]string // of providers, by their traits
	sids    map[string]string // by their bytes
	text    []byte

	record *etl.Record   // of the event
	event  payload.Event // of the event
	known  bool          // how to decode the event
	match  netevent.RawMatch
	net    model.NetEvent

	matches  [netEventTypes]int64
	refusals []int64 // by verdict
}

// netEventTypes is how many types of raw net events are told apart.
const netEventTypes = 11

func newETLWorker() *etlWorker {
	return &etlWorker{
		decoder: etl.NewDecoder(), payload: payload.NewDecoder(), raw: netevent.NewRawDecoder(),
		names: map[string]string{}, sids: map[string]string{},
	}
}

// finish tells what the frame held beside events.
func (e *etlWorker) finish(w *Worker) {
	w.count("wpp_messages", e.decoder.Messages())
	for t, n := range e.matches {
		if n > 0 {
			name := strings.TrimPrefix(model.NetEventType(t).String(), "FWPM_NET_EVENT_TYPE_")
			w.count("raw_net_events_"+strings.ToLower(name), n)
		}
	}
	for v, n := range e.refusals {
		if n > 0 {
			w.count("payloads_left_alone_"+strings.TrimPrefix(netevent.RawVerdict(v).String(), "raw_"), n)
		}
	}
	clear(e.matches[:])
	clear(e.refusals)
}

// head fills ev with all but its data.
func (e *etlWorker) head(ev *model.Event, r *etl.Record, build uint32) {
	ev.Provenance = model.Provenance{
		Format: model.FormatETL, Offset: uint64(r.Offset),
		State: model.StateLive, LayoutBasis: model.LayoutDocumented,
	}
	say := func(code, detail string) {
		ev.Diagnostics = append(ev.Diagnostics, model.Diagnostic{Code: code, Detail: detail})
	}
	if r.AfterDamage {
		say("after-damage", "found behind bytes that are no record")
	}
	ev.Time, ev.Logged = r.Time, r.Time
	if !r.Time.OK && r.Type != etl.TypeError {
		say("time-unreadable", "the clock of the trace cannot be read")
	}
	ev.ProviderGUID = r.Provider
	ev.EventID = model.Opt[uint32]{V: uint32(r.ID.V), OK: r.ID.OK}
	ev.Version = model.Opt[uint8]{V: uint8(r.Version.V), OK: r.Version.OK && r.Version.V <= 255}
	if r.Version.V > 255 {
		say("number-out-of-range", "event_version "+strconv.Itoa(int(r.Version.V)))
	}
	ev.Level, ev.Opcode, ev.Task, ev.Keywords = r.Level, r.Opcode, r.Task, r.Keywords
	ev.ProcessID, ev.ThreadID = r.Process, r.Thread
	// ETW knows no absent activity: zeros are none, as in the event log.
	if r.Activity != (model.GUID{}) {
		ev.ActivityID = model.Some(r.Activity)
	}
	e.record = r
	e.event = payload.Event{
		Provider: r.Provider.V, ID: r.ID.V, Version: uint8(r.Version.V), PointerSize: r.Type.PointerSize(),
		Build: build, Schema: r.Items.Schema, SchemaOffset: r.OffsetOf(r.Items.SchemaAt), Payload: r.Payload, Offset: r.PayloadOffset(),
	}
	e.known = false
	if r.Type != etl.TypeEventHeader32 && r.Type != etl.TypeEventHeader64 {
		return
	}
	e.items(ev, r)
	if r.Err != nil {
		return
	}
	if e.known = payload.Known(&e.event); e.known {
		return
	}
	match, verdict := e.raw.Match(r.Payload, e.event.PointerSize)
	if verdict != netevent.RawAccepted {
		for int(verdict) >= len(e.refusals) {
			e.refusals = append(e.refusals, 0)
		}
		e.refusals[verdict]++
		return
	}
	e.match = match
	e.net = model.NetEvent{Type: match.Type}
	ev.NetEvent = &e.net
	ev.LayoutBasis = model.LayoutDerived
	if int(match.Type) < len(e.matches) {
		e.matches[match.Type]++
	}
}

// items takes what the extended items say of the event.
func (e *etlWorker) items(ev *model.Event, r *etl.Record) {
	if b := r.Items.RelatedActivity; len(b) == 16 {
		ev.RelatedActivityID = model.Some(model.GUIDFromWindows([16]byte(b)))
	} else if b != nil {
		ev.Diagnostics = append(ev.Diagnostics, model.Diagnostic{Code: "guid-unreadable", Detail: "RelatedActivityId of " + strconv.Itoa(len(b)) + " bytes"})
	}
	if b := r.Items.SID; b != nil {
		if name, ok := e.sids[string(b)]; ok {
			ev.UserSID = model.Some(name)
		} else if text, _, ok := model.AppendSID(e.text[:0], b); ok {
			e.text = text
			ev.UserSID = model.Some(keep(e.sids, b, string(text)))
		} else {
			ev.Diagnostics = append(ev.Diagnostics, model.Diagnostic{Code: "sid-unreadable", Detail: "UserId of " + strconv.Itoa(len(b)) + " bytes"})
		}
	}
	if name, ok := payload.ProviderName(r.Provider.V); ok {
		ev.Provider = model.Some(name)
	} else if b := r.Items.ProviderTraits; b != nil {
		if name, ok := e.names[string(b)]; ok {
			ev.Provider = model.Some(name)
		} else if name, ok := payload.ProviderTraits(b); ok {
			ev.Provider = model.Some(keep(e.names, b, name))
		}
	}
}

// What a worker keeps of names: so many, each made of so many bytes. An extended
// item can have 64 KiB.
const (
	maxETLNames = 1 << 12
	maxETLName  = 1 << 10
)

// keep remembers the name that b means, if it is not too long to be one.
func keep(names map[string]string, b []byte, name string) string {
	if len(b) > maxETLName {
		return name
	}
	if len(names) >= maxETLNames {
		clear(names)
	}
	names[string(b)] = name
	return name
}
