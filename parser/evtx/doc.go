// Package evtx reads Windows event log files (.evtx), format versions 3.1 and
// 3.2: a file header of 4096 bytes, then chunks of 64 KiB that hold records.
//
// The file header is advisory. Its counts are stale in every log that was copied
// while in use, so the reader walks the grid of chunks to the end of the file,
// whatever the header says. It reads forward only: a pipe gives the same records
// as a file. Of a [Claimer], as a file can be, each chunk is read by who decodes it; a place
// that cannot be read costs what is in its chunk behind it, where else it would be the end.
//
// A damaged record or chunk is one error, with its offset; what follows it is
// read all the same. What can be read but contradicts itself (a checksum, the
// copy of a record's size) is a diagnostic on the row. A chunk that has lost its
// signature gives no current records: without it nothing says which they are. [Decoder.Lost]
// takes them as old ones.
//
// Of a log of a million records few are wanted. With [Decoder.Want] a decoder steps
// over records that nobody wants, at the cost of comparing some bytes: it decodes
// the first record of every kind, and knows the others by their template, the sizes
// of their values, and the bytes of those that tell kinds apart. Whatever is not as
// in nearly every record it decodes. What it steps over is counted, by kind.
//
// Behind the current records of a chunk stand old ones. [Decoder.Slack] takes those that are
// whole out of their chunk, as a part of decoding it. [Salvage] gets what all chunks tell, in
// order, finds the templates that the records need wherever in the log they are, and refuses
// those whose values do not fill their templates; so it does with current ones whose chunk has
// lost their templates. Of a record whose templates are nowhere the values are those of System
// in one of two orders, and the data are known of the IPsec events alone.
//
// There is no official description of the container; the layouts here follow
// libevtx's documentation and real files. The records themselves are BinXML,
// see [github.com/qmparse/qmparse/parser/binxml].
//
// https://github.com/libyal/libevtx/blob/main/documentation/Windows%20XML%20Event%20Log%20(EVTX).asciidoc
package evtx
