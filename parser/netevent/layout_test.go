package netevent

import (
	"fmt"
	"testing"
)

// TestSizes has the sizes that matter most by hand, from the structures'
// documentation.
func TestSizes(t *testing.T) {
	for _, c := range []struct {
		name           string
		size64, size32 int
	}{
		{"FWP_BYTE_BLOB", 16, 8},
		{"FWP_V4_ADDR_AND_MASK", 8, 8},
		{"FWP_V6_ADDR_AND_MASK", 17, 17},
		{"FWP_VALUE0", 16, 8},
		{"FWP_CONDITION_VALUE0", 16, 8},
		{"FWP_RANGE0", 32, 16},
		{"FWPM_NET_EVENT_HEADER0", 88, 72},
		{"FWPM_NET_EVENT_HEADER1", 144, 128},
		{"FWPM_NET_EVENT_HEADER2", 104, 80},
		{"FWPM_NET_EVENT_HEADER3", 136, 104},
		{"FWPM_NET_EVENT_IKEEXT_QM_FAILURE0", 64, 48},
		{"FWPM_NET_EVENT_IKEEXT_QM_FAILURE1", 88, 72},
		{"FWPM_NET_EVENT_IKEEXT_MM_FAILURE0", 64, 64},
		{"FWPM_NET_EVENT_IKEEXT_MM_FAILURE1", 112, 88},
		{"FWPM_NET_EVENT_IKEEXT_MM_FAILURE2", 120, 96},
		{"FWPM_NET_EVENT_IKEEXT_EM_FAILURE0", 64, 64},
		{"FWPM_NET_EVENT_IKEEXT_EM_FAILURE1", 120, 96},
		{"FWPM_NET_EVENT0", 104, 80},
		{"FWPM_NET_EVENT1", 160, 136},
		{"FWPM_NET_EVENT2", 120, 88},
		{"FWPM_NET_EVENT3", 152, 112},
		{"FWPM_NET_EVENT4", 152, 112},
		{"FWPM_NET_EVENT5", 152, 112},
	} {
		s := structureNamed(c.name)
		if s == nil {
			t.Errorf("no %s", c.name)
			continue
		}
		if s.size != [2]int{c.size64, c.size32} {
			t.Errorf("%s: sizes %v, want %d and %d", c.name, s.size, c.size64, c.size32)
		}
	}
}

// TestLayouts looks at every offset that a decoder uses: it stands in its
// structure, also where that is read with the widest type, and is missing only
// where a version lacks the field.
func TestLayouts(t *testing.T) {
	type versions struct{ qm, mm, em int }
	want := [MaxVersion + 1]versions{{0, 0, 0}, {0, 1, 1}, {0, 1, 1}, {0, 1, 1}, {1, 2, 1}, {1, 2, 1}}
	for version := range MaxVersion + 1 {
		for _, pointerSize := range []int{8, 4} {
			l, err := LayoutFor(version, pointerSize)
			if err != nil {
				t.Fatal(err)
			}
			what := fmt.Sprintf("version %d, pointers of %d", version, pointerSize)
			if got := (versions{l.qm.version, l.mm.version, l.em.version}); got != want[version] {
				t.Errorf("%s: bodies %v, want %v", what, got, want[version])
			}
			if l.Version() != version || l.PointerSize() != pointerSize || l.Size() != l.event.size[l.abi] {
				t.Errorf("%s: says %d, %d, %d", what, l.Version(), l.PointerSize(), l.Size())
			}
			h, q, m, e := &l.header, &l.qm, &l.mm, &l.em
			headerSize := structureNamed(l.event.field("header").typ).size[l.abi]
			blob := structureNamed("FWP_BYTE_BLOB").size[l.abi]
			value := structureNamed("FWP_VALUE0").size[l.abi]
			inside := func(name string, at, width, size int, there bool) {
				t.Helper()
				if there != (at != none) || there && at+width > size {
					t.Errorf("%s: %s at %d, %d bytes, of %d; there should be: %t", what, name, at, width, size, there)
				}
			}
			inside("timeStamp", h.timeStamp, 8, headerSize, true)
			inside("flags", h.flags, 4, headerSize, true)
			inside("ipVersion", h.ipVersion, 4, headerSize, true)
			inside("ipProtocol", h.ipProtocol, 1, headerSize, true)
			inside("localAddr", h.localAddr, 16, headerSize, true)
			inside("remoteAddr", h.remoteAddr, 16, headerSize, true)
			inside("localPort", h.localPort, 2, headerSize, true)
			inside("remotePort", h.remotePort, 2, headerSize, true)
			inside("scopeId", h.scopeID, 4, headerSize, true)
			inside("appId", h.appID, blob, headerSize, true)
			inside("userId", h.userID, pointerSize, headerSize, true)
			inside("addressFamily", h.addressFamily, 4, headerSize, version >= 2)
			inside("packageSid", h.packageSID, pointerSize, headerSize, version >= 2)
			inside("enterpriseId", h.enterpriseID, pointerSize, headerSize, version >= 3)
			inside("policyFlags", h.policyFlags, 8, headerSize, version >= 3)
			inside("effectiveName", h.effectiveName, blob, headerSize, version >= 3)
			inside("type", l.typ, 4, l.Size(), true)
			inside("body", l.body, pointerSize, l.Size(), true)
			inside("arm", l.arm, pointerSize, value, true)
			inside("valueHigh", l.high, value, structureNamed("FWP_RANGE0").size[l.abi], true)
			inside("data", l.blobData, pointerSize, blob, true)

			inside("qm saTrafficType", q.trafficType, 4, q.size, true)
			inside("localSubNet", q.local, value, q.size, true)
			inside("remoteSubNet", q.remote, value, q.size, true)
			inside("qmFilterId", q.filterID, 8, q.size, true)
			inside("mmSaLuid", q.mmSaLUID, 8, q.size, version >= 4)
			inside("mmProviderContextKey", q.providerContextKey, 16, q.size, version >= 4)

			inside("mm endCertHash", m.certHash, certHashLen, m.size, true)
			inside("mmFilterId", m.filterID, 8, m.size, true)
			inside("mm principal", m.remoteGroups, pointerSize, m.size, version >= 1)
			inside("providerContextKey", m.providerContextKey, pointerSize, m.size, version >= 4)
			inside("em endCertHash", e.certHash, certHashLen, e.size, true)
			inside("em qmFilterId", e.filterID, 8, e.size, true)
			inside("em principal", e.remoteGroups, pointerSize, e.size, version >= 1)
			inside("em saTrafficType", e.trafficType, 4, e.size, version >= 1)
			for name, at := range map[string]int{
				"qm errorCode": q.errorCode, "qm failurePoint": q.failurePoint, "qm keyingModule": q.keyingModule,
				"qm state": q.state, "qm role": q.role, "mm errorCode": m.errorCode, "mm failurePoint": m.failurePoint,
				"mm flags": m.flags, "mm keyingModule": m.keyingModule, "mm state": m.state, "mm role": m.role,
				"mm authMethod": m.authMethod, "mmId": m.mmID, "em errorCode": e.errorCode, "em failurePoint": e.failurePoint,
				"em flags": e.flags, "em state": e.state, "em role": e.role, "em authMethod": e.authMethod, "em mmId": e.mmID,
			} {
				inside(name, at, 4, 64-8, true)
			}

			last := []int{5, 5, 9, 9, 9, 10}[version]
			for typ := range uint32(13) {
				if there := typ <= uint32(last); there != (l.bodyOf(typ) != nil) {
					t.Errorf("%s: a body of type %d: %t, want %t", what, typ, !there, there)
				}
			}
		}
	}
	for _, c := range [][2]int{{-1, 8}, {MaxVersion + 1, 8}, {5, 0}, {5, 16}} {
		if _, err := LayoutFor(c[0], c[1]); err == nil {
			t.Errorf("LayoutFor(%d, %d) has one", c[0], c[1])
		}
	}
}

