package main

import (
	"bytes"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// What testdata/wine/fwpuclnt.c puts into its events, as rows of qm_failures. Two
// of its eight events are no Quick Mode failures; two of the rows have pointers
// that lead nowhere, the last one has no body.

// header5 is what head() writes, body5 what body() writes for transport traffic.
var header5 = row{
	"time_source": "net_event", "source_format": "wfpnev", "source_member": nil, "record_state": "live",
	"layout_basis": "documented", "net_event_version": "5",
	"ip_version": "4", "ip_protocol": "17",
	"local_addr": "198.51.100.1", "remote_addr": "203.0.113.2", "local_port": "500", "remote_port": "4500",
	"scope_id": nil, "app_id": `\device\harddiskvolume2\windows\system32\svchost.exe`,
	"user_sid": "S-1-5-21-11-22-33-1001", "package_sid": nil, "enterprise_id": "contoso.example",
	"effective_name": "a\uFFFDb", "policy_flags": "9223372036854775809",
}

var body5 = row{
	"failure_error_code": "13868", "failure_error": "ERROR_IPSEC_IKE_POLICY_MATCH", "failure_message": "Policy match error",
	"failure_point": "IPSEC_FAILURE_PEER", "failure_point_value": "2",
	"keying_module_type": "IKEEXT_KEY_MODULE_IKEV2", "keying_module_type_value": "2",
	"qm_state": "IKEEXT_QM_SA_STATE_FINAL", "qm_state_value": "2",
	"sa_role": "IKEEXT_SA_ROLE_RESPONDER", "sa_role_value": "1",
	"sa_traffic_type": "IPSEC_TRAFFIC_TYPE_TRANSPORT", "sa_traffic_type_value": "0",
	"mm_provider_context_key": "11223344-5566-7788-99aa-bbccddeeff01", "struct_version": "1",
	"local_condition": nil, "remote_condition": nil, "local_subnet": nil, "remote_subnet": nil,
	"local_subnet_first": nil, "local_subnet_last": nil, "remote_subnet_first": nil, "remote_subnet_last": nil,
	"diagnostics": []any{},
}

var tunnel = row{"sa_traffic_type": "IPSEC_TRAFFIC_TYPE_TUNNEL", "sa_traffic_type_value": "1"}

// condition is a FWP_CONDITION_VALUE0 without what its type does not have.
func condition(typ, value string, more row) map[string]any {
	return row{
		"type": typ, "type_value": value, "addr": nil, "mask": nil, "prefix_length": nil,
		"range_low": nil, "range_high": nil, "raw": nil,
	}.with(more)
}

var rows5 = []row{
	header5.with(body5).with(tunnel).with(row{
		"event_time": "2025-11-21T16:04:38.213760Z", "event_filetime": "134082146782137600",
		"qm_filter_id": "1234605616436508552", "mm_sa_luid": "1234605616436508553",
		"local_condition": condition("FWP_V4_ADDR_MASK", "256", row{
			"addr": "10.1.2.3", "mask": "255.255.255.0", "prefix_length": "24"}),
		"local_subnet":       "10.1.2.0/24",
		"local_subnet_first": "00000000000000000000ffff0a010200", "local_subnet_last": "00000000000000000000ffff0a0102ff",
		"remote_condition": condition("FWP_V4_ADDR_MASK", "256", row{"addr": "172.16.0.0", "mask": "255.0.255.0"}),
		"diagnostics":      []any{"remoteSubNet"},
	}),
	header5.with(body5).with(tunnel).with(row{
		"event_time": "2025-11-21T16:04:38.213761Z", "event_filetime": "134082146782137610",
		"ip_version": "6", "scope_id": "7", "local_addr": "2001:db8::1", "remote_addr": "2001:db8::2",
		"qm_filter_id": "2", "mm_sa_luid": "3",
		"local_condition":    condition("FWP_V6_ADDR_MASK", "257", row{"addr": "2001:db8:1::", "prefix_length": "48"}),
		"local_subnet":       "2001:db8:1::/48",
		"local_subnet_first": "20010db8000100000000000000000000", "local_subnet_last": "20010db80001ffffffffffffffffffff",
		"remote_condition":    condition("FWP_V6_ADDR_MASK", "257", row{"addr": "2001:db8:2::", "prefix_length": "64"}),
		"remote_subnet":       "2001:db8:2::/64",
		"remote_subnet_first": "20010db8000200000000000000000000", "remote_subnet_last": "20010db800020000ffffffffffffffff",
	}),
	header5.with(body5).with(row{
		"event_time": "2025-11-21T16:04:38.213762Z", "event_filetime": "134082146782137620",
		"qm_filter_id": "3", "mm_sa_luid": "4",
	}),
	header5.with(body5).with(tunnel).with(row{
		"event_time": "2025-11-21T16:04:38.213763Z", "event_filetime": "134082146782137630",
		"qm_filter_id": "4", "mm_sa_luid": "5",
		"local_condition":  condition("FWP_V4_ADDR_MASK", "256", nil),
		"remote_condition": condition("FWP_V6_ADDR_MASK", "257", nil),
		"diagnostics":      []any{"localSubNet", "remoteSubNet"},
	}),
	header5.with(body5).with(tunnel).with(row{
		"event_time": "2025-11-21T16:04:38.213764Z", "event_filetime": "134082146782137640",
		"user_sid": nil, "qm_filter_id": "5", "mm_sa_luid": "6",
		"local_condition":    condition("FWP_UINT32", "3", row{"addr": "127.0.0.1"}),
		"local_subnet":       "127.0.0.1/32",
		"local_subnet_first": "00000000000000000000ffff7f000001", "local_subnet_last": "00000000000000000000ffff7f000001",
		"remote_condition":    condition("FWP_RANGE_TYPE", "258", row{"range_low": "10.0.0.1", "range_high": "10.0.0.254"}),
		"remote_subnet_first": "00000000000000000000ffff0a000001", "remote_subnet_last": "00000000000000000000ffff0a0000fe",
		"diagnostics": []any{"userId"},
	}),
	header5.with(row{
		"event_time": "2025-11-21T16:04:38.213766Z", "event_filetime": "134082146782137660",
		"failure_error_code": nil, "failure_error": nil, "failure_point": nil, "keying_module_type": nil, "qm_state": nil,
		"sa_role": nil, "sa_traffic_type": nil, "sa_traffic_type_value": nil, "qm_filter_id": nil, "mm_sa_luid": nil,
		"mm_provider_context_key": nil, "local_condition": nil, "remote_condition": nil, "struct_version": "1",
		"diagnostics": []any{"ikeQmFailure"},
	}),
}

// rows0 is what is left of them in FWPM_NET_EVENT0, which has less to say.
func rows0() (rows []row) {
	for _, r := range rows5 {
		rows = append(rows, r.with(row{
			"net_event_version": "0", "struct_version": "0",
			"package_sid": nil, "enterprise_id": nil, "effective_name": nil, "policy_flags": nil,
			"mm_sa_luid": nil, "mm_provider_context_key": nil,
		}))
	}
	return rows
}

// mainMode is the sixth event's body.
const mainMode = `{
	"failureErrorCode": 13801, "failurePoint": "IPSEC_FAILURE_ME", "flags": 2,
	"keyingModuleType": "IKEEXT_KEY_MODULE_AUTHIP", "mmState": "IKEEXT_MM_SA_STATE_FINAL",
	"saRole": "IKEEXT_SA_ROLE_INITIATOR", "mmAuthMethod": "IKEEXT_CERTIFICATE",
	"endCertHash": "DE000000000000000000000000000000000000AD", "mmId": "7", "mmFilterId": "8",
	"localPrincipalNameForAuth": "host/a.example", "remotePrincipalNameForAuth": "",
	"localPrincipalGroupSids": ["S-1-5-18", "S-1-5-19"], "remotePrincipalGroupSids": [],
	"providerContextKey": "aabbccdd-eeff-0011-2233-445566778899"}`

// checkMainMode looks at the sixth of all events.
func checkMainMode(t *testing.T, path string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), []string{"events", "-q", path}, nil, &stdout, &stderr); code != exitOK {
		t.Errorf("events: exit code %d: %s", code, &stderr)
	}
	got := parseRows(t, stdout.Bytes())
	if len(got) != 8 {
		t.Fatalf("%d events", len(got))
	}
	data, _ := got[5]["data"].(map[string]any)
	want := parseRows(t, []byte(mainMode))[0]
	if !reflect.DeepEqual(data["ikeMmFailure"], map[string]any(want)) {
		t.Errorf("main mode: got %v, want %v", data, want)
	}
}

