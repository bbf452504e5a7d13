package model

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"strings"
	"testing"
)

func uidEvent() Event {
	return Event{
		Host:          Some("MYVPN.MYCPU"),
		Channel:       Some("Security"),
		Provider:      Some("Microsoft-Windows-Security-Auditing"),
		EventID:       Some[uint32](4654),
		EventRecordID: Some[uint64](100095994),
		Time:          Some(FILETIME(132388752066871033)),
		Data:          []byte(`{"LocalAddress":"10.0.0.1"}`),
	}
}

// TestEventUID has identifiers that another program computed from the
// documented encoding.
func TestEventUID(t *testing.T) {
	u := NewUIDHasher()
	for _, c := range []struct {
		name string
		ev   Event
		want string
	}{
		{"usual", uidEvent(), "50fa2138-1817-8f09-ba83-c56828ceec91"},
		{"nothing known", Event{}, "59a962b9-095c-8f24-8189-968086694858"},
		{"known and empty", Event{
			Host: Some(""), Channel: Some(""), Provider: Some(""), EventID: Some[uint32](0),
			EventRecordID: Some[uint64](0), Time: Some(FILETIME(0)), Data: []byte{},
		}, "71157dde-32b8-8563-a5ce-812fad1f3db6"},
		{"long", Event{
			Host: Some(strings.Repeat("h", 1000)), Channel: Some("é"), Provider: Some("p"), EventID: Some[uint32](1<<32 - 1),
			EventRecordID: Some[uint64](1<<64 - 1), Time: Some(FILETIME(1<<64 - 1)), Data: bytes.Repeat([]byte("x"), 5000),
		}, "922f81ef-c450-8429-8259-9bc76fa89156"},
	} {
		for range 2 { // the second time with used state
			if got := u.EventUID(&c.ev).String(); got != c.want {
				t.Errorf("%s: got %s, want %s", c.name, got, c.want)
			}
		}
		if got := EventUID(&c.ev).String(); got != c.want {
			t.Errorf("%s: EventUID %s, want %s", c.name, got, c.want)
		}
	}
}

// TestEventUIDDependsOn: on what was decoded, each value by itself, and on
// nothing that says where it was read.
func TestEventUIDDependsOn(t *testing.T) {
	base := uidEvent()
	seen := map[GUID]string{EventUID(&base): "base"}
	for _, c := range []struct {
		name   string
		change func(*Event)
	}{
		{"no host", func(e *Event) { e.Host = Opt[string]{} }},
		{"another case of the host", func(e *Event) { e.Host = Some("myvpn.mycpu") }},
		{"a byte moved from host to channel", func(e *Event) { e.Host, e.Channel = Some("MYVPN.MYCP"), Some("USecurity") }},
		{"host and channel exchanged", func(e *Event) { e.Host, e.Channel = e.Channel, e.Host }},
		{"another provider", func(e *Event) { e.Provider = Some("x") }},
		{"a GUID for the provider", func(e *Event) { e.Provider, e.ProviderGUID = Opt[string]{}, Some(GUID{1}) }},
		{"another GUID for it", func(e *Event) { e.Provider, e.ProviderGUID = Opt[string]{}, Some(GUID{2}) }},
		{"no provider", func(e *Event) { e.Provider = Opt[string]{} }},
		{"another event id", func(e *Event) { e.EventID.V = 4653 }},
		{"no event id", func(e *Event) { e.EventID = Opt[uint32]{} }},
		{"another record id", func(e *Event) { e.EventRecordID.V++ }},
		{"another time", func(e *Event) { e.Time.V++ }},
		{"no time", func(e *Event) { e.Time = Opt[FILETIME]{} }},
		{"other data", func(e *Event) { e.Data = []byte(`{"LocalAddress":"10.0.0.2"}`) }},
		{"no data", func(e *Event) { e.Data = nil }},
		{"empty data", func(e *Event) { e.Data = []byte{} }},
	} {
		ev := uidEvent()
		c.change(&ev)
		g := EventUID(&ev)
		if other, ok := seen[g]; ok {
			t.Errorf("%s: same as %s", c.name, other)
		}
		seen[g] = c.name
		if g[6]>>4 != 8 || g[8]>>6 != 2 {
			t.Errorf("%s: %v is no UUID of version 8", c.name, g)
		}
	}
	ev := uidEvent()
	ev.Provenance = Provenance{Format: FormatEVTX, Path: "copy.evtx", Offset: 4096, State: StateSlack, TemplateSource: TemplateOtherChunk}
	ev.RecordID, ev.Logged, ev.Raw = Some[uint64](7), Some(FILETIME(1)), []byte{1}
	ev.Diagnostics = []Diagnostic{{"x", ""}}
	ev.ProviderGUID = Some(GUID{1}) // beside a name it says nothing new
	if EventUID(&ev) != EventUID(&base) {
		t.Error("the place of the record changes its identifier")
	}
	// A GUID counts as its text.
	guid, text := uidEvent(), uidEvent()
	guid.Provider, guid.ProviderGUID = Opt[string]{}, Some(GUID{0x0c, 15: 0xe3})
	text.Provider = Some(guid.ProviderGUID.V.String())
	if EventUID(&guid) != EventUID(&text) {
		t.Error("a GUID differs from its text")
	}
	// A stale value of an unknown Opt is no value.
	stale := uidEvent()
	stale.Host.OK, stale.EventID.OK = false, false
	unknown := uidEvent()
	unknown.Host, unknown.EventID = Opt[string]{}, Opt[uint32]{}
	if EventUID(&stale) != EventUID(&unknown) {
		t.Error("an unknown value's V changes the identifier")
	}
}

