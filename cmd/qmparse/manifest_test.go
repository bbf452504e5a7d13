package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// runTo runs a command line and returns its exit code and what it said.
func runTo(t testing.TB, args ...string) (int, string) {
	t.Helper()
	var stderr bytes.Buffer
	code := run(context.Background(), args, strings.NewReader(""), &bytes.Buffer{}, &stderr)
	return code, stderr.String()
}

// What a manifest says of each input adds up to what the summary says of the run, and its
// hashes are those of the files, archives among them.
func TestManifestAddsUp(t *testing.T) {
	for _, recover := range []string{"none", "slack", "carve"} {
		for _, command := range []string{"export", "events"} {
			dir := t.TempDir()
			out, summary := filepath.Join(dir, "out"), filepath.Join(dir, "summary.json")
			code, said := runTo(t, command, "-q", "-f", "ndjson", "-j", "3", "--recover", recover, "--hash", "--dedupe", "-o", out+"/", "--summary-json", summary,
				"../../testdata/evtx", "../../testdata/etl", "../../testdata/wfpnev", "../../testdata/netsh")
			if code != exitDamaged {
				t.Fatalf("exit code %d: %s", code, said)
			}
			var report runReport
			b, err := os.ReadFile(summary)
			if err == nil {
				err = json.Unmarshal(b, &report)
			}
			if err != nil {
				t.Fatal(err)
			}
			_, lines, err := readManifest(filepath.Join(out, "_manifest.ndjson"))
			if err != nil {
				t.Fatal(err)
			}
			var records []*inputRecord
			for _, line := range lines {
				if line.input != nil {
					records = append(records, line.input)
				}
			}
			var sum inputRecord
			for _, r := range records {
				b, err := os.ReadFile(r.Path)
				if err != nil {
					t.Fatal(err)
				}
				if h := sha256.Sum256(b); r.SHA256 == nil || *r.SHA256 != hex.EncodeToString(h[:]) || *r.Size != int64(len(b)) {
					t.Errorf("%s: size %d, hash %v", r.Path, *r.Size, r.SHA256)
				}
				sum.Records.add(r.Records, 1)
				sum.Undecodable += r.Undecodable
				sum.Rows += r.Rows
				sum.Duplicates += r.Duplicates
				sum.Damage += r.Damage
			}
			n := report.Records
			if want := (stateNumbers{n["live"], n["past_free"], n["slack"], n["carved"]}); sum.Records != want {
				t.Errorf("%s --recover %s: records %+v, want %+v", command, recover, sum.Records, want)
			}
			if sum.Undecodable != report.Undecodable || sum.Rows != report.Rows || sum.Duplicates != report.Duplicates || sum.Damage != report.Damage.Places {
				t.Errorf("%s --recover %s: %+v", command, recover, sum)
			}
			if len(records) < 40 || sum.Records.Live < 100 || sum.Duplicates < 1 {
				t.Errorf("%d inputs: %+v", len(records), sum)
			}
		}
	}
}

// What has the size and the time that it had is known by its bytes if there is a hash.
func TestResumeKnowsFilesByTheirHash(t *testing.T) {
	dir := t.TempDir()
	log, out := filepath.Join(dir, "a.evtx"), filepath.Join(dir, "out")
	at := time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)
	write := func(change byte) {
		b, err := os.ReadFile("../../testdata/evtx/security-neighbours.evtx")
		if err != nil {
			t.Fatal(err)
		}
		b[len(b)-1] ^= change
		if err := os.WriteFile(log, b, 0o666); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(log, at, at); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		change byte
		args   []string
		want   string
	}{
		{0, []string{"--hash"}, "wrote 10 events"},
		{1, nil, "skipped 1 input"},
		{1, []string{"--hash"}, "1 input changed"},
		{1, []string{"--hash"}, "skipped 1 input"},
	} {
		write(c.change)
		code, said := runTo(t, append([]string{"events", "-o", out + "/", "--resume", log}, c.args...)...)
		if code != exitOK || !strings.Contains(said, c.want) {
			t.Errorf("%v: exit code %d: %s", c.args, code, said)
		}
	}
	at = at.Add(time.Second)
	write(1)
	if _, said := runTo(t, "events", "-o", out+"/", "--resume", log); !strings.Contains(said, "1 input changed") {
		t.Errorf("another time: %s", said)
	}
}

// A path that JSON cannot have is known again.
func TestResumeKnowsPathsThatAreNotUTF8(t *testing.T) {
	dir := t.TempDir()
	b, err := os.ReadFile("../../testdata/evtx/security-neighbours.evtx")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "a\xff.evtx"), b, 0o666); err != nil {
		t.Skip("this system has no such names: ", err)
	}
	out := filepath.Join(dir, "out") + "/"
	for _, want := range []string{"wrote 10 events", "skipped 1 input"} {
		if _, said := runTo(t, "events", "-o", out, "--resume", dir); !strings.Contains(said, want) || strings.Contains(said, "not named now") {
			t.Errorf("%q, want %q", said, want)
		}
	}
}
