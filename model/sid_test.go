package model

import (
	"bytes"
	"encoding/binary"
	"strconv"
	"strings"
	"testing"
)

var sids = []struct {
	name string
	raw  []byte
	text string
}{
	{"none", []byte{1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, "S-1-0-0"},
	{"LocalSystem", []byte{1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0}, "S-1-5-18"},
	{"Administrators", []byte{1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0}, "S-1-5-32-544"},
	{"a user", []byte{1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 0x57, 4, 0, 0, 0xAE, 8, 0, 0, 0x05, 0x0D, 0, 0, 0xE9, 3, 0, 0}, "S-1-5-21-1111-2222-3333-1001"},
	{"the highest sub-authority", []byte{1, 1, 0, 0, 0, 0, 0, 15, 0xFF, 0xFF, 0xFF, 0xFF}, "S-1-15-4294967295"},
	{"no sub-authority", []byte{1, 0, 0, 0, 0, 0, 0, 5}, "S-1-5"},
	{"an authority of 32 bits", []byte{1, 1, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 1, 0, 0, 0}, "S-1-4294967295-1"},
	{"an authority of 33 bits", []byte{1, 1, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0}, "S-1-0x000100000000-1"},
	{"an authority of 48 bits", []byte{1, 1, 0xAB, 0xCD, 0xEF, 1, 2, 3, 1, 0, 0, 0}, "S-1-0xabcdef010203-1"},
	{"fifteen", append([]byte{1, 15, 0, 0, 0, 0, 0, 5}, bytes.Repeat([]byte{7, 0, 0, 0}, 15)...), "S-1-5" + strings.Repeat("-7", 15)},
}

func TestAppendSID(t *testing.T) {
	for _, c := range sids {
		tail := append(bytes.Clone(c.raw), 0xCC, 0xCC)
		got, n, ok := AppendSID([]byte("sid="), tail)
		if !ok || n != len(c.raw) || string(got) != "sid="+c.text {
			t.Errorf("%s: got %q, %d, %t, want %q, %d", c.name, got, n, ok, c.text, len(c.raw))
		}
		if !ValidSID(c.text) || !ValidSID(strings.ToLower(c.text)) {
			t.Errorf("%s: ValidSID(%q) is false", c.name, c.text)
		}
		for n := range c.raw {
			if got, m, ok := AppendSID([]byte("x"), c.raw[:n]); ok || m != 0 || string(got) != "x" {
				t.Errorf("%s: %d bytes of it: got %q, %d, %t", c.name, n, got, m, ok)
			}
		}
	}
	for _, bad := range [][]byte{
		{0, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0},
		{2, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0},
		append([]byte{1, 16, 0, 0, 0, 0, 0, 5}, make([]byte, 64)...),
		append([]byte{1, 255, 0, 0, 0, 0, 0, 5}, make([]byte, 255*4)...),
	} {
		if got, n, ok := AppendSID(nil, bad); ok || n != 0 || got != nil {
			t.Errorf("% x: got %q, %d, %t", bad, got, n, ok)
		}
	}
}

func TestValidSID(t *testing.T) {
	for _, bad := range []string{
		"", "S-1", "S-1-", "S-2-5-18", "S-1-5-", "S-1--18", "S-1-5-18-", "S-1-5-4294967296", "S-1-5-99999999999",
		"S-1-5-018", "S-1-5-1a", "S-1-5- 18", "S-1-0x5-18", "S-1-0x00000000000g-1", "S-1-4294967296-1",
		"SYSTEM", `NT AUTHORITY\SYSTEM`, "S-1-5" + strings.Repeat("-7", 16),
	} {
		if ValidSID(bad) {
			t.Errorf("%q is valid", bad)
		}
	}
}

// FuzzAppendSID: what is accepted is at most 68 bytes of the input and has a
// text of the right form.
func FuzzAppendSID(f *testing.F) {
	for _, c := range sids {
		f.Add(c.raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		text, n, ok := AppendSID(nil, raw)
		if !ok {
			if text != nil || n != 0 {
				t.Errorf("refused with %q, %d", text, n)
			}
			return
		}
		if n > len(raw) || n > 68 || strings.Count(string(text), "-") != 2+int(raw[1]) || !ValidSID(string(text)) {
			t.Errorf("% x: got %q, %d", raw, text, n)
		}
		for i, sub := range strings.Split(string(text), "-")[3:] {
			if want := strconv.FormatUint(uint64(binary.LittleEndian.Uint32(raw[8+4*i:])), 10); sub != want {
				t.Errorf("% x: sub-authority %d is %s, want %s", raw, i, sub, want)
			}
		}
	})
}

func BenchmarkAppendSID(b *testing.B) {
	b.ReportAllocs()
	raw := sids[3].raw
	buf := make([]byte, 0, 192)
	for range b.N {
		buf, _, _ = AppendSID(buf[:0], raw)
	}
}
