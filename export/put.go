package export

import (
	"fmt"
	"net/netip"

	"github.com/qmparse/qmparse/model"
)

func putGUID(c *leaf, v model.GUID) { c.bytes16((*[16]byte)(&v)) }

func putOptGUID(c *leaf, v model.Opt[model.GUID]) {
	if !v.OK {
		c.null()
		return
	}
	c.bytes16((*[16]byte)(&v.V))
}

func putTime(c *leaf, v model.Opt[model.FILETIME]) {
	us, ok := unixMicros(v)
	if !ok {
		c.null()
		return
	}
	c.number(uint64(us), value64)
}

func putNumber32[U unsigned](c *leaf, v model.Opt[U]) {
	if !v.OK {
		c.null()
		return
	}
	c.number(uint64(v.V), value32)
}

func putNumber64[U unsigned](c *leaf, v model.Opt[U]) {
	if !v.OK {
		c.null()
		return
	}
	c.number(uint64(v.V), value64)
}

func putCount(c *leaf, v uint64) { c.number(v, value64) }

func putText(c *leaf, v model.Opt[string]) {
	if !v.OK {
		c.null()
		return
	}
	c.text(v.V)
}

func putWord[S ~string](c *leaf, v S) {
	if v == "" {
		c.null()
		return
	}
	c.text(string(v))
}

func putName[E fmt.Stringer](c *leaf, v model.Opt[E]) {
	if !v.OK {
		c.null()
		return
	}
	c.text(v.V.String())
}

func putPrefix(c *leaf, v model.Opt[netip.Prefix]) {
	if !v.OK {
		c.null()
		return
	}
	c.text(v.V.String())
}

func putBound(c *leaf, v model.Opt[[16]byte]) {
	if !v.OK {
		c.null()
		return
	}
	c.bytes16(&v.V)
}

func putBlob(c *leaf, v []byte) {
	if v == nil {
		c.null()
		return
	}
	c.present()
	c.arena.counted += int64(len(v))
	c.bytes = append(c.bytes, v...)
	c.ends = append(c.ends, len(c.bytes))
}

func putObject(c *leaf, v []byte) {
	if len(v) == 0 {
		v = nil
	}
	putBlob(c, v)
}

func putDiagnostics(c *leaf, v []model.Diagnostic) {
	c.starts = append(c.starts, len(c.levels))
	if len(v) == 0 { // an empty list: no element, so one level below
		c.null()
		return
	}
	for i := range v {
		c.text(v[i].String())
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
