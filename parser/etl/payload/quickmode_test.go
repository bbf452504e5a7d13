package payload_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/etl/payload"
	"github.com/qmparse/qmparse/parser/quickmode"
)

// Event 1007 of both versions, put together by hand, becomes a failure, with its
// addresses in every form that they can have.
func TestQuickMode(t *testing.T) {
	v6 := []byte{0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9}
	in4 := cat([]byte{2, 0, 0x11, 0x94, 10, 1, 2, 3}, make([]byte, 8))
	in6 := cat([]byte{23, 0, 0x01, 0xf4, 0, 0, 0, 0}, v6, u32(5))
	storage := func(b []byte) []byte { return append(bytes.Clone(b), make([]byte, 128-len(b))...) }
	for _, c := range []struct {
		name string
		blob []byte
		addr string
		port model.Opt[uint16]
	}{
		{"none", nil, "", model.Opt[uint16]{}},
		{"IPv4", []byte{10, 1, 2, 3}, "10.1.2.3", model.Opt[uint16]{}},
		{"IPv6", v6, "2001:db8::9", model.Opt[uint16]{}},
		{"SOCKADDR_IN", in4, "10.1.2.3", model.Some[uint16](4500)},
		{"SOCKADDR_IN6", in6, "2001:db8::9", model.Some[uint16](500)},
		{"SOCKADDR_IN in SOCKADDR_STORAGE", storage(in4), "10.1.2.3", model.Some[uint16](4500)},
		{"SOCKADDR_IN6 in SOCKADDR_STORAGE", storage(in6), "2001:db8::9", model.Some[uint16](500)},
	} {
		for version := range uint8(2) {
			what := fmt.Sprintf("%s, version %d", c.name, version)
			length := byte(len(c.blob))
			p := cat(
				[]byte{0x3f, 0x2c, 0x59, 0x13, 0xdd, 0x56, 0xd6, 0x01}, // Timestamp
				[]byte{length, 0, 0, 0}, c.blob,
				[]byte{length, 0, 0, 0}, c.blob,
				[]byte{5, 0, 0, 0},                                                 // ScopeId
				[]byte{'v', 0, 'p', 0, 'n', 0, 0, 0},                               // AppId
				[]byte{1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0},                        // UserSID
				[]byte{0x2c, 0x36, 0, 0},                                           // FailureErrorCode 13868
				[]byte{2, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0}, // FailurePoint to SaTrafficType
				[]byte{0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11},             // QMFilterId
			)
			if version == 1 {
				p = cat(p, []byte{153, 0, 0, 0, 0, 0, 0, 0}, []byte{0x44, 0x33, 0x22, 0x11, 0x66, 0x55, 0x88, 0x77, 1, 2, 3, 4, 5, 6, 7, 8})
			}
			e := &payload.Event{
				Provider: wfp, ID: 1007, Version: version, Build: 19045, PointerSize: 8,
				Payload: p, Offset: base, SchemaOffset: schemaBase,
			}
			_, diags, fields, err := decode(t, e)
			if err != nil || len(diags) > 0 {
				t.Errorf("%s: %v, %q", what, err, diags)
				continue
			}
			f, ok := quickmode.Map(&model.Event{
				Provenance:   model.Provenance{Format: model.FormatETL, State: model.StateLive},
				ProviderGUID: model.Some(wfp), EventID: model.Some[uint32](1007), Version: model.Some(version), Fields: fields,
			})
			if !ok || len(f.Diagnostics) > 0 {
				t.Errorf("%s: %v, %q", what, ok, f.Diagnostics)
				continue
			}
			addr := model.Opt[string]{V: c.addr, OK: c.addr != ""}
			if f.LocalAddr != addr || f.RemoteAddr != addr || f.LocalIKEPort != c.port || f.RemoteIKEPort != c.port {
				t.Errorf("%s: %v %v, %v %v", what, f.LocalAddr, f.LocalIKEPort, f.RemoteAddr, f.RemoteIKEPort)
			}
			if f.FailureTime.V.String() != "2020-07-10T17:10:56.6380607Z" || f.ScopeID.V != 5 || f.AppID.V != "vpn" || f.FailureUserSID.V != "S-1-5-18" ||
				f.ErrorCode.V != 13868 || f.FailurePoint.V.String() != "IPSEC_FAILURE_PEER" || f.KeyingModule.V.String() != "IKEEXT_KEY_MODULE_IKEV2" ||
				f.QMState.V.String() != "IKEEXT_QM_SA_STATE_INITIAL" || f.SARole.V.String() != "IKEEXT_SA_ROLE_RESPONDER" ||
				f.SATrafficType.V.String() != "IPSEC_TRAFFIC_TYPE_TRANSPORT" || f.QMFilterID.V != 0x1122334455667788 || f.StructVersion.V != version {
				t.Errorf("%s: %+v", what, f)
			}
			if f.MMSaLUID.OK != (version == 1) || version == 1 && (f.MMSaLUID.V != 153 || f.MMProviderContextKey.V.String() != "11223344-5566-7788-0102-030405060708") {
				t.Errorf("%s: %v %v", what, f.MMSaLUID, f.MMProviderContextKey)
			}
			prefixes(t, what, *e)
		}
	}
}
