package rawbuild

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/netip"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/internal/build/dumpbuild"
)

// Sample is a payload with the size of a pointer in the process that wrote it.
type Sample struct {
	Name        string
	Payload     []byte
	PointerSize int
}

func (e Event) sample(name string) Sample { return Sample{name, e.Payload(), e.pointerSize()} }

// at is 2025-03-04T09:00:00Z in ticks.
const at model.FILETIME = 133_855_524_000_000_000

var contextKey = model.GUID{0x8A, 0x5B, 0x3C, 0x1D, 0x2E, 0x4F, 0x40, 0x51, 0x92, 0x63, 0x74, 0x85, 0x96, 0xA7, 0xB8, 0xC9}

// ike is the header that IKE's events usually have: addresses alone.
func ike(local, remote string) model.NetEventHeader {
	l, _ := netip.ParseAddr(local)
	r, _ := netip.ParseAddr(remote)
	h := model.NetEventHeader{
		TimeStamp: model.Some(at),
		Flags:     model.Some[uint32](0x106), // local address, remote address, IP version
		IPVersion: model.Some(model.IPVersionV4),
		LocalAddr: model.Some(l), RemoteAddr: model.Some(r),
		AddressFamily: model.Some[uint32](0), // FWP_AF_INET
	}
	if l.Is6() {
		h.IPVersion, h.AddressFamily.V = model.Some(model.IPVersionV6), 1
	}
	return h
}

// full is a header with a value in every field.
func full() model.NetEventHeader {
	h := ike("192.0.2.1", "198.51.100.7")
	h.Flags.V = 0x3FFF
	h.IPProtocol = model.Some[uint8](17)
	h.LocalPort, h.RemotePort, h.ScopeID = model.Some[uint16](500), model.Some[uint16](4500), model.Some[uint32](9)
	h.AppID, h.UserID = model.Some(`\device\harddiskvolume3\windows\system32\svchost.exe`), model.Some("S-1-5-21-1004336348-1177238915-682003330-1001")
	h.AddressFamily, h.PackageSID = model.Some[uint32](0), model.Some("S-1-15-2-7-11")
	h.EnterpriseID, h.PolicyFlags, h.EffectiveName = model.Some("corp.example"), model.Some[uint64](1<<63|5), model.Some("vpn")
	return h
}

func qm(h model.NetEventHeader, local, remote *model.ConditionValue) Event {
	f := &model.IKEQMFailure{
		Version: 1, ErrorCode: model.Some(model.Win32Error(13868)), FailurePoint: model.Some(model.FailurePointPeer),
		KeyingModule: model.Some(model.KeyModuleIKEv2), QMState: model.Some(model.QMStateInitial), SARole: model.Some(model.SARoleInitiator),
		SATrafficType: model.Some(model.TrafficTypeTunnel), LocalSubNet: local, RemoteSubNet: remote,
		QMFilterID: model.Some[uint64](0x1_0000_0042), MMSaLUID: model.Some(model.LUID(77)), MMProviderContextKey: model.Some(contextKey),
	}
	if local == nil {
		f.SATrafficType.V = model.TrafficTypeTransport
	}
	return Event{NetEvent: model.NetEvent{Type: model.NetEventIKEExtQMFailure, Header: h, QM: f}}
}

// TunnelV4 is a Quick Mode failure between 10.1.2.0/24 and 10.9.0.0/16.
func TunnelV4() Event {
	return qm(ike("192.0.2.1", "198.51.100.7"), dumpbuild.V4(0x0A010200, 0xFFFFFF00), dumpbuild.V4(0x0A090000, 0xFFFF0000))
}

// TunnelV6 is a Quick Mode failure between 2001:db8:1::/48 and 2001:db8:2:3::/64.
func TunnelV6() Event {
	return qm(ike("2001:db8::1", "2001:db8::2"), dumpbuild.V6("2001:db8:1::", 48), dumpbuild.V6("2001:db8:2:3::", 64))
}

