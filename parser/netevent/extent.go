package netevent

import (
	"hash/crc32"
)

// HeaderLength returns the size of the header of a dump that b begins with, 0 if it is
// none that can be read.
func HeaderLength(b []byte) int {
	if len(b) < headerSize {
		return 0
	}
	if _, _, err := parseHeader(b[:headerSize], 0); err != nil {
		return 0
	}
	return headerSize
}

// BlockSync are the bytes that a block begins with.
const BlockSync = sync4

// BlockHeaderSize is the size of the header of a block.
const BlockHeaderSize = blockHeaderSize

// maxFoundBlock bounds the payload of a block that is found among other bytes, where
// nothing but its own header vouches for it and all of it is looked at in one go.
const maxFoundBlock = 16 << 20

// BlockLength returns the size of the block that b begins with, its padding included, 0
// if it is none; last says that no other follows. ahead returns as many bytes from the
// start of the block on, or those there are. Only a block that is whole is one.
func BlockLength(ahead func(n int) []byte) (size int, last bool) {
	k, err := parseBlock(ahead(blockHeaderSize), 0)
	if err != nil {
		return 0, false
	}
	if k.length > maxFoundBlock {
		return 0, false
	}
	b := ahead(padded(k.size()))
	if len(b) < k.size() {
		return 0, false
	}
	if crc32.Update(k.headerCRC, castagnoli, b[blockHeaderSize:k.size()]) != k.crc {
		return 0, false
	}
	return min(padded(k.size()), len(b)), k.typ == blockEnd
}
