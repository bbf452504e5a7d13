// Package etl reads trace logs, .etl files as ETW (Event Tracing for Windows)
// writes them, forward and with no Windows at hand.
//
// A trace log is WMI buffers one after another, the first of which describes the
// trace: its session, its clock, the machine. No public document defines the
// file; the structures are those of evntrace.h, evntcons.h and wmistr.h where
// these have them
// (https://learn.microsoft.com/windows/win32/api/evntrace/ns-evntrace-trace_logfile_header,
// https://learn.microsoft.com/windows/win32/api/evntcons/ns-evntcons-event_header),
// the rest is as in real traces of Windows 8 to 11. What no trace at hand showed
// is marked as such.
//
// [Reader.Buffers] cuts a log into buffers, which decode without each other;
// [Decoder] expands the compressed ones and walks the records in each. Every type
// of record is walked. Of EVENT_HEADER records, which everything since Windows
// Vista writes, all fields and extended items are decoded; package payload beside
// this one has what is inside. The order is that of the file: in a buffer time does
// not go back, but each processor has buffers of its own, and a circular log begins
// in its middle.
//
// Refused are files that do not begin with the buffer that describes the trace (a
// byte of it may be damaged), pointers of other sizes than 4 and 8 bytes, buffers
// above [MaxBufferSize], and buffers that expand to more than any trace needs.
// Messages of WPP, which mean nothing without the symbols of their program, are
// counted and not decoded.
package etl
