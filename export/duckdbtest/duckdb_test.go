// Package duckdbtest reads what package export writes with DuckDB, which needs
// cgo and so is a module of its own.
package duckdbtest

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/duckdb/duckdb-go/v2"

	"github.com/qmparse/qmparse/export"
	"github.com/qmparse/qmparse/export/internal/rowtest"
	"github.com/qmparse/qmparse/model"
)

func open(t *testing.T) *sql.DB {
	t.Helper()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(1)
	run(t, db, "SET TimeZone = 'UTC'")
	return db
}

func run(t *testing.T, db *sql.DB, query string) {
	t.Helper()
	if _, err := db.Exec(query); err != nil {
		t.Fatalf("%v\n%s", err, query)
	}
}

func number(t *testing.T, db *sql.DB, query string) (n int64) {
	t.Helper()
	if err := db.QueryRow(query).Scan(&n); err != nil {
		t.Fatalf("%v\n%s", err, query)
	}
	return n
}

// texts returns a query's rows, each value as text.
func texts(t *testing.T, db *sql.DB, query string) (rows [][]sql.NullString) {
	t.Helper()
	r, err := db.Query(query)
	if err != nil {
		t.Fatalf("%v\n%s", err, query)
	}
	defer r.Close()
	columns, err := r.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for r.Next() {
		row := make([]sql.NullString, len(columns))
		into := make([]any, len(row))
		for i := range row {
			into[i] = &row[i]
		}
		if err := r.Scan(into...); err != nil {
			t.Fatalf("%v\n%s", err, query)
		}
		rows = append(rows, row)
	}
	if err := r.Err(); err != nil {
		t.Fatalf("%v\n%s", err, query)
	}
	return rows
}

