package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/qmparse/qmparse/cmd/qmparse/internal/compare"
)

// hostile is a second reader that misbehaves; TestMain calls it in a process of
// its own.
func hostile(how string) {
	switch how {
	case "dies":
		fmt.Println(`{"chunk_offset":4096,"offset":4608,"record_id":1,"event":{"Event":{}}}`)
		panic("it is a bad log")
	case "prints garbage":
		fmt.Println("\x1b[2J<html>")
	case "floods":
		for {
			if _, err := os.Stdout.WriteString(strings.Repeat("flood", 10000)); err != nil {
				return
			}
		}
	case "hangs":
		io.Copy(io.Discard, os.Stdin)
	case "eats memory":
		go endWithMemory(os.Stderr, 64<<20)
		var kept [][]byte
		for {
			kept = append(kept, make([]byte, 1<<20))
			if len(kept) > 1<<10 {
				return // nobody was watching
			}
			time.Sleep(time.Millisecond)
		}
	case "is an orphan":
		endWithParent(os.Stdin)
	}
}

// useSecond makes the second reader what arguments of the test program say, the
// first of which is a command of TestMain; the log's path follows them.
func useSecond(t *testing.T, args ...string) {
	t.Helper()
	before := second
	t.Cleanup(func() { second = before })
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	second = func(path string) (*exec.Cmd, error) {
		cmd := exec.Command(self)
		cmd.Args = append(append([]string{}, args...), path)
		cmd.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0") // else a second for each
		return cmd, nil
	}
}

// logObject is what verify --json prints of a log.
type logObject struct {
	Path        string
	Differences []struct {
		Kind       string
		Offset     int64
		RecordID   string `json:"record_id"`
		Field      string
		Qmparse    any
		GolangEvtx any `json:"golang_evtx"`
		Reason     string
	}
	NotListed int64 `json:"differences_not_listed"`
	Size      int64
	Records   struct {
		Both, Agree, Limited, Differ, Neither int64
		OnlyQmparse                           int64 `json:"only_qmparse"`
		OnlyGolangEvtx                        int64 `json:"only_golang_evtx"`
	}
	Limits  map[string]int64                        `json:"known_limitations"`
	Damaged int64                                   `json:"damaged_places"`
	Errors  struct{ Panics, Records, Chunks int64 } `json:"golang_evtx_errors"`
	Failed  string                                  `json:"golang_evtx_failed"`
	Error   string
	Result  string
}

// verifyJSON runs verify and checks that the exit code goes with the results.
func verifyJSON(t *testing.T, args ...string) (logs []logObject, code int, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	code = run(t.Context(), append([]string{"verify", "--json"}, args...), strings.NewReader(""), &out, &err)
	dec := json.NewDecoder(&out)
	want := exitFailed
	for dec.More() {
		var l logObject
		if err := dec.Decode(&l); err != nil {
			t.Fatal(err)
		}
		logs = append(logs, l)
		if r := l.Records; l.Failed == "" && r.Agree+r.Limited+r.Differ != r.Both {
			t.Errorf("%s: %+v", l.Path, r)
		}
		switch {
		case l.Result == differ:
			want = exitDamaged
		case l.Result == agree && want != exitDamaged:
			want = exitOK
		}
	}
	for _, l := range logs {
		if l.Result == notCompared && want == exitOK {
			want = exitFailed
		}
	}
	if code != want {
		t.Errorf("%v: exit code %d, want %d: %s", args, code, want, &err)
	}
	return logs, code, err.String()
}

func useGolangEvtx(t *testing.T) { useSecond(t, "qmparse", secondCommand, "--") }

// expected is what is to be found about a log beside agreement.
type expected struct {
	onlyOurs, onlyTheirs, neither int64
	reason                        string
}

const (
	brokenOff = "behind a bad record its walk of the chunk breaks off"
	bare      = "user data that is an element and no template instance is an error of the record"
	filledUp  = "the record in which the file ends, filled up with zeros"
)

// expectations are by the start of the log's name. What is not there agrees.
var expectations = map[string]expected{
	"damaged":         {10, 10, 1, brokenOff + "; a chunk without its signature"},
	"truncated":       {0, 1, 0, filledUp},
	"joined":          {0, 0, 1, "the record that was cut"},
	"oddities-xml":    {24, 0, 0, "a token that it does not know costs the chunk"},
	"oddities-values": {1, 0, 0, "an empty ANSI string is an error"},

	"006": {88, 0, 0, brokenOff},
	"008": {31, 0, 0, brokenOff},
	"009": {1, 0, 0, bare},
	"010": {340, 0, 0, bare},
	"011": {41, 1, 25, brokenOff + "; an overwritten record whose values do not end within it"},
	"013": {21, 0, 1, brokenOff},
	"023": {1, 0, 0, "a record that another hides with its size"},
	"028": {0, 1, 0, filledUp},
	"018": {0, 0, 5, "records behind the free space whose templates are gone"},
	"031": {114, 0, 0, brokenOff},
}

