package quickmode

import (
	"fmt"

	"github.com/qmparse/qmparse/model"
)

// wfpNames are the fields of event 1007 in template order: 15 of version 0, two
// more of version 1. In the template they are of the types
//
//	Timestamp                                win:FILETIME
//	LocalAddress, RemoteAddress              win:Binary, of the length before them
//	AppId                                    win:UnicodeString
//	UserSID                                  win:SID
//	QMFilterId, MMSaLuid                     win:UInt64
//	MMProviderContextKey                     win:GUID
//
// and the others win:UInt32.
var wfpNames = []string{
	"Timestamp", "LocalAddressLength", "LocalAddress", "RemoteAddressLength", "RemoteAddress",
	"ScopeId", "AppId", "UserSID",
	"FailureErrorCode", "FailurePoint", "KeyingModuleType", "QMState", "SaRole", "SaTrafficType", "QMFilterId",
	"MMSaLuid", "MMProviderContextKey",
}

// wfp maps event 1007.
func (m *mapper) wfp() {
	f := m.f
	m.setTime(m.time("Timestamp"))
	if v := m.ev.Version; v.OK && v.V <= 1 {
		f.StructVersion = v
	}

	local := m.wfpAddr("LocalAddress", "LocalAddressLength")
	remote := m.wfpAddr("RemoteAddress", "RemoteAddressLength")
	m.setAddrs(local.addr, remote.addr)
	f.LocalIKEPort, f.RemoteIKEPort = local.port, remote.port
	f.ScopeID = m.number32("ScopeId")
	m.checkScope("LocalAddress", local)
	m.checkScope("RemoteAddress", remote)
	f.AppID = m.appID("AppId")
	f.FailureUserSID = m.sid("UserSID")

	code := m.number32("FailureErrorCode")
	f.ErrorCode = model.Opt[model.Win32Error]{V: model.Win32Error(code.V), OK: code.OK}
	f.FailurePoint = enumerator[model.FailurePoint](m, "FailurePoint")
	f.KeyingModule = enumerator[model.KeyModuleType](m, "KeyingModuleType")
	f.QMState = enumerator[model.QMSAState](m, "QMState")
	f.SARole = enumerator[model.SARole](m, "SaRole")
	f.SATrafficType = enumerator[model.TrafficType](m, "SaTrafficType")
	f.QMFilterID = m.number("QMFilterId", 64)

	mmSA := m.number("MMSaLuid", 64)
	f.MMSaLUID = model.Opt[model.LUID]{V: model.LUID(mmSA.V), OK: mmSA.OK}
	f.MMProviderContextKey = m.guid("MMProviderContextKey")
}

// appID returns the path of the program; "" is none.
func (m *mapper) appID(name string) model.Opt[string] {
	f := m.field(name)
	switch {
	case f == nil:
	case f.Kind != model.KindText:
		m.wrongKind(f)
	case f.Text != "":
		return model.Some(f.Text)
	}
	return model.Opt[string]{}
}

// enumerator reads a number and keeps it even if it has no name.
func enumerator[T interface {
	~uint32
	fmt.Stringer
	Known() bool
}](m *mapper, name string) model.Opt[T] {
	n := m.number32(name)
	v := T(n.V)
	if n.OK && !v.Known() {
		m.say("enumerator-unknown", name+" "+v.String())
	}
	return model.Opt[T]{V: v, OK: n.OK}
}

// checkScope compares the scope in a SOCKADDR_IN6, 0 if it gives none, with
// that of the failure.
func (m *mapper) checkScope(name string, s sockaddr) {
	if s.scope != 0 && (!m.f.ScopeID.OK || s.scope != m.f.ScopeID.V) {
		detail := fmt.Sprintf("%s %d, no ScopeId", name, s.scope)
		if m.f.ScopeID.OK {
			detail = fmt.Sprintf("%s %d, ScopeId %d", name, s.scope, m.f.ScopeID.V)
		}
		m.say("scope-differs", detail)
	}
}
