package export

import (
	"fmt"
	"net/netip"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"

	"github.com/qmparse/qmparse/model"
)

// leaf holds the values of one leaf column of a batch.
type leaf struct {
	values []parquet.Value
	starts []int // of the rows' first values, if the column repeats
	def    int   // definition level of a value
	arena  *arena
}

// rows returns the values of the rows i to j.
func (c *leaf) rows(i, j int) []parquet.Value {
	if c.starts == nil {
		return c.values[i:j]
	}
	if j == len(c.starts) {
		return c.values[c.starts[i]:]
	}
	return c.values[c.starts[i]:c.starts[j]]
}

// null appends the null of an optional column, which is one level below its
// values.
func (c *leaf) null() {
	c.values = append(c.values, parquet.Value{})
	c.values[len(c.values)-1].SetDefinitionLevel(c.def - 1)
}

// absent appends the null of a field whose structure is null.
func (c *leaf) absent() {
	c.values = append(c.values, parquet.Value{})
}

func (c *leaf) put(v parquet.Value) {
	c.values = append(c.values, v)
	c.values[len(c.values)-1].SetDefinitionLevel(c.def)
}

func putGUID(c *leaf, v model.GUID) {
	p := c.arena.take(len(v))
	copy(p, v[:])
	c.put(parquet.FixedLenByteArrayValue(p))
}

func putOptGUID(c *leaf, v model.Opt[model.GUID]) {
	if !v.OK {
		c.null()
		return
	}
	putGUID(c, v.V)
}

func putTime(c *leaf, v model.Opt[model.FILETIME]) {
	us, ok := unixMicros(v)
	if !ok {
		c.null()
		return
	}
	c.put(parquet.Int64Value(us))
}

func putNumber32[U unsigned](c *leaf, v model.Opt[U]) {
	if !v.OK {
		c.null()
		return
	}
	c.put(parquet.Int32Value(int32(v.V)))
}

func putNumber64[U unsigned](c *leaf, v model.Opt[U]) {
	if !v.OK {
		c.null()
		return
	}
	c.put(parquet.Int64Value(int64(v.V)))
}

func putCount(c *leaf, v uint64) { c.put(parquet.Int64Value(int64(v))) }

// putString appends text; like NDJSON, it has U+FFFD for a byte that is not
// UTF-8, for which readers refuse the file.
func putString(c *leaf, v string) {
	if !utf8.ValidString(v) {
		v = validText(v)
	}
	p := c.arena.take(len(v))
	copy(p, v)
	c.put(parquet.ByteArrayValue(p))
}

func putText(c *leaf, v model.Opt[string]) {
	if !v.OK {
		c.null()
		return
	}
	putString(c, v.V)
}

func putWord[S ~string](c *leaf, v S) {
	if v == "" {
		c.null()
		return
	}
	putString(c, string(v))
}

func putName[E fmt.Stringer](c *leaf, v model.Opt[E]) {
	if !v.OK {
		c.null()
		return
	}
	putString(c, v.V.String())
}

func putPrefix(c *leaf, v model.Opt[netip.Prefix]) {
	if !v.OK {
		c.null()
		return
	}
	var a [len("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255/128")]byte
	s := v.V.AppendTo(a[:0])
	p := c.arena.take(len(s))
	copy(p, s)
	c.put(parquet.ByteArrayValue(p))
}

func putBound(c *leaf, v model.Opt[[16]byte]) {
	if !v.OK {
		c.null()
		return
	}
	p := c.arena.take(len(v.V))
	copy(p, v.V[:])
	c.put(parquet.FixedLenByteArrayValue(p))
}

func putBlob(c *leaf, v []byte) {
	if v == nil {
		c.null()
		return
	}
	p := c.arena.take(len(v))
	copy(p, v)
	c.put(parquet.ByteArrayValue(p))
}

func putObject(c *leaf, v []byte) {
	if len(v) == 0 {
		v = nil
	}
	putBlob(c, v)
}

func putDiagnostics(c *leaf, v []model.Diagnostic) {
	c.starts = append(c.starts, len(c.values))
	if len(v) == 0 { // an empty list: no element, so one level below
		c.null()
		return
	}
	for i := range v {
		putString(c, v[i].String())
		if i > 0 {
			c.values[len(c.values)-1].SetRepetitionLevel(1)
		}
	}
}

func putCondition(c []leaf, v *model.ConditionValue) {
	if v == nil {
		for i := range c {
			c[i].absent()
		}
		return
	}
	putConditionValue(c, v)
}

// arena holds the bytes that a batch's values point to. What it gave out does
// not move until reset.
type arena struct {
	free   []byte   // rest of the current block
	blocks [][]byte // of arenaBlock bytes, the first inUse are given out
	inUse  int
	taken  int64 // bytes, since reset
}

const arenaBlock = 64 << 10

// take returns n bytes of any content.
func (a *arena) take(n int) []byte {
	a.taken += int64(n)
	if n > len(a.free) {
		if n > arenaBlock/4 { // alone, and given back by reset
			return make([]byte, n)
		}
		if a.inUse == len(a.blocks) {
			a.blocks = append(a.blocks, make([]byte, arenaBlock))
		}
		a.free = a.blocks[a.inUse]
		a.inUse++
	}
	p := a.free[:n:n]
	a.free = a.free[n:]
	return p
}

func (a *arena) reset() { a.free, a.inUse, a.taken = nil, 0, 0 }
