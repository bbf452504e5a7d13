package evtx

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"

	"github.com/qmparse/qmparse/parser/binxml"
	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// Signatures by which chunks, file headers and records are found in other bytes.
const (
	FileSignature   = signature
	ChunkSignature  = chunkSignature
	RecordSignature = recordSignature
)

// ChunkHeaderSize is the size of the head of a chunk.
const ChunkHeaderSize = chunkHeaderSize

// FileHeaderSize is the size of the file header with what belongs to it: the first chunk
// begins there.
const FileHeaderSize = headerSize

// Place says what is known of where a chunk was found.
type Place struct {
	Offset int64

	// OnGrid says that it stands where a chunk of the log should: its signature is
	// enough, and its records are live.
	OnGrid bool

	NoCRC bool // the file header before it says that there are no checksums
}

// Carve makes a chunk of data, 64 KiB or what there is. It returns nil if it is none: if
// its header contradicts itself, or has a wrong checksum and no whole record behind it.
// whole says that both checksums are right; they vouch for the bytes up to the
// free space. Of what is not whole the records end where those of other ids follow; those
// are for [Salvage]. The chunk keeps data.
func Carve(data []byte, at Place) (c *Chunk, whole bool) {
	c, err := parseChunk(data[:min(len(data), ChunkSize)], at.Offset, !at.NoCRC)
	if err != nil {
		return nil, false
	}
	c.Carved = !at.OnGrid
	h := &c.Header
	plausible, headed := Plausible(data), headerSum(data) == h.CRC
	if plausible && headed && int(h.FreeOffset) <= len(c.Data) && crc32.ChecksumIEEE(c.Data[chunkHeaderSize:h.FreeOffset]) == h.RecordsCRC {
		return c, true
	}
	if at.OnGrid {
		return c, false
	}
	if !plausible || !headed && c.ownRecord(chunkHeaderSize) < 0 {
		return nil, false
	}
	c.limit = c.foreign()
	return c, false
}

// BeginsChunk says whether b begins with the head of a chunk, beyond doubt: its checksum
// is right, or a whole record stands behind it.
func BeginsChunk(b []byte) bool {
	return len(b) >= chunkHeaderSize && string(b[:len(chunkSignature)]) == chunkSignature && Plausible(b) &&
		(headerSum(b) == binary.LittleEndian.Uint32(b[124:]) || RecordSize(b[chunkHeaderSize:]) > 0)
}

// Part is the first part of a chunk, whose other part stands somewhere else.
type Part struct {
	sum, want uint32 // checksum of the records in it, and of all
	missing   int    // bytes of records
}

// NewPart returns what data is the first part of; false if it has not the head of a chunk,
// with the right checksum, or has all records.
func NewPart(data []byte) (p Part, ok bool) {
	if len(data) < chunkHeaderSize || !Plausible(data) || headerSum(data) != binary.LittleEndian.Uint32(data[124:]) {
		return p, false
	}
	p.missing = int(binary.LittleEndian.Uint32(data[48:])) - len(data)
	p.want = binary.LittleEndian.Uint32(data[52:])
	p.sum = crc32.ChecksumIEEE(data[chunkHeaderSize:])
	return p, p.missing > 0
}

// CompletedBy says whether the checksum of the records is right if last is the other part.
func (p *Part) CompletedBy(last []byte) bool {
	return p.missing <= len(last) && crc32.Update(p.sum, crc32.IEEETable, last[:p.missing]) == p.want
}

// Chained returns where the run of whole records ends that the chunk begins with.
func (c *Chunk) Chained() int {
	pos := chunkHeaderSize
	for used := c.used(); pos < used; {
		size := wholeAt(c.Data, pos)
		if size == 0 {
			break
		}
		pos += size
	}
	if pos == chunkHeaderSize {
		return len(chunkSignature) // nothing vouches for the head either
	}
	return pos
}

// ownRecord returns the position, from pos on, of the first whole record of the chunk; -1
// if there is none.
func (c *Chunk) ownRecord(pos int) int {
	for pos < len(c.Data) {
		next := bytes.Index(c.Data[pos:], []byte(recordSignature))
		if next < 0 {
			break
		}
		pos += next
		if RecordSize(c.Data[pos:]) > 0 && c.owns(pos) {
			return pos
		}
		pos++
	}
	return -1
}

// owns says whether the record at pos stands and, if the head is right, counts as one of
// the chunk.
func (c *Chunk) owns(pos int) bool {
	id, _ := headAt(c.Data, pos)
	return pos%recordAlign == 0 && (headerSum(c.Data) != c.Header.CRC || id >= c.Header.FirstRecordID && id <= c.Header.LastRecordID)
}