// checkLogs compares what verify found with the expectations: no value differs.
func checkLogs(t *testing.T, logs []logObject) (records int64, limits map[string]int64) {
	t.Helper()
	limits = map[string]int64{}
	for _, l := range logs {
		var want expected
		for name, e := range expectations {
			if strings.HasPrefix(filepath.Base(l.Path), name) {
				want = e
			}
		}
		got := expected{l.Records.OnlyQmparse, l.Records.OnlyGolangEvtx, l.Records.Neither, want.reason}
		if got != want || l.Records.Differ != 0 || l.Failed != "" || l.Error != "" {
			t.Errorf("%s: got %+v, %d differ, %q %q, want %+v", l.Path, got, l.Records.Differ, l.Failed, l.Error, want)
			for _, d := range l.Differences[:min(5, len(l.Differences))] {
				t.Logf("%+v", d)
			}
		}
		if (l.Result == differ) != (want.onlyOurs+want.onlyTheirs > 0) {
			t.Errorf("%s: %s", l.Path, l.Result)
		}
		records += l.Records.Both
		for limit, n := range l.Limits {
			limits[limit] += n
		}
	}
	return records, limits
}

// TestVerifyFixtures compares every fixture.
func TestVerifyFixtures(t *testing.T) {
	useGolangEvtx(t)
	logs, _, stderr := verifyJSON(t, "../../testdata")
	records, limits := checkLogs(t, logs)
	if len(logs) != 17 || records < 500 {
		t.Errorf("%d logs, %d records: %s", len(logs), records, stderr)
	}
	// What golang-evtx makes of each is in the fixtures, but for those of the
	// names of elements.
	for _, l := range compare.Limits {
		if l.Limit != compare.ElementName && l.Limit != compare.RepeatedName && limits[string(l.Limit)] == 0 {
			t.Errorf("no value that shows %s", l.Limit)
		}
	}
}

