package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// wine runs collect, built for Windows, under Wine in a prefix of its own, with a
// fwpuclnt.dll that is made here: testdata/wine.
type wine struct {
	loader, exe string
	made        string // DLLs are made here
	system32    string
	env         []string
	dir         string // where programs run
}

const target = "out.wfpnev"

// The DLLs that are made.
const (
	newestDLL = "fwpuclnt.dll"
	oldestDLL = "fwpuclnt-oldest.dll"
	prngDLL   = "prng.dll"
)

// Wine's folders on Debian, which has no wine64 on the path without package wine.
const debianWine = "/usr/lib/wine/"

func newWine(t *testing.T) *wine {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("this is Windows: its filter engine has no events that are known")
	}
	gcc := program(t, "x86_64-w64-mingw32-gcc", "apt-get install gcc-mingw-w64-x86-64")
	goTool := program(t, "go", "")
	w := &wine{
		loader: program(t, "wine64", "apt-get install wine64", "wine", debianWine+"wine64"),
		made:   t.TempDir(),
	}
	w.exe = filepath.Join(w.made, "qmparse.exe")
	prefix := filepath.Join(w.made, "prefix")
	w.system32 = filepath.Join(prefix, "drive_c", "windows", "system32")
	w.env = []string{
		"PATH=" + os.Getenv("PATH"),
		"HOME=" + w.made, "TMPDIR=" + w.made, "WINEPREFIX=" + prefix, "WINEARCH=win64", "WINEDEBUG=-all",
		// Our DLL instead of Wine's; no questions about Mono and Gecko, no menus.
		"WINEDLLOVERRIDES=fwpuclnt=n;mscoree,mshtml,winemenubuilder.exe=",
	}

	build := exec.Command(goTool, "build", "-buildvcs=false", "-o", w.exe, ".")
	build.Env = append(os.Environ(), "GOOS=windows", "GOARCH=amd64", "CGO_ENABLED=0")
	do(t, build)
	for dll, flag := range map[string]string{newestDLL: "-DNEWEST", oldestDLL: "-DVISTA", prngDLL: "-DPRNG"} {
		source := "fwpuclnt.c"
		if dll == prngDLL {
			source = "bcryptprimitives.c"
		}
		do(t, exec.Command(gcc, "-shared", "-Wall", "-Werror", flag, "-o", filepath.Join(w.made, dll),
			filepath.Join("testdata", "wine", source), "-ladvapi32"))
	}

	t.Cleanup(func() {
		// The server outlives its programs; it is ended before its folder is gone.
		for _, name := range []string{"wineserver", debianWine + "wineserver64", debianWine + "wineserver"} {
			if server, err := exec.LookPath(name); err == nil {
				for _, arg := range []string{"-k", "-w"} {
					cmd := exec.Command(server, arg)
					cmd.Env = w.env
					cmd.Run()
				}
				return
			}
		}
	})
	boot := exec.Command(w.loader, "wineboot", "--init")
	boot.Env = w.env
	if err := boot.Run(); err != nil {
		t.Fatalf("%s: %v", boot, err)
	}
	w.install(t, prngDLL, "bcryptprimitives.dll")
	return w
}

// in is w with a new folder for programs to run in.
func (w *wine) in(t *testing.T) *wine {
	v := *w
	v.dir = t.TempDir()
	return &v
}

// program finds a program by one of its names. The test is skipped without it,
// or fails if it may not be missing.
func program(t *testing.T, name, hint string, others ...string) string {
	t.Helper()
	for _, n := range append([]string{name}, others...) {
		if p, err := exec.LookPath(n); err == nil {
			return p
		}
	}
	if os.Getenv("QMPARSE_REQUIRE_PEERS") == "1" {
		t.Fatalf("%s is not installed, and QMPARSE_REQUIRE_PEERS=1 asks for it (%s)", name, hint)
	}
	t.Skipf("%s is not installed (%s): collect is not tried", name, hint)
	return ""
}

func do(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, out)
	}
}

