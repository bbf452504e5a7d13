package evtxbuild

import (
	"encoding/binary"
	"hash/crc32"
	"maps"
	"math"
)

// chunk is 64 KiB of a log: header, records, slack. Little-endian:
//
//	  0   8  "ElfChnk\0"
//	  8   8  number of the first record
//	 16   8  number of the last record
//	 24   8  identifier of the first record
//	 32   8  identifier of the last record
//	 40   4  128
//	 44   4  offset of the last record
//	 48   4  offset of the free space
//	 52   4  CRC-32 of the records: 512 to the free space
//	 56  64  0
//	120   4  1
//	124   4  CRC-32 of bytes 0 to 119 and 128 to 511
//	128 256  64 heads of chains of names
//	384 128  32 heads of chains of template definitions
//
// Without records the last number and both identifiers are all ones and the
// first number is 1, as https://computer.forensikblog.de/en/2007/07/evtx-chunk-header.html
// tells of empty logs.
type chunk struct {
	buf         [chunkSize]byte
	pos         int
	names       map[string]uint32
	templates   map[templateKey]uint32
	tables      tables
	firstNumber uint64
	records     []RecordAt // offsets in the chunk
	definitions []templateAt
}

// append writes a record, or reports that it does not fit. The padding keeps
// what the buffer held.
func (c *chunk) append(r Record, number uint64) (bool, error) {
	e := encoder{base: c.pos, names: c.names, templates: c.templates, tables: c.tables}
	e.u32(0x00002a2a)
	size := e.hole32()
	e.out = binary.LittleEndian.AppendUint64(e.out, r.ID)
	e.out = binary.LittleEndian.AppendUint64(e.out, r.Written)
	e.nodes(r.Body)
	if e.err != nil {
		return false, e.err
	}
	body := len(e.out)
	total := (body + recordSizeCopy + 7) &^ 7
	if total > chunkSize-c.pos {
		return false, nil
	}
	e.fill32(size, total)
	copy(c.buf[c.pos:], e.out)
	binary.LittleEndian.PutUint32(c.buf[c.pos+total-recordSizeCopy:], uint32(total))

	if len(c.records) == 0 {
		c.firstNumber = number
	}
	c.records = append(c.records, RecordAt{Offset: c.pos, Size: total, ID: r.ID})
	c.definitions = append(c.definitions, e.newTemplates...)
	c.tables = e.tables
	maps.Copy(c.names, e.newNames)
	for _, t := range e.newTemplates {
		c.templates[t.key] = t.offset
	}
	c.pos += total
	return true, nil
}

func (c *chunk) writeHeader() {
	b := c.buf[:chunkHeaderSize]
	clear(b)
	copy(b, "ElfChnk\x00")
	le := binary.LittleEndian
	if n := len(c.records); n > 0 {
		le.PutUint64(b[8:], c.firstNumber)
		le.PutUint64(b[16:], c.firstNumber+uint64(n)-1)
		le.PutUint64(b[24:], c.records[0].ID)
		le.PutUint64(b[32:], c.records[n-1].ID)
		le.PutUint32(b[44:], uint32(c.records[n-1].Offset))
	} else {
		le.PutUint64(b[8:], 1)
		le.PutUint64(b[16:], math.MaxUint64)
		le.PutUint64(b[24:], math.MaxUint64)
		le.PutUint64(b[32:], math.MaxUint64)
	}
	le.PutUint32(b[40:], 128)
	le.PutUint32(b[48:], uint32(c.pos))
	le.PutUint32(b[120:], 1)
	for i, h := range c.tables.nameHeads {
		le.PutUint32(b[128+4*i:], h)
	}
	for i, h := range c.tables.templateHeads {
		le.PutUint32(b[384+4*i:], h)
	}
	sealChunk(c.buf[:])
}

// sealChunk computes both CRCs of a chunk, of the records up to its free-space
// offset.
func sealChunk(c []byte) {
	le := binary.LittleEndian
	free := min(max(int(le.Uint32(c[48:])), chunkHeaderSize), chunkSize)
	le.PutUint32(c[52:], crc32.ChecksumIEEE(c[chunkHeaderSize:free]))
	le.PutUint32(c[124:], chunkHeaderCRC(c))
}

func chunkHeaderCRC(c []byte) uint32 {
	return crc32.Update(crc32.ChecksumIEEE(c[:120]), crc32.IEEETable, c[128:chunkHeaderSize])
}