// patched writes a fixture of which patch changed the first chunk.
func patched(t *testing.T, name string, patch func(chunk []byte)) string {
	t.Helper()
	log, err := os.ReadFile(filepath.Join("../../testdata/evtx", name))
	if err != nil {
		t.Fatal(err)
	}
	patch(log[4096 : 4096+65536])
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, log, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// rename replaces each counted UTF-16 text of a chunk by another as long.
func rename(t *testing.T, chunk []byte, from, to string) {
	t.Helper()
	text := func(s string) []byte {
		b := []byte{byte(len(s)), 0}
		for _, u := range utf16.Encode([]rune(s)) {
			b = binary.LittleEndian.AppendUint16(b, u)
		}
		return b
	}
	if len(from) != len(to) || !bytes.Contains(chunk, text(from)) {
		t.Fatalf("%s is not there", from)
	}
	copy(chunk, bytes.ReplaceAll(chunk, text(from), text(to)))
}

// TestVerifyNames has golang-evtx prove its limits about names.
func TestVerifyNames(t *testing.T) {
	useGolangEvtx(t)
	for _, c := range []struct {
		limit    compare.Limit
		from, to string
		n        int64
	}{
		{compare.RepeatedName, "FailureReason", "RemoteAddress", 22},
		{compare.ElementName, "Data", "Dato", 480},
	} {
		path := patched(t, "security-4654-transport.evtx", func(chunk []byte) { rename(t, chunk, c.from, c.to) })
		logs, code, _ := verifyJSON(t, path)
		if l := logs[0]; code != exitOK || l.Records.Both != 24 || l.Limits[string(c.limit)] != c.n || len(l.Limits) != 1 {
			t.Errorf("%s: exit code %d, %+v", c.limit, code, l)
		}
	}
}

// TestVerifyDifference compares logs of which qmparse is given one and golang-evtx
// another: what differs is said with both values.
func TestVerifyDifference(t *testing.T) {
	useGolangEvtx(t)
	given := second
	other := patched(t, "security-neighbours.evtx", func(chunk []byte) { rename(t, chunk, "FailureReason", "FailureReasom") })
	second = func(string) (*exec.Cmd, error) { return given(other) }
	logs, code, _ := verifyJSON(t, "../../testdata/evtx/security-neighbours.evtx")
	l := logs[0]
	if code != exitDamaged || l.Records.Both != 10 || l.Records.Differ == 0 || int64(len(l.Differences)) != 2*l.Records.Differ {
		t.Fatalf("exit code %d, %+v", code, l)
	}
	ours, theirs := l.Differences[0], l.Differences[1]
	if ours.Kind != values || ours.Field != "data/FailureReason" || ours.Qmparse == nil || ours.GolangEvtx != nil ||
		theirs.Field != "data/FailureReasom" || theirs.Qmparse != nil || theirs.GolangEvtx != ours.Qmparse ||
		ours.Offset != theirs.Offset || ours.Offset < 4608 || ours.RecordID == "" {
		t.Errorf("%+v\n%+v", ours, theirs)
	}
}

// deadly returns a log that kills any process that reads it with golang-evtx: a
// template instantiates itself, and no program can recover from a stack that
// overflows.
func deadly(t *testing.T) string {
	return patched(t, "security-4654-transport.evtx", func(chunk []byte) {
		const templates, definitionHead = 384, 24
		at := binary.LittleEndian.Uint32(chunk[templates:])
		for i := 4; at == 0 && i < 128; i += 4 {
			at = binary.LittleEndian.Uint32(chunk[templates+i:])
		}
		body := chunk[at+definitionHead+4:] // behind the fragment's header
		copy(body, []byte{0x0c, 1, 0, 0, 0, 0})
		binary.LittleEndian.PutUint32(body[6:], at)
	})
}

// TestVerifyDeadlyLog goes on after a log that kills golang-evtx.
func TestVerifyDeadlyLog(t *testing.T) {
	useGolangEvtx(t)
	logs, code, stderr := verifyJSON(t, deadly(t), "../../testdata/evtx/security-neighbours.evtx")
	if code != exitDamaged || len(logs) != 2 {
		t.Fatalf("exit code %d, %+v: %s", code, logs, stderr)
	}
	if l := logs[0]; l.Result != differ || !strings.Contains(l.Failed, "stack overflow") || l.Records.Both != 0 {
		t.Errorf("%+v", l)
	}
	if l := logs[1]; l.Result != agree || l.Records.Agree != 10 {
		t.Errorf("%+v", l)
	}
	if !strings.Contains(stderr, "crashed or was stopped on 1 log") {
		t.Error(stderr)
	}
}

// TestVerifyHostile lets the second reader misbehave: that is said, and the next
// log is read.
func TestVerifyHostile(t *testing.T) {
	for how, want := range map[string]string{
		"dies":           "died: exit status 2: panic: it is a bad log",
		"prints garbage": "printed what is not to be understood",
		"floods":         "printed a line of more than",
		"hangs":          "printed nothing for 1s and was stopped",
		"eats memory":    "died: exit status 1: needs more than 64.0 MiB of memory",
	} {
		t.Run(how, func(t *testing.T) {
			useSecond(t, "hostile", how)
			timeout := time.Minute
			if how == "hangs" {
				timeout = time.Second
			}
			log := "../../testdata/evtx/security-neighbours.evtx"
			logs, code, _ := verifyJSON(t, "--timeout", timeout.String(), log, log)
			if code != exitDamaged || len(logs) != 2 {
				t.Fatalf("exit code %d, %+v", code, logs)
			}
			for _, l := range logs {
				read := l.Records.Both + l.Records.OnlyQmparse
				if !strings.Contains(l.Failed, want) || l.Result != differ || read != 10 {
					t.Errorf("%+v", l)
				}
			}
			var out, stderr bytes.Buffer
			run(t.Context(), []string{"verify", "--timeout", timeout.String(), log}, nil, &out, &stderr)
			if !strings.Contains(out.String(), "  golang-evtx "+want) || strings.Contains(out.String(), "\x1b") {
				t.Errorf("%s", &out)
			}
		})
	}
}

// TestVerifyNoProgram cannot start the second reader: nothing was compared.
func TestVerifyNoProgram(t *testing.T) {
	before := second
	defer func() { second = before }()
	second = func(string) (*exec.Cmd, error) { return exec.Command("no/such/program"), nil }
	logs, code, stderr := verifyJSON(t, "../../testdata/evtx/security-neighbours.evtx")
	if code != exitFailed || len(logs) != 1 || logs[0].Result != notCompared || !strings.Contains(stderr, "could not be started") {
		t.Errorf("exit code %d, %+v: %s", code, logs, stderr)
	}
}

// TestVerifyInterrupted interrupts a run that waits for golang-evtx.
func TestVerifyInterrupted(t *testing.T) {
	useSecond(t, "hostile", "hangs")
	ctx, cancel := context.WithCancel(t.Context())
	given := second
	second = func(path string) (*exec.Cmd, error) {
		time.AfterFunc(50*time.Millisecond, cancel)
		return given(path)
	}
	var out, stderr bytes.Buffer
	if code := run(ctx, []string{"verify", multiChunk}, nil, &out, &stderr); code != exitInterrupted {
		t.Errorf("exit code %d: %s", code, &stderr)
	}
}

// TestSecondEndsWithParent closes the standard input of the second reader, as it
// is when the one who holds it is gone.
func TestSecondEndsWithParent(t *testing.T) {
	useSecond(t, "hostile", "is an orphan")
	cmd, err := second("")
	if err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := cmd.Run(); !errors.As(err, &exit) || exit.ExitCode() != exitInterrupted {
		t.Error(err)
	}
}

// TestVerifyOutputFails lets the output fail at several points.
func TestVerifyOutputFails(t *testing.T) {
	useGolangEvtx(t)
	for _, args := range [][]string{{"verify", "-q"}, {"verify", "-q", "--json"}} {
		args = append(args, "../../testdata/evtx/damaged.evtx", "../../testdata/evtx/security-neighbours.evtx")
		var whole bytes.Buffer
		run(t.Context(), args, nil, &whole, io.Discard)
		for _, n := range []int{0, 1, whole.Len() / 2, whole.Len() - 1} {
			var stderr bytes.Buffer
			if code := run(t.Context(), args, nil, &fullDisk{n}, &stderr); code != exitFailed {
				t.Errorf("%v, %d bytes: exit code %d", args, n, code)
			}
			if !strings.Contains(stderr.String(), "standard output: no space left on device") {
				t.Errorf("%v, %d bytes: standard error: %s", args, n, &stderr)
			}
		}
	}
}

// TestVerifyStandardInput compares what comes through a pipe, with and without
// fault.
func TestVerifyStandardInput(t *testing.T) {
	useGolangEvtx(t)
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	t.Setenv("TMP", temp)
	log, err := os.ReadFile(multiChunk)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		stdin io.Reader
		code  int
		out   string
	}{
		{bytes.NewReader(log), exitOK, "agree: 210 records read by both"},
		{io.MultiReader(bytes.NewReader(log[:70000]), failing{}), exitFailed, "qmparse: bad sector"},
		{strings.NewReader("no log"), exitDamaged, "golang-evtx died: exit status 2: panic: "},
		{strings.NewReader(""), exitDamaged, "golang-evtx died: exit status 2: panic: EOF"},
	} {
		var out, stderr bytes.Buffer
		if code := run(t.Context(), []string{"verify", "-"}, c.stdin, &out, &stderr); code != c.code || !strings.Contains(out.String(), c.out) {
			t.Errorf("exit code %d: %s%s", code, &out, &stderr)
		}
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("%v, %v are left", err, left)
	}
}

