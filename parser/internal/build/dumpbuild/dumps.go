package dumpbuild

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"strings"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/netevent"
)

// start is 2025-03-04T09:00:00Z in ticks.
const start model.FILETIME = 133_855_524_000_000_000

// header is a header with addresses, protocol and ports of IKE.
func header(local, remote string) model.NetEventHeader {
	l, _ := netip.ParseAddr(local)
	r, _ := netip.ParseAddr(remote)
	h := model.NetEventHeader{
		TimeStamp: model.Some(start),
		Flags: model.Some(netevent.FlagIPVersion | netevent.FlagLocalAddr | netevent.FlagRemoteAddr | netevent.FlagIPProtocol |
			netevent.FlagLocalPort | netevent.FlagRemotePort),
		IPVersion: model.Some(model.IPVersionV4), IPProtocol: model.Some[uint8](17),
		LocalAddr: model.Some(l), RemoteAddr: model.Some(r),
		LocalPort: model.Some[uint16](500), RemotePort: model.Some[uint16](4500),
		AddressFamily: model.Some[uint32](0), // FWP_AF_INET
	}
	if l.Is6() {
		h.IPVersion, h.AddressFamily.V = model.Some(model.IPVersionV6), 1
	}
	return h
}

// ike is the header that IKE's events usually have: addresses alone.
func ike(local, remote string, at model.FILETIME) model.NetEventHeader {
	h := header(local, remote)
	h.TimeStamp = model.Some(at)
	h.Flags = model.Some(netevent.FlagIPVersion | netevent.FlagLocalAddr | netevent.FlagRemoteAddr)
	h.IPProtocol, h.LocalPort, h.RemotePort = model.Opt[uint8]{}, model.Opt[uint16]{}, model.Opt[uint16]{}
	return h
}

var contextKey = model.GUID{0x8A, 0x5B, 0x3C, 0x1D, 0x2E, 0x4F, 0x40, 0x51, 0x92, 0x63, 0x74, 0x85, 0x96, 0xA7, 0xB8, 0xC9}

// tunnel is a quick mode failure between two subnets.
func tunnel(local, remote *model.ConditionValue) *model.IKEQMFailure {
	return &model.IKEQMFailure{
		Version: 1, ErrorCode: model.Some(model.Win32Error(13868)), FailurePoint: model.Some(model.FailurePointMe),
		KeyingModule: model.Some(model.KeyModuleIKEv2), QMState: model.Some(model.QMStateInitial),
		SARole: model.Some(model.SARoleResponder), SATrafficType: model.Some(model.TrafficTypeTunnel),
		LocalSubNet: local, RemoteSubNet: remote,
		QMFilterID: model.Some[uint64](0xFEDCBA9876543210), MMSaLUID: model.Some(model.LUID(77)), MMProviderContextKey: model.Some(contextKey),
	}
}

func host4(addr uint32) *model.ConditionValue {
	return &model.ConditionValue{Type: model.DataTypeUint32, Value: model.Uint32(addr)}
}

func host6(addr string) *model.ConditionValue {
	a, _ := netip.ParseAddr(addr)
	return &model.ConditionValue{Type: model.DataTypeByteArray16, Value: model.ByteArray16(a.As16())}
}

func span(low, high *model.ConditionValue) *model.ConditionValue {
	return &model.ConditionValue{Type: model.DataTypeRange, Value: model.Range{Low: *low, High: *high}}
}

// noValue is FWP_EMPTY.
var noValue = &model.ConditionValue{Type: model.DataTypeEmpty, Value: model.Empty{}}

func mainMode() *model.IKEMMFailure {
	return &model.IKEMMFailure{
		Version: 2, ErrorCode: model.Some(model.Win32Error(13801)), FailurePoint: model.Some(model.FailurePointPeer), Flags: model.Some[uint32](1),
		KeyingModule: model.Some(model.KeyModuleAuthIP), MMState: model.Some(model.MMStateSASent), SARole: model.Some(model.SARoleInitiator),
		AuthMethod: model.Some[uint32](2), EndCertHash: bytes.Repeat([]byte{0xA5}, 20),
		MMID: model.Some[uint64](4711), MMFilterID: model.Some[uint64](0x10001),
		LocalPrincipal: model.Some("host/ws-17.corp.example"), RemotePrincipal: model.Some(""),
		LocalGroupSIDs: []string{"S-1-5-18", "S-1-5-32-544"}, RemoteGroupSIDs: []string{}, ProviderContextKey: model.Some(contextKey),
	}
}

