package parser_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser"
	"github.com/qmparse/qmparse/parser/quickmode"
)

func netshFixture(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("../testdata/netsh/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// netshRows reads a dump to its end.
func netshRows(t testing.TB, file []byte, raw bool) (events []model.Event, failures []*model.QMFailure, errs []error, log parser.Log) {
	t.Helper()
	log, err := parser.Open(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	if log.Format() != model.FormatNetshXML {
		t.Fatalf("format %s", log.Format())
	}
	w := parser.NewWorker()
	w.Raw = raw
	for frame, err := range log.Frames() {
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if frame.Bytes() <= 0 {
			t.Errorf("a frame of %d bytes", frame.Bytes())
		}
		for ev, err := range w.Events(frame) {
			if err != nil {
				errs = append(errs, err)
				continue
			}
			if err := w.Load(ev); err != nil {
				t.Error(err)
			}
			if f, ok := quickmode.Map(ev); ok {
				failures = append(failures, f)
			}
			e := *ev
			e.Data, e.Raw = bytes.Clone(e.Data), bytes.Clone(e.Raw)
			events = append(events, e)
		}
	}
	return events, failures, errs, log
}

func TestNetshRows(t *testing.T) {
	file := netshFixture(t, "netevents.xml")
	events, failures, errs, log := netshRows(t, file, true)
	if len(events) != 7 || len(failures) != 4 || len(errs) > 0 {
		t.Fatalf("%d events, %d failures, %v", len(events), len(failures), errs)
	}
	seen := map[model.GUID]bool{}
	for i, e := range events {
		if e.Format != model.FormatNetshXML || e.State != model.StateLive || e.LayoutBasis != model.LayoutDocumented || e.Host.OK || e.EventID.OK || e.Provider.OK ||
			e.Time != e.NetEvent.Header.TimeStamp || !bytes.HasPrefix(e.Data, []byte(`{"type":"FWPM_NET_EVENT_TYPE_`)) || !bytes.HasPrefix(file[e.Offset:], e.Raw) || len(e.Raw) < 500 {
			t.Errorf("event %d: %+v", i, e)
		}
		if seen[e.UID] || e.UID == (model.GUID{}) {
			t.Errorf("event %d: UID %v", i, e.UID)
		}
		seen[e.UID] = true
	}
	f := failures[0]
	if f.TimeSource != model.TimeNetEvent || f.FailureTime.V.String() != "2024-05-06T07:08:09.1230000Z" || f.LocalAddr.V != "192.0.2.10" || f.LocalCondition.CIDR().V != "10.1.2.0/24" ||
		f.RemoteCondition.CIDR().OK || f.RemoteCondition.Mask().V != "255.0.255.0" || f.StructVersion != model.Some[uint8](1) || f.NetEventVersion.OK || f.PackageSID.OK ||
		f.AppID.V != `\device\harddiskvolume2\windows\system32\svchost.exe` || f.ErrorCode != model.Some[model.Win32Error](13868) || f.MMSaLUID != model.Some[model.LUID](0x99) {
		t.Errorf("%+v", f)
	}
	if want := []model.Diagnostic{{Code: "mask-not-contiguous", Detail: "remoteSubNet 255.0.255.0"}}; !reflect.DeepEqual(f.Diagnostics, want) {
		t.Errorf("diagnostics %v", f.Diagnostics)
	}
	if f := failures[3]; f.LocalCondition != nil || f.RemoteCondition != nil || f.StructVersion != model.Some[uint8](0) || f.MMSaLUID.OK {
		t.Errorf("transport: %+v", f)
	}
	want := []parser.Property{{Name: "encoding", Value: "UTF-8"}, {Name: "events", Value: 7}, {Name: "events_ikeext_mm_failure", Value: 1},
		{Name: "events_ikeext_qm_failure", Value: 4}, {Name: "events_ikeext_em_failure", Value: 1}, {Name: "events_classify_drop", Value: 1}}
	if got := log.Properties(); !reflect.DeepEqual(got, want) {
		t.Errorf("properties %v", got)
	}
}

// UTF-16 gives the same rows, ids included, at other offsets.
func TestNetshEncodings(t *testing.T) {
	want, _, _, _ := netshRows(t, netshFixture(t, "netevents.xml"), false)
	for name, encoding := range map[string]string{"netevents-utf16le.xml": "UTF-16LE", "netevents-utf16be.xml": "UTF-16BE"} {
		got, _, errs, log := netshRows(t, netshFixture(t, name), false)
		if len(errs) > 0 || len(got) != len(want) {
			t.Fatalf("%s: %d events, %v", name, len(got), errs)
		}
		for i := range got {
			if got[i].Offset <= want[i].Offset {
				t.Errorf("%s: event %d has offset %d", name, i, got[i].Offset)
			}
			got[i].Offset = want[i].Offset
			if !reflect.DeepEqual(got[i], want[i]) {
				t.Errorf("%s: event %d: %+v", name, i, got[i])
			}
		}
		if p := log.Properties()[0]; p.Value != encoding {
			t.Errorf("%s: %v", name, p)
		}
	}
}

func TestNetshHost(t *testing.T) {
	events, _, errs, log := netshRows(t, netshFixture(t, "wfpdiag.xml"), false)
	if len(events) != 3 || len(errs) > 0 {
		t.Fatalf("%d events, %v", len(events), errs)
	}
	for _, e := range events {
		if e.Host != model.Some("vpn1.example.com") {
			t.Errorf("host %v", e.Host)
		}
	}
	if !slices.Contains(log.Properties(), parser.Property{Name: "host_name", Value: "vpn1.example.com"}) {
		t.Errorf("%v", log.Properties())
	}
}

// Errors stand between the events that they lie between, a time of 0 is none,
// and an event of an unknown type is one.
func TestNetshDamage(t *testing.T) {
	events, failures, errs, _ := netshRows(t, netshFixture(t, "damaged.xml"), false)
	if len(events) != 3 || len(failures) != 2 || len(errs) != 3 || !errors.Is(errs[0], parser.ErrMalformed) || !errors.Is(errs[2], parser.ErrTruncated) {
		t.Errorf("%d events, %d failures, %v", len(events), len(failures), errs)
	}
	events, failures, errs, log := netshRows(t, netshFixture(t, "oddities.xml"), false)
	if len(events) != 7 || len(failures) != 6 || len(errs) > 0 {
		t.Fatalf("%d events, %d failures, %v", len(events), len(failures), errs)
	}
	if f := failures[4]; f.FailureTime.OK || f.TimeSource != "" || f.Time.OK || f.LocalAddr.OK || !strings.Contains(fmt.Sprint(f.Diagnostics), "time-missing") {
		t.Errorf("%+v", f)
	}
	if !slices.Contains(log.Properties(), parser.Property{Name: "events_unknown", Value: 1}) {
		t.Errorf("%v", log.Properties())
	}
	if _, _, errs, _ := netshRows(t, netshFixture(t, "doctype.xml"), false); len(errs) != 1 || !errors.Is(errs[0], parser.ErrUnsupported) {
		t.Errorf("a document type: %v", errs)
	}
}

// Frames of a long dump decode in any order, by any worker.
func TestNetshFrames(t *testing.T) {
	text := string(netshFixture(t, "netevents.xml"))
	from, to := strings.Index(text, "<item>\n\t\t<header>"), strings.LastIndex(text, "</netEvents>")
	file := []byte(text[:from] + strings.Repeat(text[from:to], 50) + text[to:])
	want, _, _, _ := netshRows(t, file, false)
	if len(want) != 350 {
		t.Fatalf("%d events", len(want))
	}
	log, err := parser.Open(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	var frames []parser.Frame
	for f, err := range log.Frames() {
		if err != nil {
			t.Fatal(err)
		}
		frames = append(frames, f)
	}
	if len(frames) < 5 {
		t.Fatalf("%d frames", len(frames))
	}
	offsets := map[uint64]model.GUID{}
	for i := range frames {
		w := parser.NewWorker()
		for ev, err := range w.Events(frames[len(frames)-1-i]) {
			if err != nil || w.Load(ev) != nil {
				t.Fatal(err)
			}
			offsets[ev.Offset] = ev.UID
		}
	}
	for _, e := range want {
		if offsets[e.Offset] != e.UID {
			t.Errorf("event of offset %d: %v, want %v", e.Offset, offsets[e.Offset], e.UID)
		}
	}
	if len(offsets) != len(want) {
		t.Errorf("%d events, want %d", len(offsets), len(want))
	}
}

// Other XML is no log.
func TestOtherXMLIsNoLog(t *testing.T) {
	for _, text := range []string{
		"<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System/></Event>",
		"<?xml version=\"1.0\"?><wfpstate><filters/></wfpstate>",
		"<!DOCTYPE html><html/>",
		"\xff\xfe<\x00a\x00/\x00>\x00",
	} {
		if _, err := parser.Open(strings.NewReader(text)); !errors.Is(err, parser.ErrUnknownFormat) {
			t.Errorf("%.30q: %v", text, err)
		}
	}
}
