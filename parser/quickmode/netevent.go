package quickmode

import (
	"net/netip"
	"strings"

	"github.com/qmparse/qmparse/model"
)

// isNetEvent reports whether ev is a net event of type IKEEXT_QM_FAILURE.
func isNetEvent(ev *model.Event) bool {
	return ev.NetEvent != nil && ev.NetEvent.Type == model.NetEventIKEExtQMFailure
}

// qmFailure1Since is the lowest n of an FWPM_NET_EVENTn with
// FWPM_NET_EVENT_IKEEXT_QM_FAILURE1.
const qmFailure1Since = 4

// netEvent maps a net event. What is wrong with its values is said by whoever
// decoded it.
func (m *mapper) netEvent() {
	f, n := m.f, m.ev.NetEvent
	h := &n.Header
	m.setTime(h.TimeStamp)
	m.setAddrs(known(h.LocalAddr), known(h.RemoteAddr))
	if h.IPVersion.OK {
		f.IPVersion = model.Opt[uint8]{}
		switch h.IPVersion.V {
		case model.IPVersionV4:
			f.IPVersion = model.Some[uint8](4)
		case model.IPVersionV6:
			f.IPVersion = model.Some[uint8](6)
		}
	}
	f.IPProtocol = h.IPProtocol
	f.LocalPort, f.RemotePort = h.LocalPort, h.RemotePort
	f.ScopeID = h.ScopeID
	f.AppID = some(h.AppID)
	f.FailureUserSID = someSID(h.UserID)
	f.PackageSID = someSID(h.PackageSID)
	f.EnterpriseID = some(h.EnterpriseID)
	f.PolicyFlags = h.PolicyFlags
	f.EffectiveName = some(h.EffectiveName)

	f.NetEventVersion = n.Version
	if n.Version.OK {
		f.StructVersion = model.Some[uint8](0)
		if n.Version.V >= qmFailure1Since {
			f.StructVersion.V = 1
		}
	}
	q := n.QM
	if q == nil {
		return
	}
	f.StructVersion = model.Some(q.Version)
	f.ErrorCode = q.ErrorCode
	f.FailurePoint = q.FailurePoint
	f.KeyingModule = q.KeyingModule
	f.QMState = q.QMState
	f.SARole = q.SARole
	f.SATrafficType = q.SATrafficType
	f.LocalCondition, f.RemoteCondition = q.LocalSubNet, q.RemoteSubNet
	f.QMFilterID = q.QMFilterID
	f.MMSaLUID = q.MMSaLUID
	f.MMProviderContextKey = q.MMProviderContextKey
}

// known returns the address, invalid if it is unknown.
func known(a model.Opt[netip.Addr]) netip.Addr {
	if !a.OK {
		return netip.Addr{}
	}
	return a.V
}

// some returns a text, "" as unknown: that is how net events say none.
func some(text model.Opt[string]) model.Opt[string] {
	if text.V == "" {
		return model.Opt[string]{}
	}
	return text
}

// someSID returns a SID, S-1-0-0 as unknown: that is how net events say none.
func someSID(text model.Opt[string]) model.Opt[string] {
	if strings.EqualFold(text.V, model.NullSID) {
		return model.Opt[string]{}
	}
	return some(text)
}
