package evtxbuild_test

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/qmparse/qmparse/parser/internal/build/evtxbuild"
	"github.com/qmparse/qmparse/parser/internal/build/fixtures"
)

// requirePeers, set to 1 in the environment, turns a missing reader from a skip
// into a failure.
const requirePeers = "QMPARSE_REQUIRE_PEERS"

// peer is a reader of event logs that has nothing to do with ours.
type peer struct {
	name string
	run  func(t *testing.T, file string) [][]byte // the events it reads, as XML

	// unread are records, counted from 1 in each log, that the peer does not
	// read or prints so that it cannot be compared, and why. stops is the first
	// of those it does not read nor any behind.
	unread map[string]map[int]string
	stops  map[string]int

	// wrong are texts it is known to get wrong.
	wrong func(text string) bool
}

const (
	noTemplate   = "a record without template"
	null         = "NULL under a normal substitution"
	after9999    = "a time after 9999, and the last tick of 9999"
	emptyName    = "an empty attribute value"
	unitsOdd     = "a string of an odd number of bytes"
	charRef      = "a character reference"
	cdata        = "a CDATA section"
	nestedInDef  = "an instance inside a definition"
	notXML       = "prints NUL, which no XML has"
	unescaped    = "prints & in an attribute as it is"
	arrayOf      = "an array of this type"
	wrongSize    = "a value of a size that is not its type's"
	literalsOnly = "no record has a template"
)

// libevtx stops at the first record it cannot read, so the fixtures have those
// last.
func libevtx(t *testing.T) peer {
	path, err := exec.LookPath("evtxexport")
	if err != nil {
		missing(t, "evtxexport (libevtx) is not on PATH")
	}
	return peer{
		name: "libevtx",
		run: func(t *testing.T, file string) (events [][]byte) {
			out, err := exec.Command(path, "-f", "xml", file).Output()
			var exit *exec.ExitError
			if err != nil && !errors.As(err, &exit) {
				t.Fatal(err)
			}
			for {
				_, rest, ok := bytes.Cut(out, []byte("<Event "))
				if !ok {
					return events
				}
				event, rest, ok := bytes.Cut(rest, []byte("</Event>"))
				if !ok {
					return events
				}
				events = append(events, slices.Concat([]byte("<Event "), event, []byte("</Event>")))
				out = rest
			}
		},
		unread: map[string]map[int]string{
			"security-4654-transport.evtx": {23: null},
			"forwarded-4654.evtx":          {1: literalsOnly},
			"wfp-1007-v0.evtx":             {50: null},
			"wfp-1007-v1.evtx":             {51: null},
			"oddities-xml.evtx":            {2: unescaped, 10: emptyName},
			"oddities-values.evtx":         {11: notXML, 12: unitsOdd},
		},
		stops: map[string]int{"security-4654-transport.evtx": 23, "forwarded-4654.evtx": 1, "wfp-1007-v0.evtx": 50,
			"wfp-1007-v1.evtx": 51, "oddities-xml.evtx": 10, "oddities-values.evtx": 12},
		wrong: func(text string) bool { // it prints another character
			return strings.IndexFunc(text, func(r rune) bool { return r > 0xffff }) >= 0
		},
	}
}

// rustEvtx is the Python module of the Rust crate evtx. It goes on after a
// record it cannot read.
func rustEvtx(t *testing.T) peer {
	const script = `
import sys
from evtx import PyEvtxParser
it = iter(PyEvtxParser(sys.argv[1]).records())
while True:
    try:
        sys.stdout.buffer.write(next(it)["data"].encode("utf-8") + b"\0\n")
    except StopIteration:
        break
    except RuntimeError:
        pass
`
	path, err := exec.LookPath(cmp.Or(os.Getenv("QMPARSE_PYTHON"), "python3"))
	if err == nil {
		err = exec.Command(path, "-c", "from evtx import PyEvtxParser").Run()
	}
	if err != nil {
		missing(t, "neither QMPARSE_PYTHON nor python3 has the module evtx (Rust)")
	}
	return peer{
		name: "Rust evtx",
		run: func(t *testing.T, file string) [][]byte {
			out, err := exec.Command(path, "-c", script, file).Output()
			if err != nil {
				t.Fatal(err)
			}
			return slices.DeleteFunc(bytes.Split(out, []byte("\x00\n")), func(b []byte) bool { return len(b) == 0 })
		},
		unread: map[string]map[int]string{
			"wfp-1007-v0.evtx":     {46: after9999, 47: after9999, 48: after9999, 49: after9999},
			"wfp-1007-v1.evtx":     {47: after9999, 48: after9999, 49: after9999, 50: after9999},
			"oddities-xml.evtx":    {12: nestedInDef, 14: charRef, 15: cdata, 16: charRef},
			"oddities-values.evtx": {12: unitsOdd, 13: after9999, 14: arrayOf, 16: wrongSize},
		},
		// At a NUL it ends the text, and drops lone surrogates.
		wrong: func(text string) bool { return strings.ContainsAny(text, "\x00\ufffd") },
	}
}

