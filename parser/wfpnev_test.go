package parser_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser"
	"github.com/qmparse/qmparse/parser/internal/build/dumpbuild"
	"github.com/qmparse/qmparse/parser/netevent"
	"github.com/qmparse/qmparse/parser/quickmode"
)

// dumpRows reads a file as the commands do: system fields, then data of those
// that want, then the failure.
func dumpRows(t *testing.T, file []byte, w *parser.Worker) (events []model.Event, failures []*model.QMFailure, errs []error, log parser.Log) {
	t.Helper()
	log, err := parser.Open(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	size := 0
	for frame, err := range log.Frames() {
		if err != nil {
			errs = append(errs, err)
			continue
		}
		size += frame.Bytes()
		for ev, err := range w.Events(frame) {
			if err != nil {
				errs = append(errs, err)
				continue
			}
			want := quickmode.Wants(ev)
			if err := w.Load(ev); err != nil {
				errs = append(errs, err)
			}
			if f, ok := quickmode.Map(ev); ok != want {
				t.Error("what is wanted depends on the data")
			} else if ok {
				f.Diagnostics = slices.Clone(f.Diagnostics)
				failures = append(failures, f)
			}
			e := *ev
			e.Data, e.Diagnostics = bytes.Clone(ev.Data), slices.Clone(ev.Diagnostics)
			events = append(events, e)
		}
	}
	if size != len(file) {
		t.Errorf("frames stand for %d bytes of %d", size, len(file))
	}
	return events, failures, errs, log
}

func fixture(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "testdata", "wfpnev", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestDumps reads every fixture: how many failures there are, and how much damage.
func TestDumps(t *testing.T) {
	want := map[string]struct{ events, failures, errs int }{
		"tunnel-x64-v5.wfpnev":    {12, 12, 0},
		"transport-x64-v5.wfpnev": {14, 14, 0},
		"tunnel-x86-v3.wfpnev":    {12, 12, 0},
		"image-x64-v5.wfpnev":     {5, 3, 2},
		"versions-joined.wfpnev":  {48, 24, 0},
		"pointers-x86-v5.wfpnev":  {24, 24, 0},
		"kinds-x64-v5.wfpnev":     {14, 1, 0},
		"empty-x64-v5.wfpnev":     {0, 0, 0},
		"damaged-x64-v5.wfpnev":   {9, 9, 8},
		"truncated-x64-v5.wfpnev": {8, 8, 2},
	}
	for _, f := range dumpbuild.All() {
		events, failures, errs, log := dumpRows(t, fixture(t, f.Name), parser.NewWorker())
		if log.Format() != model.FormatDump {
			t.Errorf("%s is %s", f.Name, log.Format())
		}
		if got, w := [3]int{len(events), len(failures), len(errs)}, want[f.Name]; got != [3]int{w.events, w.failures, w.errs} {
			t.Errorf("%s: events, failures, errors %v, want %v: %v", f.Name, got, w, errs)
		}
		if f.Damaged != (len(errs) > 0) {
			t.Errorf("%s: damaged %t, %v", f.Name, f.Damaged, errs)
		}
		for _, err := range errs {
			var e *parser.Error
			if !errors.As(err, &e) {
				t.Errorf("%s: %v is no Error", f.Name, err)
			}
		}
	}
}

// TestDumpEvent looks at one event as the tables have it.
func TestDumpEvent(t *testing.T) {
	w := parser.NewWorker()
	w.Raw = true
	file := fixture(t, "tunnel-x64-v5.wfpnev")
	events, failures, _, log := dumpRows(t, file, w)
	ev := events[2]
	if ev.Host.V != "VPN-GW-01.corp.example" || ev.Time.V != 133_855_525_200_000_001 || ev.State != model.StateLive || ev.LayoutBasis != model.LayoutDocumented ||
		ev.Logged.OK || ev.EventID.OK || ev.Provider.OK || ev.ProviderGUID.OK || ev.Channel.OK || ev.RecordID.OK || ev.EventRecordID.OK || ev.Version.OK {
		t.Errorf("%+v", ev)
	}
	if !strings.HasPrefix(string(ev.Data), `{"type":"FWPM_NET_EVENT_TYPE_IKEEXT_QM_FAILURE","header":{`) {
		t.Errorf("data %s", ev.Data)
	}
	if at := int(ev.Offset); !bytes.HasPrefix(file[at:], []byte("WNEB")) || !bytes.Equal(file[at+24:at+24+len(ev.Raw)], ev.Raw) || len(ev.Raw) < 168 {
		t.Errorf("offset %#x, %d raw bytes", ev.Offset, len(ev.Raw))
	}
	f := failures[2]
	if f.RemoteCondition.Mask().V != "255.0.255.0" || f.RemoteCondition.CIDR().OK || f.LocalCondition.CIDR().V != "10.1.2.0/32" ||
		f.StructVersion.V != 1 || f.NetEventVersion.V != 5 || f.TimeSource != model.TimeNetEvent || f.UID != ev.UID || f.UID == (model.GUID{}) {
		t.Errorf("%+v", f)
	}
	if got := fmt.Sprint(f.Diagnostics); got != "[mask-not-contiguous: remoteSubNet 255.0.255.0]" {
		t.Errorf("diagnostics %s", got)
	}
	uids := map[model.GUID]bool{}
	for _, ev := range events {
		uids[ev.UID] = true
	}
	if len(uids) != len(events) {
		t.Errorf("%d uids of %d events", len(uids), len(events))
	}

	got := fmt.Sprint(log.Properties())
	for _, want := range []string{
		"{dumps 1}", "{version 1.0}", "{net_event_version 5}", "{pointer_size 8}", "{machine x64}", "{host_name VPN-GW-01.corp.example}",
		"{os_build 10.0.22631.4460}", "{captured_at 2025-03-04T10:00:00Z}", "{blocks_meta 1}", "{blocks_event 12}", "{blocks_lost 1}",
		"{blocks_end 1}", "{events_ikeext_qm_failure 12}", "{events_lost 7}",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("properties without %s: %s", want, got)
		}
	}
}

// TestDumpUID: the same events have the same uid in an image, at any address, and
// as copies of their own; those of another host have others.
func TestDumpUID(t *testing.T) {
	h := model.NetEventHeader{TimeStamp: model.Some(model.FILETIME(5)), Flags: model.Some[uint32](0x20), AppID: model.Some("x")}
	ev := dumpbuild.Event{NetEvent: model.NetEvent{Type: model.NetEventIKEExtQMFailure, Header: h, QM: &model.IKEQMFailure{
		SATrafficType: model.Some(model.TrafficTypeTunnel),
		LocalSubNet:   &model.ConditionValue{Type: 256, Value: model.V4AddrMask{Addr: 1, Mask: 2}},
		RemoteSubNet:  &model.ConditionValue{Type: 77, Value: model.Unknown{Raw: make([]byte, 8)}},
	}}}
	uid := func(host string, write func(*netevent.Writer) error) model.GUID {
		t.Helper()
		var b bytes.Buffer
		w, err := netevent.NewWriter(&b, netevent.Header{PointerSize: 8, NetEventVersion: 5, Machine: netevent.MachineARM64})
		if err != nil {
			t.Fatal(err)
		}
		for _, err := range []error{w.Meta(netevent.Meta{HostName: model.Some(host)}), write(w), w.End()} {
			if err != nil {
				t.Fatal(err)
			}
		}
		events, _, errs, _ := dumpRows(t, b.Bytes(), parser.NewWorker())
		if len(events) != 1 || len(errs) > 0 {
			t.Fatalf("%d events, %v", len(events), errs)
		}
		if host == "" && events[0].Host.OK {
			t.Error("a host of no name")
		}
		return events[0].UID
	}
	event := func(w *netevent.Writer) error { return w.Event(dumpbuild.Payload(5, 8, ev)) }
	image := func(base uint64) func(*netevent.Writer) error {
		return func(w *netevent.Writer) error {
			b, roots := dumpbuild.Image(5, 8, base, ev)
			return errors.Join(w.Segment(base, b), w.Roots(roots))
		}
	}
	a := uid("A", event)
	if b := uid("A", image(0x1000)); b != a {
		t.Errorf("in an image %v, not %v", b, a)
	}
	if b := uid("A", image(0x7FFF0000)); b != a {
		t.Errorf("at another address %v, not %v", b, a)
	}
	if b := uid("B", event); b == a {
		t.Error("of another host the same")
	}
	uid("", event)
}

// TestDumpRecordError: an EVENT that cannot hold an event is an error about a
// record, with its sequence as id.
func TestDumpRecordError(t *testing.T) {
	file := fixture(t, "empty-x64-v5.wfpnev")
	end := bytes.LastIndex(file, []byte("WNEB"))
	var b bytes.Buffer
	w, err := netevent.NewWriter(&b, netevent.Header{PointerSize: 4, NetEventVersion: 0, Machine: netevent.MachineARMNT})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Event(make([]byte, 16+80)); err != nil {
		t.Fatal(err)
	}
	small := b.Bytes()[32:]
	_, failures, errs, log := dumpRows(t, slices.Concat(file[:end], small), parser.NewWorker())
	var rec *parser.RecordError
	found := slices.ContainsFunc(errs, func(err error) bool { return errors.As(err, &rec) })
	if !found || rec.ID != 0 || rec.Offset != int64(end) || rec.State != model.StateLive || len(failures) != 0 || !errors.Is(rec, parser.ErrTruncated) {
		t.Errorf("%v, %d failures", errs, len(failures))
	}
	if got := fmt.Sprint(log.Properties()); !strings.Contains(got, "{blocks_event 1}") {
		t.Errorf("properties %s", got)
	}
}

// TestNoDump: what begins like a dump and is none is refused, and says why.
func TestNoDump(t *testing.T) {
	good := fixture(t, "empty-x64-v5.wfpnev")
	for text, file := range map[string][]byte{
		"transfer the file as binary": bytes.Replace(good, []byte("\r\n"), []byte("\n"), 1),
		"truncated":                   good[:31],
		"unsupported":                 append(append(slices.Clone(good[:8]), 2), good[9:]...),
	} {
		if _, err := parser.Open(bytes.NewReader(file)); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%v, want %q", err, text)
		}
	}
	if _, err := parser.Open(strings.NewReader("\x89PNG\r\n\x1a\n")); !errors.Is(err, parser.ErrUnknownFormat) {
		t.Errorf("a picture: %v", err)
	}
}

// TestProperties: what a hostile META says is shown without control characters.
func TestPropertiesPlain(t *testing.T) {
	var b bytes.Buffer
	w, err := netevent.NewWriter(&b, netevent.Header{PointerSize: 8, NetEventVersion: 5, Machine: netevent.MachineAMD64})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Meta(netevent.Meta{HostName: model.Some("a\x1b[31m"), Note: model.Some(strings.Repeat("n", 10_000)), Other: []byte(`{"k":[1,"é"]}`)}); err != nil {
		t.Fatal(err)
	}
	if err := w.End(); err != nil {
		t.Fatal(err)
	}
	_, _, _, log := dumpRows(t, b.Bytes(), parser.NewWorker())
	got := fmt.Sprint(log.Properties())
	if strings.Contains(got, "\x1b") || len(got) > 1000 || !strings.Contains(got, `{meta_other {"k":[1,"é"]}}`) {
		t.Errorf("%q", got)
	}
}
