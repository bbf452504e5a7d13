package export

import (
	"strings"
	"testing"
)

// Module duckdbtest runs the statements; here is what needs no DuckDB.
func TestDuckDB(t *testing.T) {
	got := DuckDB(Events, Parquet, "o'brien/e.parquet", false)
	if want := "SELECT * REPLACE (\n  json(data) AS data)\nFROM read_parquet('o''brien/e.parquet')"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := DuckDB(QMFailures, Parquet, "f", true), "SELECT *\nFROM read_parquet('f')"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for _, f := range []Format{NDJSON, CSV} {
		for _, table := range []Table{Events, QMFailures} {
			with, without := DuckDB(table, f, "f", true), DuckDB(table, f, "f", false)
			if !strings.Contains(with, "unhex(raw) AS raw") || !strings.Contains(with, "'raw': 'VARCHAR'") {
				t.Errorf("%s, %s: raw is not read:\n%s", table, f, with)
			}
			if strings.Contains(without, "'raw': ") || strings.Contains(without, "unhex(raw)") {
				t.Errorf("%s, %s: raw is read:\n%s", table, f, without)
			}
		}
	}
	if got := DuckDB("other", NDJSON, "f", false) + DuckDB(Events, "xlsx", "f", false); got != "" {
		t.Errorf("got %q of an unknown table and format", got)
	}
}
