package etl_test

import (
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/qmparse/qmparse/internal/peer"
	"github.com/qmparse/qmparse/parser/etl"
)

// stops says which fixtures a reader does not read to the end, and why.
type stops map[string]string

// corpus is the traces to compare: the fixtures that are whole, and the samples.
func corpus(t *testing.T) (paths []string) {
	t.Helper()
	for _, dir := range []string{filepath.Join("..", "..", "testdata", "etl"), sampleDir} {
		all, err := filepath.Glob(filepath.Join(dir, "*.etl"))
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, all...)
	}
	if len(paths) < 10 {
		t.Fatalf("%d traces", len(paths))
	}
	if _, err := os.Stat(sampleDir); err != nil {
		t.Logf("no samples in %s: fixtures alone", sampleDir)
	}
	return paths
}

// Every record that dissect.etl reads is one of ours, in order, with the same
// header, payload and time.
func TestAgainstDissect(t *testing.T) {
	known := stops{
		"compressed.etl": "it reads no more of a compressed buffer than it expands to",
		"circular.etl":   "it believes BuffersWritten",
		"rtbackup.etl":   "it believes BuffersWritten",
		"kinds.etl":      "it reads no message of WPP with a component",
		"damaged.etl":    "it stops at the first damage",
		"truncated.etl":  "it gives a record that is cut",
	}
	compare(t, peer.DissectETL(t), known, func(r found) bool { return true })
}

// Every event that etl-parser reads is one of ours.
func TestAgainstETLParser(t *testing.T) {
	known := stops{
		"compressed.etl":                         "it reads nothing that is compressed",
		"perfview_SelfDescribingSingleEvent.etl": "the same",
		"kinds.etl":                              "it does not know COMPACT",
		"damaged.etl":                            "it stops at the first damage",
		"truncated.etl":                          "it gives whole buffers only",
	}
	compare(t, peer.ETLParser(t), known, func(r found) bool {
		switch r.typ {
		case etl.TypeEventHeader32, etl.TypeEventHeader64, etl.TypeFull32, etl.TypeFull64:
			return true
		}
		return false
	})
}

func compare(t *testing.T, reader *peer.TraceReader, known stops, gives func(found) bool) {
	paths := corpus(t)
	runs := reader.Run(t, paths)
	for _, path := range paths {
		name := filepath.Base(path)
		log, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all, err := read(t, log)
		if err != nil {
			t.Fatal(err)
		}
		ours := slices.DeleteFunc(all.records, func(r found) bool { return !gives(r) })
		run := runs[path]
		if run == nil {
			t.Fatalf("%s: nothing from %v", name, reader)
		}
		theirs := run.Records
		difference := ""
		switch n := firstDifference(ours, theirs); {
		case n < len(ours) && n < len(theirs):
			difference = fmt.Sprintf("record %d: %v", n, theirs[n])
		case len(ours) != len(theirs) || run.Failed != "":
			difference = fmt.Sprintf("%d records, not %d, then %s", len(theirs), len(ours), run.Failed)
		}
		if reason, ok := known[name]; (difference != "") != ok {
			t.Errorf("%s: %v: %.300s; known: %q", name, reader, difference, reason)
		}
	}
}

// firstDifference returns the index of the first record that is not the same.
func firstDifference(ours []found, theirs []peer.TraceRecord) int {
	for i, r := range ours {
		if i == len(theirs) {
			return i
		}
		w := theirs[i]
		if w.Provider != "" && w.Provider != r.provider.String() {
			return i
		}
		if w.Time != nil { // in floating point, and cut
			if d := int64(*w.Time) - int64(r.time.V); !r.time.OK || d < -1 || d > 1 {
				return i
			}
		}
		// A payload that may have the extended items in front is compared from its end.
		if w.Type == "EventHeader" && (w.ID != r.id || !strings.HasSuffix(w.Payload, hex.EncodeToString([]byte(r.payload)))) {
			return i
		}
	}
	return len(ours)
}