func extendedMode() *model.IKEEMFailure {
	return &model.IKEEMFailure{
		Version: 1, ErrorCode: model.Some(model.Win32Error(5)), FailurePoint: model.Some(model.FailurePointMe), Flags: model.Some[uint32](2),
		EMState: model.Some(model.EMStateSSPISent), SARole: model.Some(model.SARoleResponder), AuthMethod: model.Some[uint32](5),
		EndCertHash: make([]byte, 20), MMID: model.Some[uint64](4712), QMFilterID: model.Some[uint64](0x10002),
		LocalPrincipal: model.Some("corp\\alice"), LocalGroupSIDs: []string{}, RemoteGroupSIDs: []string{"S-1-1-0"},
		SATrafficType: model.Some(model.TrafficTypeTransport),
	}
}

func qm(h model.NetEventHeader, f *model.IKEQMFailure) Event {
	return Event{NetEvent: model.NetEvent{Type: model.NetEventIKEExtQMFailure, Header: h, QM: f}}
}

// tunnels are failures between subnets of every form.
func tunnels() (evs []Event) {
	for i, pair := range [][2]*model.ConditionValue{
		{V4(0xC0000200, 0xFFFFFF00), V4(0xC6336400, 0xFFFFFF00)},
		{V4(0xC0000211, 0xFFFFFFF0), V4(0, 0)},                               // host bits; any
		{V4(0x0A010200, 0xFFFFFFFF), V4(0x0A010200, 0xFF00FF00)},             // one host; a mask with gaps
		{V6("2001:db8:1::", 48), V6("2001:db8::1", 128)},                     //
		{V6("2001:db8:ffff::1", 33), V6("::", 0)},                            // host bits; any
		{V6("2001:db8::", 129), host6("2001:db8:2::1")},                      // too long
		{host4(0xCB007107), span(host4(0xC0000201), host4(0xC00002FE))},      //
		{span(host4(0xC0000200), host4(0xC00002FF)), noValue},                // a range that is a block
		{span(host6("2001:db8::10"), host6("2001:db8::2f")), noValue},        //
		{span(host4(0xC00002FE), host4(0xC0000201)), noValue},                // upside down
		{{Type: 77, Value: model.Unknown{Raw: []byte("ABCDEFGH")}}, noValue}, // no such type
		{{Type: model.DataTypeByteBlob, Value: model.ByteBlob("blob")}, {Type: model.DataTypeUint64, Value: model.Uint64(1 << 40)}},
	} {
		h := ike("192.0.2.1", "198.51.100.7", start+model.FILETIME(i)*600_000_000+1)
		if i >= 3 && i <= 5 {
			h = ike("2001:db8:1::1", "2001:db8::1", h.TimeStamp.V)
		}
		ev := qm(h, tunnel(pair[0], pair[1]))
		ev.QM.QMFilterID.V += uint64(i)
		evs = append(evs, ev)
	}
	return evs
}

var tunnelX64 = Fixture{
	Name: "tunnel-x64-v5.wfpnev",
	Contains: `FWPM_NET_EVENT5 for x64: quick mode failures in tunnels. Subnets as IPv4 and IPv6 masks (with host bits, any, one
host, a mask with gaps, a prefix of 129), hosts, ranges (one that is a block, one upside down), empty, of an unknown type and
of types that no subnet has. The headers are those of IKE: addresses alone. 7 events are reported as lost.`,
	write: func(f *file) {
		f.dump(5, 8, "VPN-GW-01.corp.example")
		f.events(tunnels()...)
		if f.err == nil {
			f.must(f.w.Lost(7))
		}
		f.end()
	},
}

