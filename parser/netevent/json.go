package netevent

import (
	"net/netip"
	"strconv"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/internal/jsontext"
)

// AppendJSON appends a net event as one JSON object in UTF-8 without white
// space, the text of the column data:
//
//	{"type":"FWPM_NET_EVENT_TYPE_…","header":{…},"ikeQmFailure":{…}}
//
// Names are those of fwpmtypes.h, of a condition's value that of its arm.
// Unknown fields are left out; the body of a main, quick or extended mode
// failure that is unknown as a whole is null, those of other types are left out.
// Numbers up to 32 bits are numbers, wider ones, enumerators, GUIDs, times and
// addresses are text, bytes are upper-case hex.
func AppendJSON(dst []byte, ev *model.NetEvent) []byte {
	w := jsonWriter{dst}
	w.open("")
	w.enum("type", ev.Type.String())
	w.header(&ev.Header)
	switch {
	case ev.QM != nil:
		w.qm(ev.QM)
	case ev.MM != nil:
		w.mm(ev.MM)
	case ev.EM != nil:
		w.em(ev.EM)
	default:
		switch ev.Type {
		case model.NetEventIKEExtMMFailure, model.NetEventIKEExtQMFailure, model.NetEventIKEExtEMFailure:
			w.key(bodies[ev.Type])
			w.b = append(w.b, "null"...)
		}
	}
	w.close()
	return w.b
}

func (w *jsonWriter) header(h *model.NetEventHeader) {
	w.open("header")
	if h.TimeStamp.OK {
		w.key("timeStamp")
		w.b = append(w.b, '"')
		w.b = h.TimeStamp.V.AppendISO(w.b)
		w.b = append(w.b, '"')
	}
	number(w, "flags", h.Flags)
	enumerator(w, "ipVersion", h.IPVersion)
	number(w, "ipProtocol", h.IPProtocol)
	w.addr("localAddrV4", "localAddrV6", h.LocalAddr)
	w.addr("remoteAddrV4", "remoteAddrV6", h.RemoteAddr)
	number(w, "localPort", h.LocalPort)
	number(w, "remotePort", h.RemotePort)
	number(w, "scopeId", h.ScopeID)
	w.text("appId", h.AppID)
	w.text("userId", h.UserID)
	if h.AddressFamily.OK {
		w.enum("addressFamily", addressFamily(h.AddressFamily.V))
	}
	w.text("packageSid", h.PackageSID)
	w.text("enterpriseId", h.EnterpriseID)
	w.wide("policyFlags", h.PolicyFlags)
	w.text("effectiveName", h.EffectiveName)
	w.close()
}

// addressFamily returns the name of an FWP_AF (fwptypes.h).
func addressFamily(v uint32) string {
	switch v {
	case 0:
		return "FWP_AF_INET"
	case 1:
		return "FWP_AF_INET6"
	case 2:
		return "FWP_AF_ETHER"
	case 3:
		return "FWP_AF_NONE"
	}
	return "FWP_AF(" + strconv.FormatUint(uint64(v), 10) + ")"
}

func (w *jsonWriter) qm(f *model.IKEQMFailure) {
	w.open("ikeQmFailure")
	number(w, "failureErrorCode", f.ErrorCode)
	enumerator(w, "failurePoint", f.FailurePoint)
	enumerator(w, "keyingModuleType", f.KeyingModule)
	enumerator(w, "qmState", f.QMState)
	enumerator(w, "saRole", f.SARole)
	enumerator(w, "saTrafficType", f.SATrafficType)
	w.condition("localSubNet", f.LocalSubNet)
	w.condition("remoteSubNet", f.RemoteSubNet)
	w.wide("qmFilterId", f.QMFilterID)
	w.wide("mmSaLuid", model.Opt[uint64]{V: uint64(f.MMSaLUID.V), OK: f.MMSaLUID.OK})
	w.guid("mmProviderContextKey", f.MMProviderContextKey)
	w.close()
}

func (w *jsonWriter) mm(f *model.IKEMMFailure) {
	w.open("ikeMmFailure")
	number(w, "failureErrorCode", f.ErrorCode)
	enumerator(w, "failurePoint", f.FailurePoint)
	number(w, "flags", f.Flags)
	enumerator(w, "keyingModuleType", f.KeyingModule)
	enumerator(w, "mmState", f.MMState)
	enumerator(w, "saRole", f.SARole)
	w.authMethod("mmAuthMethod", f.AuthMethod)
	w.bytes("endCertHash", f.EndCertHash)
	w.wide("mmId", f.MMID)
	w.wide("mmFilterId", f.MMFilterID)
	w.text("localPrincipalNameForAuth", f.LocalPrincipal)
	w.text("remotePrincipalNameForAuth", f.RemotePrincipal)
	w.texts("localPrincipalGroupSids", f.LocalGroupSIDs)
	w.texts("remotePrincipalGroupSids", f.RemoteGroupSIDs)
	w.guid("providerContextKey", f.ProviderContextKey)
	w.close()
}

