// Package etlbuild writes Windows trace logs (.etl) for tests, and defines those
// under testdata/etl.
//
// It is a second implementation of the format, written from its public
// descriptions and from traces that Windows wrote, and shares no code with the
// decoder it tests. Only tests and the command mkfixtures import it.
//
//   - [New] starts a trace, [Trace.Event] adds an event of a provider,
//     [Trace.Record] a record of any type, [Trace.Buffer] begins a buffer.
//   - [Payload] packs the data of an event, [Fields] those of a TraceLogging event
//     with their schema, [NetEvent] is event 1007 of Microsoft-Windows-WFP.
//   - [Compress] is plain LZ77 as [MS-XCA] has it.
//   - [Image] is the finished trace with the places of its parts, to damage it.
//
// The same calls give the same bytes. It writes what it is told to, also what no
// Windows would. A trace that cannot be written (a record larger than a buffer)
// is an error of [Trace.Err], and [Trace.Bytes] is then nil.
//
// What is public about the format:
//
//   - https://www.geoffchappell.com/studies/windows/km/ntoskrnl/api/etw/tracelog/wmi_buffer_header.htm
//   - https://learn.microsoft.com/windows/win32/api/evntrace/ns-evntrace-trace_logfile_header
//   - https://learn.microsoft.com/windows/win32/api/evntcons/ns-evntcons-event_header
package etlbuild
