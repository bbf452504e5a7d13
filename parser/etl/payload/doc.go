// Package payload decodes the payload of an event of Event Tracing for Windows:
// the bytes that its provider logged, which know neither names nor types.
//
// It knows the events of Microsoft-Windows-WFP, whose templates are in
// templates.tsv, and those of TraceLogging, which bring their schema along. Both
// are packed: no field is aligned, each begins where the one before ends, and
// the last ends with the payload. One that does not is an error, for then the
// names are not those of its bytes.
//
// Refused, each as an error of the event, are
//
//   - events of other providers without a schema, and those of Microsoft-Windows-WFP of whose
//     id and version there is no template;
//   - payloads that several templates of one id and version fit which differ in more than
//     names, and those that none fits;
//   - schemas that are not as long as they say, that lack fields of a structure, or that have
//     an in type above 25, of which no header tells;
//   - SIDs of another revision than 1, and of more than 15 subauthorities;
//   - schemas of more than 1024 fields or with a field within 16 structures, and events of
//     more values or more JSON than their bytes account for (limits.go).
//
// What a provider serialises in its own way, and addresses and dates that are none, are given
// as bytes.
//
// https://learn.microsoft.com/windows/win32/wes/eventmanifestschema-datadefinitiontype-complextype
// https://learn.microsoft.com/windows/win32/tracelogging/trace-logging-about
package payload
