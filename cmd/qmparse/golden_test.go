package main

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the goldens of testdata anew")

// TestGoldens runs export and events over every fixture, each once with one
// worker and twice with two, and compares with NAME.ndjson and
// NAME.events.ndjson beside it, and for those with old records events --recover
// slack with NAME.slack.ndjson. Those of testdata/carve are read with --recover
// carve. What is neither golden nor text about the folder is
// a fixture.
func TestGoldens(t *testing.T) {
	t.Chdir("../..") // so that source_path is what the README's commands give
	files, err := filepath.Glob("testdata/*/*")
	if err != nil {
		t.Fatal(err)
	}
	fixtures := slices.DeleteFunc(files, func(name string) bool {
		return filepath.Ext(name) == ".ndjson" || filepath.Ext(name) == ".md"
	})
	if len(fixtures) < 20 {
		t.Fatalf("%d fixtures", len(fixtures))
	}
	for _, fixture := range fixtures {
		name := strings.TrimSuffix(fixture, filepath.Ext(fixture))
		commands := map[string]string{"export": name + ".ndjson", "events": name + ".events.ndjson"}
		if fixture == "testdata/evtx/slack.evtx" || fixture == "testdata/evtx/damaged.evtx" {
			commands["events --recover slack"] = name + ".slack.ndjson"
		}
		if filepath.Base(filepath.Dir(fixture)) == "carve" {
			commands = map[string]string{"export --recover carve": name + ".ndjson", "events --recover carve": name + ".events.ndjson"}
		}
		for command, golden := range commands {
			t.Run(command+"/"+filepath.Base(name), func(t *testing.T) {
				command := strings.Fields(command)
				if *update {
					if err := os.WriteFile(golden, ndjson(t, command, "1", fixture), 0o666); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(golden)
				if err != nil {
					t.Fatal(err)
				}
				for _, jobs := range []string{"1", "2", "2"} {
					diffLines(t, jobs, ndjson(t, command, jobs, fixture), want)
				}
			})
		}
	}
}

// ndjson returns what a command writes of a fixture. That some fixtures are
// damaged is part of what is expected.
func ndjson(t *testing.T, command []string, jobs, fixture string) []byte {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := run(context.Background(), append(slices.Clone(command), "-q", "-j", jobs, fixture), strings.NewReader(""), &stdout, &stderr)
	damaged := bytes.Contains(stderr.Bytes(), []byte(fixture+": "))
	if code == exitDamaged != damaged || code != exitOK && code != exitDamaged {
		t.Fatalf("exit code %d: %s", code, &stderr)
	}
	return stdout.Bytes()
}

func diffLines(t *testing.T, jobs string, got, want []byte) {
	t.Helper()
	if bytes.Equal(got, want) {
		return
	}
	g, w := bytes.SplitAfter(got, []byte("\n")), bytes.SplitAfter(want, []byte("\n"))
	for i := range max(len(g), len(w)) {
		if i >= len(g) || i >= len(w) || !bytes.Equal(g[i], w[i]) {
			t.Fatalf("with %s workers, %d lines, want %d; line %d:\n got %s\nwant %s", jobs, len(g)-1, len(w)-1, i+1, line(g, i), line(w, i))
		}
	}
}

func line(lines [][]byte, i int) []byte {
	if i >= len(lines) {
		return []byte("(none)")
	}
	return lines[i]
}
