package evtxbuild

import (
	"fmt"
	"strconv"
	"time"
)

// Style is how an event is put into BinXML. Windows has three ways.
type Style int

const (
	// Manifest is the way of providers with a manifest, the Security log's
	// among them: one System template for all, EventData or UserData from a
	// second one.
	Manifest Style = iota
	// Classic is the way of ReportEvent: the template has the provider's name
	// as text, EventData is an array of strings and Binary.
	Classic
	// Literal is the way of forwarded and some exported events: no template,
	// every value is text.
	Literal
)

// Data is an element of EventData.
type Data struct {
	Name  string // "": no Name attribute
	Value Value
}

// D is one named value of EventData.
func D(name string, v Value) Data { return Data{Name: name, Value: v} }

// Event is an event record. What is zero takes the log's default or is what
// Windows writes for absent.
type Event struct {
	Style Style

	Provider        string
	ProviderGUID    string
	EventSourceName string // Classic
	EventID         uint16
	Qualifiers      *uint16
	Version         uint8
	Level           uint8
	Task            uint16
	Opcode          uint8
	Keywords        uint64

	Time    uint64 // FILETIME of TimeCreated; default: the log's clock
	Written uint64 // FILETIME of the record; default: Time

	RecordID      uint64 // of the record; default: the next
	EventRecordID uint64 // of System; default: RecordID

	ActivityID        string
	RelatedActivityID string
	ProcessID         uint32
	ThreadID          uint32
	Channel           string // default: Options.Channel
	Computer          string // default: Options.Computer
	UserID            string // SID

	Data     []Data
	DataName string // Name attribute of EventData
	Strings  []string
	Binary   []byte // Classic, with Strings

	// Body, if its XML is set, takes the place of EventData: a BinXML value of
	// any form. UserData puts it inside a UserData element.
	Body     Value
	UserData bool

	// After stands behind EventData or UserData: RenderingInfo of a forwarded
	// event, which is Literal.
	After []Node

	// Bare leaves out the fragment header before the template instance of
	// EventData, as Windows does for a third of all events.
	Bare bool
}

const eventNamespace = "http://schemas.microsoft.com/win/2004/08/events/event"

// Event appends an event.
func (f *File) Event(ev Event) {
	if ev.Time == 0 {
		ev.Time = f.clock
	}
	if ev.Written == 0 {
		ev.Written = ev.Time
	}
	if ev.RecordID == 0 {
		ev.RecordID = f.nextID
	}
	if ev.EventRecordID == 0 {
		ev.EventRecordID = ev.RecordID
	}
	if ev.Channel == "" {
		ev.Channel = f.opt.Channel
	}
	if ev.Computer == "" {
		ev.Computer = f.opt.Computer
	}
	r := Record{ID: ev.RecordID, Written: ev.Written}
	switch ev.Style {
	case Manifest:
		r.Body = Document(ev.manifest())
	case Classic:
		r.Body = Document(ev.classic())
	case Literal:
		el, err := ev.literal()
		if err != nil {
			f.fail(err)
			return
		}
		r.Body = Document(el)
	}
	f.Record(r)
}

// The indices of the System template's values. Classic has its body and
// RelatedActivityID behind them and leaves 13 to 17 NULL.
const (
	subLevel = iota
	subOpcode
	subTask
	subEventID
	subQualifiers
	subKeywords
	subTimeCreated
	subActivityID
	subProcessID
	subThreadID
	subRecordID
	subVersion
	subUserID
	subRelated
	subProvider
	subGUID
	subChannel
	subBody
)

const (
	subClassicRelated = 18
	subClassicBody    = 19
	classicValues     = 20
)

// systemValues are the values that all styles with a template have in common.
func (ev *Event) systemValues(n int) []Value {
	v := make([]Value, n)
	v[subLevel] = UInt8(ev.Level)
	v[subOpcode] = UInt8(ev.Opcode)
	v[subTask] = UInt16(ev.Task)
	v[subEventID] = UInt16(ev.EventID)
	if ev.Qualifiers != nil {
		v[subQualifiers] = UInt16(*ev.Qualifiers)
	}
	v[subKeywords] = HexInt64(ev.Keywords)
	v[subTimeCreated] = FileTime(ev.Time)
	v[subActivityID] = optionalGUID(ev.ActivityID)
	v[subProcessID] = UInt32(ev.ProcessID)
	v[subThreadID] = UInt32(ev.ThreadID)
	v[subRecordID] = UInt64(ev.EventRecordID)
	v[subVersion] = UInt8(ev.Version)
	if ev.UserID != "" {
		v[subUserID] = SID(ev.UserID)
	}
	return v
}

func optionalGUID(s string) Value {
	if s == "" {
		return Null()
	}
	return GUID(s)
}

