package payload_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/etl/payload"
	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// mainMode is event 1005 version 0 with those bytes for what stands between
// PeerSpn and FailureErrorCode.
func mainMode(build uint32, sids ...[]byte) *payload.Event {
	head := cat(u64(0), u32(0), u32(0), u32(0), wide(""), []byte{1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, wide(""), wide(""))
	tail := cat(u32(13868), u32(1), u32(0), u32(2), u32(1), u32(0), u32(3), make([]byte, 20), u64(7), u64(8))
	return &payload.Event{
		Provider: wfp, ID: 1005, Build: build, PointerSize: 8, Offset: base, SchemaOffset: schemaBase,
		Payload: cat(head, cat(sids...), tail),
	}
}

const mainModeHead = `{"Timestamp":"1601-01-01T00:00:00.0000000Z","LocalAddressLength":0,"LocalAddress":"","RemoteAddressLength":0,"RemoteAddress":"",` +
	`"ScopeId":0,"AppId":"","UserSID":"S-1-0-0","LocalSpn":"","PeerSpn":"",`

const mainModeTail = `,"FailureErrorCode":13868,"FailurePoint":1,"Flags":0,"KeyingModuleType":2,"MmState":1,"SaRole":0,"MMAuthMethod":3,` +
	`"EndCertHash":"0000000000000000000000000000000000000000","MMId":"7","MMFilterId":"8"}`

// Windows 7 and Windows 10 log different fields as event 1005 version 0. The
// payload decides; a row says if that is not what its build should have.
func TestWindows7And10(t *testing.T) {
	none := u32(0)
	seven := `"LocalGroupSidCount":0,"LocalGroupSids":[],"RemoteGroupSidCount":0,"RemoteGroupSids":[]`
	ten := `"LocalGroupSidCount":0,"LocalGroupSidLength":0,"LocalGroupSids":[],"RemoteGroupSidCount":0,"RemoteGroupSidLength":0,"RemoteGroupSids":[]`
	for _, c := range []struct {
		build uint32
		sids  [][]byte
		want  string // "" is an error
		other string // in the diagnostic
	}{
		{7600, [][]byte{none, none}, seven, ""},
		{7601, [][]byte{none, none}, seven, ""},
		{10240, [][]byte{none, none, none, none}, ten, ""},
		{22631, [][]byte{none, none, none, none}, ten, ""},
		// Not looked at, or unknown.
		{0, [][]byte{none, none}, seven, ""},
		{0, [][]byte{none, none, none, none}, ten, ""},
		{9200, [][]byte{none, none}, seven, ""},
		{9600, [][]byte{none, none, none, none}, ten, ""},
		// The other's.
		{7600, [][]byte{none, none, none, none}, ten, "Windows 10"},
		{22631, [][]byte{none, none}, seven, "Windows 7"},
		// Neither's.
		{0, [][]byte{none, none, none}, "", ""},
		{0, [][]byte{none, none, none, none, none}, "", ""},
	} {
		got, diags, _, err := decode(t, mainMode(c.build, c.sids...))
		if c.want == "" {
			if err == nil {
				t.Errorf("build %d, %d numbers: %s", c.build, len(c.sids), got)
			}
			continue
		}
		if want := mainModeHead + c.want + mainModeTail; got != want || err != nil || (len(diags) > 0) != (c.other != "") ||
			len(diags) > 0 && !strings.Contains(diags[0].String(), "template-of-other-build: event 1005 version 0 has the fields of "+c.other) {
			t.Errorf("build %d, %d numbers: %v, %q\n%s\nwant\n%s", c.build, len(c.sids), err, diags, got, want)
		}
	}
}

// What the number before the strings counts is not known for certain: the
// payload's length decides.
func TestGroupSIDs(t *testing.T) {
	one, two := wide("S-1-5-11"), cat(wide("S-1-1-0"), wide("S-1-5-32-544")) // 9 and 21 characters
	sids := func(numbers ...uint32) string {
		names := []string{"LocalGroupSidCount", "LocalGroupSidLength", "RemoteGroupSidCount", "RemoteGroupSidLength"}
		if len(numbers) == 2 {
			names = []string{"LocalGroupSidCount", "RemoteGroupSidCount"}
		}
		var b strings.Builder
		for i, n := range numbers {
			fmt.Fprintf(&b, "%q:%d,", names[i], n)
			if i == len(numbers)/2-1 {
				b.WriteString(`"LocalGroupSids":["S-1-5-11"],`)
			}
		}
		return b.String() + `"RemoteGroupSids":["S-1-1-0","S-1-5-32-544"]`
	}
	for _, c := range []struct {
		name  string
		build uint32
		sids  [][]byte
		want  string
	}{
		{"strings", 7600, [][]byte{u32(1), one, u32(2), two}, sids(1, 2)},
		{"characters", 7600, [][]byte{u32(9), one, u32(21), two}, sids(9, 21)},
		{"characters without the last NUL", 7600, [][]byte{u32(8), one[:16], u32(20), two[:40]}, sids(8, 20)},
		{"Length is of strings", 10240, [][]byte{u32(1), u32(1), one, u32(2), u32(2), two}, sids(1, 1, 2, 2)},
		{"Length is of characters", 10240, [][]byte{u32(1), u32(9), one, u32(2), u32(21), two}, sids(1, 9, 2, 21)},
		{"no build", 0, [][]byte{u32(1), u32(9), one, u32(2), u32(21), two}, sids(1, 9, 2, 21)},
		{"no build, Windows 7", 0, [][]byte{u32(1), one, u32(2), two}, sids(1, 2)},
	} {
		got, diags, _, err := decode(t, mainMode(c.build, c.sids...))
		if want := mainModeHead + c.want + mainModeTail; got != want || err != nil || len(diags) > 0 {
			t.Errorf("%s: %v, %q\n%s\nwant\n%s", c.name, err, diags, got, want)
		}
	}
	// No reading is made up for what fits none.
	for _, e := range []*payload.Event{
		mainMode(10240, u32(1), u32(18), one, u32(2), u32(42), two), // bytes
		mainMode(10240, u32(1), u32(0), one, u32(2), u32(0), two),
	} {
		if got, _, _, err := decode(t, e); err == nil {
			t.Error(got)
		}
	}
	// Nothing is guessed if two readings come out even. As strings these are "Xc"
	// and "aa", as characters "X", "\x01" and "aa".
	e := mainMode(10240, u32(9), u32(1), units("X"), u32('c'), u32(5), []byte{1, 0, 0, 0, 'a', 0, 'a', 0, 0, 0})
	_, _, _, err := decode(t, e)
	wantError(t, "two readings", err, cursor.ErrUnsupported, "it fits several templates")
	// A number that no payload holds is no reason to look for so many.
	for _, n := range []uint32{1 << 31, 1<<32 - 1} {
		_, _, _, err := decode(t, mainMode(7600, u32(n), one, u32(0)))
		wantError(t, fmt.Sprint(n), err, cursor.ErrTruncated, "LocalGroupSids")
	}
}

// Event 1029 version 0 of Windows 7 and of Windows 10 read the same and mean
// different things.
func TestMACDrop(t *testing.T) {
	e := &payload.Event{
		Provider: wfp, ID: 1029, PointerSize: 8, Offset: base, SchemaOffset: schemaBase,
		Payload: cat(u64(0), u32(6), []byte{0, 1, 2, 3, 4, 5}, u32(0), u16(0x800), u32(3), u32(6), u16(1), u64(9), u16(44)),
	}
	const format = `{"Timestamp":"1601-01-01T00:00:00.0000000Z","LocalAddressLength":6,"LocalAddress":"000102030405","RemoteAddressLength":0,"RemoteAddress":"",` +
		`"EtherType":2048,%s"VlanTag":1,"FilterId":"9","LayerId":44}`
	said := []model.Diagnostic{{Code: "template-ambiguous", Detail: "SnapControl or MediaType 3, SnapOui or InterfaceType 6"}}
	for _, c := range []struct {
		build uint32
		names string
		diags []model.Diagnostic
	}{
		{7600, `"SnapControl":3,"SnapOui":6,`, nil},
		{7601, `"SnapControl":3,"SnapOui":6,`, nil},
		{10240, `"MediaType":3,"InterfaceType":6,`, nil},
		{26100, `"MediaType":3,"InterfaceType":6,`, nil},
		{0, "", said},
		{6002, "", said},
		{9200, "", said},
		{9600, "", said},
	} {
		e.Build = c.build
		got, diags, _, err := decode(t, e)
		if want := fmt.Sprintf(format, c.names); got != want || err != nil || !slices.Equal(diags, c.diags) {
			t.Errorf("build %d: %v, %q\n%s\nwant\n%s", c.build, err, diags, got, want)
		}
	}
	prefixes(t, "unknown build", *e)
}

func TestSIDs(t *testing.T) {
	counter := func(sid ...byte) *payload.Event {
		return &payload.Event{Provider: wfp, ID: 1033, PointerSize: 8, Offset: base, SchemaOffset: schemaBase, Payload: cat(u32(5), sid)}
	}
	for _, c := range []struct {
		sid  []byte
		want string
	}{
		{[]byte{1, 0, 0, 0, 0, 0, 0, 5}, "S-1-5"},
		{cat([]byte{1, 15, 0, 0, 0, 0, 0, 15}, make([]byte, 60)), "S-1-15" + strings.Repeat("-0", 15)},
		{[]byte{1, 1, 1, 0, 0, 0, 0, 5, 0xff, 0xff, 0xff, 0xff}, "S-1-0x010000000005-4294967295"},
	} {
		got, _, _, err := decode(t, counter(c.sid...))
		if want := fmt.Sprintf(`{"Counter":5,"AppSID":"%s"}`, c.want); got != want || err != nil {
			t.Errorf("%v: %s, want %s", err, got, want)
		}
		prefixes(t, c.want, *counter(c.sid...))
	}
	_, _, _, err := decode(t, counter(cat([]byte{2, 0}, make([]byte, 6))...))
	wantError(t, "revision 2", err, cursor.ErrMalformed, "AppSID at offset 0x12344: a SID of revision 2 with 0")
	_, _, _, err = decode(t, counter(cat([]byte{1, 16}, make([]byte, 70))...))
	wantError(t, "16 subauthorities", err, cursor.ErrMalformed, "with 16 subauthorities")
}
