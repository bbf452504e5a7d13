package parser_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"hash/fnv"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser"
	"github.com/qmparse/qmparse/parser/internal/build/mutate"
)

var updateMutants = flag.Bool("update", false, "write the list of mutants again")

// reading is what came of a damaged log.
type mutantReading struct {
	rows    []oldRow
	errs    []error
	account parser.Account
	opened  bool
}

func readMutant(r io.Reader, o parser.Options) (got mutantReading) {
	l, err := o.Open(r)
	if err != nil {
		got.errs = append(got.errs, err)
		return got
	}
	got.opened = true
	w := parser.NewWorker()
	for f, err := range l.Frames() {
		if err != nil {
			got.errs = append(got.errs, err)
			continue
		}
		for ev, err := range w.Events(f) {
			if err != nil {
				got.errs = append(got.errs, err)
				continue
			}
			if err := w.Load(ev); err != nil {
				got.errs = append(got.errs, err)
			}
			row := oldRow{Event: *ev, data: string(ev.Data)}
			row.Diagnostics = slices.Clone(ev.Diagnostics)
			row.text = systemText(ev)
			got.rows = append(got.rows, row)
		}
		got.account.Add(w.Account())
	}
	if a, ok := l.(parser.Accounted); ok {
		got.account.Add(a.Account())
	}
	return got
}

// checkMutant says what is wrong with what came of a damaged log that had these rows.
func checkMutant(m *mutate.Mutant, log []byte, rows []oldRow) error {
	known := map[string]bool{}
	where := map[uint64]*oldRow{}
	for i := range rows {
		known[rows[i].text+rows[i].data] = true
		where[rows[i].Offset] = &rows[i]
	}
	var slack mutantReading
	for _, o := range []parser.Options{{}, slackOptions, carveOptions} {
		got := readMutant(bytes.NewReader(m.Bytes), o)
		if o.Recover == parser.RecoverSlack {
			slack = got
		}
		if o.Recover != parser.RecoverCarve && got.opened && got.account.Total() != int64(len(m.Bytes)) {
			return fmt.Errorf("recover %q: %d bytes, accounted for are %d: %+v", o.Recover, len(m.Bytes), got.account.Total(), got.account)
		}
		for _, err := range got.errs {
			var e *parser.Error
			if errors.As(err, &e) && (e.Offset < 0 || e.Offset > int64(len(m.Bytes))) {
				return fmt.Errorf("recover %q: %d bytes, and an error about %#x: %w", o.Recover, len(m.Bytes), e.Offset, err)
			}
		}
		for i := range got.rows {
			r := &got.rows[i]
			if r.Offset >= uint64(len(m.Bytes)) {
				return fmt.Errorf("recover %q: a row at %#x of %d bytes", o.Recover, r.Offset, len(m.Bytes))
			}
			// A row that nothing speaks against says what one of the log said, unless it
			// is an old one that was struck where no checksum tells.
			current := r.State == model.StateLive || r.State == model.StatePastFree
			if len(r.Diagnostics) == 0 && !known[r.text+r.data] && r.TemplateSource != model.TemplateBuiltIn && (current && !m.Old || !m.Old && !m.InPlace) {
				return fmt.Errorf("recover %q: a row at %#x, %s, that the log did not have: %s %s", o.Recover, r.Offset, r.State, r.text, r.data)
			}
		}
		if m.Whole {
			if lines := missing(told(current(rows)), told(got.rows)); len(lines) > 0 {
				return fmt.Errorf("recover %q: %d rows are lost: %.300q", o.Recover, len(lines), lines)
			}
		}
		if !m.InPlace || !got.opened {
			continue
		}
		// What stands in a chunk that was not struck is as it was.
		there := map[uint64]*oldRow{}
		for i := range got.rows {
			there[got.rows[i].Offset] = &got.rows[i]
		}
		for at := 4096; at+64<<10 <= min(len(log), len(m.Bytes)); at += 64 << 10 {
			if !bytes.Equal(log[at:at+64<<10], m.Bytes[at:at+64<<10]) {
				continue
			}
			for offset, was := range where {
				if offset < uint64(at) || offset >= uint64(at+64<<10) || was.State != model.StateLive {
					continue
				}
				if is := there[offset]; is == nil || is.text != was.text || is.data != was.data {
					return fmt.Errorf("recover %q: the row at %#x, in a chunk that was not struck, has changed", o.Recover, offset)
				}
			}
		}
	}
	again := readMutant(iotest.HalfReader(bytes.NewReader(m.Bytes)), slackOptions)
	if !slices.Equal(told(again.rows), told(slack.rows)) || len(again.errs) != len(slack.errs) {
		return fmt.Errorf("from a pipe come %d rows and %d errors, else %d and %d", len(again.rows), len(again.errs), len(slack.rows), len(slack.errs))
	}
	claimed := readMutant(&claiming{Reader: bytes.NewReader(m.Bytes)}, slackOptions)
	if !slices.Equal(told(claimed.rows), told(slack.rows)) || fmt.Sprint(claimed.errs) != fmt.Sprint(slack.errs) || claimed.account != slack.account {
		return fmt.Errorf("read by who decodes it are %d rows, errors %v, %+v; else %d, %v, %+v", len(claimed.rows), claimed.errs, claimed.account, len(slack.rows), slack.errs, slack.account)
	}
	return nil
}

// current returns the rows of records that are in use.
func current(rows []oldRow) []oldRow {
	return slices.DeleteFunc(slices.Clone(rows), func(r oldRow) bool { return r.State != model.StateLive })
}