// foreign returns where in the used space of a chunk bytes begin that are no record, and
// are followed by a whole one that is not of the chunk: there ends what is left of it. If
// there are none it is where all chunks end.
func (c *Chunk) foreign() int {
	used := c.used()
	for pos := chunkHeaderSize; pos < used; {
		if size := wholeAt(c.Data, pos); size > 0 {
			pos += size
			continue
		}
		from := pos
		for {
			next := bytes.Index(c.Data[pos:used], []byte(recordSignature))
			if next < 0 {
				return ChunkSize
			}
			if pos += next; RecordSize(c.Data[pos:]) > 0 {
				break
			}
			pos++
		}
		if !c.owns(pos) {
			return from
		}
	}
	return ChunkSize
}

// CheckFileHeader says of a file header whether it is one, whether the file has no checksums, and
// what is odd about it.
func CheckFileHeader(header []byte) (ok, noCRC bool, odd error) {
	h, odd, err := parseHeader(header)
	if err != nil {
		return false, false, err
	}
	return string(header[:len(signature)]) == signature, h.NoCRC(), odd
}

// Plausible says whether the head of a chunk can stand at the start of b: its fields do not
// contradict each other.
func Plausible(b []byte) bool {
	size, ok := cursor.Uint32(b, 40)
	last, _ := cursor.Uint32(b, 44)
	free, _ := cursor.Uint32(b, 48)
	return ok && size == 128 && last <= ChunkSize && free >= chunkHeaderSize && free <= ChunkSize
}

// fragmentHeader is what BinXML begins with.
const fragmentHeader = "\x0f\x01\x01\x00"

// MayBeRecord says whether b, which begins as a record does, can be one: what can be told
// of its head.
func MayBeRecord(b []byte) bool {
	size, ok := cursor.Uint32(b, 4)
	if !ok || len(b) < recordMinSize || size < recordMinSize+4 || size > ChunkSize-chunkHeaderSize {
		return false
	}
	_, written := headAt(b, 0)
	return (written == 0 || written.Plausible()) && string(b[24:28]) == fragmentHeader
}

// RecordSize returns the size of the record that b begins with, 0 if it is none that is
// whole: signature, size and its copy, a time that can be, and BinXML.
func RecordSize(b []byte) int {
	if !MayBeRecord(b) {
		return 0
	}
	return wholeAt(b, 0)
}

// Orphan adds to k what is told by a record, as [RecordSize] finds it, that stands at offset and in
// no chunk, and by those that it hides: as Slack does. It returns false if it is none. Where in
// its chunk it stood can be told if it defines a template of its own, or has no template but
// its names.
func (d *Decoder) Orphan(data []byte, offset int64, k *Slack) bool {
	if d.alone == nil {
		d.alone = make([]byte, ChunkSize)
	}
	at := placeOf(data)
	// All but the record is zero there, which is no name and no definition.
	copy(d.alone[at:], data)
	defer clear(d.alone[at : at+len(data)])
	c := &Chunk{Offset: offset - int64(at), Data: d.alone, Carved: true, verified: true}
	d.Chunk(c)
	s := slackReader{Slack: k, d: d, c: c}
	r, err := c.record(at, false)
	if err != nil || r.Torn || !s.take(&r) {
		return false
	}
	defer s.end()
	for covered := r.end; r.pos+len(r.Data) < covered; {
		pos := r.pos + len(r.Data)
		if r, err = c.record(pos, false); err != nil {
			break
		}
		r.Covered = true
		s.take(&r)
	}
	return true
}

// placeOf returns where in its chunk a record stood, 0 if that cannot be told.
func placeOf(data []byte) int {
	c := cursor.New(data, 0)
	c.Skip(recordHeaderSize, "record header")
	for c.Err() == nil {
		token, _ := c.Peek()
		switch {
		case token == 0x0f:
			c.Skip(4, "fragment header")
			continue
		case token == 0x0c:
			c.Skip(2, "template instance")
			id := c.U32("template id")
			pos := c.U32("template definition offset")
			if guid, ok := cursor.Uint32(data, c.Pos()+4); ok && guid == id {
				return placed(data, pos, c.Pos())
			}
			// The data, which is the last value, may define its own.
			count := c.Count(c.U32("number of values"), 4, "number of values")
			specs := c.Bytes(4*count, "value types")
			for ; len(specs) >= 4 && specs[2] != byte(binxml.TypeBinXML); specs = specs[4:] {
				c.Skip(int(binary.LittleEndian.Uint16(specs)), "value")
			}
			if len(specs) < 4 {
				return 0
			}
			continue
		case token&^0x40 == 0x01:
			c.Skip(5, "element")
			pos := c.U32("element name")
			return placed(data, pos, c.Pos())
		}
		return 0
	}
	return 0
}

// placed returns where a record stood in whose place at stood the position pos of its
// chunk; 0 if it cannot have.
func placed(data []byte, pos uint32, at int) int {
	if start := int64(pos) - int64(at); start >= chunkHeaderSize && start+int64(len(data)) <= ChunkSize {
		return int(start)
	}
	return 0
}
