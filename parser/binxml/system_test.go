package binxml_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/qmparse/qmparse/parser/binxml"
)

// systemHand is an Event of a definition whose System has this content.
func systemHand(content string) string {
	return eventHand(element("System", "02 "+content+" 04", false))
}

// systemOf returns the System fields as Field=type text.
func systemOf(doc *binxml.Document) (fields []string) {
	doc.System(func(f binxml.SystemField, v *binxml.Value) {
		fields = append(fields, fmt.Sprintf("%v=%v %s", f, v.Type, v.Text()))
	})
	return fields
}

func wantSystem(t testing.TB, source string, want ...string) {
	t.Helper()
	doc, _, err := tryHand(t, source)
	if err != nil {
		t.Error(err)
		return
	}
	if got := systemOf(doc); !slices.Equal(got, want) {
		t.Errorf("System\n%q, want\n%q", got, want)
	}
}

// The whole System of an event, as the template of Windows has it, by values.
func TestSystemByValues(t *testing.T) {
	empty := func(name, attributes string) string { return element(name, "00000000 "+attributes+" 03", true) }
	leaf := func(name string, index, ty int) string {
		return fmt.Sprintf("01 %02x00 00000000 '%s' 02 0e %02x00 %02x 04 ", index, name, index, ty)
	}
	system := empty("Provider", `46 'Name' 0e 0000 01 06 'Guid' 0e 0100 0f`) +
		`41 0200 00000000 'EventID' 00000000 06 'Qualifiers' 0e 0300 06 02 0e 0200 06 04 ` +
		leaf("Version", 4, 4) + leaf("Level", 5, 4) + leaf("Task", 6, 6) + leaf("Opcode", 7, 4) + leaf("Keywords", 8, 0x15) +
		empty("TimeCreated", `06 'SystemTime' 0e 0900 11`) + leaf("EventRecordID", 10, 10) +
		empty("Correlation", `46 'ActivityID' 0e 0b00 0f 06 'RelatedActivityID' 0e 0c00 0f`) +
		empty("Execution", `46 'ProcessID' 0e 0d00 08 06 'ThreadID' 0e 0e00 08`) +
		leaf("Channel", 15, 1) + element("Computer", `02 05 01 "host.example" 04`, false) + empty("Security", `06 'UserID' 0e 1000 13`)
	guid := value{binxml.TypeGUID, "33221100554477668899aabbccddeeff"}
	wantSystem(t, templated(systemHand(system),
		value{binxml.TypeString, "50000000"}, guid, value{binxml.TypeUInt16, "2e12"}, value{binxml.TypeUInt16, "0040"},
		value{binxml.TypeUInt8, "01"}, value{binxml.TypeUInt8, "04"}, value{binxml.TypeUInt16, "0030"}, value{binxml.TypeUInt8, "02"},
		value{binxml.TypeHexInt64, "0000000000002080"}, value{binxml.TypeFileTime, "00803ed5deb19d01"}, value{binxml.TypeUInt64, "0700000000000000"},
		guid, guid, value{binxml.TypeUInt32, "cc020000"}, value{binxml.TypeUInt32, "400f0000"}, value{binxml.TypeString, "5300"}, value{binxml.TypeSID, "010100000000000512000000"}),
		"Provider/Name=String P", "Provider/Guid=Guid 00112233-4455-6677-8899-aabbccddeeff",
		"EventID=UInt16 4654", "EventID/Qualifiers=UInt16 16384", "Version=UInt8 1", "Level=UInt8 4", "Task=UInt16 12288", "Opcode=UInt8 2",
		"Keywords=HexInt64 0x8020000000000000", "TimeCreated/SystemTime=FileTime 1970-01-01T00:00:00.0000000Z", "EventRecordID=UInt64 7",
		"Correlation/ActivityID=Guid 00112233-4455-6677-8899-aabbccddeeff", "Correlation/RelatedActivityID=Guid 00112233-4455-6677-8899-aabbccddeeff",
		"Execution/ProcessID=UInt32 716", "Execution/ThreadID=UInt32 3904", "Channel=String S", "Computer=String host.example", "Security/UserID=Sid S-1-5-18")
}

