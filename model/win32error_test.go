package model

import (
	"slices"
	"strings"
	"testing"
)

func TestWin32Error(t *testing.T) {
	for _, c := range []struct {
		code            Win32Error
		symbol, message string // "" is unknown
	}{
		{0, "ERROR_SUCCESS", "The operation completed successfully."},
		{5, "ERROR_ACCESS_DENIED", "Access is denied."},
		{13801, "ERROR_IPSEC_IKE_AUTH_FAIL", "IKE authentication credentials are unacceptable"},
		{13868, "ERROR_IPSEC_IKE_POLICY_MATCH", "Policy match error"},
		{13932, "ERROR_IPSEC_DOSP_MAX_PER_IP_RATELIMIT_QUEUES", ""},
		{0x8007362C, "ERROR_IPSEC_IKE_POLICY_MATCH", "Policy match error"}, // 13868 inside
		{0x80070005, "ERROR_ACCESS_DENIED", "Access is denied."},
		{0x80070000, "", ""},                    // a failure is no success
		{0x8007FFFF, "", ""},                    //
		{0x8006362C, "", ""},                    // of another facility
		{0xC007362C, "", ""},                    // with the customer bit
		{0x0007362C, "", ""},                    // of success
		{0x80090001, "NTE_BAD_UID", "Bad UID."}, // an HRESULT of its own
		{13919, "", ""},
		{0xFFFFFFFF, "", ""},
	} {
		symbol, ok := c.code.Symbol()
		if symbol != c.symbol || ok != (c.symbol != "") {
			t.Errorf("%#x: symbol %q, %t, want %q", uint32(c.code), symbol, ok, c.symbol)
		}
		message, ok := c.code.Message()
		if c.message != "" && message != c.message || ok != (c.symbol != "") {
			t.Errorf("%#x: message %q, %t, want %q", uint32(c.code), message, ok, c.message)
		}
	}
}

func TestErrorEntriesSorted(t *testing.T) {
	if len(errorEntries) < 1800 {
		t.Fatalf("%d entries", len(errorEntries))
	}
	for i := range errorEntries[1:] {
		a, b := errorEntries[i], errorEntries[i+1]
		if a.value > b.value || a.value == b.value && b.ipsec && !a.ipsec {
			t.Errorf("%s stands before %s", a.symbol, b.symbol)
		}
	}
	for _, e := range errorEntries {
		if n := len(e.message); n > 512 {
			t.Errorf("%s: a message of %d bytes, which a padded text of ErrorsByText could exceed", e.symbol, n)
		}
		if e.value>>16 == 0x8007 {
			t.Errorf("%s: an HRESULT with a Win32 code inside has the symbol of that", e.symbol)
		}
	}
}

func TestErrorsByText(t *testing.T) {
	for _, c := range []struct {
		text string
		want []Win32Error
	}{
		{"Policy match error", []Win32Error{13868}},
		{"Policy match error.", []Win32Error{13868}},
		{"  POLICY MATCH ERROR.\r\n", []Win32Error{13868}},
		{"\r\nPolicy match error\r\n.", []Win32Error{13868}},
		{"Policy\r\n match\terror", []Win32Error{13868}},
		{"Policy match error" + strings.Repeat(" ", 5000), []Win32Error{13868}},
		{"Negotiation timed out", []Win32Error{13805}},
		{"Access is denied", []Win32Error{5}},
		{"Access is denied.", []Win32Error{5}},
		{"Invalid cookie received", []Win32Error{13846}},
		{"The operation completed successfully.", []Win32Error{0}},

		// One text, several codes.
		{"Negotiation request sat in Queue too long", []Win32Error{13809, 13810, 13811, 13812}},
		{"negotiation request sat in queue too long.", []Win32Error{13809, 13810, 13811, 13812}},
		{"Negotiation took too long", []Win32Error{13814, 13815}},
		{"The parameter is incorrect.", []Win32Error{87, 0x80090027, 0x80320035}},

		// Numbers.
		{"13868", []Win32Error{13868}},
		{" 13868 ", []Win32Error{13868}},
		{"0x362C", []Win32Error{13868}},
		{"0X362c", []Win32Error{13868}},
		{"0x8007362C", []Win32Error{0x8007362C}},
		{"2147956268", []Win32Error{2147956268}},
		{"4294967295", []Win32Error{4294967295}},
		{"0", []Win32Error{0}},
		{"99999", []Win32Error{99999}}, // no code is known, but it is one

		// Nothing.
		{"", nil},
		{" \r\n", nil},
		{".", nil},
		{"-", nil},
		{"4294967296", nil},
		{"0x100000000", nil},
		{"-1", nil},
		{"+5", nil},
		{"0x", nil},
		{"error 13868", nil},
		{"362C", nil},
		{"Policy match error..", nil},
		{"Policymatch error", nil},
		{"Policy match", nil},
		{"Policy match error!", nil},
		{"Aushandlungszeitlimit überschritten", nil},
		{"Policy\u00a0match error", nil}, // a space that the system does not write
		{"Policy match error\x00", nil},
		{"Key length in certificate is too small for configured security requirements", []Win32Error{13881}},
		{"%%13868", nil},
		{strings.Repeat("a", 10_000), nil},
	} {
		if got := ErrorsByText(c.text); !slices.Equal(got, c.want) {
			t.Errorf("%.60q: got %v, want %v", c.text, got, c.want)
		}
	}
}