func (w *wine) install(t *testing.T, dll, as string) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(w.made, dll))
	if err == nil {
		err = os.WriteFile(filepath.Join(w.system32, as), b, 0o666)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// command is qmparse.exe with the filter engine in a mode of testdata/wine.
func (w *wine) command(ctx context.Context, mode string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, w.loader, append([]string{w.exe}, args...)...)
	cmd.Dir = w.dir
	cmd.Env = append(slices.Clip(w.env), "FAKE_WFP="+mode)
	return cmd
}

// run runs it to its end.
func (w *wine) run(t *testing.T, mode string, args ...string) (stdout []byte, stderr string, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // against a hang
	defer cancel()
	cmd := w.command(ctx, mode, args...)
	// Files, not pipes: services that Wine starts keep those open for a while.
	streams := t.TempDir()
	read := func(name string) []byte {
		b, err := os.ReadFile(filepath.Join(streams, name))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	create := func(name string) *os.File {
		f, err := os.Create(filepath.Join(streams, name))
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	out, words := create("stdout"), create("stderr")
	defer out.Close()
	defer words.Close()
	cmd.Stdout, cmd.Stderr = out, words
	err := cmd.Run()
	stdout, stderr = read("stdout"), string(read("stderr"))
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) || ctx.Err() != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, stderr)
	}
	return stdout, stderr, cmd.ProcessState.ExitCode()
}

// dump reads the dump that was written.
func (w *wine) dump(t *testing.T) []dumpBlock {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(w.dir, target))
	if err != nil {
		t.Fatal(err)
	}
	return dumpBlocks(t, b)
}

// count says how many blocks there are of a type.
func count(blocks []dumpBlock, kind uint16) (n int) {
	for _, b := range blocks {
		if b.kind == kind {
			n++
		}
	}
	return n
}

