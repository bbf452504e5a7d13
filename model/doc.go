// Package model holds what the sources of a log say, free of their formats:
// an [Event] of any kind and a Quick Mode failure, [QMFailure], with the types
// of Windows that they are made of.
//
// The structures and enumerations are those of the Windows Filtering Platform,
// fwptypes.h, fwpmtypes.h, ipsectypes.h and iketypes.h
// (https://learn.microsoft.com/windows/win32/api/fwpmtypes/); SIDs, GUIDs,
// FILETIME and SYSTEMTIME are those of [MS-DTYP]
// (https://learn.microsoft.com/openspecs/windows_protocols/ms-dtyp/); error
// codes are those of winerror.h ([MS-ERREF]).
//
// Values stay as found: a FILETIME is its ticks, an enumeration its number, an
// IPv4 mask its 32 bits, whatever they mean. The package refuses to guess: a
// mask with gaps has no prefix length, a text that several error codes share
// has no code, a time past the year 9999 has no [time.Time].
//
// It imports the standard library only.
package model