var transportX64 = Fixture{
	Name: "transport-x64-v5.wfpnev",
	Contains: `FWPM_NET_EVENT5 for x64: quick mode failures in transport mode. The subnets, and header fields without their flag, are
filled with CD and must not be looked at. Headers with every flag and with none; a time of 0, one past the year 9999; errors as
Win32 codes and HRESULTs; enumerators without a name; a packageSid of S-1-0-0; ids at the upper end.`,
	write: func(f *file) {
		f.dump(5, 8, "WS-17.corp.example")
		transport := func(change func(*model.NetEventHeader, *model.IKEQMFailure)) {
			h, q := ike("192.0.2.17", "203.0.113.9", start), tunnel(nil, nil)
			q.SATrafficType.V = model.TrafficTypeTransport
			change(&h, q)
			ev := qm(h, q)
			ev.Garbage = true
			f.events(ev)
		}
		transport(func(h *model.NetEventHeader, q *model.IKEQMFailure) {})
		transport(func(h *model.NetEventHeader, q *model.IKEQMFailure) {
			*h = header("2001:db8::17", "2001:db8::9")
			h.Flags.V = 0x3FFF
			h.ScopeID, h.AppID, h.UserID = model.Some[uint32](4), model.Some(`\device\harddiskvolume3\windows\system32\lsass.exe`), model.Some("S-1-5-18")
			h.PackageSID, h.EnterpriseID = model.Some("S-1-15-2-1-2-3-4-5-6-7"), model.Some("corp.example")
			h.PolicyFlags, h.EffectiveName = model.Some[uint64](1<<63|1), model.Some("lsass.exe")
		})
		transport(func(h *model.NetEventHeader, q *model.IKEQMFailure) {
			h.Flags.V |= netevent.FlagPackageID | netevent.FlagUserID | netevent.FlagAppID
			h.PackageSID, h.UserID, h.AppID = model.Some(model.NullSID), model.Some(model.NullSID), model.Some("")
		})
		transport(func(h *model.NetEventHeader, q *model.IKEQMFailure) {
			*h = model.NetEventHeader{TimeStamp: model.Some(start + 10), Flags: model.Some[uint32](0)}
		})
		transport(func(h *model.NetEventHeader, q *model.IKEQMFailure) { h.TimeStamp.V = 0 })
		transport(func(h *model.NetEventHeader, q *model.IKEQMFailure) { h.TimeStamp.V = 1 << 63 })
		for _, code := range []model.Win32Error{0, 13801, 13824, 0x80070005, 0x800735EC, 0xFFFFFFFF} {
			transport(func(h *model.NetEventHeader, q *model.IKEQMFailure) { q.ErrorCode.V = code })
		}
		transport(func(h *model.NetEventHeader, q *model.IKEQMFailure) {
			q.FailurePoint.V, q.KeyingModule.V, q.QMState.V, q.SARole.V, q.SATrafficType.V = 3, 9, 7, 2, 5
			q.QMFilterID.V, q.MMSaLUID.V, q.MMProviderContextKey.V = 1<<64-1, 1<<64-1, model.GUID{}
		})
		transport(func(h *model.NetEventHeader, q *model.IKEQMFailure) {
			h.IPVersion.V = model.IPVersionNone
			h.Flags.V |= 1 << 20
		})
		f.end()
	},
}

var tunnelX86 = Fixture{
	Name:     "tunnel-x86-v3.wfpnev",
	Contains: `FWPM_NET_EVENT3 for x86, so QM_FAILURE0: the failures of tunnel-x64-v5 without what version 1 added.`,
	write: func(f *file) {
		f.dump(3, 4, "KIOSK-03")
		f.events(tunnels()...)
		f.end()
	},
}

var imageX64 = Fixture{
	Name: "image-x64-v5.wfpnev",
	Contains: `FWPM_NET_EVENT5 for x64 as memory images: failures of quick, main and extended mode in two segments, the second laid
over the end of the first; one root that leads nowhere.`,
	Damaged: true,
	write: func(f *file) {
		f.dump(5, 8, "DC-02.corp.example")
		const base = 0x1_4000_2000
		evs := tunnels()
		f.image(base, evs[0], Event{NetEvent: model.NetEvent{Type: model.NetEventIKEExtMMFailure, Header: ike("192.0.2.1", "192.0.2.2", start), MM: mainMode()}})
		b, _ := Image(5, 8, base, evs[0])
		f.image(base+uint64(len(b)), evs[6], Event{NetEvent: model.NetEvent{Type: model.NetEventIKEExtEMFailure, Header: ike("192.0.2.1", "192.0.2.2", start), EM: extendedMode()}})
		if f.err == nil {
			f.must(f.w.Roots([]uint64{base, 0x1000}))
		}
		f.end()
	},
}

