// Package sevenzip reads 7z archives: stored, or compressed with LZMA, LZMA2,
// Deflate or bzip2, which is what 7-Zip makes of anything but programs.
//
// A 7z begins with 32 bytes that say where its header is; that is behind the data
// and most often compressed itself. It lists streams of packed bytes, folders,
// which are what the streams decode to and by which chain of coders, and files,
// which lie in the folders in a row.
//
// Encrypted folders, and those of PPMd and of the filters for programs (BCJ, BCJ2
// and others), are refused. The list of files is kept, and the dictionary of one
// coder at a time. A packed header of a few bytes can ask for any amount of either;
// what it asks for is claimed first, and whoever reads the archive may refuse.
//
// The container is read here, because the Go library for it panics on counts that
// contradict each other and allocates what an archive asks for.
//
// The format is described in 7zFormat.txt of the LZMA SDK:
// https://www.7-zip.org/sdk.html
package sevenzip
