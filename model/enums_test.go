package model

import (
	"math"
	"strings"
	"testing"
)

type enum interface {
	String() string
	Known() bool
}

// TestEnums has every value and name by hand from the headers.
func TestEnums(t *testing.T) {
	for _, c := range []struct {
		typ   string
		of    func(uint32) enum
		parse func(string) (uint32, bool)
		names map[uint32]string
	}{
		{"FWP_DATA_TYPE", func(v uint32) enum { return DataType(v) }, parser(ParseDataType), map[uint32]string{
			0: "FWP_EMPTY", 1: "FWP_UINT8", 2: "FWP_UINT16", 3: "FWP_UINT32", 4: "FWP_UINT64", 5: "FWP_INT8", 6: "FWP_INT16",
			7: "FWP_INT32", 8: "FWP_INT64", 9: "FWP_FLOAT", 10: "FWP_DOUBLE", 11: "FWP_BYTE_ARRAY16_TYPE", 12: "FWP_BYTE_BLOB_TYPE",
			13: "FWP_SID", 14: "FWP_SECURITY_DESCRIPTOR_TYPE", 15: "FWP_TOKEN_INFORMATION_TYPE", 16: "FWP_TOKEN_ACCESS_INFORMATION_TYPE",
			17: "FWP_UNICODE_STRING_TYPE", 18: "FWP_BYTE_ARRAY6_TYPE", 19: "FWP_BITMAP_INDEX_TYPE", 20: "FWP_BITMAP_ARRAY64_TYPE",
			0x100: "FWP_V4_ADDR_MASK", 0x101: "FWP_V6_ADDR_MASK", 0x102: "FWP_RANGE_TYPE",
		}},
		{"IPSEC_FAILURE_POINT", func(v uint32) enum { return FailurePoint(v) }, parser(ParseFailurePoint), map[uint32]string{
			0: "IPSEC_FAILURE_NONE", 1: "IPSEC_FAILURE_ME", 2: "IPSEC_FAILURE_PEER",
		}},
		{"IKEEXT_KEY_MODULE_TYPE", func(v uint32) enum { return KeyModuleType(v) }, parser(ParseKeyModuleType), map[uint32]string{
			0: "IKEEXT_KEY_MODULE_IKE", 1: "IKEEXT_KEY_MODULE_AUTHIP", 2: "IKEEXT_KEY_MODULE_IKEV2",
		}},
		{"IKEEXT_QM_SA_STATE", func(v uint32) enum { return QMSAState(v) }, parser(ParseQMSAState), map[uint32]string{
			0: "IKEEXT_QM_SA_STATE_NONE", 1: "IKEEXT_QM_SA_STATE_INITIAL", 2: "IKEEXT_QM_SA_STATE_FINAL", 3: "IKEEXT_QM_SA_STATE_COMPLETE",
		}},
		{"IKEEXT_MM_SA_STATE", func(v uint32) enum { return MMSAState(v) }, parser(ParseMMSAState), map[uint32]string{
			0: "IKEEXT_MM_SA_STATE_NONE", 1: "IKEEXT_MM_SA_STATE_SA_SENT", 2: "IKEEXT_MM_SA_STATE_SSPI_SENT",
			3: "IKEEXT_MM_SA_STATE_FINAL", 4: "IKEEXT_MM_SA_STATE_FINAL_SENT", 5: "IKEEXT_MM_SA_STATE_COMPLETE",
		}},
		{"IKEEXT_EM_SA_STATE", func(v uint32) enum { return EMSAState(v) }, parser(ParseEMSAState), map[uint32]string{
			0: "IKEEXT_EM_SA_STATE_NONE", 1: "IKEEXT_EM_SA_STATE_SENT_ATTS", 2: "IKEEXT_EM_SA_STATE_SSPI_SENT",
			3: "IKEEXT_EM_SA_STATE_AUTH_COMPLETE", 4: "IKEEXT_EM_SA_STATE_FINAL", 5: "IKEEXT_EM_SA_STATE_COMPLETE",
		}},
		{"IKEEXT_SA_ROLE", func(v uint32) enum { return SARole(v) }, parser(ParseSARole), map[uint32]string{
			0: "IKEEXT_SA_ROLE_INITIATOR", 1: "IKEEXT_SA_ROLE_RESPONDER",
		}},
		{"IPSEC_TRAFFIC_TYPE", func(v uint32) enum { return TrafficType(v) }, parser(ParseTrafficType), map[uint32]string{
			0: "IPSEC_TRAFFIC_TYPE_TRANSPORT", 1: "IPSEC_TRAFFIC_TYPE_TUNNEL",
		}},
		{"FWP_IP_VERSION", func(v uint32) enum { return IPVersion(v) }, parser(ParseIPVersion), map[uint32]string{
			0: "FWP_IP_VERSION_V4", 1: "FWP_IP_VERSION_V6", 2: "FWP_IP_VERSION_NONE",
		}},
		{"FWPM_NET_EVENT_TYPE", func(v uint32) enum { return NetEventType(v) }, parser(ParseNetEventType), map[uint32]string{
			0: "FWPM_NET_EVENT_TYPE_IKEEXT_MM_FAILURE", 1: "FWPM_NET_EVENT_TYPE_IKEEXT_QM_FAILURE", 2: "FWPM_NET_EVENT_TYPE_IKEEXT_EM_FAILURE",
			3: "FWPM_NET_EVENT_TYPE_CLASSIFY_DROP", 4: "FWPM_NET_EVENT_TYPE_IPSEC_KERNEL_DROP", 5: "FWPM_NET_EVENT_TYPE_IPSEC_DOSP_DROP",
			6: "FWPM_NET_EVENT_TYPE_CLASSIFY_ALLOW", 7: "FWPM_NET_EVENT_TYPE_CAPABILITY_DROP", 8: "FWPM_NET_EVENT_TYPE_CAPABILITY_ALLOW",
			9: "FWPM_NET_EVENT_TYPE_CLASSIFY_DROP_MAC", 10: "FWPM_NET_EVENT_TYPE_LPM_PACKET_ARRIVAL",
		}},
	} {
		for v := range uint32(0x110) { // all members and all _MAX values are below
			want, known := c.names[v]
			if got := c.of(v).Known(); got != known {
				t.Errorf("%s: Known(%d) is %t", c.typ, v, got)
			}
			got := c.of(v).String()
			if known && got != want || !known && !strings.HasPrefix(got, c.typ+"(") {
				t.Errorf("%s: %d prints %s, want %s", c.typ, v, got, want)
			}
			if back, ok := c.parse(got); !ok || back != v {
				t.Errorf("%s: %s is read as %d, %t", c.typ, got, back, ok)
			}
		}
		if got, want := c.of(math.MaxUint32).String(), c.typ+"(4294967295)"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		for _, bad := range []string{"", c.typ, c.typ + "()", c.typ + "(07)", c.typ + "(+7)", c.typ + "(4294967296)", c.typ + "(7", "(7)", "7", c.names[0] + " ", strings.ToLower(c.names[0])} {
			if v, ok := c.parse(bad); ok {
				t.Errorf("%s: %q is read as %d", c.typ, bad, v)
			}
		}
	}
	if got := QMSAState(7).String(); got != "IKEEXT_QM_SA_STATE(7)" {
		t.Errorf("got %s", got)
	}
}

func parser[T ~uint32](parse func(string) (T, bool)) func(string) (uint32, bool) {
	return func(text string) (uint32, bool) {
		v, ok := parse(text)
		return uint32(v), ok
	}
}
