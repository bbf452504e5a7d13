package export

import (
	"fmt"
	"io"
	"reflect"
	"sort"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"
)

// limits say where row groups and pages end. They are looked at after every
// row, so that a file depends on the rows alone, not on how they were batched.
type limits struct {
	groupRows  int
	groupBytes int64 // of text and bytes: bounds the memory, whatever the rows hold
	pageRows   int
	pageBytes  int // of values that are not in a dictionary
}

// groupRows is the number of rows of DuckDB's own row groups.
const groupRows = 122880

var defaultLimits = limits{groupRows, 256 << 20, groupRows / 6, 1 << 20}

// itemBytes is what an item of a list counts in its page.
const itemBytes = 16

var valueSize = int(reflect.TypeFor[parquet.Value]().Size())

// parquetSink writes through the library's column writers: their rows need no
// reflection and no Go structure in between.
type parquetSink[T Row] struct {
	w      *parquet.GenericWriter[any]
	codec  codec[T]
	raw    bool
	limits limits
	leaves []leafWriter
	rows   int   // in the current row group
	bytes  int64 // of text and bytes in it
	err    error // sticky
}

// leafWriter is the writing end of a leaf column.
type leafWriter struct {
	leafColumn
	column *parquet.ColumnWriter
	rows   int // in the current page
	bytes  int // in it, of what can be large
}

func newParquetSink[T Row](w io.Writer, c codec[T], o Options) (Sink[T], error) {
	schema, leaves := parquetSchema(c.table, o.Raw)
	s := &parquetSink[T]{codec: c, raw: o.Raw, limits: defaultLimits}
	var filters []parquet.BloomFilterColumn
	for _, l := range leaves {
		s.leaves = append(s.leaves, leafWriter{leafColumn: l})
		if l.bloom {
			// 10 bits a value: one false positive in a hundred.
			filters = append(filters, parquet.SplitBlockFilter(10, l.path...))
		}
	}
	config, err := parquet.NewWriterConfig(
		schema,
		parquet.KeyValueMetadata("qmparse.schema_version", SchemaVersion),
		parquet.KeyValueMetadata("qmparse.version", o.Version),
		parquet.Compression(&zstd.Codec{Level: zstd.SpeedFastest}),
		parquet.BloomFilters(filters...),
		// The library has no upper bound for bytes that are 0xff as far as it
		// keeps them, so of bytes it keeps all.
		parquet.ColumnIndexSizeLimit(func(path []string) int {
			if path[len(path)-1] == "raw" {
				return 0
			}
			return parquet.DefaultColumnIndexSizeLimit
		}),
		// Pages are ended here; the library's own limit must not come first.
		parquet.PageBufferSize(2*defaultLimits.pageBytes),
		// The page index has them.
		parquet.DataPageStatistics(false),
	)
	if err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	config.CreatedBy = "qmparse version " + o.Version
	s.w = parquet.NewGenericWriter[any](w, config)
	for i, cw := range s.w.ColumnWriters() {
		s.leaves[i].column = cw
	}
	return s, nil
}

func (s *parquetSink[T]) NewBatch() Batch[T] {
	b := &parquetBatch[T]{sink: s, leaves: make([]leaf, len(s.leaves))}
	for i := range b.leaves {
		b.leaves[i] = leaf{def: s.leaves[i].def, arena: &b.arena}
	}
	return b
}

func (s *parquetSink[T]) Write(b Batch[T]) error {
	p, ok := b.(*parquetBatch[T])
	if s.err == nil && (!ok || p.sink != s) {
		s.err = errForeign
	}
	for row := 0; s.err == nil && row < len(p.ends); {
		n, full := s.fit(p, row)
		for i := range s.leaves {
			if s.err = s.leaves[i].write(&p.leaves[i], row, row+n, s.limits); s.err != nil {
				return s.err
			}
		}
		s.rows += n
		s.bytes += p.bytes(row, row+n)
		row += n
		if full {
			s.err = s.endGroup()
		}
	}
	return s.err
}

// fit returns how many rows of the batch from row on go into the current row
// group, and whether they fill it.
func (s *parquetSink[T]) fit(p *parquetBatch[T], row int) (int, bool) {
	n := min(len(p.ends)-row, s.limits.groupRows-s.rows)
	full := n == s.limits.groupRows-s.rows
	if s.bytes+p.bytes(row, row+n) >= s.limits.groupBytes {
		n = 1 + sort.Search(n-1, func(i int) bool { return s.bytes+p.bytes(row, row+i+1) >= s.limits.groupBytes })
		full = true
	}
	return n, full
}

func (s *parquetSink[T]) endGroup() error {
	for i := range s.leaves {
		s.leaves[i].rows, s.leaves[i].bytes = 0, 0
	}
	s.rows, s.bytes = 0, 0
	return s.w.Flush()
}

func (s *parquetSink[T]) Close() error {
	if s.err != nil {
		return s.err
	}
	if s.err = s.w.Close(); s.err != nil {
		return s.err
	}
	s.err = errClosed
	return nil
}

// write writes the rows i to j of a batch, ending pages where they are full.
func (w *leafWriter) write(c *leaf, i, j int, l limits) error {
	for i < j {
		n := w.fit(c, i, min(j-i, l.pageRows-w.rows), l.pageBytes)
		if _, err := w.column.WriteRowValues(c.rows(i, i+n)); err != nil {
			return err
		}
		w.rows += n
		i += n
		if w.rows == l.pageRows || w.bytes >= l.pageBytes {
			if err := w.column.Flush(); err != nil {
				return err
			}
			w.rows, w.bytes = 0, 0
		}
	}
	return nil
}

// fit returns how many of n rows from row i on go into the current page, and
// counts their bytes.
func (w *leafWriter) fit(c *leaf, i, n, pageBytes int) int {
	if !w.repeats && !w.counted {
		return n
	}
	for k := range n {
		values := c.rows(i+k, i+k+1)
		if w.repeats {
			w.bytes += len(values) * itemBytes
		} else {
			w.bytes += len(values[0].ByteArray())
		}
		if w.bytes >= pageBytes {
			return k + 1
		}
	}
	return n
}

// parquetBatch holds rows as the values of their leaf columns.
type parquetBatch[T Row] struct {
	sink   *parquetSink[T]
	leaves []leaf
	ends   []int64 // bytes taken from the arena after each row
	arena  arena
}

func (p *parquetBatch[T]) Append(r *T) {
	p.sink.codec.put(p.leaves, r, p.sink.raw)
	p.ends = append(p.ends, p.arena.taken)
}

func (p *parquetBatch[T]) Rows() int { return len(p.ends) }

func (p *parquetBatch[T]) Size() int {
	return int(p.arena.taken) + len(p.ends)*len(p.leaves)*valueSize
}

func (p *parquetBatch[T]) Reset() {
	for i := range p.leaves {
		c := &p.leaves[i]
		clear(c.values) // they may point to bytes outside the arena's blocks
		c.values, c.starts = c.values[:0], c.starts[:0]
	}
	p.ends = p.ends[:0]
	p.arena.reset()
}

// bytes returns the bytes of the text and bytes of rows i to j.
func (p *parquetBatch[T]) bytes(i, j int) int64 {
	n := p.ends[j-1]
	if i > 0 {
		n -= p.ends[i-1]
	}
	return n
}
