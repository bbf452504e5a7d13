// Package dumpbuild makes net events in memory and the net-event dumps under
// testdata/wfpnev. It lays structures out by the rules of a C compiler for
// Windows from their members, written down here once more, and so does not share
// the tables of package netevent; blocks are written by that package's Writer.
//
// It is for tests. It writes what it is told to, also what no Windows would.
package dumpbuild
