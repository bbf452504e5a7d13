// Package golangevtx reads one .evtx file with github.com/0xrawsec/golang-evtx
// v1.2.9 and prints what it read, a [secondreader.Line] each. It alone imports
// golang-evtx, which is GPL-3.0, and so a program that imports it is under the
// GPL-3.0 as a whole; see NOTICE. Two do: qmparse, for its command verify, and
// internal/peer/golangevtx, for the differential tests. Both run it in a process
// of its own, because golang-evtx panics on damage.
//
// The route is FetchChunk, EventOffsets, ParseEvent, GoEvtxMap over every 64 KiB
// from offset 4096 to the end of the file, whatever the file header says.
// golang-evtx's own Events and FastEvents run in goroutines, where a panic
// cannot be caught, and stop at the first bad chunk.
//
// # Measured
//
// On 120 real logs, in which at least two of three other readers agree on
// 23,050 live records, against header record ids and the JSON of Rust evtx:
//
//   - 115 files give the agreed number of records, 22,797 events in all.
//   - The process dies on 2 files, of 0 and 16 bytes: the file header is read
//     without a check. On 1 record of a third file it panics and is caught
//     (an entity reference at the end of a damaged record).
//   - 343 records are missing: the one that panics, one with a damaged template
//     instance, and all 341 of two CAPI2 logs (below).
//   - 90 records are more than agreed: they stand in a last chunk that the file
//     cuts off, which golang-evtx fills with zeros and the others leave out.
//   - 238 chunks give an error: 230 have no chunk magic, nearly all of them
//     unused and zero; in 8 the walk breaks off at a bad record, and the records
//     before it are still given.
//   - In all other records names, values and times (to the microsecond, which
//     is what Rust evtx prints) are the same, but for what is listed here.
//
// # How it writes values
//
//   - Every scalar is a string, "2004" and "true" too. Lists are arrays of
//     string, or of numbers for arrays of UInt16 and UInt64.
//   - Times are RFC 3339 with trailing zeros of the fraction cut: full 100 ns
//     for FILETIME. SYSTEMTIME milliseconds are taken for microseconds.
//   - Hex integers are padded, 0x%04x for 32 and 0x%08x for 64 bits; GUIDs are
//     upper case without braces; binary is upper-case hex; an ANSI string is
//     base64 of its bytes with the final NUL; reals have six decimals.
//   - Strings lose all trailing NULs. A lone surrogate is U+FFFD.
//   - Empty members of a string array are dropped.
//   - A type it does not know becomes the text "Unknown value: …": Real32,
//     SizeT, arrays of UInt32 and HexInt32. An array of any type with an odd
//     number (Int8, GUID, SID …) is read as an array of strings, since types
//     are compared as bit masks.
//   - The sizes of scalars are not looked at: a Bool is always four bytes, and
//     the next value starts where the reading stopped. A value that could not
//     be read and is not the last is only logged.
//
// # How it shapes elements
//
//   - {"Name": n, "Value": v} becomes {n: v}, and an element with a Name
//     attribute alone becomes {n: ""}. That makes EventData a map; it also makes
//     Provider, where it has no Guid, {"System": {"MsiInstaller": ""}} (1,808
//     records), and drops the element's own name (ComplexData).
//   - Of two Data with one name the later wins. Unnamed siblings are Data,
//     Data1, Data2 …, numbered by their place among all children, so
//     {"Data", "Data1", "Data25"} may be all there are.
//   - Text, or a NULL in its place, is the key Value: null for NULL. Attributes
//     that are NULL are left out, elements that are NULL are not. An element
//     without content is {}.
//   - EventID with Qualifiers is {"Qualifiers": …, "Value": …}, without it a
//     string.
//   - xmlns of Event is removed.
//
// # What it does not do
//
//   - A BinXML value (0x21) that is a bare element: a dependency id is expected
//     where there is none, and the whole record is an error, usually "EOF" (all
//     UserData of CAPI2's operational log). UserData in a template instance is
//     read (3,561 records).
//   - CDATA, processing instructions and character references: an error.
//   - Checksums, slack, records past the last-record offset, the rest of a chunk
//     after a bad record.
package golangevtx
