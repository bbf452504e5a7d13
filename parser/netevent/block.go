package netevent

import (
	"fmt"
	"hash/crc32"

	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// blockType says what a block's payload is.
type blockType uint16

const (
	blockMeta    blockType = 1
	blockEvent   blockType = 2
	blockSegment blockType = 3
	blockRoots   blockType = 4
	blockLost    blockType = 5
	blockEnd     blockType = 6

	blockTypes = 7 // one more than the highest
)

// String returns the type's name, or its number.
func (t blockType) String() string {
	switch t {
	case blockMeta:
		return "META"
	case blockEvent:
		return "EVENT"
	case blockSegment:
		return "SEGMENT"
	case blockRoots:
		return "ROOTS"
	case blockLost:
		return "LOST"
	case blockEnd:
		return "END"
	}
	return fmt.Sprintf("block type %d", uint16(t))
}

// BlockSync is what blocks begin with.
const BlockSync = "WNEB"

// BlockHeaderSize is the size of the header of a block.
const BlockHeaderSize = 24

const (
	blockAlign = 8

	endSize = 8 + 8 + 32
)

// What a payload may have, of the format's definition. More is damage.
const (
	MaxMeta    = 1 << 20   // bytes
	MaxEvent   = 1 << 20   // bytes
	MaxSegment = 256 << 20 // bytes, the base address included
	MaxRoots   = 1 << 20   // entries

	// maxFixed bounds LOST and END, to which a later minor version may append.
	maxFixed = 4 << 10

	// maxBlock bounds a block of unknown type.
	maxBlock = MaxSegment
)

// limit returns the most bytes that the payload of a block may have.
func (t blockType) limit() uint32 {
	switch t {
	case blockMeta:
		return MaxMeta
	case blockEvent:
		return MaxEvent
	case blockRoots:
		return 8 + 8*MaxRoots
	case blockLost, blockEnd:
		return maxFixed
	}
	return maxBlock
}

// block is the header of a block, 24 bytes:
//
//	 0  4  sync           57 4E 45 42
//	 4  2  type
//	 6  2  flags          0
//	 8  4  payloadLength
//	12  4  crc32c         of the header with this field 0, and the payload
//	16  8  sequence       counts the blocks of a dump from 0
//
// The payload follows, then zeros up to the next multiple of 8.
type block struct {
	offset   int64 // in the file
	typ      blockType
	flags    uint16
	length   uint32
	crc      uint32
	sequence uint64

	headerCRC uint32 // of the header as crc32c counts it
}

// parseBlock reads a block header. It fails if b holds none that can be one.
func parseBlock(b []byte, offset int64) (k block, err error) {
	c := cursor.New(b, offset)
	if sync := c.Bytes(len(BlockSync), "sync"); sync != nil && string(sync) != BlockSync {
		c = cursor.New(b, offset)
		c.Fail(cursor.ErrMalformed, "block sync", "% X", sync)
		return k, c.Err()
	}
	k.offset = offset
	k.typ = blockType(c.U16("block type"))
	k.flags = c.U16("block flags")
	at := c
	k.length = c.U32("payloadLength")
	k.crc = c.U32("block crc32c")
	k.sequence = c.U64("block sequence")
	if err := c.Err(); err != nil {
		return k, err
	}
	if k.length > k.typ.limit() {
		at.Fail(cursor.ErrMalformed, "payloadLength", "%d bytes of %v, at most %d are allowed", k.length, k.typ, k.typ.limit())
		return k, at.Err()
	}
	k.headerCRC = crc32.Update(crc32.Update(crc32.Checksum(b[:12], castagnoli), castagnoli, noCRC), castagnoli, b[16:BlockHeaderSize])
	return k, nil
}

// noCRC is the field crc32c as it counts itself.
var noCRC = make([]byte, 4)

// size returns the bytes from the block's start to the end of its payload.
func (k *block) size() int { return BlockHeaderSize + int(k.length) }

// padded returns n up to the next multiple of 8.
func padded(n int) int { return (n + blockAlign - 1) &^ (blockAlign - 1) }
