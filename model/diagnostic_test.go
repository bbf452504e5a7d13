package model

import (
	"strings"
	"testing"
)

func TestDiagnosticString(t *testing.T) {
	if got := (Diagnostic{"a-code", ""}).String(); got != "a-code" {
		t.Errorf("got %q", got)
	}
	if got := (Diagnostic{"a-code", "detail"}).String(); got != "a-code: detail" {
		t.Errorf("got %q", got)
	}
}

func TestQuote(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", `""`},
		{"a\r\n\"b\x00", `"a\r\n\"b\x00"`},
		{strings.Repeat("a", 256), `"` + strings.Repeat("a", 256) + `"`},
		{strings.Repeat("a", 257), `"` + strings.Repeat("a", 256) + `"…`},
		{strings.Repeat("a", 255) + "é", `"` + strings.Repeat("a", 255) + `"…`},
		{strings.Repeat("\x80", 300), `"` + strings.Repeat(`\x80`, 252) + `"…`},
	} {
		if got := Quote(c.text); got != c.want {
			t.Errorf("%.20q: got %s, want %s", c.text, got, c.want)
		}
	}
}