// TestEventUIDOfAnyLength compares with an encoding made in one piece, for
// values that end anywhere in the hasher's buffer.
func TestEventUIDOfAnyLength(t *testing.T) {
	u := NewUIDHasher()
	for n := range 1100 {
		ev := uidEvent()
		ev.Host = Some(strings.Repeat("h", n))
		b := []byte("qmparse event uid v1\n")
		for _, s := range []string{ev.Host.V, ev.Channel.V, ev.Provider.V} {
			b = append(binary.LittleEndian.AppendUint64(append(b, 1), uint64(len(s))), s...)
		}
		b = binary.LittleEndian.AppendUint32(append(b, 1), ev.EventID.V)
		b = binary.LittleEndian.AppendUint64(append(b, 1), ev.EventRecordID.V)
		b = binary.LittleEndian.AppendUint64(append(b, 1), uint64(ev.Time.V))
		b = append(binary.LittleEndian.AppendUint64(append(b, 1), uint64(len(ev.Data))), ev.Data...)
		sum := sha256.Sum256(b)
		want := GUID(sum[:16])
		want[6], want[8] = want[6]&15|0x80, want[8]&63|0x80
		if got := u.EventUID(&ev); got != want {
			t.Fatalf("host of %d bytes: got %v, want %v", n, got, want)
		}
	}
}

// TestEventUIDs: of two events, whatever their lengths, what each has alone.
func TestEventUIDs(t *testing.T) {
	u := NewUIDHasher()
	lengths := []int{0, 1, 63, 64, 65, 127, 128, 129, 1000, 3 * mostKept, 5}
	for n := range 300 {
		lengths = append(lengths, n)
	}
	for _, n := range lengths {
		for _, m := range []int{0, 40, 170, 299, 2000} {
			a, b := uidEvent(), uidEvent()
			a.Host, b.Data = Some(strings.Repeat("h", n)), bytes.Repeat([]byte("d"), m)
			one, two := EventUID(&a), EventUID(&b)
			if g, h := u.EventUIDs(&a, &b); g != one || h != two {
				t.Fatalf("%d and %d bytes: %v %v, want %v %v", n, m, g, h, one, two)
			}
			if g, h := u.EventUIDs(&b, &a); g != two || h != one {
				t.Fatalf("%d and %d bytes: %v %v, want %v %v", m, n, g, h, two, one)
			}
		}
	}
}

func TestUIDHasherAllocates(t *testing.T) {
	u, ev := NewUIDHasher(), uidEvent()
	if n := testing.AllocsPerRun(100, func() { u.EventUID(&ev) }); n != 0 {
		t.Errorf("%v allocations an event, want 0", n)
	}
	if n := testing.AllocsPerRun(100, func() { u.EventUIDs(&ev, &ev) }); n != 0 {
		t.Errorf("%v allocations for two events, want 0", n)
	}
}

func BenchmarkUIDHasher(b *testing.B) {
	b.ReportAllocs()
	u, ev := NewUIDHasher(), uidEvent()
	ev.Data = bytes.Repeat([]byte(`{"LocalAddress":"10.0.0.1"}`), 20)
	for range b.N {
		u.EventUID(&ev)
	}
}

// Of two events at once; beside BenchmarkUIDHasher, which does one.
func BenchmarkUIDHasherPair(b *testing.B) {
	b.ReportAllocs()
	u, ev := NewUIDHasher(), uidEvent()
	ev.Data = bytes.Repeat([]byte(`{"LocalAddress":"10.0.0.1"}`), 20)
	for range b.N {
		u.EventUIDs(&ev, &ev)
	}
}
