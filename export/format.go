package export

import (
	"path"
	"strings"
)

// Format is a file format.
type Format string

// The formats.
const (
	Parquet Format = "parquet"
	NDJSON  Format = "ndjson"
	CSV     Format = "csv"
)

// FormatByName returns the format that the suffix of a file's name stands for;
// .jsonl is NDJSON. The case of the suffix does not matter.
func FormatByName(name string) (Format, bool) {
	switch strings.ToLower(path.Ext(name)) {
	case ".parquet":
		return Parquet, true
	case ".ndjson", ".jsonl":
		return NDJSON, true
	case ".csv":
		return CSV, true
	}
	return "", false
}
