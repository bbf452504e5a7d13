package main

import (
	"strings"
	"testing"
)

// Of two runs that write the same manifest one ends before it writes anything, and what is
// left of a lock locks nothing.
func TestLock(t *testing.T) {
	dir := t.TempDir()
	l, err := lockDir(dir, "events")
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"events", "-q", "-f", "ndjson", "--resume", "-o", dir, "../../testdata/evtx/slack.evtx"}
	if code, said := runTo(t, args...); code != exitFailed || !strings.Contains(said, "another run") {
		t.Errorf("exit code %d: %s", code, said)
	}
	if files := tree(t, dir); len(files) != 1 {
		t.Errorf("%d files", len(files))
	}
	if err := l.f.Unlock(); err != nil { // as a run that was killed
		t.Fatal(err)
	}
	if code, said := runTo(t, args...); code != exitOK {
		t.Errorf("exit code %d: %s", code, said)
	}
	if files := tree(t, dir); len(files) != 2 {
		t.Errorf("%d files", len(files))
	}
}
