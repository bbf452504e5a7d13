package evtx_test

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// sampleDir is where real logs stand, beside the repository. They are optional.
var sampleDir = filepath.Join("..", "..", "..", "shared", "samples", "evtx")

// sample is a line of MANIFEST.tsv: a log, and what other readers count in it.
type sample struct {
	name     string
	size     int
	live     int // on which most of three readers agree
	pastFree int
}

// number is the beginning of the name: 028.
func (s sample) number() string { return s.name[:3] }

func (s sample) path() string { return filepath.Join(sampleDir, s.name) }

func (s sample) read(t testing.TB) []byte {
	t.Helper()
	b, err := os.ReadFile(s.path())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// samples reads MANIFEST.tsv.
func samples(t testing.TB) (all []sample) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(sampleDir, "MANIFEST.tsv"))
	if errors.Is(err, os.ErrNotExist) {
		t.Skipf("no samples in %s", sampleDir)
	}
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimRight(string(b), "\r\n"), "\n")
	column := map[string]int{}
	for i, name := range strings.Split(lines[0], "\t") {
		column[name] = i
	}
	for _, line := range lines[1:] {
		field := strings.Split(line, "\t")
		count := func(name string) int {
			n, err := strconv.Atoi(field[column[name]])
			if err != nil {
				t.Fatalf("%s: %v", field[0], err)
			}
			return n
		}
		all = append(all, sample{field[column["name"]], count("bytes"), count("live_records_majority"), count("past_free")})
	}
	if len(all) < 100 {
		t.Fatalf("%d samples", len(all))
	}
	return all
}

// Where our count is not the manifest's, and why.
var (
	liveDiffers = map[string]struct {
		live   int
		reason string
	}{
		"023": {127, "one that another hides with its size, which the manifest's readers step over"},
		"028": {283, "the file ends within its last chunk, which the manifest's readers leave out: 89 whole records"},
	}
	pastFreeDiffers = map[string]struct {
		pastFree int
		reason   string
	}{
		"013": {149, "10 more behind bytes that are no record"},
	}
)

// In every sample the records that others count: live ones but for those found
// behind damage, and those past the free-space offset. Every record decodes, but
// for those that say themselves that they are damaged.
func TestSampleCounts(t *testing.T) {
	all := samples(t)
	usedLive, usedPast, records := 0, 0, 0
	for _, s := range all {
		log := s.read(t)
		got := read(t, log)
		if err := got.check(len(log)); err != nil {
			t.Errorf("%s: %v", s.name, err)
		}
		live, past := 0, 0
		for _, r := range got.rows {
			records++
			switch {
			case r.state == model.StatePastFree:
				past++
			case !r.afterDamage:
				live++
			}
			if (r.err != "" || r.dataErr != "") && !r.torn && !r.afterDamage && r.state == model.StateLive {
				t.Errorf("%s: record %d at %#x: %s%s", s.name, r.id, r.offset, r.err, r.dataErr)
			}
		}
		want := s
		if d, ok := liveDiffers[s.number()]; ok {
			want.live = d.live
			usedLive++
		}
		if d, ok := pastFreeDiffers[s.number()]; ok {
			want.pastFree = d.pastFree
			usedPast++
		}
		if live != want.live || past != want.pastFree {
			t.Errorf("%s: %d live, %d past the free-space offset, want %d and %d\n\t%s", s.name, live, past, want.live, want.pastFree, joined(got.errs))
		}
	}
	if usedLive != len(liveDiffers) || usedPast != len(pastFreeDiffers) {
		t.Error("a listed difference is of no sample")
	}
	if records < 23000 {
		t.Errorf("only %d records", records)
	}
}

// What is no log is refused with a place, whatever its name.
func TestSamplesThatAreNoLogs(t *testing.T) {
	refused := 0
	for _, s := range samples(t) {
		if strings.Contains(s.name, "not-evtx") || strings.Contains(s.name, "zero-byte") {
			refused++
			got := read(t, s.read(t))
			if got.opened || len(got.errs) != 1 || !errors.Is(got.errs[0], cursor.ErrTruncated) {
				t.Errorf("%s: %s", s.name, joined(got.errs))
			}
		}
	}
	if refused != 3 {
		t.Errorf("%d refused", refused)
	}
}
