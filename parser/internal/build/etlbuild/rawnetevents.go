package etlbuild

import (
	"bytes"
	"net/netip"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/internal/build/dumpbuild"
	"github.com/qmparse/qmparse/parser/internal/build/rawbuild"
)

// rawProvider stands for the provider of raw net events, which is not known. Nor
// are its ids: here those from refusedID on are of payloads to refuse, the others
// ten and the net event's type.
var rawProvider = guid("{C2A7E1D4-93B8-4E65-A0F1-7D5C3B2E9A46}")

const (
	acceptedID = 10
	refusedID  = 900
)

// rawStart is when the net events were, 2025-03-04T09:00:00Z.
var rawStart = Date(2025, 3, 4, 9, 0, 0)

// rawHeader is the header that IKE's events usually have: addresses alone.
func rawHeader(local, remote string) model.NetEventHeader {
	l, _ := netip.ParseAddr(local)
	r, _ := netip.ParseAddr(remote)
	h := model.NetEventHeader{
		TimeStamp: model.Some(rawStart), Flags: model.Some[uint32](0x106), IPVersion: model.Some(model.IPVersionV4),
		LocalAddr: model.Some(l), RemoteAddr: model.Some(r), AddressFamily: model.Some[uint32](0),
	}
	if l.Is6() {
		h.IPVersion, h.AddressFamily.V = model.Some(model.IPVersionV6), 1
	}
	return h
}

// rawFailure is a quick mode failure, in a tunnel if it has subnets.
func rawFailure(h model.NetEventHeader, local, remote *model.ConditionValue) rawbuild.Event {
	f := &model.IKEQMFailure{
		ErrorCode: model.Some(model.Win32Error(13868)), FailurePoint: model.Some(model.FailurePointPeer),
		KeyingModule: model.Some(model.KeyModuleIKEv2), QMState: model.Some(model.QMStateInitial), SARole: model.Some(model.SARoleInitiator),
		SATrafficType: model.Some(model.TrafficTypeTransport), LocalSubNet: local, RemoteSubNet: remote,
		QMFilterID: model.Some[uint64](1<<63 | 74_201), MMSaLUID: model.Some(model.LUID(311)),
		MMProviderContextKey: model.Some(guid("{8A5B3C1D-2E4F-4051-9263-748596A7B8C9}")),
	}
	if local != nil {
		f.SATrafficType.V = model.TrafficTypeTunnel
	}
	return rawbuild.Event{NetEvent: model.NetEvent{Type: model.NetEventIKEExtQMFailure, Header: h, QM: f}}
}

// The three forms of a quick mode failure.
func rawV4() rawbuild.Event {
	return rawFailure(rawHeader("203.0.113.1", "203.0.113.2"), dumpbuild.V4(0xC0000200, 0xFFFFFF00), dumpbuild.V4(0xC6336400, 0xFFFFFF00))
}

func rawV6() rawbuild.Event {
	return rawFailure(rawHeader("2001:db8::1", "2001:db8::2"), dumpbuild.V6("2001:db8:1::", 48), dumpbuild.V6("2001:db8:2:3::", 64))
}

func rawTransport() rawbuild.Event {
	return rawFailure(rawHeader("192.0.2.17", "198.51.100.7"), nil, nil)
}

// rawOther is an event of a type without a body that is read, or one of main or
// extended mode.
func rawOther(typ model.NetEventType) rawbuild.Event {
	ev := rawbuild.Event{NetEvent: model.NetEvent{Type: typ, Header: rawHeader("192.0.2.17", "198.51.100.7")}}
	switch typ {
	case model.NetEventIKEExtMMFailure:
		ev.MM = &model.IKEMMFailure{
			ErrorCode: model.Some(model.Win32Error(13801)), FailurePoint: model.Some(model.FailurePointPeer), Flags: model.Some[uint32](1),
			KeyingModule: model.Some(model.KeyModuleAuthIP), MMState: model.Some(model.MMStateSASent), SARole: model.Some(model.SARoleInitiator),
			AuthMethod: model.Some[uint32](2), EndCertHash: bytes.Clone(hash), MMID: model.Some[uint64](4711), MMFilterID: model.Some[uint64](0x10001),
		}
	case model.NetEventIKEExtEMFailure:
		ev.EM = &model.IKEEMFailure{
			ErrorCode: model.Some(model.Win32Error(5)), FailurePoint: model.Some(model.FailurePointMe), Flags: model.Some[uint32](2),
			EMState: model.Some(model.EMStateSSPISent), SARole: model.Some(model.SARoleResponder), AuthMethod: model.Some[uint32](5),
			EndCertHash: bytes.Clone(hash), MMID: model.Some[uint64](4712), QMFilterID: model.Some[uint64](0x10002),
			SATrafficType: model.Some(model.TrafficTypeTransport),
		}
	}
	return ev
}