var versionsJoined = Fixture{
	Name: "versions-joined.wfpnev",
	Contains: `Twelve dumps end to end: FWPM_NET_EVENT0 to 5 for x64 and for x86, each of another host and the last without META, with
the same failures of quick, main and extended mode.`,
	write: func(f *file) {
		for version := range netevent.MaxVersion + 1 {
			for _, pointerSize := range []int{8, 4} {
				host := "HOST-" + string(rune('0'+version)) + map[int]string{8: "-X64", 4: "-X86"}[pointerSize]
				if version == netevent.MaxVersion && pointerSize == 4 {
					host = ""
				}
				f.dump(version, pointerSize, host)
				h := ike("192.0.2.1", "198.51.100.7", start)
				f.events(
					tunnels()[0],
					Event{NetEvent: model.NetEvent{Type: model.NetEventIKEExtMMFailure, Header: h, MM: mainMode()}},
					Event{NetEvent: model.NetEvent{Type: model.NetEventIKEExtEMFailure, Header: h, EM: extendedMode()}},
					tunnels()[4],
				)
				f.end()
			}
		}
	},
}

var pointers = Fixture{
	Name: "pointers-x86-v5.wfpnev",
	Contains: `FWPM_NET_EVENT5 for x86: a quick mode failure with each of its pointers NULL, and with each leading nowhere. Each
costs its own field alone.`,
	write: func(f *file) {
		f.dump(5, 4, "LAB-01")
		for _, address := range []uint64{0, 0xFFFFFFF0, 8} {
			for _, name := range []string{"ikeQmFailure", "localSubNet", "remoteSubNet", "appId", "userId", "packageSid", "enterpriseId", "effectiveName"} {
				h := header("192.0.2.1", "198.51.100.7")
				h.Flags.V = 0x3FFF
				h.ScopeID, h.AppID, h.UserID = model.Some[uint32](0), model.Some("vpn.exe"), model.Some("S-1-5-18")
				h.PackageSID, h.EnterpriseID = model.Some(model.NullSID), model.Some("corp.example")
				h.PolicyFlags, h.EffectiveName = model.Some[uint64](0), model.Some("vpn")
				ev := qm(h, tunnel(V4(0xC0000200, 0xFFFFFF00), V6("2001:db8::", 32)))
				ev.Wild = map[string]uint64{name: address}
				f.events(ev)
			}
		}
		f.end()
	},
}

var kinds = Fixture{
	Name:     "kinds-x64-v5.wfpnev",
	Contains: `FWPM_NET_EVENT5 for x64: one event of every type, and three of types that do not exist.`,
	write: func(f *file) {
		f.dump(5, 8, "FW-01")
		for typ := range model.NetEventType(14) {
			ev := Event{NetEvent: model.NetEvent{Type: typ, Header: header("192.0.2.1", "198.51.100.7")}}
			switch typ {
			case model.NetEventIKEExtQMFailure:
				ev.QM = tunnel(V4(0xC0000200, 0xFFFFFF00), V4(0xC6336400, 0xFFFFFF00))
			case model.NetEventIKEExtMMFailure:
				ev.MM = mainMode()
			case model.NetEventIKEExtEMFailure:
				ev.EM = extendedMode()
			}
			f.events(ev)
		}
		f.end()
	},
}

var empty = Fixture{
	Name:     "empty-x64-v5.wfpnev",
	Contains: `A dump without events.`,
	write: func(f *file) {
		f.dump(5, 8, "QUIET-01")
		f.end()
	},
}

var damaged = Fixture{
	Name: "damaged-x64-v5.wfpnev",
	Contains: `tunnel-x64-v5 with a changed byte in the third and the fifth EVENT and in the sync of the seventh: three events are
lost, their neighbours are not.`,
	Damaged: true,
	write: func(f *file) {
		tunnelX64.write(f)
		b := f.out.Bytes()
		for _, change := range []struct{ event, at int }{{3, 100}, {5, 30}, {7, 1}} {
			if at := nth(b, change.event); at >= 0 {
				b[at+change.at] ^= 0x10
			}
		}
	},
}

var truncated = Fixture{
	Name:     "truncated-x64-v5.wfpnev",
	Contains: `tunnel-x64-v5 cut in the middle of its ninth EVENT.`,
	Damaged:  true,
	write: func(f *file) {
		tunnelX64.write(f)
		if at := nth(f.out.Bytes(), 9); at >= 0 {
			f.out.Truncate(at + 150)
		}
	},
}

// nth returns where the nth EVENT of a dump begins, -1 if there is none.
func nth(b []byte, n int) int {
	for at := 32; at+24 <= len(b); {
		if !strings.HasPrefix(string(b[at:at+4]), "WNEB") {
			return -1
		}
		if binary.LittleEndian.Uint16(b[at+4:]) == 2 {
			if n--; n == 0 {
				return at
			}
		}
		at += (24 + int(binary.LittleEndian.Uint32(b[at+8:])) + 7) &^ 7
	}
	return -1
}
