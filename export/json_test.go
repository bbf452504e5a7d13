package export

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/qmparse/qmparse/export/internal/rowtest"
	"github.com/qmparse/qmparse/model"
)

// encode writes rows in batches of some size and returns the output.
func encode[T Row](t testing.TB, rows []T, f Format, o Options, batch int) []byte {
	t.Helper()
	var out bytes.Buffer
	s, err := NewSink[T](&out, f, o)
	if err != nil {
		t.Fatal(err)
	}
	writeAll(t, s, rows, batch)
	return out.Bytes()
}

func writeAll[T Row](t testing.TB, s Sink[T], rows []T, batch int) {
	t.Helper()
	b := s.NewBatch()
	for i := range rows {
		r := rows[i]
		b.Append(&r)
		r = *new(T)
		if b.Rows() == batch || i == len(rows)-1 {
			if err := s.Write(b); err != nil {
				t.Fatal(err)
			}
			b.Reset()
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// The lines below are typed by hand from the schema.
const (
	emptyFailureLine = `{"event_uid":"00000000-0000-0000-0000-000000000000","event_time":null,"event_filetime":null,"time_source":null,` +
		`"logged_time":null,"host":null,"source_format":null,"source_path":null,"source_member":null,"source_offset":0,"record_state":null,` +
		`"template_source":null,"layout_basis":null,"record_id":null,"event_record_id":null,"provider":null,"channel":null,"event_id":null,` +
		`"event_version":null,"process_id":null,"thread_id":null,"ip_version":null,"ip_protocol":null,"local_addr":null,"remote_addr":null,` +
		`"local_port":null,"remote_port":null,"local_ike_port":null,"remote_ike_port":null,"scope_id":null,"app_id":null,"user_sid":null,` +
		`"package_sid":null,"enterprise_id":null,"effective_name":null,"policy_flags":null,"failure_error_code":null,"failure_error":null,` +
		`"failure_message":null,"failure_reason":null,"failure_point":null,"keying_module_type":null,"qm_state":null,"sa_role":null,` +
		`"sa_traffic_type":null,"failure_point_value":null,"keying_module_type_value":null,"qm_state_value":null,"sa_role_value":null,` +
		`"sa_traffic_type_value":null,"local_subnet":null,"remote_subnet":null,"local_subnet_first":null,"local_subnet_last":null,` +
		`"remote_subnet_first":null,"remote_subnet_last":null,"local_condition":null,"remote_condition":null,"qm_filter_id":null,` +
		`"mm_sa_luid":null,"mm_provider_context_key":null,"local_tunnel_endpoint":null,"remote_tunnel_endpoint":null,` +
		`"remote_private_addr":null,"message_id":null,"tunnel_id":null,"traffic_selector_id":null,"struct_version":null,` +
		`"net_event_version":null,"diagnostics":[]}` + "\n"

	failureLine = `{"event_uid":"01020304-0506-0708-090a-0b0c0d0e0f10","event_time":"2024-02-29T23:59:59.123456Z",` +
		`"event_filetime":"133537247991234569","time_source":"net_event","logged_time":"1601-01-01T00:00:00.000000Z","host":"HOST",` +
		`"source_format":"wfpnev","source_path":"C:\\dump\".bin","source_member":"in.zip","source_offset":18446744073709551615,` +
		`"record_state":"live","template_source":"built_in","layout_basis":"derived","record_id":1,"event_record_id":2,"provider":"P",` +
		`"channel":"C","event_id":4294967295,"event_version":3,"process_id":4,"thread_id":5,"ip_version":6,"ip_protocol":17,` +
		`"local_addr":"fe80::1","remote_addr":"fe80::2","local_port":7,"remote_port":65535,"local_ike_port":500,"remote_ike_port":4500,` +
		`"scope_id":9,"app_id":"app","user_sid":"S-1-5-18","package_sid":"S-1-15-2-1","enterprise_id":"ent","effective_name":"eff",` +
		`"policy_flags":"9007199254740993","failure_error_code":13868,"failure_error":"ERROR_IPSEC_IKE_POLICY_MATCH",` +
		`"failure_message":"Policy match error","failure_reason":"Because\r\n","failure_point":"IPSEC_FAILURE_PEER",` +
		`"keying_module_type":"IKEEXT_KEY_MODULE_AUTHIP","qm_state":"IKEEXT_QM_SA_STATE(7)","sa_role":"IKEEXT_SA_ROLE_RESPONDER",` +
		`"sa_traffic_type":"IPSEC_TRAFFIC_TYPE_TUNNEL","failure_point_value":2,"keying_module_type_value":1,"qm_state_value":7,` +
		`"sa_role_value":1,"sa_traffic_type_value":1,"local_subnet":"10.1.2.0/24","remote_subnet":null,` +
		`"local_subnet_first":"00000000000000000000ffff0a010200","local_subnet_last":"00000000000000000000ffff0a0102ff",` +
		`"remote_subnet_first":"00000000000000000000ffff0a000001","remote_subnet_last":"00000000000000000000ffff0a000004",` +
		`"local_condition":{"type":"FWP_V4_ADDR_MASK","type_value":256,"addr":"10.1.2.3","mask":"255.255.255.0","prefix_length":24,` +
		`"range_low":null,"range_high":null,"raw":null},` +
		`"remote_condition":{"type":"FWP_RANGE_TYPE","type_value":258,"addr":null,"mask":null,"prefix_length":null,` +
		`"range_low":"10.0.0.1","range_high":"10.0.0.4","raw":null},` +
		`"qm_filter_id":"18446744073709551615","mm_sa_luid":"0","mm_provider_context_key":"00000000-0000-0000-0000-000000000000",` +
		`"local_tunnel_endpoint":"1.1.1.1","remote_tunnel_endpoint":"2.2.2.2","remote_private_addr":"3.3.3.3","message_id":10,` +
		`"tunnel_id":"11","traffic_selector_id":"12","struct_version":1,"net_event_version":5,` +
		`"diagnostics":["mask-not-contiguous: \"255.0.255.0\"","bare"],"raw":"00ff1a"}` + "\n"

	eventLine = `{"event_uid":"01020304-0506-0708-090a-0b0c0d0e0f10","event_time":null,"event_filetime":"2650467744000000000",` +
		`"logged_time":"9999-12-31T23:59:59.999999Z","host":"HOST","source_format":"evtx","source_path":"a.evtx","source_member":null,` +
		`"source_offset":4096,"record_state":"past_free","template_source":"other_chunk","record_id":18446744073709551615,"event_record_id":0,` +
		`"provider":"P","provider_guid":"ff000000-0000-0000-0000-000000000000","channel":"","event_id":0,"event_qualifiers":65535,` +
		`"event_version":255,"level":4,"task":65535,"opcode":255,"keywords":"9259400833873739776","process_id":4294967295,"thread_id":0,` +
		`"activity_id":"00000000-0000-0000-0000-000000000001","related_activity_id":null,"user_sid":"S-1-5-18",` +
		`"data":{"a":1,"b":["x"]},"diagnostics":["bare"],"raw":null}` + "\n"
)

func TestNDJSONLines(t *testing.T) {
	for _, c := range []struct {
		name      string
		got, want string
	}{
		{"empty failure", string(encode(t, make([]model.QMFailure, 1), NDJSON, Options{}, 1)), emptyFailureLine},
		{"failure", string(encode(t, []model.QMFailure{rowtest.FullFailure}, NDJSON, Options{Raw: true}, 1)), failureLine},
		{"event", string(encode(t, []model.Event{rowtest.FullEvent}, NDJSON, Options{Raw: true}, 1)), eventLine},
		{"event without raw", string(encode(t, []model.Event{rowtest.FullEvent}, NDJSON, Options{}, 1)), strings.Replace(eventLine, `,"raw":null`, "", 1)},
		{"no rows", string(encode(t, []model.Event{}, NDJSON, Options{}, 1)), ""},
	} {
		if c.got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.name, c.got, c.want)
		}
	}
}

// TestLineSeparators: what some programs take for the end of a line stands in no column.
func TestLineSeparators(t *testing.T) {
	ev := model.Event{Host: model.Some("a\u2028b"), Data: []byte("{\"\u2029\":\"\u2028\u2028x\u2027\u202aé\u2029\"}")}
	line := string(new(jsonEvent).appendEventJSON(nil, &ev, false))
	if want := `"data":{"\u2029":"\u2028\u2028x` + "\u2027\u202aé" + `\u2029"}`; !strings.Contains(line, want) || strings.ContainsAny(line, "\u2028\u2029") {
		t.Errorf("got %s, want %s", line, want)
	}
}

// TestNDJSONValues reads odd rows back with encoding/json.
func TestNDJSONValues(t *testing.T) {
	events, failures := rowtest.Odd(600)
	event := new(jsonEvent) // what it keeps from row to row must not show
	for i := range events {
		raw := i%2 == 0
		checkLine(t, event.appendEventJSON(nil, &events[i], raw), wantEvent(&events[i], raw))
		checkLine(t, appendQMFailureJSON(nil, &failures[i], raw), wantFailure(&failures[i], raw))
	}
}

// TestNDJSONKeepsNothingWrong writes rows that differ in one value from the row before.
func TestNDJSONKeepsNothingWrong(t *testing.T) {
	events, _ := rowtest.Odd(40)
	kept, differ := new(jsonEvent), 0
	for i := range events {
		base, other := &events[i], &events[(i+1)%len(events)]
		for _, field := range reflect.VisibleFields(reflect.TypeFor[model.Event]()) {
			if field.Anonymous {
				continue
			}
			one := *base
			reflect.ValueOf(&one).Elem().FieldByIndex(field.Index).Set(reflect.ValueOf(other).Elem().FieldByIndex(field.Index))
			before := string(kept.appendEventJSON(nil, base, true))
			got := string(kept.appendEventJSON(nil, &one, true))
			if want := string(new(jsonEvent).appendEventJSON(nil, &one, true)); got != want {
				t.Fatalf("%s of another event:\n got %s\nwant %s", field.Name, got, want)
			}
			if got != before {
				differ++
			}
		}
	}
	if differ < 20*len(events) {
		t.Errorf("%d rows differ from those before", differ)
	}
}

// TestNDJSONKeepsLittle writes rows whose columns are long.
func TestNDJSONKeepsLittle(t *testing.T) {
	kept := new(jsonEvent)
	long := model.Some(strings.Repeat("\x01", 30_000))
	for id := range uint32(500) {
		one := model.Event{EventID: model.Some(id), Host: long, Channel: long, UserSID: long}
		if got := kept.appendEventJSON(nil, &one, false); strings.Count(string(got), `\u0001`) != 90_000 {
			t.Fatalf("%d bytes", len(got))
		}
	}
	for _, m := range kept.memos {
		for i, text := range m.text {
			if cap(text) > 2*mostMemo || len(m.r.Host.V)+len(m.r.Channel.V)+len(m.r.UserSID.V) > 0 {
				t.Errorf("run %d: %d bytes are kept", i, cap(text))
			}
		}
	}
}

func checkLine(t *testing.T, line []byte, want []cell) {
	t.Helper()
	if n := len(line) - 1; bytes.IndexByte(line, '\n') != n {
		t.Fatalf("not one line: %q", line)
	}
	var keys []string
	var values map[string]any
	d := json.NewDecoder(bytes.NewReader(line))
	d.UseNumber()
	if err := d.Decode(&values); err != nil {
		t.Fatalf("%v in %s", err, line)
	}
	for _, c := range want {
		keys = append(keys, c.name)
		if got, want := values[c.name], jsonWant(t, c.value); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %#v, want %#v", c.name, got, want)
		}
	}
	if got := topKeys(t, line); !reflect.DeepEqual(got, keys) {
		t.Errorf("keys: got %v\nwant %v", got, keys)
	}
	for _, c := range want {
		if s, ok := c.value.([]cell); ok {
			var v map[string]json.RawMessage
			if err := json.Unmarshal(line, &v); err != nil {
				t.Fatal(err)
			}
			if got := topKeys(t, v[c.name]); len(got) != len(s) || got[0] != s[0].name || got[7] != s[7].name {
				t.Errorf("%s: keys %v", c.name, got)
			}
		}
	}
}

