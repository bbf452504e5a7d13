package main

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
)

// enumTypes are the enumerations in the order of the output. What their
// members are stands in enums.csv.
var enumTypes = []struct{ microsoft, name, header, doc string }{
	{"FWP_DATA_TYPE", "DataType", "fwptypes.h", "the type of a condition value"},
	{"IPSEC_FAILURE_POINT", "FailurePoint", "ipsectypes.h", "which computer failed"},
	{"IKEEXT_KEY_MODULE_TYPE", "KeyModuleType", "iketypes.h", "the keying module"},
	{"IKEEXT_QM_SA_STATE", "QMSAState", "iketypes.h", "how far quick mode got"},
	{"IKEEXT_MM_SA_STATE", "MMSAState", "iketypes.h", "how far main mode got"},
	{"IKEEXT_EM_SA_STATE", "EMSAState", "iketypes.h", "how far extended mode got"},
	{"IKEEXT_SA_ROLE", "SARole", "iketypes.h", "which computer began the negotiation"},
	{"IPSEC_TRAFFIC_TYPE", "TrafficType", "ipsectypes.h", "the mode of the IPsec traffic"},
	{"FWP_IP_VERSION", "IPVersion", "fwptypes.h", "the IP version of a net event's header"},
	{"FWPM_NET_EVENT_TYPE", "NetEventType", "fwpmtypes.h", "the kind of a net event"},
}

type member struct {
	value                          uint32
	microsoft, name, since, detail string
}

func enums(data []byte) ([]byte, error) {
	rows, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 || len(rows[0]) != 6 {
		return nil, fmt.Errorf("want a head line of 6 columns")
	}
	members := make(map[string][]member)
	for i, r := range rows[1:] {
		v, err := strconv.ParseUint(r[1], 10, 32)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+2, err)
		}
		if r[2] == "" || r[3] == "" || r[5] == "" {
			return nil, fmt.Errorf("line %d: a name or the meaning is empty", i+2)
		}
		members[r[0]] = append(members[r[0]], member{uint32(v), r[2], r[3], r[4], r[5]})
	}

	var b bytes.Buffer
	b.WriteString("import \"strconv\"\n\n")
	for _, t := range enumTypes {
		ms := members[t.microsoft]
		if len(ms) == 0 {
			return nil, fmt.Errorf("%s has no members", t.microsoft)
		}
		delete(members, t.microsoft)
		slices.SortStableFunc(ms, func(a, b member) int { return cmp.Compare(a.value, b.value) })
		for i := 1; i < len(ms); i++ {
			if ms[i].value == ms[i-1].value {
				return nil, fmt.Errorf("%s: %s and %s have one value", t.microsoft, ms[i-1].microsoft, ms[i].microsoft)
			}
		}
		writeEnum(&b, t.microsoft, t.name, t.header, t.doc, ms)
	}
	for t := range members {
		return nil, fmt.Errorf("%s is not in enumTypes", t)
	}
	b.WriteString(`
// enumText is how a value without a name is printed: IKEEXT_QM_SA_STATE(7).
func enumText(typ string, v uint32) string {
	return typ + "(" + strconv.FormatUint(uint64(v), 10) + ")"
}

// parseEnumText reads what enumText writes, and nothing else.
func parseEnumText(typ, text string) (uint32, bool) {
	n := len(typ)
	if len(text) < n+3 || text[:n] != typ || text[n] != '(' || text[len(text)-1] != ')' {
		return 0, false
	}
	digits := text[n+1 : len(text)-1]
	v, err := strconv.ParseUint(digits, 10, 32)
	if err != nil || strconv.FormatUint(v, 10) != digits {
		return 0, false
	}
	return uint32(v), true
}
`)
	return source("enums.csv", b.Bytes())
}

func writeEnum(b *bytes.Buffer, microsoft, name, header, doc string, ms []member) {
	fmt.Fprintf(b, "// %s is %s (%s): %s.\ntype %s uint32\n\n", name, microsoft, header, doc, name)
	fmt.Fprintf(b, "// The members of %s.\nconst (\n", microsoft)
	for _, m := range ms {
		since := ""
		if m.since != "" {
			since = "; since " + m.since
		}
		fmt.Fprintf(b, "\t%s %s = %d // %s: %s%s\n", m.name, name, m.value, m.microsoft, m.detail, since)
	}
	b.WriteString(")\n\n")

	fmt.Fprintf(b, "// String returns Microsoft's name, or %s(n) for an unknown value.\n", microsoft)
	fmt.Fprintf(b, "func (v %s) String() string {\n\tswitch v {\n", name)
	for _, m := range ms {
		fmt.Fprintf(b, "\tcase %s:\n\t\treturn %q\n", m.name, m.microsoft)
	}
	fmt.Fprintf(b, "\t}\n\treturn enumText(%q, uint32(v))\n}\n\n", microsoft)

	fmt.Fprintf(b, "// Known reports whether %s has a member of this value. Its _MAX values are no members.\n", microsoft)
	fmt.Fprintf(b, "func (v %s) Known() bool {\n\tswitch v {\n\tcase ", name)
	for i, m := range ms {
		if i > 0 {
			b.WriteString(",\n\t\t")
		}
		b.WriteString(m.name)
	}
	b.WriteString(":\n\t\treturn true\n\t}\n\treturn false\n}\n\n")

	fmt.Fprintf(b, "// Parse%s reads what [%s.String] writes; it is false for anything else.\n", name, name)
	fmt.Fprintf(b, "func Parse%s(text string) (%s, bool) {\n\tswitch text {\n", name, name)
	for _, m := range ms {
		fmt.Fprintf(b, "\tcase %q:\n\t\treturn %s, true\n", m.microsoft, m.name)
	}
	fmt.Fprintf(b, "\t}\n\tv, ok := parseEnumText(%q, text)\n\treturn %s(v), ok\n}\n\n", microsoft, name)
}
