package export

import (
	"encoding/binary"
	"errors"

	"github.com/parquet-go/parquet-go"
)

// errBatchBytes is what LoadBatch says of bytes that AppendBatch did not make.
var errBatchBytes = errors.New("export: not the bytes of a batch of this kind")

// AppendBatch appends what a batch holds as bytes, which take a fraction of what the
// batch does: it is for keeping many small batches aside. The bytes are good for
// [LoadBatch] of the same program only.
func AppendBatch[T Row](b []byte, of Batch[T]) []byte {
	switch of := of.(type) {
	case *textBatch[T]:
		b = binary.AppendUvarint(b, uint64(of.n))
		b = append(b, of.b...)
	case *parquetBatch[T]:
		b = binary.AppendUvarint(b, uint64(of.arena.counted))
		b = appendNumbers(b, of.ends)
		for i := range of.leaves {
			b = of.leaves[i].appendTo(b)
		}
	}
	return b
}

// LoadBatch makes an empty batch hold what AppendBatch appended. It may be written
// to a sink, but nothing may be appended to it before it is reset.
func LoadBatch[T Row](to Batch[T], b []byte) error {
	r := batchBytes{b: b}
	switch to := to.(type) {
	case *textBatch[T]:
		to.n = int(r.number())
		to.b = append(to.b, r.b...)
		r.b = nil
	case *parquetBatch[T]:
		to.arena.counted = int64(r.number())
		to.ends = numbers(&r, to.ends)
		for i := range to.leaves {
			to.leaves[i].load(&r)
		}
	default:
		return errForeign
	}
	if r.bad || len(r.b) > 0 {
		to.Reset()
		return errBatchBytes
	}
	return nil
}

func (c *leaf) appendTo(b []byte) []byte {
	b = appendBytes(b, c.levels)
	b = appendNumbers(b, c.starts)
	b = appendNumbers(b, c.index)
	b = appendNumbers(b, c.numbers)
	b = appendBytes(b, c.bytes)
	b = appendNumbers(b, c.ends)
	b = appendNumbers(b, c.keys)
	b = binary.AppendUvarint(b, uint64(len(c.dict)))
	for _, v := range c.dict {
		b = append(b, byte(v.Kind()))
		switch v.Kind() {
		case parquet.Int32:
			b = binary.AppendVarint(b, int64(v.Int32()))
		case parquet.Int64:
			b = binary.AppendVarint(b, v.Int64())
		default:
			b = appendBytes(b, v.ByteArray())
		}
	}
	return b
}

func (c *leaf) load(r *batchBytes) {
	c.levels = append(c.levels, r.bytes()...)
	c.starts = numbers(r, c.starts)
	c.index = numbers(r, c.index)
	c.numbers = numbers(r, c.numbers)
	c.bytes = append(c.bytes, r.bytes()...)
	c.ends = numbers(r, c.ends)
	c.keys = numbers(r, c.keys)
	for range r.count() {
		switch kind := parquet.Kind(r.byte()); kind {
		case parquet.Int32:
			c.dict = append(c.dict, parquet.Int32Value(int32(r.signed())))
		case parquet.Int64:
			c.dict = append(c.dict, parquet.Int64Value(r.signed()))
		default:
			text := r.bytes()
			p := c.arena.take(len(text))
			copy(p, text)
			if kind == parquet.FixedLenByteArray {
				c.dict = append(c.dict, parquet.FixedLenByteArrayValue(p))
			} else {
				c.dict = append(c.dict, parquet.ByteArrayValue(p))
			}
		}
	}
}

func appendBytes(b, v []byte) []byte {
	return append(binary.AppendUvarint(b, uint64(len(v))), v...)
}

// appendNumbers appends numbers as the differences between them, which are small.
func appendNumbers[N int | int32 | int64 | uint64](b []byte, v []N) []byte {
	b = binary.AppendUvarint(b, uint64(len(v)))
	before := int64(0)
	for _, n := range v {
		b = binary.AppendVarint(b, int64(n)-before)
		before = int64(n)
	}
	return b
}

func numbers[N int | int32 | int64 | uint64](r *batchBytes, v []N) []N {
	n := int64(0)
	for range r.count() {
		n += r.signed()
		v = append(v, N(n))
	}
	return v
}

// batchBytes reads what AppendBatch appended; bad if it does not make sense.
type batchBytes struct {
	b   []byte
	bad bool
}

func (r *batchBytes) fail() {
	r.b, r.bad = nil, true
}

func (r *batchBytes) number() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.fail()
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *batchBytes) signed() int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		r.fail()
		return 0
	}
	r.b = r.b[n:]
	return v
}

// count returns a number of things of at least one byte each.
func (r *batchBytes) count() uint64 {
	n := r.number()
	if n > uint64(len(r.b)) {
		r.fail()
		return 0
	}
	return n
}

func (r *batchBytes) byte() byte {
	if len(r.b) == 0 {
		r.fail()
		return 0
	}
	c := r.b[0]
	r.b = r.b[1:]
	return c
}

func (r *batchBytes) bytes() []byte {
	n := r.count()
	v := r.b[:n]
	r.b = r.b[n:]
	return v
}
