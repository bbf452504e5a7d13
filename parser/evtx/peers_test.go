package evtx_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/qmparse/qmparse/internal/peer"
	"github.com/qmparse/qmparse/parser/internal/build/fixtures"
)

// comparison is with one other reader.
type comparison struct {
	reader  *peer.Reader
	form    func(*peer.Record) event
	same    func(ours, theirs string) bool
	digits  int  // of the second that it prints
	offsets bool // it says where records are; else they are matched by id and order
	ids     bool // it says the id of the record's head; else System's is taken
	slow    bool // to start: see corpus

	// known are the differences that there may be, each of which must be.
	known []known

	// unread and extra are the live records that only we, and only they, give:
	// how many of a log, and why. A log is named by the start of its name.
	unread, extra map[string]count

	// crashes are the logs that it does not survive, or refuses.
	crashes map[string]string
}

type count struct {
	n      int
	reason string
}

// known is a kind of difference, and why there is one.
type known struct {
	reason string
	is     func(log string, d difference) bool
}

// in is a known difference of one log at paths that begin with one of these.
func in(log string, reason string, paths ...string) known {
	return known{reason, func(l string, d difference) bool {
		return strings.HasPrefix(l, log) && slices.ContainsFunc(paths, func(p string) bool { return strings.HasPrefix(d.path, p) })
	}}
}

// corpus is the logs to compare: the fixtures, and the samples if they are
// there. With a slow reader an eighth of the samples of one chunk that have
// nothing peculiar must do, unless QMPARSE_REQUIRE_PEERS=1 is set.
func corpus(t *testing.T, slow bool) (paths []string) {
	t.Helper()
	for i, f := range fixtures.All() {
		if !testing.Short() || i%3 == 0 {
			paths = append(paths, filepath.Join("..", "..", "testdata", "evtx", f.Name))
		}
	}
	if _, err := os.Stat(sampleDir); err != nil {
		t.Logf("no samples in %s: fixtures alone", sampleDir)
		return paths
	}
	slow = slow && !thorough
	for i, s := range samples(t) {
		plain := s.size == fileHeader+chunkSize && strings.Contains(s.name, "__plain__")
		if testing.Short() && i%9 != 4 || slow && plain && i%8 != 0 {
			continue
		}
		paths = append(paths, s.path())
	}
	return paths
}

// thorough says that nothing is to be left out for the sake of time.
var thorough = os.Getenv("QMPARSE_REQUIRE_PEERS") == "1"

func (c *comparison) run(t *testing.T) {
	used := map[string]bool{}
	usedCount := map[string]bool{}
	records := 0
	expect := func(kind, log string, n int, table map[string]count, what []string) {
		want, key := 0, ""
		for k, v := range table {
			if strings.HasPrefix(log, k) {
				want, key = v.n, k
			}
		}
		usedCount[kind+key] = key != ""
		if n != want {
			t.Errorf("%s: %d %s, %d expected: %s", log, n, kind, want, strings.Join(what[:min(len(what), 5)], "; "))
		}
	}
	for _, path := range corpus(t, c.slow) {
		log := filepath.Base(path)
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		theirs, crashed := c.reader.Run(t, path)
		if reason := c.crash(log); (crashed != nil) != (reason != "") {
			t.Errorf("%s: %.200v; expected: %q", log, crashed, reason)
		}
		ours := events(t, b)
		all := len(ours)
		ours = slices.DeleteFunc(ours, func(e event) bool { return e.covered })
		if hidden := strings.HasPrefix(log, "023"); (len(ours) < all) != hidden {
			t.Errorf("%s: %d records that others hide", log, all-len(ours))
		}
		pairs, onlyOurs, onlyTheirs := c.match(ours, theirs)
		expect("records that only we read", log, len(onlyOurs), c.unread, onlyOurs)
		expect("records that only they read", log, len(onlyTheirs), c.extra, onlyTheirs)
		told := 0
		for _, p := range pairs {
			records++
			for _, d := range c.differences(p) {
				i := slices.IndexFunc(c.known, func(k known) bool { return k.is(log, d) })
				if i >= 0 {
					used[c.known[i].reason] = true
				} else if told++; told <= 10 {
					t.Errorf("%s: record %d at %#x: %v", log, p.ours.recordID, p.ours.offset, d)
				}
			}
		}
		if told > 10 {
			t.Errorf("%s: %d differences that are not known", log, told)
		}
	}
	if len(c.known) > 0 && !testing.Short() && haveSamples() {
		for _, k := range c.known {
			if !used[k.reason] {
				t.Errorf("known difference that there is none of: %s", k.reason)
			}
		}
		for kind, table := range map[string]map[string]count{"records that only we read": c.unread, "records that only they read": c.extra} {
			for k, v := range table {
				if !usedCount[kind+k] {
					t.Errorf("%s: no such log: %s", k, v.reason)
				}
			}
		}
		if records < 22000 {
			t.Errorf("only %d records compared", records)
		}
	}
}

func haveSamples() bool {
	_, err := os.Stat(sampleDir)
	return err == nil
}

func (c *comparison) crash(log string) string {
	for k, reason := range c.crashes {
		if strings.HasPrefix(log, k) {
			return reason
		}
	}
	return ""
}

type pair struct{ ours, theirs event }

// match pairs records, by offset or by id in their order. A record that is past
// the free-space offset need not be read by others.
func (c *comparison) match(ours []event, theirs []peer.Record) (pairs []pair, onlyOurs, onlyTheirs []string) {
	key := func(e *event) string {
		switch {
		case c.offsets:
			return fmt.Sprintf("at %#x", e.offset)
		case c.ids:
			return fmt.Sprintf("record %d", e.recordID)
		}
		return "EventRecordID " + e.system["EventRecordID"]
	}
	waiting := map[string][]int{} // ours by key
	for i := range ours {
		k := key(&ours[i])
		waiting[k] = append(waiting[k], i)
	}
	matched := make([]bool, len(ours))
	for i := range theirs {
		r := &theirs[i]
		if r.Chunk || r.Event == nil && r.XML == "" {
			continue
		}
		e := c.form(r)
		if e.err != nil {
			onlyTheirs = append(onlyTheirs, e.err.Error())
			continue
		}
		k := key(&e)
		w := waiting[k]
		if len(w) == 0 || ours[w[0]].err != nil {
			onlyTheirs = append(onlyTheirs, k)
			continue
		}
		waiting[k] = w[1:]
		matched[w[0]] = true
		pairs = append(pairs, pair{ours[w[0]], e})
	}
	for i := range ours {
		if !matched[i] && !ours[i].pastFree && ours[i].err == nil {
			onlyOurs = append(onlyOurs, key(&ours[i]))
		}
	}
	return pairs, onlyOurs, onlyTheirs
}

// differences compares a pair.
func (c *comparison) differences(p pair) []difference {
	found := compareSystem(&p.ours, &p.theirs, c.digits)
	found = append(found, compareData("data", p.ours.data, p.theirs.data, c.same)...)
	if p.theirs.xml != "" && (thorough || p.ours.recordID%4 == 1) {
		// Our XML, too, as text.
		ours := fromXML(p.ours.xml)
		if ours.err != nil {
			return append(found, difference{"xml", ours.err.Error(), p.ours.xml})
		}
		found = append(found, compareSystem(&ours, &p.theirs, c.digits)...)
		found = append(found, compareData("xml", ours.data, p.theirs.data, c.same)...)
	}
	if c.ids && p.ours.recordID != p.theirs.recordID {
		found = append(found, difference{"record id", p.ours.recordID, p.theirs.recordID})
	}
	return found
}
