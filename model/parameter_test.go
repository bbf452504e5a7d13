package model

import (
	"slices"
	"testing"
)

func TestParameterTexts(t *testing.T) {
	for _, c := range []struct {
		id   uint32
		want []string
	}{
		{8199, []string{"Local computer"}},
		{8222, []string{"IKE", "IKEv1"}},
		{8232, []string{"DH group 2048", "DH group 14"}},
		{8244, []string{"IKEv2"}},
		{8192, []string{"Kerberos"}},
		{14688, []string{"Value Auto Deleted With Expiration Time"}},
		{8191, nil},
		{8249, nil},
		{0, nil},
		{1<<32 - 1, nil},
	} {
		if got := ParameterTexts(c.id); !slices.Equal(got, c.want) {
			t.Errorf("%d: got %q, want %q", c.id, got, c.want)
		}
	}
	for i := range parameterEntries[1:] {
		if parameterEntries[i].id > parameterEntries[i+1].id {
			t.Errorf("%d stands before %d", parameterEntries[i].id, parameterEntries[i+1].id)
		}
	}
}

func TestParseParameter(t *testing.T) {
	for text, want := range map[string]uint32{"%%8199": 8199, " %%8199\r\n\t\t": 8199, "%%0": 0} {
		if got, ok := ParseParameter(text); !ok || got != want {
			t.Errorf("%q: got %d, %t", text, got, ok)
		}
	}
	for _, bad := range []string{"", "%%", "%8199", "8199", "%%%8199", "%%-1", "%%0x2007", "%%8199 x", "%%4294967296"} {
		if got, ok := ParseParameter(bad); ok {
			t.Errorf("%q: got %d", bad, got)
		}
	}
}

// TestParametersOf4654 has every value of the event's five fields, as parameter
// and as text.
func TestParametersOf4654(t *testing.T) {
	type result struct {
		value uint32
		ok    bool
	}
	fields := map[string]func(string) result{
		"FailurePoint": func(s string) result { v, ok := FailurePointFromParameter(s); return result{uint32(v), ok} },
		"KeyModName":   func(s string) result { v, ok := KeyModuleTypeFromParameter(s); return result{uint32(v), ok} },
		"Mode":         func(s string) result { v, ok := TrafficTypeFromParameter(s); return result{uint32(v), ok} },
		"State":        func(s string) result { v, ok := QMSAStateFromParameter(s); return result{uint32(v), ok} },
		"Role":         func(s string) result { v, ok := SARoleFromParameter(s); return result{uint32(v), ok} },
	}
	known := map[string]map[string]uint32{
		"FailurePoint": {"%%8199": 1, "Local computer": 1, "%%8200": 2, "Remote computer": 2, " remote COMPUTER ": 2},
		"KeyModName":   {"%%8222": 0, "IKE": 0, "IKEv1": 0, "ikev1": 0, "%%8223": 1, "AuthIP": 1, "%%8244": 2, "IKEv2": 2},
		"Mode":         {"%%8212": 0, "Transport": 0, "%%8213": 1, "Tunnel": 1, "tunnel\r\n": 1},
		"State": {"%%8207": 0, "No state": 0, "%%8208": 1, "Sent first (SA) payload": 1,
			"%%8209": 2, "Sent final payload": 2, "%%8210": 3, "Complete": 3},
		"Role": {"%%8205": 0, "Initiator": 0, "%%8206": 1, "Responder": 1},
	}
	for field, of := range fields {
		for text, want := range known[field] {
			if got := of(text); got != (result{want, true}) {
				t.Errorf("%s %q: got %v, want %d", field, text, got, want)
			}
		}
		// What belongs to another field, another mode or nothing.
		for _, text := range []string{"", "-", "%%8211", "Unknown", "%%8245", "%%9999", "%%8201", "%%8202", "%%8218", "%%8219", "%%14597",
			"Sent second (KE) payload", "8207", "None", "%%8229", "Lokaler Computer"} {
			if got := of(text); got.ok {
				t.Errorf("%s %q: got %v", field, text, got)
			}
		}
		for other, texts := range known {
			for text := range texts {
				if got := of(text); other != field && got.ok {
					t.Errorf("%s takes %q of %s as %v", field, text, other, got)
				}
			}
		}
	}
}
