package export

import (
	"bytes"
	"slices"

	"github.com/parquet-go/parquet-go"
)

// chunk is a column of the row group that is being written.
type chunk struct {
	leafColumn
	indexer parquet.ColumnIndexer
	dict    parquet.Dictionary // nil if values are not in one

	values   *pageValues      // of the page being filled
	spare    chan *pageValues // emptied
	pages    []*page
	packed   int64 // bytes of pages, without the latest
	dictPage page
	bloom    bloomFilter

	// How far the batch being written has been taken.
	row, level, value int
	places            []int32 // of the batch's dictionary in dict, -1 if not known

	// The values of dict that the page has: their bounds are the page's.
	seen  []int32
	marks []int32 // by place: the number of the last page that has it, from 1
}

func newChunk(l leafColumn, n int, work *crew) *chunk {
	limit := boundBytes
	if l.bytes() {
		limit = 0 // they are cut here
	}
	c := &chunk{
		leafColumn: l,
		indexer:    l.typ.NewColumnIndexer(limit),
		values:     new(pageValues),
		spare:      make(chan *pageValues, cap(work.encoders)),
	}
	if l.coded {
		c.dict = l.typ.NewDictionary(n, 0, l.typ.NewValues(nil, nil))
	}
	if l.bloomed {
		c.bloom.column = parquet.SplitBlockFilter(bloomBits, l.path...)
	}
	return c
}

// begin says that the rows to come are those of another batch.
func (c *chunk) begin() { c.row, c.level, c.value = 0, 0, 0 }

// lookUp finds in the dictionary of the row group what the next rows of a batch,
// or the whole of it, have of the batch's own. New values are added in the order
// of the rows, which does not depend on where batches end.
func (c *chunk) lookUp(b *leaf, rows int, whole bool) {
	if !c.coded || len(b.dict) == 0 {
		return
	}
	c.places = slices.Grow(c.places[:0], len(b.dict))[:len(b.dict)]
	if whole {
		c.dict.Insert(c.places, b.dict)
	} else {
		for i := range c.places {
			c.places[i] = -1
		}
		n := present(b, c.level, c.ahead(b, rows))
		for _, i := range b.index[c.value : c.value+n] {
			if c.places[i] < 0 {
				c.dict.Insert(c.places[i:i+1], b.dict[i:i+1])
			}
		}
	}
	for len(c.marks) < c.dict.Len() {
		c.marks = append(c.marks, 0)
	}
}

// ahead returns where the levels of the next rows of the batch end.
func (c *chunk) ahead(b *leaf, rows int) int {
	switch {
	case !c.repeats:
		return c.level + rows
	case c.row+rows < len(b.starts):
		return b.starts[c.row+rows]
	}
	return len(b.levels)
}

// write takes the next rows of a batch, ending pages where they are full.
func (c *chunk) write(b *leaf, rows int, l limits, work *crew) {
	for rows > 0 {
		n := c.fit(b, min(rows, l.pageRows-c.values.rows), l.pageBytes)
		c.take(b, n)
		rows -= n
		if c.values.rows == l.pageRows || c.values.size >= l.pageBytes {
			c.endPage(work)
		}
	}
}

// fit returns how many of the next rows go into the page.
func (c *chunk) fit(b *leaf, rows, pageBytes int) int {
	size := c.values.size
	switch {
	case c.repeats:
		if size+itemBytes*(c.ahead(b, rows)-c.level) < pageBytes {
			break
		}
		for k := range rows {
			if size+itemBytes*(c.ahead(b, k+1)-c.level) >= pageBytes {
				return k + 1
			}
		}
	case c.counted:
		if n := c.value + present(b, c.level, c.level+rows); n == 0 || size+b.ends[n-1]-c.start(b) < pageBytes {
			break
		}
		n := c.value
		for k := range rows {
			if b.levels[c.level+k] == b.def {
				n++
			}
			if n > c.value && size+b.ends[n-1]-c.start(b) >= pageBytes {
				return k + 1
			}
		}
	}
	return rows
}

// start returns where the bytes of the next value of the batch start.
func (c *chunk) start(b *leaf) int {
	if c.value == 0 {
		return 0
	}
	return b.ends[c.value-1]
}