// sub is an element whose only content is an optional substitution on which
// the element depends.
func sub(name string, index uint16, t byte) Element {
	return Element{Name: name, Dependency: On(index), Content: []Node{Optional(index, t)}}
}

// system is the System element of a template.
func (ev *Event) system(provider, channel Element, related uint16, short bool) Element {
	id := Element{
		Name: "EventID", Dependency: On(subEventID),
		Attributes: []Attribute{Attr("Qualifiers", Optional(subQualifiers, TypeUInt16))},
		Content:    []Node{Optional(subEventID, TypeUInt16)},
	}
	version := sub("Version", subVersion, TypeUInt8)
	level := sub("Level", subLevel, TypeUInt8)
	task := sub("Task", subTask, TypeUInt16)
	opcode := sub("Opcode", subOpcode, TypeUInt8)
	keywords := sub("Keywords", subKeywords, TypeHexInt64)
	created := Element{Name: "TimeCreated", Empty: true,
		Attributes: []Attribute{Attr("SystemTime", Optional(subTimeCreated, TypeFileTime))}}
	recordID := sub("EventRecordID", subRecordID, TypeUInt64)
	correlation := Element{Name: "Correlation", Empty: true, Attributes: []Attribute{
		Attr("ActivityID", Optional(subActivityID, TypeGUID)),
		Attr("RelatedActivityID", Optional(related, TypeGUID))}}
	execution := Element{Name: "Execution", Empty: true, Attributes: []Attribute{
		Attr("ProcessID", Optional(subProcessID, TypeUInt32)),
		Attr("ThreadID", Optional(subThreadID, TypeUInt32))}}
	computer := El("Computer", Text(ev.Computer))
	security := Element{Name: "Security", Empty: true,
		Attributes: []Attribute{Attr("UserID", Optional(subUserID, TypeSID))}}
	if short {
		return El("System", provider, id, level, task, keywords, created, recordID, channel, computer, security)
	}
	return El("System", provider, id, version, level, task, opcode, keywords, created, recordID,
		correlation, execution, channel, computer, security)
}

// event is the Event element of a template around System. With UserData the
// inner element depends on the value, otherwise Event does.
func (ev *Event) event(system Element, body uint16) Element {
	e := Element{Name: "Event", Attributes: []Attribute{Attr("xmlns", Text(eventNamespace))}}
	if ev.UserData {
		e.Content = []Node{system, sub("UserData", body, TypeBinXML)}
	} else {
		e.Dependency = On(body)
		e.Content = []Node{system, Optional(body, TypeBinXML)}
	}
	return e
}

func (ev *Event) manifest() Instance {
	provider := Element{Name: "Provider", Empty: true, Attributes: []Attribute{
		Attr("Name", Optional(subProvider, TypeString)),
		Attr("Guid", Optional(subGUID, TypeGUID))}}
	channel := sub("Channel", subChannel, TypeString)
	v := ev.systemValues(subBody + 1)
	v[subRelated] = optionalGUID(ev.RelatedActivityID)
	v[subProvider] = String(ev.Provider)
	v[subGUID] = optionalGUID(ev.ProviderGUID)
	v[subChannel] = String(ev.Channel)
	v[subBody] = ev.body(ev.dataInstance)
	return Instance{Template: Definition(ev.event(ev.system(provider, channel, subRelated, false), subBody)), Values: v}
}

func (ev *Event) classic() Instance {
	provider := Element{Name: "Provider", Empty: true, Attributes: []Attribute{Attr("Name", Text(ev.Provider))}}
	if ev.ProviderGUID != "" {
		provider.Attributes = append(provider.Attributes, Attr("Guid", Text(ev.ProviderGUID)))
	}
	if ev.EventSourceName != "" {
		provider.Attributes = append(provider.Attributes, Attr("EventSourceName", Text(ev.EventSourceName)))
	}
	v := ev.systemValues(classicValues)
	v[subClassicRelated] = optionalGUID(ev.RelatedActivityID)
	v[subClassicBody] = ev.body(ev.stringsInstance)
	system := ev.system(provider, El("Channel", Text(ev.Channel)), subClassicRelated, ev.ProviderGUID == "")
	return Instance{Template: Definition(ev.event(system, subClassicBody)), Values: v}
}

// body is the BinXML value of EventData or UserData.
func (ev *Event) body(instance func() Instance) Value {
	switch {
	case ev.Body.XML != nil:
		return ev.Body
	case ev.Bare:
		return BinXML(instance(), EOF{})
	}
	return BinXML(Document(instance())...)
}

