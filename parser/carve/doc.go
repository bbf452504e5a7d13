// Package carve finds logs and parts of logs among other bytes: in the image of a disk or
// of memory, in unallocated space, in files joined or cut.
//
// It finds chunks of event logs at any offset, also those that NTFS has compressed
// (LZNT1); records of event logs outside of any chunk; trace logs (.etl) from the buffer
// that describes the trace on, as far as their buffers follow; and net-event dumps
// (.wfpnev) from their header on, as far as their blocks follow. It reads forward once and
// keeps some MiB, whatever the size of the input.
//
// A [Scanner] cuts; it decodes no more than it needs to tell what it has found, and what
// it claims for one find it does not search for others, unless that find is damaged. It
// refuses what only looks like a log: a chunk needs its checksum or a whole record, a
// trace all that a description has, a block its checksum.
//
// Buffers of a trace whose description is lost, and blocks without a header, are not
// found: nothing tells what their times and structures are.
package carve
