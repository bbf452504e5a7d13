package model

import (
	"encoding"
	"testing"
)

var _ encoding.TextAppender = GUID{}

func TestGUIDText(t *testing.T) {
	// {54849625-5478-4994-A5BA-3E3B0328C30D} as guiddef.h lays it out in memory.
	g := GUIDFromWindows([16]byte{0x25, 0x96, 0x84, 0x54, 0x78, 0x54, 0x94, 0x49, 0xA5, 0xBA, 0x3E, 0x3B, 0x03, 0x28, 0xC3, 0x0D})
	const want = "54849625-5478-4994-a5ba-3e3b0328c30d"
	if got := g.String(); got != want {
		t.Errorf("String %q, want %q", got, want)
	}
	if got, err := g.AppendText([]byte("x=")); err != nil || string(got) != "x="+want {
		t.Errorf("AppendText %q, %v", got, err)
	}
	for _, text := range []string{want, "54849625-5478-4994-A5BA-3E3B0328C30D", "{54849625-5478-4994-A5BA-3E3B0328C30D}", "{54849625-5478-4994-a5Ba-3e3b0328c30d}"} {
		if got, ok := ParseGUID(text); !ok || got != g {
			t.Errorf("%q: parsed %v, %t", text, got, ok)
		}
	}
	if got := (GUID{}).String(); got != "00000000-0000-0000-0000-000000000000" {
		t.Errorf("zero: %q", got)
	}
}

func TestParseGUIDRefuses(t *testing.T) {
	const whole = "{54849625-5478-4994-a5ba-3e3b0328c30d}"
	bad := []string{
		"54849625-5478-4994-a5ba-3e3b0328c30d}",
		"{54849625-5478-4994-a5ba-3e3b0328c30d",
		"(54849625-5478-4994-a5ba-3e3b0328c30d)",
		"54849625-5478-4994-a5ba-3e3b0328c30g",
		"54849625 5478-4994-a5ba-3e3b0328c30d",
		"5484962555478-4994-a5ba-3e3b0328c30d",
		"5484962554784994a5ba3e3b0328c30d",
		"54849625-5478-4994-a5ba-3e3b0328c30d ",
		"-4849625-5478-4994-a5ba-3e3b0328c30d",
	}
	for n := range whole {
		bad = append(bad, whole[:n])
	}
	for _, text := range bad {
		if g, ok := ParseGUID(text); ok || g != (GUID{}) {
			t.Errorf("%q: got %v, %t", text, g, ok)
		}
	}
}

func BenchmarkGUIDAppendTo(b *testing.B) {
	b.ReportAllocs()
	g := GUID{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}
	buf := make([]byte, 0, 64)
	for range b.N {
		buf = g.AppendTo(buf[:0])
	}
}
