package main

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
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

// With hashes a file or an archive that only has another time is as it was; without one of
// either run, or with another byte, it has changed.
func TestResumeAcceptsAnotherTime(t *testing.T) {
	log := func(name string) []byte {
		b, err := os.ReadFile("../../testdata/evtx/" + name + ".evtx")
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	zipped := func(name string, b []byte) []byte {
		var packed bytes.Buffer
		z := zip.NewWriter(&packed)
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write(b)
		}
		if err == nil {
			err = z.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
		return packed.Bytes()
	}
	inputs := map[string][]byte{
		"a.evtx": log("security-neighbours"),
		"b.zip":  zipped("in.zip", zipped("slack.evtx", log("slack"))),
		"c.evtx": log("empty"), // no rows
	}
	other := bytes.Clone(inputs["a.evtx"])
	other[len(other)-1] ^= 1
	for _, c := range []struct {
		earlier, now string
		a            []byte
		want         string
		code         int
	}{
		{"--hash", "--hash", inputs["a.evtx"], "skipped 3 inputs", exitOK},
		{"--hash --dedupe", "--hash --dedupe", inputs["a.evtx"], "skipped 3 inputs", exitOK},
		{"--hash", "--hash", other, "1 input changed", exitOK},
		{"--hash --dedupe", "--hash --dedupe", other, "a.evtx is to be written again", exitFailed},
		{"--hash", "", inputs["a.evtx"], "2 inputs changed", exitOK}, // in parts
		{"", "--hash", inputs["a.evtx"], "2 inputs changed", exitOK},
	} {
		dir := t.TempDir()
		in, out := filepath.Join(dir, "in"), filepath.Join(dir, "out")
		write := func(at time.Time) {
			for name, b := range inputs {
				if name == "a.evtx" && at.Year() == 2026 {
					b = c.a
				}
				path := filepath.Join(in, name)
				if err := errors.Join(os.MkdirAll(in, 0o777), os.WriteFile(path, b, 0o666), os.Chtimes(path, at, at)); err != nil {
					t.Fatal(err)
				}
			}
		}
		resume := func(more string) (int, string) {
			return runTo(t, append([]string{"events", "--resume", "-f", "ndjson", "--part-rows", "1", "-o", out + "/", in}, strings.Fields(more)...)...)
		}
		write(time.Date(2025, 1, 5, 0, 0, 0, 0, time.UTC))
		if code, said := resume(c.earlier); code != exitOK {
			t.Fatalf("exit code %d: %s", code, said)
		}
		before := tree(t, out)
		write(time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC))
		code, said := resume(c.now)
		same := strings.HasPrefix(c.want, "skipped")
		if code != c.code || !strings.Contains(said, c.want) || same && strings.Contains(said, "changed") {
			t.Errorf("%q, then %q: exit code %d: %s", c.earlier, c.now, code, said)
		}
		if same {
			sameTree(t, c.now, tree(t, out), before)
		}
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
