package export

import (
	"slices"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding"
	"github.com/parquet-go/parquet-go/format"
)

// bloomFilter is the Bloom filter of a column of a row group.
type bloomFilter struct {
	column parquet.BloomFilterColumn // nil if the column has none
	values []byte                    // that it is to have, unless there is a dictionary
	bits   []byte                    // none if there is no value
	err    error
}

// bloomBits is the number of bits that a value has in a Bloom filter: one false
// positive in a hundred.
const bloomBits = 10

// encode makes the filter of the values, which are of one length, or of the
// dictionary.
func (b *bloomFilter) encode(typ parquet.Type, dict parquet.Dictionary) (err error) {
	var n int
	var values encoding.Values
	if dict != nil {
		n, values = dict.Len(), dict.Page().Data()
	} else {
		n, values = len(b.values)/typ.Length(), encoding.FixedLenByteArrayValues(b.values, typ.Length())
	}
	size := b.column.Size(int64(n))
	b.bits = slices.Grow(b.bits[:0], size)[:size]
	clear(b.bits)
	if n > 0 {
		b.bits, err = typ.Encode(b.bits, values, b.column.Encoding())
	}
	return err
}

func (b *bloomFilter) header() *format.BloomFilterHeader {
	h := &format.BloomFilterHeader{NumBytes: int32(len(b.bits))}
	h.Algorithm.Value = &format.SplitBlockAlgorithm{}
	h.Hash.Value = &format.XxHash{}
	h.Compression.Value = &format.BloomFilterUncompressed{}
	return h
}