// Transport is a Quick Mode failure without subnets.
func Transport() Event { return qm(ike("192.0.2.1", "198.51.100.7"), nil, nil) }

func mm(h model.NetEventHeader) Event {
	return Event{NetEvent: model.NetEvent{Type: model.NetEventIKEExtMMFailure, Header: h, MM: &model.IKEMMFailure{
		ErrorCode: model.Some(model.Win32Error(13801)), FailurePoint: model.Some(model.FailurePointMe), Flags: model.Some[uint32](1),
		KeyingModule: model.Some(model.KeyModuleAuthIP), MMState: model.Some(model.MMStateSASent), SARole: model.Some(model.SARoleResponder),
		AuthMethod: model.Some[uint32](2), EndCertHash: bytes.Repeat([]byte{0xA5}, 20), MMID: model.Some[uint64](4711), MMFilterID: model.Some[uint64](0x10001),
	}}}
}

func em(h model.NetEventHeader) Event {
	return Event{NetEvent: model.NetEvent{Type: model.NetEventIKEExtEMFailure, Header: h, EM: &model.IKEEMFailure{
		ErrorCode: model.Some(model.Win32Error(13825)), FailurePoint: model.Some(model.FailurePointPeer), Flags: model.Some[uint32](2),
		EMState: model.Some(model.EMStateSSPISent), SARole: model.Some(model.SARoleResponder), AuthMethod: model.Some[uint32](5),
		EndCertHash: bytes.Repeat([]byte{0x5A}, 20), MMID: model.Some[uint64](4712), QMFilterID: model.Some[uint64](0x10002),
		SATrafficType: model.Some(model.TrafficTypeTunnel),
	}}}
}

// bases are the sizes of event images, by the size of a pointer.
var bases = map[int][]int{8: {240, 160, 152, 120, 104}, 4: {136, 112, 88, 80}}

// bodySizes are the sizes of bodies by type, for 8-byte and for 4-byte pointers.
var bodySizes = [...][2][]int{
	{{120, 112, 64}, {96, 88, 64}}, {{88, 64}, {72, 48}}, {{120, 64}, {96, 64}}, {{56, 32, 16}, {48, 32, 16}},
	{{32}, {32}}, {{44}, {44}}, {{32}, {32}}, {{24}, {24}}, {{24}, {24}}, {{104}, {96}}, {{4}, {4}},
}

func sizesOf(typ model.NetEventType, pointerSize int) []int {
	if pointerSize == 4 {
		return bodySizes[typ][1]
	}
	return bodySizes[typ][0]
}

// ofType is an event of a type with the usual header.
func ofType(typ model.NetEventType) Event {
	h := ike("192.0.2.1", "198.51.100.7")
	switch typ {
	case model.NetEventIKEExtMMFailure:
		return mm(h)
	case model.NetEventIKEExtQMFailure:
		return TunnelV4()
	case model.NetEventIKEExtEMFailure:
		return em(h)
	}
	return Event{NetEvent: model.NetEvent{Type: typ, Header: h}}
}

// hasFlags says which flags a header has fields for.
func hasFlags(base int) uint32 {
	switch base {
	case 104, 160, 80, 136:
		return 0x3FF
	case 120, 88:
		return 0x7FF
	}
	return 0x3FFF
}