func TestCollectWine(t *testing.T) {
	w := newWine(t)
	w.install(t, newestDLL, "fwpuclnt.dll")

	t.Run("events", func(t *testing.T) {
		w := w.in(t)
		before := time.Now()
		if out, words, code := w.run(t, "", "collect", "-o", target); code != exitOK || len(out) > 0 || !strings.Contains(words, "wrote 8 net events") {
			t.Fatalf("exit code %d: %q, %s", code, out, words)
		}
		path := filepath.Join(w.dir, target)
		meta := checkMeta(t, path, before, "FwpmNetEventEnum5")
		checkRows(t, path, meta.HostName, rows5)
		checkMainMode(t, path)
		checkInspect(t, path, meta)

		// A dump is evidence: nothing overwrites it.
		for _, args := range [][]string{{"collect", "-o", target}, {"collect", "--force", "-o", target}} {
			if _, words, code := w.run(t, "many", args...); code != exitFailed || !strings.Contains(words, target) {
				t.Errorf("%q: exit code %d: %s", args, code, words)
			}
		}
		if n := count(w.dump(t), blockEvent); n != 8 {
			t.Errorf("%d events are left", n)
		}
	})
	t.Run("force", func(t *testing.T) {
		w := w.in(t)
		for _, c := range []struct {
			content string
			code    int
		}{{"no log", exitFailed}, {"", exitOK}} {
			if err := os.WriteFile(filepath.Join(w.dir, target), []byte(c.content), 0o666); err != nil {
				t.Fatal(err)
			}
			if _, words, code := w.run(t, "", "collect", "--force", "-o", target); code != c.code {
				t.Fatalf("over %q: exit code %d: %s", c.content, code, words)
			}
		}
		if n := count(w.dump(t), blockEvent); n != 8 {
			t.Errorf("%d events", n)
		}
	})
	t.Run("stdout", func(t *testing.T) {
		w := w.in(t)
		out, words, code := w.run(t, "", "collect", "-q", "-o", "-")
		if code != exitOK || words != "" {
			t.Fatalf("exit code %d: %s", code, words)
		}
		if n := count(dumpBlocks(t, out), blockEvent); n != 8 {
			t.Errorf("%d events", n)
		}
	})
	t.Run("many", func(t *testing.T) {
		w := w.in(t)
		if _, words, code := w.run(t, "many", "collect", "-o", target); code != exitOK {
			t.Fatalf("exit code %d: %s", code, words)
		}
		var stdout, stderr bytes.Buffer
		path := filepath.Join(w.dir, target)
		if code := run(t.Context(), []string{"export", "-q", path}, nil, &stdout, &stderr); code != exitOK {
			t.Fatalf("export: exit code %d: %s", code, &stderr)
		}
		for i, row := range parseRows(t, stdout.Bytes()) {
			if got := row["qm_filter_id"]; got != fmt.Sprint(i) {
				t.Fatalf("event %d has filter %v", i, got)
			}
		}
		if n := count(w.dump(t), blockEvent); n != 1300 {
			t.Errorf("%d events", n)
		}
	})
	t.Run("torn", func(t *testing.T) {
		w := w.in(t)
		if _, words, code := w.run(t, "torn", "collect", "-o", target); code != exitDamaged || !strings.Contains(words, "could not be copied") {
			t.Fatalf("exit code %d: %s", code, words)
		}
		blocks := w.dump(t)
		if count(blocks, blockEvent) != 7 || blocks[2].kind != blockLost || blocks[2].payload[0] != 1 {
			t.Errorf("%v", blocks)
		}
	})
	t.Run("none", func(t *testing.T) {
		w := w.in(t)
		if _, words, code := w.run(t, "off", "collect", "-o", target); code != exitOK || !strings.Contains(words, "netsh wfp set options netevents=on") {
			t.Fatalf("exit code %d: %s", code, words)
		}
		if blocks := w.dump(t); len(blocks) != 2 || !bytes.Contains(blocks[0].payload, []byte("FWPM_ENGINE_COLLECT_NET_EVENTS is 0")) {
			t.Errorf("%v", blocks)
		}
	})
	t.Run("follow", func(t *testing.T) { follow(t, w.in(t)) })

	failing := []struct {
		name, mode string
		args       []string
		words      []string
	}{
		{"denied", "denied", nil, []string{"FwpmNetEventCreateEnumHandle0", "ERROR_ACCESS_DENIED", "FWPM_ACTRL_ENUM", "administrator"}},
		{"disabled", "disabled", nil, []string{"FWP_E_NET_EVENTS_DISABLED", "netsh wfp set options netevents=on"}},
		{"stopped", "stopped", nil, []string{"FwpmEngineOpen0", "EPT_S_NOT_REGISTERED", "Base Filtering Engine"}},
		{"disabled, following", "disabled", []string{"--follow"}, []string{"FWP_E_NET_EVENTS_DISABLED"}},
	}
	for _, c := range failing {
		t.Run(c.name, func(t *testing.T) {
			w := w.in(t)
			_, words, code := w.run(t, c.mode, append([]string{"collect", "-o", target}, c.args...)...)
			if code != exitFailed {
				t.Errorf("exit code %d", code)
			}
			for _, part := range c.words {
				if !strings.Contains(words, part) {
					t.Errorf("want %q in: %s", part, words)
				}
			}
			w.nothing(t)
		})
	}
	t.Run("usage", func(t *testing.T) {
		w := w.in(t)
		for _, args := range [][]string{{"collect"}, {"collect", "-o", target, "more"}, {"collect", "--no-such"}} {
			if _, words, code := w.run(t, "", args...); code != exitUsage {
				t.Errorf("%q: exit code %d: %s", args, code, words)
			}
		}
		w.nothing(t)
	})

	// From here on it is the oldest DLL.
	w.install(t, oldestDLL, "fwpuclnt.dll")
	t.Run("oldest", func(t *testing.T) {
		w := w.in(t)
		before := time.Now()
		if _, words, code := w.run(t, "", "collect", "-o", target); code != exitOK {
			t.Fatalf("exit code %d: %s", code, words)
		}
		path := filepath.Join(w.dir, target)
		meta := checkMeta(t, path, before, "FwpmNetEventEnum0")
		checkRows(t, path, meta.HostName, rows0())
	})
	t.Run("oldest, following", func(t *testing.T) {
		w := w.in(t)
		if _, words, code := w.run(t, "", "collect", "--follow", "-o", target); code != exitFailed || !strings.Contains(words, "FwpmNetEventSubscribe") {
			t.Errorf("exit code %d: %s", code, words)
		}
		w.nothing(t)
	})
	if err := os.Remove(filepath.Join(w.system32, "fwpuclnt.dll")); err != nil {
		t.Fatal(err)
	}
	t.Run("no DLL", func(t *testing.T) {
		w := w.in(t)
		if _, words, code := w.run(t, "", "collect", "-o", target); code != exitFailed || !strings.Contains(words, "Windows Filtering Platform") {
			t.Errorf("exit code %d: %s", code, words)
		}
		w.nothing(t)
	})
}

