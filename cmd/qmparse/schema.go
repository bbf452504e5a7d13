package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/qmparse/qmparse/export"
)

func newSchema(s streams) *cobra.Command {
	var duckdb, raw bool
	var path string
	cmd := &cobra.Command{
		Use:   "schema [qm_failures|events]",
		Short: "Print the columns of the tables, or the DuckDB statements that read them",
		Long: `Print the columns of the tables with their DuckDB types and meanings.

With --duckdb, print for each table and format the statement by which DuckDB
reads the file, so that Parquet and NDJSON give the same types and content.`,
		Example: `  qmparse schema qm_failures
  qmparse schema --duckdb --file failures.ndjson qm_failures`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			tables := []export.Table{export.QMFailures, export.Events}
			if len(args) == 1 {
				tables = []export.Table{export.Table(args[0])}
				if export.Columns(tables[0]) == nil {
					return usagef("no table %q: qm_failures or events", args[0])
				}
			}
			formats := []export.Format{export.Parquet, export.NDJSON, export.CSV}
			if path != "" {
				f, ok := export.FormatByName(path)
				if !ok || !duckdb {
					return usagef("--file goes with --duckdb and a name that ends in .parquet, .ndjson or .csv")
				}
				formats = []export.Format{f}
			}
			var b strings.Builder
			for _, t := range tables {
				if !duckdb {
					printColumns(&b, t)
					continue
				}
				for _, f := range formats {
					file := path
					if file == "" {
						file = fmt.Sprintf("%s.%s", t, f)
						fmt.Fprintf(&b, "-- %s, %s\n", t, f)
					}
					fmt.Fprintf(&b, "%s;\n", export.DuckDB(t, f, file, raw))
				}
			}
			_, err := fmt.Fprint(s.out, b.String())
			return err
		},
	}
	cmd.Flags().BoolVar(&duckdb, "duckdb", false, "print DuckDB statements")
	cmd.Flags().StringVar(&path, "file", "", "with --duckdb: the file to read; its suffix tells the format")
	cmd.Flags().BoolVar(&raw, "raw", false, "with --duckdb: the file was written with --raw")
	return cmd
}

func printColumns(b *strings.Builder, t export.Table) {
	fmt.Fprintf(b, "%s (schema %s)\n", t, export.SchemaVersion)
	for _, c := range export.Columns(t) {
		fmt.Fprintf(b, "  %-24s %-12s %s\n", c.Name, shorten(c.Type), c.Doc)
	}
}

// shorten leaves out the fields of a structure.
func shorten(typ string) string {
	if before, _, ok := strings.Cut(typ, "("); ok && before == "STRUCT" {
		return before
	}
	return typ
}
