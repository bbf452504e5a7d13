package evtx

import (
	_ "embed"
	"strconv"
	"strings"
	"sync"

	"github.com/qmparse/qmparse/parser/binxml"
)

// What is known of the templates of Windows without any log: the fields of the IPsec
// events, and which values System is made of. It serves for old records that have
// lost their templates, and only if the values have the types of the fields, no more
// and no less.

// fieldList is the fields of an event, in the order of the values.
type fieldList struct {
	provider string
	event    uint32
	version  uint8
	names    []string
	types    []binxml.Type
}

// builtin.tsv has the fields of the IPsec events of Microsoft-Windows-Security-Auditing,
// as in the manifests of builds 7600, 17134 and 18990, and of the failures of
// Microsoft-Windows-WFP, as in those of 7600, 10240, 17134 and 18990. Some have several
// lists: Windows changed them and not the version.
//
//go:embed builtin.tsv
var builtinText string

var fieldTypes = map[string]binxml.Type{
	"UnicodeString": binxml.TypeString,
	"Binary":        binxml.TypeBinary,
	"Boolean":       binxml.TypeBool,
	"FILETIME":      binxml.TypeFileTime,
	"GUID":          binxml.TypeGUID,
	"SID":           binxml.TypeSID,
	"UInt16":        binxml.TypeUInt16,
	"UInt32":        binxml.TypeUInt32,
	"UInt64":        binxml.TypeUInt64,
}

// builtin returns the lists of builtin.tsv by event id.
var builtin = sync.OnceValue(func() map[uint32][]fieldList {
	lists := map[uint32][]fieldList{}
	for line := range strings.Lines(builtinText) {
		column := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		id, err := strconv.ParseUint(column[1], 10, 32)
		if err != nil {
			continue // the head of the table
		}
		version, _ := strconv.ParseUint(column[2], 10, 8)
		l := fieldList{provider: column[0], event: uint32(id), version: uint8(version)}
		for field := range strings.SplitSeq(column[3], " ") {
			name, typ, _ := strings.Cut(field, ":")
			l.names = append(l.names, name)
			l.types = append(l.types, fieldTypes[typ])
		}
		lists[l.event] = append(lists[l.event], l)
	}
	return lists
})

// enoughFields is how many values must not be NULL to tell, without the provider's name,
// that they are those of an event: beside the event id, so many types in that order.
const enoughFields = 8

// listOf returns the one field list that an event with these values can have, nil if
// there is none or several. provider is "" if it is unknown.
func listOf(provider string, event uint32, version uint8, values []binxml.Value) *fieldList {
	var found *fieldList
	lists := builtin()[event]
	for i := range lists {
		l := &lists[i]
		known, ok := l.fits(values)
		if l.version != version || !ok {
			continue
		}
		if provider == "" && known < enoughFields || provider != "" && !strings.EqualFold(provider, l.provider) {
			continue
		}
		if found != nil {
			return nil
		}
		found = l
	}
	return found
}

// fits says whether the values have the types of the fields or are NULL, and how many are
// not. That their sizes are those of the types is known of the values of any old record.
func (l *fieldList) fits(values []binxml.Value) (known int, ok bool) {
	if len(values) != len(l.types) {
		return 0, false
	}
	for i := range values {
		switch values[i].Type {
		case l.types[i]:
			known++
		case binxml.TypeNull:
		default:
			return 0, false
		}
	}
	return known, true
}

// systemLayout says which values of a record are those of System.
type systemLayout struct {
	values []systemValue
	named  bool // provider and channel are among them; else they stand in the template
	data   uint16
}

// systemValue is one of them; the field is none if it is not known to be any, and the
// value then has the type or is NULL.
type systemValue struct {
	field  binxml.SystemField
	none   bool
	typ    binxml.Type
	orNull bool
}

// commonValues is how the values begin in every record that has a template.
var commonValues = []systemValue{
	{field: binxml.Level, typ: binxml.TypeUInt8},
	{field: binxml.Opcode, typ: binxml.TypeUInt8},
	{field: binxml.Task, typ: binxml.TypeUInt16},
	{field: binxml.EventID, typ: binxml.TypeUInt16},
	{field: binxml.EventIDQualifiers, typ: binxml.TypeUInt16, orNull: true},
	{field: binxml.Keywords, typ: binxml.TypeHexInt64},
	{field: binxml.TimeCreated, typ: binxml.TypeFileTime},
	{field: binxml.CorrelationActivityID, typ: binxml.TypeGUID, orNull: true},
	{field: binxml.ExecutionProcessID, typ: binxml.TypeUInt32},
	{field: binxml.ExecutionThreadID, typ: binxml.TypeUInt32},
	{field: binxml.EventRecordID, typ: binxml.TypeUInt64},
	{field: binxml.Version, typ: binxml.TypeUInt8},
	{field: binxml.SecurityUserID, typ: binxml.TypeSID, orNull: true},
}

var noValue = systemValue{none: true, typ: binxml.TypeNull}

// The two layouts that Windows has: provider and channel are values, or stand in the
// template. All 22,264 whole records with a template of 116 logs from many machines
// have one of them.
var systemLayouts = []systemLayout{
	{
		values: append(commonValues[:len(commonValues):len(commonValues)],
			systemValue{field: binxml.CorrelationRelatedActivityID, typ: binxml.TypeGUID, orNull: true},
			systemValue{field: binxml.ProviderName, typ: binxml.TypeString},
			systemValue{field: binxml.ProviderGUID, typ: binxml.TypeGUID, orNull: true},
			systemValue{field: binxml.Channel, typ: binxml.TypeString},
			systemValue{none: true, typ: binxml.TypeBinXML}),
		named: true,
		data:  17,
	},
	{
		values: append(commonValues[:len(commonValues):len(commonValues)],
			noValue, noValue, noValue, noValue, noValue,
			systemValue{field: binxml.CorrelationRelatedActivityID, typ: binxml.TypeGUID, orNull: true},
			systemValue{none: true, typ: binxml.TypeBinXML}),
		data: 19,
	},
}

// layoutOf returns the layout that these values have, nil for none.
func layoutOf(values []binxml.Value) *systemLayout {
	for i := range systemLayouts {
		if l := &systemLayouts[i]; l.fits(values) {
			return l
		}
	}
	return nil
}

func (l *systemLayout) fits(values []binxml.Value) bool {
	if len(values) != len(l.values) {
		return false
	}
	for i, want := range l.values {
		if t := values[i].Type; t != want.typ && !(want.orNull && t == binxml.TypeNull) {
			return false
		}
	}
	return true
}

// definition returns the template of such records that have that template id, and
// data whose root element is root.
func (l *systemLayout) definition(id uint32, root string) *binxml.Definition {
	fields := map[binxml.SystemField]uint16{}
	for i, v := range l.values {
		if !v.none {
			fields[v.field] = uint16(i)
		}
	}
	return binxml.EventDefinition(id, fields, l.data, root)
}