// topKeys returns the keys of an object in their order.
func topKeys(t *testing.T, object []byte) (keys []string) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(object))
	if _, err := d.Token(); err != nil {
		t.Fatal(err)
	}
	for d.More() {
		k, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, k.(string))
		var skip json.RawMessage
		if err := d.Decode(&skip); err != nil {
			t.Fatal(err)
		}
	}
	return keys
}

// jsonWant is what encoding/json makes of a value.
func jsonWant(t *testing.T, v any) any {
	t.Helper()
	switch v := v.(type) {
	case uint64:
		return json.Number(fmt.Sprint(v))
	case decimal:
		return fmt.Sprint(uint64(v))
	case micros:
		return time.UnixMicro(int64(v)).UTC().Format("2006-01-02T15:04:05.000000Z")
	case guid:
		return fmt.Sprintf("%x-%x-%x-%x-%x", v[:4], v[4:6], v[6:8], v[8:10], v[10:])
	case bytes16:
		return hex.EncodeToString(v[:])
	case blob:
		return hex.EncodeToString(v)
	case object:
		var m any
		d := json.NewDecoder(bytes.NewReader(v))
		d.UseNumber()
		if err := d.Decode(&m); err != nil {
			t.Fatal(err)
		}
		return m
	case []string:
		list := []any{}
		for _, s := range v {
			list = append(list, s)
		}
		return list
	case []cell:
		m := map[string]any{}
		for _, c := range v {
			m[c.name] = jsonWant(t, c.value)
		}
		return m
	}
	return v // nil, string
}

