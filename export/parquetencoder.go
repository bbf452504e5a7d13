package export

import (
	"bytes"
	"fmt"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding"
	"github.com/parquet-go/parquet-go/encoding/thrift"
)

// pageEncoder has what it takes to encode pages, one at a time.
type pageEncoder struct {
	starts, levels []byte
	plain, packed  []byte
	numbers        []int32
	header         bytes.Buffer
	thrift         thrift.CompactProtocol
	zstd           *zstd.Encoder
}

// newPageEncoder takes the encoder that is in the library's codec, too: it keeps
// its tables from page to page, and no more of a page than a page has.
func newPageEncoder() (*pageEncoder, error) {
	z, err := zstd.NewWriter(nil,
		zstd.WithEncoderLevel(zstd.SpeedFastest),
		zstd.WithEncoderConcurrency(1),
		zstd.WithEncoderCRC(false), // the page header has one
		zstd.WithZeroFrames(true),
		zstd.WithWindowSize(pageWindow),
	)
	if err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	return &pageEncoder{zstd: z}, nil
}

// pageWindow is the distance that zstd looks back, a power of two.
const pageWindow = 1 << 20

// trim gives back what an unusually large page took.
func (e *pageEncoder) trim() {
	if cap(e.plain) > keptPage {
		e.plain = nil
	}
	if cap(e.packed) > keptPage {
		e.packed = nil
	}
}

// values returns the values of a page as the library's encodings take them, and
// how many there are.
func (e *pageEncoder) values(c *leafColumn, v *pageValues) (encoding.Values, int) {
	switch {
	case c.coded:
		return encoding.Int32Values(v.index), len(v.index)
	case c.typ.Kind() == parquet.Int64:
		return encoding.Int64Values(v.numbers), len(v.numbers)
	case c.typ.Kind() == parquet.Int32:
		e.numbers = e.numbers[:0]
		for _, n := range v.numbers {
			e.numbers = append(e.numbers, int32(n))
		}
		return encoding.Int32Values(e.numbers), len(v.numbers)
	case c.typ.Kind() == parquet.FixedLenByteArray:
		return encoding.FixedLenByteArrayValues(v.bytes, c.typ.Length()), len(v.bytes) / c.typ.Length()
	}
	if len(v.ends) == 0 {
		v.ends = append(v.ends, 0)
	}
	return encoding.ByteArrayValues(v.bytes, v.ends), len(v.ends) - 1
}
