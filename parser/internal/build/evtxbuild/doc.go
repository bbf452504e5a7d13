// Package evtxbuild writes Windows event logs (.evtx) for tests.
//
// It is a second implementation of the format, written from its public
// descriptions and from logs that Windows wrote, and shares no code with the
// decoder it tests. Only tests and the fixture command import it.
//
// Three layers, each usable alone:
//
//   - [File.Event] writes an event as Windows does: System from a template,
//     EventData as a template instance in a BinXML value.
//   - [File.Record] writes any BinXML that can be composed of the nodes
//     [Element], [Text], [Sub], [Instance], [CharRef] and so on.
//   - [Image] is the finished log with the places of its parts, to damage it.
//
// The same calls give the same bytes. A log that cannot be written (a record
// larger than a chunk, text longer than its 16-bit count, a malformed SID) is
// an error of [File.Err], and [File.Bytes] is then nil.
//
// The container is described by libevtx, BinXML by [MS-EVEN6] 2.2.12:
//
//   - https://github.com/libyal/libevtx/blob/main/documentation/Windows%20XML%20Event%20Log%20(EVTX).asciidoc
//   - https://learn.microsoft.com/openspecs/windows_protocols/ms-even6/c73573ae-1c90-43a2-a65f-ad7501155956
package evtxbuild
