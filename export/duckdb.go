package export

import (
	"fmt"
	"strings"
)

// DuckDB returns the SQL statement by which DuckDB reads a file of the table,
// written with Options.Raw as given. The statements for Parquet and NDJSON give
// the types that [Columns] names and, of the same rows, equal content; that for
// CSV gives the same without structures, and diagnostics as one text. It is ""
// for an unknown table or format.
func DuckDB(t Table, f Format, path string, raw bool) string {
	cols := Columns(t)
	if cols == nil {
		return ""
	}
	if !raw {
		cols = cols[:len(cols)-1]
	}
	file := "'" + strings.ReplaceAll(path, "'", "''") + "'"
	switch f {
	case Parquet:
		// DuckDB writes JSON anew when it reads it from NDJSON.
		return selectFrom(replaceIn(cols, formObject, "json(%s)"), "read_parquet("+file+")")
	case NDJSON:
		r := append(replaceIn(cols, formBlob, "unhex(%s)"), replaceIn(cols, formBound, "unhex(%s)")...)
		for _, c := range cols {
			if c.fields != nil {
				r = append(r, structOfHex(c)+" AS "+c.Name)
			}
		}
		return selectFrom(r, "read_json("+file+", format = 'newline_delimited', columns = "+columnTypes(cols)+")")
	case CSV:
		var flat []Column
		for _, c := range cols {
			if c.fields != nil {
				continue
			}
			if c.form == formDiagnostics {
				c.Type = "VARCHAR"
			}
			flat = append(flat, c)
		}
		r := append(replaceIn(flat, formBlob, "unhex(%s)"), replaceIn(flat, formBound, "unhex(%s)")...)
		r = append(r, replaceIn(flat, formObject, "json(%s)")...)
		// DuckDB refuses a file with a line beyond 2 MB if it is not told. The data of an event
		// have 8 MiB at most, which are twice that if all are quotes.
		return selectFrom(r, "read_csv("+file+", auto_detect = false, header = true, quote = '\"', escape = '\"',\n"+
			"  nullstr = '', allow_quoted_nulls = false, max_line_size = 33554432, columns = "+columnTypes(flat)+")")
	}
	return ""
}

func selectFrom(replace []string, source string) string {
	s := "SELECT *"
	if replace != nil {
		s += " REPLACE (\n  " + strings.Join(replace, ",\n  ") + ")"
	}
	return s + "\nFROM " + source
}

// replaceIn returns the replacements of the columns of a form.
func replaceIn(cols []Column, f form, expr string) (r []string) {
	for _, c := range cols {
		if c.form == f {
			r = append(r, fmt.Sprintf(expr+" AS %[1]s", c.Name))
		}
	}
	return r
}

// structOfHex is an expression for a structure whose bytes are hex.
func structOfHex(c Column) string {
	var fields []string
	for _, f := range c.fields {
		v := fmt.Sprintf("%s.%q", c.Name, f.Name)
		if f.form == formBlob {
			v = "unhex(" + v + ")"
		}
		fields = append(fields, fmt.Sprintf("%q := %s", f.Name, v))
	}
	return fmt.Sprintf("CASE WHEN %s IS NOT NULL THEN struct_pack(%s) END", c.Name, strings.Join(fields, ", "))
}

// columnTypes lists the types of columns as they stand in text, bytes as hex.
func columnTypes(cols []Column) string {
	var b strings.Builder
	b.WriteByte('{')
	for i, c := range cols {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "\n  '%s': '%s'", c.Name, strings.ReplaceAll(c.Type, "BLOB", "VARCHAR"))
	}
	b.WriteString("}")
	return b.String()
}
