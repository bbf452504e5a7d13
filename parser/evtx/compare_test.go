package evtx_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/evtx"
)

// event is a record as the package decodes it, in a form to compare with what
// another reader makes of it, or what another reader made of it in the same form.
type event struct {
	offset   int64
	recordID uint64
	damaged  bool // torn, or found behind damage
	pastFree bool
	covered  bool // hidden by the size of another, where no other reader sees it
	err      error

	// system is the System fields by path, "Execution/ProcessID": numbers are
	// decimal, times ISO 8601, GUIDs lower case. What is not known is not there.
	system map[string]string
	// data is decoded JSON in the form of the column data, with json.Number.
	data any
	xml  string
}

// events decodes a log.
func events(t testing.TB, log []byte) (all []event) {
	t.Helper()
	r, err := evtx.NewReader(bytes.NewReader(log))
	if err != nil {
		return nil
	}
	d := evtx.NewDecoder()
	for c, err := range r.Chunks() {
		if err != nil {
			continue
		}
		d.Chunk(c)
		for rec, err := range c.Records() {
			if err == nil {
				all = append(all, eventOf(t, d, &rec))
			}
		}
	}
	return all
}

func eventOf(t testing.TB, d *evtx.Decoder, rec *evtx.Record) event {
	t.Helper()
	e := event{offset: rec.Offset, recordID: rec.ID, damaged: rec.Torn || rec.AfterDamage, pastFree: rec.State == model.StatePastFree, covered: rec.Covered}
	var ev model.Event
	if e.err = d.System(rec, &ev); e.err != nil {
		return e
	}
	e.system = systemText(&ev)
	if _, e.err = d.Data(nil, &ev); e.err != nil {
		return e
	}
	if ev.Data != nil {
		e.data = decodeJSON(t, string(ev.Data))
	}
	doc, err := d.Document()
	if err != nil {
		t.Fatalf("System succeeds, Document does not: %v", err)
	}
	var b []byte
	b, e.err = doc.AppendXML(nil)
	e.xml = string(b)
	return e
}

func decodeJSON(t testing.TB, text string) (v any) {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	if err := dec.Decode(&v); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return v
}

func systemText(ev *model.Event) map[string]string {
	m := map[string]string{}
	for name, v := range map[string]model.Opt[string]{
		"Provider/Name": ev.Provider, "Channel": ev.Channel, "Computer": ev.Host, "Security/UserID": ev.UserSID,
	} {
		if v.OK {
			m[name] = v.V
		}
	}
	for name, g := range map[string]model.Opt[model.GUID]{
		"Provider/Guid": ev.ProviderGUID, "Correlation/ActivityID": ev.ActivityID, "Correlation/RelatedActivityID": ev.RelatedActivityID,
	} {
		if g.OK {
			m[name] = g.V.String()
		}
	}
	number(m, "EventID", ev.EventID)
	number(m, "EventID/Qualifiers", ev.Qualifiers)
	number(m, "Version", ev.Version)
	number(m, "Level", ev.Level)
	number(m, "Task", ev.Task)
	number(m, "Opcode", ev.Opcode)
	number(m, "Keywords", ev.Keywords)
	number(m, "EventRecordID", ev.EventRecordID)
	number(m, "Execution/ProcessID", ev.ProcessID)
	number(m, "Execution/ThreadID", ev.ThreadID)
	if ev.Time.OK {
		m["TimeCreated/SystemTime"] = ev.Time.V.String()
	}
	return m
}

func number[T uint8 | uint16 | uint32 | uint64](m map[string]string, name string, v model.Opt[T]) {
	if v.OK {
		m[name] = strconv.FormatUint(uint64(v.V), 10)
	}
}

// systemForms brings System fields as readers print them into our form, by path.
// Paths that are not here are not compared.
var systemForms = map[string]func(string) string{
	"Provider/Name": asIs, "Channel": asIs, "Computer": asIs, "Security/UserID": asIs,
	"Provider/Guid": asGUID, "Correlation/ActivityID": asGUID, "Correlation/RelatedActivityID": asGUID,
	"EventID": asNumber, "EventID/Qualifiers": asNumber, "Version": asNumber, "Level": asNumber, "Task": asNumber, "Opcode": asNumber,
	"Keywords": asNumber, "EventRecordID": asNumber, "Execution/ProcessID": asNumber, "Execution/ThreadID": asNumber,
	"TimeCreated/SystemTime": asTime,
}

func asIs(s string) string   { return s }
func asGUID(s string) string { return strings.ToLower(strings.Trim(s, "{}")) }

func asNumber(s string) string {
	n, err := strconv.ParseUint(s, 0, 64)
	if err != nil {
		return "not a number: " + s
	}
	return strconv.FormatUint(n, 10)
}