// rawTrace is a trace of raw net events in the making.
type rawTrace struct {
	*Trace
	refused uint16
}

func (t *rawTrace) raw(id uint16, payload []byte) {
	t.Event(Event{Stamp: Stamp{Process: 1348, Thread: 5124}, Provider: rawProvider, ID: id, Level: 4, Payload: payload})
}

// accept adds a net event that happened a quarter of a second before its record,
// unless it has no time.
func (t *rawTrace) accept(ev rawbuild.Event, edit func(*rawbuild.Event)) {
	ev.PointerSize = t.opt.PointerSize
	ev.Header.TimeStamp.V = t.now - 2_500_000
	if edit != nil {
		edit(&ev)
	}
	t.raw(acceptedID+uint16(ev.Type), ev.Payload())
}

// refuse adds a payload that misses one rule.
func (t *rawTrace) refuse(payload []byte) {
	t.raw(refusedID+t.refused, payload)
	t.refused++
}

// forms adds the three forms for each size of image and body.
func (t *rawTrace) forms(bases, bodies []int) {
	for _, base := range bases {
		for _, body := range bodies {
			for _, ev := range []rawbuild.Event{rawV4(), rawV6(), rawTransport()} {
				t.accept(ev, func(ev *rawbuild.Event) { ev.Base, ev.BodySize, ev.Garbage = base, body, base != 240 })
			}
		}
	}
}

// everyPart is a header with every flag, and so with every part behind the image.
func everyPart(ev *rawbuild.Event) {
	h := &ev.Header
	h.Flags.V = 0x3FFF
	h.IPProtocol, h.LocalPort, h.RemotePort = model.Some[uint8](17), model.Some[uint16](500), model.Some[uint16](4500)
	h.ScopeID, h.PolicyFlags = model.Some[uint32](12), model.Some[uint64](5)
	h.AppID, h.UserID = model.Some(`\device\harddiskvolume3\windows\system32\svchost.exe`), model.Some("S-1-5-20")
	h.PackageSID, h.EnterpriseID, h.EffectiveName = model.Some("S-1-15-2-7-11"), model.Some("corp.example"), model.Some("vpn")
}

// patched is a payload with other bytes at an offset.
func patched(p []byte, at int, to ...byte) []byte {
	p = bytes.Clone(p)
	copy(p[at:], to)
	return p
}

// misses adds payloads that are nearly net events, for 8-byte pointers and a base
// of 240: flags are at 8, the type at 136, a body without parts at 240.
func (t *rawTrace) misses() {
	v4 := rawV4().Payload()
	t.refuse(nil)
	t.refuse(v4[:len(v4)-1])
	t.refuse(append(bytes.Clone(v4), 1))
	t.refuse(append(bytes.Clone(v4), make([]byte, 8)...))
	t.refuse(v4[:240])                      // no body
	t.refuse(v4[:240+88])                   // no tail
	t.refuse(patched(v4, 9, 0x41))          // flag 0x4000
	t.refuse(patched(v4, 12, 3))            // ipVersion
	t.refuse(patched(v4, 136, 11))          // type
	t.refuse(patched(v4, 136, 20))          // type
	t.refuse(patched(v4, 244, 3))           // failurePoint
	t.refuse(patched(v4, 248, 3))           // keyingModuleType
	t.refuse(patched(v4, 252, 4))           // qmState
	t.refuse(patched(v4, 256, 2))           // saRole
	t.refuse(patched(v4, 260, 2))           // saTrafficType
	t.refuse(patched(v4, 260, 0))           // transport, and subnets
	t.refuse(patched(v4, 264, 1, 1))        // localSubNet of IPv6, the tail of IPv4
	t.refuse(patched(v4, 264, 3, 0, 0, 0))  // localSubNet of another type
	t.refuse(patched(v4, 264, 0, 0, 0, 77)) // and of none
	user := rawV4()
	user.Header.Flags.V |= 0x40
	user.Header.UserID = model.Some("S-1-5-20")
	t.refuse(patched(user.Payload(), 240, 2)) // a SID of revision 2
	mm := rawOther(model.NetEventIKEExtMMFailure)
	t.refuse(patched(mm.Payload(), 240+64, 0x10)) // a pointer in a body of main mode
	t.refuse(make([]byte, 240+88))
	t.refuse(noise(240 + 88 + 16))
}

