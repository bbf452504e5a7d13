package export

import (
	"reflect"
	"slices"

	"github.com/parquet-go/parquet-go"
)

// leafColumn describes a leaf column of a file.
type leafColumn struct {
	path    []string
	def     int  // definition level of a value
	repeats bool // the element of a list
	counted bool // values are written out, so that they make up the page
	bloom   bool
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

func parquetGroup(cols []Column, path []string, def int, leaves *[]leafColumn) parquet.Node {
	g := group{parquet.Group{}, nil}
	for _, c := range cols {
		path := append(slices.Clip(path), c.Name)
		l := leafColumn{path: path, def: def, bloom: c.bloom}
		var n parquet.Node
		switch c.form {
		case formCondition:
			n = parquet.Optional(parquetGroup(c.fields, path, def+1, leaves))
		case formDiagnostics:
			n = parquet.List(parquetLeaf(c))
			l.path = append(path, "list", "element")
			l.def++
			l.repeats = true
		case formGUID, formCount:
			n = parquetLeaf(c)
		default:
			n = parquet.Optional(parquetLeaf(c))
			l.def++
			l.counted = n.Type().Kind() == parquet.ByteArray && !c.dict
		}
		if c.form != formCondition {
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
	}
	return n
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
