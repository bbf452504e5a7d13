// Package export writes the two tables of qmparse, qm_failures and events, as
// Parquet, NDJSON or CSV.
//
// The columns are in columns.tsv. Parquet and NDJSON hold the same columns in
// the same nesting, and [DuckDB] prints the statements that read either with
// the same types; CSV holds the columns that are not structures. A value that
// the source does not know is null, never 0 or "".
//
//   - Parquet: https://parquet.apache.org/docs/file-format/. zstd, dictionaries,
//     page index, Bloom filters on event_uid, remote_addr and qm_filter_id. The
//     same rows give the same bytes, however they were batched. On a processor
//     without AVX2 the library may divide a column's runs at other places than on
//     one with it, with the same values; the build tag purego ends that.
//   - NDJSON: https://www.rfc-editor.org/rfc/rfc8259, one object a line, every
//     key always there. Columns that may exceed 2^53 and are not mere positions
//     are decimal strings; times have six digits and Z; bytes are lower-case hex.
//   - CSV: https://www.rfc-editor.org/rfc/rfc4180 with a header line and CRLF.
//     Null is an empty field, the empty string is "". Values are written as they
//     are, also one that a spreadsheet would take for a formula.
//
// A time is cut to microseconds toward the past. One outside the years 1 to 9999
// is null; its ticks stand beside it. Diagnostics are a list, empty if there are
// none; in CSV, the items joined by "; ".
//
// Workers fill batches ([Batch]); one goroutine hands them to the [Sink] in the
// order of the output. [Options] say how many more encode the pages of Parquet;
// the bytes are the same for any number. The package refuses a batch of another format, table or
// raw and, after the first error of the writer, everything.
package export

//go:generate go run ./internal/gen columns.tsv