// TestTable looks for fields that overlap outside unions, or are not aligned, and
// for types that nothing knows.
func TestTable(t *testing.T) {
	scalars := map[string]int{
		"UINT8": 1, "INT8": 1, "UINT16": 2, "INT16": 2, "UINT32": 4, "INT32": 4, "UINT64": 8, "INT64": 8,
		"DWORD": 4, "ULONG": 4, "BOOL": 4, "float": 4, "double": 8, "wchar_t": 2,
		"UINT8[8]": 8, "UINT8[6]": 6, "UINT8[16]": 16, "UINT8[20]": 20, "DWORD[1]": 4,
		"FWPM_NET_EVENT_TYPE": 4, "FWP_DATA_TYPE": 4, "FWP_IP_VERSION": 4, "FWP_AF": 4, "FWP_DIRECTION": 4,
		"IPSEC_FAILURE_POINT": 4, "IPSEC_TRAFFIC_TYPE": 4, "IKEEXT_KEY_MODULE_TYPE": 4, "IKEEXT_MM_SA_STATE": 4,
		"IKEEXT_QM_SA_STATE": 4, "IKEEXT_EM_SA_STATE": 4, "IKEEXT_SA_ROLE": 4, "IKEEXT_AUTHENTICATION_METHOD_TYPE": 4,
		"FWPM_APPC_NETWORK_CAPABILITY_TYPE": 4,
	}
	names := map[string]bool{}
	for i := range structures {
		s := &structures[i]
		if names[s.name] {
			t.Errorf("%s is there twice", s.name)
		}
		names[s.name] = true
		for abi := range 2 {
			var taken []extent
			for _, f := range s.fields {
				e := f.at[abi]
				size, known := scalars[f.typ]
				if inner := structureNamed(f.typ); inner != nil {
					size, known = inner.size[abi], true
					if e.offset%inner.align[abi] != 0 {
						t.Errorf("%s.%s at %d is not aligned", s.name, f.name, e.offset)
					}
				}
				if f.typ[len(f.typ)-1] == '*' {
					size, known = 8>>abi, true
				}
				if !known || size != e.size {
					t.Errorf("%s.%s: %s of %d bytes", s.name, f.name, f.typ, e.size)
				}
				if f.union != "" {
					continue
				}
				for _, o := range taken {
					if e.offset < o.offset+o.size && o.offset < e.offset+e.size {
						t.Errorf("%s.%s overlaps", s.name, f.name)
					}
				}
				taken = append(taken, e)
			}
		}
	}
	if len(structures) < 40 {
		t.Errorf("%d structures", len(structures))
	}
}
