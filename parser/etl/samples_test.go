package etl_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/qmparse/qmparse/parser/etl"
)

// sampleDir is where real traces stand, beside the repository. They are optional.
var sampleDir = filepath.Join("..", "..", "..", "shared", "samples", "etl")

// manifest reads MANIFEST.tsv: what another reader counts in each trace.
func manifest(t testing.TB) (rows []map[string]string) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(sampleDir, "MANIFEST.tsv"))
	if errors.Is(err, os.ErrNotExist) {
		t.Skipf("no samples in %s", sampleDir)
	}
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimRight(string(b), "\r\n"), "\n")
	names := strings.Split(lines[0], "\t")
	for _, line := range lines[1:] {
		row := map[string]string{}
		for i, field := range strings.Split(line, "\t") {
			row[names[i]] = field
		}
		rows = append(rows, row)
	}
	return rows
}

// Real traces are walked without a word, and hold what the manifest says.
func TestSamples(t *testing.T) {
	for _, row := range manifest(t) {
		log, err := os.ReadFile(filepath.Join(sampleDir, row["file"]))
		if err != nil {
			t.Fatal(err)
		}
		r := whole(t, log)
		if got := fmt.Sprint(r.header.Build, r.counts.Buffers, r.counts.Compressed); got != strings.Join([]string{row["build"], row["buffers"], row["compressed_buffers"]}, " ") {
			t.Errorf("%s: build, buffers, compressed ones: %s", row["file"], got)
		}
		types, providers := map[string]int{}, map[string]int{}
		for _, rec := range r.records {
			name := map[etl.RecordType]string{etl.TypeSystem64: "SYSTEM64", etl.TypeEventHeader64: "EVENT64", etl.TypeFull64: "FULL64", etl.TypePerfInfo64: "PERFINFO64"}[rec.typ]
			types[name]++
			switch rec.typ {
			case etl.TypeEventHeader64:
				providers["{"+rec.provider.String()+"}"]++
			case etl.TypeFull64:
				providers["{classic:"+rec.provider.String()+"}"]++
			}
			if !rec.time.OK || rec.after || rec.err != "" {
				t.Errorf("%s: %+v", row["file"], rec)
			}
		}
		n := 0
		for _, part := range strings.Split(strings.Trim(row["header_types"], "{}"), ", ") {
			var count int
			name, number, _ := strings.Cut(part, ": ")
			if _, err := fmt.Sscan(number, &count); err != nil {
				t.Fatal(err)
			}
			if name = strings.Trim(name, "'"); types[name] != count {
				t.Errorf("%s: %d %s, want %d", row["file"], types[name], name, count)
			}
			n += count
		}
		if n != len(r.records) {
			t.Errorf("%s: %d records, want %d", row["file"], len(r.records), n)
		}
		for _, part := range strings.Split(row["providers(count)"], "; ") {
			var count int
			name, number, _ := strings.Cut(part, "(")
			if _, err := fmt.Sscan(strings.TrimSuffix(number, ")"), &count); err != nil {
				t.Fatal(err)
			}
			if providers[name] != count {
				t.Errorf("%s: %d events of %s, want %d: %v", row["file"], providers[name], name, count, providers)
			}
			delete(providers, name)
		}
		if len(providers) > 0 {
			t.Errorf("%s: events of providers that are not in the manifest: %v", row["file"], providers)
		}
	}
}
