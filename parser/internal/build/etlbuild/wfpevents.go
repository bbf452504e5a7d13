package etlbuild

import "github.com/qmparse/qmparse/model"

// hosts is what most events begin with: addresses, scope, AppId, user.
func hosts(at model.FILETIME) Payload {
	p := Payload(nil).Time(at).Counted32(sockaddr4("192.0.2.10", 500)).Counted32(sockaddr4("198.51.100.20", 4500)).U32(0)
	return p.Text(`\device\harddiskvolume3\windows\system32\svchost.exe`).SID("S-1-5-20")
}

// groups is a list of SIDs as text. From Windows 10 on its number stands there
// twice.
func groups(p Payload, win7 bool, texts ...string) Payload {
	p = p.U32(uint32(len(texts)))
	if !win7 {
		p = p.U32(uint32(len(texts)))
	}
	for _, t := range texts {
		p = p.Text(t)
	}
	return p
}

// principals are the names and groups of main and extended mode.
func principals(p Payload, win7 bool, local, remote []string) Payload {
	p = p.Text("host/ws-17.corp.example").Text("")
	return groups(groups(p, win7, local...), win7, remote...)
}

// hash is an EndCertHash of 20 bytes.
var hash = []byte("\x8d\x10\x6a\x1e\xf0\x27\x5b\x93\x44\xc2\x7f\x31\xaa\x05\x9b\x66\xd8\x3c\x72\x19")

// mainMode is event 1005, of version 1 with ProviderContextKey.
func mainMode(at model.FILETIME, version uint8, win7 bool, local, remote []string) Payload {
	p := principals(hosts(at), win7, local, remote)
	for _, v := range []uint32{13801, 2, 1, 2, 3, 0, 2} { // error, point, flags, module, state, role, method
		p = p.U32(v)
	}
	p = p.Raw(hash).U64(4711).U64(0x10001)
	if version >= 1 {
		p = p.GUID(guid("{8A5B3C1D-2E4F-4051-9263-748596A7B8C9}"))
	}
	return p
}

// extendedMode is event 1009.
func extendedMode(at model.FILETIME, win7 bool, local, remote []string) Payload {
	p := principals(hosts(at), win7, local, remote)
	for _, v := range []uint32{5, 1, 2, 1, 1, 5} { // error, point, flags, state, role, method
		p = p.U32(v)
	}
	return p.Raw(hash).U64(4712).U64(0x10002)
}

// mac is event 1029 between two hardware addresses. Windows 7 has SnapControl and
// SnapOui where later ones have MediaType and InterfaceType.
func mac(at model.FILETIME, version uint8) Payload {
	p := Payload(nil).Time(at).Counted32([]byte{2, 0, 0, 0, 0, 1}).Counted32([]byte{2, 0, 0, 0, 0, 2})
	p = p.U16(0x0800).U32(0).U32(6).U16(42).U64(70_001).U16(89)
	if version >= 1 {
		p = p.Text("{5B0E0D4C-3C3F-4B6C-9F0A-6D6B5A494837}").U32(3).U32(4)
	}
	return p
}

// established is event 1028, a quick mode association: the one event that has
// subnets, here of a tunnel.
func established(version uint8) Payload {
	p := Payload(nil).Counted32(addr("192.0.2.0")).Text("255.255.255.0").Counted32(addr("203.0.113.1"))
	p = p.Counted32(addr("198.51.100.0")).Text("255.255.255.0").Counted32(addr("203.0.113.2"))
	p = p.U32(6).U8(2).U8(0).U8(3).U8(6) // protocol, keying module, AH, ESP, cipher
	p = p.U32(3600).U32(100_000).U32(0x7FFFFFFF).U8(1).U8(0)
	p = p.U64(74_201).U64(311).U64(1<<63 + 5).U32(0xC0FFEE01).U32(0xC0FFEE02).U64(7).U64(8)
	if version >= 1 {
		p = p.U32(0)
	}
	return p
}

// short and long are a payload with a byte less and one more.
func short(p Payload) Payload { return p[:len(p)-1] }
func long(p Payload) Payload  { return append(p[:len(p):len(p)], 0) }

