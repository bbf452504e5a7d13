package duckdbtest

import (
	"testing"

	"github.com/qmparse/qmparse/export"
)

const condition = `STRUCT("type" VARCHAR, type_value UINTEGER, addr VARCHAR, mask VARCHAR, prefix_length UTINYINT, ` +
	`range_low VARCHAR, range_high VARCHAR, raw BLOB)`

// The columns as the schema has them, typed by hand.
var schema = map[export.Table][][2]string{
	export.QMFailures: {
		{"event_uid", "UUID"},
		{"event_time", "TIMESTAMPTZ"},
		{"event_filetime", "UBIGINT"},
		{"time_source", "VARCHAR"},
		{"logged_time", "TIMESTAMPTZ"},
		{"host", "VARCHAR"},
		{"source_format", "VARCHAR"},
		{"source_path", "VARCHAR"},
		{"source_member", "VARCHAR"},
		{"source_offset", "UBIGINT"},
		{"record_state", "VARCHAR"},
		{"template_source", "VARCHAR"},
		{"layout_basis", "VARCHAR"},
		{"record_id", "UBIGINT"},
		{"event_record_id", "UBIGINT"},
		{"provider", "VARCHAR"},
		{"channel", "VARCHAR"},
		{"event_id", "UINTEGER"},
		{"event_version", "UTINYINT"},
		{"process_id", "UINTEGER"},
		{"thread_id", "UINTEGER"},
		{"ip_version", "UTINYINT"},
		{"ip_protocol", "UTINYINT"},
		{"local_addr", "VARCHAR"},
		{"remote_addr", "VARCHAR"},
		{"local_port", "USMALLINT"},
		{"remote_port", "USMALLINT"},
		{"local_ike_port", "USMALLINT"},
		{"remote_ike_port", "USMALLINT"},
		{"scope_id", "UINTEGER"},
		{"app_id", "VARCHAR"},
		{"user_sid", "VARCHAR"},
		{"package_sid", "VARCHAR"},
		{"enterprise_id", "VARCHAR"},
		{"effective_name", "VARCHAR"},
		{"policy_flags", "UBIGINT"},
		{"failure_error_code", "UINTEGER"},
		{"failure_error", "VARCHAR"},
		{"failure_message", "VARCHAR"},
		{"failure_reason", "VARCHAR"},
		{"failure_point", "VARCHAR"},
		{"keying_module_type", "VARCHAR"},
		{"qm_state", "VARCHAR"},
		{"sa_role", "VARCHAR"},
		{"sa_traffic_type", "VARCHAR"},
		{"failure_point_value", "UINTEGER"},
		{"keying_module_type_value", "UINTEGER"},
		{"qm_state_value", "UINTEGER"},
		{"sa_role_value", "UINTEGER"},
		{"sa_traffic_type_value", "UINTEGER"},
		{"local_subnet", "VARCHAR"},
		{"remote_subnet", "VARCHAR"},
		{"local_subnet_first", "BLOB"},
		{"local_subnet_last", "BLOB"},
		{"remote_subnet_first", "BLOB"},
		{"remote_subnet_last", "BLOB"},
		{"local_condition", condition},
		{"remote_condition", condition},
		{"qm_filter_id", "UBIGINT"},
		{"mm_sa_luid", "UBIGINT"},
		{"mm_provider_context_key", "UUID"},
		{"local_tunnel_endpoint", "VARCHAR"},
		{"remote_tunnel_endpoint", "VARCHAR"},
		{"remote_private_addr", "VARCHAR"},
		{"message_id", "UINTEGER"},
		{"tunnel_id", "UBIGINT"},
		{"traffic_selector_id", "UBIGINT"},
		{"struct_version", "UTINYINT"},
		{"net_event_version", "UTINYINT"},
		{"diagnostics", "VARCHAR[]"},
		{"raw", "BLOB"},
	},
	export.Events: {
		{"event_uid", "UUID"},
		{"event_time", "TIMESTAMPTZ"},
		{"event_filetime", "UBIGINT"},
		{"logged_time", "TIMESTAMPTZ"},
		{"host", "VARCHAR"},
		{"source_format", "VARCHAR"},
		{"source_path", "VARCHAR"},
		{"source_member", "VARCHAR"},
		{"source_offset", "UBIGINT"},
		{"record_state", "VARCHAR"},
		{"template_source", "VARCHAR"},
		{"record_id", "UBIGINT"},
		{"event_record_id", "UBIGINT"},
		{"provider", "VARCHAR"},
		{"provider_guid", "UUID"},
		{"channel", "VARCHAR"},
		{"event_id", "UINTEGER"},
		{"event_qualifiers", "USMALLINT"},
		{"event_version", "UTINYINT"},
		{"level", "UTINYINT"},
		{"task", "USMALLINT"},
		{"opcode", "UTINYINT"},
		{"keywords", "UBIGINT"},
		{"process_id", "UINTEGER"},
		{"thread_id", "UINTEGER"},
		{"activity_id", "UUID"},
		{"related_activity_id", "UUID"},
		{"user_sid", "VARCHAR"},
		{"data", "JSON"},
		{"diagnostics", "VARCHAR[]"},
		{"raw", "BLOB"},
	},
}

func TestColumns(t *testing.T) {
	for table, want := range schema {
		got := export.Columns(table)
		if len(got) != len(want) {
			t.Errorf("%s: %d columns, want %d", table, len(got), len(want))
			continue
		}
		for i, c := range got {
			if c.Name != want[i][0] || c.Type != want[i][1] || c.Doc == "" {
				t.Errorf("%s: column %d is %s %s (%s), want %v", table, i, c.Name, c.Type, c.Doc, want[i])
			}
		}
	}
	if export.Columns("other") != nil {
		t.Error("columns of an unknown table")
	}
}
