package netsh

import (
	"strings"
	"testing"
)

func TestSniff(t *testing.T) {
	for name, text := range fixtures(t) {
		for _, n := range []int{200, 4096, len(text)} {
			if !Sniff([]byte(text[:min(n, len(text))])) {
				t.Errorf("%s: not known by its first %d bytes", name, n)
			}
		}
	}
	comment := "<!-- " + strings.Repeat("x", 200) + " <netEvents> -->"
	for text, want := range map[string]bool{
		"<netEvents/>":                                      true,
		"<netEvents numItems=\"1\">":                        true,
		"\r\n <?xml version='1.0'?><netEvents>":             true,
		"<wfpdiag>":                                         true,
		"<netEvent><header>":                                true,
		"<x><y/><netEvents>":                                true,
		"\xef\xbb\xbf<netEvents>":                           true,
		"\xff\xfe" + toUTF16("<netEvents>"):                 true,
		"<\x00" + toUTF16("wfpdiag>"):                       true,
		"\x00<\x00w\x00f\x00p\x00d\x00i\x00a\x00g\x00>":     true,
		comment + "<netEvent>":                              true,
		`<!DOCTYPE netEvents [<!ENTITY a "b">]><netEvents>`: true,
		`<!DOCTYPE x><wfpdiag>`:                             true,
		"":                                                  false,
		" ":                                                 false,
		"x<netEvents>":                                      false,
		"\x00\x00<netEvents>":                               false,
		"<netEvents":                                        false,
		"<NetEvents>":                                       false,
		"<netEventsx>":                                      false,
		"<x><wfpdiag>":                                      false,
		"<x>netEvents":                                      false,
		comment + "<Event>":                                 false,
		"<![CDATA[<netEvents>]]>":                           false,
		"<item><header/><type/></item>":                     false,
		"<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'>":  false,
		"<!DOCTYPE html><html><body>netEvents":                                   false,
		"<" + strings.Repeat("x", 5000):                                          false,
		"<!DOCTYPE x [" + strings.Repeat("<!ENTITY a 'b'>", 300) + "]><Events/>": false,
		strings.Repeat("<a>", 1000):                                              false,
	} {
		if Sniff([]byte(text)) != want {
			t.Errorf("%.60q: %t", text, !want)
		}
	}
}