// present counts the values that are there.
func present(b *leaf, i, j int) int {
	if b.def == 0 {
		return j - i
	}
	return bytes.Count(b.levels[i:j], []byte{b.def})
}

// take copies the next rows of the batch to the page.
func (c *chunk) take(b *leaf, rows int) {
	v := c.values
	end := c.ahead(b, rows)
	n := present(b, c.level, end)
	v.rows += rows
	if c.def > 0 {
		v.levels = append(v.levels, b.levels[c.level:end]...)
	}
	if c.repeats {
		v.size += itemBytes * (end - c.level)
		first := len(v.starts)
		for range end - c.level {
			v.starts = append(v.starts, 1)
		}
		for _, at := range b.starts[c.row : c.row+rows] {
			v.starts[first+at-c.level] = 0
		}
	}
	switch {
	case c.coded:
		c.takeCoded(b.index[c.value : c.value+n])
	case c.counted:
		base := c.start(b)
		if n == 0 {
			break
		}
		last := b.ends[c.value+n-1]
		if len(v.ends) == 0 {
			v.ends = append(v.ends, 0)
		}
		shift := len(v.bytes) - base
		for _, e := range b.ends[c.value : c.value+n] {
			v.ends = append(v.ends, uint32(e+shift))
		}
		v.bytes = append(v.bytes, b.bytes[base:last]...)
		v.size += last - base
	case c.typ.Kind() == parquet.FixedLenByteArray:
		size := c.typ.Length()
		from := b.bytes[c.value*size : (c.value+n)*size]
		v.bytes = append(v.bytes, from...)
		if c.bloom.column != nil {
			c.bloom.values = append(c.bloom.values, from...)
		}
	default:
		v.numbers = append(v.numbers, b.numbers[c.value:c.value+n]...)
	}
	c.row, c.level, c.value = c.row+rows, end, c.value+n
}

func (c *chunk) takeCoded(index []int32) {
	v := c.values
	k := len(v.index)
	v.index = slices.Grow(v.index, len(index))[:k+len(index)]
	to := v.index[k:]
	number := int32(len(c.pages) + 1)
	for i, local := range index {
		at := c.places[local]
		to[i] = at
		if c.marks[at] != number {
			c.marks[at] = number
			c.seen = append(c.seen, at)
		}
	}
}

// endPage has the page encoded.
func (c *chunk) endPage(work *crew) {
	v, p := c.values, new(page)
	if len(c.seen) > 0 {
		p.min, p.max = c.dict.Bounds(c.seen)
		p.min, p.max, p.hasBounds = p.min.Clone(), p.max.Clone(), true
		c.seen = c.seen[:0]
	}
	c.pages = append(c.pages, p)
	p.encoded.Add(1)
	work.do(func(e *pageEncoder) {
		defer p.encoded.Done()
		p.err = p.encode(e, &c.leafColumn, v)
		v.reset()
		select {
		case c.spare <- v:
		default:
		}
	})
	select {
	case c.values = <-c.spare:
	default:
		c.values = new(pageValues)
	}
	if n := len(c.pages) - pagesAhead; n > 0 {
		p := c.pages[n-1]
		p.encoded.Wait()
		c.packed += int64(len(p.bytes))
	}
}

// pagesAhead is how many pages of a column may be in the works when the sizes
// of those before them are looked at. A fixed number makes the sizes that are
// known depend on the rows alone.
const pagesAhead = 8

// end has the rest of the row group's column encoded. What is encoded is there
// when the crew has done its work.
func (c *chunk) end(work *crew) {
	if c.values.rows > 0 {
		c.endPage(work)
	}
	if c.dict != nil {
		work.do(func(e *pageEncoder) { c.dictPage.err = c.dictPage.encodeDictionary(e, &c.leafColumn, c.dict) })
	}
	if c.bloom.column != nil {
		work.do(func(*pageEncoder) { c.bloom.err = c.bloom.encode(c.typ, c.dict) })
	}
}

// reset empties the chunk for the next row group.
func (c *chunk) reset() {
	clear(c.pages)
	c.pages, c.packed = c.pages[:0], 0
	c.indexer.Reset()
	if c.dict != nil {
		c.dict.Reset()
	}
	c.bloom.values, c.marks = c.bloom.values[:0], c.marks[:0]
}
