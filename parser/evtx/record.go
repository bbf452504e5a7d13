package evtx

import (
	"encoding/binary"
	"errors"
	"fmt"
	"iter"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/binxml"
	"github.com/qmparse/qmparse/parser/internal/cursor"
)

const (
	recordSignature  = "\x2a\x2a\x00\x00"
	recordHeaderSize = 24
	recordMinSize    = recordHeaderSize + 4

	// recordAlign is what records are aligned to, counted from the chunk's
	// start.
	recordAlign = 8
)

// Record is one record of a chunk, its BinXML not decoded.
//
//	 0  4  2a 2a 00 00
//	 4  4  size, all included
//	 8  8  record id
//	16  8  FILETIME it was written
//	24  …  BinXML
//	 .  4  copy of the size
type Record struct {
	Offset  int64 // in the file
	ID      uint64
	Written model.FILETIME
	State   model.RecordState

	// Torn says that the copy of the size differs: the record was not written
	// whole, or overwritten in part.
	Torn bool

	// AfterDamage says that the record was found behind bytes of its chunk that
	// are no record, or a record with a wrong size, so that nothing but its own
	// signature and size lead to it.
	AfterDamage bool

	// Covers says that the size of the record covers others, which follow; Covered that
	// this is one of those. Somebody has hidden them.
	Covers, Covered bool

	Data []byte // the whole record, of the chunk's memory; of one that Covers up to the next

	pos   int  // in the chunk
	end   int  // where its size says that it ends
	short bool // Data ends where the next record begins, before its size says
}

// whole says that the record ends where its size says, with the copy of it.
func (r *Record) whole() bool { return !r.Torn && !r.Covers }

// Records yields the records of the chunk in order: the live ones, and those
// that follow them without a gap behind the free-space offset (past_free), up to an old one
// that has lost a template. An error is a [Gap], about one stretch of bytes; iteration goes
// on with the next record there is.
func (c *Chunk) Records() iter.Seq2[Record, error] {
	return c.records(func(pos, _ int) (int, bool) { return pos, false })
}

// records yields the records but those that pass steps over. Of two positions,
// that of a record with nothing wrong before it and the end of the live ones, pass
// makes the position of the next record to yield, and says if it is known to hide none.
func (c *Chunk) records(pass func(pos, end int) (int, bool)) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		used, afterDamage := c.used(), false
		covered := 0 // up to there records are hidden
		note := func(r *Record) {
			r.AfterDamage, r.Covered = afterDamage, r.pos < covered
			if r.Covers {
				covered = max(covered, r.end)
			}
			afterDamage = afterDamage || r.short
		}
		c.gaps, c.pastFree = 0, 0
		pos := chunkHeaderSize
		for {
			open := false
			if !afterDamage && pos >= covered {
				pos, open = pass(pos, used)
			}
			if pos >= used {
				c.liveEnd = pos
				break
			}
			r, err := c.record(pos, open)
			if err == nil {
				note(&r)
				pos += len(r.Data)
				if !yield(r, nil) {
					return
				}
				continue
			}
			next := c.nextRecord(pos+1, used)
			c.gaps += int64(next - pos)
			if !yield(Record{}, c.gap(pos, next, err)) {
				return
			}
			pos, afterDamage = next, true
		}
		for last := c.Header.LastRecordID; ; {
			if signature, _ := cursor.Uint32(c.Data, pos); signature != 0x2a2a {
				return // nothing that could be one, as behind most chunks
			}
			r, err := c.record(pos, false)
			if err != nil || r.Torn && pos >= covered || r.ID != last+1 && c.replaced(&r) {
				return // slack
			}
			last = r.ID
			if note(&r); !c.Carved {
				r.State = model.StatePastFree
			}
			pos += len(r.Data)
			c.pastFree += int64(len(r.Data))
			if !yield(r, nil) {
				return
			}
		}
	}
}

// replaced says that a record that ends where newer ones do, as old ones of their size, has
// lost a template to those: decoded with what stands there it would say what it never did.
func (c *Chunk) replaced(r *Record) bool {
	return !c.Carved && binxml.Replaced(c.Data, r.pos+recordHeaderSize, r.pos+len(r.Data)-4)
}

// used returns where the live records end. If the free-space offset cannot be
// true, that is behind the last record, or where the run of records ends.
func (c *Chunk) used() int {
	if free := c.Header.FreeOffset; free >= chunkHeaderSize && free <= ChunkSize {
		used := min(int(free), len(c.Data))
		if c.limit > 0 {
			used = min(used, c.limit)
		}
		return used
	}
	pos := chunkHeaderSize
	if last := c.Header.LastRecordOffset; last >= chunkHeaderSize && last < ChunkSize {
		if r, err := c.record(int(last), false); err == nil && !r.Torn {
			return r.pos + len(r.Data)
		}
	}
	for {
		r, err := c.record(pos, false)
		if err != nil {
			return pos
		}
		pos += len(r.Data)
	}
}

