package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/qmparse/qmparse/parser/source"
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

// startRun begins a run that reads a log from standard input. It waits for the rest of the log
// until finish is called, which returns what runTo does.
func startRun(t testing.TB, log []byte, args ...string) (finish func() (int, string)) {
	t.Helper()
	stdin, feed := io.Pipe()
	var said bytes.Buffer
	ended := make(chan int)
	go func() {
		code := run(context.Background(), append(args, source.Stdin), stdin, io.Discard, &said)
		_ = stdin.Close() // if it has not read all
		ended <- code
	}()
	if _, err := feed.Write(log[:1]); err != nil { // it reads, so it has begun
		code := <-ended
		t.Fatalf("%v: exit code %d: %s", args, code, &said)
	}
	return func() (int, string) {
		_, _ = feed.Write(log[1:])
		_ = feed.Close()
		return <-ended, said.String()
	}
}

// A run beside another in one folder writes nothing that the other writes, too, and no rows
// that would be there twice; shares and runs with manifests of their own are let in.
func TestRunsBesideEachOther(t *testing.T) {
	log, err := os.ReadFile("../../testdata/evtx/slack.evtx")
	if err != nil {
		t.Fatal(err)
	}
	var logs []string
	for _, name := range []string{"security-neighbours", "slack", "empty", "wfp-1007-v0", "oddities-xml"} {
		logs = append(logs, "../../testdata/evtx/"+name+".evtx")
	}
	share := shareOf(source.Stdin, 2) + 1 // that reads it
	mine, other := fmt.Sprintf(" --shard %d/2", share), fmt.Sprintf(" --shard %d/2", 3-share)
	for _, c := range []struct{ first, second, want string }{
		{"events -o A/", "export -o A/", "another run is writing _manifest.ndjson there"},
		{"events -o A/", "export --force -o A/", "another run is writing _manifest.ndjson there"},
		{"events -o A/", "events --resume -o A/", "another run is writing events there"},
		{"events -o A/", "events -o A/" + other, "other shares"},
		{"events -o A/" + mine, "events -o A/", "other shares"},
		{"events -o A/" + mine, "events --shard 1/3 -o A/", "other shares"},
		{"events -o A/" + mine, "export -o A/" + mine, "another run is writing _manifest-s"},
		{"events -o A/ --manifest M", "events -o B/ --manifest M", "another run is writing M there"},
		{"events -o A/ --dedupe --manifest M", "export -o A/ --dedupe --manifest M.ndjson", "another run is writing M.uids there"},
		{"events -o A/" + mine, "events -o A/" + other, ""},
		{"events -o A/" + mine, "export -o A/" + other, ""},
		{"events -o A/", "export -o A/ --manifest M", ""},
	} {
		dir := t.TempDir()
		in := func(args string) []string {
			args = strings.NewReplacer(" A/", " "+dir+"/A/", " B/", " "+dir+"/B/", " M", " "+dir+"/M").Replace(args)
			return append(strings.Fields(args), "-q", "-f", "ndjson")
		}
		finish := startRun(t, log, in(c.first)...)
		want := exitOK
		if c.want != "" {
			want = exitFailed
		}
		if code, said := runTo(t, append(in(c.second), logs...)...); code != want || !strings.Contains(said, c.want) {
			t.Errorf("%s beside %s: exit code %d: %s", c.second, c.first, code, said)
		}
		if code, said := finish(); code != exitOK {
			t.Errorf("%s beside %s: the first has exit code %d: %s", c.second, c.first, code, said)
		}
		// Of the first there is a manifest, of the second if it was let in.
		manifests := 0
		for name := range tree(t, dir) {
			if was, _, err := readManifest(filepath.Join(dir, name)); err == nil && was.Table == "events" && strings.Contains(c.first, was.Shard) {
				manifests += 10
			} else if err == nil {
				manifests++
			}
			if strings.HasSuffix(name, ".lock") {
				t.Errorf("%s beside %s: %s is left", c.second, c.first, name)
			}
		}
		if of := map[int]int{exitFailed: 10, exitOK: 11}[want]; manifests != of {
			t.Errorf("%s beside %s: manifests %d, want %d", c.second, c.first, manifests, of)
		}
	}
}

// A lock that one run is removing while another takes it is held by one at a time.
func TestLockIsHeldByOne(t *testing.T) {
	dir := t.TempDir()
	var holders, taken atomic.Int64
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 2000 {
				l, err := lockDir(dir, "events")
				if err != nil {
					continue
				}
				if taken.Add(1); holders.Add(1) > 1 {
					t.Error("two hold the lock")
				}
				runtime.Gosched()
				holders.Add(-1)
				l.release()
			}
		})
	}
	all.Wait()
	if taken.Load() == 0 {
		t.Error("nobody held the lock")
	}
}
