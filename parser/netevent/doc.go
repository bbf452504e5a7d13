// Package netevent reads the net events of the Windows Filtering Platform as
// structures in memory, FWPM_NET_EVENT0 to FWPM_NET_EVENT5
// (https://learn.microsoft.com/windows/win32/api/fwpmtypes/), for 8-byte
// pointers (x64, ARM64) and 4-byte ones (x86, ARM).
//
// It also reads and writes the files that keep them: Windows defines none, so
// the project has its own, the net-event dump (.wfpnev). FORMAT.md beside this
// file defines it.
//
// Windows keeps them too, as raw net events in traces of its own (wfpdiag.etl,
// ikediag.etl). Their layout is not documented: [RawDecoder] knows them by their
// structure alone, and [AppendShape] shows how one is built without what it says.
//
// Headers and the failures of IKE and AuthIP (main, quick and extended mode) are
// decoded in full; the bodies of other types are stepped over. A pointer that
// does not resolve leaves its own field unknown, with a diagnostic. Refused are
// dumps of another major version, and events above version 5.
package netevent