var rawNetEvents = Fixture{
	Name: "raw-net-events.etl",
	Contains: `Raw net events as the session "WFP-IPsec Diagnostics" is said to write them, for x64, with the system time as clock:
quick mode failures with subnets of IPv4, of IPv6 and in transport mode, bodies of 88 and 64 bytes, images of 240 and 152
bytes (the latter with CD where nothing is defined) and of 160, 120 and 104; every part behind the image; a time of 0;
subnets with host bits, with a mask that has gaps, with a prefix of 129; private tails; seven zeros behind an event; every
other type. Their ids are ten and the type; those from 900 on are near misses, which are no net events. Layout, provider and
ids were seen in no real file; provider and ids are made up.`,
	write: trace(Options{
		Clock: SystemTime, Start: rawStart, Session: "WFP-IPsec Diagnostics", File: `C:\ProgramData\Microsoft\Windows\wfp\wfpdiag.etl`,
		Mode: modeCircular | modeRealTime,
	}, func(tr *Trace) {
		t := &rawTrace{Trace: tr}
		t.forms([]int{240, 152}, []int{88, 64})
		t.forms([]int{160, 120, 104}, []int{64})
		for _, ev := range []rawbuild.Event{rawV4(), rawV6(), rawTransport()} {
			t.accept(ev, everyPart)
			t.accept(ev, func(ev *rawbuild.Event) { ev.Header.TimeStamp.V = 0 })
		}
		h := rawHeader("203.0.113.1", "203.0.113.2")
		t.accept(rawFailure(h, dumpbuild.V4(0xC0000211, 0xFFFFFFF0), dumpbuild.V4(0, 0)), nil)
		t.accept(rawFailure(h, dumpbuild.V4(0xC0000200, 0xFFFFFFFF), dumpbuild.V4(0xC0000200, 0xFF00FF00)), nil)
		h = rawHeader("2001:db8::1", "2001:db8::2")
		t.accept(rawFailure(h, dumpbuild.V6("2001:db8:ffff::1", 33), dumpbuild.V6("::", 0)), nil)
		t.accept(rawFailure(h, dumpbuild.V6("2001:db8::", 129), dumpbuild.V6("2001:db8::9", 128)), nil)
		t.accept(rawV4(), func(ev *rawbuild.Event) { ev.InternalFlags, ev.Private = 1, Payload(nil).Text("name") })
		t.accept(rawTransport(), func(ev *rawbuild.Event) { ev.TerminatingFilters, ev.Private = 2, bytes.Repeat([]byte{7}, 32) })
		t.accept(rawV4(), func(ev *rawbuild.Event) { ev.LeftOver = make([]byte, 7) })
		for typ := range model.NetEventType(11) {
			if typ != model.NetEventIKEExtQMFailure {
				t.accept(rawOther(typ), nil)
			}
		}
		t.misses()
	}),
}

var rawNetEventsX86 = Fixture{
	Name:     "raw-net-events-x86.etl",
	Contains: `The same for x86, of the session "WFP-IKE Diagnostics": images of 112, 136, 88 and 80 bytes, bodies of 72 and 48.`,
	write: trace(Options{
		PointerSize: 4, Clock: SystemTime, Start: rawStart, Build: 19045, Session: "WFP-IKE Diagnostics",
		File: `C:\ProgramData\Microsoft\Windows\wfp\ikediag.etl`,
	}, func(tr *Trace) {
		t := &rawTrace{Trace: tr}
		t.forms([]int{112, 136, 88, 80}, []int{72, 48})
		for typ := range model.NetEventType(11) {
			if typ != model.NetEventIKEExtQMFailure {
				t.accept(rawOther(typ), nil)
			}
		}
		t.accept(rawV4(), everyPart)
	}),
}
