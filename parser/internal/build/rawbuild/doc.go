// Package rawbuild makes raw net events: net events as the Base Filtering Engine
// of Windows writes them into its own trace logs, an image of the structure in
// memory with the parts it points to behind it. Structures are laid out by the
// rules of a C compiler for Windows from their members, written down here once
// more, and so do not share the tables of package netevent.
//
// It is for tests. It writes what it is told to, also what no Windows would.
package rawbuild
