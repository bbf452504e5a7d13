package netsh

import (
	"net/netip"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/netevent"
)

var headerFlags = []named{
	{"FWPM_NET_EVENT_FLAG_IP_PROTOCOL_SET", netevent.FlagIPProtocol},
	{"FWPM_NET_EVENT_FLAG_LOCAL_ADDR_SET", netevent.FlagLocalAddr},
	{"FWPM_NET_EVENT_FLAG_REMOTE_ADDR_SET", netevent.FlagRemoteAddr},
	{"FWPM_NET_EVENT_FLAG_LOCAL_PORT_SET", netevent.FlagLocalPort},
	{"FWPM_NET_EVENT_FLAG_REMOTE_PORT_SET", netevent.FlagRemotePort},
	{"FWPM_NET_EVENT_FLAG_APP_ID_SET", netevent.FlagAppID},
	{"FWPM_NET_EVENT_FLAG_USER_ID_SET", netevent.FlagUserID},
	{"FWPM_NET_EVENT_FLAG_SCOPE_ID_SET", netevent.FlagScopeID},
	{"FWPM_NET_EVENT_FLAG_IP_VERSION_SET", netevent.FlagIPVersion},
	{"FWPM_NET_EVENT_FLAG_REAUTH_REASON_SET", netevent.FlagReauthReason},
	{"FWPM_NET_EVENT_FLAG_PACKAGE_ID_SET", netevent.FlagPackageID},
	{"FWPM_NET_EVENT_FLAG_ENTERPRISE_ID_SET", netevent.FlagEnterpriseID},
	{"FWPM_NET_EVENT_FLAG_POLICY_FLAGS_SET", netevent.FlagPolicyFlags},
	{"FWPM_NET_EVENT_FLAG_EFFECTIVE_NAME_SET", netevent.FlagEffectiveName},
}

var addressFamilies = []named{
	{"FWP_AF_INET", 0},
	{"FWP_AF_INET6", 1},
	{"FWP_AF_ETHER", 2},
	{"FWP_AF_NONE", 3},
}

// header reads FWPM_NET_EVENT_HEADER0 to 3. Its fields stand there whether they
// were set or not: one whose flag is missing is not looked at. timeStamp needs
// none, addressFamily goes with ipVersion.
func (d *Decoder) header(i int32, h *model.NetEventHeader) {
	if text := d.required(i, "timeStamp"); text != "" {
		t, ok := model.ParseFILETIME(text)
		if !ok {
			d.unreadable("time", "timeStamp", text)
		}
		h.TimeStamp = model.Opt[model.FILETIME]{V: t, OK: ok}
	}
	var set uint32
	h.Flags, set = d.flags(headerFlags, i, "flags")
	if set&netevent.FlagIPVersion != 0 {
		h.IPVersion = enumerator(d, model.ParseIPVersion, i, "ipVersion")
		if d.only(i, "addressFamily") != 0 { // since Windows 8
			h.AddressFamily = d.named(addressFamilies, i, "addressFamily")
		}
	}
	if set&netevent.FlagIPProtocol != 0 {
		h.IPProtocol = as[uint8](d.number(i, 8, "ipProtocol"))
	}
	if set&netevent.FlagLocalAddr != 0 {
		h.LocalAddr = d.address(i, h.IPVersion, "localAddr")
	}
	if set&netevent.FlagRemoteAddr != 0 {
		h.RemoteAddr = d.address(i, h.IPVersion, "remoteAddr")
	}
	if set&netevent.FlagLocalPort != 0 {
		h.LocalPort = as[uint16](d.number(i, 16, "localPort"))
	}
	if set&netevent.FlagRemotePort != 0 {
		h.RemotePort = as[uint16](d.number(i, 16, "remotePort"))
	}
	if set&netevent.FlagScopeID != 0 {
		h.ScopeID = as[uint32](d.number(i, 32, "scopeId"))
	}
	if set&netevent.FlagAppID != 0 {
		h.AppID = d.blobText(i, "appId")
	}
	if set&netevent.FlagUserID != 0 {
		h.UserID = d.sid(i, "userId")
	}
	if set&netevent.FlagPackageID != 0 {
		h.PackageSID = d.sid(i, "packageSid")
	}
	if set&netevent.FlagEnterpriseID != 0 {
		h.EnterpriseID = d.optional(i, "enterpriseId")
	}
	if set&netevent.FlagPolicyFlags != 0 {
		h.PolicyFlags = d.number(i, 64, "policyFlags")
	}
	if set&netevent.FlagEffectiveName != 0 {
		h.EffectiveName = d.effectiveName(i)
	}
}

// address reads one side's address: <localAddrV4> or <localAddrV6.byteArray16>,
// the dot being part of the name, after the IP version. Without that one no
// address means anything.
func (d *Decoder) address(i int32, v model.Opt[model.IPVersion], name string) model.Opt[netip.Addr] {
	var text string
	parse := ipv4
	switch {
	case v.OK && v.V == model.IPVersionV4:
		name += "V4"
		text = d.required(i, name)
	case v.OK && v.V == model.IPVersionV6:
		name += "V6"
		parse = ipv6
		k := d.only(i, name+".byteArray16", name)
		if k != 0 && d.nodes[k].child != 0 {
			k = d.only(k, "byteArray16")
		}
		text = d.present(k, name)
	case v.OK:
		d.say("address-without-version", name+" "+v.V.String())
	default:
		d.say("address-without-version", name)
	}
	if text == "" {
		return model.Opt[netip.Addr]{}
	}
	a, ok := parse(text)
	if !ok {
		d.unreadable("address", name, text)
		return model.Opt[netip.Addr]{}
	}
	return model.Some(a)
}

// effectiveName is a blob; a text is taken as it is.
func (d *Decoder) effectiveName(i int32) model.Opt[string] {
	const name = "effectiveName"
	if k := d.only(i, name); k != 0 && d.nodes[k].child == 0 {
		if text, ok := d.leaf(k); text != "" || !ok {
			return model.Opt[string]{V: text, OK: ok}
		}
	}
	return d.blobText(i, name)
}
