package export

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"slices"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

const magic = "PAR1"

// parquetFile writes what is around the pages: where they are, what they hold,
// and the footer.
type parquetFile struct {
	w        io.Writer
	offset   int64
	protocol thrift.CompactProtocol
	meta     format.FileMetaData
	columns  []format.ColumnChunk // what all row groups have in common

	// The page index stands before the footer, the column indexes of all row
	// groups first. Each has the lengths of its parts in the order of the chunks.
	columnIndexes, offsetIndexes pageIndexes
}

// pageIndexes are column indexes, or offset indexes, as the file will have them.
type pageIndexes struct {
	bytes   bytes.Buffer
	lengths []int32
}

// newParquetFile has the library make the footer of an empty file, which has the
// schema and the metadata; what row groups add is added here.
func newParquetFile(w io.Writer, schema *parquet.Schema, leaves []leafColumn, version string) (*parquetFile, error) {
	config, err := parquet.NewWriterConfig(
		schema,
		parquet.KeyValueMetadata("qmparse.schema_version", SchemaVersion),
		parquet.KeyValueMetadata("qmparse.version", version),
	)
	if err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	config.CreatedBy = "qmparse version " + version
	var empty bytes.Buffer
	if err := parquet.NewGenericWriter[any](&empty, config).Close(); err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	file, err := parquet.OpenFile(bytes.NewReader(empty.Bytes()), int64(empty.Len()))
	if err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	f := &parquetFile{w: w, meta: *file.Metadata()}
	for _, l := range leaves {
		m := format.ColumnMetaData{
			Type:         format.Type(l.typ.Kind()),
			Encoding:     []format.Encoding{l.encoding.Encoding()},
			PathInSchema: l.path,
			Codec:        format.Zstd,
		}
		if l.coded {
			m.Encoding = append(m.Encoding, format.Plain)
		}
		if l.def > 0 {
			m.Encoding = append(m.Encoding, format.RLE)
		}
		slices.Sort(m.Encoding)
		f.columns = append(f.columns, format.ColumnChunk{MetaData: m})
	}
	return f, nil
}

func (f *parquetFile) write(b []byte) error {
	if f.offset == 0 {
		n, err := io.WriteString(f.w, magic)
		f.offset += int64(n)
		if err != nil {
			return err
		}
	}
	n, err := f.w.Write(b)
	f.offset += int64(n)
	return err
}

// writeGroup writes a row group whose pages are encoded.
func (f *parquetFile) writeGroup(chunks []*chunk, rows int) error {
	if len(f.meta.RowGroups) == parquet.MaxRowGroups {
		return fmt.Errorf("export: %w", parquet.ErrTooManyRowGroups)
	}
	if f.offset == 0 {
		if err := f.write(nil); err != nil {
			return err
		}
	}
	g := format.RowGroup{
		Columns:    slices.Clone(f.columns),
		NumRows:    int64(rows),
		FileOffset: f.offset,
		Ordinal:    int16(len(f.meta.RowGroups)),
	}
	for i, c := range chunks {
		m := &g.Columns[i].MetaData
		if err := f.writeChunk(c, m); err != nil {
			return err
		}
		g.TotalByteSize += m.TotalUncompressedSize
		g.TotalCompressedSize += m.TotalCompressedSize
	}
	for i, c := range chunks {
		if c.bloom.err != nil {
			return fmt.Errorf("export: %w", c.bloom.err)
		}
		if len(c.bloom.bits) == 0 {
			continue
		}
		if err := f.writeFilter(&c.bloom, &g.Columns[i].MetaData); err != nil {
			return err
		}
	}
	f.meta.RowGroups = append(f.meta.RowGroups, g)
	f.meta.NumRows += int64(rows)
	return nil
}