// Literal text, with and without template, is a String; of several tokens, one.
func TestSystemByText(t *testing.T) {
	const system = `01 DEP00000000 'System' 02
		41 DEP00000000 'Provider' 00000000 46 'Name' 05 01 "P" 46 'Guid' 05 01 "{g}" 06 'EventSourceName' 05 01 "source" 03
		41 DEP00000000 'EventID' 00000000 06 'Qualifiers' 05 01 "16384" 02 05 01 "4654" 04
		01 DEP00000000 'Keywords' 02 07 "0x80" 04
		01 DEP00000000 'Computer' 02 45 01 "a" 49 'amp' 48 2e00 05 01 "b" 04
		04`
	want := []string{"Provider/Name=String P", "Provider/Guid=String {g}", "Provider/EventSourceName=String source", "EventID=String 4654",
		"EventID/Qualifiers=String 16384", "Keywords=String 0x80", "Computer=String a&.b"}
	wantSystem(t, `01 00000000 'Event' 02 `+strings.ReplaceAll(system, "DEP", "")+` 04 00`, want...)
	wantSystem(t, templated(eventHand(strings.ReplaceAll(system, "DEP", "ffff "))), want...)
	// One entity alone, and text with values between.
	wantSystem(t, templated(systemHand(element("Computer", `02 09 'amp' 04`, false))), "Computer=String &")
	wantSystem(t, templated(systemHand(element("Computer", `02 45 01 "h" 0d 0000 08 04`, false)), value{binxml.TypeUInt32, "07000000"}), "Computer=String h7")
}

// A field without a value is not there: NULL in all ways, an empty element, an
// element that is left out. An empty text is one.
func TestSystemFieldsThatAreNotThere(t *testing.T) {
	for name, content := range map[string]string{
		"optional":          element("Level", "02 0e 0000 04 04", false),
		"normal":            element("Level", "02 0d 0000 04 04", false),
		"depends":           `01 0000 00000000 'Level' 02 05 01 "4" 04 `,
		"attribute":         element("Execution", "00000000 06 'ProcessID' 0e 0000 08 03", true),
		"attribute depends": `41 0000 00000000 'Execution' 00000000 06 'ProcessID' 05 01 "7" 03 `,
		"empty":             element("Level", "02 04", false),
		"closed":            element("Level", "03", false),
		"no attribute":      element("Execution", "03", false),
		"other attribute":   element("Execution", "00000000 06 'KernelTime' 05 01 \"7\" 03", true),
		"other element":     element("Else", `02 05 01 "7" 04`, false),
	} {
		t.Run(name, func(t *testing.T) {
			const id = `01 ffff 00000000 'EventID' 02 05 01 "1" 04 `
			wantSystem(t, templated(systemHand(content+id), nullOf2), "EventID=String 1")
			wantSystem(t, templated(systemHand(id+content), null), "EventID=String 1")
		})
	}
	wantSystem(t, templated(systemHand(element("Channel", "02 0d 0000 01 04", false)), emptyText), "Channel=String ")
}

// System is that of an Event, and of nothing that looks like it elsewhere.
func TestSystemIsTheEventsOwn(t *testing.T) {
	id := element("EventID", `02 05 01 "1" 04`, false)
	system := element("System", "02 "+id+" 04", false)
	for name, c := range map[string]struct {
		root string
		has  bool
	}{
		"of an Event":        {eventHand(system), true},
		"with prefix":        {element("e:Event", "02 "+element("e:System", "02 "+element("e:EventID", `02 05 01 "1" 04`, false)+" 04", false)+" 04", false), true},
		"behind the data":    {eventHand(element("EventData", "03", false) + system), true},
		"of another root":    {element("Else", "02 "+system+" 04", false), false},
		"within EventData":   {eventDataHand(system), false},
		"without known name": {eventHand(element("System", "02 "+element("Else", "03", false)+" 04", false)), false},
		"none":               {eventHand(""), false},
	} {
		doc, _ := decodeHand(t, templated(c.root))
		if got := doc.HasSystem(); got != c.has {
			t.Errorf("%s: %v", name, got)
		}
		if got := systemOf(doc); len(got) > 0 != c.has {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// What the fields are called in diagnostics.
func TestNamesOfSystemFields(t *testing.T) {
	for f, want := range map[binxml.SystemField]string{
		binxml.ProviderName: "Provider/Name", binxml.EventID: "EventID", binxml.EventIDQualifiers: "EventID/Qualifiers",
		binxml.SecurityUserID: "Security/UserID", binxml.SecurityUserID + 1: "unknown field", 255: "unknown field",
	} {
		if got := f.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
