package quickmode_test

import (
	"net/netip"
	"reflect"
	"testing"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/quickmode"
)

// netEvent is a net event of a dump with every field that a QM failure has.
func netEvent() *model.Event {
	const at = 133_855_524_000_000_000
	return &model.Event{
		Provenance: model.Provenance{Format: model.FormatDump, Path: "a.wfpnev", Offset: 32, State: model.StateLive, LayoutBasis: model.LayoutDocumented},
		Time:       model.Some(model.FILETIME(at)),
		Host:       model.Some("HOST"),
		Data:       []byte(`{}`),
		NetEvent: &model.NetEvent{
			Version: model.Some[uint8](5),
			Type:    model.NetEventIKEExtQMFailure,
			Header: model.NetEventHeader{
				TimeStamp: model.Some(model.FILETIME(at)), Flags: model.Some[uint32](0x3FFF),
				IPVersion: model.Some(model.IPVersionV4), IPProtocol: model.Some[uint8](17),
				LocalAddr:  model.Some(netip.MustParseAddr("192.0.2.1")),
				RemoteAddr: model.Some(netip.MustParseAddr("198.51.100.2")),
				LocalPort:  model.Some[uint16](0), RemotePort: model.Some[uint16](4500), ScopeID: model.Some[uint32](0),
				AppID: model.Some("app"), UserID: model.Some("S-1-5-18"), AddressFamily: model.Some[uint32](0),
				PackageSID: model.Some("S-1-15-2"), EnterpriseID: model.Some("firm"), PolicyFlags: model.Some[uint64](1 << 63), EffectiveName: model.Some("name"),
			},
			QM: &model.IKEQMFailure{
				Version: 1, ErrorCode: model.Some(model.Win32Error(13868)), FailurePoint: model.Some(model.FailurePointPeer),
				KeyingModule: model.Some(model.KeyModuleIKEv2), QMState: model.Some(model.QMStateFinal), SARole: model.Some(model.SARoleResponder),
				SATrafficType: model.Some(model.TrafficTypeTunnel),
				LocalSubNet:   &model.ConditionValue{Type: model.DataTypeV4AddrMask, Value: model.V4AddrMask{Addr: 1, Mask: 2}},
				RemoteSubNet:  &model.ConditionValue{Type: model.DataTypeV4AddrMask},
				QMFilterID:    model.Some[uint64](0), MMSaLUID: model.Some(model.LUID(1<<64 - 1)), MMProviderContextKey: model.Some(model.GUID{}),
			},
		},
		Diagnostics: []model.Diagnostic{{Code: "pointer-null", Detail: "remoteSubNet"}},
	}
}

func mapNetEvent(t *testing.T, ev *model.Event) *model.QMFailure {
	t.Helper()
	f, ok := quickmode.Map(ev)
	if !ok || !quickmode.Wants(ev) {
		t.Fatal("not wanted")
	}
	return f
}

// TestNetEvent maps every field, zeros as zeros.
func TestNetEvent(t *testing.T) {
	ev := netEvent()
	q := ev.NetEvent.QM
	got := mapNetEvent(t, ev)
	want := &model.QMFailure{
		Event:       *ev,
		FailureTime: ev.Time, TimeSource: model.TimeNetEvent,
		IPVersion: model.Some[uint8](4), IPProtocol: model.Some[uint8](17),
		LocalAddr: model.Some("192.0.2.1"), RemoteAddr: model.Some("198.51.100.2"),
		LocalPort: model.Some[uint16](0), RemotePort: model.Some[uint16](4500), ScopeID: model.Some[uint32](0),
		AppID: model.Some("app"), FailureUserSID: model.Some("S-1-5-18"), PackageSID: model.Some("S-1-15-2"),
		EnterpriseID: model.Some("firm"), EffectiveName: model.Some("name"), PolicyFlags: model.Some[uint64](1 << 63),
		ErrorCode: model.Some(model.Win32Error(13868)), FailurePoint: model.Some(model.FailurePointPeer), KeyingModule: model.Some(model.KeyModuleIKEv2),
		QMState: model.Some(model.QMStateFinal), SARole: model.Some(model.SARoleResponder), SATrafficType: model.Some(model.TrafficTypeTunnel),
		LocalCondition: q.LocalSubNet, RemoteCondition: q.RemoteSubNet,
		QMFilterID: model.Some[uint64](0), MMSaLUID: model.Some(model.LUID(1<<64 - 1)), MMProviderContextKey: model.Some(model.GUID{}),
		StructVersion: model.Some[uint8](1), NetEventVersion: model.Some[uint8](5),
	}
	want.Data, want.NetEvent = nil, nil
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if got.EventID.OK || got.Provider.OK || got.Channel.OK {
		t.Error("a net event has neither event id nor provider nor channel")
	}
}

// TestNetEventRaw maps a raw net event of a trace, whose layout is derived: without
// a time it is of the ETW event's, the body says which structure it is, and
// nothing says which event's.
func TestNetEventRaw(t *testing.T) {
	ev := netEvent()
	ev.Format, ev.LayoutBasis = model.FormatETL, model.LayoutDerived
	ev.NetEvent.Version, ev.NetEvent.Header.TimeStamp.V = model.Opt[uint8]{}, 0
	for version := range uint8(2) {
		ev.NetEvent.QM.Version = version
		f := mapNetEvent(t, ev)
		if f.LayoutBasis != model.LayoutDerived || f.TimeSource != model.TimeETW || f.FailureTime != ev.Time {
			t.Errorf("%s, %s, %v", f.LayoutBasis, f.TimeSource, f.FailureTime)
		}
		if f.StructVersion != model.Some(version) || f.NetEventVersion.OK {
			t.Errorf("structure %v, event %v", f.StructVersion, f.NetEventVersion)
		}
	}
	ev.NetEvent.Header.TimeStamp.V = 133_855_524_000_000_007
	if f := mapNetEvent(t, ev); f.TimeSource != model.TimeNetEvent || f.FailureTime.V != 133_855_524_000_000_007 {
		t.Errorf("%s, %v", f.TimeSource, f.FailureTime)
	}
}