// TestVerifySamples compares real logs: no value differs, and what only one of the
// readers gives is known.
func TestVerifySamples(t *testing.T) {
	const samples = "../../../shared/samples/evtx"
	if _, err := os.Stat(samples); err != nil {
		t.Skipf("no samples: %v", err)
	}
	if testing.Short() {
		t.Skip("120 logs")
	}
	useGolangEvtx(t)
	logs, _, stderr := verifyJSON(t, samples)
	records, limits := checkLogs(t, logs)
	if len(logs) != 117 || records < 22_000 || limits[string(compare.ElementName)] == 0 || limits[string(compare.StringArray)] == 0 {
		t.Errorf("%d logs, %d records, %v: %s", len(logs), records, limits, stderr)
	}

	// Those that kill golang-evtx in process, and all that is no log, by name.
	deadly, err := filepath.Glob(samples + "/*crashes-golang-evtx*")
	if err != nil || len(deadly) == 0 {
		t.Fatalf("%v, %v", deadly, err)
	}
	logs, code, stderr := verifyJSON(t, deadly...)
	if code != exitDamaged || len(logs) != len(deadly) {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	for _, l := range logs {
		if !strings.HasPrefix(l.Failed, "died: exit status 2: panic: ") || l.Error == "" {
			t.Errorf("%+v", l)
		}
	}
}
