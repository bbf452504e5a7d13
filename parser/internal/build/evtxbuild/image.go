package evtxbuild

import "encoding/binary"

// Image is a finished log and the places of its parts. Its methods damage it;
// each says which checksums it leaves right. Places in Chunks, Records and
// Definitions are file offsets as written and do not follow the damage.
type Image struct {
	Bytes       []byte
	Chunks      []int
	Records     []RecordAt
	Definitions []DefinitionAt
}

// RecordAt is where a record stands.
type RecordAt struct {
	Chunk  int // index in Image.Chunks
	Offset int
	Size   int
	ID     uint64
}

// DefinitionAt is where a template definition stands: its next offset, GUID,
// size and fragment.
type DefinitionAt struct {
	Chunk  int
	Offset int
	GUID   [16]byte
}

// Flip inverts bits of one byte. No checksum follows.
func (im *Image) Flip(offset int, mask byte) { im.Bytes[offset] ^= mask }

// Put overwrites bytes. No checksum follows.
func (im *Image) Put(offset int, b ...byte) { copy(im.Bytes[offset:], b) }

// PutUint32 overwrites a little-endian number. No checksum follows.
func (im *Image) PutUint32(offset int, v uint32) {
	binary.LittleEndian.PutUint32(im.Bytes[offset:], v)
}

// Cut keeps the first n bytes.
func (im *Image) Cut(n int) { im.Bytes = im.Bytes[:min(n, len(im.Bytes))] }

// SetHeader writes a file header with a right checksum.
func (im *Image) SetHeader(h FileHeader) { copy(im.Bytes, h.encode()) }

// Seal computes the checksums of a chunk anew, after bytes in it were changed.
func (im *Image) Seal(chunk int) { sealChunk(im.chunk(chunk)) }

func (im *Image) chunk(i int) []byte { return im.Bytes[im.Chunks[i]:][:chunkSize] }

// BreakFileCRC makes the checksum of the file header wrong, BreakHeaderCRC that of a
// chunk's header, BreakRecordsCRC that of a chunk's records. The data stay right.
func (im *Image) BreakFileCRC()             { im.Flip(124, 0xff) }
func (im *Image) BreakHeaderCRC(chunk int)  { im.Flip(im.Chunks[chunk]+124, 0xff) }
func (im *Image) BreakRecordsCRC(chunk int) { im.Flip(im.Chunks[chunk]+52, 0xff); im.sealHeader(chunk) }

func (im *Image) sealHeader(chunk int) {
	c := im.chunk(chunk)
	binary.LittleEndian.PutUint32(c[124:], chunkHeaderCRC(c))
}

// SetSize changes the size at the front of a record, 0 among others. No
// checksum follows.
func (im *Image) SetSize(record int, size uint32) { im.PutUint32(im.Records[record].Offset+4, size) }

// SetSizeCopy changes the size at the end of a record: a torn write. No
// checksum follows.
func (im *Image) SetSizeCopy(record int, size uint32) {
	r := im.Records[record]
	im.PutUint32(r.Offset+r.Size-recordSizeCopy, size)
}

// WipeRecordMagic overwrites a record's magic. No checksum follows.
func (im *Image) WipeRecordMagic(record int) { im.PutUint32(im.Records[record].Offset, 0) }

// WipeChunkMagic overwrites a chunk's magic.
func (im *Image) WipeChunkMagic(chunk int) { clear(im.chunk(chunk)[:8]) }

// EndBefore moves the free-space offset back to a record, which with those
// behind it in the chunk is then past the free offset. Checksums, last record
// and identifiers are those of the records that remain, of which there must
// be one.
func (im *Image) EndBefore(record int) {
	r, last := im.Records[record], im.Records[record-1]
	c := im.chunk(r.Chunk)
	le := binary.LittleEndian
	at := im.Chunks[r.Chunk]
	for _, hidden := range im.Records[record:] {
		if hidden.Chunk == r.Chunk {
			le.PutUint64(c[16:], le.Uint64(c[16:])-1)
		}
	}
	le.PutUint64(c[32:], last.ID)
	le.PutUint32(c[44:], uint32(last.Offset-at))
	le.PutUint32(c[48:], uint32(r.Offset-at))
	sealChunk(c)
}

// TakeChunkHeader copies the chunk header of an earlier image of the same log:
// what a live log has on disk when the records behind it were written and the
// header was not yet.
func (im *Image) TakeChunkHeader(chunk int, earlier *Image) {
	copy(im.chunk(chunk), earlier.chunk(chunk)[:chunkHeaderSize])
}

// SwapChunks exchanges two chunks, as in a log that has wrapped.
func (im *Image) SwapChunks(i, j int) {
	var t [chunkSize]byte
	copy(t[:], im.chunk(i))
	copy(im.chunk(i), im.chunk(j))
	copy(im.chunk(j), t[:])
}
