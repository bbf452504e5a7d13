package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// machine says where and when the figures were measured.
func machine() string {
	name := runtime.GOARCH
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(info)) {
			if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
				name = strings.TrimSpace(value)
				break
			}
		}
	}
	return fmt.Sprintf("%s, %s, %d processors of an %s, %s/%s; logs in memory, output to the null device.\n",
		time.Now().UTC().Format(time.DateOnly), runtime.Version(), runtime.NumCPU(), name, runtime.GOOS, runtime.GOARCH)
}

// table measures qmparse's commands over a log.
func (b *bench) table(w io.Writer, title, log string) error {
	n, err := size(log)
	if err != nil {
		return err
	}
	out := filepath.Join(b.dir, "out.parquet")
	var commands []command
	for _, jobs := range []string{"1", "2"} {
		commands = append(commands,
			b.qmparse("export to NDJSON, -j "+jobs, "export", "-q", "--recover", "none", "-j", jobs, log),
			b.qmparse("the same with old records, -j "+jobs, "export", "-q", "--recover", "slack", "-j", jobs, log),
			b.qmparse("export to Parquet, -j "+jobs, "export", "-q", "--recover", "none", "-j", jobs, "--force", "-o", out, log),
			b.qmparse("events to NDJSON, -j "+jobs, "events", "-q", "-j", jobs, log),
			b.qmparse("events to Parquet, -j "+jobs, "events", "-q", "-j", jobs, "--force", "-o", out, log))
	}
	commands = append([]command{*b.floor("read", log)}, commands...)
	all, err := b.measure(b.floor("crc", log), commands)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "\n%s, %d bytes, %d rounds:\n\n", title, n, b.rounds)
	fmt.Fprintf(w, "| | times the floor (least, most) | of processor time | MB/s | processor s | peak memory |\n|---|---|---|---|---|---|\n")
	fmt.Fprintf(w, "| floor: read and CRC-32, one processor | 1 | 1 | %.0f | %.2f | |\n",
		rate(n, of(all[0].beside, wall)), of(all[0].beside, cpu).Seconds())
	for i := range all {
		m := &all[i]
		mid, least, most := m.ratios(wall)
		busy, _, _ := m.ratios(cpu)
		fmt.Fprintf(w, "| %s | %.2f (%.2f, %.2f) | %.2f | %.0f | %.2f | %s |\n",
			m.name, mid, least, most, busy, rate(n, of(m.runs, wall)), of(m.runs, cpu).Seconds(), mebibytes(of(m.runs, memory)))
	}
	return nil
}

// peers measures the other readers, each beside qmparse doing the same.
func (b *bench) peers(w io.Writer, name, log string) error {
	n, err := size(log)
	if err != nil {
		return err
	}
	export, events := b.qmparse("export", "export", "-q", "--recover", "none", "-j", "1", log), b.qmparse("events", "events", "-q", "-j", "1", log)
	fmt.Fprintf(w, "\nOther readers over a Security log of %s, to JSON or XML, beside qmparse on one processor:\n\n", name)
	fmt.Fprintf(w, "| | MB/s | times the time of `events -j 1` | of `export -j 1` | peak memory |\n|---|---|---|---|---|\n")
	for _, peer := range b.installed(log) {
		times := [2]float64{}
		var m measured
		for i, yardstick := range []command{events, export} {
			all, err := b.measure(&yardstick, []command{peer})
			if err != nil {
				return err
			}
			m = all[0]
			times[i], _, _ = m.ratios(wall)
		}
		fmt.Fprintf(w, "| %s | %.0f | %.1f | %.1f | %s |\n", peer.name, rate(n, of(m.runs, wall)), times[0], times[1], mebibytes(of(m.runs, memory)))
	}
	return nil
}

// installed are the other readers that this machine has.
func (b *bench) installed(log string) []command {
	all := []command{{name: "golang-evtx", args: []string{filepath.Join(b.dir, "golangevtx"), log}, lenient: true}}
	if exe, err := exec.LookPath("evtx_dump"); err == nil {
		all = append(all,
			command{name: "evtx_dump, one thread", args: []string{exe, "-t", "1", "-o", "jsonl", log}, lenient: true},
			command{name: "evtx_dump, two threads", args: []string{exe, "-t", "2", "-o", "jsonl", log}, lenient: true})
	}
	if exe, err := exec.LookPath("evtxexport"); err == nil {
		all = append(all, command{name: "evtxexport", args: []string{exe, "-f", "xml", log}, lenient: true})
	}
	python := "python3"
	if p := os.Getenv("QMPARSE_PYTHON"); p != "" {
		python = p
	}
	for name, program := range map[string]string{
		"python evtx (Rust)": "import sys,evtx\nfor r in evtx.PyEvtxParser(sys.argv[1],1).records_json(): pass",
		"python-evtx":        "import sys,Evtx.Evtx\nwith Evtx.Evtx.Evtx(sys.argv[1]) as f:\n for r in f.records(): r.xml()",
	} {
		if module := strings.Fields(strings.SplitN(program, "\n", 2)[0][len("import sys,"):])[0]; exec.Command(python, "-c", "import "+module).Run() == nil {
			all = append(all, command{name: name, args: []string{python, "-c", program, log}, lenient: true})
		}
	}
	return all
}

func rate(n int64, d time.Duration) float64 { return float64(n) / d.Seconds() / 1e6 }

func mebibytes(n int64) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%d MiB", n>>20)
}
