package main

import (
	"os"
	"path/filepath"
	"testing"
)

// A run that ends while it removes the parts of an earlier one in another format leaves the
// manifest that has them, and so the next run finds the rest.
func TestForceInAnotherFormatIsStopped(t *testing.T) {
	log, err := os.ReadFile("../../testdata/evtx/slack.evtx")
	if err != nil {
		t.Fatal(err)
	}
	logs := manyLogs(t, 12)
	dir := filepath.Join(t.TempDir(), "out")
	if code, said := runTo(t, "events", "-q", "-f", "csv", "--part-rows", "20", "-o", dir+"/", logs); code != exitOK {
		t.Fatalf("exit code %d: %s", code, said)
	}
	before := tree(t, dir)
	forced := []string{"events", "-q", "-f", "ndjson", "--force", "-o", dir + "/"}
	finish := startRun(t, log, forced...)
	// One of the parts cannot be removed.
	third := filepath.Join(dir, "events-00002.csv")
	aside := filepath.Join(t.TempDir(), "aside")
	for _, err := range []error{os.Rename(third, aside), os.Mkdir(third, 0o777), os.WriteFile(filepath.Join(third, "x"), nil, 0o666)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if code, said := finish(); code != exitFailed {
		t.Fatalf("exit code %d: %s", code, said)
	}
	for _, err := range []error{os.RemoveAll(third), os.Rename(aside, third)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	left, manifest := tree(t, dir), string(filepath.Separator)+"_manifest.ndjson"
	if len(left) != len(before)-2 || left[manifest] != before[manifest] {
		t.Errorf("of %d files %d are left", len(before), len(left))
	}
	if code, said := runTo(t, append(forced, logs)...); code != exitOK {
		t.Fatalf("exit code %d: %s", code, said)
	}
	fresh := filepath.Join(t.TempDir(), "out")
	if code, said := runTo(t, "events", "-q", "-f", "ndjson", "-o", fresh+"/", logs); code != exitOK {
		t.Fatalf("exit code %d: %s", code, said)
	}
	sameTree(t, "forced again", tree(t, dir), tree(t, fresh))
}
