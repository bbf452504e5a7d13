package binxml_test

import (
	"encoding/binary"
	"encoding/hex"
	"testing"

	"github.com/qmparse/qmparse/parser/binxml"
)

// kindHand is an Event whose System has provider, id, time and channel, that time literal or
// not, and whose data is the value behind them.
func kindHand(time string, values ...value) string {
	return templated(eventHand(element("System", `02 `+
		element("Provider", `00000000 06 'Name' 0e 0000 01 03`, true)+
		element("EventID", `02 0e 0100 06 04`, false)+
		time+
		element("Channel", `02 0e 0300 01 04`, false)+` 04`, false)+
		element("EventData", `02 `+element("Data", `02 0e 0400 01 04`, false)+` 04`, false)), values...)
}

// TestKinds: of records of one template Glance tells those that differ in what tells kinds
// apart, wherever among the values that stands.
func TestKinds(t *testing.T) {
	created := element("TimeCreated", `00000000 06 'SystemTime' 0e 0200 11 03`, true)
	values := func(provider, id, time, channel string, last value) []value {
		return []value{{binxml.TypeString, provider}, {binxml.TypeUInt16, id}, {binxml.TypeFileTime, time}, {binxml.TypeString, channel}, last}
	}
	const time = "00803ed5deb19d01"
	data := value{binxml.TypeString, "7800"}
	d := binxml.NewDecoder()
	read := func(source string) (known binxml.Known, kind *binxml.Kind) {
		t.Helper()
		chunk, end := hand(t, source)
		d.Chunk(chunk, chunkAt)
		if d.Glance(handAt, end-1).Kind != nil {
			t.Error("a record that is cut is known")
		}
		known = d.Glance(handAt, end)
		doc, err := d.Document(handAt, end)
		if err != nil {
			t.Fatal(err)
		}
		return known, doc.Kind()
	}
	first, kind := read(kindHand(created, values("5000", "0700", time, "4300", data)...))
	if first.Kind != nil || kind == nil || !kind.Timed {
		t.Fatalf("the first record: %+v, %+v", first, kind)
	}
	for _, c := range []struct {
		what   string
		values []value
		same   bool
	}{
		{"the same", values("5000", "0700", time, "4300", data), true},
		{"another time", values("5000", "0700", "01803ed5deb19d01", "4300", data), true},
		{"longer data", values("5000", "0700", time, "4300", value{binxml.TypeString, "78007900"}), true},
		{"data of another type", values("5000", "0700", time, "4300", value{binxml.TypeBinary, "7800"}), false},
		{"another provider", values("5100", "0700", time, "4300", data), false},
		{"another id", values("5000", "0800", time, "4300", data), false},
		{"another channel", values("5000", "0700", time, "4400", data), false},
	} {
		known, now := read(kindHand(created, c.values...))
		if (known.Kind == kind) != c.same || known.Kind != nil && !c.same || (now == kind) != c.same || now == nil {
			t.Errorf("%s: known %t, the same %t", c.what, known.Kind != nil, now == kind)
		}
		if want, _ := hex.DecodeString(c.values[2].hex); c.same && known.Time != binary.LittleEndian.Uint64(want) {
			t.Errorf("%s: time %#x, want the bytes %x", c.what, known.Time, want)
		}
	}

	// A time that is literal, or there twice, only decoding can tell.
	literal := element("TimeCreated", `00000000 06 'SystemTime' 05 01 "2020-01-01T00:00:00Z" 03`, true)
	for _, element := range []string{literal, created + created} {
		if _, kind := read(kindHand(element, values("5000", "0700", time, "4300", data)...)); kind != nil {
			t.Errorf("%s: a kind", element)
		}
	}
}