func (w *jsonWriter) em(f *model.IKEEMFailure) {
	w.open("ikeEmFailure")
	number(w, "failureErrorCode", f.ErrorCode)
	enumerator(w, "failurePoint", f.FailurePoint)
	number(w, "flags", f.Flags)
	enumerator(w, "emState", f.EMState)
	enumerator(w, "saRole", f.SARole)
	w.authMethod("emAuthMethod", f.AuthMethod)
	w.bytes("endCertHash", f.EndCertHash)
	w.wide("mmId", f.MMID)
	w.wide("qmFilterId", f.QMFilterID)
	w.text("localPrincipalNameForAuth", f.LocalPrincipal)
	w.text("remotePrincipalNameForAuth", f.RemotePrincipal)
	w.texts("localPrincipalGroupSids", f.LocalGroupSIDs)
	w.texts("remotePrincipalGroupSids", f.RemoteGroupSIDs)
	enumerator(w, "saTrafficType", f.SATrafficType)
	w.close()
}

func (w *jsonWriter) authMethod(name string, v model.Opt[uint32]) {
	if v.OK {
		w.enum(name, authMethod(v.V))
	}
}

var authMethods = [...]string{
	"IKEEXT_PRESHARED_KEY", "IKEEXT_CERTIFICATE", "IKEEXT_KERBEROS", "IKEEXT_ANONYMOUS", "IKEEXT_SSL", "IKEEXT_NTLM_V2",
	"IKEEXT_IPV6_CGA", "IKEEXT_CERTIFICATE_ECDSA_P256", "IKEEXT_CERTIFICATE_ECDSA_P384",
	"IKEEXT_SSL_ECDSA_P256", "IKEEXT_SSL_ECDSA_P384", "IKEEXT_EAP", "IKEEXT_RESERVED",
}

// authMethod returns the name of an IKEEXT_AUTHENTICATION_METHOD_TYPE
// (iketypes.h).
func authMethod(v uint32) string {
	if v < uint32(len(authMethods)) {
		return authMethods[v]
	}
	return "IKEEXT_AUTHENTICATION_METHOD_TYPE(" + strconv.FormatUint(uint64(v), 10) + ")"
}

// condition appends FWP_CONDITION_VALUE0 or FWP_VALUE0: its type, and its value
// under the name of the union's arm. Without the arm are a value that did not
// resolve, types without an arm, and FWP_TOKEN_INFORMATION, which is pointers.
func (w *jsonWriter) condition(name string, v *model.ConditionValue) {
	if v == nil {
		return
	}
	w.open(name)
	w.enum("type", v.Type.String())
	switch a := v.Value.(type) {
	case model.Uint8:
		w.uint("uint8", uint64(a))
	case model.Uint16:
		w.uint("uint16", uint64(a))
	case model.Uint32:
		w.uint("uint32", uint64(a))
	case model.Uint64:
		w.wide("uint64", model.Some(uint64(a)))
	case model.Int8:
		w.int("int8", int64(a))
	case model.Int16:
		w.int("int16", int64(a))
	case model.Int32:
		w.int("int32", int64(a))
	case model.Int64:
		w.enum("int64", strconv.FormatInt(int64(a), 10))
	case model.Float32:
		// As text: JSON has no NaN and no INF.
		w.enum("float32", string(jsontext.AppendFloat(nil, float64(a), 32)))
	case model.Float64:
		w.enum("double64", string(jsontext.AppendFloat(nil, float64(a), 64)))
	case model.ByteArray6:
		w.bytes("byteArray6", a[:])
	case model.ByteArray16:
		w.key("byteArray16")
		w.plainAddr(netip.AddrFrom16(a))
	case model.ByteBlob:
		w.bytes(blobName(v.Type), nonNil(a))
	case model.SecurityDescriptor:
		w.bytes("sd", nonNil(a))
	case model.SID:
		if text, _, ok := model.AppendSID(nil, a); ok {
			w.enum("sid", string(text))
		}
	case model.UnicodeString:
		w.text("unicodeString", model.Some(textOf(a)))
	case model.V4AddrMask:
		w.open("v4AddrMask")
		w.key("addr")
		w.plainAddr(addr4(a.Addr))
		w.key("mask")
		w.plainAddr(addr4(a.Mask))
		w.close()
	case model.V6AddrMask:
		w.open("v6AddrMask")
		w.key("addr")
		w.plainAddr(netip.AddrFrom16(a.Addr))
		w.uint("prefixLength", uint64(a.PrefixLength))
		w.close()
	case model.Range:
		w.open("rangeValue")
		w.condition("valueLow", &a.Low)
		w.condition("valueHigh", &a.High)
		w.close()
	}
	w.close()
}

func blobName(t model.DataType) string {
	if t == model.DataTypeTokenAccessInformation {
		return "tokenAccessInformation"
	}
	return "byteBlob"
}

func nonNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// addr4 converts an IPv4 address from host order.
func addr4(v uint32) netip.Addr {
	return netip.AddrFrom4([4]byte{byte(v >> 24), byte(v >> 16), byte(v >> 8), byte(v)})
}
