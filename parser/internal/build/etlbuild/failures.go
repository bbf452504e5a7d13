package etlbuild

import (
	"encoding/binary"
	"fmt"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/internal/build/evtxbuild"
	"github.com/qmparse/qmparse/parser/internal/build/fixtures"
)

// The numbers that stand in EVENT_HEADER for the channels of the log's events.
// The manifest has them; what they are is not known here.
var channels = map[string]uint8{
	"Microsoft-Windows-IKE/Operational": 16,
	"Microsoft-Windows-WFP/Operational": 17,
}

// Counterpart is an event of wfp-1007-vN.etl: the one at Index, from 0, of the
// log wfp-1007-vN.evtx, with the same time, header fields and values.
type Counterpart struct {
	Index int
	Event Event
}

// Counterparts are the events of wfp-1007-vN.etl in their order. Those of the log
// that are not among them cannot be packed: a value is NULL, or a length does not
// agree with the bytes behind it.
func Counterparts(version uint8) ([]Counterpart, error) {
	log, err := evtxLog(fmt.Sprintf("wfp-1007-v%d.evtx", version))
	if err != nil {
		return nil, err
	}
	var all []Counterpart
	for i, ev := range log.Events {
		payload, ok := packed(ev.Data)
		if !ok {
			continue
		}
		written := binary.LittleEndian.Uint64(log.Bytes[log.Image.Records[i].Offset+16:])
		all = append(all, Counterpart{i, Event{
			Stamp:    Stamp{Process: ev.ProcessID, Thread: ev.ThreadID, Time: model.FILETIME(written)},
			Provider: guid(ev.ProviderGUID), ID: ev.EventID, Version: ev.Version, Channel: channels[ev.Channel], Level: ev.Level,
			Opcode: ev.Opcode, Task: ev.Task, Keywords: ev.Keywords,
			Items: []Item{UserSID(ev.UserID)}, Payload: payload,
		}})
	}
	return all, nil
}

func evtxLog(name string) (*fixtures.Log, error) {
	for _, f := range fixtures.All() {
		if f.Name == name {
			return f.Build()
		}
	}
	return nil, fmt.Errorf("no log %s", name)
}

// failures is a trace of the events of a log.
func failures(version uint8, opt Options) func() (*Trace, error) {
	return func() (*Trace, error) {
		events, err := Counterparts(version)
		if err != nil {
			return nil, err
		}
		opt.Start = model.FILETIME(evtxbuild.Ticks(netEventDay)) - 600_000_000
		t := New(opt)
		for _, c := range events {
			t.Event(c.Event)
		}
		return t, nil
	}
}

var failuresV0 = Fixture{
	Name: "wfp-1007-v0.etl",
	Contains: `Microsoft-Windows-WFP event 1007 version 0: the events of testdata/evtx/wfp-1007-v0.evtx, in their order, with the
same values, times, provider, id, version, level, keywords, process, thread and user (an extended item), but without those
that have NULL values or lengths that do not agree. The clock is the performance counter, with 10,000,000 ticks a second.`,
	write: failures(0, Options{Session: "qm-lab-ike", File: `C:\traces\wfp-1007-v0.etl`}),
}

var failuresV1 = Fixture{
	Name: "wfp-1007-v1.etl",
	Contains: `The same of version 1 and testdata/evtx/wfp-1007-v1.evtx. The first event has another channel than the rest. The
clock is the system time.`,
	write: failures(1, Options{Session: "qm-lab-ike", File: `C:\traces\wfp-1007-v1.etl`, Clock: SystemTime}),
}