// record reads the head of the record at pos. If it is known to be open it is not searched
// for others that it hides.
func (c *Chunk) record(pos int, open bool) (Record, error) {
	r := Record{Offset: c.Offset + int64(pos), State: model.StateLive, pos: pos}
	if c.Carved {
		r.State = model.StateCarved
	}
	if c.Compressed {
		r.Offset = c.Offset
	}
	if size := wholeAt(c.Data, pos); size > 0 { // as nearly all are
		r.ID, r.Written = headAt(c.Data, pos)
		r.Data, r.end = c.Data[pos:pos+size:pos+size], pos+size
	} else if err := c.broken(&r); err != nil {
		return r, err
	}
	if !r.short && !open {
		if at := c.hidden(pos, r.end); at > 0 {
			r.Data, r.Covers = r.Data[:at-pos], true
		}
	}
	return r, nil
}

// broken reads the head of a record that is not whole, or the chunk ends in it.
func (c *Chunk) broken(r *Record) error {
	cur := cursor.New(c.Data, c.Offset)
	cur = cur.At(uint32(r.pos), "record")
	body, pos := cur, r.pos
	if s := cur.Bytes(4, "record signature"); string(s) != recordSignature && cur.Err() == nil {
		body.Fail(cursor.ErrMalformed, "record signature", "% x", s)
		return body.Err()
	}
	size := cur.U32("record size")
	r.ID = cur.U64("record id")
	r.Written = model.FILETIME(cur.U64("record time"))
	if err := cur.Err(); err != nil {
		return err
	}
	switch {
	case size < recordMinSize || uint64(pos)+uint64(size) > ChunkSize:
		body.Fail(cursor.ErrMalformed, "record size", "%d, %d bytes are left in the chunk", size, ChunkSize-pos)
		return body.Err()
	case int(size) > body.Len():
		body.Fail(cursor.ErrTruncated, "record", "need %d bytes, have %d", size, body.Len())
		return body.Err()
	}
	r.Data = body.Bytes(int(size), "record")
	r.end = pos + len(r.Data)
	r.Torn = binary.LittleEndian.Uint32(r.Data[size-4:]) != size
	if r.Torn {
		// The size may be what is wrong: it must not swallow its neighbours.
		switch next := c.nextRecord(pos+1, pos+len(r.Data)); {
		case next < pos+recordMinSize:
			body := cursor.New(c.Data, c.Offset)
			body = body.At(uint32(pos), "record")
			body.Fail(cursor.ErrMalformed, "record signature", "a whole record begins %d bytes behind it", next-pos)
			return body.Err()
		case next < pos+len(r.Data):
			r.Data, r.short = r.Data[:next-pos], true
		}
	}
	return nil
}

// nextRecord returns the position of the first aligned whole record from pos on
// whose head lies before end, or end.
func (c *Chunk) nextRecord(pos, end int) int {
	pos = (pos + recordAlign - 1) / recordAlign * recordAlign
	for ; pos+recordMinSize <= len(c.Data) && pos < end; pos += recordAlign {
		b := c.Data[pos:]
		if string(b[:4]) != recordSignature {
			continue
		}
		size := binary.LittleEndian.Uint32(b[4:])
		if size >= recordMinSize && uint64(size) <= uint64(len(b)) && binary.LittleEndian.Uint32(b[size-4:]) == size {
			return pos
		}
	}
	return end
}

// gap is that the bytes from pos to next are no record; err says why.
func (c *Chunk) gap(pos, next int, err error) error {
	var e *cursor.Error
	if errors.As(err, &e) {
		said := *e
		said.Detail += fmt.Sprintf("; %d bytes passed over", next-pos)
		err = &said
	}
	return &Gap{Offset: c.Offset + int64(pos), Size: int64(next - pos), Err: err}
}

// wholeAt returns the size of the record at position pos of a chunk, 0 unless it is whole.
func wholeAt(chunk []byte, pos int) int {
	head, _ := cursor.Uint64(chunk, pos)
	size := int(head >> 32 & 0xffff)
	if head&0xffff_0000_ffff_ffff != 0x2a2a || size < recordMinSize || size > len(chunk)-pos {
		return 0
	}
	if copied, _ := cursor.Uint32(chunk, pos+size-4); uint64(copied) != head>>32 {
		return 0
	}
	return size
}

// headAt returns what the head of the record at position pos says.
func headAt(chunk []byte, pos int) (id uint64, written model.FILETIME) {
	id, _ = cursor.Uint64(chunk, pos+8)
	t, _ := cursor.Uint64(chunk, pos+16)
	return id, model.FILETIME(t)
}