// mutated are the logs that are damaged.
var mutated = []string{"slack.evtx", "security-multi-chunk.evtx", "oddities-xml.evtx", "wfp-1007-v1.evtx"}

// Whatever is done to a log, what is left of it is what it was, or something says that it is
// not. QMPARSE_MUTANTS says how many seeds there are for each kind and log.
func TestMutants(t *testing.T) {
	seeds := 12
	if testing.Short() {
		seeds = 3
	}
	if n := os.Getenv("QMPARSE_MUTANTS"); n != "" {
		fmt.Sscan(n, &seeds)
	}
	logs := map[string][]byte{}
	for _, name := range mutated {
		logs[name] = evtxFixture(t, name)
	}
	if os.Getenv("QMPARSE_MUTANTS") != "" { // real ones too, if they are there
		names, _ := filepath.Glob("../../shared/samples/evtx/*.evtx")
		for _, name := range names {
			if strings.Contains(name, "no-crc") {
				continue // nothing can tell what was struck in it
			}
			if b, err := os.ReadFile(name); err == nil && len(b) >= 4096+64<<10 && len(b) < 1<<20 && bytes.HasPrefix(b[4096:], []byte("ElfChnk")) {
				logs[filepath.Base(name)] = b
			}
		}
	}
	for _, name := range sortedNames(logs) {
		log := logs[name]
		rows := readMutant(bytes.NewReader(log), parser.Options{Recover: parser.RecoverSlack, KeepRepeats: true}).rows
		for _, k := range mutate.Kinds {
			for seed := range uint64(seeds) {
				m := k.Apply(log, seed)
				if err := checkMutant(&m, log, rows); err != nil {
					t.Errorf("%s %s %d (%s): %v", name, k.Name, seed, m.What, err)
					break
				}
			}
		}
	}
}

func sortedNames(logs map[string][]byte) (names []string) {
	for name := range logs {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// The list beside says what comes of some damaged logs: a change of it is a change of what
// an analyst sees of damaged evidence, to be looked at line by line.
func TestMutantsGolden(t *testing.T) {
	const name = "testdata/mutants.tsv"
	var b strings.Builder
	b.WriteString("log\tkind\tseed\tbytes\twhat\trows\tof them with diagnostics\told\terrors\tall that was said\n")
	for _, log := range mutated[:2] {
		original := evtxFixture(t, log)
		for _, k := range mutate.Kinds {
			for seed := range uint64(4) {
				m := k.Apply(original, seed)
				got := readMutant(bytes.NewReader(m.Bytes), slackOptions)
				odd, old := 0, 0
				said := fnv.New64a()
				for i := range got.rows {
					r := &got.rows[i]
					if len(r.Diagnostics) > 0 {
						odd++
					}
					if r.State == model.StateSlack {
						old++
					}
					fmt.Fprintln(said, r.Offset, r.State, r.text, r.data, r.Diagnostics)
				}
				for _, err := range got.errs {
					fmt.Fprintln(said, err)
				}
				sum := sha256.Sum256(m.Bytes)
				fmt.Fprintf(&b, "%s\t%s\t%d\t%x\t%s\t%d\t%d\t%d\t%d\t%016x\n", log, k.Name, seed, sum[:4], m.What, len(got.rows), odd, old, len(got.errs), said.Sum64())
			}
		}
	}
	if *updateMutants {
		if err := os.WriteFile(name, []byte(b.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Split(b.String(), "\n")
	for i, line := range strings.Split(string(want), "\n") {
		if i >= len(got) || got[i] != line {
			t.Fatalf("line %d:\n%s\nwant\n%s", i+1, got[min(i, len(got)-1)], line)
		}
	}
}

// addMutants adds a log, damaged in each way, as seeds.
func addMutants(f *testing.F, log []byte) {
	for _, k := range mutate.Kinds {
		f.Add(k.Apply(log, 1).Bytes)
	}
}

// FuzzMutants lets the fuzzer choose what is done, twice.
func FuzzMutants(f *testing.F) {
	for k := 0; k < len(mutate.Kinds); k += 5 {
		f.Add(byte(k), uint64(k), byte(0), uint64(1))
	}
	log := evtxFixture(f, "slack.evtx")
	rows := readMutant(bytes.NewReader(log), parser.Options{Recover: parser.RecoverSlack, KeepRepeats: true}).rows
	f.Fuzz(func(t *testing.T, a byte, seed uint64, b byte, seed2 uint64) {
		m := mutate.Kinds[int(a)%len(mutate.Kinds)].Apply(log, seed)
		if err := checkMutant(&m, log, rows); err != nil {
			t.Fatalf("%s: %v", m.What, err)
		}
		if len(m.Bytes) < 4096+64<<10 || !bytes.HasPrefix(m.Bytes[4096:], []byte("ElfChnk")) {
			return
		}
		n := mutate.Kinds[int(b)%len(mutate.Kinds)].Apply(m.Bytes, seed2)
		// What was done first no checksum tells if who hides records made it right, or if
		// the chunk was cut then, whose records have none.
		untold := n.Whole && !m.Whole || (len(n.Bytes)-4096)%(64<<10) != 0
		n.InPlace, n.Old, n.Whole = n.InPlace && m.InPlace, n.Old || m.Old || untold, n.Whole && m.Whole
		if err := checkMutant(&n, log, rows); err != nil {
			t.Fatalf("%s, then %s: %v", m.What, n.What, err)
		}
	})
}