// dataInstance is EventData with a Data element a value.
func (ev *Event) dataInstance() Instance {
	el := Element{Name: "EventData"}
	if ev.DataName != "" {
		el.Attributes = []Attribute{Attr("Name", Text(ev.DataName))}
	}
	var values []Value
	for i, d := range ev.Data {
		data := El("Data", Normal(uint16(i), d.Value.declared()))
		if d.Name != "" {
			data.Attributes = []Attribute{Attr("Name", Text(d.Name))}
		}
		el.Content = append(el.Content, data)
		values = append(values, d.Value)
	}
	return Instance{Template: Definition(el), Values: values}
}

// stringsInstance is EventData as ReportEvent has it: an array of strings, the
// size of the binary part, the binary part.
func (ev *Event) stringsInstance() Instance {
	const str, size, bin = 0, 1, 2
	el := El("EventData",
		Element{Name: "Data", Dependency: On(str), Content: []Node{Optional(str, TypeString|TypeArray)}},
		Element{Name: "Binary", Dependency: On(bin), Content: []Node{Optional(bin, TypeBinary)}})
	v := make([]Value, 3)
	if len(ev.Strings) > 0 {
		v[str] = Strings(ev.Strings...)
	}
	v[size] = UInt32(uint32(len(ev.Binary)))
	if len(ev.Binary) > 0 {
		v[bin] = Binary(ev.Binary)
	}
	return Instance{Template: Definition(el), Values: v}
}

// literal is the event as text, without template.
func (ev *Event) literal() (Element, error) {
	provider := Element{Name: "Provider", Empty: true, Attributes: []Attribute{Attr("Name", Text(ev.Provider))}}
	if ev.ProviderGUID != "" {
		provider.Attributes = append(provider.Attributes, Attr("Guid", Text(ev.ProviderGUID)))
	}
	id := El("EventID", Text(strconv.Itoa(int(ev.EventID))))
	if ev.Qualifiers != nil {
		id.Attributes = []Attribute{Attr("Qualifiers", Text(strconv.Itoa(int(*ev.Qualifiers))))}
	}
	correlation := Element{Name: "Correlation", Empty: true}
	if ev.ActivityID != "" {
		correlation.Attributes = append(correlation.Attributes, Attr("ActivityID", Text(ev.ActivityID)))
	}
	if ev.RelatedActivityID != "" {
		correlation.Attributes = append(correlation.Attributes, Attr("RelatedActivityID", Text(ev.RelatedActivityID)))
	}
	security := Element{Name: "Security", Empty: true}
	if ev.UserID != "" {
		security.Attributes = []Attribute{Attr("UserID", Text(ev.UserID))}
	}
	num := func(name string, v uint64) Element { return El(name, Text(strconv.FormatUint(v, 10))) }
	system := El("System", provider, id,
		num("Version", uint64(ev.Version)), num("Level", uint64(ev.Level)), num("Task", uint64(ev.Task)),
		num("Opcode", uint64(ev.Opcode)), El("Keywords", Text(fmt.Sprintf("0x%x", ev.Keywords))),
		Element{Name: "TimeCreated", Empty: true, Attributes: []Attribute{Attr("SystemTime", Text(timeText(ev.Time)))}},
		num("EventRecordID", ev.EventRecordID), correlation,
		Element{Name: "Execution", Empty: true, Attributes: []Attribute{
			Attr("ProcessID", Text(strconv.FormatUint(uint64(ev.ProcessID), 10))),
			Attr("ThreadID", Text(strconv.FormatUint(uint64(ev.ThreadID), 10)))}},
		El("Channel", Text(ev.Channel)), El("Computer", Text(ev.Computer)), security)

	e := Element{Name: "Event", Attributes: []Attribute{Attr("xmlns", Text(eventNamespace))}}
	switch {
	case ev.Body.XML != nil && ev.UserData:
		e.Content = []Node{system, El("UserData", ev.Body.XML...)}
	case ev.Body.XML != nil:
		e.Content = append([]Node{system}, ev.Body.XML...)
	default:
		data := El("EventData")
		for _, d := range ev.Data {
			t, err := d.Value.Text()
			if err != nil {
				return Element{}, err
			}
			el := El("Data")
			if t != "" {
				el.Content = []Node{Text(t)}
			}
			if d.Name != "" {
				el.Attributes = []Attribute{Attr("Name", Text(d.Name))}
			}
			data.Content = append(data.Content, el)
		}
		e.Content = []Node{system, data}
	}
	e.Content = append(e.Content, ev.After...)
	return e, nil
}

// timeText is a FILETIME as Windows prints it: nine digits of which two are 0.
func timeText(ticks uint64) string {
	const unixEpoch = 11_644_473_600
	return time.Unix(int64(ticks/10_000_000)-unixEpoch, int64(ticks%10_000_000)*100).UTC().Format("2006-01-02T15:04:05.000000000Z")
}
