package netsh

import "github.com/qmparse/qmparse/model"

// qmFailure reads FWPM_NET_EVENT_IKEEXT_QM_FAILURE0 or 1: it is 1 if it has one
// of the fields that 0 has not. The subnets are unions switched on
// saTrafficType, which for transport mode hold nothing that means anything.
func (d *Decoder) qmFailure(i int32) *model.IKEQMFailure {
	f := &model.IKEQMFailure{
		ErrorCode:     d.errorCode(i),
		FailurePoint:  enumerator(d, model.ParseFailurePoint, i, "failurePoint"),
		KeyingModule:  enumerator(d, model.ParseKeyModuleType, i, "keyingModuleType", "keyModuleType"),
		QMState:       enumerator(d, model.ParseQMSAState, i, "qmState"),
		SARole:        enumerator(d, model.ParseSARole, i, "saRole"),
		SATrafficType: enumerator(d, model.ParseTrafficType, i, "saTrafficType"),
		QMFilterID:    d.number(i, 64, "qmFilterId"),
	}
	if f.SATrafficType.OK && f.SATrafficType.V == model.TrafficTypeTunnel {
		f.LocalSubNet = d.condition(i, "localSubNet")
		f.RemoteSubNet = d.condition(i, "remoteSubNet")
	}
	luid, key := d.only(i, "mmSaLuid"), d.only(i, "mmProviderContextKey")
	if luid != 0 || key != 0 {
		f.Version = 1
		f.MMSaLUID = as[model.LUID](d.number(i, 64, "mmSaLuid"))
		f.MMProviderContextKey = d.guid(key, "mmProviderContextKey")
	}
	return f
}

// The flags of the two failures have the same names with swapped values.
var mmFailureFlags = []named{
	{"FWPM_NET_EVENT_IKEEXT_MM_FAILURE_FLAG_BENIGN", 1},
	{"FWPM_NET_EVENT_IKEEXT_MM_FAILURE_FLAG_MULTIPLE", 2},
}

var emFailureFlags = []named{
	{"FWPM_NET_EVENT_IKEEXT_EM_FAILURE_FLAG_MULTIPLE", 1},
	{"FWPM_NET_EVENT_IKEEXT_EM_FAILURE_FLAG_BENIGN", 2},
}

// authMethods is IKEEXT_AUTHENTICATION_METHOD_TYPE (iketypes.h).
var authMethods = []named{
	{"IKEEXT_PRESHARED_KEY", 0},
	{"IKEEXT_CERTIFICATE", 1},
	{"IKEEXT_KERBEROS", 2},
	{"IKEEXT_ANONYMOUS", 3},
	{"IKEEXT_SSL", 4},
	{"IKEEXT_NTLM_V2", 5},
	{"IKEEXT_IPV6_CGA", 6},
	{"IKEEXT_CERTIFICATE_ECDSA_P256", 7},
	{"IKEEXT_CERTIFICATE_ECDSA_P384", 8},
	{"IKEEXT_SSL_ECDSA_P256", 9},
	{"IKEEXT_SSL_ECDSA_P384", 10},
	{"IKEEXT_EAP", 11},
	{"IKEEXT_RESERVED", 12},
}

// mmFailure reads FWPM_NET_EVENT_IKEEXT_MM_FAILURE0, 1, which adds the
// principals, or 2, which adds providerContextKey.
func (d *Decoder) mmFailure(i int32) *model.IKEMMFailure {
	f := &model.IKEMMFailure{
		ErrorCode:    d.errorCode(i),
		FailurePoint: enumerator(d, model.ParseFailurePoint, i, "failurePoint"),
		KeyingModule: enumerator(d, model.ParseKeyModuleType, i, "keyingModuleType", "keyModuleType"),
		MMState:      enumerator(d, model.ParseMMSAState, i, "mmState"),
		SARole:       enumerator(d, model.ParseSARole, i, "saRole"),
		AuthMethod:   d.named(authMethods, i, "mmAuthMethod"),
		EndCertHash:  d.certHash(i),
		MMID:         d.number(i, 64, "mmId"),
		MMFilterID:   d.number(i, 64, "mmFilterId"),
	}
	f.Flags, _ = d.flags(mmFailureFlags, i, "flags")
	key := d.only(i, "providerContextKey")
	switch {
	case key != 0:
		f.Version = 2
	case d.hasPrincipals(i):
		f.Version = 1
	}
	if f.Version > 0 {
		f.LocalPrincipal, f.LocalGroupSIDs = d.principal(i, "localPrincipal")
		f.RemotePrincipal, f.RemoteGroupSIDs = d.principal(i, "remotePrincipal")
	}
	if key != 0 && d.nodes[key].inner != "" { // a pointer, which may be NULL
		f.ProviderContextKey = d.guid(key, "providerContextKey")
	}
	return f
}

// emFailure reads FWPM_NET_EVENT_IKEEXT_EM_FAILURE0, or 1, which adds the
// principals and saTrafficType.
func (d *Decoder) emFailure(i int32) *model.IKEEMFailure {
	f := &model.IKEEMFailure{
		ErrorCode:    d.errorCode(i),
		FailurePoint: enumerator(d, model.ParseFailurePoint, i, "failurePoint"),
		EMState:      enumerator(d, model.ParseEMSAState, i, "emState"),
		SARole:       enumerator(d, model.ParseSARole, i, "saRole"),
		AuthMethod:   d.named(authMethods, i, "emAuthMethod"),
		EndCertHash:  d.certHash(i),
		MMID:         d.number(i, 64, "mmId"),
		QMFilterID:   d.number(i, 64, "qmFilterId"),
	}
	f.Flags, _ = d.flags(emFailureFlags, i, "flags")
	if d.only(i, "saTrafficType") != 0 || d.hasPrincipals(i) {
		f.Version = 1
		f.LocalPrincipal, f.LocalGroupSIDs = d.principal(i, "localPrincipal")
		f.RemotePrincipal, f.RemoteGroupSIDs = d.principal(i, "remotePrincipal")
		f.SATrafficType = enumerator(d, model.ParseTrafficType, i, "saTrafficType")
	}
	return f
}

// certHash reads the 20 bytes of endCertHash.
func (d *Decoder) certHash(i int32) []byte {
	const name, size = "endCertHash", 20
	k := d.only(i, name)
	if k != 0 && d.nodes[k].child != 0 {
		k = d.only(k, "data")
	}
	text := d.present(k, name)
	if text == "" {
		return nil
	}
	b, ok := bytesOf(text, size)
	if !ok {
		d.unreadable("hex", name, text)
		return nil
	}
	return b
}

func (d *Decoder) hasPrincipals(i int32) bool {
	for _, name := range [...]string{"localPrincipalNameForAuth", "remotePrincipalNameForAuth", "localPrincipalGroupSids", "remotePrincipalGroupSids"} {
		if d.only(i, name) != 0 {
			return true
		}
	}
	return false
}

// principal reads the name and the group SIDs of one side, both of which may be
// empty.
func (d *Decoder) principal(i int32, side string) (name model.Opt[string], groups []string) {
	name = d.optional(i, side+"NameForAuth")
	list := d.only(i, side+"GroupSids")
	if list == 0 {
		return name, nil
	}
	d.counted(list, side+"GroupSids")
	groups = []string{}
	for k := d.nodes[list].child; k != 0; k = d.nodes[k].next {
		if text, _ := d.leaf(k); text != "" {
			groups = append(groups, text)
		}
	}
	return name, groups
}