// writeChunk writes the pages of a column and fills in what m says of them.
func (f *parquetFile) writeChunk(c *chunk, m *format.ColumnMetaData) error {
	if c.dict != nil {
		if c.dictPage.err != nil {
			return fmt.Errorf("export: %w", c.dictPage.err)
		}
		m.DictionaryPageOffset = f.offset
		m.EncodingStats = append(m.EncodingStats, format.PageEncodingStats{PageType: format.DictionaryPage, Encoding: format.Plain, Count: 1})
		if err := f.writePage(&c.dictPage, m); err != nil {
			return err
		}
	}
	m.DataPageOffset = f.offset
	m.EncodingStats = append(m.EncodingStats, format.PageEncodingStats{PageType: format.DataPageV2, Encoding: c.encoding.Encoding(), Count: int32(len(c.pages))})
	var offsets format.OffsetIndex
	var starts, levels []int64 // histograms, page by page
	var first int64
	var least, most parquet.Value
	for _, p := range c.pages {
		if p.err != nil {
			return fmt.Errorf("export: %w", p.err)
		}
		offsets.PageLocations = append(offsets.PageLocations, format.PageLocation{
			Offset: f.offset, CompressedPageSize: int32(len(p.bytes)), FirstRowIndex: first,
		})
		first += int64(p.rows)
		low, high := p.min, p.max
		if p.hasBounds && c.bytes() {
			low, high = shortBounds(low, high)
		}
		c.indexer.IndexPage(p.values, p.nulls, low, high)
		m.NumValues += p.values
		m.Statistics.NullCount += p.nulls
		m.SizeStatistics.UnencodedByteArrayDataBytes += p.text
		m.SizeStatistics.RepetitionLevelHistogram = sum(m.SizeStatistics.RepetitionLevelHistogram, p.starts)
		m.SizeStatistics.DefinitionLevelHistogram = sum(m.SizeStatistics.DefinitionLevelHistogram, p.levels)
		starts, levels = append(starts, p.starts...), append(levels, p.levels...)
		if p.hasBounds {
			if least.IsNull() || c.typ.Compare(p.min, least) < 0 {
				least = p.min
			}
			if most.IsNull() || c.typ.Compare(p.max, most) > 0 {
				most = p.max
			}
		}
		if err := f.writePage(p, m); err != nil {
			return err
		}
	}
	if !least.IsNull() {
		// Not nil, even if empty: nil is not known.
		low, high := least.AppendBytes([]byte{}), most.AppendBytes([]byte{})
		if len(low) <= mostStatistics && len(high) <= mostStatistics {
			m.Statistics.MinValue, m.Statistics.MaxValue = low, high
		}
	}
	index := c.indexer.ColumnIndex()
	index.RepetitionLevelHistogram, index.DefinitionLevelHistogram = starts, levels
	if err := f.columnIndexes.add(&f.protocol, &index); err != nil {
		return err
	}
	return f.offsetIndexes.add(&f.protocol, &offsets)
}

// mostStatistics is how long the bounds of a row group may be. Every reader reads those of all
// groups, and data that are longer are not looked for by what they begin with.
const mostStatistics = 1 << 10

func (f *parquetFile) writePage(p *page, m *format.ColumnMetaData) error {
	m.TotalUncompressedSize += p.plain
	m.TotalCompressedSize += int64(len(p.bytes))
	return f.write(p.bytes)
}

func (f *parquetFile) writeFilter(b *bloomFilter, m *format.ColumnMetaData) error {
	var header bytes.Buffer
	if err := thrift.NewEncoder(f.protocol.NewWriter(&header)).Encode(b.header()); err != nil {
		return err
	}
	m.BloomFilterOffset = f.offset
	m.BloomFilterLength = int32(header.Len() + len(b.bits))
	if err := f.write(header.Bytes()); err != nil {
		return err
	}
	return f.write(b.bits)
}

// close writes the page index and the footer.
func (f *parquetFile) close() error {
	n := 0
	at := [2]int64{f.offset, f.offset + int64(f.columnIndexes.bytes.Len())}
	for i := range f.meta.RowGroups {
		for j := range f.meta.RowGroups[i].Columns {
			c := &f.meta.RowGroups[i].Columns[j]
			c.ColumnIndexOffset, c.ColumnIndexLength = at[0], f.columnIndexes.lengths[n]
			c.OffsetIndexOffset, c.OffsetIndexLength = at[1], f.offsetIndexes.lengths[n]
			at[0] += int64(c.ColumnIndexLength)
			at[1] += int64(c.OffsetIndexLength)
			n++
		}
	}
	for _, x := range []*pageIndexes{&f.columnIndexes, &f.offsetIndexes} {
		if err := f.write(x.bytes.Bytes()); err != nil {
			return err
		}
	}
	var footer bytes.Buffer
	if err := thrift.NewEncoder(f.protocol.NewWriter(&footer)).Encode(&f.meta); err != nil {
		return err
	}
	size := uint32(footer.Len())
	footer.Write(binary.LittleEndian.AppendUint32(nil, size))
	footer.WriteString(magic)
	return f.write(footer.Bytes())
}

func (x *pageIndexes) add(p *thrift.CompactProtocol, index any) error {
	n := x.bytes.Len()
	if err := thrift.NewEncoder(p.NewWriter(&x.bytes)).Encode(index); err != nil {
		return err
	}
	x.lengths = append(x.lengths, int32(x.bytes.Len()-n))
	return nil
}

// sum adds the counts of a page to those of its column.
func sum(all, page []int64) []int64 {
	if all == nil && len(page) > 0 {
		all = make([]int64, len(page))
	}
	for i, n := range page {
		all[i] += n
	}
	return all
}
