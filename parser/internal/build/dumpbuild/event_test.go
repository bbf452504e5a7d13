package dumpbuild

import (
	"bytes"
	"fmt"
	"reflect"
	"testing"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/netevent"
)

// TestRoundTrip decodes what is laid out here with the tables of package
// netevent, which were not made from it: for each version and pointer size, as
// EVENT and in an image.
func TestRoundTrip(t *testing.T) {
	for version := range netevent.MaxVersion + 1 {
		for _, pointerSize := range []int{8, 4} {
			for i, ev := range everything(version) {
				what := fmt.Sprintf("version %d, pointers of %d, event %d", version, pointerSize, i)
				payload := Payload(version, pointerSize, ev)
				const base = 0x400000
				img, roots := Image(version, pointerSize, base, ev)
				for how, write := range map[string]func(*netevent.Writer) error{
					"EVENT": func(w *netevent.Writer) error { return w.Event(payload) },
					"image": func(w *netevent.Writer) error {
						if err := w.Segment(base, img); err != nil {
							return err
						}
						return w.Roots(roots)
					},
				} {
					var b bytes.Buffer
					w, err := netevent.NewWriter(&b, netevent.Header{PointerSize: uint8(pointerSize), NetEventVersion: uint8(version), Machine: machine(pointerSize)})
					if err != nil {
						t.Fatal(err)
					}
					if err := write(w); err != nil {
						t.Fatal(err)
					}
					if err := w.End(); err != nil {
						t.Fatal(err)
					}
					got, diags := decode(t, b.Bytes())
					want := ev.NetEvent
					want.Version = model.Some(uint8(version))
					if len(got) != 1 || !reflect.DeepEqual(got[0], want) {
						t.Errorf("%s, %s:\n got %s\nwant %s", what, how, netevent.AppendJSON(nil, &got[0]), netevent.AppendJSON(nil, &want))
					}
					if len(diags) > 0 {
						t.Errorf("%s, %s: %v", what, how, diags)
					}
				}
			}
		}
	}
}

func decode(t *testing.T, file []byte) (all []model.NetEvent, diags []model.Diagnostic) {
	t.Helper()
	r, err := netevent.NewReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	d := netevent.NewDecoder()
	for f, err := range r.Frames() {
		if err != nil {
			t.Error(err)
			continue
		}
		for rec, err := range f.Records() {
			if err != nil {
				t.Error(err)
				continue
			}
			var ev model.NetEvent
			diags = d.Decode(rec, &ev, diags)
			all = append(all, ev)
		}
	}
	return all, diags
}

// everything has each body with all its fields, and headers with all fields and
// with none.
func everything(version int) []Event {
	full := header("2001:db8::1", "2001:db8::2")
	full.Flags.V |= netevent.FlagAppID | netevent.FlagUserID | netevent.FlagScopeID
	full.ScopeID, full.AppID, full.UserID = model.Some[uint32](9), model.Some(`\device\ä\😀.exe`), model.Some("S-1-5-21-1-2-3-1001")
	if version >= 3 {
		full.Flags.V |= netevent.FlagEnterpriseID | netevent.FlagPolicyFlags | netevent.FlagEffectiveName
		full.EnterpriseID, full.PolicyFlags, full.EffectiveName = model.Some("firm"), model.Some[uint64](1<<63|5), model.Some("name")
	}
	if version >= 2 {
		full.Flags.V |= netevent.FlagPackageID
		full.PackageSID = model.Some("S-1-15-2-7")
	}
	bare := model.NetEventHeader{TimeStamp: model.Some(model.FILETIME(0)), Flags: model.Some[uint32](0)}

	q := tunnel(V4(0x0A010203, 0xFFFFFF00), V6("2001:db8::", 48))
	transport := tunnel(nil, nil)
	transport.SATrafficType.V = model.TrafficTypeTransport
	mm, em := mainMode(), extendedMode()
	if version == 0 {
		mm.Version, em.Version = 0, 0
		mm.LocalPrincipal, mm.RemotePrincipal, mm.LocalGroupSIDs, mm.RemoteGroupSIDs = model.Opt[string]{}, model.Opt[string]{}, nil, nil
		em.LocalPrincipal, em.RemotePrincipal, em.LocalGroupSIDs, em.RemoteGroupSIDs = model.Opt[string]{}, model.Opt[string]{}, nil, nil
		em.SATrafficType = model.Opt[model.TrafficType]{}
	} else {
		mm.Version, em.Version = 1, 1
	}
	if version < 4 {
		for _, q := range []*model.IKEQMFailure{q, transport} {
			q.Version, q.MMSaLUID, q.MMProviderContextKey = 0, model.Opt[model.LUID]{}, model.Opt[model.GUID]{}
		}
		mm.ProviderContextKey = model.Opt[model.GUID]{}
	} else {
		mm.Version = 2
	}
	evs := []Event{
		{NetEvent: model.NetEvent{Type: model.NetEventIKEExtQMFailure, Header: full, QM: q}},
		{NetEvent: model.NetEvent{Type: model.NetEventIKEExtQMFailure, Header: full, QM: q}, Garbage: true},
		{NetEvent: model.NetEvent{Type: model.NetEventIKEExtQMFailure, Header: bare, QM: transport}, Garbage: true},
		{NetEvent: model.NetEvent{Type: model.NetEventIKEExtMMFailure, Header: full, MM: mm}},
		{NetEvent: model.NetEvent{Type: model.NetEventIKEExtEMFailure, Header: full, EM: em}},
		{NetEvent: model.NetEvent{Type: model.NetEventClassifyDrop, Header: bare}},
	}
	for i := range evs {
		if version < 2 {
			evs[i].Header.AddressFamily = model.Opt[uint32]{}
		}
	}
	return evs
}
