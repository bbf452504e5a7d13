package export

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"math"
	"slices"
	"sync"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/rle"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// pageValues are the rows of a page that is being filled.
type pageValues struct {
	rows   int
	size   int    // bytes, of what can be large
	starts []byte // repetition levels
	levels []byte // definition levels

	// One of these has the values that are there:
	index   []int32 // in a dictionary
	numbers []int64
	bytes   []byte
	ends    []uint32 // in bytes: 0, and then of each; none if all are 16 bytes
}

func (v *pageValues) reset() {
	v.rows, v.size = 0, 0
	v.starts, v.levels = v.starts[:0], v.levels[:0]
	v.index, v.numbers, v.bytes, v.ends = v.index[:0], v.numbers[:0], v.bytes[:0], v.ends[:0]
	if cap(v.bytes) > keptPage {
		v.bytes = nil
	}
}

// keptPage is the most room for bytes that is kept from page to page: one large
// value must not be held on to.
const keptPage = 4 << 20

// page is a page as the file will have it.
type page struct {
	bytes     []byte // header and body
	plain     int64  // bytes before compression, with the header
	rows      int
	values    int64 // with nulls
	nulls     int64
	text      int64 // bytes of text and bytes outside a dictionary
	starts    []int64
	levels    []int64 // how many values have each level
	min, max  parquet.Value
	hasBounds bool
	err       error
	encoded   sync.WaitGroup
}

// levelEncoding is by the highest level.
var levelEncoding = [...]rle.Encoding{{}, {BitWidth: 1}, {BitWidth: 2}}

// encode makes p of the values. The bounds of those in a dictionary are there.
func (p *page) encode(e *pageEncoder, c *leafColumn, v *pageValues) error {
	values, n := e.values(c, v)
	p.rows, p.values = v.rows, int64(n)
	if c.def > 0 {
		p.values = int64(len(v.levels))
	}
	p.nulls = p.values - int64(n)
	p.levels = histogram(v.levels, c.def)
	e.starts, e.levels = e.starts[:0], e.levels[:0]
	var err error
	if c.repeats {
		p.starts = histogram(v.starts, 1)
		if e.starts, err = levelEncoding[1].EncodeLevels(e.starts, v.starts); err != nil {
			return err
		}
	}
	if c.def > 0 {
		if e.levels, err = levelEncoding[c.def].EncodeLevels(e.levels, v.levels); err != nil {
			return err
		}
	}
	if c.coded {
		e.plain, err = c.encoding.EncodeInt32(e.plain[:0], v.index)
	} else {
		if c.typ.Kind() == parquet.ByteArray {
			p.text = int64(len(v.bytes))
		}
		if n > 0 {
			// The values are the page's: the bounds must not point to them.
			p.min, p.max, p.hasBounds = c.typ.NewPage(0, n, values).Bounds()
			p.min, p.max = p.min.Clone(), p.max.Clone()
		}
		e.plain, err = c.typ.Encode(e.plain[:0], values, c.encoding)
	}
	if err != nil {
		return err
	}
	h := format.PageHeader{Type: format.DataPageV2}
	h.DataPageHeaderV2.Set(format.DataPageHeaderV2{
		NumValues:                  int32(p.values),
		NumNulls:                   int32(p.nulls),
		NumRows:                    int32(p.rows),
		Encoding:                   c.encoding.Encoding(),
		DefinitionLevelsByteLength: int32(len(e.levels)),
		RepetitionLevelsByteLength: int32(len(e.starts)),
		IsCompressed:               thrift.New(true),
	})
	return p.pack(e, &h)
}

// encodeDictionary makes p of a dictionary.
func (p *page) encodeDictionary(e *pageEncoder, c *leafColumn, d parquet.Dictionary) error {
	e.starts, e.levels = e.starts[:0], e.levels[:0]
	e.plain = slices.Grow(e.plain[:0], int(d.Size())+4*d.Len()) // text has its length before it
	var err error
	if e.plain, err = c.typ.Encode(e.plain, d.Page().Data(), &parquet.Plain); err != nil {
		return err
	}
	h := format.PageHeader{Type: format.DictionaryPage}
	h.DictionaryPageHeader.Set(format.DictionaryPageHeader{NumValues: int32(d.Len()), Encoding: format.Plain})
	return p.pack(e, &h)
}

// pack compresses what e holds and puts the header before it. The levels of a
// page of version 2 are not compressed.
func (p *page) pack(e *pageEncoder, h *format.PageHeader) error {
	levels := len(e.starts) + len(e.levels)
	if len(e.plain) > math.MaxInt32-levels {
		return fmt.Errorf("export: a page of %d bytes", len(e.plain))
	}
	if len(e.plain) > keptPage {
		e.packed = slices.Grow(e.packed[:0], len(e.plain)) // rather than bit by bit
	}
	e.packed = e.zstd.EncodeAll(e.plain, e.packed[:0])
	h.UncompressedPageSize = int32(levels + len(e.plain))
	h.CompressedPageSize = int32(levels + len(e.packed))
	crc := crc32.ChecksumIEEE(e.starts)
	crc = crc32.Update(crc, crc32.IEEETable, e.levels)
	h.CRC = int32(crc32.Update(crc, crc32.IEEETable, e.packed))
	defer e.trim()
	e.header.Reset()
	if err := thrift.NewEncoder(e.thrift.NewWriter(&e.header)).Encode(h); err != nil {
		return err
	}
	p.plain = int64(e.header.Len() + levels + len(e.plain))
	p.bytes = slices.Concat(e.header.Bytes(), e.starts, e.levels, e.packed)
	return nil
}

// histogram returns how many of levels are 0, 1 and so on to most; nothing if
// there is only one level.
func histogram(levels []byte, most byte) (h []int64) {
	if most == 0 {
		return nil
	}
	for n := range most + 1 {
		h = append(h, int64(bytes.Count(levels, []byte{n})))
	}
	return h
}
