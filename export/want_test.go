package export

import (
	"fmt"
	"strings"

	"github.com/qmparse/qmparse/model"
)

// cell is a column of a row with the value that every format must hold: nil,
// string, uint64, micros, guid, hex, object, []string or []cell.
type cell struct {
	name  string
	value any
}

type (
	micros  int64  // since 1970
	decimal uint64 // a number that is a string in NDJSON
	guid    model.GUID
	bytes16 [16]byte
	blob    []byte
	object  []byte
)

// wantEvent and wantFailure say by hand what the columns are.
func wantEvent(r *model.Event, raw bool) []cell {
	c := []cell{
		{"event_uid", guid(r.UID)},
		{"event_time", wantTime(r.Time)},
		{"event_filetime", wantDecimal(r.Time)},
		{"logged_time", wantTime(r.Logged)},
		{"host", wantText(r.Host)},
		{"source_format", wantWord(r.Format)},
		{"source_path", wantWord(r.Path)},
		{"source_member", wantWord(r.Member)},
		{"source_offset", r.Offset},
		{"record_state", wantWord(r.State)},
		{"template_source", wantWord(r.TemplateSource)},
		{"record_id", wantNumber(r.RecordID)},
		{"event_record_id", wantNumber(r.EventRecordID)},
		{"provider", wantText(r.Provider)},
		{"provider_guid", wantGUID(r.ProviderGUID)},
		{"channel", wantText(r.Channel)},
		{"event_id", wantNumber(r.EventID)},
		{"event_qualifiers", wantNumber(r.Qualifiers)},
		{"event_version", wantNumber(r.Version)},
		{"level", wantNumber(r.Level)},
		{"task", wantNumber(r.Task)},
		{"opcode", wantNumber(r.Opcode)},
		{"keywords", wantDecimal(r.Keywords)},
		{"process_id", wantNumber(r.ProcessID)},
		{"thread_id", wantNumber(r.ThreadID)},
		{"activity_id", wantGUID(r.ActivityID)},
		{"related_activity_id", wantGUID(r.RelatedActivityID)},
		{"user_sid", wantText(r.UserSID)},
		{"data", nil},
		{"diagnostics", wantDiagnostics(r.Diagnostics)},
	}
	if r.Data != nil {
		c[len(c)-2].value = object(r.Data)
	}
	return wantRaw(c, r.Raw, raw)
}

