// Package carve finds logs and parts of logs among other bytes: in the image of a disk or
// of memory, in unallocated space, in files joined or cut.
//
// It finds chunks of event logs at any offset, also those that NTFS has compressed
// (LZNT1), whose two parts it puts together; records of event logs outside of any chunk;
// trace logs (.etl) from the buffer that describes the trace on, as far as their buffers
// follow, and whole buffers apart from it; and net-event dumps (.wfpnev) from their header
// on, as far as their blocks follow, and whole blocks apart from it. It reads forward once
// and keeps some MiB, whatever the size of the input.
//
// A [Scanner] cuts; it decodes no more than it needs to tell what it has found. What it
// claims for one find it does not search for others where a checksum vouches for the bytes,
// or records that follow each other; elsewhere a find ends where another begins beyond
// doubt. It refuses what only looks like a log: a chunk needs its checksum or a whole
// record, a trace all that a description has, a buffer alone records that fill it exactly,
// a block its checksum.
//
// Nothing in a buffer says what its times count from, nor in a block what its structures
// are. A buffer alone has the times of a closed trace before it that has its logger, buffers
// of its size (if it is compressed, of that or more) and times around its own; if several can
// be it, their clocks must agree; else it has none. A block alone is read with the header of
// the dump before it that goes on with it; without one it is counted.
//
// Bytes can be made so that something seems to begin everywhere. How much is looked at in
// vain is bounded by how much was searched, and what is left alone for that is counted.
package carve
