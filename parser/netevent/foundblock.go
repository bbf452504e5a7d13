package netevent

import (
	"bytes"
	"hash/crc32"
)

// maxFoundBlock bounds the payload of a block that is found among other bytes, where
// nothing but its own header vouches for it and all of it is looked at in one go.
const maxFoundBlock = 16 << 20

// Block is a block that was found among other bytes.
type Block struct {
	Size     int // with its padding, if another stands behind it and zero
	Sequence uint64
	Meta     bool // it says where the dump is from
	End      bool // no other follows
}

// BlockSize returns the size of the block that b may begin with, 0 if there can be none:
// all that [FindBlock] looks at.
func BlockSize(b []byte) int {
	size, long := blockAhead(b)
	if long {
		return 0
	}
	return size
}

// LongBlock returns the size of the block that b begins with if it is longer than
// [FindBlock] looks at; 0 if it is not.
func LongBlock(b []byte) int {
	size, long := blockAhead(b)
	if !long {
		return 0
	}
	return size
}

// blockAhead returns the size of the block that b begins with, as its header says, 0 if that
// can be none, and whether it is too long for one that is found.
func blockAhead(b []byte) (size int, long bool) {
	if len(b) < BlockHeaderSize {
		return 0, false
	}
	k, err := parseBlock(b, 0)
	if err != nil {
		return 0, false
	}
	return padded(k.size()), k.length > maxFoundBlock
}

// FindBlock returns the block that stands ahead, if it is whole. ahead returns as many
// bytes from its start on, or those there are.
func FindBlock(ahead func(n int) []byte) (found Block, ok bool) {
	b := ahead(BlockHeaderSize)
	size := BlockSize(b)
	if size == 0 {
		return Block{}, false
	}
	k, _ := parseBlock(b, 0)
	b = ahead(size + len(BlockSync))
	if len(b) < k.size() || crc32.Update(k.headerCRC, castagnoli, b[BlockHeaderSize:k.size()]) != k.crc {
		return Block{}, false
	}
	// The padding is the block's if another stands behind it. It may have been cut, and
	// something else begin with zeros.
	n := k.size()
	if len(b) >= size+len(BlockSync) && string(b[size:size+len(BlockSync)]) == BlockSync && len(bytes.Trim(b[n:size], "\x00")) == 0 {
		n = size
	}
	return Block{Size: n, Sequence: k.sequence, Meta: k.typ == blockMeta, End: k.typ == blockEnd}, true
}
