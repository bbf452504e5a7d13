package netsh

import (
	"errors"
	"iter"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/internal/cursor"
)

const testdata = "../../testdata/netsh/"

// fixture reads a file of testdata/netsh.
func fixture(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(testdata + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// fixtures are all of them.
func fixtures(t testing.TB) map[string]string {
	t.Helper()
	names, err := filepath.Glob(testdata + "*.xml")
	if err != nil || len(names) < 7 {
		t.Fatalf("%d fixtures: %v", len(names), err)
	}
	files := make(map[string]string)
	for _, n := range names {
		files[filepath.Base(n)] = fixture(t, filepath.Base(n))
	}
	return files
}

// read collects what a sequence yields.
func read(t testing.TB, seq iter.Seq2[*Event, error]) (events []*Event, errs []error) {
	t.Helper()
	for e, err := range seq {
		if (e == nil) == (err == nil) {
			t.Fatalf("event %v with error %v", e, err)
		}
		if err != nil {
			errs = append(errs, err)
		} else {
			events = append(events, e)
		}
	}
	return events, errs
}

func readText(t testing.TB, text string) ([]*Event, []error) {
	t.Helper()
	return read(t, Events(strings.NewReader(text)))
}

// sound reads a text that has no damage.
func sound(t testing.TB, text string) []*Event {
	t.Helper()
	events, errs := readText(t, text)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	return events
}

// one reads the only event of a sound text.
func one(t testing.TB, text string) *Event {
	t.Helper()
	events := sound(t, text)
	if len(events) != 1 {
		t.Fatalf("%d events", len(events))
	}
	return events[0]
}

// wantErrors checks the errors' sentinels and that each names an offset within
// size bytes.
func wantErrors(t testing.TB, errs []error, size int, want ...error) {
	t.Helper()
	if len(errs) != len(want) {
		t.Fatalf("%d errors %v, want %v", len(errs), errs, want)
	}
	for i, err := range errs {
		var e *cursor.Error
		if !errors.As(err, &e) || !errors.Is(err, want[i]) || e.Offset < 0 || e.Offset > int64(size) || e.Field == "" || e.Detail == "" {
			t.Errorf("error %d: %v, want %v within %d bytes", i, err, want[i], size)
		}
	}
}

func diagnostics(e *Event) string {
	var s []string
	for _, d := range e.Diagnostics {
		s = append(s, d.String())
	}
	return strings.Join(s, "\n")
}

func addr(s string) model.Opt[netip.Addr] { return model.Some(netip.MustParseAddr(s)) }

func ticks(s string) model.Opt[model.FILETIME] {
	f, ok := model.ParseFILETIME(s)
	return model.Opt[model.FILETIME]{V: f, OK: ok}
}

// event is an event of QM_FAILURE1 in tunnel mode between hosts, with more of
// its header and body.
func event(header, body string) string {
	return `<item><header><timeStamp>2024-05-06T07:08:09.123Z</timeStamp>` + header + `</header>
		<type>FWPM_NET_EVENT_TYPE_IKEEXT_QM_FAILURE</type><ikeQmFailure>` + body + `</ikeQmFailure></item>`
}

const plainHeader = `<flags/>`

const plainBody = `<failureErrorCode>13868</failureErrorCode><failurePoint>1</failurePoint><keyingModuleType>2</keyingModuleType>
	<qmState>1</qmState><saRole>0</saRole><saTrafficType>0</saTrafficType><qmFilterId>1</qmFilterId>`

func plain() string { return event(plainHeader, plainBody) }

func dump(events ...string) string {
	return "<?xml version=\"1.0\"?>\n<netEvents>\n" + strings.Join(events, "\n") + "\n</netEvents>\n"
}