// write writes rows to a file and returns its name.
func write[T export.Row](t *testing.T, rows []T, f export.Format, raw bool) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "it's."+string(f)) // the statement must quote it
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	s, err := export.NewSink[T](file, f, export.Options{Raw: raw, Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	b := s.NewBatch()
	for i := range rows {
		b.Append(&rows[i])
		if b.Rows() == 1000 || i == len(rows)-1 {
			if err := s.Write(b); err != nil {
				t.Fatal(err)
			}
			b.Reset()
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	return name
}

// checkTypes compares what a statement gives with the schema.
func checkTypes(t *testing.T, db *sql.DB, table export.Table, statement string, raw bool) {
	t.Helper()
	want := schema[table]
	if !raw {
		want = want[:len(want)-1]
	}
	got := texts(t, db, "SELECT column_name, column_type FROM (DESCRIBE "+statement+")")
	if len(got) != len(want) {
		t.Fatalf("%s: %d columns, want %d", table, len(got), len(want))
	}
	for i, c := range got {
		// DESCRIBE prints the long name of a type.
		typ := strings.Replace(c[1].String, "TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ", 1)
		if c[0].String != want[i][0] || typ != want[i][1] {
			t.Errorf("%s: column %d is %s %s, want %v", table, i, c[0].String, typ, want[i])
		}
	}
}

// checkEqual expects two statements to give the same rows.
func checkEqual(t *testing.T, db *sql.DB, a, b string, rows int) {
	t.Helper()
	run(t, db, "CREATE OR REPLACE TABLE a AS "+a)
	run(t, db, "CREATE OR REPLACE TABLE b AS "+b)
	for _, name := range []string{"a", "b"} {
		if n := number(t, db, "SELECT count(*) FROM "+name); n != int64(rows) {
			t.Fatalf("%s: %d rows, want %d", name, n, rows)
		}
	}
	for _, query := range []string{"FROM a EXCEPT ALL FROM b", "FROM b EXCEPT ALL FROM a"} {
		if n := number(t, db, "SELECT count(*) FROM ("+query+")"); n != 0 {
			t.Errorf("%d rows of %s", n, query)
			for _, c := range texts(t, db, "DESCRIBE a") {
				n := number(t, db, fmt.Sprintf("SELECT count(*) FROM a POSITIONAL JOIN b WHERE a.%[1]s IS DISTINCT FROM b.%[1]s", c[0].String))
				if n > 0 {
					v := texts(t, db, fmt.Sprintf("SELECT a.%[1]s::VARCHAR, b.%[1]s::VARCHAR FROM a POSITIONAL JOIN b WHERE a.%[1]s IS DISTINCT FROM b.%[1]s LIMIT 1", c[0].String))
					t.Errorf("%s differs in %d rows: %q, %q", c[0].String, n, v[0][0].String, v[0][1].String)
				}
			}
		}
	}
}

// TestEqual reads odd rows from Parquet and from NDJSON.
func TestEqual(t *testing.T) {
	events, failures := rowtest.Odd(5000)
	for _, raw := range []bool{false, true} {
		equal(t, export.Events, events, raw)
		equal(t, export.QMFailures, failures, raw)
	}
}

// TestEqualManyRows does the same with more rows than a row group holds.
func TestEqualManyRows(t *testing.T) {
	equal(t, export.Events, rowtest.Events(130_000), false)
	equal(t, export.QMFailures, rowtest.Failures(130_000), false)
}

func equal[T export.Row](t *testing.T, table export.Table, rows []T, raw bool) {
	t.Helper()
	db := open(t)
	parquet := export.DuckDB(table, export.Parquet, write(t, rows, export.Parquet, raw), raw)
	ndjson := export.DuckDB(table, export.NDJSON, write(t, rows, export.NDJSON, raw), raw)
	checkTypes(t, db, table, parquet, raw)
	checkTypes(t, db, table, ndjson, raw)
	checkEqual(t, db, parquet, ndjson, len(rows))
}

// TestCSV compares the flat columns with those of Parquet.
func TestCSV(t *testing.T) {
	db := open(t)
	events, failures := rowtest.Odd(5000)
	for _, raw := range []bool{false, true} {
		csv := export.DuckDB(export.Events, export.CSV, write(t, events, export.CSV, raw), raw)
		parquet := export.DuckDB(export.Events, export.Parquet, write(t, events, export.Parquet, raw), raw)
		checkEqual(t, db, csv, "SELECT * REPLACE (array_to_string(diagnostics, '; ') AS diagnostics) FROM ("+parquet+")", len(events))
		csv = export.DuckDB(export.QMFailures, export.CSV, write(t, failures, export.CSV, raw), raw)
		parquet = export.DuckDB(export.QMFailures, export.Parquet, write(t, failures, export.Parquet, raw), raw)
		checkEqual(t, db, csv, "SELECT * EXCLUDE (local_condition, remote_condition) REPLACE (array_to_string(diagnostics, '; ') AS diagnostics) FROM ("+
			parquet+")", len(failures))
	}
}

// null is what no column holds.
const null = "(null)"

// TestValues compares the first rows with text typed by hand.
func TestValues(t *testing.T) {
	events, failures := rowtest.Odd(2)
	wantFailure := []string{
		"01020304-0506-0708-090a-0b0c0d0e0f10", "2024-02-29 23:59:59.123456+00", "133537247991234569", "net_event",
		"1601-01-01 00:00:00+00", "HOST", "wfpnev", `C:\dump".bin`, "in.zip", "18446744073709551615", "live", "built_in", "derived",
		"1", "2", "P", "C", "4294967295", "3", "4", "5", "6", "17", "fe80::1", "fe80::2", "7", "65535", "500", "4500", "9", "app", "S-1-5-18",
		"S-1-15-2-1", "ent", "eff", "9007199254740993", "13868", "ERROR_IPSEC_IKE_POLICY_MATCH", "Policy match error", "Because\r\n",
		"IPSEC_FAILURE_PEER", "IKEEXT_KEY_MODULE_AUTHIP", "IKEEXT_QM_SA_STATE(7)", "IKEEXT_SA_ROLE_RESPONDER", "IPSEC_TRAFFIC_TYPE_TUNNEL",
		"2", "1", "7", "1", "1", "10.1.2.0/24", null,
		`\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xFF\xFF\x0A\x01\x02\x00`, `\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xFF\xFF\x0A\x01\x02\xFF`,
		`\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xFF\xFF\x0A\x00\x00\x01`, `\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xFF\xFF\x0A\x00\x00\x04`,
		"{'type': FWP_V4_ADDR_MASK, 'type_value': 256, 'addr': 10.1.2.3, 'mask': 255.255.255.0, 'prefix_length': 24, 'range_low': NULL, 'range_high': NULL, 'raw': NULL}",
		"{'type': FWP_RANGE_TYPE, 'type_value': 258, 'addr': NULL, 'mask': NULL, 'prefix_length': NULL, 'range_low': 10.0.0.1, 'range_high': 10.0.0.4, 'raw': NULL}",
		"18446744073709551615", "0", "00000000-0000-0000-0000-000000000000", "1.1.1.1", "2.2.2.2", "3.3.3.3", "10", "11", "12", "1", "5",
		`mask-not-contiguous: "255.0.255.0"|bare`, `\x00\xFF\x1A`,
	}
	wantEvent := []string{
		"01020304-0506-0708-090a-0b0c0d0e0f10", null, "2650467744000000000", "9999-12-31 23:59:59.999999+00", "HOST", "evtx", "a.evtx", null, "4096",
		"past_free", "other_chunk", "18446744073709551615", "0", "P", "ff000000-0000-0000-0000-000000000000", "", "0", "65535", "255", "4", "65535", "255",
		"9259400833873739776", "4294967295", "0", "00000000-0000-0000-0000-000000000001", null, "S-1-5-18", `{"a":1,"b":["x"]}`, "bare", null,
	}
	for _, f := range []export.Format{export.Parquet, export.NDJSON} {
		values(t, export.QMFailures, failures, f, wantFailure)
		values(t, export.Events, events, f, wantEvent)
	}
}

// values compares the first row with want, and the second, which is empty, with
// nulls.
func values[T export.Row](t *testing.T, table export.Table, rows []T, f export.Format, want []string) {
	t.Helper()
	statement := export.DuckDB(table, f, write(t, rows, f, true), true)
	got := texts(t, open(t), "SELECT COLUMNS(*)::VARCHAR FROM (SELECT * REPLACE (array_to_string(diagnostics, '|') AS diagnostics) FROM ("+statement+"))")
	if len(got) != 2 || len(got[0]) != len(want) || len(want) != len(schema[table]) {
		t.Fatalf("%s: %d rows of %d columns, want %d", table, len(got), len(got[0]), len(want))
	}
	for i := range want {
		name, v := schema[table][i][0], got[0][i].String
		if !got[0][i].Valid {
			v = null
		}
		if v != want[i] {
			t.Errorf("%s of %s: got %q, want %q", name, f, v, want[i])
		}
		empty := map[string]string{"event_uid": "00000000-0000-0000-0000-000000000000", "source_offset": "0", "diagnostics": ""}
		if w, known := empty[name]; got[1][i].Valid != known || known && got[1][i].String != w {
			t.Errorf("%s of %s: of an empty row %v", name, f, got[1][i])
		}
	}
}

// TestNoRows expects the types of files without rows.
func TestNoRows(t *testing.T) {
	db := open(t)
	for _, raw := range []bool{false, true} {
		for _, f := range []export.Format{export.Parquet, export.NDJSON} {
			for table, file := range map[export.Table]string{
				export.Events:     write(t, []model.Event{}, f, raw),
				export.QMFailures: write(t, []model.QMFailure{}, f, raw),
			} {
				statement := export.DuckDB(table, f, file, raw)
				checkTypes(t, db, table, statement, raw)
				if n := number(t, db, "SELECT count(*) FROM ("+statement+")"); n != 0 {
					t.Errorf("%s: %d rows", statement, n)
				}
			}
		}
	}
}

// TestFilters compares what a filter finds in a file, where DuckDB passes over
// row groups by their bounds and Bloom filters, with what it finds in a table.
func TestFilters(t *testing.T) {
	_, failures := rowtest.Odd(125_000)
	for i := range failures {
		if i >= 122_880 { // the second row group's bounds must differ
			failures[i].RemoteAddr = model.Some("192.0.2.1")
			failures[i].QMFilterID = model.Some(uint64(1 << 63))
		}
	}
	file := write(t, failures, export.Parquet, false)
	db := open(t)
	run(t, db, "CREATE TABLE t AS FROM read_parquet('"+strings.ReplaceAll(file, "'", "''")+"')")
	for _, c := range export.Columns(export.QMFailures) {
		if c.Name == "diagnostics" || c.Name == "raw" || strings.HasPrefix(c.Type, "STRUCT") {
			continue
		}
		// The rarest and the commonest values, the least and the greatest.
		picked := texts(t, db, fmt.Sprintf(`WITH c AS (SELECT %[1]s AS v, count(*) AS n FROM t WHERE %[1]s IS NOT NULL GROUP BY v)
			SELECT v::VARCHAR FROM (
				(FROM c ORDER BY n, v LIMIT 3) UNION (FROM c ORDER BY n DESC, v LIMIT 3) UNION
				(FROM c ORDER BY v LIMIT 2) UNION (FROM c ORDER BY v DESC LIMIT 2))`, c.Name))
		if len(picked) == 0 {
			t.Errorf("%s has no values", c.Name)
		}
		for _, v := range picked {
			literal := strings.NewReplacer("'", "''", "\x00", "' || chr(0) || '").Replace(v[0].String)
			literal = "('" + literal + "')::" + c.Type
			for _, op := range []string{"=", "<=", ">="} {
				where := fmt.Sprintf(" WHERE %s %s %s", c.Name, op, literal)
				want := number(t, db, "SELECT count(*) FROM t"+where)
				got := number(t, db, "SELECT count(*) FROM read_parquet('"+strings.ReplaceAll(file, "'", "''")+"')"+where)
				if got != want || want == 0 {
					t.Errorf("%s: got %d rows, want %d", where, got, want)
				}
			}
		}
	}
}

// TestBloomFilter asks DuckDB what a filter excludes. Its function does not find
// the filter of a column behind structures; TestFilters looks at all.
func TestBloomFilter(t *testing.T) {
	failures := rowtest.Failures(125_000)
	file := strings.ReplaceAll(write(t, failures, export.Parquet, false), "'", "''")
	db := open(t)
	for value, want := range map[string]int64{failures[5].RemoteAddr.V: 0, "198.51.100.7": 2} {
		n := number(t, db, fmt.Sprintf("SELECT count(*) FROM parquet_bloom_probe('%s', 'remote_addr', '%s') WHERE bloom_filter_excludes", file, value))
		if n != want {
			t.Errorf("%s is excluded from %d of 2 row groups, want %d", value, n, want)
		}
	}
	if n := number(t, db, "SELECT count(*) FROM parquet_metadata('"+file+"') WHERE bloom_filter_length > 0"); n != 6 {
		t.Errorf("%d Bloom filters, want 3 of each of 2 row groups", n)
	}
}

// TestFiles compares two files of the same rows that the program wrote, whose
// names are in the environment. Both tables are tried.
func TestFiles(t *testing.T) {
	parquet, ndjson := os.Getenv("QMPARSE_DUCKDB_PARQUET"), os.Getenv("QMPARSE_DUCKDB_NDJSON")
	if parquet == "" && ndjson == "" {
		t.Skip("QMPARSE_DUCKDB_PARQUET and QMPARSE_DUCKDB_NDJSON are not set")
	}
	db := open(t)
	quoted := "'" + strings.ReplaceAll(parquet, "'", "''") + "'"
	has := func(column string) bool {
		return number(t, db, "SELECT count(*) FROM (DESCRIBE FROM read_parquet("+quoted+")) WHERE column_name = '"+column+"'") > 0
	}
	table := export.Events
	if has("qm_state") {
		table = export.QMFailures
	}
	raw := has("raw")
	a, b := export.DuckDB(table, export.Parquet, parquet, raw), export.DuckDB(table, export.NDJSON, ndjson, raw)
	checkTypes(t, db, table, a, raw)
	checkTypes(t, db, table, b, raw)
	checkEqual(t, db, a, b, int(number(t, db, "SELECT count(*) FROM read_parquet("+quoted+")")))
}