func asTime(s string) string {
	at, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return "not a time: " + s
	}
	return at.UTC().Format("2006-01-02T15:04:05.0000000Z")
}

// setSystem adds a field that a reader prints; what is empty is not there.
func (e *event) setSystem(path, text string) {
	if form := systemForms[path]; form != nil && text != "" {
		if e.system == nil {
			e.system = map[string]string{}
		}
		e.system[path] = form(text)
	}
}

// difference is one thing that two readers do not agree on.
type difference struct {
	path         string // of a System field, or of the data: "data/Rule/Part[2]"
	ours, theirs any    // missing if it is not there
}

func (d difference) String() string {
	return fmt.Sprintf("%s: %s, theirs %s", d.path, brief(d.ours), brief(d.theirs))
}

// compareSystem compares System fields; a time only as far as theirs goes.
func compareSystem(ours, theirs *event, timeDigits int) (found []difference) {
	names := slices.Sorted(maps.Keys(systemForms))
	for _, name := range names {
		o, okO := ours.system[name]
		th, okT := theirs.system[name]
		if name == "TimeCreated/SystemTime" && len(o) == len(th) && len(o) > 8 {
			cut := len(o) - 1 - (7 - timeDigits)
			o, th = o[:cut], th[:cut]
		}
		if okO != okT || o != th {
			found = append(found, difference{name, there(o, okO), there(th, okT)})
		}
	}
	return found
}

func there(s string, ok bool) any {
	if !ok {
		return missing
	}
	return s
}

// compareData compares data. What readers' forms cannot tell apart is the same:
// null, "" and an empty object; an array of one and what is in it.
func compareData(path string, ours, theirs any, same func(ours, theirs string) bool) (found []difference) {
	ours, theirs = unwrap(ours), unwrap(theirs)
	differ := func() []difference { return []difference{{path, ours, theirs}} }
	if _, ok := theirs.(map[string]any); ok && ours == "" || ours == nil {
		ours = map[string]any{}
	}
	switch o := ours.(type) {
	case map[string]any:
		th, ok := theirs.(map[string]any)
		if !ok && !blank(theirs) {
			return differ()
		}
		for _, k := range slices.Sorted(maps.Keys(o)) {
			v, ok := th[k]
			if !ok {
				if blank(o[k]) {
					continue
				}
				v = missing
			}
			found = append(found, compareData(path+"/"+k, o[k], v, same)...)
		}
		for _, k := range slices.Sorted(maps.Keys(th)) {
			if _, ok := o[k]; !ok && !blank(th[k]) {
				found = append(found, compareData(path+"/"+k, missing, th[k], same)...)
			}
		}
		return found
	case []any:
		th, ok := theirs.([]any)
		if !ok || len(o) != len(th) {
			return differ()
		}
		for i := range o {
			found = append(found, compareData(fmt.Sprintf("%s[%d]", path, i), o[i], th[i], same)...)
		}
		return found
	}
	switch theirs.(type) {
	case map[string]any, []any:
		return differ()
	}
	if o, th := leaf(ours), leaf(theirs); o != th && !same(o, th) {
		return differ()
	}
	return nil
}

// missing is a member that is not there.
var missing any = "(none)"

// unwrap takes the only member out of an array, and makes nothing of an empty
// one and of an empty object.
func unwrap(v any) any {
	switch a := v.(type) {
	case []any:
		if len(a) == 1 {
			return unwrap(a[0])
		}
		if len(a) == 0 {
			return ""
		}
	case map[string]any:
		if len(a) == 0 {
			return ""
		}
	}
	return v
}

func blank(v any) bool {
	v = unwrap(v)
	return v == nil || v == ""
}

func leaf(v any) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(v) // string, json.Number, bool
}

func brief(v any) string {
	b, _ := json.Marshal(v)
	if len(b) > 200 {
		b = append(b[:200:200], "…"...)
	}
	return string(b)
}

// sameValue says whether two texts are one value in two forms: hex integers
// padded or not, GUIDs with braces or in upper case, times with more or fewer
// zeros.
func sameValue(ours, theirs string) bool {
	switch {
	case strings.HasPrefix(ours, "0x") && strings.HasPrefix(theirs, "0x"):
		o, err1 := strconv.ParseUint(ours[2:], 16, 64)
		t, err2 := strconv.ParseUint(theirs[2:], 16, 64)
		return err1 == nil && err2 == nil && o == t && ours == "0x"+strconv.FormatUint(o, 16)
	case len(ours) == 36 && ours[8] == '-' && ours[13] == '-' && ours == strings.ToLower(ours):
		return asGUID(theirs) == ours
	case len(ours) == 28 && strings.HasSuffix(ours, "Z") && ours[10] == 'T':
		return asTime(theirs) == ours
	}
	return false
}
