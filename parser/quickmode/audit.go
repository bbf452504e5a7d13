package quickmode

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/qmparse/qmparse/model"
)

// auditNames are the fields of event 4654 in template order: 19 of version 0,
// two more of version 1. In the template addresses, masks, tunnel endpoints,
// KeyModName to FailureReason and Mode to Role are win:UnicodeString, ports,
// Protocol and MessageID win:UInt32, the ids win:UInt64.
var auditNames = []string{
	"LocalAddress", "LocalAddressMask", "LocalPort", "LocalTunnelEndpoint",
	"RemoteAddress", "RemoteAddressMask", "RemotePort", "RemoteTunnelEndpoint",
	"Protocol", "RemotePrivateAddress",
	"KeyModName", "FailurePoint", "FailureReason", "Mode", "State", "Role",
	"MessageID", "QMFilterID", "MMSAID",
	"TunnelId", "TrafficSelectorId",
}

// audit maps event 4654. "" and "-" stand for no value.
func (m *mapper) audit() {
	f := m.f
	m.setTime(model.Opt[model.FILETIME]{})

	local, localText := m.auditAddr("LocalAddress")
	remote, remoteText := m.auditAddr("RemoteAddress")
	m.setAddrs(local, remote)
	f.LocalCondition = m.auditCondition("LocalAddressMask", localText)
	f.RemoteCondition = m.auditCondition("RemoteAddressMask", remoteText)
	f.LocalPort = m.number16("LocalPort")
	f.RemotePort = m.number16("RemotePort")
	f.LocalTunnelEndpoint = m.tunnelEndpoint("LocalTunnelEndpoint")
	f.RemoteTunnelEndpoint = m.tunnelEndpoint("RemoteTunnelEndpoint")
	f.IPProtocol = m.number8("Protocol")
	f.RemotePrivateAddr = m.text("RemotePrivateAddress")

	f.KeyingModule = parameter(m, "KeyModName", model.KeyModuleTypeFromParameter)
	f.FailurePoint = parameter(m, "FailurePoint", model.FailurePointFromParameter)
	f.Reason = m.text("FailureReason")
	f.ErrorCode = m.reasonCode(f.Reason)
	f.SATrafficType = parameter(m, "Mode", model.TrafficTypeFromParameter)
	f.QMState = parameter(m, "State", model.QMSAStateFromParameter)
	f.SARole = parameter(m, "Role", model.SARoleFromParameter)

	f.MessageID = m.number32("MessageID")
	f.QMFilterID = m.number("QMFilterID", 64)
	mmSA := m.number("MMSAID", 64)
	f.MMSaLUID = model.Opt[model.LUID]{V: model.LUID(mmSA.V), OK: mmSA.OK}
	f.TunnelID = m.number("TunnelId", 64)
	f.TrafficSelectorID = m.number("TrafficSelectorId", 64)
}

// auditAddr reads an address that is text of either family, of IPv6 perhaps
// with %scope. An IPv4-mapped IPv6 address stays IPv6. The text is that of the
// field, unknown if there is none.
func (m *mapper) auditAddr(name string) (netip.Addr, model.Opt[string]) {
	text := m.text(name)
	if !text.OK {
		return netip.Addr{}, text
	}
	a, err := netip.ParseAddr(trim(text.V))
	if err != nil {
		m.say("address-unreadable", name+" "+model.Quote(text.V))
	}
	return a, text
}

// setAddrs sets the addresses and the IP version, which is that of the local
// one. An invalid Addr is an unknown address.
func (m *mapper) setAddrs(local, remote netip.Addr) {
	f := m.f
	if local.IsValid() {
		f.LocalAddr = model.Some(local.String())
		f.IPVersion = model.Some[uint8](6)
		if local.Is4() {
			f.IPVersion.V = 4
		}
	}
	if remote.IsValid() {
		f.RemoteAddr = model.Some(remote.String())
	}
	if local.IsValid() && remote.IsValid() && local.Is4() != remote.Is4() {
		m.say("address-families-differ", f.LocalAddr.V+" and "+f.RemoteAddr.V)
	}
}

// auditCondition reads the mask of that name with the address that it belongs
// to. There is a condition wherever there is a mask, in either mode.
func (m *mapper) auditCondition(name string, addr model.Opt[string]) *model.ConditionValue {
	mask := m.text(name)
	if !mask.OK {
		return nil
	}
	if !addr.OK {
		m.say("mask-without-address", name+" "+model.Quote(mask.V))
	}
	v, ok := model.TextCondition(addr.V, mask.V)
	if !ok {
		// No family, so no type that a condition could have.
		if addr.OK {
			m.say("mask-without-address", name+" "+model.Quote(mask.V))
		}
		return nil
	}
	m.f.Diagnostics = v.AppendDiagnostics(m.f.Diagnostics, name)
	return v
}

// tunnelEndpoint reads an address in canonical form. What is no address is kept
// as written.
func (m *mapper) tunnelEndpoint(name string) model.Opt[string] {
	text := m.text(name)
	if !text.OK {
		return text
	}
	a, err := netip.ParseAddr(trim(text.V))
	if err != nil {
		m.say("tunnel-endpoint-unreadable", name+" "+model.Quote(text.V))
		return text
	}
	return model.Some(a.String())
}

// parameter reads a message parameter, %%NNNN, or its English text.
func parameter[T any](m *mapper, name string, parse func(string) (T, bool)) model.Opt[T] {
	text := m.text(name)
	if !text.OK {
		return model.Opt[T]{}
	}
	v, ok := parse(text.V)
	if !ok {
		m.say("parameter-unmapped", name+" "+model.Quote(text.V))
	}
	return model.Opt[T]{V: v, OK: ok}
}

// reasonCode maps the system's text of an error back to its code. A text that
// is not known, of another language say, has none: the reason itself is kept.
func (m *mapper) reasonCode(reason model.Opt[string]) model.Opt[model.Win32Error] {
	var unknown model.Opt[model.Win32Error]
	codes := model.ErrorsByText(reason.V) // none if there is no reason
	switch len(codes) {
	case 1:
		return model.Some(codes[0])
	case 0:
		if _, ok := model.ParseParameter(reason.V); ok {
			// Parameters number the log's own messages, not errors.
			m.say("parameter-unmapped", "FailureReason "+model.Quote(reason.V))
		} else if _, ok := model.ParseUint(trim(reason.V), 64); ok {
			m.say("number-out-of-range", "FailureReason "+model.Quote(reason.V))
		}
		return unknown
	}
	candidates := make([]string, len(codes))
	for i, c := range codes {
		symbol, _ := c.Symbol()
		candidates[i] = fmt.Sprintf("%s %d", symbol, uint32(c))
	}
	m.say("failure-reason-ambiguous", strings.Join(candidates, ", "))
	return unknown
}
