package payload

import "github.com/qmparse/qmparse/model"

// Event is what is known of an event from its header.
type Event struct {
	Provider    model.GUID
	ID          uint16
	Version     uint8
	PointerSize int    // 8 or 4, of the process that logged it
	Build       uint32 // of Windows, from the trace's header; 0 if unknown
	Schema      []byte // extended item 11, EVENT_SCHEMA_TL; nil if there is none
	Payload     []byte

	// Where the two stand in the file, for errors and diagnostics.
	SchemaOffset, Offset int64
}

// wfp is Microsoft-Windows-WFP, {0C478C5B-0351-41B1-8C58-4A6737DA32E3}.
var wfp = model.GUID{0x0C, 0x47, 0x8C, 0x5B, 0x03, 0x51, 0x41, 0xB1, 0x8C, 0x58, 0x4A, 0x67, 0x37, 0xDA, 0x32, 0xE3}

// ProviderName returns the name of a provider with templates; false for others.
func ProviderName(g model.GUID) (name string, ok bool) {
	if g == wfp {
		return "Microsoft-Windows-WFP", true
	}
	return "", false
}

// Known says whether there is a schema or a template for the event. Nothing is
// decoded: it may still be malformed.
func Known(e *Event) bool { return len(e.Schema) > 0 || len(templatesOf(e)) > 0 }
