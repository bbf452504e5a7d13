package compare

import (
	"strconv"

	"github.com/qmparse/qmparse/model"
)

// systemField is a System field and how its texts are compared.
type systemField struct {
	element, attribute string // attribute "" is the element's text
	ours               func(*model.Event) (string, bool)
	form               func(string) string // of the text of either; one that is not such a value stays as it is
}

func (f *systemField) path() string {
	if f.attribute == "" {
		return "System/" + f.element
	}
	return "System/" + f.element + "/" + f.attribute
}

var systemFields = []systemField{
	{"Provider", "Name", text(func(ev *model.Event) model.Opt[string] { return ev.Provider }), asIs},
	{"Provider", "Guid", guid(func(ev *model.Event) model.Opt[model.GUID] { return ev.ProviderGUID }), asGUID},
	{"EventID", "", number(func(ev *model.Event) model.Opt[uint32] { return ev.EventID }), asNumber},
	{"EventID", "Qualifiers", number(func(ev *model.Event) model.Opt[uint16] { return ev.Qualifiers }), asNumber},
	{"Version", "", number(func(ev *model.Event) model.Opt[uint8] { return ev.Version }), asNumber},
	{"Level", "", number(func(ev *model.Event) model.Opt[uint8] { return ev.Level }), asNumber},
	{"Task", "", number(func(ev *model.Event) model.Opt[uint16] { return ev.Task }), asNumber},
	{"Opcode", "", number(func(ev *model.Event) model.Opt[uint8] { return ev.Opcode }), asNumber},
	{"Keywords", "", number(func(ev *model.Event) model.Opt[uint64] { return ev.Keywords }), asNumber},
	{"TimeCreated", "SystemTime", func(ev *model.Event) (string, bool) { return ev.Time.V.String(), ev.Time.OK }, asTime},
	{"EventRecordID", "", number(func(ev *model.Event) model.Opt[uint64] { return ev.EventRecordID }), asNumber},
	{"Correlation", "ActivityID", guid(func(ev *model.Event) model.Opt[model.GUID] { return ev.ActivityID }), asGUID},
	{"Correlation", "RelatedActivityID", guid(func(ev *model.Event) model.Opt[model.GUID] { return ev.RelatedActivityID }), asGUID},
	{"Execution", "ProcessID", number(func(ev *model.Event) model.Opt[uint32] { return ev.ProcessID }), asNumber},
	{"Execution", "ThreadID", number(func(ev *model.Event) model.Opt[uint32] { return ev.ThreadID }), asNumber},
	{"Channel", "", text(func(ev *model.Event) model.Opt[string] { return ev.Channel }), asIs},
	{"Computer", "", text(func(ev *model.Event) model.Opt[string] { return ev.Host }), asIs},
	{"Security", "UserID", text(func(ev *model.Event) model.Opt[string] { return ev.UserSID }), asSID},
}

func text(of func(*model.Event) model.Opt[string]) func(*model.Event) (string, bool) {
	return func(ev *model.Event) (string, bool) { v := of(ev); return v.V, v.OK }
}

func guid(of func(*model.Event) model.Opt[model.GUID]) func(*model.Event) (string, bool) {
	return func(ev *model.Event) (string, bool) { v := of(ev); return v.V.String(), v.OK }
}

func number[T uint8 | uint16 | uint32 | uint64](of func(*model.Event) model.Opt[T]) func(*model.Event) (string, bool) {
	return func(ev *model.Event) (string, bool) {
		v := of(ev)
		return strconv.FormatUint(uint64(v.V), 10), v.OK
	}
}

// system compares the System fields. What is not there and what is empty are the
// same: golang-evtx has no third thing for NULL.
func (c *comparer) system(ev *model.Event, theirs any) {
	system, _ := theirs.(map[string]any)
	for i := range systemFields {
		f := &systemFields[i]
		ours, haveOurs := f.ours(ev)
		text, haveTheirs := f.in(system)
		haveOurs, haveTheirs = haveOurs && ours != "", haveTheirs && text != ""
		switch {
		case haveOurs && haveTheirs && f.form(ours) == f.form(text):
		case haveOurs || haveTheirs:
			c.differ(f.path(), there(ours, haveOurs), there(text, haveTheirs))
		}
	}
}

func there(text string, have bool) any {
	if !have {
		return Missing
	}
	return text
}

// in returns the field's text in golang-evtx's System.
func (f *systemField) in(system map[string]any) (string, bool) {
	v, ok := system[f.element]
	if !ok && f.element == "Provider" && f.attribute == "Name" {
		return provider(system)
	}
	if m, isMap := v.(map[string]any); isMap {
		key := f.attribute
		if key == "" {
			key = "Value"
		}
		v, ok = m[key]
	} else if f.attribute != "" {
		return "", false
	}
	if !ok || v == nil {
		return "", false
	}
	s, ok := v.(string)
	return s, ok
}

// provider returns the name of a Provider that has no Guid: it is an element of
// that name without content, in place of Provider.
func provider(system map[string]any) (name string, ok bool) {
	for k, v := range system {
		if v == "" && !isSystemElement(k) {
			if ok {
				return "", false // two: which one it is cannot be told
			}
			name, ok = k, true
		}
	}
	return name, ok
}

func isSystemElement(name string) bool {
	for i := range systemFields {
		if systemFields[i].element == name {
			return true
		}
	}
	return false
}