// nothing checks that no dump and no part of one is left.
func (w *wine) nothing(t *testing.T) {
	t.Helper()
	if left, err := os.ReadDir(w.dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// follow lets events happen, interrupts the program when the last has been handed
// over, and looks what is in the dump.
func follow(t *testing.T, w *wine) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // against a hang
	defer cancel()
	cmd := w.command(ctx, "", "collect", "--follow", "-o", target)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var words strings.Builder
	delivered, following := false, false
	for sc := bufio.NewScanner(stderr); sc.Scan(); {
		words.WriteString(sc.Text() + "\n")
		delivered = delivered || strings.Contains(sc.Text(), "all events are delivered")
		following = following || strings.Contains(sc.Text(), "Ctrl-C ends")
		if delivered && following {
			// Once: a second interrupt would be another one.
			delivered = false
			if err := cmd.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
		}
	}
	err = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != exitDamaged || !strings.Contains(words.String(), "wrote 10 net events") {
		t.Fatalf("%v: %s", err, &words)
	}
	var got strings.Builder
	for _, b := range w.dump(t) {
		fmt.Fprint(&got, b.kind)
	}
	// META, the 8 of the enumeration; one comes again, 1001, the torn one, 1003; END.
	if want := "1" + "22222222" + "252" + "6"; got.String() != want {
		t.Errorf("blocks of types %s, want %s", &got, want)
	}
}

// dumpMeta is the META of a dump.
type dumpMeta struct {
	HostName   string    `json:"host_name"`
	OSBuild    string    `json:"os_build"`
	CapturedAt time.Time `json:"captured_at"`
	BootTime   time.Time `json:"boot_time"`
	Collector  string    `json:"collector"`
	API        string    `json:"api"`
}

func checkMeta(t *testing.T, path string, before time.Time, api string) dumpMeta {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var m dumpMeta
	if err := json.Unmarshal(dumpBlocks(t, b)[0].payload, &m); err != nil {
		t.Fatal(err)
	}
	var major, minor, build int
	if n, _ := fmt.Sscanf(m.OSBuild, "%d.%d.%d", &major, &minor, &build); n != 3 || major < 6 {
		t.Errorf("os_build %q", m.OSBuild)
	}
	host, err := os.Hostname()
	label, _, _ := strings.Cut(host, ".")
	if err != nil || !strings.HasPrefix(strings.ToLower(m.HostName), strings.ToLower(label)) {
		t.Errorf("host_name %q, this is %q, %v", m.HostName, host, err)
	}
	if m.CapturedAt.Before(before.Add(-time.Second)) || m.CapturedAt.After(time.Now().Add(time.Second)) || !m.BootTime.Before(m.CapturedAt) {
		t.Errorf("captured_at %v, boot_time %v, began at %v", m.CapturedAt, m.BootTime, before)
	}
	if m.API != api || !strings.HasPrefix(m.Collector, "qmparse ") {
		t.Errorf("api %q, collector %q", m.API, m.Collector)
	}
	return m
}

// row is a row of qm_failures as NDJSON has it.
type row map[string]any

func parseRows(t *testing.T, b []byte) (rows []row) {
	t.Helper()
	for dec := json.NewDecoder(bytes.NewReader(b)); ; {
		dec.UseNumber()
		var r row
		if err := dec.Decode(&r); err == io.EOF {
			return rows
		} else if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, r)
	}
}

// with is a row that differs from r.
func (r row) with(other row) row {
	r = maps.Clone(r)
	maps.Copy(r, other)
	return r
}