// ofWindows adds the events whose form is that of Windows 7 or of Windows 10.
func ofWindows(t *Trace, win7 bool) {
	for _, local := range [][]string{nil, {"S-1-5-18", "S-1-5-32-544"}} {
		for _, remote := range [][]string{nil, {"S-1-1-0"}} {
			t.Event(wfpEvent(Stamp{}, 1005, 0, mainMode(t.now, 0, win7, local, remote)))
			t.Event(wfpEvent(Stamp{}, 1009, 0, extendedMode(t.now, win7, local, remote)))
		}
	}
	t.Event(wfpEvent(Stamp{}, 1029, 0, mac(t.now, 0)))
	t.Event(wfpEvent(Stamp{}, 1028, 0, established(0)))
}

var wfpEvents = Fixture{
	Name: "wfp-events.etl",
	Contains: `Events of Microsoft-Windows-WFP, build 22631: 1005 and 1009 version 0 in the form of Windows 10 and in that of
Windows 7, with and without groups; 1005 version 1; 1029 and 1028 versions 0 and 1; 1001, 1026, 1037; 1020 and 1042, which
have no fields; 1007 with SOCKADDR_IN6 padded to 128 bytes; then what is not to be consumed: an unknown id, unknown versions,
1007, 1005, 1028 and 1037 with a byte less and with a byte more, 1007 and 1037 without a payload, 1020 with a byte.`,
	write: trace(Options{}, func(t *Trace) {
		add := func(id uint16, version uint8, p Payload) { t.Event(wfpEvent(Stamp{}, id, version, p)) }
		ofWindows(t, false)
		ofWindows(t, true)
		add(1005, 1, mainMode(t.now, 1, false, []string{"S-1-5-18"}, nil))
		add(1029, 1, mac(t.now, 1))
		add(1028, 1, established(1))
		add(1001, 0, hosts(t.now).U32(2).U32(0).U32(2).U32(0x3901).Bool(true).U64(66_001).U16(44))
		add(1026, 0, Payload(nil).ANSI("IkeProcessQMFailure").U32(13_868))
		add(1037, 0, Payload(nil).U32(9))
		add(1020, 0, nil)
		add(1042, 0, nil)
		for version := range uint8(2) {
			add(1007, version, failure(t.now, func(n *NetEvent) {
				n.LocalAddress = append(sockaddr6("fe80::10", 500, 12), make([]byte, 100)...)
				n.RemoteAddress = append(sockaddr6("2001:db8::20", 4500, 0), make([]byte, 100)...)
			}).Payload(version))
		}

		add(1999, 0, Payload(nil).U32(1).Text("unknown"))
		add(1007, 2, failure(t.now, nil).Payload(1).U32(0))
		add(1028, 9, established(1))
		for version := range uint8(2) {
			p := failure(t.now, nil).Payload(version)
			add(1007, version, short(p))
			add(1007, version, long(p))
			add(1007, version, nil)
		}
		for _, p := range []Payload{mainMode(t.now, 0, false, []string{"S-1-5-18"}, nil), mainMode(t.now, 0, true, nil, []string{"S-1-5-18"})} {
			add(1005, 0, short(p))
			add(1005, 0, long(p))
		}
		add(1028, 0, short(established(0)))
		add(1028, 0, long(established(0)))
		add(1037, 0, Payload(nil).U16(9).U8(0))
		add(1037, 0, Payload(nil).U32(9).U8(0))
		add(1037, 0, nil)
		add(1020, 0, Payload(nil).U8(0))
	}),
}

var wfpEventsWin7 = Fixture{
	Name: "wfp-events-win7.etl",
	Contains: `The events of Microsoft-Windows-WFP whose form differs between Windows 7 and 10, all of version 0, as build 7601 has
them: 1005, 1009; 1029, whose types are the same and whose fields are not; 1028.`,
	write: trace(Options{Build: 7601, File: `C:\traces\win7.etl`}, func(t *Trace) { ofWindows(t, true) }),
}