// Accepted are payloads that the rules accept: tunnels of both families and
// transport in every combination of image and body, headers with all parts and
// with none, and an event of every type.
func Accepted() (all []Sample) {
	add := func(name string, e Event) { all = append(all, e.sample(name)) }
	for _, pointerSize := range []int{8, 4} {
		for _, base := range bases[pointerSize] {
			for typ := model.NetEventType(0); typ <= 10; typ++ {
				for _, size := range sizesOf(typ, pointerSize) {
					one := func(name string, e Event) {
						e.PointerSize, e.Base, e.BodySize = pointerSize, base, size
						add(fmt.Sprintf("%s, base %d, body %d", name, base, size), e)
					}
					if typ != model.NetEventIKEExtQMFailure {
						one(typ.String(), ofType(typ))
						continue
					}
					e := TunnelV4()
					e.Header = full()
					e.Header.Flags.V = hasFlags(base)
					for i, e := range []Event{TunnelV4(), TunnelV6(), Transport(), e} {
						name := [...]string{"tunnel IPv4", "tunnel IPv6", "transport", "every part"}[i]
						one(name, e)
						e.Garbage = true
						one(name+", garbage", e)
					}
				}
			}
		}
	}
	change := func(name string, e Event, with func(*Event)) {
		with(&e)
		add(name, e)
	}
	change("no time", TunnelV4(), func(e *Event) { e.Header.TimeStamp.V = 0 })
	change("no time, transport", Transport(), func(e *Event) { e.Header.TimeStamp.V = 0 })
	change("NULL where pointers were", TunnelV6(), func(e *Event) { e.NullPointers = true })
	change("7 zeros left over", TunnelV4(), func(e *Event) { e.LeftOver = make([]byte, 7) })
	change("a private tail", TunnelV4(), func(e *Event) { e.InternalFlags, e.Private = 1, dumpbuild.Text("name") })
	change("terminating filters, transport", Transport(), func(e *Event) { e.TerminatingFilters, e.Private = 2, bytes.Repeat([]byte{7}, 32) })
	change("a private tail that is not there", TunnelV6(), func(e *Event) { e.InternalFlags = 8 })
	change("appId of odd size", TunnelV4(), func(e *Event) { e.Header.Flags.V, e.AppID = 0x126, []byte{'a', 0, 'b', 0, 'c'} })
	change("appId without NUL, a lone surrogate", TunnelV4(), func(e *Event) { e.Header.Flags.V, e.AppID = 0x126, []byte{'a', 0, 0, 0xD8} })
	change("appId of no bytes", TunnelV4(), func(e *Event) { e.Header.Flags.V, e.AppID = 0x126, []byte{} })
	change("userId and packageSid", TunnelV4(), func(e *Event) {
		e.Header.Flags.V, e.Header.UserID = 0x546, model.Some("S-1-5-18")
	})
	change("enterpriseId of no text", TunnelV4(), func(e *Event) { e.Header.Flags.V = 0x906 })
	return all
}

// set returns the payload with other bytes at an offset.
func set(b []byte, at int, to ...byte) []byte {
	b = bytes.Clone(b)
	copy(b[at:], to)
	return b
}

