package export

import (
	"io"
	"sort"
)

// limits say where row groups and pages end. They are looked at after every
// row, so that a file depends on the rows alone, not on how they were batched.
type limits struct {
	groupRows   int
	groupBytes  int64 // of text and bytes
	groupPacked int64 // as kept in memory, pages encoded: bounds it, whatever the rows hold
	packedStep  int64 // how many bytes of text and bytes lie between two looks at that
	pageRows    int
	pageBytes   int // of values that are not in a dictionary
}

// groupRows is the number of rows of DuckDB's own row groups.
const groupRows = 122880

var defaultLimits = limits{
	groupRows: groupRows, groupBytes: 256 << 20, groupPacked: 32 << 20, packedStep: 1 << 20,
	pageRows: groupRows / 6, pageBytes: 1 << 20,
}

// itemBytes is what an item of a list counts in its page.
const itemBytes = 16

// parquetSink writes columns with the library's types, dictionaries, encodings
// and metadata, but without its writer, which takes one value at a time and one
// column after the other. Here workers look for the values that repeat, what
// comes in order only copies, and pages are encoded side by side.
type parquetSink[T Row] struct {
	file   *parquetFile
	codec  codec[T]
	raw    bool
	limits limits
	chunks []*chunk
	work   *crew
	rows   int   // in the current row group
	bytes  int64 // of text and bytes in it
	err    error // sticky
}

func newParquetSink[T Row](w io.Writer, c codec[T], o Options, work *crew) (Sink[T], error) {
	schema, leaves := parquetSchema(c.table, o.Raw)
	s := &parquetSink[T]{codec: c, raw: o.Raw, limits: defaultLimits, work: work}
	if o.GroupMemory > 0 {
		s.limits.groupPacked = min(s.limits.groupPacked, o.GroupMemory)
		s.limits.packedStep = min(s.limits.packedStep, max(1, o.GroupMemory/4))
	}
	var err error
	for i, l := range leaves {
		s.chunks = append(s.chunks, newChunk(l, i, s.work))
	}
	if s.file, err = newParquetFile(w, schema, leaves, o.Version); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *parquetSink[T]) NewBatch() Batch[T] {
	b := &parquetBatch[T]{codec: s.codec, raw: s.raw, leaves: make([]leaf, len(s.chunks))}
	for i := range b.leaves {
		b.leaves[i] = leaf{def: s.chunks[i].def, coded: s.chunks[i].coded, arena: &b.arena}
	}
	return b
}

func (s *parquetSink[T]) Write(b Batch[T]) error {
	p, ok := b.(*parquetBatch[T])
	if s.err == nil && (!ok || p.raw != s.raw) {
		s.err = errForeign
	}
	if s.err != nil {
		return s.err
	}
	for _, c := range s.chunks {
		c.begin()
	}
	for row := 0; s.err == nil && row < len(p.ends); {
		n := s.fit(p, row)
		for i, c := range s.chunks {
			c.lookUp(&p.leaves[i], n, n == len(p.ends))
			c.write(&p.leaves[i], n, s.limits, s.work)
		}
		before := s.bytes
		s.rows += n
		s.bytes += p.bytes(row, row+n)
		row += n
		if s.full(before) {
			s.err = s.endGroup()
		}
	}
	return s.err
}

// fit returns how many rows of the batch from row on go into the current row
// group before its size is to be looked at.
func (s *parquetSink[T]) fit(p *parquetBatch[T], row int) int {
	n := min(len(p.ends)-row, s.limits.groupRows-s.rows)
	most := min(s.limits.groupBytes, (s.bytes/s.limits.packedStep+1)*s.limits.packedStep)
	if s.bytes+p.bytes(row, row+n) >= most {
		n = 1 + sort.Search(n-1, func(i int) bool { return s.bytes+p.bytes(row, row+i+1) >= most })
	}
	return n
}

// full says whether the row group, which had so many bytes before, is to end.
func (s *parquetSink[T]) full(before int64) bool {
	if s.rows == s.limits.groupRows || s.bytes >= s.limits.groupBytes {
		return true
	}
	if before/s.limits.packedStep == s.bytes/s.limits.packedStep {
		return false
	}
	var packed int64
	for _, c := range s.chunks {
		packed += c.packed
		if c.dict != nil {
			packed += dictCopies * c.dict.Size()
		}
	}
	return packed >= s.limits.groupPacked
}

// dictCopies is how often a value of a dictionary is held when the row group
// ends: twice by the library, and in its page before and after compression.
const dictCopies = 4

func (s *parquetSink[T]) endGroup() error {
	for _, c := range s.chunks {
		c.end(s.work)
	}
	s.work.wait()
	if err := s.file.writeGroup(s.chunks, s.rows); err != nil {
		return err
	}
	for _, c := range s.chunks {
		c.reset()
	}
	s.rows, s.bytes = 0, 0
	return nil
}

func (s *parquetSink[T]) Close() error {
	if s.err == nil && s.rows > 0 {
		s.err = s.endGroup()
	}
	if s.err != nil {
		return s.err
	}
	if s.err = s.file.close(); s.err != nil {
		return s.err
	}
	s.err = errClosed
	return nil
}

// parquetBatch holds rows as the values of their leaf columns.
type parquetBatch[T Row] struct {
	codec  codec[T]
	raw    bool
	leaves []leaf
	ends   []int64 // bytes of text and bytes up to the end of each row
	arena  arena
}

func (p *parquetBatch[T]) Append(r *T) {
	p.codec.put(p.leaves, r, p.raw)
	p.ends = append(p.ends, p.arena.counted)
}

func (p *parquetBatch[T]) Rows() int { return len(p.ends) }

func (p *parquetBatch[T]) Size() int {
	return int(p.arena.counted) + len(p.ends)*len(p.leaves)*levelAndPlace
}

// levelAndPlace is what a value takes beside its bytes.
const levelAndPlace = 5

func (p *parquetBatch[T]) Reset() {
	for i := range p.leaves {
		p.leaves[i].reset()
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
