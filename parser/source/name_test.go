package source

import (
	"testing"
	"unicode/utf8"
)

// Names of collection tools are decoded once; those of Windows' own logs have a
// % of their own and stay.
func TestDecodeName(t *testing.T) {
	for name, want := range map[string]string{
		"uploads/auto/C%3A/Windows/System32/winevt/Logs/Microsoft-Windows-IKE%254Operational.evtx": "uploads/auto/C:/Windows/System32/winevt/Logs/Microsoft-Windows-IKE%4Operational.evtx",
		"uploads/ntfs/%5C%5C.%5CC%3A/Windows/Security.evtx":                                        `uploads/ntfs/\\.\C:/Windows/Security.evtx`,
		"Microsoft-Windows-A%254Admin.evtx":                                                        "Microsoft-Windows-A%4Admin.evtx",

		"C/Windows/System32/winevt/logs/Microsoft-Windows-IKE%4Operational.evtx": "C/Windows/System32/winevt/logs/Microsoft-Windows-IKE%4Operational.evtx",
		"Microsoft-Windows-A%4Admin.evtx":                                        "Microsoft-Windows-A%4Admin.evtx",
		"Microsoft-Windows-A%4Analytic.evtx":                                     "Microsoft-Windows-A%4Analytic.evtx",
		"Microsoft-Windows-A%4Debug.evtx":                                        "Microsoft-Windows-A%4Debug.evtx",
		"Microsoft-Windows-A%4Capture.evtx":                                      "Microsoft-Windows-A%4Capture.evtx",
		"C%3A/A%4Operational.evtx":                                               "C%3A/A%4Operational.evtx", // not one that was encoded

		"a%2525": "a%25", "a%20b": "a b", "%e2%82%ac": "€", "%E2%82%AC": "€", "%ff": "%ff", "": "",
		"%": "%", "a%2": "a%2", "a%": "a%", "%zz": "%zz", "%00": "\x00", "..%2F..%2Fx": "../../x", "100%": "100%",
	} {
		if got := decodeName(name); got != want {
			t.Errorf("%q is %q, want %q", name, got, want)
		}
	}
}

func TestPlainName(t *testing.T) {
	for _, c := range []struct {
		path, member, want string
	}{
		{"dir/Security.evtx.gz", "", "Security.evtx"}, {"Security.evtx.XZ", "", "Security.evtx"}, {"a.zst", "", "a"}, {"a.b", "", "a.b"},
		{".gz", "", ".gz"}, {"-", "", "-"}, {"a.zip", "dir/b.evtx.gz", "b.evtx"}, {"a.gz", "b", "b"},
	} {
		if got := plainName(Source{Path: c.path, Member: c.member}); got != c.want {
			t.Errorf("%v: %q", c, got)
		}
	}
}

// Names of old zips are in code page 437, unless they are valid UTF-8.
func TestOldName(t *testing.T) {
	for name, want := range map[string]string{
		"a.evtx": "a.evtx", "\x81ber\xe1": "überß", "\x80\xff": "Ç\u00a0", "über": "über", "\xe2\x82": "Γé", "a\x00b": "a\x00b",
	} {
		if got := oldName([]byte(name)); got != want {
			t.Errorf("%q is %q, want %q", name, got, want)
		}
	}
	seen := map[rune]bool{}
	for _, r := range cp437 {
		if seen[r] || r < utf8.RuneSelf {
			t.Errorf("%q twice or ASCII", r)
		}
		seen[r] = true
	}
	if len(cp437) != 128 {
		t.Errorf("%d letters", len(cp437))
	}
}
