// Package payload decodes the payload of an event of Event Tracing for Windows:
// the bytes that its provider logged, which know neither names nor types.
//
// It knows the events of Microsoft-Windows-WFP, whose templates are in
// templates.tsv, and those of TraceLogging, which bring their schema along. Both
// are packed: no field is aligned, each begins where the one before ends, and
// the last ends with the payload. One that does not is an error, for then the
// names are not those of its bytes.
//
// https://learn.microsoft.com/windows/win32/wes/eventmanifestschema-datadefinitiontype-complextype
// https://learn.microsoft.com/windows/win32/tracelogging/trace-logging-about
package payload
