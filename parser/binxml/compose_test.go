package binxml_test

import (
	"encoding/binary"
	"slices"
	"testing"

	"github.com/qmparse/qmparse/parser/binxml"
)

// TestComposed: records read by definitions that were made say all, with their names.
func TestComposed(t *testing.T) {
	for _, c := range []struct{ root, xml string }{
		{"EventData", `<EventData><Data Name='A'>x</Data><Data Name='B'>42</Data></EventData>`},
		{"Other", `<UserData><EventData><Data Name='A'>x</Data><Data Name='B'>42</Data></EventData></UserData>`},
	} {
		chunk, end := hand(t, `0f010100 0c 01 07000000 00000000 03000000 0200 0600 ~data:end 2100 0400 0800
			2e12 :data 0f010100 0c 01 08000000 00000000 02000000 0200 0100 0400 0800 7800 2a000000 00 :end cc020000`)
		event := binxml.EventDefinition(7, map[binxml.SystemField]uint16{binxml.EventID: 0, binxml.ExecutionProcessID: 2}, 1, c.root)
		data := binxml.EventDataDefinition(8, []string{"A", "B"})
		out, at := event.AppendTo(chunk[:end:end])
		binary.LittleEndian.PutUint32(out[handAt+10:], at)
		out, at = data.AppendTo(out)
		binary.LittleEndian.PutUint32(out[handAt+42:], at)
		d := binxml.NewDecoder()
		d.Chunk(append(out, make([]byte, chunkSize-len(out))...), chunkAt)
		doc, err := d.Document(handAt, end)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := systemOf(&doc), []string{"EventID=UInt16 4654", "Execution/ProcessID=UInt32 716"}; !slices.Equal(got, want) {
			t.Errorf("System %q, want %q", got, want)
		}
		want := "<Event><System><EventID>4654</EventID><Execution ProcessID='716'/></System>" + c.xml + "</Event>"
		if got := xmlOf(t, &doc); got != want {
			t.Errorf("got %s\nwant %s", got, want)
		}
		wantCodes(t, d)
	}
}
