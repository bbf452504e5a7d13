package export

import (
	"reflect"
	"slices"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding"
)

// leafColumn describes a leaf column of a file.
type leafColumn struct {
	path     []string
	typ      parquet.Type
	encoding encoding.Encoding
	def      byte // definition level of a value
	coded    bool // values are in a dictionary
	repeats  bool // the element of a list
	counted  bool // text and bytes are written out, so that they make up the page
	bloomed  bool // there is a Bloom filter
}

// bytes says whether the values are bytes that are no text.
func (l *leafColumn) bytes() bool {
	return l.typ.Kind() == parquet.ByteArray && l.typ.LogicalType() == nil
}

// parquetSchema returns the schema of a table's files and its leaf columns.
func parquetSchema(t Table, raw bool) (*parquet.Schema, []leafColumn) {
	cols := Columns(t)
	if !raw {
		cols = cols[:len(cols)-1]
	}
	var leaves []leafColumn
	return parquet.NewSchema(string(t), parquetGroup(cols, nil, 0, &leaves)), leaves
}

func parquetGroup(cols []Column, path []string, def byte, leaves *[]leafColumn) parquet.Node {
	g := group{parquet.Group{}, nil}
	for _, c := range cols {
		path := append(slices.Clip(path), c.Name)
		var n parquet.Node
		if c.form == formCondition {
			n = parquet.Optional(parquetGroup(c.fields, path, def+1, leaves))
		} else {
			n = parquetLeaf(c)
			l := leafColumn{path: path, typ: n.Type(), encoding: n.Encoding(), def: def, coded: c.dict, bloomed: c.bloom}
			switch c.form {
			case formDiagnostics:
				n = parquet.List(n)
				l.path = append(path, "list", "element")
				l.def++
				l.repeats = true
			case formGUID, formCount:
			default:
				n = parquet.Optional(n)
				l.def++
				l.counted = l.typ.Kind() == parquet.ByteArray && !c.dict
			}
			*leaves = append(*leaves, l)
		}
		g.Group[c.Name] = n
		g.fields = append(g.fields, field{n, c.Name})
	}
	return g
}

func parquetLeaf(c Column) parquet.Node {
	var n parquet.Node
	switch c.Type {
	case "UUID":
		n = parquet.UUID()
	case "TIMESTAMPTZ":
		n = parquet.TimestampAdjusted(parquet.Microsecond, true)
	case "UBIGINT":
		n = parquet.Uint(64)
	case "UINTEGER":
		n = parquet.Uint(32)
	case "USMALLINT":
		n = parquet.Uint(16)
	case "UTINYINT":
		n = parquet.Uint(8)
	case "VARCHAR", "VARCHAR[]":
		n = parquet.String()
	case "JSON":
		n = parquet.JSON()
	case "BLOB":
		n = parquet.Leaf(parquet.ByteArrayType)
		if c.form == formBound {
			n = parquet.Leaf(parquet.FixedLenByteArrayType(16))
		}
	}
	switch {
	case c.dict:
		return parquet.Encoded(n, &parquet.RLEDictionary)
	case c.delta:
		return parquet.Encoded(n, &parquet.DeltaBinaryPacked)
	case n.Type().Kind() == parquet.ByteArray:
		return parquet.Encoded(n, &parquet.DeltaLengthByteArray)
	}
	return parquet.Encoded(n, &parquet.Plain)
}

// group is a parquet.Group whose fields stand in their own order rather than
// that of their names.
type group struct {
	parquet.Group
	fields []parquet.Field
}

func (g group) Fields() []parquet.Field { return g.fields }

type field struct {
	parquet.Node
	name string
}

func (f field) Name() string { return f.name }

// Value is for reading into Go values, which is not done with this schema.
func (f field) Value(base reflect.Value) reflect.Value {
	return base.MapIndex(reflect.ValueOf(f.name))
}