// TestEveryMessage: each message leads to its own code, alone or among others,
// and whatever leads to a code of class ipsec leads to no code of another.
func TestEveryMessage(t *testing.T) {
	shared := map[string][]Win32Error{}
	for _, e := range errorEntries {
		got := ErrorsByText(e.message)
		if !slices.Contains(got, Win32Error(e.value)) || !slices.IsSorted(got) {
			t.Errorf("%s: %q leads to %v", e.symbol, e.message, got)
		}
		if len(got) > 1 && e.ipsec {
			shared[e.message] = got
		}
	}
	if len(shared) != 2 {
		t.Errorf("texts of class ipsec that several codes share: %v, want the two known", shared)
	}
	// The caller owns what it gets.
	got := ErrorsByText("Negotiation took too long")
	got[0] = 0
	if again := ErrorsByText("Negotiation took too long"); again[0] != 13814 {
		t.Error("a caller's change is seen by the next one")
	}
}

// TestErrorBySymbol: each symbol leads to its code, HRESULTs and second names as well.
func TestErrorBySymbol(t *testing.T) {
	for _, e := range errorEntries {
		if got, ok := ErrorBySymbol(e.symbol); !ok || got != Win32Error(e.value) {
			t.Errorf("%s: got %#x, %t, want %#x", e.symbol, uint32(got), ok, e.value)
		}
	}
	for symbol, want := range map[string]Win32Error{"ERROR_IPSEC_IKE_NO_CERT": 13806, "SEC_E_NO_CREDENTIALS": 0x8009030E} {
		if got, ok := ErrorBySymbol(symbol); !ok || got != want {
			t.Errorf("%s: got %#x, %t", symbol, uint32(got), ok)
		}
	}
	for _, text := range []string{"", "13806", "error_ipsec_ike_no_cert", "ERROR_IPSEC_IKE_NO_CERT "} {
		if got, ok := ErrorBySymbol(text); ok {
			t.Errorf("%q: %d", text, got)
		}
	}
}

func FuzzErrorsByText(f *testing.F) {
	f.Add("Policy match error")
	f.Add(" Negotiation took\r\ntoo long. ")
	f.Add("0x8007362C")
	f.Fuzz(func(t *testing.T, text string) {
		got := ErrorsByText(text)
		// White space at the ends and the case of letters change nothing.
		if again := ErrorsByText("\r\n " + text + "\t"); !slices.Equal(got, again) {
			t.Errorf("%q: got %v, and %v with white space around", text, got, again)
		}
		if len(got) > 0 {
			if again := ErrorsByText(strings.ToUpper(text)); !slices.Equal(got, again) {
				t.Errorf("%q: got %v, and %v in upper case", text, got, again)
			}
		}
	})
}

func BenchmarkErrorsByText(b *testing.B) {
	b.ReportAllocs()
	for range b.N {
		if len(ErrorsByText("Negotiation timed out.\r\n")) != 1 {
			b.Fatal("unknown")
		}
	}
}
