package main

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// manyLogs makes a folder of n small logs.
func manyLogs(t testing.TB, n int) string {
	dir := t.TempDir()
	fixtures := []string{"security-neighbours", "security-4654-tunnel", "wfp-1007-v0", "slack", "empty", "oddities-xml"}
	for i := range n {
		b, err := os.ReadFile("../../testdata/evtx/" + fixtures[i%len(fixtures)] + ".evtx")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%03d.evtx", i)), b, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// tree reads all files below a folder.
func tree(t testing.TB, dir string) map[string]string {
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			var b []byte
			b, err = os.ReadFile(path)
			files[strings.TrimPrefix(path, dir)] = string(b)
		}
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return files
}

func sameTree(t testing.TB, what string, got, want map[string]string) {
	t.Helper()
	for name := range want {
		if got[name] != want[name] {
			t.Errorf("%s: %s is another or missing", what, name)
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			t.Errorf("%s: %s should not be there", what, name)
		}
	}
}

// A folder of parts is the same to the byte for any number of workers.
func TestPartsDoNotDependOnWorkers(t *testing.T) {
	logs := manyLogs(t, 40)
	for _, more := range [][]string{{"-f", "parquet"}, {"-f", "ndjson", "--partition-by", "host,date"}} {
		var want map[string]string
		for _, jobs := range []string{"1", "2", "3"} {
			dir := filepath.Join(t.TempDir(), "out")
			args := append([]string{"events", "-q", "-j", jobs, "--part-rows", "60", "-o", dir + "/", logs}, more...)
			var stderr bytes.Buffer
			if code := run(context.Background(), args, strings.NewReader(""), &bytes.Buffer{}, &stderr); code != exitOK {
				t.Fatalf("exit code %d: %s", code, &stderr)
			}
			got := tree(t, dir)
			if want == nil {
				want = got
				if len(want) < 5 {
					t.Fatalf("%d files", len(want))
				}
			}
			sameTree(t, strings.Join(more, " ")+" -j "+jobs, got, want)
		}
	}
}

// A run that is killed at any time leaves whole files only, and one that goes on where it
// ended gives what an undisturbed one gives, to the byte.
func TestKilledRunsGoOn(t *testing.T) {
	kills := 12
	if testing.Short() {
		kills = 3
	}
	if n := os.Getenv("QMPARSE_KILLS"); n != "" {
		fmt.Sscan(n, &kills)
	}
	program := filepath.Join(t.TempDir(), "qmparse.exe")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	logs := manyLogs(t, 120)
	args := func(dir string, more ...string) []string {
		return append([]string{"events", "-q", "-j", "2", "-f", "parquet", "--part-rows", "25", "--partition-by", "host", "-o", dir + "/", logs}, more...)
	}
	// Every other run leaves out copies, too.
	more := [2][]string{{}, {"--dedupe"}}
	var want [2]map[string]string
	var took time.Duration
	for i := range more {
		undisturbed := filepath.Join(t.TempDir(), "out")
		start := time.Now()
		if out, err := exec.Command(program, args(undisturbed, more[i]...)...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		took = time.Since(start)
		want[i] = tree(t, undisturbed)
	}
	rng := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
	stopped := 0
	for n := range kills {
		dir := filepath.Join(t.TempDir(), "out")
		for try := 0; try < 3; try++ {
			cmd := exec.Command(program, args(dir, append([]string{"--resume"}, more[n/2%2]...)...)...)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Duration(rng.Int64N(int64(took))))
			if n%2 == 0 {
				_ = cmd.Process.Kill()
			} else if err := cmd.Process.Signal(os.Interrupt); err != nil {
				_ = cmd.Process.Kill() // where that does not exist
			}
			if cmd.Wait() != nil {
				stopped++
			}
			for name, text := range tree(t, dir) {
				if strings.HasSuffix(name, ".parquet") && text != want[n/2%2][name] {
					t.Errorf("%s is not whole", name)
				}
			}
		}
		if out, err := exec.Command(program, args(dir, append([]string{"--resume"}, more[n/2%2]...)...)...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		sameTree(t, fmt.Sprintf("kill %d", n), tree(t, dir), want[n/2%2])
		if t.Failed() {
			return
		}
	}
	if stopped == 0 {
		t.Errorf("none of %d runs was stopped", 3*kills)
	}
	t.Logf("%d of %d runs were stopped", stopped, 3*kills)
}