// FuzzJSONString compares the escapes with those of encoding/json.
func FuzzJSONString(f *testing.F) {
	seeds := append([]string{"\xff", "a\xc3", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc0\x80", "x\xffy\xfez"}, rowtest.Text...)
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var want bytes.Buffer
		e := json.NewEncoder(&want)
		e.SetEscapeHTML(false)
		if err := e.Encode(s); err != nil {
			t.Fatal(err)
		}
		if got := jsonString(nil, s); string(got)+"\n" != want.String() {
			t.Errorf("%q: got %s, want %s", s, got, want.Bytes())
		}
	})
}

func TestNoAllocation(t *testing.T) {
	e, f := rowtest.Events(1)[0], rowtest.Failures(1)[0]
	// The texts of a condition's addresses are made anew for each row.
	f.LocalCondition, f.RemoteCondition = nil, nil
	for _, format := range []Format{NDJSON, CSV, Parquet} {
		if n := allocations(t, format, &e); n != 0 {
			t.Errorf("%s, event: %v allocations a row", format, n)
		}
		if n := allocations(t, format, &f); n != 0 {
			t.Errorf("%s, failure: %v allocations a row", format, n)
		}
	}
}

func allocations[T Row](t *testing.T, f Format, r *T) float64 {
	s, err := NewSink[T](new(bytes.Buffer), f, Options{})
	if err != nil {
		t.Fatal(err)
	}
	b := s.NewBatch()
	for range 100 {
		b.Append(r)
	}
	b.Reset()
	return testing.AllocsPerRun(50, func() { b.Append(r) })
}