func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv(requirePeers) == "1" {
		t.Fatal(what)
	}
	t.Skip(what)
}

func TestLibevtxReadsTheFixtures(t *testing.T)  { readFixtures(t, libevtx(t)) }
func TestRustEvtxReadsTheFixtures(t *testing.T) { readFixtures(t, rustEvtx(t)) }

// event is what is compared.
type event struct {
	System struct {
		Provider struct {
			Name string `xml:"Name,attr"`
		}
		EventID  uint16
		Version  uint8
		Task     uint16
		Channel  string
		Computer string
	}
	EventData struct {
		Data []struct {
			Name string `xml:"Name,attr"`
			Text string `xml:",chardata"`
		}
	}
}

func readFixtures(t *testing.T, p peer) {
	values := 0
	for _, f := range fixtures.All() {
		if f.Damaged {
			continue
		}
		l, err := f.Build()
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), f.Name)
		if err := os.WriteFile(file, l.Bytes, 0o600); err != nil {
			t.Fatal(err)
		}
		got := map[uint64][]byte{}
		for _, ev := range p.run(t, file) {
			m := recordID.FindSubmatch(ev)
			if m == nil {
				t.Errorf("%s: %s: an event without EventRecordID: %s", p.name, f.Name, ev)
				continue
			}
			id, _ := strconv.ParseUint(string(m[1]), 10, 64)
			got[id] = ev
		}
		for i, want := range l.Events {
			id := cmp.Or(want.EventRecordID, l.Image.Records[i].ID)
			text, ok := got[id]
			delete(got, id)
			if reason, skip := p.unread[f.Name][i+1]; skip {
				t.Logf("%s: %s: record %d not compared: %s", p.name, f.Name, i+1, reason)
				continue
			}
			if at := p.stops[f.Name]; !ok && (at > 0 && i+1 > at || i >= len(l.Events)-l.PastFree) {
				continue
			}
			var ev event
			if !ok {
				t.Errorf("%s: %s: no record %d", p.name, f.Name, i+1)
			} else if err := xml.Unmarshal(text, &ev); err != nil {
				t.Errorf("%s: %s: record %d: %v", p.name, f.Name, i+1, err)
			} else {
				values += compare(t, p, f.Name, i+1, ev, want)
			}
		}
		for id := range got {
			t.Errorf("%s: %s: record id %d was not written", p.name, f.Name, id)
		}
	}
	if values < 5000 {
		t.Errorf("%s: only %d values compared", p.name, values)
	}
}

var recordID = regexp.MustCompile(`<EventRecordID>(\d+)</EventRecordID>`)

// compare says that a peer read what was written, and counts the values.
func compare(t *testing.T, p peer, file string, record int, got event, want evtxbuild.Event) int {
	t.Helper()
	s := got.System
	if s.Provider.Name != want.Provider || s.EventID != want.EventID || s.Version != want.Version || s.Task != want.Task ||
		want.Channel != "" && s.Channel != want.Channel || want.Computer != "" && s.Computer != want.Computer {
		t.Errorf("%s: %s: record %d: System %+v, want %s event %d version %d task %d", p.name, file, record, s,
			want.Provider, want.EventID, want.Version, want.Task)
		return 0
	}
	texts := map[string]string{}
	for _, d := range got.EventData.Data {
		texts[d.Name] += d.Text
	}
	n := 0
	for _, d := range want.Data {
		text, err := d.Value.Text()
		if err != nil || p.wrong(text) {
			continue // a type whose text readers do not agree on
		}
		if got, ok := texts[d.Name]; !ok || !same(got, text, d.Value.Type) {
			t.Errorf("%s: %s: record %d: %s is %q (there: %v), want %q", p.name, file, record, d.Name, got, ok, text)
		}
		n++
	}
	return n
}

// same compares texts as the peers print them: GUIDs with and without braces,
// hexadecimal numbers with and without zeros, white space in empty elements,
// CR LF as XML reads it.
func same(got, want string, t byte) bool {
	switch t {
	case evtxbuild.TypeHexInt32, evtxbuild.TypeHexInt64:
		g, err := strconv.ParseUint(got, 0, 64)
		w, _ := strconv.ParseUint(want, 0, 64)
		return err == nil && g == w
	case evtxbuild.TypeGUID:
		return strings.EqualFold(strings.Trim(got, "{}"), strings.Trim(want, "{}"))
	case evtxbuild.TypeNull, evtxbuild.TypeString, evtxbuild.TypeBinary:
		if strings.TrimSpace(want) == "" {
			return strings.TrimSpace(got) == ""
		}
		return got == strings.ReplaceAll(want, "\r\n", "\n")
	}
	return got == want
}
