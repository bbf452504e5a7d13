// Package source finds the bytes that a person named: files, directories with
// all below them, globs, standard input, and what is in archives. Among the
// parsers it alone touches the file system, and it only reads.
//
// Archives are zip, 7z, tar and cab, and files compressed with gzip, zstd or xz,
// in each other as well; they are known by their bytes. All are read forward and
// from a pipe as from a file, and nothing of them is kept but the window of a
// decoder. The exception is 7z, whose directory is at its end: what is no file of
// its own is kept in memory, if it is small enough. What a hostile archive may
// cost is bounded by named limits; see limits.go.
//
// It refuses what has no bytes of its own: in a directory everything but regular
// files (symbolic links too, so that no file is read twice and no walk goes in
// circles) is reported and passed over. A link, pipe or device that is named
// itself is read.
package source