// checkRows exports a dump and compares, value by value. Of a diagnostic it is
// checked that it names the field.
func checkRows(t *testing.T, path, host string, want []row) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), []string{"export", path}, nil, &stdout, &stderr); code != exitOK {
		t.Errorf("export: exit code %d: %s", code, &stderr)
	}
	got := parseRows(t, stdout.Bytes())
	if len(got) != len(want) {
		t.Fatalf("%d rows, want %d: %s%s", len(got), len(want), &stdout, &stderr)
	}
	for i, r := range want {
		r = r.with(row{"host": host, "source_path": path})
		for _, column := range slices.Sorted(maps.Keys(r)) {
			value, ok := got[i][column]
			if !ok {
				t.Errorf("row %d: no column %s", i, column)
			}
			if column == "diagnostics" {
				diagnostics, _ := value.([]any) // null if there are none
				checkDiagnostics(t, i, diagnostics, r[column].([]any))
			} else if !reflect.DeepEqual(plain(value), plain(r[column])) {
				t.Errorf("row %d: %s is %v, want %v", i, column, value, r[column])
			}
		}
	}
}

func checkDiagnostics(t *testing.T, i int, got, want []any) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("row %d: diagnostics %q, want some about %q", i, got, want)
		return
	}
	for j, field := range want {
		if !strings.Contains(got[j].(string), field.(string)) {
			t.Errorf("row %d: diagnostic %q, want one about %s", i, got[j], field)
		}
	}
}

// plain makes numbers text and rows maps, so that values can be compared.
func plain(v any) any {
	switch v := v.(type) {
	case map[string]any:
		m := map[string]any{}
		for k, e := range v {
			m[k] = plain(e)
		}
		return m
	case row:
		return plain(map[string]any(v))
	case fmt.Stringer: // json.Number
		return v.String()
	}
	return v
}

// checkInspect looks what inspect says of a dump.
func checkInspect(t *testing.T, path string, meta dumpMeta) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), []string{"inspect", "-q", path}, nil, &stdout, &stderr); code != exitOK {
		t.Errorf("inspect: exit code %d: %s", code, &stderr)
	}
	for _, want := range []string{
		regexp.QuoteMeta(meta.HostName), regexp.QuoteMeta(meta.OSBuild), meta.API, regexp.QuoteMeta(meta.Collector),
		`(?i)ikeext.qm.failure\D+6\b`, `(?i)ikeext.mm.failure\D+1\b`, `(?i)unknown\D+1\b`,
	} {
		if !regexp.MustCompile(want).Match(stdout.Bytes()) {
			t.Errorf("inspect: want %s in: %s", want, &stdout)
		}
	}
}