func wantFailure(r *model.QMFailure, raw bool) []cell {
	c := []cell{
		{"event_uid", guid(r.UID)},
		{"event_time", wantTime(r.FailureTime)},
		{"event_filetime", wantDecimal(r.FailureTime)},
		{"time_source", wantWord(r.TimeSource)},
		{"logged_time", wantTime(r.Logged)},
		{"host", wantText(r.Host)},
		{"source_format", wantWord(r.Format)},
		{"source_path", wantWord(r.Path)},
		{"source_member", wantWord(r.Member)},
		{"source_offset", r.Offset},
		{"record_state", wantWord(r.State)},
		{"template_source", wantWord(r.TemplateSource)},
		{"layout_basis", wantWord(r.LayoutBasis)},
		{"record_id", wantNumber(r.RecordID)},
		{"event_record_id", wantNumber(r.EventRecordID)},
		{"provider", wantText(r.Provider)},
		{"channel", wantText(r.Channel)},
		{"event_id", wantNumber(r.EventID)},
		{"event_version", wantNumber(r.Version)},
		{"process_id", wantNumber(r.ProcessID)},
		{"thread_id", wantNumber(r.ThreadID)},
		{"ip_version", wantNumber(r.IPVersion)},
		{"ip_protocol", wantNumber(r.IPProtocol)},
		{"local_addr", wantText(r.LocalAddr)},
		{"remote_addr", wantText(r.RemoteAddr)},
		{"local_port", wantNumber(r.LocalPort)},
		{"remote_port", wantNumber(r.RemotePort)},
		{"local_ike_port", wantNumber(r.LocalIKEPort)},
		{"remote_ike_port", wantNumber(r.RemoteIKEPort)},
		{"scope_id", wantNumber(r.ScopeID)},
		{"app_id", wantText(r.AppID)},
		{"user_sid", wantText(r.FailureUserSID)},
		{"package_sid", wantText(r.PackageSID)},
		{"enterprise_id", wantText(r.EnterpriseID)},
		{"effective_name", wantText(r.EffectiveName)},
		{"policy_flags", wantDecimal(r.PolicyFlags)},
		{"failure_error_code", wantNumber(r.ErrorCode)},
		{"failure_error", nil},
		{"failure_message", nil},
		{"failure_reason", wantText(r.Reason)},
		{"failure_point", wantName(r.FailurePoint)},
		{"keying_module_type", wantName(r.KeyingModule)},
		{"qm_state", wantName(r.QMState)},
		{"sa_role", wantName(r.SARole)},
		{"sa_traffic_type", wantName(r.SATrafficType)},
		{"failure_point_value", wantNumber(r.FailurePoint)},
		{"keying_module_type_value", wantNumber(r.KeyingModule)},
		{"qm_state_value", wantNumber(r.QMState)},
		{"sa_role_value", wantNumber(r.SARole)},
		{"sa_traffic_type_value", wantNumber(r.SATrafficType)},
		{"local_subnet", wantText(r.LocalCondition.CIDR())},
		{"remote_subnet", wantText(r.RemoteCondition.CIDR())},
		{"local_subnet_first", nil},
		{"local_subnet_last", nil},
		{"remote_subnet_first", nil},
		{"remote_subnet_last", nil},
		{"local_condition", wantCondition(r.LocalCondition)},
		{"remote_condition", wantCondition(r.RemoteCondition)},
		{"qm_filter_id", wantDecimal(r.QMFilterID)},
		{"mm_sa_luid", wantDecimal(r.MMSaLUID)},
		{"mm_provider_context_key", wantGUID(r.MMProviderContextKey)},
		{"local_tunnel_endpoint", wantText(r.LocalTunnelEndpoint)},
		{"remote_tunnel_endpoint", wantText(r.RemoteTunnelEndpoint)},
		{"remote_private_addr", wantText(r.RemotePrivateAddr)},
		{"message_id", wantNumber(r.MessageID)},
		{"tunnel_id", wantDecimal(r.TunnelID)},
		{"traffic_selector_id", wantDecimal(r.TrafficSelectorID)},
		{"struct_version", wantNumber(r.StructVersion)},
		{"net_event_version", wantNumber(r.NetEventVersion)},
		{"diagnostics", wantDiagnostics(r.Diagnostics)},
	}
	for i := range c {
		var side *model.ConditionValue
		switch c[i].name {
		case "failure_error":
			if s, ok := r.ErrorCode.V.Symbol(); ok && r.ErrorCode.OK {
				c[i].value = s
			}
			continue
		case "failure_message":
			if s, ok := r.ErrorCode.V.Message(); ok && r.ErrorCode.OK {
				c[i].value = s
			}
			continue
		case "local_subnet_first", "local_subnet_last":
			side = r.LocalCondition
		case "remote_subnet_first", "remote_subnet_last":
			side = r.RemoteCondition
		default:
			continue
		}
		if first, last, ok := side.Bounds(); ok {
			c[i].value = bytes16(first)
			if strings.HasSuffix(c[i].name, "last") {
				c[i].value = bytes16(last)
			}
		}
	}
	return wantRaw(c, r.Raw, raw)
}

func wantCondition(c *model.ConditionValue) any {
	if c == nil {
		return nil
	}
	v := []cell{
		{"type", c.Type.String()},
		{"type_value", uint64(c.Type)},
		{"addr", wantText(c.Addr())},
		{"mask", wantText(c.Mask())},
		{"prefix_length", wantNumber(c.PrefixLength())},
		{"range_low", wantText(c.RangeLow())},
		{"range_high", wantText(c.RangeHigh())},
		{"raw", nil},
	}
	if b := c.Raw(); b != nil {
		v[7].value = blob(b)
	}
	return v
}

func wantRaw(c []cell, b []byte, raw bool) []cell {
	switch {
	case !raw:
		return c
	case b == nil:
		return append(c, cell{"raw", nil})
	}
	return append(c, cell{"raw", blob(b)})
}

func wantTime(v model.Opt[model.FILETIME]) any {
	// Year 10000 begins 2650467744 * 10^9 ticks after 1601.
	if !v.OK || v.V >= 2_650_467_744_000_000_000 {
		return nil
	}
	us := int64(v.V / 10)
	return micros(us - 11_644_473_600_000_000)
}

func wantDecimal[U unsigned](v model.Opt[U]) any {
	if !v.OK {
		return nil
	}
	return decimal(v.V)
}

func wantNumber[U unsigned](v model.Opt[U]) any {
	if !v.OK {
		return nil
	}
	return uint64(v.V)
}

func wantGUID(v model.Opt[model.GUID]) any {
	if !v.OK {
		return nil
	}
	return guid(v.V)
}

func wantText(v model.Opt[string]) any {
	if !v.OK {
		return nil
	}
	return v.V
}

func wantWord[S ~string](v S) any {
	if v == "" {
		return nil
	}
	return string(v)
}

func wantName[E fmt.Stringer](v model.Opt[E]) any {
	if !v.OK {
		return nil
	}
	return v.V.String()
}

func wantDiagnostics(v []model.Diagnostic) any {
	s := []string{}
	for _, d := range v {
		if d.Detail == "" {
			s = append(s, d.Code)
		} else {
			s = append(s, d.Code+": "+d.Detail)
		}
	}
	return s
}