// Refused are payloads that miss one rule each. Those with an image are for
// 8-byte pointers with a base of 240, so that type is at 136 and a body without
// parts at 240.
func Refused() (all []Sample) {
	raw := func(name string, b []byte) { all = append(all, Sample{name, b, 8}) }
	change := func(name string, e Event, with func(*Event)) {
		with(&e)
		all = append(all, e.sample(name))
	}
	v4, transport := TunnelV4().Payload(), Transport().Payload()

	raw("no bytes", nil)
	raw("one byte short", v4[:len(v4)-1])
	raw("one byte too many", append(bytes.Clone(v4), 1))
	raw("8 zeros too many", append(bytes.Clone(v4), make([]byte, 8)...))
	raw("left over, the last byte not 0", append(bytes.Clone(v4), 0, 0, 0, 0, 0, 0, 1))
	raw("a flag beyond 0x3FFF", set(v4, 9, 0x41))
	raw("the highest flag", set(v4, 11, 0x80))
	raw("ipVersion 3", set(v4, 12, 3))
	raw("type 11", set(v4, 136, 11))
	raw("type 20", set(v4, 136, 20))
	raw("type 0x10001", set(v4, 138, 1))
	raw("failurePoint 3", set(v4, 244, 3))
	raw("keyingModuleType 3", set(v4, 248, 3))
	raw("qmState 4", set(v4, 252, 4))
	raw("saRole 2", set(v4, 256, 2))
	raw("saTrafficType 2", set(v4, 260, 2))
	raw("localSubNet of FWP_UINT32", set(v4, 264, 3, 0))
	raw("localSubNet of FWP_V6_ADDR_MASK, IPv4 behind it", set(v4, 264, 1, 1))
	raw("remoteSubNet of another family", set(v4, 280, 1, 1))
	raw("subnets behind transport", set(v4, 260, 0))
	raw("a tunnel without subnets", set(set(transport, 260, 1), 264, 0, 1))
	raw("the image alone", v4[:240])
	raw("half a body", v4[:284])
	change("no body, one announced tail", Transport(), func(e *Event) { e.NoBody, e.InternalFlags = true, 2 })
	change("no body behind parts", TunnelV4(), func(e *Event) { e.Header, e.NoBody, e.QM = full(), true, nil })

	change("appId beyond the end", TunnelV4(), func(e *Event) { e.Header.Flags.V, e.AppID = 0x126, make([]byte, 8) })
	binary.LittleEndian.PutUint32(all[len(all)-1].Payload[64:], 0xFFFFFFF8)
	change("a SID of revision 2", TunnelV4(), func(e *Event) { e.Header.Flags.V |= flagUserID })
	all[len(all)-1].Payload[240] = 2
	change("a SID of 16 sub-authorities", TunnelV4(), func(e *Event) { e.Header.Flags.V |= flagPackageID })
	all[len(all)-1].Payload[241] = 16
	change("enterpriseId without NUL", TunnelV4(), func(e *Event) {
		e.Header.Flags.V, e.Header.EnterpriseID, e.NoBody, e.QM = 0x906, model.Some("abc"), true, nil
	})
	all[len(all)-1].Payload[246] = 'd'

	for _, typ := range []model.NetEventType{0, 2, 3, 9} {
		e := ofType(typ)
		b := e.Payload()
		at := map[model.NetEventType]int{0: 64, 2: 104, 3: 40, 9: 88}[typ]
		raw(typ.String()+" with a pointer", set(b, 240+at, 0x10))
	}
	change("private tails of a main mode failure", ofType(model.NetEventIKEExtMMFailure), func(e *Event) { e.InternalFlags = 4 })
	change("terminating filters of a drop", ofType(model.NetEventClassifyDrop), func(e *Event) { e.TerminatingFilters = 1 })
	change("an unannounced private tail", TunnelV4(), func(e *Event) { e.Private = bytes.Repeat([]byte{7}, 8) })
	change("a private tail of an unknown flag", TunnelV4(), func(e *Event) { e.InternalFlags, e.Private = 0x10, bytes.Repeat([]byte{7}, 8) })
	change("packageSid of a header without it", TunnelV4(), func(e *Event) { e.Base, e.Header.Flags.V = 104, 0x506 })

	// What zeros and counters can look like.
	change("a header of zeros", Transport(), func(e *Event) { e.Header = model.NetEventHeader{} })
	change("a time that is none", Transport(), func(e *Event) { e.Header.TimeStamp.V = 4711 })
	change("a drop of no IP version", ofType(model.NetEventClassifyDrop), func(e *Event) { e.Header.Flags.V = 0x6 })
	change("a drop of zeros", ofType(model.NetEventClassifyDrop), func(e *Event) { e.Body = make([]byte, 56) })
	change("a failure without error", Transport(), func(e *Event) { e.QM.ErrorCode.V = 0 })
	change("a main mode failure without error", mm(ike("192.0.2.1", "198.51.100.7")), func(e *Event) { e.MM.ErrorCode.V = 0 })
	for _, size := range []int{104 + 64, 240 + 88, 240 + 120, 152 + 64, 152 + 120, 160 + 16, 1 << 10} {
		raw(fmt.Sprintf("%d zeros", size), make([]byte, size))
	}
	return all
}