// TestNetEventAbsent: what the event does not know the failure does not know.
func TestNetEventAbsent(t *testing.T) {
	ev := &model.Event{NetEvent: &model.NetEvent{Type: model.NetEventIKEExtQMFailure}}
	got := mapNetEvent(t, ev)
	want := &model.QMFailure{Event: model.Event{
		Provenance:  model.Provenance{LayoutBasis: model.LayoutDocumented},
		Diagnostics: []model.Diagnostic{{Code: "time-missing", Detail: "neither the event nor its data has one"}},
	}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestNetEventValues(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*model.Event)
		check  func(*model.QMFailure) bool
		diag   string
	}{
		{"IPv6", func(ev *model.Event) {
			h := &ev.NetEvent.Header
			h.IPVersion.V = model.IPVersionV6
			h.LocalAddr.V, h.RemoteAddr.V = netip.MustParseAddr("::ffff:192.0.2.1"), netip.MustParseAddr("2001:db8::1")
		}, func(f *model.QMFailure) bool {
			return f.IPVersion == model.Some[uint8](6) && f.LocalAddr.V == "::ffff:192.0.2.1"
		}, ""},
		{"no IP version", func(ev *model.Event) { ev.NetEvent.Header.IPVersion = model.Opt[model.IPVersion]{} },
			func(f *model.QMFailure) bool { return f.IPVersion == model.Some[uint8](4) }, ""},
		{"no IP", func(ev *model.Event) {
			h := &ev.NetEvent.Header
			h.IPVersion.V = model.IPVersionNone
			h.LocalAddr, h.RemoteAddr = model.Opt[netip.Addr]{}, model.Opt[netip.Addr]{}
		}, func(f *model.QMFailure) bool { return !f.IPVersion.OK && !f.LocalAddr.OK }, ""},
		{"none as text", func(ev *model.Event) {
			h := &ev.NetEvent.Header
			h.AppID.V, h.UserID.V, h.PackageSID.V, h.EnterpriseID.V, h.EffectiveName.V = "", "S-1-0-0", "s-1-0-0", "", ""
		}, func(f *model.QMFailure) bool {
			return !f.AppID.OK && !f.FailureUserSID.OK && !f.PackageSID.OK && !f.EnterpriseID.OK && !f.EffectiveName.OK
		}, ""},
		{"a time of 0", func(ev *model.Event) {
			ev.Time, ev.NetEvent.Header.TimeStamp = model.Opt[model.FILETIME]{}, model.Some(model.FILETIME(0))
		}, func(f *model.QMFailure) bool { return !f.FailureTime.OK && f.TimeSource == "" }, "time-missing"},
		{"a time past 9999", func(ev *model.Event) { ev.NetEvent.Header.TimeStamp.V = 1 << 63 },
			func(f *model.QMFailure) bool {
				return f.FailureTime == model.Some(model.FILETIME(1<<63)) && f.TimeSource == model.TimeNetEvent
			}, "time-out-of-range"},
		{"an ETW event's time", func(ev *model.Event) {
			ev.Format, ev.NetEvent.Header.TimeStamp.V = model.FormatETL, 0
		}, func(f *model.QMFailure) bool { return f.FailureTime == f.Time && f.TimeSource == model.TimeETW }, ""},
		{"no body, version 3", func(ev *model.Event) { ev.NetEvent.QM, ev.NetEvent.Version.V = nil, 3 },
			func(f *model.QMFailure) bool {
				return f.StructVersion == model.Some[uint8](0) && f.NetEventVersion == model.Some[uint8](3) && !f.ErrorCode.OK && f.LocalAddr.OK && f.Host.OK
			}, ""},
		{"no body, version 4", func(ev *model.Event) { ev.NetEvent.QM, ev.NetEvent.Version.V = nil, 4 },
			func(f *model.QMFailure) bool { return f.StructVersion == model.Some[uint8](1) }, ""},
		{"netsh's XML", func(ev *model.Event) { ev.NetEvent.Version, ev.NetEvent.QM.Version = model.Opt[uint8]{}, 0 },
			func(f *model.QMFailure) bool {
				return f.StructVersion == model.Some[uint8](0) && !f.NetEventVersion.OK
			}, ""},
	} {
		ev := netEvent()
		ev.Diagnostics = nil
		c.change(ev)
		f := mapNetEvent(t, ev)
		if !c.check(f) {
			t.Errorf("%s: %+v", c.name, f)
		}
		switch {
		case c.diag == "" && len(f.Diagnostics) > 0, c.diag != "" && (len(f.Diagnostics) != 1 || f.Diagnostics[0].Code != c.diag):
			t.Errorf("%s: diagnostics %v, want %q", c.name, f.Diagnostics, c.diag)
		}
	}
}

// TestNetEventUnwanted: other types are no Quick Mode failures.
func TestNetEventUnwanted(t *testing.T) {
	for typ := range model.NetEventType(12) {
		ev := &model.Event{NetEvent: &model.NetEvent{Type: typ}}
		f, ok := quickmode.Map(ev)
		if want := typ == 1; quickmode.Wants(ev) != want || ok != want || (f != nil) != want {
			t.Errorf("type %v: %t, %t", typ, quickmode.Wants(ev), ok)
		}
	}
}
