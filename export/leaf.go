package export

import (
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"
)

// leaf holds the values of one leaf column of a batch. Nulls are in its levels
// alone.
type leaf struct {
	def   byte // definition level of a value
	coded bool // values are in a dictionary
	arena *arena

	levels []byte // definition levels; none if no value can be missing
	starts []int  // of the rows' first levels, if the column repeats

	// One of these has the values that are there:
	index   []int32 // in a dictionary, places in dict
	numbers []int64
	bytes   []byte // text and bytes, one after the other
	ends    []int  // in bytes, of each; none if all are 16 bytes

	dict   []parquet.Value // what the batch has of a dictionary; some may be there twice
	keys   []uint64        // of dict, if it is of numbers
	recent [recentSlots]int32
}

// recentSlots is how many values of a dictionary a batch finds again. Most
// columns have few; the others are for the dictionary of the row group to find.
const recentSlots = 16

func (c *leaf) reset() {
	c.levels, c.starts = c.levels[:0], c.starts[:0]
	c.index, c.numbers, c.bytes, c.ends = c.index[:0], c.numbers[:0], c.bytes[:0], c.ends[:0]
	if cap(c.bytes) > keptBytes {
		c.bytes = nil
	}
	clear(c.dict) // they may point to bytes outside the arena's blocks
	c.dict, c.keys = c.dict[:0], c.keys[:0]
	c.recent = [recentSlots]int32{}
}

// keptBytes is the most that an empty batch keeps of a column's bytes: a few
// large values must not be held on to.
const keptBytes = 1 << 20

// null appends the null of an optional column, which is one level below its
// values.
func (c *leaf) null() { c.levels = append(c.levels, c.def-1) }

// absent appends the null of a field whose structure is null.
func (c *leaf) absent() { c.levels = append(c.levels, 0) }

// present appends the level of a value.
func (c *leaf) present() {
	if c.def > 0 {
		c.levels = append(c.levels, c.def)
	}
}

// code appends a value that no slot has.
func (c *leaf) code(slot uint64, v parquet.Value) {
	c.index = append(c.index, int32(len(c.dict)))
	c.dict = append(c.dict, v)
	c.recent[slot] = int32(len(c.dict)) // its place and one, 0 is none
}

func (c *leaf) number(v uint64, value func(uint64) parquet.Value) {
	c.present()
	if !c.coded {
		c.numbers = append(c.numbers, int64(v))
		return
	}
	slot := v * 0x9e3779b97f4a7c15 >> 60 // the golden ratio spreads neighbours
	if i := c.recent[slot]; i > 0 && c.keys[i-1] == v {
		c.index = append(c.index, i-1)
		return
	}
	c.keys = append(c.keys, v)
	c.code(slot, value(v))
}

func value32(v uint64) parquet.Value { return parquet.Int32Value(int32(v)) }
func value64(v uint64) parquet.Value { return parquet.Int64Value(int64(v)) }

func (c *leaf) bytes16(v *[16]byte) {
	c.present()
	c.arena.counted += int64(len(v))
	if !c.coded {
		c.bytes = append(c.bytes, v[:]...)
		return
	}
	slot := (v[0] ^ v[15]) % recentSlots
	if i := c.recent[slot]; i > 0 && [16]byte(c.dict[i-1].ByteArray()) == *v {
		c.index = append(c.index, i-1)
		return
	}
	p := c.arena.take(len(v))
	copy(p, v[:])
	c.code(uint64(slot), parquet.FixedLenByteArrayValue(p))
}

// text appends text; like NDJSON, it has U+FFFD for a byte that is not UTF-8,
// for which readers refuse the file.
func (c *leaf) text(v string) {
	c.present()
	slot := len(v) % recentSlots
	if len(v) > 0 {
		slot = (len(v) ^ int(v[len(v)-1])) % recentSlots
	}
	if i := c.recent[slot]; i > 0 && string(c.dict[i-1].ByteArray()) == v {
		c.arena.counted += int64(len(v))
		c.index = append(c.index, i-1)
		return
	}
	if !utf8.ValidString(v) {
		v = validText(v)
	}
	c.arena.counted += int64(len(v))
	p := c.arena.take(len(v))
	copy(p, v)
	c.code(uint64(slot), parquet.ByteArrayValue(p))
}
