// Package cab reads Microsoft's cabinet files (.cab) forward: stored, or
// compressed with MSZIP. That is what netsh wfp capture leaves (wfpdiag.cab).
//
// A cabinet is a header, a list of folders, a list of files, and the data of the
// folders one after the other. A folder is one run of bytes, cut into blocks of up
// to 32 KiB that are compressed each for itself; its files lie in it in a row. All
// numbers are little-endian.
//
// Folders compressed with LZX or Quantum, and those that begin or end in another
// cabinet, are refused. Nothing is kept but the lists, which a cabinet bounds to
// 65535 folders and files, and one block.
//
// https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-cab
package cab
